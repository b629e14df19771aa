//! `gerai backup` and `gerai restore`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use outlet::backup;
use outlet::backup::Contents;
use serde_json::json;
use sqlite::{Rebuilt, TableRows};
use web::Notice;
use web::messages::Message;

use crate::args::DbArg;
use crate::out::{NotWritten, say, tell};

/// Copies an outlet's database into a new file.
#[derive(Args)]
pub struct BackupArgs {
    /// The file to create; existing files are not overwritten
    file: PathBuf,
    #[command(flatten)]
    db: DbArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Replaces an outlet's database by a backup.
#[derive(Args)]
pub struct RestoreArgs {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    db: DbArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Makes a backup and prints a summary of it.
pub fn back_up(args: &BackupArgs) -> Result<ExitCode> {
    let contents = backup::back_up(&args.db.path(), &args.file)?;
    if args.json {
        say!("{}", json!({"file": args.file, "contents": contents}))?;
    } else {
        tell(Notice::BackupMade.with("file", args.file.display().to_string()).with("content", content(&contents)))?;
        tell(Notice::PrivateFile.with("content", "outlet"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Restores a backup and prints the consequences.
pub fn restore(args: &RestoreArgs) -> Result<ExitCode> {
    let db = args.db.path();
    let restored = backup::restore(&db, &args.file, web::time::now(), rand::random())?;
    if args.json {
        say!("{}", json!(restored))?;
        return Ok(ExitCode::SUCCESS);
    }
    print_restored(&args.file, content(&restored.contents), &restored.rebuilt)?;
    if let (Some(was), Some(is)) = (&restored.other_outlet, &restored.contents.outlet) {
        tell(Notice::RestoreOtherOutlet.with("was", was).with("is", is))?;
    }
    if let Some(replaced) = &restored.replaced {
        tell(Notice::RestoreReplaced.with("file", replaced.display().to_string()))?;
    }
    tell(Notice::RestoreNext.with("server", "outlet").with("series", restored.series))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what was restored from a file, and what was left out.
pub fn print_restored(file: &Path, content: Message, rebuilt: &Rebuilt) -> Result<(), NotWritten> {
    let restored = Notice::Restored.with("file", file.display().to_string()).with("content", content);
    let rows = restored.with("rows", rebuilt.taken()).with("found", rebuilt.found());
    tell(rows.with("tables", rebuilt.tables.len()))?;
    for TableRows { table, found, taken, refused } in rebuilt.tables.iter().filter(|table| table.taken < table.found) {
        let left_out = Notice::RestoreLeftOut.with("reason", "rows").with("rows", found - taken).with("found", *found);
        tell(left_out.with("table", table.as_str()).with("examples", refused.join("; ")))?;
    }
    if !rebuilt.left_out.is_empty() {
        tell(Notice::RestoreLeftOut.with("reason", "parts").with("names", rebuilt.left_out.join(", ")))?;
    }
    Ok(())
}

fn content(contents: &Contents) -> Message {
    let outlet = contents.outlet.as_deref().unwrap_or("unknown");
    let last = contents.last_order_at.as_deref().unwrap_or("never");
    let content = Notice::BackupContent.with("outlet", outlet).with("orders", contents.orders).with("last", last);
    content.with("pending", contents.pending).with("kib", contents.bytes.div_ceil(1_024))
}
