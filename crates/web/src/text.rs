//! Normalizes texts and ids from people and tills by the rules of [`domain::text`] and [`domain::ids`].

use domain::ids;
use domain::text::Rule;
use uuid::Uuid;

use crate::{ApiError, Code, Problem};

/// A required text.
///
/// # Errors
/// 422 `invalid_text`.
pub fn required(field: &str, value: &str, rule: Rule) -> Result<String, ApiError> {
    rule.clean(value).map_err(|refused| Code::InvalidText.field(field, refused))
}

/// An optional text; blank counts as absent.
///
/// # Errors
/// 422 `invalid_text`.
pub fn optional(field: &str, value: Option<&str>, rule: Rule) -> Result<Option<String>, ApiError> {
    value.filter(|v| !v.trim().is_empty()).map(|v| required(field, v, rule)).transpose()
}

/// The id of a new object: a UUID.
///
/// # Errors
/// 422 `invalid_id`.
pub fn uuid(field: &str, value: &str) -> Result<Uuid, ApiError> {
    ids::canonical(value).ok_or_else(|| Code::InvalidId.field(field, Problem::NotAUuid))
}

/// The id of a new object, as text.
///
/// # Errors
/// 422 `invalid_id`.
pub fn id(field: &str, value: &str) -> Result<String, ApiError> {
    uuid(field, value).map(|id| id.to_string())
}

/// The id of an existing object. One created in the sqlite3 shell may not be a UUID.
///
/// # Errors
/// 422 `invalid_id`.
pub fn reference(field: &str, value: &str) -> Result<String, ApiError> {
    let id = ids::stored_as(value);
    if ids::is_id(&id) { Ok(id) } else { Err(Code::InvalidId.field(field, Problem::NotAnId)) }
}
