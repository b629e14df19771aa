//! `gerai backup` and `gerai restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use outlet::backup;
use outlet::backup::Holds;
use serde_json::json;
use sqlite::{Rebuilt, TableRows};

use crate::args::DbArg;
use crate::out::{NotWritten, say};

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
    let holds = backup::back_up(&args.db.path(), &args.file)?;
    if args.json {
        say!("{}", json!({"file": args.file, "holds": holds}))?;
    } else {
        say!("Backup made and checked: {}", args.file.display())?;
        print_holds(&holds)?;
        say!("It holds customers, hashes of PINs and this outlet's key: keep it where only you can read it.")?;
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
    say!("Restored: {}", db.display())?;
    print_holds(&restored.holds)?;
    print_rebuilt(&restored.rebuilt)?;
    if let (Some(was), Some(is)) = (&restored.other_outlet, &restored.holds.outlet) {
        say!("Attention: the database that was there is of the outlet {was}, and this backup of {is}.")?;
    }
    if let Some(replaced) = &restored.replaced {
        say!("The database that was there is kept: {}", replaced.display())?;
    }
    say!("Orders are numbered in a series of their own from now on: R{}.", restored.series)?;
    say!("Nothing is sent to head office until this outlet is enrolled again ('gerai enroll'); selling goes on.")?;
    Ok(ExitCode::SUCCESS)
}

/// Prints how many rows of a backup were restored, and what was omitted.
pub fn print_rebuilt(rebuilt: &Rebuilt) -> Result<(), NotWritten> {
    say!("  {} of its {} rows, in {} tables", rebuilt.taken(), rebuilt.found(), rebuilt.tables.len())?;
    for TableRows { table, found, taken, refused } in rebuilt.tables.iter().filter(|table| table.taken < table.found) {
        let left = found - taken;
        say!(
            "Left out: {left} of {found} rows of {table}, which do not pass its checks, such as {}",
            refused.join("; ")
        )?;
    }
    if !rebuilt.left_out.is_empty() {
        say!(
            "Left out, for Gerai did not make it (somebody has changed this backup): {}",
            rebuilt.left_out.join(", ")
        )?;
    }
    Ok(())
}

fn print_holds(holds: &Holds) -> Result<(), NotWritten> {
    let last = holds.last_order_at.as_ref().map_or(String::new(), |at| format!(", the last one of {at}"));
    let of = holds.outlet.as_ref().map_or(String::new(), |outlet| format!("of the outlet {outlet}; "));
    say!(
        "  {of}{} orders{last}; {} changes that head office does not have; {} KiB",
        holds.orders,
        holds.pending,
        holds.bytes.div_ceil(1_024)
    )
}
