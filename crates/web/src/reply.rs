//! The envelope of every answer: `{"success": true, "data": …}`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::messages::{Language, Message, Notice, name_language};

/// The answer with one object.
#[derive(Debug, Serialize, ToSchema)]
pub struct Success<T> {
    /// Always true.
    pub success: bool,
    /// The requested object.
    pub data: T,
}

impl<T> Success<T> {
    /// Wraps `data`.
    pub fn new(data: T) -> Self {
        Self { success: true, data }
    }
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        axum::Json(self).into_response()
    }
}

/// The answer with a page of objects.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// Always true.
    pub success: bool,
    /// The page, in order.
    pub data: Vec<T>,
    /// Cursor of the next page; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page with the cursor of the next one.
    pub fn new(data: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { success: true, data, next_cursor }
    }
}

/// A page; the cursor is set if this page is full.
pub fn page<T>(found: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> List<T> {
    let full = i64::try_from(found.len()).is_ok_and(|n| n >= limit);
    let next = if full { found.last().map(cursor) } else { None };
    List::new(found, next)
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        axum::Json(self).into_response()
    }
}

/// The answer of an action without data.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// Always true.
    pub success: bool,
    /// What was done, in the language of `Accept-Language`: English or Indonesian.
    pub message: String,
}

impl Done {
    /// The notice in the language of the current request.
    pub fn of(notice: impl Into<Message>) -> Self {
        Self { success: true, message: notice.into().in_request_language() }
    }

    /// The process runs.
    #[must_use]
    pub fn alive() -> Self {
        Self::of(Notice::Alive)
    }

    /// The outlet's database answers.
    #[must_use]
    pub fn ready() -> Self {
        Self::of(Notice::Ready)
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let mut response = axum::Json(self).into_response();
        name_language(Language::of_request(), &mut response);
        response
    }
}

/// Adds `Set-Cookie`, if there is one.
pub fn with_cookie(cookie: Option<HeaderValue>, reply: impl IntoResponse) -> Response {
    let mut response = reply.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Replaces the status 200.
pub fn with_status(status: StatusCode, reply: impl IntoResponse) -> Response {
    (status, reply).into_response()
}
