//! `gerai doctor`: is this outlet well, and if not, what to do.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use outlet::Sight;
use outlet::doctor::{self, Asked};
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
    let mut asked = Asked::default();
    if let Ok(address) = sight.cloud()?.address() {
        let client = Client::new();
        let answer = client.ping(&address).await.map_err(|error| error.to_string());
        asked = Asked { hub: Some((address.api_url, answer)), clock_offset_ms: client.clock_offset_ms() };
    }
    let findings = sight.examine(&asked)?;
    let well = findings.iter().all(|finding| finding.well);
    if args.json {
        say!("{}", json!({"well": well, "findings": findings}))?;
    } else {
        for finding in &findings {
            let mark = match (finding.well, finding.unknown) {
                (true, _) => "ok",
                (_, true) => "??",
                _ => "!!",
            };
            say!("{mark}  {:<9} {}", finding.about, finding.message)?;
        }
        say!("{}", doctor::conclusion(&findings))?;
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
