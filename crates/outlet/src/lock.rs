//! One server per database: a lock file beside it, held as long as the process lives. It is taken before the database is
//! opened: nothing of it is changed while another server runs on it.

use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use sqlite::OpenError;

/// Held while it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    path: PathBuf,
    made: bool,
}

/// Takes the lock; none when another server holds it.
///
/// # Errors
/// What the system said.
pub fn take(path: &Path) -> Result<Option<Lock>> {
    let made = !path.exists();
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { _file: file, path: path.to_owned(), made })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

impl Lock {
    /// Lets go, and leaves nothing that was not there before: the database was not opened after all.
    pub fn undo(self) {
        if self.made {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// What it says of the database that no file can be made beside it; none where that is only the lock's own trouble.
#[must_use]
pub fn says_of_database(error: &Error, path: &Path) -> Option<OpenError> {
    match error.kind() {
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::StorageFull
        | ErrorKind::NotFound
        | ErrorKind::NotADirectory => Some(OpenError::from_system(path, error)),
        _ => None,
    }
}
