//! `gerai hub backup` and `gerai hub restore`.

use std::path::Path;

use anyhow::Result;
use hub::backup::{self, Contents};
use serde_json::json;
use web::Notice;
use web::messages::Message;

use crate::backup_cmd::print_restored;
use crate::out::{say, tell};

/// Makes a backup and prints a summary of it.
pub fn back_up(database_url: &str, file: &Path, json: bool) -> Result<()> {
    let contents = backup::back_up(database_url, file)?;
    if json {
        say!("{}", json!({"file": file, "contents": contents}))?;
        return Ok(());
    }
    tell(Notice::BackupMade.with("file", file.display().to_string()).with("content", content(&contents)))?;
    tell(Notice::PrivateFile.with("content", "hub"))?;
    Ok(())
}

/// Restores a backup and prints the consequences.
pub fn restore(database_url: &str, file: &Path, json: bool) -> Result<()> {
    let restored = backup::restore(database_url, file, web::time::now())?;
    if json {
        say!("{}", json!(restored))?;
        return Ok(());
    }
    print_restored(file, content(&restored.contents), &restored.rebuilt)?;
    if let Some(replaced) = &restored.replaced {
        tell(Notice::RestoreReplaced.with("file", replaced.display().to_string()))?;
    }
    tell(Notice::RestoreNext.with("server", "hub"))?;
    Ok(())
}

fn content(contents: &Contents) -> Message {
    let last = contents.last_batch_at.as_deref().unwrap_or("never");
    let content = Notice::HubBackupContent.with("outlets", contents.outlets).with("orders", contents.orders);
    content.with("last", last).with("kib", contents.bytes.div_ceil(1_024))
}
