//! `gerai hub migrate`: migrates the hub's data from SQLite to PostgreSQL.

use anyhow::Result;
use serde_json::json;
use store::to_postgres::{self, Migrated, Start, Step};
use web::Notice;
use web::messages::Message;

use crate::out::{self, NotWritten, say, tell};
use crate::progress::Progress;
use crate::table;

/// Migrates, and prints the next steps.
pub async fn run(from: String, to: String, json: bool) -> Result<()> {
    let (mut copied, mut compared) = (Progress::of("copied"), Progress::of("compared"));
    let show = move |step| match step {
        Step::Begun(beginning) => out::note(out::words(&message(beginning))),
        Step::Copied { rows, of } => copied.at(rows, of),
        Step::Compared { rows, of } => {
            copied.end();
            compared.at(rows, of);
        }
        Step::Marked => compared.end(),
    };
    // The database drivers block, so they must not run on a thread of the runtime.
    let work = move || to_postgres::migrate_to_postgres(&from, &to, &hub::SCHEMA, web::time::now(), show);
    let migrated = tokio::task::spawn_blocking(work).await??;
    if json {
        say!("{}", json!(migrated))?;
    } else {
        print(&migrated)?;
    }
    Ok(())
}

fn message(beginning: Start) -> Message {
    let reason = match beginning {
        Start::First => "first",
        Start::Resumed => "resumed",
        Start::Anew => "anew",
    };
    Notice::MigrateStarted.with("reason", reason)
}

fn print(Migrated { from, to, ready_at, tables }: &Migrated) -> Result<(), NotWritten> {
    let from = from.display().to_string();
    let migrated = |reason: &str| Notice::Migrated.with("reason", reason).with("from", &from).with("to", to);
    if tables.is_empty() {
        return tell(migrated("before").with("at", ready_at));
    }
    let rows: u64 = tables.iter().map(|table| table.sum.rows).sum();
    tell(migrated("now").with("rows", rows))?;
    table::print(&["table", "rows", "hash"], &tables.iter().map(|table| json!(table)).collect::<Vec<_>>())?;
    tell(Notice::MigratedNext.with("from", &from))
}
