//! What can go wrong with a database, in words that say what to do.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

/// A write or read that did not happen, through no fault of what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// Another program holds the database locked.
    #[error(
        "another program holds the database locked: end its transaction (a sqlite3 shell left open?) and try again"
    )]
    Busy,
    /// No room left.
    #[error("the disk is full: free some space and try again; nothing was written")]
    Full,
    /// The server is stopping.
    #[error("the database is being closed")]
    Closed,
    /// A bug: the work panicked. Its transaction was undone.
    #[error("an internal error interrupted the transaction; nothing was written")]
    Panicked,
    /// SQLite undid a transaction that others were part of: the disk is full or fails.
    #[error("the transaction was undone because the disk is full or fails; nothing was written, check the disk")]
    Undone,
    /// Another file is in the place of the database, or none; in words, where the data of this server are.
    #[error(
        "the database file was replaced or removed while the server ran, and nothing is written: {0}. Stop the server, put \
         the right file under the database's name, and start it again"
    )]
    Displaced(Arc<String>),
    /// Anything else that SQLite said.
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

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is no file at all.
    #[error("{path:?} does not name a file, and a database is kept in one; name a file, for example ./pos.db")]
    NotAFile {
        /// As given.
        path: PathBuf,
    },
    /// It is a folder.
    #[error("{path} is a folder; name the database's file in it")]
    Folder {
        /// As given.
        path: PathBuf,
    },
    /// Somebody serves it.
    #[error("another Gerai server runs on {path}; stop it, or name another database")]
    Running {
        /// The file.
        path: PathBuf,
    },
    /// A file beside it cannot be used.
    #[error("{path} beside the database cannot be used: {message}")]
    Beside {
        /// That file.
        path: PathBuf,
        /// The system's words.
        message: String,
    },
    /// The file holds something else.
    #[error("{path} is not an SQLite database; name another file, or move this one away")]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// Ours perhaps, but not whole.
    #[error("{path} is damaged; keep a copy of it as it is, then restore a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// An SQLite database of another program, or of another schema of ours.
    #[error("{path} is a database of another program, or of another server of Gerai's; name another file")]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// Somebody has changed what only this program changes.
    #[error("{path} {what}: somebody has changed it, and it is not used")]
    Tampered {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Reading it takes longer than any file of ours.
    #[error(
        "{path} cannot be read in a reasonable time; it is damaged, or somebody has changed it, and it is not used"
    )]
    Endless {
        /// The file.
        path: PathBuf,
    },
    /// Made by a newer version.
    #[error(
        "{path} was made by a newer version of Gerai (schema {found}, this program knows {known}); install that version"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest that we know.
        known: i64,
    },
    /// No permission to write.
    #[error(
        "{path} is read-only for this user, or its folder or disk is; make all writable (chmod u+w, mount -o remount,rw) \
         or name another file"
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// No room left.
    #[error("the disk that holds {path} is full; free some space and start again")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another program holds it.
    #[error("{path} is locked by another program; end its transaction and start again")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Anything else that the system said.
    #[error("{path} cannot be opened: {message}")]
    Other {
        /// The file.
        path: PathBuf,
        /// The system's words.
        message: String,
    },
}

impl OpenError {
    /// What the system said of a file at or beside the database.
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
            // It ends within a page.
            Some(ErrorCode::SystemIoFailure) if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHORT_READ) => {
                Self::Damaged { path }
            }
            // The files beside the database cannot be made.
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Self::ReadOnly { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            // Nor can they grow.
            Some(ErrorCode::SystemIoFailure) if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) => {
                Self::Full { path }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            _ => Self::Other { path, message: error.to_string() },
        }
    }
}
