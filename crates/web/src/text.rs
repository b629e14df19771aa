//! Text that people typed: trimmed, bounded, without control characters.

use crate::ApiError;
use uuid::Uuid;

/// A text that must be there.
///
/// # Errors
/// 422 `invalid_text`.
pub fn required(field: &str, value: &str, most: usize) -> Result<String, ApiError> {
    let value = value.trim();
    if value.is_empty() {
        return Err(ApiError::unprocessable("invalid_text", format!("'{field}' must not be empty.")));
    }
    if value.chars().count() > most {
        let message = format!("'{field}' is too long: at most {most} characters.");
        return Err(ApiError::unprocessable("invalid_text", message));
    }
    if value.chars().any(|c| c.is_control() && c != '\n') {
        return Err(ApiError::unprocessable("invalid_text", format!("'{field}' holds control characters.")));
    }
    Ok(value.to_owned())
}

/// A text that may be missing; blank counts as missing.
///
/// # Errors
/// 422 `invalid_text`.
pub fn optional(field: &str, value: Option<&str>, most: usize) -> Result<Option<String>, ApiError> {
    value.filter(|v| !v.trim().is_empty()).map(|v| required(field, v, most)).transpose()
}

/// An id as a caller made it.
///
/// # Errors
/// 422 `invalid_id`.
pub fn uuid(field: &str, value: &str) -> Result<Uuid, ApiError> {
    match Uuid::try_parse(value) {
        Ok(id) if !id.is_nil() => Ok(id),
        _ => Err(ApiError::unprocessable("invalid_id", format!("'{field}' must be a UUID."))),
    }
}

/// An id as the tables keep it: lower case with hyphens.
///
/// # Errors
/// 422 `invalid_id`.
pub fn id(field: &str, value: &str) -> Result<String, ApiError> {
    uuid(field, value).map(|id| id.hyphenated().to_string())
}
