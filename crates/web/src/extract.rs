//! Strict readers of requests: invalid input is rejected with a message, never guessed.
//!
//! Handlers of both servers read bodies with [`Json`] (people and tills) or [`Message`] (outlets, whose program may be
//! newer), paths with [`Path`] and queries with [`Query`]; `clippy.toml` bans axum's own extractors.

mod invalid_value;
mod json;
mod page;
mod param;
mod path;
mod query;

pub use domain::nullable::maybe_null;
pub use json::{Json, Message, changed, from_value, parse};
pub use page::PageQuery;
pub use path::{Path, unreadable as unreadable_path};
pub use query::{Query, check_period, filter, page_size};
pub(crate) use query::{known_parameters, refuse_unknown};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::{ApiError, Code};

/// The error for a cursor that no list returned.
#[must_use]
pub fn invalid_cursor() -> ApiError {
    Code::InvalidCursor.into()
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
        .ok_or_else(|| Code::Unauthorized.because("no_token"))
}

/// The version in `If-Match`, with or without quotes; `None` if any version is accepted.
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
        version.parse().map(|version| Self(Some(version))).map_err(|_| Code::InvalidIfMatch.into())
    }
}
