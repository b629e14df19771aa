//! Replaces a database that is not open with a finished one.

use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use crate::files::{folder_of, make_like};
use crate::{Connection, connect, sibling};

/// A file cannot be renamed.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct MoveError {
    /// The file.
    pub path: PathBuf,
    /// The system's error.
    pub source: std::io::Error,
}

/// Moves `new`, a single file without a WAL, to the path of a database. The old database is renamed with `suffix`;
/// returns that path, if there was one. Owner, group and mode stay the same. No process may have the database open.
///
/// # Errors
/// [`MoveError`].
pub fn replace(db: &Path, new: &Path, suffix: &str) -> Result<Option<PathBuf>, MoveError> {
    make_like(new, db).map_err(|source| MoveError { path: new.to_owned(), source })?;
    let replaced = move_aside(db, suffix)?;
    move_file(new, db)?;
    Ok(replaced)
}

/// Removes a database with the files beside it. A missing database is not an error.
pub fn remove(db: &Path) {
    for part in ["", "-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(sibling(db, part));
    }
}

/// Renames the database at this path, its WAL first: a WAL beside another database would be applied to it. If the old
/// database is readable, its WAL is checkpointed first. The file itself stays until it is replaced, so that there is a
/// database at every moment.
fn move_aside(db: &Path, suffix: &str) -> Result<Option<PathBuf>, MoveError> {
    if !db.exists() {
        return Ok(None);
    }
    if let Ok(old) = connect(db, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        let _ = checkpoint(&old);
    }
    let replaced = sibling(db, suffix);
    if replaced.exists() {
        return Err(MoveError { path: replaced, source: std::io::ErrorKind::AlreadyExists.into() });
    }
    for part in ["-wal", "-shm", "-journal"] {
        let path = sibling(db, part);
        if path.exists() {
            move_file(&path, &sibling(&replaced, part))?;
        }
    }
    if std::fs::hard_link(db, &replaced).is_err() {
        move_file(db, &replaced)?;
    }
    Ok(Some(replaced))
}

fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))
}

fn move_file(from: &Path, to: &Path) -> Result<(), MoveError> {
    let moved = std::fs::rename(from, to).and_then(|()| std::fs::File::open(folder_of(to))?.sync_all());
    moved.map_err(|source| MoveError { path: from.to_owned(), source })
}
