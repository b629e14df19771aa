//! Reading requests strictly: what does not fit is refused with a sentence, never guessed at.
//!
//! Every door of both servers reads bodies by [`Json`] (people and tills) or [`Message`] (outlets, whose program may be
//! newer), paths by [`Path`] and queries by [`Query`]; `clippy.toml` bans axum's own extractors.

mod json;
mod page;
mod param;
mod path;
mod query;

pub use domain::nullable::maybe_null;
pub use json::{Json, Message, changed, from_value, parse};
pub use page::Page;
pub use path::Path;
pub use query::{Query, invalid_query, page_size};
pub(crate) use query::{known, refuse_unknown};

use axum::extract::FromRequestParts;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::ApiError;

/// Why a body could not be read.
#[must_use]
pub fn body_refused(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "The request body is too large; send less at once.",
        )
    } else {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "unreadable_body",
            "The request body did not arrive whole; send it again.",
        )
    }
}

/// A cursor that no list gave.
#[must_use]
pub fn invalid_cursor() -> ApiError {
    let message = "The cursor is not one that this list gave; begin again without it.";
    ApiError::new(StatusCode::BAD_REQUEST, "invalid_cursor", message)
}

/// A body that is packed; only batches may be.
#[must_use]
pub fn unsupported_encoding() -> ApiError {
    let message = "The body must not be packed: leave 'Content-Encoding' out.";
    ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", message)
}

/// A body of another kind than JSON.
#[must_use]
pub fn unsupported_media_type() -> ApiError {
    let message = "The body must be JSON: send 'Content-Type: application/json'.";
    ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
}

/// The token of `Authorization: Bearer …`.
#[derive(Debug)]
pub struct Bearer(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        bearer(&parts.headers).map(|token| Self(token.to_owned()))
    }
}

/// The token of `Authorization: Bearer …`.
///
/// # Errors
/// 401.
pub fn bearer(headers: &axum::http::HeaderMap) -> Result<&str, ApiError> {
    headers
        .get(axum::http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::trim)
        .ok_or_else(|| ApiError::unauthorized("Log in first, and send the token as 'Authorization: Bearer …'."))
}

/// The version that `If-Match` names, with or without quotes; none where any version will do.
#[derive(Debug)]
pub struct IfMatch(pub Option<i64>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(axum::http::header::IF_MATCH) else { return Ok(Self(None)) };
        let version = value.to_str().unwrap_or_default().trim().trim_matches('"');
        if version == "*" {
            return Ok(Self(None));
        }
        version.parse().map(|version| Self(Some(version))).map_err(|_| {
            let message = "'If-Match' must be the 'version' that you read, a number.";
            ApiError::new(StatusCode::BAD_REQUEST, "invalid_if_match", message)
        })
    }
}
