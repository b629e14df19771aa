//! A small file beside the database that says which life of it last ran here, and how far that had come. It is in no
//! backup, so a database that was put back by copying files gives itself away: see [`crate::restore_detection`].
//!
//! It never says more than is on disk. It may say less: at the most a second while the server runs and is killed, nothing
//! after an orderly stop. A copy that is not older than that is not noticed.

use std::fs::File;
use std::io::{ErrorKind, Result};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use sqlite::{Db, Fault, ReadRow, beside, open_private};
use tokio_util::sync::CancellationToken;

/// While orders come in, it is written so often at the most.
const EVERY: Duration = Duration::from_secs(1);
/// Written over in place, within one sector: it is whole after a crash, and needs no room on a full disk.
const LENGTH: usize = 256;

/// How far a database has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighWaterMark {
    /// Its life, counted.
    pub epoch_number: i64,
    /// Its life.
    pub epoch_id: String,
    /// The last place given out in the queue; only rises within a life.
    pub seq: i64,
    /// The highest number series that was used here.
    pub series: i64,
}

impl HighWaterMark {
    /// Series that an earlier database used here stay used.
    #[must_use]
    pub fn after(self, last: Option<&Self>) -> Self {
        let series = last.map_or(self.series, |last| last.series.max(self.series));
        Self { series, ..self }
    }
}

/// the high-water mark of a database.
#[must_use]
pub fn path(db: &Path) -> PathBuf {
    beside(db, ".high-water")
}

/// Where a database is.
///
/// # Errors
/// What SQLite said.
pub fn here(tx: &Transaction<'_>) -> std::result::Result<HighWaterMark, Fault> {
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

/// What it says; none where there is none yet, or none that can be read.
///
/// # Errors
/// What the system said.
pub fn read(path: &Path) -> Result<Option<HighWaterMark>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let high_water_mark = serde_json::from_slice(&text).inspect_err(|error| {
        tracing::warn!(%error, "the high-water mark beside the database cannot be read; it is made anew");
    });
    Ok(high_water_mark.ok())
}

/// Writes it, and waits until it is on disk.
///
/// # Errors
/// What the system said.
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

/// Keeps it until `stop`: at once after a quiet time, then once a second while there is anything new.
pub async fn keep(db: Db, stop: CancellationToken) {
    let path = path(db.path());
    let mut keeper = Keeper { said: read(&path).ok().flatten(), path, well: true };
    let mut commits = db.commits();
    while !stop.is_cancelled() {
        db.look();
        keeper.look(&db).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
        tokio::select! {
            () = stop.cancelled() => {}
            _ = commits.changed() => {}
            // Others write too: the sqlite3 shell.
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    keeper.look(&db).await;
    let synced = File::open(&keeper.path).and_then(|file| file.sync_all());
    keeper.tell(synced);
}

struct Keeper {
    path: PathBuf,
    said: Option<HighWaterMark>,
    well: bool,
}

impl Keeper {
    /// A snapshot shows only what is on disk, so the high-water mark is never ahead of the database.
    async fn look(&mut self, db: &Db) {
        let Ok(here) = db.read(here).await else { return };
        let here = here.after(self.said.as_ref());
        if self.said.as_ref() == Some(&here) {
            return;
        }
        // A few bytes without waiting for the disk: not worth another thread.
        let written = overwrite(&self.path, &here).map(|_| ());
        if written.is_ok() {
            self.said = Some(here);
        }
        self.tell(written);
    }

    fn tell(&mut self, written: Result<()>) {
        if let Err(error) = &written
            && self.well
        {
            tracing::warn!(%error, "the high-water mark beside the database cannot be written; a restored database may go unnoticed");
        }
        self.well = written.is_ok();
    }
}
