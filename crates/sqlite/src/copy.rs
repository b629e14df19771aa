//! A copy of a database as of one moment, made while others write to it.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::{BUSY_TIMEOUT, OpenError, connect};

/// Why there is no copy. None is left behind.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Nothing is overwritten.
    #[error("{0} exists already; name another file, or move it away")]
    Exists(PathBuf),
    /// The database, or the copy, cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What was copied is not sound.
    #[error("{path} is damaged ({said}); a copy of it would be, too: keep the file as it is and restore a backup")]
    Damaged {
        /// The database.
        path: PathBuf,
        /// SQLite's words.
        said: String,
    },
}

/// Copies a database into a new file that only its owner can read, and checks the copy from end to end. The copy is one
/// file: it has no log beside it.
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
    fill(from, to).inspect_err(|_| {
        for part in ["", "-journal", "-wal", "-shm"] {
            let mut name = to.as_os_str().to_owned();
            name.push(part);
            let _ = std::fs::remove_file(name);
        }
    })
}

fn fill(from: &Path, to: &Path) -> Result<(), CopyError> {
    let source = connect(from, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|e| OpenError::from_sqlite(from, &e))?;
    let fail = |error: rusqlite::Error| OpenError::from_sqlite(to, &error);
    let mut copy = connect(to, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fail)?;
    copy_all(&source, &mut copy, from, to)?;
    one_file(&copy).map_err(fail)?;
    let said: String = copy.query_row("pragma integrity_check(1)", [], |row| row.get(0)).map_err(fail)?;
    if said == "ok" { Ok(()) } else { Err(CopyError::Damaged { path: from.to_owned(), said }) }
}

/// In one step, which is one snapshot: in several, every commit of somebody else would begin it anew.
pub(crate) fn copy_all(source: &Connection, copy: &mut Connection, from: &Path, to: &Path) -> Result<(), CopyError> {
    let fail = |error: rusqlite::Error| {
        // Which of the two has no room is known; of the rest the source is the likelier.
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

/// Folds the log into the file and goes without one from now on; whoever opens it as a server begins one again.
///
/// # Errors
/// What SQLite said.
pub fn one_file(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("pragma journal_mode = delete", [], |_| Ok(()))
}
