//! `gerai sync`: what waits for head office, what has failed, and trying again; from the terminal, without SQL.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use outlet::Sight;
use serde_json::{Value, json};

use crate::cli::SyncEnvArgs;
use crate::progress::Progress;
use crate::table;

/// How long a command waits for the server to do what was asked.
const WAIT: Duration = Duration::from_secs(30);

/// What waits for head office, what has failed, and trying again.
#[derive(Args)]
pub struct SyncArgs {
    #[command(subcommand)]
    command: SyncCommand,
    /// The outlet's database file
    #[arg(long, env = "DB_PATH", default_value = "./pos.db", value_name = "FILE", global = true)]
    db: PathBuf,
    #[command(flatten)]
    sync: SyncEnvArgs,
    /// As JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum SyncCommand {
    /// Counters, and what is wrong if anything is
    Status,
    /// Items that were refused or keep failing, with their reasons
    Failed,
    /// What waits, in the order in which it goes
    Queue,
    /// Starts a round now and waits for its end
    Trigger,
    /// Sends a failed item again on its own; its id is in `gerai sync failed`
    Retry {
        /// The item's id
        id: i64,
    },
    /// Everything that head office has for this outlet, as one file: for a stick where the line is slow
    Snapshot {
        #[command(subcommand)]
        command: SnapshotCommand,
    },
}

#[derive(Subcommand)]
enum SnapshotCommand {
    /// Fetches it from head office into a new file
    Export {
        /// The file to make; nothing is overwritten
        file: PathBuf,
    },
    /// Applies one; also while the server runs. Said again after a crash, it goes on
    Import {
        /// What head office or `export` made
        file: PathBuf,
    },
}

/// Does what the subcommand says.
pub async fn run(args: SyncArgs) -> Result<ExitCode> {
    let sight = Sight::open(&args.db, args.sync.read()?)?;
    match args.command {
        SyncCommand::Status => {
            let status = serde_json::to_value(sight.status()?)?;
            if args.json {
                println!("{status}");
            } else {
                print_status(&status);
            }
        }
        SyncCommand::Failed => print_list(&serde_json::to_value(sight.failed()?)?, args.json, &FAILED),
        SyncCommand::Queue => print_list(&serde_json::to_value(sight.queue()?)?, args.json, &QUEUE),
        SyncCommand::Trigger => {
            let request = sight.trigger()?;
            wait(&sight, request, args.json).await?;
        }
        SyncCommand::Retry { id } => {
            let request = sight.retry(id)?;
            wait(&sight, request, args.json).await?;
        }
        SyncCommand::Snapshot { command } => match command {
            SnapshotCommand::Export { file } => export(&sight, &file, args.json).await?,
            SnapshotCommand::Import { file } => import(&sight, &file, args.json)?,
        },
    }
    Ok(ExitCode::SUCCESS)
}

async fn export(sight: &Sight, file: &Path, json: bool) -> Result<()> {
    let mut progress = Progress::of("KiB fetched");
    let saved = sight.export_snapshot(file, &mut |have, all| progress.at(have >> 10, all >> 10)).await?;
    progress.end();
    if json {
        println!("{}", json!({"file": file, "head": saved.head, "shared": saved.end.shared, "own": saved.end.own}));
    } else {
        println!("Snapshot saved and checked: {}", file.display());
        println!(
            "  {} shared entities, {} of this outlet, as of {}",
            saved.end.shared, saved.end.own, saved.head.made_at
        );
        println!("It holds customers and hashes of PINs: keep it where only you can read it.");
    }
    Ok(())
}

fn import(sight: &Sight, file: &Path, json: bool) -> Result<()> {
    let mut progress = Progress::of("entities applied");
    let found = sight.import_snapshot(file, &mut |done, all| progress.at(done, all))?;
    progress.end();
    if json {
        println!(
            "{}",
            json!({"made_at": found.made_at, "shared": found.shared, "own": found.own,
                "applied": {"shared": found.parts.shared, "own": found.parts.own}})
        );
        return Ok(());
    }
    match (found.parts.shared, found.parts.own) {
        (false, false) => println!("Nothing to do: this outlet knows all that the snapshot says ({}).", found.made_at),
        (_, own) => {
            println!("Applied: {} shared entities, as of {}.", found.shared, found.made_at);
            if own {
                println!("Applied: {} documents of this outlet.", found.own);
            }
            println!("What has changed since comes by the link to head office.");
        }
    }
    Ok(())
}

const FAILED: [&str; 6] = ["id", "entity_type", "entity_id", "operation", "retry_count", "error_message"];
const QUEUE: [&str; 6] = ["id", "entity_type", "entity_id", "operation", "batch_no", "created_at"];

fn print_list(items: &Value, json: bool, fields: &[&str]) {
    if json {
        println!("{items}");
    } else {
        table::print(fields, items.as_array().map_or(&[], Vec::as_slice));
    }
}

fn print_status(status: &Value) {
    let number = |field: &str| status[field].as_i64().unwrap_or_default();
    let text = |field: &str| status[field].as_str().unwrap_or("none").to_owned();
    println!("Outlet    {} ({})", text("outlet_code"), text("outlet_id"));
    println!("Sync      {}", if status["sync_enabled"] == true { "on" } else { "off" });
    println!("Waiting   {}", number("pending_count"));
    println!("Failed    {}", number("failed_count"));
    println!("Conflicts {}", number("conflict_count"));
    println!("Synced    {} changes, last at {}", number("total_synced"), text("last_sync_at"));
    if let Some(problem) = status["problem"].as_str() {
        println!("Problem   {problem}");
    }
}

/// Waits until the server has served a request, and says how the round ended.
async fn wait(sight: &Sight, request: i64, json: bool) -> Result<()> {
    if !sight.server_runs()? {
        bail!("asked, but no outlet server runs on this database; start it with 'gerai' and it is done then");
    }
    let served = async {
        while sight.is_open(request)? {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok::<_, anyhow::Error>(())
    };
    if tokio::time::timeout(WAIT, served).await.is_err() {
        bail!("asked, but the round has not ended within {} s; 'gerai sync status' shows how it goes", WAIT.as_secs());
    }
    let Some(log) = sight.last_round()? else {
        bail!("the server has not begun a round; 'gerai sync status' says why")
    };
    let log = serde_json::to_value(log)?;
    if json {
        println!("{log}");
    } else {
        println!("Round ended: {}, {} items.", log["status"].as_str().unwrap_or("?"), log["entity_count"]);
    }
    match (log["error_message"].as_str(), log["status"].as_str()) {
        (Some(error), _) => bail!("{error}"),
        (None, Some("success")) => Ok(()),
        (None, _) => bail!("head office refused some of it; 'gerai sync failed' says why"),
    }
}
