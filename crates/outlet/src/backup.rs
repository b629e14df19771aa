//! Backs up and restores an outlet's database, for the terminal.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use replica::capture::schema;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use serde::Serialize;
use sqlite::{CopyError, Fault, Lock, MoveError, OpenError, ReadRow, Rebuilt, sibling};

use crate::{high_water_mark, restore_detection};

/// Why a backup or restore failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file does not exist.
    #[error("{0} does not exist; check the path")]
    Missing(PathBuf),
    /// A server uses the database.
    #[error("a Gerai server runs on {0}; stop it first")]
    Running(PathBuf),
    /// A database cannot be restored from itself.
    #[error("{0} is the database itself; choose a backup")]
    Itself(PathBuf),
    /// The copy failed.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// A database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Reading or writing a database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A file cannot be renamed.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

/// Summary of a database, by which people recognize it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// The outlet's code or id; `None` if the settings of the link are in the environment.
    pub outlet: Option<String>,
    /// Number of orders.
    pub orders: i64,
    /// Creation time of the latest order, RFC 3339 UTC.
    pub last_order_at: Option<String>,
    /// Number of changes that the hub has not acknowledged.
    pub pending: i64,
    /// Size of the file.
    pub bytes: u64,
}

/// Result of a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Summary of the restored database.
    pub contents: Contents,
    /// The outlet of the replaced database, if it was another one.
    pub other_outlet: Option<String>,
    /// Path of the replaced database.
    pub replaced: Option<PathBuf>,
    /// Number series of its order numbers from now on.
    pub series: i64,
    /// Which parts of the backup were restored.
    pub rebuilt: Rebuilt,
}

/// Copies a database into a new file and checks the copy; a server may run on the database.
///
/// # Errors
/// [`BackupError`].
pub fn back_up(db: &Path, to: &Path) -> Result<Contents, BackupError> {
    let db = recognize(db)?;
    sqlite::copy(&db, to)?;
    let contents = contents(to)?;
    if let Err(fault) = record(&db, web::time::now()) {
        // The backup is valid without this record.
        tracing::warn!(%fault, "the backup cannot be recorded; doctor will not report it");
    }
    Ok(contents)
}

/// Records a backup for doctor and health.
fn record(db: &Path, now: Timestamp) -> Result<(), Fault> {
    let connection = sqlite::connect(db, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute(
        "insert into sync_backups (made_at, hour) values (?1, (select coalesce(max(hour), 0) from sync_hours))",
        [web::time::text(now)],
    )?;
    connection.execute("delete from sync_backups where id <= (select max(id) from sync_backups) - 100", [])?;
    Ok(())
}

/// Replaces a database with a new one that is built from the rows of a backup only. The server must have stopped; the
/// replaced database is renamed.
///
/// # Errors
/// [`BackupError`].
pub fn restore(db: &Path, from: &Path, now: Timestamp, random: u32) -> Result<Restored, BackupError> {
    let (db, from) = (&sqlite::resolve(db)?, &recognize(from)?);
    if sqlite::is_same_file(db, from) {
        return Err(BackupError::Itself(db.to_owned()));
    }
    let _lock = Lock::take(db)?.ok_or_else(|| BackupError::Running(db.to_owned()))?;
    let path = high_water_mark::path(db);
    let last = high_water_mark::read(&path).map_err(|source| BackupError::File { path: path.clone(), source })?;
    let new = sibling(db, ".restoring");
    // An interrupted restore may have left a file.
    sqlite::remove(&new);
    let rebuilt = sqlite::rebuild(from, &new, &schema::SCHEMA)?;
    let (series, mark) =
        mark_restored(&new, last.as_ref(), random, &rebuilt.triggers).inspect_err(|_| sqlite::remove(&new))?;
    let previous_outlet =
        sqlite::connect(db, OpenFlags::SQLITE_OPEN_READ_ONLY).ok().and_then(|connection| outlet(&connection));
    let suffix = format!(".replaced-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"));
    let replaced = sqlite::replace(db, &new, &suffix).inspect_err(|_| sqlite::remove(&new))?;
    let mark = mark.after(last.as_ref());
    high_water_mark::write(&path, &mark).map_err(|source| BackupError::File { path, source })?;
    let contents = contents(db)?;
    let other_outlet = previous_outlet
        .filter(|previous_outlet| contents.outlet.as_ref().is_some_and(|outlet| outlet != previous_outlet));
    Ok(Restored { contents, other_outlet, replaced, series, rebuilt })
}

fn recognize(path: &Path) -> Result<PathBuf, BackupError> {
    if !path.exists() {
        return Err(BackupError::Missing(path.to_owned()));
    }
    let path = sqlite::resolve(path)?;
    sqlite::recognize(&path, &schema::SCHEMA)?;
    Ok(path)
}

fn contents(path: &Path) -> Result<Contents, BackupError> {
    let bytes = std::fs::metadata(path).map_or(0, |found| found.len());
    let connection = sqlite::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(Fault::from)?;
    let sql = "select (select count(*) from orders), (select max(created_at) from orders),
        (select pending from sync_context where id = 1)";
    let outlet = outlet(&connection);
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Contents { outlet, orders: row.read(0)?, last_order_at: row.read(1)?, pending: row.read(2)?, bytes })
    };
    Ok(connection.query_row(sql, [], read).map_err(Fault::from)?)
}

/// The outlet of a database, if its settings are in the database.
fn outlet(connection: &Connection) -> Option<String> {
    let sql = "select coalesce(nullif(outlet_code, ''), outlet_id) from outlet_config where id = 1 and outlet_id <> ''";
    connection.query_row(sql, [], |row| row.read(0)).ok()
}

/// Migrates a copy and marks it as restored, in a single file.
fn mark_restored(
    new: &Path,
    last: Option<&high_water_mark::HighWaterMark>,
    random: u32,
    changed_triggers: &[String],
) -> Result<(i64, high_water_mark::HighWaterMark), BackupError> {
    let mut connection = sqlite::open(new, &schema::SCHEMA)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Fault::from)?;
    schema::repair(&tx)?;
    schema::capture_uncaptured(&tx, changed_triggers)?;
    let series = restore_detection::mark_restored(&tx, last, random)?;
    let mark = high_water_mark::current(&tx)?;
    tx.commit().map_err(Fault::from)?;
    sqlite::disable_wal(&connection).map_err(Fault::from)?;
    Ok((series, mark))
}
