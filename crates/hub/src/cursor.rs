//! Cursors: where a list goes on, as a text that means nothing outside.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use web::{ApiError, List};

/// The keys in a cursor.
pub(crate) fn read<const N: usize>(cursor: &str) -> Result<[String; N], ApiError> {
    let keys = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|json| serde_json::from_slice::<Vec<String>>(&json).ok());
    keys.and_then(|keys| keys.try_into().ok()).ok_or_else(refused)
}

/// A key that is a number.
pub(crate) fn number(key: &str) -> Result<i64, ApiError> {
    key.parse().map_err(|_| refused())
}

fn refused() -> ApiError {
    let message = "The cursor is not one that this list gave; begin again without it.";
    ApiError::new(StatusCode::BAD_REQUEST, "invalid_cursor", message)
}

/// A page of what was found by asking for one more than `limit`; if that is there, with a cursor to the last one shown.
pub(crate) fn page<T, const N: usize>(mut found: Vec<T>, limit: i64, keys: impl Fn(&T) -> [String; N]) -> List<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more).map(|last| {
        let json = serde_json::to_vec(keys(last).as_slice()).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(json)
    });
    List::new(found, last)
}
