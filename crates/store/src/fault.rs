//! What can go wrong with the hub's database, whichever engine it is.

use std::sync::Arc;

use web::{ApiError, Code};

/// A write or read that did not happen, through no fault of what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// SQLite's.
    #[error(transparent)]
    Sqlite(#[from] sqlite::Fault),
    /// PostgreSQL cannot be reached, or the connection broke before anything was decided.
    #[error("the database cannot be reached ({0}); it is tried again with the next request")]
    Unreachable(String),
    /// The connection broke while the transaction was being committed, or the database does not answer: it may be there.
    #[error("nobody knows whether the database has written this ({0}); look whether it is there, and try again")]
    Uncertain(String),
    /// Another transaction holds what this one needs, for too long.
    #[error("another change holds what this one needs; try again")]
    Contended,
    /// The database cut off what took too long.
    #[error("this takes the database longer than it may; ask for less at once, or try again when it has less to do")]
    TooLong,
    /// The database has no room, or its disk fails.
    #[error("the database can take nothing now ({0}); free some space there: it goes on by itself")]
    Full(String),
    /// More waits for the database than it can do.
    #[error("the database is behind with its work; try again")]
    Overloaded,
    /// Anything else that PostgreSQL said.
    #[error("database: {}", words(.0))]
    Postgres(Arc<postgres::Error>),
    /// A column holds something else than the schema says.
    #[error("database: column {column} does not hold what it should: {why}")]
    Column {
        /// Its place in the answer.
        column: usize,
        /// What is wrong.
        why: String,
    },
}

impl Fault {
    /// The work panicked; its transaction was undone.
    pub const PANICKED: Self = Self::Sqlite(sqlite::Fault::Panicked);
}

/// PostgreSQL's own words; the library's say only "db error".
fn words(error: &postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |said| format!("{} ({})", said.message(), said.code().code()))
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error.into())
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        let unavailable = |code: Code, reason, seconds| code.because(reason).retry_after(seconds);
        match fault {
            Fault::Sqlite(fault) => fault.into(),
            Fault::Unreachable(_) | Fault::Uncertain(_) => {
                tracing::warn!(%fault, "the database does not answer");
                let reason = if matches!(fault, Fault::Uncertain(_)) { "uncertain" } else { "away" };
                unavailable(Code::DatabaseUnreachable, reason, 2)
            }
            Fault::Full(_) => {
                tracing::error!(%fault, "the database is full or fails");
                unavailable(Code::DiskFull, "database", 30)
            }
            Fault::TooLong => {
                tracing::warn!(%fault, "a statement was cut off");
                unavailable(Code::DatabaseBusy, "too_long", 5)
            }
            Fault::Contended => unavailable(Code::DatabaseBusy, "contended", 1),
            Fault::Overloaded => unavailable(Code::DatabaseBusy, "behind", 1),
            Fault::Postgres(_) | Fault::Column { .. } => {
                tracing::error!(%fault, "database fault");
                Self::internal()
            }
        }
    }
}
