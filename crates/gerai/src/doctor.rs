//! `gerai doctor`: is this outlet well, and if not, what to do.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use outlet::health::doctor;
use outlet::health::doctor::Asked;
use outlet::local_admin::LocalAdmin;
use replica::client::hub::Client;
use replica::settings::hub_link::Address;
use serde_json::json;

use crate::args::{DbArg, SyncEnvArgs};
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

/// Asks a hub that must not get the key before it has proved that it knows it.
async fn proof(client: &Client, address: &Address) -> Result<(), String> {
    match client.knows_key(address).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("The hub at {} does not know this outlet's key.", address.api_url)),
        Err(error) => Err(error.to_string()),
    }
}

/// Prints what it finds; exit code 1 when something needs a person.
pub async fn run(args: DoctorArgs) -> Result<ExitCode> {
    let sight = LocalAdmin::open(&args.db.path(), args.sync.read()?)?;
    let mut asked = Asked::default();
    let (client, cloud) = (Client::new(), sight.hub_link()?);
    let answer = match (cloud.address(), cloud.unproven_address()) {
        (Ok(address), _) => Some((client.ping(&address).await.map_err(|error| error.to_string()), address)),
        (_, Some(address)) => Some((proof(&client, &address).await, address)),
        _ => None,
    };
    if let Some((answer, address)) = answer {
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
