//! Database errors, with messages that say what to do.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

/// A read or write failed for a reason outside the request.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// Another program holds a lock on the database.
    #[error("another program has locked the database: end its transaction (is a sqlite3 shell open?) and retry")]
    Busy,
    /// The disk is full.
    #[error("the disk is full: free some space and retry; nothing was written")]
    Full,
    /// The server is stopping.
    #[error("the database is being closed")]
    Closed,
    /// A bug: the job panicked. Its transaction was rolled back.
    #[error("an internal error interrupted the transaction; nothing was written")]
    Panicked,
    /// SQLite rolled back a group commit: the disk is full or fails.
    #[error("the transaction was rolled back because the disk is full or fails; nothing was written, check the disk")]
    Undone,
    /// The database file was replaced or removed. The text says where this server's data is.
    #[error(
        "the database file was replaced or removed while the server ran, and nothing is written: {0}. Stop the server, put \
         the right file under the database's name, and start it again"
    )]
    Replaced(Arc<String>),
    /// Any other error from SQLite.
    #[error("database: {0}")]
    Sql(Arc<rusqlite::Error>),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sql(Arc::new(error)),
        }
    }
}

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path is not a file.
    #[error("{path:?} does not name a file; a database is a file, for example ./pos.db")]
    NotAFile {
        /// The path from the configuration.
        path: PathBuf,
    },
    /// The path is a folder.
    #[error("{path} is a folder; give the path of the database file in it")]
    Folder {
        /// The path from the configuration.
        path: PathBuf,
    },
    /// Another server has the database open.
    #[error("another Gerai server runs on {path}; stop it, or choose another database")]
    Running {
        /// The file.
        path: PathBuf,
    },
    /// The lock file beside the database cannot be used.
    #[error("the file {path} beside the database cannot be used: {message}")]
    LockFile {
        /// The lock file.
        path: PathBuf,
        /// The system's message.
        message: String,
    },
    /// The file is not an SQLite database.
    #[error("{path} is not an SQLite database; choose another file, or move this one away")]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// An SQLite database, but damaged.
    #[error("{path} is damaged; save a copy of it, then restore a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A database of another program, or of Gerai's other server.
    #[error("{path} is a database of another program or of Gerai's other server; choose another file")]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The schema was modified by another program.
    #[error("{path} {what}: another program has modified it; it is not used")]
    Tampered {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Reading the file exceeds the time limit.
    #[error(
        "{path} cannot be read within the time limit; it is damaged or was modified by another program, and is not used"
    )]
    ReadTimeout {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of Gerai wrote the file.
    #[error(
        "{path} was made by a newer version of Gerai (schema {found}, this program supports {known}); install that version"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest version that this program supports.
        known: i64,
    },
    /// The file, its folder or its disk is not writable.
    #[error(
        "{path}, its folder or its disk is read-only for this user; make all writable (chmod u+w, mount -o remount,rw) \
         or name another file"
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("the disk of {path} is full; free some space and start again")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another program has locked the file.
    #[error("{path} is locked by another program; end its transaction and start again")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Any other error from the system.
    #[error("{path} cannot be opened: {message}")]
    Other {
        /// The file.
        path: PathBuf,
        /// The system's message.
        message: String,
    },
}

impl OpenError {
    /// Converts a system error about the database or a file beside it.
    #[must_use]
    pub fn from_system(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            ErrorKind::StorageFull => Self::Full { path },
            _ => Self::Other { path, message: error.to_string() },
        }
    }

    pub(crate) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        let extended = error.sqlite_error().map(|e| e.extended_code);
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path },
            // The file ends within a page.
            Some(ErrorCode::SystemIoFailure) if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHORT_READ) => {
                Self::Damaged { path }
            }
            // The WAL or the index beside the database cannot be created.
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Self::ReadOnly { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            // The WAL index cannot grow.
            Some(ErrorCode::SystemIoFailure) if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) => {
                Self::Full { path }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            _ => Self::Other { path, message: error.to_string() },
        }
    }
}
