//! Why a database cannot be opened.

use std::path::PathBuf;

use crate::postgres::ConnectError;
use crate::url::UnknownEngine;

/// Why the hub's database cannot be used, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No engine that we know.
    #[error(transparent)]
    UnknownEngine(#[from] UnknownEngine),
    /// The file cannot be used.
    #[error(transparent)]
    Sqlite(#[from] sqlite::OpenError),
    /// Its data has gone elsewhere.
    #[error(
        "{path} was moved to {place} on {at}, and what came since is only there: start the hub with --database and that \
         address. To go back to this file all the same: sqlite3 {path} 'drop table moved_to'"
    )]
    Moved {
        /// The file.
        path: PathBuf,
        /// Where its data is.
        place: String,
        /// Since when, RFC 3339 UTC.
        at: String,
    },
    /// The server cannot be used.
    #[error(transparent)]
    Postgres(#[from] ConnectError),
}
