//! Putting a finished database in the place of another one, which nobody uses.

use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use crate::files::{folder_of, make_like};
use crate::{Connection, beside, connect};

/// A file cannot be moved.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct MoveError {
    /// Which.
    pub path: PathBuf,
    /// The system's words.
    pub source: std::io::Error,
}

/// Puts `new`, one file without a log, in the place of a database. What was there is kept under its name with `suffix`;
/// the path of that, if there was one. Owner, group and mode stay as they were. Nobody may have the database open.
///
/// # Errors
/// [`MoveError`].
pub fn replace(db: &Path, new: &Path, suffix: &str) -> Result<Option<PathBuf>, MoveError> {
    make_like(new, db).map_err(|source| MoveError { path: new.to_owned(), source })?;
    let replaced = isolated(db, suffix)?;
    move_file(new, db)?;
    Ok(replaced)
}

/// Removes a database with all that stands beside it; one that is not there is no error.
pub fn remove(db: &Path) {
    for part in ["", "-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(beside(db, part));
    }
}

/// Gives what stands at the database's place another name, its log first: a log beside another database would be played
/// into that. Where it can still be read it is folded into the file before. The file itself stays until another one takes
/// its place, so that there is never a moment without a database.
fn isolated(db: &Path, suffix: &str) -> Result<Option<PathBuf>, MoveError> {
    if !db.exists() {
        return Ok(None);
    }
    if let Ok(old) = connect(db, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        let _ = fold(&old);
    }
    let replaced = beside(db, suffix);
    if replaced.exists() {
        return Err(MoveError { path: replaced, source: std::io::ErrorKind::AlreadyExists.into() });
    }
    for part in ["-wal", "-shm", "-journal"] {
        let path = beside(db, part);
        if path.exists() {
            move_file(&path, &beside(&replaced, part))?;
        }
    }
    if std::fs::hard_link(db, &replaced).is_err() {
        move_file(db, &replaced)?;
    }
    Ok(Some(replaced))
}

fn fold(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))
}

fn move_file(from: &Path, to: &Path) -> Result<(), MoveError> {
    let moved = std::fs::rename(from, to).and_then(|()| std::fs::File::open(folder_of(to))?.sync_all());
    moved.map_err(|source| MoveError { path: from.to_owned(), source })
}
