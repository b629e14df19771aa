//! Reasons to refuse head office's change of a shared entity.

use protocol::validate::Invalid;
use store::Fault;
use web::messages::Reason;
use web::{ApiError, Code};

use crate::outlets::FindRefused;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It does not exist or is deleted; the value is the reason of `not_found` in the messages.
    #[error("{}", Code::NotFound.because(.0).message())]
    NotFound(&'static str),
    /// The outlet is refused.
    #[error(transparent)]
    Outlet(FindRefused),
    /// Its version has changed since the caller read it.
    #[error("it was changed meanwhile (version {found}, not {wanted}); read it and repeat the change")]
    Version {
        /// The current version.
        found: i64,
        /// The caller's version.
        wanted: i64,
    },
    /// Ids are never reused.
    #[error("a {0} with this id exists or was deleted; read it, or choose another id")]
    Exists(&'static str),
    /// It breaks a rule, by itself or together with other data.
    #[error("{}", .0.message())]
    Rule(Box<ApiError>),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<ApiError> for Refused {
    fn from(refused: ApiError) -> Self {
        Self::Rule(Box::new(refused))
    }
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        ApiError::from(code).into()
    }
}

impl Refused {
    /// The entity that a change would make is invalid.
    pub(super) fn invalid(entity_type: &str, id: &str, invalid: &Invalid) -> Self {
        let code = match invalid {
            Invalid::TooLarge(_) => Code::TooLarge,
            Invalid::TooDeep => Code::TooDeep,
            Invalid::Amount(_) => Code::AmountTooLarge,
            Invalid::Missing(_) => Code::MissingField,
            _ => Code::InvalidDocument,
        };
        code.because("record").with("detail", Reason::invalid(entity_type, id, invalid).message()).into()
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
        match refused {
            Refused::NotFound(thing) => Code::NotFound.because(thing),
            Refused::Outlet(refused) => refused.into(),
            Refused::Version { found, wanted } => Code::VersionMismatch.with("found", found).with("wanted", wanted),
            Refused::Exists(kind) => Code::IdTaken.because("entity").with("kind", kind),
            Refused::Rule(refused) => *refused,
            Refused::Fault(fault) => fault.into(),
        }
    }
}
