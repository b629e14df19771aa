//! The error type of push, pull and reconcile.

use sqlite::Fault;
use web::messages::{Reason, ReasonCode};

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A stored batch, document or file cannot be read: a bug or a damaged file.
    #[error("stored data cannot be read: {0}")]
    Unreadable(String),
    /// A row changed after the batch was read; read it again.
    #[error("the rows have changed since the batch was read")]
    Stale,
}

impl From<rusqlite::Error> for QueueError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<serde_json::Error> for QueueError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl QueueError {
    /// Why a round failed, for its log.
    #[must_use]
    pub fn reason(&self) -> Reason {
        ReasonCode::DatabaseFailed.with("detail", self.to_string()).into()
    }
}

impl From<QueueError> for web::ApiError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Fault(fault) => fault.into(),
            error => {
                tracing::error!(%error, "a step of sync failed");
                Self::internal()
            }
        }
    }
}

impl From<std::io::Error> for QueueError {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}
