//! `gerai enroll`: enrolls this outlet at the hub with a one-time code; again after a restore or on a new machine.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use outlet::Outlet;
use outlet::config::Config;
use outlet::open::StartError;
use replica::capture::schema;
use replica::engine::enroll::enroll;
use serde_json::json;
use web::{Code, Notice};

use crate::args::{DbArg, SyncEnvArgs};
use crate::out::{say, tell};
use crate::refusals::Refusal;

/// Enrolls this outlet at the hub with a one-time code.
#[derive(Args)]
pub struct EnrollArgs {
    /// Address of the hub, ending in /v1
    #[arg(long, value_name = "URL")]
    hub: String,
    /// One-time code from 'gerai hub outlet add' or 'gerai hub outlet enroll-code'
    #[arg(long)]
    code: String,
    #[command(flatten)]
    db: DbArg,
    #[command(flatten)]
    sync: SyncEnvArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Enrolls and prints the outlet's identity. The same code works again after a lost answer.
pub async fn run(args: EnrollArgs) -> Result<ExitCode> {
    let hub = match domain::link::hub_url(&args.hub) {
        Ok(hub) => hub,
        Err(refused) => return Err(Refusal::from(Code::InvalidUrl.field("--hub", refused)).into()),
    };
    let path = args.db.path();
    let config = Config { db_path: path.clone(), env: args.sync.read()?, ..Config::default() };
    // Opened as by the server, so that a restored or new database is detected; a running server has already done that.
    let (db, server_runs) = match Outlet::open(config).await {
        Ok(outlet) => (outlet.app().db.clone(), false),
        Err(StartError::Running(_)) => {
            let opened = tokio::task::spawn_blocking(move || sqlite::Db::open(&path, &schema::SCHEMA)).await;
            (opened.context("the database could not be opened")??, true)
        }
        Err(error) => return Err(error.into()),
    };
    let enrollment = enroll(&db, &hub, &args.code).await;
    db.close().await;
    let enrollment = enrollment?;
    if args.json {
        say!(
            "{}",
            json!({"outlet_id": enrollment.outlet_id, "outlet_code": enrollment.outlet_code,
                "outlet_name": enrollment.outlet_name, "hub_url": hub, "epoch_number": enrollment.epoch.number,
                "server_runs": server_runs})
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let enrolled =
        Notice::Enrolled.with("outlet_code", enrollment.outlet_code).with("outlet_name", enrollment.outlet_name);
    tell(enrolled.with("url", hub).with("server", if server_runs { "running" } else { "stopped" }))?;
    Ok(ExitCode::SUCCESS)
}
