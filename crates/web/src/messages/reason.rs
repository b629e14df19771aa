//! Reasons: why sync did not transfer something or why it stopped, as they are stored and sent.
//!
//! A reason is a stable code, the arguments of its message, and its English text. The text is for a shell and for a reader
//! that does not know the code; this version renders the codes that it knows in the reader's language.

use std::borrow::Cow;
use std::fmt;

use protocol::limits::MAX_ARGS_BYTES;
use protocol::wire;
use rusqlite::Row;
use serde::Serialize;
use sqlite::ReadRow;
use utoipa::ToSchema;

use super::{Args, Code, Localized, Message, Notice, ReasonCode};

/// Maximum characters of the English text.
pub const MAX_TEXT_CHARS: usize = 500;

/// Why something was not transferred.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reason {
    code: Cow<'static, str>,
    args: Args,
    text: String,
}

impl Reason {
    /// A reason of another version: its code may be unknown here, its arguments may be missing or of other types.
    #[must_use]
    pub fn from_parts(code: impl Into<String>, args: wire::Args, text: impl Into<String>) -> Self {
        let args = serde_json::from_value(args.into()).unwrap_or_default();
        Self { code: Cow::Owned(code.into()), args, text: text.into() }
    }

    /// Reads three columns, starting at `first`: code, arguments as JSON, English text. `None` if there is no code and
    /// no text.
    ///
    /// # Errors
    /// A missing column.
    pub fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Self>> {
        let code: Option<String> = row.read(first)?;
        let args: Option<String> = row.read(first + 1)?;
        let text: Option<String> = row.read(first + 2)?;
        Ok(Self::from_columns(code, args.as_deref(), text))
    }

    /// Creates a reason from its three columns.
    #[must_use]
    pub fn from_columns(code: Option<String>, args: Option<&str>, text: Option<String>) -> Option<Self> {
        if code.is_none() && text.is_none() {
            return None;
        }
        let args = args.and_then(|args| serde_json::from_str(args).ok()).unwrap_or_default();
        Some(Self { code: Cow::Owned(code.unwrap_or_default()), args, text: text.unwrap_or_default() })
    }

    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The arguments of its message.
    #[must_use]
    pub fn args(&self) -> &Args {
        &self.args
    }

    /// Its English text, as stored.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its arguments as stored in a column; `None` if there are none, or too many.
    #[must_use]
    pub fn args_json(&self) -> Option<String> {
        if self.args.is_empty() {
            return None;
        }
        serde_json::to_string(&self.args).ok().filter(|json| json.len() <= MAX_ARGS_BYTES)
    }

    /// Its arguments as sent.
    #[must_use]
    pub fn wire_args(&self) -> wire::Args {
        self.args_json().and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
    }

    /// Its message: of the reason code or the hub's refusal code if this version knows it, otherwise the English text.
    #[must_use]
    pub fn message(&self) -> Message {
        let known = |id: String, args: &Args| {
            let message = Message { id: Cow::Owned(id), args: args.clone() };
            Some(message).filter(Message::is_known)
        };
        let refusal = || {
            let code = Code::ALL.iter().find(|code| code.as_str() == self.code)?;
            let mut args = self.args.clone();
            if args.get("reason").is_none() {
                args.set("reason", "".into());
            }
            Some(Notice::HubSays.with("message", known(code.id().to_owned(), &args)?))
        };
        known(format!("{}{}", ReasonCode::PREFIX, self.code), &self.args)
            .or_else(refusal)
            .unwrap_or_else(|| Message::text(self.text.as_str()))
    }
}

/// The fields that a list shows of a reason: code, arguments, and the message in the reader's language. A reason that a
/// shell has written may lack the code.
#[must_use]
pub fn shown(reason: Option<Reason>) -> (Option<String>, Args, Option<Localized>) {
    let Some(reason) = reason else { return (None, Args::default(), None) };
    let ShownReason { code, args, message } = reason.into();
    (Some(code).filter(|code| !code.is_empty()), args, Some(message))
}

