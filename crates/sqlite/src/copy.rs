//! Copies a database as of one moment while others write to it.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::{BUSY_TIMEOUT, OpenError, connect};

/// Why no copy was made. No partial file remains.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Existing files are never overwritten.
    #[error("{0} already exists; choose another file name, or move that file away")]
    Exists(PathBuf),
    /// The database or the copy cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copied data failed the integrity check.
    #[error(
        "{path} is damaged ({message}), so a copy would be damaged too; leave the file as it is and restore a backup"
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// SQLite's message.
        message: String,
    },
}

/// Copies a database into a new file that only its owner can read, and runs an integrity check on the copy. The copy is
/// a single file without a WAL.
///
/// # Errors
/// [`CopyError`].
pub fn copy(from: &Path, to: &Path) -> Result<(), CopyError> {
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(|error| {
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => CopyError::Exists(to.to_owned()),
            _ => OpenError::Other { path: to.to_owned(), message: error.to_string() }.into(),
        }
    })?;
    copy_into(from, to).inspect_err(|_| {
        for part in ["", "-journal", "-wal", "-shm"] {
            let mut name = to.as_os_str().to_owned();
            name.push(part);
            let _ = std::fs::remove_file(name);
        }
    })
}

fn copy_into(from: &Path, to: &Path) -> Result<(), CopyError> {
    let source = connect(from, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|e| OpenError::from_sqlite(from, &e))?;
    let fail = |error: rusqlite::Error| OpenError::from_sqlite(to, &error);
    let mut copy = connect(to, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fail)?;
    copy_all(&source, &mut copy, from, to)?;
    disable_wal(&copy).map_err(fail)?;
    let message: String = copy.query_row("pragma integrity_check(1)", [], |row| row.get(0)).map_err(fail)?;
    if message == "ok" { Ok(()) } else { Err(CopyError::Damaged { path: from.to_owned(), message }) }
}

/// Copies in one step and thus from one snapshot: with several steps, each commit of another connection restarts the
/// copy.
pub(crate) fn copy_all(source: &Connection, copy: &mut Connection, from: &Path, to: &Path) -> Result<(), CopyError> {
    let fail = |error: rusqlite::Error| {
        // A full disk is the disk of the copy; any other error more likely concerns the source.
        let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
        OpenError::from_sqlite(if full { to } else { from }, &error)
    };
    let backup = Backup::new(source, copy).map_err(fail)?;
    let started = Instant::now();
    while backup.step(-1).map_err(fail)? != StepResult::Done {
        if started.elapsed() > BUSY_TIMEOUT {
            return Err(OpenError::Busy { path: from.to_owned() }.into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Checkpoints the WAL into the file and switches WAL mode off. A server that opens the file switches it on again.
///
/// # Errors
/// The error from SQLite.
pub fn disable_wal(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("pragma journal_mode = delete", [], |_| Ok(()))
}
