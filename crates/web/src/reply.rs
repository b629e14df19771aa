//! The envelope around every answer: `{"success": true, "data": …}`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::messages::{Language, Message, Notice, name_language};

/// One thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Success<T> {
    /// Always true.
    pub success: bool,
    /// What was asked for.
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

/// A page of things.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// Always true.
    pub success: bool,
    /// The page, in order.
    pub data: Vec<T>,
    /// Ask with this for what follows; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page and where the next begins.
    pub fn new(data: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { success: true, data, next_cursor }
    }
}

/// A page, and where the next one begins if this one is full.
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

/// Done, and nothing else to say.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// Always true.
    pub success: bool,
    /// What was done, in the language that `Accept-Language` asks for: English or Indonesian.
    pub message: String,
}

impl Done {
    /// Says what was done, in the language of the request that is being answered.
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

/// Answers with another status than 200.
pub fn with_status(status: StatusCode, reply: impl IntoResponse) -> Response {
    (status, reply).into_response()
}
