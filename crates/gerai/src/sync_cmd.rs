//! `gerai sync`: what waits for head office, what has failed, and trying again; from the terminal, without SQL.

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
use replica::conflicts::Decision;
use replica::progress::range::ResyncScope;
use replica::quarantine::discard::{DiscardOutcome, Discarded};
use replica::reconcile::statement;
use replica::reconcile::verify;
use serde_json::{Value, json};

use crate::args::{SyncEnvArgs, db_path};
use crate::out::{NotWritten, say};
use crate::progress::Progress;
use crate::table;

/// How long a command waits for the server to do what was asked.
const WAIT: Duration = Duration::from_secs(30);

/// What waits for head office, what has failed, and trying again.
#[derive(Args)]
pub struct SyncArgs {
    #[command(subcommand)]
    command: SyncCommand,
    /// The outlet's database file [env: DB_PATH] [default: ./pos.db]
    #[arg(long, value_name = "FILE", global = true)]
    db: Option<PathBuf>,
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
    /// What is stuck and why: what has failed, is set aside or was discarded, and what came and could not be applied
    Quarantine,
    /// Sends a failed item again on its own, tries a change of head office again that could not be applied, or takes a
    /// discarded one back; exit code 1 when it still cannot be applied
    Retry {
        /// The item's id, or TYPE/ID of an entity whose change could not be applied; `gerai sync quarantine` shows both
        id: QuarantineTarget,
    },
    /// Discards a failed item, or a change of head office that cannot be applied; who, when and why stay on record
    Discard {
        /// The item's id, or TYPE/ID of an entity whose change cannot be applied; `gerai sync quarantine` shows both
        id: QuarantineTarget,
        /// Why, in words
        #[arg(long)]
        reason: String,
    },
    /// Compares everything with what head office has; what one side lacks it gets
    Resync {
        /// What is compared
        #[arg(long, value_enum, default_value = "all")]
        scope: Scope,
    },
    /// Compares everything with what head office has and changes nothing; exit code 1 when something differs
    Verify {
        /// Put right what differs
        #[arg(long)]
        repair: bool,
    },
    /// What a business day came to here and at head office; exit code 1 when they differ
    Statement {
        /// Business date, YYYY-MM-DD
        #[arg(long)]
        date: String,
    },
    /// Fields that this outlet and head office changed differently, and that a person must decide
    Conflicts {
        /// Also those that a rule or a person has decided
        #[arg(long)]
        all: bool,
    },
    /// Decides about a conflict: an ordinary edit that goes to head office
    Resolve {
        /// The conflict's id; `gerai sync conflicts` lists them
        id: String,
        /// Whose value is to stand
        #[arg(long, value_enum)]
        strategy: Strategy,
    },
    /// Users, settings and prices that this machine took from head office when it was new, and that a person should look at
    Unreviewed {
        /// You know them all: they are not named any more
        #[arg(long)]
        confirm: bool,
    },
    /// Where head office is, and whether and how often this outlet syncs; in force at once. Without options: shows it
    Settings(settings::SettingsArgs),
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

/// What is compared.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Scope {
    /// What outlets and head office share
    Shared,
    /// What is this outlet's own
    Owned,
    /// Both
    All,
}

/// Whose value is to stand.
#[derive(Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Strategy {
    /// This outlet's
    LocalWins,
    /// Head office's
    CloudWins,
}

