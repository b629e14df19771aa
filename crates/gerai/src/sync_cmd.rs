//! `gerai sync`: shows and controls sync with the hub.

mod settings;

use protocol::wire::EntityRef;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use domain::BusinessDate;
use outlet::local_admin::LocalAdmin;
use replica::client::hub::Client;
use replica::conflicts::Resolution;
use replica::progress::range::ResyncScope;
use replica::quarantine::discard::{DiscardOutcome, DiscardResult};
use replica::reconcile::statement;
use replica::reconcile::verify;
use serde_json::{Value, json};
use web::Notice;
use web::messages::Message;

use crate::args::{SyncEnvArgs, db_path};
use crate::out::{self, NotWritten, say, tell};
use crate::progress::Progress;
use crate::refusals::Refusal;
use crate::table;

/// How long a command waits for the server.
const WAIT: Duration = Duration::from_secs(30);

/// Shows and controls sync with the hub.
#[derive(Args)]
pub struct SyncArgs {
    #[command(subcommand)]
    command: SyncCommand,
    /// The outlet's database file [env: DB_PATH] [default: ./pos.db]
    #[arg(long, value_name = "FILE", global = true)]
    db: Option<PathBuf>,
    #[command(flatten)]
    sync: SyncEnvArgs,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum SyncCommand {
    /// Shows counters and problems
    Status,
    /// Lists items that were rejected or keep failing, with their reasons
    Failed,
    /// Lists pending changes in sending order
    Queue,
    /// Starts a sync round and waits for its end
    Trigger,
    /// Lists the quarantine: failed, isolated and discarded items, and unapplied updates
    Quarantine,
    /// Retries a failed item or an unapplied update, or undoes a discard; exit code 1 when it still fails
    Retry {
        /// The item's id, or TYPE/ID of an entity with an unapplied update; `gerai sync quarantine` shows both
        id: QuarantineTarget,
    },
    /// Discards a failed item or an unapplied update, with a record of who, when and why
    Discard {
        /// The item's id, or TYPE/ID of an entity with an unapplied update; `gerai sync quarantine` shows both
        id: QuarantineTarget,
        /// The reason
        #[arg(long)]
        reason: String,
    },
    /// Compares everything with the hub and repairs differences
    Resync {
        /// What to compare
        #[arg(long, value_enum, default_value = "all")]
        scope: Scope,
    },
    /// Compares everything with the hub without changes; exit code 1 when something differs
    Verify {
        /// Repair the differences
        #[arg(long)]
        repair: bool,
    },
    /// Compares the figures of a business day with the hub; exit code 1 when they differ
    Statement {
        /// Business date, YYYY-MM-DD
        #[arg(long)]
        date: String,
    },
    /// Lists conflicts between this outlet and head office that a person must resolve
    Conflicts {
        /// Include resolved and merged conflicts
        #[arg(long)]
        all: bool,
    },
    /// Resolves a conflict, as an ordinary edit that is sent to the hub
    Resolve {
        /// The conflict's id; `gerai sync conflicts` lists them
        id: String,
        /// Whose value to use
        #[arg(long, value_enum)]
        strategy: Strategy,
    },
    /// Lists users, settings and prices that a new machine received and a person should review
    Unreviewed {
        /// Mark all as reviewed
        #[arg(long)]
        confirm: bool,
    },
    /// Shows or changes the link to the hub; changes apply at once
    Settings(settings::SettingsArgs),
    /// Saves or applies a snapshot: everything that the hub has for this outlet, as one file, for example for a USB
    /// stick
    Snapshot {
        #[command(subcommand)]
        command: SnapshotCommand,
    },
}

#[derive(Subcommand)]
enum SnapshotCommand {
    /// Downloads a snapshot from the hub into a new file
    Export {
        /// The file to create; existing files are not overwritten
        file: PathBuf,
    },
    /// Applies a snapshot; the server may run. Run it again to continue after a crash
    Import {
        /// The file from `export` or from 'gerai hub outlet snapshot'
        file: PathBuf,
    },
}

/// What to compare.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Scope {
    /// Entities shared between outlets and head office
    Shared,
    /// Entities of this outlet only
    Owned,
    /// All entities
    All,
}

/// Whose value to use.
#[derive(Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Strategy {
    /// This outlet's value
    LocalWins,
    /// Head office's value
    CloudWins,
}

