//! Reasons why a database cannot be opened.

use std::path::PathBuf;

use crate::postgres::ConnectError;
use crate::url::UnknownEngine;

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names no known engine.
    #[error(transparent)]
    UnknownEngine(#[from] UnknownEngine),
    /// The file cannot be used.
    #[error(transparent)]
    Sqlite(#[from] sqlite::OpenError),
    /// The data of the file was migrated.
    #[error(
        "{path} was migrated to {place} on {at}, which has all later data: start the hub with --database and that URL. \
         To return to this file anyway: sqlite3 {path} 'drop table migrated_to'"
    )]
    Migrated {
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
