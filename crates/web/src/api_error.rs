//! A refusal for a caller: a stable code for programs, the arguments of its message, and the invalid fields. The edge
//! formats the message in the language of the request.
//!
//! Which error belongs where:
//!
//! - A **refusal** is for the caller to act on: the request is invalid, not allowed, or not possible now. A rule in
//!   `domain`, `protocol` or a command returns its own enum; the conversion to `ApiError` chooses the [`Code`]. A
//!   handler may return a `Code` directly: `.ok_or(Code::NotFound.because("product"))?`. 4xx, not logged.
//! - A **fault** is not caused by the request: the database is locked, the disk is full, the hub is unreachable. Its
//!   type carries its source (`sqlite::Fault`, `store::Fault`); the conversion logs it once for the operator, and
//!   answers 503 with `Retry-After`.
//! - A **bug** is a state that the code excludes: a task that panicked, a value that does not serialize. It is logged
//!   with its details where it is found, and answers 500 `internal_error` without details.
//!
//! Messages are formatted at the edge only: no sentence in a command, no `String` error.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sqlite::Fault;
use utoipa::ToSchema;

use crate::messages::{Arg, Args, Code, Language, Message, name_language};

pub use crate::messages::sentence;

/// The error of every handler.
#[derive(Debug)]
pub struct ApiError {
    code: Code,
    status: Option<StatusCode>,
    args: Args,
    fields: Vec<Field>,
    retry_after_s: Option<u32>,
    data: Option<serde_json::Value>,
}

/// An invalid field of a request.
#[derive(Debug)]
struct Field {
    path: String,
    problem: Message,
}

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Always false.
    pub success: bool,
    /// Stable code.
    pub error: String,
    /// What the message names, unless `fields` does.
    #[serde(skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// What to do, in the language of `Accept-Language`: English or Indonesian.
    pub message: String,
    /// The invalid fields of the request, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldError>>,
    /// More data, for codes whose description mentions it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
}

/// An invalid field of a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Path of the field, such as `lines[2].qty`, or the name of a parameter; empty for the whole body.
    pub path: String,
    /// Stable code of the problem.
    pub code: String,
    /// Message to show beside the field.
    pub message: String,
}

impl Code {
    /// A refusal with this code and one argument for its message.
    pub fn with(self, name: &'static str, value: impl Into<Arg>) -> ApiError {
        ApiError::from(self).with(name, value)
    }

    /// A refusal with this code and the reason that selects its message.
    #[must_use]
    pub fn because(self, reason: &'static str) -> ApiError {
        self.with("reason", reason)
    }

    /// A refusal with one invalid field.
    pub fn field(self, path: impl Into<String>, problem: impl Into<Message>) -> ApiError {
        ApiError::from(self).field(path, problem)
    }
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        Self { code, status: None, args: Args::default(), fields: Vec::new(), retry_after_s: None, data: None }
    }
}

impl ApiError {
    /// 500 for a bug; details go to the log, not to the caller.
    #[must_use]
    pub fn internal() -> Self {
        Code::InternalError.into()
    }

