//! A refusal as a caller gets it: a stable code for programs, the arguments of its message, the fields that are wrong.
//! It is put into words at the edge, in the language of the request.
//!
//! Which error belongs where:
//!
//! - A **refusal** is the caller's to act on: what was asked for is wrong, not allowed, or not possible now. A rule in
//!   `domain`, `protocol` or a command returns its own enum; the conversion to `ApiError` beside it chooses the [`Code`].
//!   A handler may return a `Code` directly: `.ok_or(Code::NotFound.because("product"))?`. 4xx, not logged.
//! - A **fault** is nobody's mistake in this request: the database is locked, the disk is full, the hub is away. Its type
//!   carries its source (`sqlite::Fault`, `hub::store::Fault`); the conversion logs what an operator must see, once, and
//!   answers 503 with `Retry-After`.
//! - A **bug** is a state that the code excludes: a task that panicked, a value that does not serialize. It is logged where
//!   it is found, with everything that explains it, and answers 500 `internal_error`, which tells the caller nothing else.
//!
//! Nothing of what a refusal says is formatted before the edge: no sentence in a command, no `String` error.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sqlite::Fault;
use utoipa::ToSchema;

use crate::messages::{Arg, Args, Code, Language, Message, name_language};

pub use crate::messages::sentence;

/// What every handler returns when it does not do what was asked.
#[derive(Debug)]
pub struct ApiError {
    code: Code,
    status: Option<StatusCode>,
    args: Args,
    fields: Vec<Field>,
    retry_after_s: Option<u32>,
    data: Option<serde_json::Value>,
}

/// A field of a request, and what is wrong with it.
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
    /// What to do about it, in the language that `Accept-Language` asks for: English or Indonesian.
    pub message: String,
    /// The fields of the request that are wrong, where it is about fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldError>>,
    /// More, where the code's description says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
}

/// A field of a request that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is: `lines[2].qty`, the name of a parameter; empty for the body as a whole.
    pub path: String,
    /// Stable code of what is wrong.
    pub code: String,
    /// The same for people, to show beside the field.
    pub message: String,
}

impl Code {
    /// A refusal with this code and one argument of its message.
    pub fn with(self, name: &'static str, value: impl Into<Arg>) -> ApiError {
        ApiError::from(self).with(name, value)
    }

    /// A refusal with this code, for one of the reasons that its message chooses from.
    #[must_use]
    pub fn because(self, reason: &'static str) -> ApiError {
        self.with("reason", reason)
    }

    /// A refusal of one field.
    pub fn field(self, path: impl Into<String>, problem: impl Into<Message>) -> ApiError {
        ApiError::from(self).field(path, problem)
    }
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        Self { code, status: None, args: Args::new(), fields: Vec::new(), retry_after_s: None, data: None }
    }
}

impl ApiError {
    /// 500 for a bug; what happened goes to the log, not to the caller.
    #[must_use]
    pub fn internal() -> Self {
        Code::InternalError.into()
    }

    /// Adds an argument of its message.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((name.into(), value.into()));
        self
    }

    /// Adds a field that is wrong; the message names the first.
    #[must_use]
    pub fn field(mut self, path: impl Into<String>, problem: impl Into<Message>) -> Self {
        self.fields.push(Field { path: path.into(), problem: problem.into() });
        self
    }

    /// The same, where the fields are within something: `lines[2]`.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        for field in &mut self.fields {
            field.path = format!("{place}.{}", field.path);
        }
        self
    }

    /// Adds `Retry-After`; the message can name the `seconds`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Adds data beside the error.
    #[must_use]
    pub fn with_data(mut self, data: serde_json::Value) -> Self {
        self.data = Some(data);
        self
    }

    /// Answers with another status than the code's own, where the same thing is another kind of refusal to another caller.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or(self.code.status())
    }

    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code.as_str()
    }

    /// Its message in English, as logs and the terminal have it.
    #[must_use]
    pub fn message(&self) -> String {
        self.message_in(Language::English)
    }

    /// Its message.
    #[must_use]
    pub fn message_in(&self, language: Language) -> String {
        self.to_message().words(language).unwrap_or_default()
    }

    /// Its message, to be stored or sent.
    #[must_use]
    pub fn to_message(&self) -> Message {
        let mut message = Message::from(self.code);
        if !self.args.iter().any(|(name, _)| name == "reason") {
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
        self.args.iter().cloned().fold(message, |message, (name, value)| message.with_owned(name, value))
    }

    /// Its `Retry-After`.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u32> {
        self.retry_after_s
    }

    /// What is answered where nobody has asked for a language.
    #[must_use]
    pub fn into_body(self) -> ErrorBody {
        self.into_body_in(Language::English)
    }

    /// What is answered.
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
            Fault::Displaced(where_it_is) => unavailable(Code::DatabaseReplaced).with("detail", where_it_is.as_str()),
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
    fn a_field_that_is_wrong_is_named_in_the_message_and_apart() {
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
