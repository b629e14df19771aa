//! Reading requests strictly: what does not fit is refused with a sentence, never guessed at.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::ApiError;

/// A JSON body. 400 when it is not JSON, 413 when it is too large, 422 when it does not fit.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body = Bytes::from_request(request, state).await.map_err(|e| body_refused(&e))?;
        parse(&body).map(Self)
    }
}

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

/// Reads JSON from bytes.
///
/// # Errors
/// 400 `malformed_json`, 422 `invalid_body`.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        Category::Data => ApiError::unprocessable("invalid_body", format!("The request body does not fit: {error}.")),
        Category::Io | Category::Syntax | Category::Eof => ApiError::new(
            StatusCode::BAD_REQUEST,
            "malformed_json",
            format!("The request body is not valid JSON: {error}."),
        ),
    })
}

/// Query parameters; 400 when they do not fit.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri).map(|q| Self(q.0)).map_err(|error| {
            ApiError::new(
                StatusCode::BAD_REQUEST,
                "invalid_query",
                format!("The query does not fit: {}.", error.body_text()),
            )
        })
    }
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

/// `limit` of a list: 1 to 500, 50 when it is not given.
#[must_use]
pub fn page_size(limit: Option<u32>) -> i64 {
    i64::from(limit.unwrap_or(50).clamp(1, 500))
}

/// Parameters of the path; 400 when they do not fit.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Path::<T>::from_request_parts(parts, state).await.map(|path| Self(path.0)).map_err(|error| {
            ApiError::new(
                StatusCode::BAD_REQUEST,
                "invalid_path",
                format!("The path does not fit: {}.", error.body_text()),
            )
        })
    }
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
