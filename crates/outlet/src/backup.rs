//! Copies of an outlet's database, and putting one in its place: for the terminal.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use replica::capture::schema;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use serde::Serialize;
use sqlite::{CopyError, Fault, Lock, MoveError, OpenError, ReadRow, Rebuilt, beside};

use crate::{high_water_mark, restore_detection};

/// Why there is no backup, or nothing was restored. Everything is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// No such file.
    #[error("there is no {0}; check the name")]
    Missing(PathBuf),
    /// A server uses the database.
    #[error("a Gerai server runs on {0}; stop it first")]
    Running(PathBuf),
    /// A database cannot be restored from itself.
    #[error("{0} is the database itself; name a backup")]
    Itself(PathBuf),
    /// The copy was not made.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// A database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A file cannot be moved.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}

/// What a database holds, for people to recognise it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holds {
    /// Its outlet's code, or its id; none where the settings of the link are in the environment.
    pub outlet: Option<String>,
    /// All of them.
    pub orders: i64,
    /// When the latest one was taken, RFC 3339 UTC.
    pub last_order_at: Option<String>,
    /// Changes that head office has not acknowledged.
    pub pending: i64,
    /// Of its file.
    pub bytes: u64,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// What the database holds now.
    pub holds: Holds,
    /// Whose database was there, if it was another outlet's.
    pub other_outlet: Option<String>,
    /// Where the database that was there is kept.
    pub replaced: Option<PathBuf>,
    /// Stands in its order numbers from now on.
    pub series: i64,
    /// What was taken from the backup, and what was not.
    pub rebuilt: Rebuilt,
}

/// Copies a database into a new file, checked; with or without a server running on it.
///
/// # Errors
/// [`BackupError`].
pub fn back_up(db: &Path, to: &Path) -> Result<Holds, BackupError> {
    let db = recognise(db)?;
    sqlite::copy(&db, to)?;
    let holds = holds(to)?;
    if let Err(fault) = record(&db, web::time::now()) {
        // The backup is as good without it.
        tracing::warn!(%fault, "that a backup was made cannot be recorded; doctor will not know of it");
    }
    Ok(holds)
}

/// What doctor and health know backups by.
fn record(db: &Path, now: Timestamp) -> Result<(), Fault> {
    let connection = sqlite::connect(db, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute(
        "insert into sync_backups (made_at, hour) values (?1, (select coalesce(max(hour), 0) from sync_hours))",
        [web::time::text(now)],
    )?;
    connection.execute("delete from sync_backups where id <= (select max(id) from sync_backups) - 100", [])?;
    Ok(())
}

/// Puts a database that is made from the rows of a backup, and from nothing else of it, in the place of a database, whose
/// server must have stopped. What was there is kept.
///
/// # Errors
/// [`BackupError`].
pub fn restore(db: &Path, from: &Path, now: Timestamp, random: u32) -> Result<Restored, BackupError> {
    let (db, from) = (&sqlite::resolve(db)?, &recognise(from)?);
    if sqlite::is_same_file(db, from) {
        return Err(BackupError::Itself(db.to_owned()));
    }
    let _lock = Lock::take(db)?.ok_or_else(|| BackupError::Running(db.to_owned()))?;
    let path = high_water_mark::path(db);
    let last = high_water_mark::read(&path).map_err(|source| BackupError::File { path: path.clone(), source })?;
    let new = beside(db, ".restoring");
    // Of a restore that was broken off.
    sqlite::remove(&new);
    let rebuilt = sqlite::rebuild(from, &new, &schema::SCHEMA)?;
    let (series, here) =
        begin_again(&new, last.as_ref(), random, &rebuilt.triggers).inspect_err(|_| sqlite::remove(&new))?;
    let was = sqlite::connect(db, OpenFlags::SQLITE_OPEN_READ_ONLY).ok().and_then(|connection| outlet(&connection));
    let suffix = format!(".replaced-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"));
    let replaced = sqlite::replace(db, &new, &suffix).inspect_err(|_| sqlite::remove(&new))?;
    let here = here.after(last.as_ref());
    high_water_mark::write(&path, &here).map_err(|source| BackupError::File { path, source })?;
    let holds = holds(db)?;
    let other_outlet = was.filter(|was| holds.outlet.as_ref().is_some_and(|is| is != was));
    Ok(Restored { holds, other_outlet, replaced, series, rebuilt })
}

fn recognise(path: &Path) -> Result<PathBuf, BackupError> {
    if !path.exists() {
        return Err(BackupError::Missing(path.to_owned()));
    }
    let path = sqlite::resolve(path)?;
    sqlite::recognise(&path, &schema::SCHEMA)?;
    Ok(path)
}

fn holds(path: &Path) -> Result<Holds, BackupError> {
    let bytes = std::fs::metadata(path).map_or(0, |found| found.len());
    let connection = sqlite::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(Fault::from)?;
    let sql = "select (select count(*) from orders), (select max(created_at) from orders),
        (select pending from sync_context where id = 1)";
    let outlet = outlet(&connection);
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Holds { outlet, orders: row.read(0)?, last_order_at: row.read(1)?, pending: row.read(2)?, bytes })
    };
    Ok(connection.query_row(sql, [], read).map_err(Fault::from)?)
}

/// Whose a database is, as far as it says so.
fn outlet(connection: &Connection) -> Option<String> {
    let sql = "select coalesce(nullif(outlet_code, ''), outlet_id) from outlet_config where id = 1 and outlet_id <> ''";
    connection.query_row(sql, [], |row| row.read(0)).ok()
}

/// Brings a copy up to date and makes it a restored database, in one file.
fn begin_again(
    new: &Path,
    last: Option<&high_water_mark::HighWaterMark>,
    random: u32,
    missed: &[String],
) -> Result<(i64, high_water_mark::HighWaterMark), BackupError> {
    let mut connection = sqlite::open(new, &schema::SCHEMA)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Fault::from)?;
    schema::repair(&tx)?;
    schema::capture_unseen(&tx, missed)?;
    let series = restore_detection::begin_again(&tx, last, random)?;
    let here = high_water_mark::here(&tx)?;
    tx.commit().map_err(Fault::from)?;
    sqlite::one_file(&connection).map_err(Fault::from)?;
    Ok((series, here))
}
