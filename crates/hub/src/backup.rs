//! Backup and restore of a hub whose database is a SQLite file, for the command line.
//!
//! A restored hub carries no mark. At their next request outlets see from the chain row and the random row ids of the
//! streams that the hub's position is behind theirs, and send again what the hub lacks.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::OpenFlags;
use serde::Serialize;
use sqlite::{CopyError, Fault, Lock, MoveError, Rebuilt, sibling};
use store::{OpenError, to_postgres};

use crate::schema::SCHEMA;

/// Why a backup or restore failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database is PostgreSQL, which has its own tools.
    #[error("this hub keeps its data in PostgreSQL; back it up and restore it with pg_dump or pg_basebackup")]
    Elsewhere,
    /// The file does not exist.
    #[error("there is no {0}; check the name")]
    Missing(PathBuf),
    /// The database is in use.
    #[error("{0} is in use; stop the hub and close every shell that has it open")]
    Running(PathBuf),
    /// A database cannot be restored from itself.
    #[error("{0} is the database itself; name a backup")]
    Itself(PathBuf),
    /// The copy failed.
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
}

impl From<sqlite::OpenError> for BackupError {
    fn from(error: sqlite::OpenError) -> Self {
        Self::Open(error.into())
    }
}

/// Contents of a database, for people to recognize it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Including revoked ones.
    pub outlets: i64,
    /// Orders of all outlets.
    pub orders: i64,
    /// When the latest batch arrived, RFC 3339 UTC.
    pub last_batch_at: Option<String>,
    /// Size of the file.
    pub bytes: u64,
}

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Contents of the database now.
    pub contents: Contents,
    /// The file with the previous database.
    pub replaced: Option<PathBuf>,
    /// Rows that were copied from the backup, and those that were not.
    pub rebuilt: Rebuilt,
}

/// Copies the database that `url` names into a new file and checks the copy. A hub may be running on the database.
///
/// # Errors
/// [`BackupError`].
pub fn back_up(url: &str, to: &Path) -> Result<Contents, BackupError> {
    sqlite::copy(&recognize(&file(url)?)?, to)?;
    contents(to)
}

/// Replaces the database that `url` names by a new one that is built from the rows of a backup only. The hub must be
/// stopped. The previous database is kept as a file. Sessions end, because roles and passwords are those of the backup.
///
/// # Errors
/// [`BackupError`].
pub fn restore(url: &str, from: &Path, now: Timestamp) -> Result<Restored, BackupError> {
    let (db, from) = (sqlite::resolve(&file(url)?)?, &recognize(from)?);
    if sqlite::is_same_file(&db, from) {
        return Err(BackupError::Itself(db));
    }
    let _lock = Lock::take(&db)?.ok_or_else(|| BackupError::Running(db.clone()))?;
    refuse_if_used(&db)?;
    if let Some(mark) = to_postgres::migrated_to(from) {
        return Err(mark.refusal(from).into());
    }
    let new = sibling(&db, ".restoring");
    // Left by an interrupted restore.
    sqlite::remove(&new);
    let rebuilt = sqlite::rebuild(from, &new, &SCHEMA.sqlite)?;
    let suffix = format!(".replaced-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"));
    let put = bring_up_to_date(&new).and_then(|()| Ok(sqlite::replace(&db, &new, &suffix)?));
    let replaced = put.inspect_err(|_| sqlite::remove(&new))?;
    // Snapshots and secret belong to the previous database; the next start creates both.
    let _ = std::fs::remove_dir_all(sibling(&db, ".snapshots"));
    let _ = std::fs::remove_file(sibling(&db, ".secret"));
    Ok(Restored { contents: contents(&db)?, replaced, rebuilt })
}

fn file(url: &str) -> Result<PathBuf, BackupError> {
    store::file(url).map_err(OpenError::from)?.ok_or(BackupError::Elsewhere)
}

fn recognize(path: &Path) -> Result<PathBuf, BackupError> {
    if !path.exists() {
        return Err(BackupError::Missing(path.to_owned()));
    }
    let path = sqlite::resolve(path)?;
    sqlite::recognize(&path, &SCHEMA.sqlite)?;
    Ok(path)
}

/// An unreadable file counts as unused.
fn refuse_if_used(db: &Path) -> Result<(), BackupError> {
    match sqlite::open_exclusive(db) {
        Err(sqlite::OpenError::Busy { path }) => Err(BackupError::Running(path)),
        _ => Ok(()),
    }
}

fn bring_up_to_date(new: &Path) -> Result<(), BackupError> {
    let connection = sqlite::open(new, &SCHEMA.sqlite)?;
    Ok(sqlite::disable_wal(&connection).map_err(Fault::from)?)
}

fn contents(path: &Path) -> Result<Contents, BackupError> {
    let bytes = std::fs::metadata(path).map_or(0, |found| found.len());
    let connection = sqlite::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(Fault::from)?;
    let sql =
        "select (select count(*) from outlets), (select count(*) from sales), (select max(updated_at) from chains)";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Contents { outlets: row.get(0)?, orders: row.get(1)?, last_batch_at: row.get(2)?, bytes })
    };
    Ok(connection.query_row(sql, [], read).map_err(Fault::from)?)
}
