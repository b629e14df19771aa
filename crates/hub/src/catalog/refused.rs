//! Why head office's change of a shared entity is refused.

use axum::http::StatusCode;
use protocol::validate::Invalid;
use store::Fault;
use web::ApiError;
use web::api_error::sentence;

use crate::outlets::FindRefused;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Never there, or deleted.
    #[error("{0}")]
    NotFound(&'static str),
    /// Of an outlet.
    #[error(transparent)]
    Outlet(FindRefused),
    /// It has moved on since the caller read it.
    #[error("it was changed meanwhile (version {found}, not {wanted}); read it again and repeat")]
    Version {
        /// The hub's.
        found: i64,
        /// The caller's.
        wanted: i64,
    },
    /// Ids are used once.
    #[error("a {0} with this id is there, or was there and is deleted; read it, or choose another id")]
    Exists(&'static str),
    /// A rule that the entity breaks by itself, or beside others: 422.
    #[error("{message}")]
    Rule {
        /// Stable.
        code: &'static str,
        /// What to do.
        message: String,
    },
    /// It does not go with what is there now: 409.
    #[error("{message}")]
    Against {
        /// Stable.
        code: &'static str,
        /// What to do.
        message: &'static str,
    },
    /// The database.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refused {
    pub(super) fn rule(code: &'static str, message: impl Into<String>) -> Self {
        Self::Rule { code, message: message.into() }
    }
}

impl From<Invalid> for Refused {
    fn from(invalid: Invalid) -> Self {
        Self::Rule { code: invalid.code(), message: invalid.to_string() }
    }
}

impl From<FindRefused> for Refused {
    fn from(refused: FindRefused) -> Self {
        match refused {
            FindRefused::Fault(fault) => Self::Fault(fault),
            other => Self::Outlet(other),
        }
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        let words = sentence(&refused);
        match refused {
            Refused::NotFound(_) => Self::not_found(words),
            Refused::Outlet(refused) => refused.into(),
            Refused::Version { .. } => Self::new(StatusCode::PRECONDITION_FAILED, "version_mismatch", words),
            Refused::Exists(_) => Self::conflict("id_taken", words),
            Refused::Rule { code, .. } => Self::unprocessable(code, words),
            Refused::Against { code, .. } => Self::conflict(code, words),
            Refused::Fault(fault) => fault.into(),
        }
    }
}
