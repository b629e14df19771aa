//! Reasons why a database cannot be opened.

use std::path::PathBuf;

use crate::postgres::ConnectError;
use crate::url::UnknownEngine;

/// Why a database cannot be opened, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names no known engine.
    #[error(transparent)]
    UnknownEngine(#[from] UnknownEngine),
    /// The file cannot be used.
    #[error(transparent)]
    Sqlite(#[from] sqlite::OpenError),
    /// Its data was migrated.
    #[error(
        "{path} was moved to {place} on {at}, and what came since is only there: start the hub with --database and that \
         address. To go back to this file all the same: sqlite3 {path} 'drop table moved_to'"
    )]
    Moved {
        /// The file.
        path: PathBuf,
        /// The new database.
        place: String,
        /// When it was migrated, RFC 3339 UTC.
        at: String,
    },
    /// The server cannot be used.
    #[error(transparent)]
    Postgres(#[from] ConnectError),
}
