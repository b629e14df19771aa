//! Turns serde's errors into messages with arguments instead of English sentences.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::ApiError;
use crate::messages::{Code, Message, Problem};

/// Why a value is not valid.
#[derive(Debug)]
pub(super) struct InvalidValue {
    problem: Message,
    /// The missing, unknown or duplicate field: serde's path ends at its parent.
    field: Option<String>,
}

impl InvalidValue {
    /// The refusal; `path` is serde's position, `.` for the whole value.
    pub(super) fn refusal(self, code: Code, path: &str) -> ApiError {
        let path = if path == "." { "" } else { path };
        let path = match &self.field {
            Some(field) if path.is_empty() => field.clone(),
            Some(field) if path != field && !path.ends_with(&format!(".{field}")) => format!("{path}.{field}"),
            _ => path.to_owned(),
        };
        code.field(path, self.problem)
    }

    fn of_field(problem: Message, field: &str) -> Self {
        Self { problem, field: Some(field.to_owned()) }
    }
}

impl From<Message> for InvalidValue {
    fn from(problem: Message) -> Self {
        Self { problem, field: None }
    }
}

impl From<Problem> for InvalidValue {
    fn from(problem: Problem) -> Self {
        Message::from(problem).into()
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::error::Error for InvalidValue {}

impl de::Error for InvalidValue {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Problem::Other.with("detail", message.to_string()).into()
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let problem = Problem::WrongType.with("expected", kind(&expected.to_string())).with("kind", kind_of(&found));
        problem.with("found", shown(&found)).into()
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        match kind(&expected) {
            "number" => Problem::OutOfRange.with("found", shown(&found)).into(),
            "date" => Problem::NotADate.into(),
            _ => Problem::WrongValue.with("found", shown(&found)).with("expected", expected).into(),
        }
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Problem::WrongLength.with("length", length).with("expected", expected.to_string()).into()
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Problem::NotOneOf.with("found", variant).with("choices", expected.join(", ")).into()
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::of_field(Problem::unknown(expected), field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::of_field(Problem::Missing.into(), field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::of_field(Problem::Repeated.into(), field)
    }
}

/// Maps serde's expectations to words of the message catalog; other expectations are unchanged.
fn kind(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "number",
        "a string" | "str" => "text",
        "a boolean" => "boolean",
        "a sequence" => "list",
        "an object" | "a map" => "object",
        // `domain::BusinessDate`.
        "a date as YYYY-MM-DD" => "date",
        other => other,
    }
}

/// A value as JSON.
fn shown(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(flag) => flag.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Float(number) => number.to_string(),
        Unexpected::Char(text) => format!("\"{text}\""),
        Unexpected::Str(text) => format!("\"{text}\""),
        other => other.to_string(),
    }
}

fn kind_of(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Other("null") | Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Other("a list") | Unexpected::Seq => "list",
        Unexpected::Other("an object") | Unexpected::Map => "object",
        _ => "value",
    }
}
