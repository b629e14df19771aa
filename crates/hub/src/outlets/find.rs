//! Finds an outlet by code or id.

use axum::http::StatusCode;
use serde::Serialize;
use store::{Fault, Row, Tx};
use utoipa::ToSchema;
use web::{ApiError, Code};

/// Whether an outlet may authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = OutletState)]
pub enum OutletState {
    /// Its key is valid.
    Active,
    /// No key is valid; its data stays.
    Revoked,
    /// The database has an unknown value: no key is valid until it is corrected or the outlet is revoked.
    Unknown,
}

impl OutletState {
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
    /// Whether it may authenticate.
    pub state: OutletState,
}

/// Why an outlet cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum FindRefused {
    /// No outlet has this code or id.
    #[error("there is no outlet with the code or id {0}; `gerai hub outlet list` shows all")]
    Unknown(String),
    /// It was revoked.
    #[error("the outlet {0} is revoked; add it again to let it send")]
    Revoked(String),
    /// Its state in the database is unknown.
    #[error(
        "the outlet {0} has an unknown state in the database; revoke it by its id and add it again, or correct the database"
    )]
    UnknownState(String),
    /// The database failed.
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
        Ok(Outlet {
            outlet_id: row.string(0)?,
            code: row.string(1)?,
            name: row.string(2)?,
            state: OutletState::of(row, 3)?,
        })
    })?
    .ok_or_else(|| FindRefused::Unknown(code_or_id.to_owned()))
}

/// The same, if the outlet is active.
///
/// # Errors
/// [`FindRefused`].
pub fn find_active(tx: &mut Tx<'_>, code_or_id: &str) -> Result<Outlet, FindRefused> {
    let outlet = find(tx, code_or_id)?;
    match outlet.state {
        OutletState::Active => Ok(outlet),
        OutletState::Revoked => Err(FindRefused::Revoked(outlet.code)),
        OutletState::Unknown => Err(FindRefused::UnknownState(outlet.code)),
    }
}

impl From<FindRefused> for ApiError {
    fn from(refused: FindRefused) -> Self {
        // The outlet itself gets 403 instead: its key is refused.
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