    /// Adds an argument for the message.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.set(name, value.into());
        self
    }

    /// Adds an invalid field; the message names the first one.
    #[must_use]
    pub fn field(mut self, path: impl Into<String>, problem: impl Into<Message>) -> Self {
        self.fields.push(Field { path: path.into(), problem: problem.into() });
        self
    }

    /// Prefixes the paths of the fields: `lines[2]`.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        for field in &mut self.fields {
            field.path = format!("{place}.{}", field.path);
        }
        self
    }

    /// Adds `Retry-After`, which the message can show as `seconds`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Adds data to the error.
    #[must_use]
    pub fn with_data(mut self, data: serde_json::Value) -> Self {
        self.data = Some(data);
        self
    }

    /// Replaces the status of the code, if the same refusal needs another status for another caller.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or(self.code.status())
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code.as_str()
    }

    /// The message in English, for logs and the terminal.
    #[must_use]
    pub fn message(&self) -> String {
        self.message_in(Language::English)
    }

    /// The message in a language.
    #[must_use]
    pub fn message_in(&self, language: Language) -> String {
        self.to_message().words(language).unwrap_or_default()
    }

    /// The message as code and arguments, for storing or sending.
    #[must_use]
    pub fn to_message(&self) -> Message {
        let mut message = Message::from(self.code);
        if self.args.get("reason").is_none() {
            message = message.with("reason", "");
        }
        if let Some(seconds) = self.retry_after_s {
            message = message.with("seconds", seconds);
        }
        if let Some(Field { path, problem }) = self.fields.first() {
            let whole = match self.code {
                Code::InvalidPath => "path",
                Code::InvalidQuery => "query",
                _ => "body",
            };
            let field = if path.is_empty() { whole } else { path };
            message = message.with("field", field).with("problem", problem.clone());
        }
        message.with_args(self.args.clone())
    }

    /// The `Retry-After` header, in seconds.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u32> {
        self.retry_after_s
    }

    /// The body in the default language.
    #[must_use]
    pub fn into_body(self) -> ErrorBody {
        self.into_body_in(Language::English)
    }

    /// The body in a language.
    #[must_use]
    pub fn into_body_in(self, language: Language) -> ErrorBody {
        let fields = self.fields.iter().map(|field| FieldError {
            path: field.path.clone(),
            code: field.problem.code().to_owned(),
            message: field.problem.sentence(language),
        });
        let fields: Vec<_> = fields.collect();
        ErrorBody {
            success: false,
            error: self.code().to_owned(),
            message: self.message_in(language),
            args: if fields.is_empty() { self.args } else { Args::default() },
            fields: Some(fields).filter(|fields| !fields.is_empty()),
            data: self.data,
        }
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        let unavailable = |code: Code| Self::from(code).retry_after(1);
        match fault {
            Fault::Busy => unavailable(Code::DatabaseBusy).with("reason", "file"),
            Fault::Full => unavailable(Code::DiskFull),
            Fault::Undone => unavailable(Code::DiskFull).with("reason", "undone"),
            Fault::Closed => unavailable(Code::Stopping),
            Fault::Replaced(location) => unavailable(Code::DatabaseReplaced).with("detail", location.as_str()),
            Fault::Panicked | Fault::Sql(_) => {
                tracing::error!(%fault, "database fault");
                Self::internal()
            }
        }
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        Fault::from(error).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, retry_after_s, language) = (self.status(), self.retry_after_s, Language::of_request());
        let mut response = (status, Json(self.into_body_in(language))).into_response();
        name_language(language, &mut response);
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::messages::Problem;

    #[test]
    fn an_invalid_field_is_in_the_message_and_in_fields() {
        let error = || {
            let too_long = Problem::TooLong.with("most", 500);
            Code::InvalidText.field("lines[2].note", too_long).field("customer_name", Problem::Empty)
        };
        let body = serde_json::to_value(error().into_body_in(Language::English)).unwrap();
        let fields = json!([
            {"path": "lines[2].note", "code": "too_long", "message": "Is too long: at most 500 characters."},
            {"path": "customer_name", "code": "empty", "message": "Must not be empty."},
        ]);
        assert_eq!(body["fields"], fields);
        assert_eq!(body["message"], "'lines[2].note' is too long: at most 500 characters.");
        let body = serde_json::to_value(error().into_body_in(Language::Indonesian)).unwrap();
        assert_eq!(body["fields"][1]["message"], "Tidak boleh kosong.");
    }

    #[test]
    fn a_refusal_without_fields_has_none_and_a_status_can_differ() {
        let error = Code::Forbidden.because("admin_only").with_status(StatusCode::CONFLICT);
        assert_eq!((error.status().as_u16(), error.code()), (409, "forbidden"));
        assert!(serde_json::to_value(error.into_body_in(Language::English)).unwrap().get("fields").is_none());
    }
}
