//! Texts and ids that people and tills send, in their one form: the rules are [`domain::text`]'s and [`domain::ids`]'.

use domain::ids;
use domain::text::Rule;
use uuid::Uuid;

use crate::{ApiError, Code, Problem};

/// A text that must be there.
///
/// # Errors
/// 422 `invalid_text`.
pub fn required(field: &str, value: &str, rule: Rule) -> Result<String, ApiError> {
    rule.clean(value).map_err(|refused| Code::InvalidText.field(field, refused))
}

/// A text that may be missing; blank counts as missing.
///
/// # Errors
/// 422 `invalid_text`.
pub fn optional(field: &str, value: Option<&str>, rule: Rule) -> Result<Option<String>, ApiError> {
    value.filter(|v| !v.trim().is_empty()).map(|v| required(field, v, rule)).transpose()
}

/// The id of something new: a UUID.
///
/// # Errors
/// 422 `invalid_id`.
pub fn uuid(field: &str, value: &str) -> Result<Uuid, ApiError> {
    ids::canonical(value).ok_or_else(|| Code::InvalidId.field(field, Problem::NotAUuid))
}

/// The id of something new, as the tables keep it.
///
/// # Errors
/// 422 `invalid_id`.
pub fn id(field: &str, value: &str) -> Result<String, ApiError> {
    uuid(field, value).map(|id| id.to_string())
}

/// The id of something that is there: what was made in the shell may have one that is no UUID.
///
/// # Errors
/// 422 `invalid_id`.
pub fn reference(field: &str, value: &str) -> Result<String, ApiError> {
    let id = ids::stored_as(value);
    if ids::is_id(&id) { Ok(id) } else { Err(Code::InvalidId.field(field, Problem::NotAnId)) }
}
