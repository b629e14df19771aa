//! `gerai hub backup` and `gerai hub restore`.

use std::path::Path;

use anyhow::Result;
use hub::backup::{self, Holds};
use serde_json::json;

use crate::backup_cmd::print_rebuilt;
use crate::out::{NotWritten, say};

/// Makes a backup and prints a summary of it.
pub fn back_up(database_url: &str, file: &Path, json: bool) -> Result<()> {
    let holds = backup::back_up(database_url, file)?;
    if json {
        say!("{}", json!({"file": file, "holds": holds}))?;
        return Ok(());
    }
    say!("Backup made and checked: {}", file.display())?;
    print_holds(&holds)?;
    say!(
        "It holds customers, hashes of PINs, keys and passwords, and the webhooks' secrets: keep it where only you can \
         read it."
    )?;
    Ok(())
}

/// Restores a backup and prints the consequences.
pub fn restore(database_url: &str, file: &Path, json: bool) -> Result<()> {
    let restored = backup::restore(database_url, file, web::time::now())?;
    if json {
        say!("{}", json!(restored))?;
        return Ok(());
    }
    say!("Restored from {}", file.display())?;
    print_holds(&restored.holds)?;
    print_rebuilt(&restored.rebuilt)?;
    if let Some(replaced) = &restored.replaced {
        say!("The database that was there is kept: {}", replaced.display())?;
    }
    say!("Start the hub: each outlet notices by itself and sends again what came after the backup.")?;
    say!(
        "What head office did since is as it was before: add, revoke and enroll outlets, give keys, users and passwords \
         again. Everybody logs in again."
    )?;
    Ok(())
}

fn print_holds(holds: &Holds) -> Result<(), NotWritten> {
    let last = holds.last_batch_at.as_ref().map_or(String::new(), |at| format!(", the last batch of {at}"));
    say!("  {} outlets, {} orders{last}; {} KiB", holds.outlets, holds.orders, holds.bytes.div_ceil(1_024))
}
