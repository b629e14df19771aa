//! `gerai doctor`: is this outlet well, and if not, what to do.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use outlet::Sight;
use outlet::doctor::{self, Finding};
use outlet::sync::cloud::Client;
use serde_json::json;

use crate::cli::{DbArg, SyncEnvArgs};
use crate::out::say;

/// Checks an outlet's database and its link to head office.
#[derive(Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    db: DbArg,
    #[command(flatten)]
    sync: SyncEnvArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Prints what it finds; exit code 1 when something needs a person.
pub async fn run(args: DoctorArgs) -> Result<ExitCode> {
    let sight = Sight::open(&args.db.path(), args.sync.read()?)?;
    let mut findings = sight.examine()?;
    if let Ok(address) = sight.cloud()?.address() {
        let client = Client::new();
        findings.push(match client.ping(&address).await {
            Ok(()) => Finding::well("hub", format!("The hub at {} answers.", address.api_url)),
            Err(error) => Finding::ill("hub", error.to_string()),
        });
        findings.extend(client.clock_offset_ms().map(doctor::clock));
    }
    let well = findings.iter().all(|finding| finding.well);
    if args.json {
        say!("{}", json!({"well": well, "findings": findings}))?;
    } else {
        for finding in &findings {
            say!("{}  {:<9} {}", if finding.well { "ok" } else { "!!" }, finding.about, finding.message)?;
        }
        say!("{}", if well { "All is well." } else { "Something needs you: see the lines that begin with !!." })?;
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
