//! `gerai audit`: who did what at an outlet, and whether the log of it is whole.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use outlet::SyncEnv;
use outlet::health::audit_message;
use outlet::local_admin::LocalAdmin;
use serde_json::json;
use web::Notice;

use crate::args::db_path;
use crate::out::{say, tell};
use crate::table;

/// The audit log of an outlet.
#[derive(Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
    /// The outlet's database file [env: DB_PATH] [default: ./pos.db]
    #[arg(long, value_name = "FILE", global = true)]
    pub db: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Checks that no event was changed, removed or inserted; exit code 1 if one was
    Verify,
    /// Lists who did what, newest first
    List {
        /// Maximum number of events
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100_000))]
        limit: i64,
    },
}

/// Runs the subcommand.
pub fn run(args: &AuditArgs) -> Result<ExitCode> {
    let local = LocalAdmin::open(&db_path(args.db.as_ref()), SyncEnv::default())?;
    match args.command {
        AuditCommand::Verify => {
            let verdict = local.verify_audit()?;
            if args.json {
                say!("{}", serde_json::to_string(&verdict)?)?;
            } else {
                let broken = verdict.chains.iter().filter_map(|chain| chain.broken.as_ref());
                for broken in broken {
                    tell(audit_message(broken, false))?;
                }
                if let Some(broken) = &verdict.broken_at_hub {
                    tell(audit_message(broken, true))?;
                }
                if verdict.whole {
                    let chains = i64::try_from(verdict.chains.len()).unwrap_or(i64::MAX);
                    tell(Notice::AuditWhole.with("events", verdict.events).with("chains", chains))?;
                }
            }
            Ok(if verdict.whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        AuditCommand::List { limit } => {
            let events = local.audit(limit)?;
            if args.json {
                say!("{}", serde_json::to_string(&events)?)?;
            } else {
                let rows = events.iter().map(|event| json!(event)).collect::<Vec<_>>();
                let fields = ["n", "at", "actor_name", "action", "entity_type", "entity_id", "data"];
                table::print(&fields, &rows)?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}
