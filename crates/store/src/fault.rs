//! Faults of the database, the same for both engines.

use std::sync::Arc;

use web::{ApiError, Code};

/// A read or write that failed for a reason outside of the command.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// SQLite's.
    #[error(transparent)]
    Sqlite(#[from] sqlite::Fault),
    /// PostgreSQL cannot be reached, or the connection was lost before the commit.
    #[error("the database cannot be reached ({0}); it is tried again with the next request")]
    Unreachable(String),
    /// The connection was lost during the commit, or the database does not respond: the write may have succeeded.
    #[error("nobody knows whether the database has written this ({0}); look whether it is there, and try again")]
    Uncertain(String),
    /// Another transaction holds a lock for too long.
    #[error("another change holds what this one needs; try again")]
    Contended,
    /// The statement timed out.
    #[error("this takes the database longer than it may; ask for less at once, or try again when it has less to do")]
    TooLong,
    /// The disk of the database is full or failing.
    #[error("the database can take nothing now ({0}); free some space there: it goes on by itself")]
    Full(String),
    /// Too many jobs wait for the database.
    #[error("the database is behind with its work; try again")]
    Overloaded,
    /// Any other error of PostgreSQL.
    #[error("database: {}", words(.0))]
    Postgres(Arc<postgres::Error>),
    /// A column has another type than in the schema.
    #[error("database: column {column} does not hold what it should: {why}")]
    Column {
        /// Its position in the answer.
        column: usize,
        /// What is wrong.
        why: String,
    },
}

impl Fault {
    /// The work panicked; its transaction was rolled back.
    pub const PANICKED: Self = Self::Sqlite(sqlite::Fault::Panicked);
}

/// PostgreSQL's message; the library's is only "db error".
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
            Fault::Unreachable(ref detail) | Fault::Uncertain(ref detail) => {
                tracing::warn!(%fault, "the database does not respond");
                let reason = if matches!(fault, Fault::Uncertain(_)) { "uncertain" } else { "away" };
                unavailable(Code::DatabaseUnreachable, reason, 2).with("detail", detail.as_str())
            }
            Fault::Full(_) => {
                tracing::error!(%fault, "the database is full or failing");
                unavailable(Code::DiskFull, "database", 30)
            }
            Fault::TooLong => {
                tracing::warn!(%fault, "a statement timed out");
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
