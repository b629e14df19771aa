//! The high-water mark: a small file beside the database with the epoch and the queue position that last ran here. It
//! is in no backup, so it reveals a database that was restored by copying files: see [`crate::restore_detection`].
//!
//! The mark is never ahead of the disk. It may be behind: by up to a second if the server is killed, not at all after
//! an orderly stop. A copy that is newer than the mark is not detected.

use std::fs::File;
use std::io::{ErrorKind, Result};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use sqlite::{Db, Fault, ReadRow, open_private, sibling};
use tokio_util::sync::CancellationToken;

/// Minimum interval between writes.
const INTERVAL: Duration = Duration::from_secs(1);
/// Overwritten in place within one sector: complete after a crash, and needs no space on a full disk.
const LENGTH: usize = 256;

/// How far a database has progressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighWaterMark {
    /// Number of its epoch.
    pub epoch_number: i64,
    /// Id of its epoch.
    pub epoch_id: String,
    /// The last assigned queue position; never decreases within an epoch.
    pub seq: i64,
    /// The highest number series used here.
    pub series: i64,
}

impl HighWaterMark {
    /// Keeps the highest series that an earlier database has used here.
    #[must_use]
    pub fn after(self, last: Option<&Self>) -> Self {
        let series = last.map_or(self.series, |last| last.series.max(self.series));
        Self { series, ..self }
    }
}

/// The path of the mark of a database.
#[must_use]
pub fn path(db: &Path) -> PathBuf {
    sibling(db, ".high-water")
}

/// The current progress of a database.
///
/// # Errors
/// The error from SQLite.
pub fn current(tx: &Transaction<'_>) -> std::result::Result<HighWaterMark, Fault> {
    let sql = "select epoch_number, epoch_id, (select seq from sync_context where id = 1),
        (select series from number_series where id = 1) from sync_chain where id = 1";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| {
        Ok(HighWaterMark {
            epoch_number: row.read(0)?,
            epoch_id: row.read(1)?,
            seq: row.read(2)?,
            series: row.read(3)?,
        })
    })?)
}

/// Reads a mark; `None` if there is none or it is unreadable.
///
/// # Errors
/// The error from the system.
pub fn read(path: &Path) -> Result<Option<HighWaterMark>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let high_water_mark = serde_json::from_slice(&text).inspect_err(|error| {
        tracing::warn!(%error, "the high-water mark beside the database cannot be read; it will be recreated");
    });
    Ok(high_water_mark.ok())
}

/// Writes a mark and syncs it to disk.
///
/// # Errors
/// The error from the system.
pub fn write(path: &Path, high_water_mark: &HighWaterMark) -> Result<()> {
    overwrite(path, high_water_mark)?.sync_all()
}

fn overwrite(path: &Path, high_water_mark: &HighWaterMark) -> Result<File> {
    let mut text = serde_json::to_vec(high_water_mark)?;
    text.resize(LENGTH.max(text.len() + 1) - 1, b' ');
    text.push(b'\n');
    let file = open_private(path, File::options().create(true).truncate(false).write(true))?;
    file.write_all_at(&text, 0)?;
    file.set_len(text.len() as u64)?;
    Ok(file)
}

/// Updates the mark until `stop`: immediately after an idle period, then once a second while there are changes.
pub async fn run(db: Db, stop: CancellationToken) {
    let path = path(db.path());
    let mut updater = Updater { last_written: read(&path).ok().flatten(), path, last_write_ok: true };
    let mut commits = db.commits();
    while !stop.is_cancelled() {
        db.check_files();
        updater.update(&db).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
        tokio::select! {
            () = stop.cancelled() => {}
            _ = commits.changed() => {}
            // Other programs write too, such as the sqlite3 shell.
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    updater.update(&db).await;
    let synced = File::open(&updater.path).and_then(|file| file.sync_all());
    updater.log_failure(synced);
}

struct Updater {
    path: PathBuf,
    last_written: Option<HighWaterMark>,
    last_write_ok: bool,
}

impl Updater {
    /// A snapshot shows only what is on disk, so the mark is never ahead of the database.
    async fn update(&mut self, db: &Db) {
        let Ok(current) = db.read(current).await else { return };
        let current = current.after(self.last_written.as_ref());
        if self.last_written.as_ref() == Some(&current) {
            return;
        }
        // A few bytes without a sync: not worth another thread.
        let written = overwrite(&self.path, &current).map(|_| ());
        if written.is_ok() {
            self.last_written = Some(current);
        }
        self.log_failure(written);
    }

    fn log_failure(&mut self, written: Result<()>) {
        if let Err(error) = &written
            && self.last_write_ok
        {
            tracing::warn!(%error, "the high-water mark beside the database cannot be written; a restored database may go unnoticed");
        }
        self.last_write_ok = written.is_ok();
    }
}