/// Runs the subcommand.
pub async fn run(args: SyncArgs) -> Result<ExitCode> {
    let db = db_path(args.db.as_ref());
    let admin = LocalAdmin::open(&db, args.sync.read()?)?;
    match args.command {
        SyncCommand::Status => {
            let status = serde_json::to_value(admin.status()?)?;
            if args.json {
                say!("{status}")?;
            } else {
                print_status(&status)?;
            }
        }
        SyncCommand::Failed => print_list(&serde_json::to_value(admin.failed()?)?, args.json, &FAILED)?,
        SyncCommand::Queue => print_list(&serde_json::to_value(admin.queue()?)?, args.json, &QUEUE)?,
        SyncCommand::Trigger => {
            let request = admin.trigger()?;
            wait(&admin, request, args.json).await?;
        }
        SyncCommand::Retry { id } => match id {
            QuarantineTarget::Item(id) => {
                let request = admin.retry(id)?;
                wait(&admin, request, args.json).await?;
            }
            QuarantineTarget::Update(of) => return retry_update(&admin, &of, args.json),
        },
        SyncCommand::Quarantine => {
            let items = serde_json::to_value(admin.quarantine()?)?;
            let updates = serde_json::to_value(admin.unapplied()?)?;
            if args.json {
                say!("{}", json!({"items": items, "updates": updates}))?;
            } else {
                tell(Notice::SyncQuarantine.with("list", "items"))?;
                print_list(&items, false, &QUARANTINE)?;
                tell(Notice::SyncQuarantine.with("list", "updates"))?;
                print_list(&updates, false, &UNAPPLIED)?;
            }
        }
        SyncCommand::Discard { id, reason } => discard(&admin, id, &reason, args.json)?,
        SyncCommand::Resync { scope } => {
            let scope = match scope {
                Scope::Shared => ResyncScope::Shared,
                Scope::Owned => ResyncScope::Owned,
                Scope::All => ResyncScope::All,
            };
            admin.resync(scope)?;
            let compared = until(&admin, |admin| Ok(!admin.compares()?)).await?;
            if args.json {
                say!("{}", serde_json::json!({"compared": compared}))?;
            } else if compared {
                tell(Notice::SyncCompared)?;
            }
            if !compared {
                return Err(unfinished("comparing").into());
            }
        }
        SyncCommand::Verify { repair } => return verify(&admin, &db, repair, args.json).await,
        SyncCommand::Statement { date } => return statement(&admin, &db, &date, args.json).await,
        SyncCommand::Conflicts { all } => {
            print_list(&serde_json::to_value(admin.conflicts(all)?)?, args.json, &CONFLICTS)?;
        }
        SyncCommand::Resolve { id, strategy } => {
            let decision = match strategy {
                Strategy::LocalWins => Resolution::Local,
                Strategy::CloudWins => Resolution::Cloud,
            };
            let resolved = serde_json::to_value(admin.resolve(&id, decision)?)?;
            if args.json {
                say!("{resolved}")?;
            } else {
                let of = |field: &str| resolved[field].as_str().unwrap_or("?").to_owned();
                let resolved = Notice::SyncResolved.with("field", of("field"));
                tell(resolved.with("entity_type", of("entity_type")).with("entity_id", of("entity_id")))?;
            }
        }
        SyncCommand::Unreviewed { confirm: false } => {
            print_list(&serde_json::to_value(admin.unreviewed()?)?, args.json, &UNREVIEWED)?;
        }
        SyncCommand::Unreviewed { confirm: true } => {
            let confirmed = admin.confirm_unreviewed()?;
            if args.json {
                say!("{}", json!({"confirmed": confirmed}))?;
            } else {
                tell(Notice::SyncReviewed.with("count", confirmed))?;
            }
        }
        SyncCommand::Settings(change) => settings::run(&admin, change, args.json)?,
        SyncCommand::Snapshot { command } => match command {
            SnapshotCommand::Export { file } => export(&admin, &file, args.json).await?,
            SnapshotCommand::Import { file } => import(&admin, &file, args.json)?,
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// An entry of the quarantine, as people refer to it.
#[derive(Clone)]
enum QuarantineTarget {
    /// By id in the queue.
    Item(i64),
    /// By the entity of the update.
    Update(EntityRef),
}

impl FromStr for QuarantineTarget {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.split_once('/') {
            Some((entity_type, entity_id)) => Ok(Self::Update(EntityRef::new(entity_type, entity_id))),
            None => {
                word.parse().map(Self::Item).map_err(|_| "it is neither the id of an item nor TYPE/ID of an entity")
            }
        }
    }
}

fn retry_update(admin: &LocalAdmin, of: &EntityRef, json: bool) -> Result<ExitCode> {
    let retried = admin.retry_update(of)?;
    if json {
        say!("{}", serde_json::to_value(&retried)?)?;
    } else {
        let shown = |reason: &str| about(Notice::SyncUpdateRetried.with("reason", reason), of);
        match &retried.reason {
            None => tell(shown("applied"))?,
            Some(reason) => tell(shown("refused").with("problem", reason.message.0.clone()))?,
        }
    }
    Ok(if retried.applied { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn discard(admin: &LocalAdmin, target: QuarantineTarget, reason: &str, json: bool) -> Result<()> {
    let (json_value, message) = match target {
        QuarantineTarget::Update(of) => {
            admin.discard_update(&of, reason)?;
            (json!(of), about(Notice::SyncDiscarded.with("reason", "update"), &of))
        }
        QuarantineTarget::Item(id) => {
            let discarded = admin.discard(id, reason)?;
            let DiscardResult { entity_type, entity_id, outcome } = &discarded;
            let reason = match outcome {
                DiscardOutcome::NotSent => "not_sent",
                DiscardOutcome::Reverted => "reverted",
            };
            let of = EntityRef::new(entity_type, entity_id);
            (serde_json::to_value(&discarded)?, about(Notice::SyncDiscarded.with("reason", reason), &of))
        }
    };
    Ok(if json { say!("{json_value}") } else { tell(message) }?)
}

/// A message that names an entity.
fn about(message: Message, EntityRef { entity_type, entity_id }: &EntityRef) -> Message {
    message.with("entity_type", entity_type.as_str()).with("entity_id", entity_id.as_str())
}

async fn export(admin: &LocalAdmin, file: &Path, json: bool) -> Result<()> {
    let mut progress = Progress::of("fetched");
    let saved = admin.export_snapshot(file, &mut |have, all| progress.at(have >> 10, all >> 10)).await?;
    progress.end();
    if json {
        say!("{}", json!({"file": file, "head": saved.head, "shared": saved.end.shared, "owned": saved.end.owned}))?;
    } else {
        let shown = Notice::SnapshotSaved.with("file", file.display().to_string()).with("shared", saved.end.shared);
        tell(shown.with("owned", saved.end.owned).with("at", saved.head.made_at))?;
        tell(Notice::PrivateFile.with("content", "snapshot"))?;
    }
    Ok(())
}

fn import(admin: &LocalAdmin, file: &Path, json: bool) -> Result<()> {
    let mut progress = Progress::of("applied");
    let found = admin.import_snapshot(file, &mut |done, all| progress.at(done, all))?;
    progress.end();
    if json {
        say!(
            "{}",
            json!({"made_at": found.made_at, "shared": found.shared, "owned": found.owned,
                "applied": {"shared": found.parts.shared, "owned": found.parts.owned}, "unapplied": found.unapplied})
        )?;
        return Ok(());
    }
    let imported = |reason: &str| Notice::SnapshotImported.with("reason", reason).with("at", &found.made_at);
    if !found.parts.shared && !found.parts.owned {
        tell(imported("nothing"))?;
        return Ok(());
    }
    tell(imported("shared").with("count", found.shared))?;
    if found.parts.owned {
        tell(imported("documents").with("count", found.owned))?;
    }
    if found.unapplied > 0 {
        tell(Notice::SnapshotUnapplied.with("count", found.unapplied))?;
    }
    tell(Notice::SnapshotAdvice)?;
    Ok(())
}

const FAILED: [&str; 6] = ["id", "entity_type", "entity_id", "operation", "retry_count", "error_message"];
const QUARANTINE: [&str; 7] = ["id", "entity_type", "entity_id", "state", "code", "message", "discard_reason"];
const UNAPPLIED: [&str; 6] = ["entity_type", "entity_id", "state", "reason", "received_at", "discard_reason"];
const CONFLICTS: [&str; 9] =
    ["id", "entity_type", "entity_id", "field", "local", "local_by", "cloud", "cloud_by", "status"];
const UNREVIEWED: [&str; 4] = ["entity_type", "entity_id", "name", "role"];
const QUEUE: [&str; 6] = ["id", "entity_type", "entity_id", "operation", "batch_no", "created_at"];

async fn open(db: &Path) -> Result<sqlite::Db> {
    let path = db.to_owned();
    Ok(tokio::task::spawn_blocking(move || sqlite::Db::open(&path, &replica::capture::schema::SCHEMA)).await??)
}

async fn statement(admin: &LocalAdmin, db: &Path, date: &str, json: bool) -> Result<ExitCode> {
    if BusinessDate::parse(date).is_none() {
        bail!("--date must be a business date like 2026-11-23, not '{date}'");
    }
    let address = admin.hub_link()?.address();
    let db = open(db).await?;
    let compared = statement::compare_one(&db, &Client::new(), address, date).await;
    db.close().await;
    let compared = compared?;
    let json_value = serde_json::to_value(&compared)?;
    if json {
        say!("{json_value}")?;
    } else {
        let side = |side: &str| {
            let mut row = json_value[side].clone();
            row["side"] = out::words(&Notice::SyncSide.with("side", side)).into();
            row
        };
        table::print(&["side", "orders", "total", "by_method"], &[side("outlet"), side("hub")])?;
        let reason = match compared.matches {
            Some(true) => "same",
            Some(false) => "differs",
            None => "unsettled",
        };
        match &compared.problem {
            Some(problem) => say!("{problem}")?,
            None => tell(Notice::SyncStatement.with("reason", reason))?,
        }
    }
    Ok(if compared.matches == Some(false) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn verify(admin: &LocalAdmin, db: &Path, repair: bool, json: bool) -> Result<ExitCode> {
    let address = admin.address()?;
    let db = open(db).await?;
    let verified = verify::verify(&db, &Client::new(), &address, &|_| ()).await;
    db.close().await;
    let mut verified = verified?;
    if repair && !verified.differences.is_empty() {
        admin.repair(&verified.differences)?;
        verified.repairing = true;
    }
    let same = verified.differences.is_empty() && verified.unsettled_ranges == 0;
    let json_value = serde_json::to_value(&verified)?;
    if json {
        say!("{json_value}")?;
    } else {
        let compared = Notice::SyncVerified.with("count", json_value["compared"].as_i64().unwrap_or_default());
        tell(compared.with("differing", verified.differences.len()))?;
        if !verified.differences.is_empty() {
            table::print(
                &["kind", "entity_type", "entity_id"],
                json_value["differences"].as_array().map_or(&[], Vec::as_slice),
            )?;
            let reason = if repair { "running" } else { "possible" };
            tell(Notice::SyncVerifiedRepair.with("reason", reason))?;
        }
        if verified.unsettled_ranges > 0 {
            tell(Notice::SyncVerifiedUnsettled.with("count", verified.unsettled_ranges))?;
        }
    }
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_list(items: &Value, json: bool, fields: &[&str]) -> Result<(), NotWritten> {
    if json { say!("{items}") } else { table::print(fields, items.as_array().map_or(&[], Vec::as_slice)) }
}

fn print_status(status: &Value) -> Result<(), NotWritten> {
    let number = |field: &str| status[field].as_i64().unwrap_or_default();
    let text = |field: &str, absent| status[field].as_str().unwrap_or(absent).to_owned();
    let state = Notice::SyncState.with("outlet_code", text("outlet_code", "none"));
    let state = state.with("outlet_id", text("outlet_id", "?"));
    let state = state.with("enabled", if status["sync_enabled"] == true { "on" } else { "off" });
    let state = state.with("pending", number("pending_count")).with("failed", number("failed_count"));
    let state = state.with("conflicts", number("conflict_count")).with("synced", number("total_synced"));
    tell(state.with("last", text("last_sync_at", "never")))?;
    if let Some(snapshot) = status["snapshot"].as_object() {
        let of = |field: &str| snapshot[field].as_u64().unwrap_or_default();
        let text = |field: &str| snapshot[field].as_str().unwrap_or_default();
        let state = Notice::SyncStateSnapshot.with("state", text("state")).with("since", text("started_at"));
        tell(state.with("kib", of("fetched_bytes") >> 10).with("applied", of("applied_entities")))?;
    }
    if let Some(problem) = status["problem"].as_str() {
        tell(Notice::SyncStateProblem.with("problem", problem))?;
    }
    Ok(())
}

fn unfinished(reason: &'static str) -> Refusal {
    Refusal(Notice::SyncUnfinished.with("reason", reason).with("seconds", WAIT.as_secs()))
}

/// Waits until the server has executed a request; `false` at the timeout.
async fn until(
    admin: &LocalAdmin,
    done: impl Fn(&LocalAdmin) -> Result<bool, outlet::local_admin::LocalAdminError>,
) -> Result<bool> {
    if !admin.server_runs()? {
        return Err(unfinished("no_server").into());
    }
    let waiting = async {
        while !done(admin)? {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok::<_, anyhow::Error>(())
    };
    tokio::time::timeout(WAIT, waiting).await.map_or(Ok(false), |result| result.map(|()| true))
}

/// Waits until the server has executed a request, and prints how the round ended.
async fn wait(admin: &LocalAdmin, request: i64, json: bool) -> Result<()> {
    if !until(admin, |admin| Ok(!admin.is_open(request)?)).await? {
        return Err(unfinished("timeout").into());
    }
    let log = admin.last_round()?.ok_or_else(|| unfinished("no_round"))?;
    let log = serde_json::to_value(log)?;
    if json {
        say!("{log}")?;
    } else {
        let message = Notice::SyncRoundEnded.with("status", log["status"].as_str().unwrap_or_default());
        tell(message.with("count", log["entity_count"].as_i64().unwrap_or_default()))?;
    }
    match (log["error_message"].as_str(), log["status"].as_str()) {
        (Some(error), _) => bail!("{error}"),
        (None, Some("success")) => Ok(()),
        (None, _) => Err(unfinished("rejected").into()),
    }
}
