//! `gerai hub migrate`: migrates the hub's data from SQLite to PostgreSQL.

use std::path::Path;

use anyhow::Result;
use serde_json::json;
use store::to_postgres::{self, Migrated, Start, Step};

use crate::out::{self, NotWritten, say};
use crate::progress::Progress;
use crate::table;

/// Migrates, and prints the next steps.
pub async fn run(from: String, to: String, json: bool) -> Result<()> {
    let (mut copied, mut compared) = (Progress::of("rows copied"), Progress::of("rows compared"));
    let tell = move |step| match step {
        Step::Begun(beginning) => out::note(message(beginning)),
        Step::Copied { rows, of } => copied.at(rows, of),
        Step::Compared { rows, of } => {
            copied.end();
            compared.at(rows, of);
        }
        Step::Marked => compared.end(),
    };
    // The database drivers block, which a thread of the runtime must not.
    let work = move || to_postgres::migrate_to_postgres(&from, &to, &hub::SCHEMA, web::time::now(), tell);
    let migrated = tokio::task::spawn_blocking(work).await??;
    if json {
        say!("{}", json!(migrated))?;
    } else {
        print(&migrated)?;
    }
    Ok(())
}

fn message(beginning: Start) -> &'static str {
    match beginning {
        Start::First => "The file is held; its rows are copied.",
        Start::Resumed => "The move goes on where it was broken off.",
        Start::Anew => "The file has changed since the move was broken off: everything is copied anew.",
    }
}

fn print(Migrated { from, to, ready_at, tables }: &Migrated) -> Result<(), NotWritten> {
    let from = Path::display(from);
    if tables.is_empty() {
        return say!("Nothing to do: {from} was moved to {to} on {ready_at}.");
    }
    let rows: u64 = tables.iter().map(|table| table.sum.rows).sum();
    say!("Moved {from} to {to}: {rows} rows, the same on both sides.")?;
    table::print(&["table", "rows", "hash"], &tables.iter().map(|table| json!(table)).collect::<Vec<_>>())?;
    say!("Start the hub with the new address in HUB_DATABASE_URL, or as --database; outlets go on by themselves.")?;
    say!("No hub starts on {from} any more. Keep it until you have a backup of the new database.")
}
