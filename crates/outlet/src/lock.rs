//! One server per database: a lock file beside it, held as long as the process lives.

use std::fs::{File, TryLockError};
use std::path::Path;

/// Takes the lock; none when another server holds it.
///
/// # Errors
/// What the system said.
pub fn take(path: &Path) -> std::io::Result<Option<File>> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