/// Does what the subcommand says.
pub async fn run(args: SyncArgs) -> Result<ExitCode> {
    let db = db_path(args.db.as_ref());
    let sight = LocalAdmin::open(&db, args.sync.read()?)?;
    match args.command {
        SyncCommand::Status => {
            let status = serde_json::to_value(sight.status()?)?;
            if args.json {
                say!("{status}")?;
            } else {
                print_status(&status)?;
            }
        }
        SyncCommand::Failed => print_list(&serde_json::to_value(sight.failed()?)?, args.json, &FAILED)?,
        SyncCommand::Queue => print_list(&serde_json::to_value(sight.queue()?)?, args.json, &QUEUE)?,
        SyncCommand::Trigger => {
            let request = sight.trigger()?;
            wait(&sight, request, args.json).await?;
        }
        SyncCommand::Retry { id } => match id {
            QuarantineTarget::Item(id) => {
                let request = sight.retry(id)?;
                wait(&sight, request, args.json).await?;
            }
            QuarantineTarget::Update(of) => return retry_update(&sight, &of, args.json),
        },
        SyncCommand::Quarantine => {
            let items = serde_json::to_value(sight.quarantine()?)?;
            let updates = serde_json::to_value(sight.kept()?)?;
            if args.json {
                say!("{}", json!({"items": items, "updates": updates}))?;
            } else {
                say!("Not sent:")?;
                print_list(&items, false, &HELD_BACK)?;
                say!("Not applied:")?;
                print_list(&updates, false, &KEPT)?;
            }
        }
        SyncCommand::Discard { id, reason } => discard(&sight, id, &reason, args.json)?,
        SyncCommand::Resync { scope } => {
            let what = match scope {
                Scope::Shared => ResyncScope::Shared,
                Scope::Owned => ResyncScope::Owned,
                Scope::All => ResyncScope::All,
            };
            sight.resync(what)?;
            let compared = until(&sight, |sight| Ok(!sight.compares()?)).await?;
            if args.json {
                say!("{}", serde_json::json!({"compared": compared}))?;
            } else if compared {
                say!("Compared with head office; 'gerai sync status' shows what is sent because of it.")?;
            }
            if !compared {
                bail!("it goes on; 'gerai sync status' says what is wrong if anything is");
            }
        }
        SyncCommand::Verify { repair } => return verify(&sight, &db, repair, args.json).await,
        SyncCommand::Statement { date } => return statement(&sight, &db, &date, args.json).await,
        SyncCommand::Conflicts { all } => {
            print_list(&serde_json::to_value(sight.conflicts(all)?)?, args.json, &CONFLICTS)?;
        }
        SyncCommand::Resolve { id, strategy } => {
            let decision = match strategy {
                Strategy::LocalWins => Decision::Local,
                Strategy::CloudWins => Decision::Cloud,
            };
            let resolved = serde_json::to_value(sight.resolve(&id, decision)?)?;
            if args.json {
                say!("{resolved}")?;
            } else {
                let of = |field: &str| resolved[field].as_str().unwrap_or("?").to_owned();
                say!("Decided: '{}' of {} {}.", of("field"), of("entity_type"), of("entity_id"))?;
            }
        }
        SyncCommand::Unreviewed { confirm: false } => {
            print_list(&serde_json::to_value(sight.taken()?)?, args.json, &TAKEN)?;
        }
        SyncCommand::Unreviewed { confirm: true } => {
            let confirmed = sight.confirm_unreviewed()?;
            let words = format!("Confirmed: {confirmed}.");
            say!("{}", if args.json { json!({"confirmed": confirmed}).to_string() } else { words })?;
        }
        SyncCommand::Settings(change) => settings::run(&sight, change, args.json)?,
        SyncCommand::Snapshot { command } => match command {
            SnapshotCommand::Export { file } => export(&sight, &file, args.json).await?,
            SnapshotCommand::Import { file } => import(&sight, &file, args.json)?,
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// What is stuck, as people name it.
#[derive(Clone)]
enum QuarantineTarget {
    /// By its id in the queue.
    Item(i64),
    /// By the entity that it changes.
    Update(EntityRef),
}

impl FromStr for QuarantineTarget {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.split_once('/') {
            Some((entity_type, entity_id)) => Ok(Self::Update(EntityRef::new(entity_type, entity_id))),
            None => word.parse().map(Self::Item).map_err(|_| "it is no id of an item, nor TYPE/ID of an entity"),
        }
    }
}

fn retry_update(sight: &LocalAdmin, of: &EntityRef, json: bool) -> Result<ExitCode> {
    let retried = sight.retry_update(of)?;
    if json {
        say!("{}", serde_json::to_value(&retried)?)?;
    } else {
        let EntityRef { entity_type, entity_id } = of;
        match &retried.reason {
            None => say!("Applied: {entity_type} {entity_id}.")?,
            Some(reason) => say!("{entity_type} {entity_id} still cannot be applied: {reason}")?,
        }
    }
    Ok(if retried.applied { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn discard(sight: &LocalAdmin, stuck: QuarantineTarget, reason: &str, json: bool) -> Result<()> {
    let (told, words) = match stuck {
        QuarantineTarget::Update(of) => {
            sight.discard_update(&of, reason)?;
            let EntityRef { entity_type, entity_id } = &of;
            (json!(of), format!("Discarded: the change of {entity_type} {entity_id} is not applied here."))
        }
        QuarantineTarget::Item(id) => {
            let discarded = sight.discard(id, reason)?;
            let Discarded { entity_type, entity_id, outcome } = &discarded;
            let what = match outcome {
                DiscardOutcome::NotSent => "it stays here and is not sent",
                DiscardOutcome::Reverted => "the edit is taken back",
            };
            (serde_json::to_value(&discarded)?, format!("Discarded: {entity_type} {entity_id}, {what}."))
        }
    };
    say!("{}", if json { told.to_string() } else { words })?;
    Ok(())
}

async fn export(sight: &LocalAdmin, file: &Path, json: bool) -> Result<()> {
    let mut progress = Progress::of("KiB fetched");
    let saved = sight.export_snapshot(file, &mut |have, all| progress.at(have >> 10, all >> 10)).await?;
    progress.end();
    if json {
        say!("{}", json!({"file": file, "head": saved.head, "shared": saved.end.shared, "owned": saved.end.owned}))?;
    } else {
        say!("Snapshot saved and checked: {}", file.display())?;
        say!(
            "  {} shared entities, {} of this outlet, as of {}",
            saved.end.shared,
            saved.end.owned,
            saved.head.made_at
        )?;
        say!("It holds customers and hashes of PINs: keep it where only you can read it.")?;
    }
    Ok(())
}

fn import(sight: &LocalAdmin, file: &Path, json: bool) -> Result<()> {
    let mut progress = Progress::of("entities applied");
    let found = sight.import_snapshot(file, &mut |done, all| progress.at(done, all))?;
    progress.end();
    if json {
        say!(
            "{}",
            json!({"made_at": found.made_at, "shared": found.shared, "owned": found.owned,
                "applied": {"shared": found.parts.shared, "owned": found.parts.owned}, "unapplied": found.unapplied})
        )?;
        return Ok(());
    }
    match (found.parts.shared, found.parts.owned) {
        (false, false) => say!("Nothing to do: this outlet knows all that the snapshot says ({}).", found.made_at)?,
        (_, own) => {
            say!("Applied: {} shared entities, as of {}.", found.shared, found.made_at)?;
            if own {
                say!("Applied: {} documents of this outlet.", found.owned)?;
            }
            if found.unapplied > 0 {
                say!("Not applied: {} entities; 'gerai sync quarantine' names them.", found.unapplied)?;
            }
            say!("What has changed since comes by the link to head office.")?;
            say!(
                "Checked: that the file is whole, and each entity by the rules of this version. Not checked: who made it, \
                 for it has no signature. Import only files of your own head office; 'sha256sum' shows whether this is the \
                 one that 'gerai hub outlet snapshot' made."
            )?;
        }
    }
    Ok(())
}

const FAILED: [&str; 6] = ["id", "entity_type", "entity_id", "operation", "retry_count", "error_message"];
const HELD_BACK: [&str; 7] = ["id", "entity_type", "entity_id", "state", "code", "message", "discard_reason"];
const KEPT: [&str; 6] = ["entity_type", "entity_id", "state", "reason", "received_at", "discard_reason"];
const CONFLICTS: [&str; 9] =
    ["id", "entity_type", "entity_id", "field", "local", "local_by", "cloud", "cloud_by", "status"];
const TAKEN: [&str; 4] = ["entity_type", "entity_id", "name", "role"];
const QUEUE: [&str; 6] = ["id", "entity_type", "entity_id", "operation", "batch_no", "created_at"];

async fn open(db: &Path) -> Result<sqlite::Db> {
    let path = db.to_owned();
    Ok(tokio::task::spawn_blocking(move || sqlite::Db::open(&path, &replica::capture::schema::SCHEMA)).await??)
}

async fn statement(sight: &LocalAdmin, db: &Path, date: &str, json: bool) -> Result<ExitCode> {
    if BusinessDate::parse(date).is_none() {
        bail!("--date takes a business date like 2026-11-23, not '{date}'");
    }
    let address = sight.cloud()?.address();
    let db = open(db).await?;
    let compared = statement::one(&db, &Client::new(), address, date).await;
    db.close().await;
    let compared = compared?;
    let told = serde_json::to_value(&compared)?;
    if json {
        say!("{told}")?;
    } else {
        let side = |side: &str, name: &str| {
            let mut row = told[side].clone();
            row["side"] = name.into();
            row
        };
        table::print(
            &["side", "orders", "total", "by_method"],
            &[side("outlet", "outlet"), side("hub", "head office")],
        )?;
        let verdict = match compared.matches {
            Some(true) => "Both have the same.",
            Some(false) => "They differ; 'gerai sync verify' says which orders.",
            None => "Not settled: something of the day still waits, or head office stands elsewhere.",
        };
        say!("{}", compared.problem.as_deref().unwrap_or(verdict))?;
    }
    Ok(if compared.matches == Some(false) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn verify(sight: &LocalAdmin, db: &Path, repair: bool, json: bool) -> Result<ExitCode> {
    let address = sight.address()?;
    let db = open(db).await?;
    let verified = verify::verify(&db, &Client::new(), &address).await;
    db.close().await;
    let mut verified = verified?;
    if repair && !verified.differences.is_empty() {
        sight.repair(&verified.differences)?;
        verified.repairing = true;
    }
    let same = verified.differences.is_empty() && verified.unsettled_ranges == 0;
    let told = serde_json::to_value(&verified)?;
    if json {
        say!("{told}")?;
    } else {
        say!("{} entities were compared with head office, {} differ.", told["compared"], verified.differences.len())?;
        if !verified.differences.is_empty() {
            table::print(
                &["kind", "entity_type", "entity_id"],
                told["differences"].as_array().map_or(&[], Vec::as_slice),
            )?;
            say!(
                "{}",
                if repair { "They are being put right." } else { "'gerai sync verify --repair' puts them right." }
            )?;
        }
        if verified.unsettled_ranges > 0 {
            say!("{} ranges changed all the time and were not compared; ask again.", verified.unsettled_ranges)?;
        }
    }
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_list(items: &Value, json: bool, fields: &[&str]) -> Result<(), NotWritten> {
    if json { say!("{items}") } else { table::print(fields, items.as_array().map_or(&[], Vec::as_slice)) }
}

fn print_status(status: &Value) -> Result<(), NotWritten> {
    let number = |field: &str| status[field].as_i64().unwrap_or_default();
    let text = |field: &str| status[field].as_str().unwrap_or("none").to_owned();
    say!("Outlet    {} ({})", text("outlet_code"), text("outlet_id"))?;
    say!("Sync      {}", if status["sync_enabled"] == true { "on" } else { "off" })?;
    say!("Waiting   {}", number("pending_count"))?;
    say!("Failed    {}", number("failed_count"))?;
    say!("Conflicts {}", number("conflict_count"))?;
    say!("Synced    {} changes, last at {}", number("total_synced"), text("last_sync_at"))?;
    if let Some(snapshot) = status["snapshot"].as_object() {
        let of = |field: &str| snapshot[field].as_u64().unwrap_or_default();
        let state = snapshot["state"].as_str().unwrap_or_default();
        let since = snapshot["started_at"].as_str().unwrap_or_default();
        say!(
            "Snapshot  {state} since {since}: {} KiB here, {} entities applied",
            of("fetched_bytes") >> 10,
            of("applied_entities")
        )?;
    }
    if let Some(problem) = status["problem"].as_str() {
        say!("Problem   {problem}")?;
    }
    Ok(())
}

/// Waits until the server has done what was asked; false: not in time.
async fn until(
    sight: &LocalAdmin,
    done: impl Fn(&LocalAdmin) -> Result<bool, outlet::local_admin::LocalAdminError>,
) -> Result<bool> {
    if !sight.server_runs()? {
        bail!("asked, but no outlet server runs on this database; start it with 'gerai' and it is done then");
    }
    let waits = async {
        while !done(sight)? {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok::<_, anyhow::Error>(())
    };
    tokio::time::timeout(WAIT, waits).await.map_or(Ok(false), |ended| ended.map(|()| true))
}

/// Waits until the server has served a request, and says how the round ended.
async fn wait(sight: &LocalAdmin, request: i64, json: bool) -> Result<()> {
    if !until(sight, |sight| Ok(!sight.is_open(request)?)).await? {
        bail!("asked, but the round has not ended within {} s; 'gerai sync status' shows how it goes", WAIT.as_secs());
    }
    let Some(log) = sight.last_round()? else {
        bail!("the server has not begun a round; 'gerai sync status' says why")
    };
    let log = serde_json::to_value(log)?;
    if json {
        say!("{log}")?;
    } else {
        say!("Round ended: {}, {} items.", log["status"].as_str().unwrap_or("?"), log["entity_count"])?;
    }
    match (log["error_message"].as_str(), log["status"].as_str()) {
        (Some(error), _) => bail!("{error}"),
        (None, Some("success")) => Ok(()),
        (None, _) => bail!("head office refused some of it; 'gerai sync quarantine' says why"),
    }
}
