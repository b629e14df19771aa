//! Faults of the database, the same for both engines.

use std::sync::Arc;

use web::{ApiError, Code};

/// A read or write that failed for a reason outside the command.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// A fault of SQLite.
    #[error(transparent)]
    Sqlite(#[from] sqlite::Fault),
    /// PostgreSQL cannot be reached, or the connection was lost before the commit.
    #[error("the database cannot be reached ({0}); the next request tries again")]
    Unreachable(String),
    /// The connection was lost during the commit, or the database does not respond: the write may have succeeded.
    #[error("it is unknown whether the database has written this ({0}); check, then retry")]
    Uncertain(String),
    /// Another transaction holds a lock for too long.
    #[error("another change holds a lock that this one needs; retry")]
    Contended,
    /// The statement timed out.
    #[error("the database did not finish within its time limit; request less at once, or retry later")]
    TooLong,
    /// The disk of the database is full or failing.
    #[error("the database cannot write ({0}); free space there, and it continues by itself")]
    Full(String),
    /// Too many jobs wait for the database.
    #[error("too many requests wait for the database; retry")]
    Overloaded,
    /// Any other error of PostgreSQL.
    #[error("database: {}", words(.0))]
    Postgres(Arc<postgres::Error>),
    /// A column has another type than in the schema.
    #[error("database: column {column} has an unexpected value: {why}")]
    Column {
        /// The column's position in the answer.
        column: usize,
        /// The problem.
        why: String,
    },
}

impl Fault {
    /// The work panicked; its transaction was rolled back.
    pub const PANICKED: Self = Self::Sqlite(sqlite::Fault::Panicked);
}

/// The server's message; the driver's is only "db error".
fn words(error: &postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |error| format!("{} ({})", error.message(), error.code().code()))
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
