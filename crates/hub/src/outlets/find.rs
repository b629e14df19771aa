//! One outlet, by what people call it.

use axum::http::StatusCode;
use serde::Serialize;
use store::{Fault, Row, Tx};
use utoipa::ToSchema;
use web::{ApiError, Code};

/// Whether an outlet may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = OutletState)]
pub enum State {
    /// Its key opens it.
    Active,
    /// Nothing opens it any more; what it sent stays.
    Revoked,
    /// The database has another word: nothing opens it until somebody corrects that or revokes it.
    Unknown,
}

impl State {
    pub(crate) fn of(row: &Row<'_>, column: usize) -> Result<Self, Fault> {
        Ok(match &*row.text(column)? {
            "active" => Self::Active,
            "revoked" => Self::Revoked,
            _ => Self::Unknown,
        })
    }
}

/// An outlet's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlet {
    /// UUIDv7.
    pub outlet_id: String,
    /// Unique among active outlets.
    pub code: String,
    /// For people.
    pub name: String,
    /// Whether it may send.
    pub state: State,
}

/// Why an outlet cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum FindRefused {
    /// No such outlet.
    #[error("there is no outlet with the code or id {0}; `gerai hub outlet list` shows all")]
    Unknown(String),
    /// It is gone for good.
    #[error("the outlet {0} is revoked; add it again to let it send")]
    Revoked(String),
    /// The database has a word for its state that is none.
    #[error("the outlet {0} has a state that is none; revoke it by its id and add it again, or correct the database")]
    UnknownState(String),
    /// The database.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const FIND: &str = "
    select outlet_id, code, name, state from outlets
    where outlet_id = ?1 or (code = ?1 and state = 'active')
    order by outlet_id limit 1";

/// The outlet with this id, or the active one with this code.
///
/// # Errors
/// [`FindRefused::Unknown`].
pub fn find(tx: &mut Tx<'_>, code_or_id: &str) -> Result<Outlet, FindRefused> {
    tx.first(FIND, &[code_or_id.into()], |row| {
        Ok(Outlet { outlet_id: row.string(0)?, code: row.string(1)?, name: row.string(2)?, state: State::of(row, 3)? })
    })?
    .ok_or_else(|| FindRefused::Unknown(code_or_id.to_owned()))
}

/// The same, where it may send.
///
/// # Errors
/// [`FindRefused`].
pub fn find_active(tx: &mut Tx<'_>, code_or_id: &str) -> Result<Outlet, FindRefused> {
    let outlet = find(tx, code_or_id)?;
    match outlet.state {
        State::Active => Ok(outlet),
        State::Revoked => Err(FindRefused::Revoked(outlet.code)),
        State::Unknown => Err(FindRefused::UnknownState(outlet.code)),
    }
}

impl From<FindRefused> for ApiError {
    fn from(refused: FindRefused) -> Self {
        // To the outlet itself the same is a refusal of its key: 403.
        let of = |code: Code, outlet: String| {
            code.because("head_office").with("outlet", outlet).with_status(StatusCode::CONFLICT)
        };
        match refused {
            FindRefused::Revoked(outlet) => of(Code::OutletRevoked, outlet),
            FindRefused::UnknownState(outlet) => of(Code::OutletStateUnknown, outlet),
            FindRefused::Unknown(id) => Code::NotFound.because("outlet").with("id", id),
            FindRefused::Fault(fault) => fault.into(),
        }
    }
}