/// English, for logs.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// From a [`ReasonCode`] with its arguments.
impl From<Message> for Reason {
    fn from(message: Message) -> Self {
        let text: String = message.to_string().chars().take(MAX_TEXT_CHARS).collect();
        Self { code: Cow::Owned(message.code().to_owned()), text, args: message.args }
    }
}

impl From<ReasonCode> for Reason {
    fn from(code: ReasonCode) -> Self {
        Message::from(code).into()
    }
}

/// The reason in an API answer: code, arguments, and the message in the reader's language.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ShownReason {
    /// Stable code.
    pub code: String,
    /// What the message names.
    pub args: Args,
    /// The reason in the language of `Accept-Language`.
    pub message: Localized,
}

impl From<Reason> for ShownReason {
    fn from(reason: Reason) -> Self {
        let message = reason.message().into();
        Self { code: reason.code.into_owned(), args: reason.args, message }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::messages::{Language, Problem};

    fn args(json: Value) -> wire::Args {
        let Value::Object(args) = json else { panic!("{json}") };
        args
    }

    fn indonesian(reason: &Reason) -> String {
        reason.message().words(Language::Indonesian).unwrap()
    }

    #[test]
    fn a_reason_is_stored_and_read_with_its_arguments() {
        let message = ReasonCode::InvalidDocument.with("reason", "field").with("field", "total");
        let message = message.with("problem", Problem::MustBe.with("expected", "number"));
        let reason = Reason::of_entity("order", "A1", message);
        let args_json = reason.args_json();
        let stored =
            Reason::from_columns(Some(reason.code().to_owned()), args_json.as_deref(), Some(reason.text().into()));
        assert_eq!(stored, Some(reason.clone()));
        assert_eq!(Reason::from_parts(reason.code(), reason.wire_args(), reason.text()), reason);
        assert_eq!(reason.text(), "The order 'A1' is not valid: 'total' must be a whole number.");
        assert_eq!(indonesian(&reason), "order 'A1' tidak sah: 'total' harus berupa bilangan bulat.");
    }

    #[test]
    fn an_unknown_code_or_argument_shows_the_english_text() {
        let text = "The till is on fire.";
        for (code, args) in [
            ("of_a_later_version", args(json!({}))),
            // A later version uses other arguments or messages.
            ("timeout", args(json!({}))),
            ("unreachable", args(json!({"url": "http://hub", "problem": {"id": "of_a_later_version"}}))),
            ("", args(json!({}))),
        ] {
            let reason = Reason::from_parts(code, args, text);
            assert_eq!((indonesian(&reason).as_str(), reason.code()), (text, code));
        }
        assert_eq!(Reason::from_columns(None, None, None), None);
        let (code, _, message) = shown(Reason::from_columns(None, None, Some(text.to_owned())));
        assert_eq!((code, message.unwrap().to_string().as_str()), (None, text));
    }

    #[test]
    fn a_refusal_of_the_hub_shows_the_message_of_its_code() {
        let reason = Reason::from_parts("unauthorized", args(json!({"reason": "key_revoked"})), "Revoked.");
        assert!(indonesian(&reason).starts_with("Jawaban server kantor pusat: Kantor pusat sudah mencabut kunci"));
        let without_args = Reason::from_parts("outlet_revoked", args(json!({})), "Revoked.");
        assert!(indonesian(&without_args).starts_with("Jawaban server kantor pusat: "), "{without_args:?}");
    }

    #[test]
    fn oversized_arguments_are_omitted() {
        let long = Reason::from(ReasonCode::RejectedByDatabase.with("detail", "x".repeat(MAX_ARGS_BYTES)));
        assert_eq!((long.args_json(), long.wire_args().len()), (None, 0));
        assert_eq!(long.text().chars().count(), MAX_TEXT_CHARS);
    }
}
