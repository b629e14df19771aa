//! `gerai doctor`: checks an outlet, and says what to do about each problem.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use outlet::health::doctor;
use outlet::health::doctor::{HubAnswer, HubReport};
use outlet::local_admin::LocalAdmin;
use replica::client::hub::Client;
use replica::settings::hub_link::Address;
use serde_json::json;

use crate::args::{DbArg, SyncEnvArgs};
use crate::out::{self, say, tell};

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

/// Asks a hub for the proof that it knows the key, without sending the key.
async fn proof(client: &Client, address: &Address) -> HubAnswer {
    match client.knows_key(address).await {
        Ok(true) => HubAnswer::Ok,
        Ok(false) => HubAnswer::UnknownKey,
        Err(error) => HubAnswer::Failed(error.reason().message()),
    }
}

/// Prints the findings; exit code 1 unless all is well.
pub async fn run(args: DoctorArgs) -> Result<ExitCode> {
    let admin = LocalAdmin::open(&args.db.path(), args.sync.read()?)?;
    let mut report = HubReport::default();
    let (client, cloud) = (Client::new(), admin.hub_link()?);
    let answer = match (cloud.address(), cloud.unproven_address()) {
        (Ok(address), _) => {
            let answer = client.ping(&address).await;
            Some((answer.map_or_else(|error| HubAnswer::Failed(error.reason().message()), |_| HubAnswer::Ok), address))
        }
        (_, Some(address)) => Some((proof(&client, &address).await, address)),
        _ => None,
    };
    if let Some((answer, address)) = answer {
        report = HubReport { hub: Some((address.api_url, answer)), clock_offset_ms: client.clock_offset_ms() };
    }
    let findings = admin.examine(&report)?;
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
            say!("{mark}  {:<25} {}", finding.code, out::words(&finding.message.0))?;
        }
        tell(doctor::conclusion(&findings))?;
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
