//! Messages for people: an id and its arguments, formatted at the edge in the reader's language.
//!
//! The texts are in `crates/web/messages/en.ftl` and `id.ftl` (Project Fluent). The ids are enums: [`Code`] (why a
//! request was refused), [`Problem`] (what is wrong with one value; a part of a sentence), [`HealthCode`] and
//! [`HubHealthCode`] (what doctor and health report), [`ReasonCode`] (why sync did not transfer something) and
//! [`Notice`] (everything else).
//!
//! Guarantees, by the tests of `catalog`: each id has a message in both languages, each message has an id, and a
//! message uses the same arguments in both. Texts of other programs (a parser, an operating system) are arguments and
//! are not translated. Logs are English.

mod args;
mod catalog;
mod ids;
mod language;
mod reason;
mod refusals;
mod warning;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use args::{Arg, Args};
pub use ids::{Code, HealthCode, HubHealthCode, Notice, Problem, ReasonCode};
pub use language::{Language, LanguageNeutral};
pub(crate) use language::{in_language, name_language};
pub use reason::{MAX_TEXT_CHARS, Reason, ShownReason, shown};
pub use warning::Warning;

/// A message before it is formatted in a language. It is stored and sent as JSON; a reader that does not know the id
/// cannot format it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The id in the catalogs.
    id: Cow<'static, str>,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    args: Args,
}

impl Message {
    fn of(id: &'static str) -> Self {
        Self { id: Cow::Borrowed(id), args: Args::default() }
    }

    /// A text of another program or version, which is not translated.
    #[must_use]
    pub fn text(words: impl Into<String>) -> Self {
        Notice::Text.with("text", words.into())
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.set(Cow::Borrowed(name), value.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn with_args(mut self, args: Args) -> Self {
        for (name, value) in args {
            self.args.set(name, value);
        }
        self
    }

    /// The stable code of a [`Problem`], a [`Code`] or a [`Notice`], for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        let id = self.id();
        let prefixes = [
            Problem::PREFIX,
            Notice::PREFIX,
            HealthCode::PREFIX,
            HubHealthCode::PREFIX,
            ReasonCode::PREFIX,
            Code::PREFIX,
        ];
        prefixes.iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id)
    }

    /// Its id in the catalogs.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether this version can format it. Check this before showing a message of another version.
    #[must_use]
    pub fn is_known(&self) -> bool {
        catalog::is_known(&self.id, &self.args)
    }

    /// Its arguments.
    #[must_use]
    pub fn args(&self) -> &Args {
        &self.args
    }

    /// The text; `None` if this version does not know the message.
    #[must_use]
    pub fn words(&self, language: Language) -> Option<String> {
        catalog::words(language, &self.id, &self.args)
    }

    /// The text in the language of the current request.
    #[must_use]
    pub fn in_request_language(&self) -> String {
        self.words(Language::of_request()).unwrap_or_else(|| self.id.to_string())
    }

    /// The text as a sentence: capitalized, with a period at the end.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        sentence(&self.words(language).unwrap_or_else(|| self.id.to_string()))
    }
}

/// English, for logs and the terminal.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Language::English).unwrap_or_else(|| self.id.to_string()))
    }
}

/// Messages from the ids without a status.
macro_rules! of_ids {
    ($($ids:ident),+) => {$(
        impl $ids {
            /// With an argument.
            #[must_use]
            pub fn with(self, name: &'static str, value: impl Into<Arg>) -> Message {
                Message::from(self).with(name, value)
            }
        }

        impl From<$ids> for Message {
            fn from(id: $ids) -> Self {
                Self::of(id.id())
            }
        }
    )+};
}
of_ids!(Problem, Notice, HealthCode, HubHealthCode, ReasonCode);

impl Problem {
    /// A name that is none of these.
    #[must_use]
    pub fn unknown(known: &[impl AsRef<str>]) -> Message {
        match known {
            [] => Problem::NoneKnown.into(),
            known => {
                let choices: Vec<_> = known.iter().map(AsRef::as_ref).collect();
                Problem::Unknown.with("choices", choices.join(", "))
            }
        }
    }
}

impl From<Code> for Message {
    fn from(code: Code) -> Self {
        Self::of(code.id())
    }
}

/// A message that is formatted when it is serialized, in the language of the current request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Localized(pub Message);

impl Serialize for Localized {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.in_request_language())
    }
}

impl utoipa::PartialSchema for Localized {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

impl utoipa::ToSchema for Localized {}

impl<M: Into<Message>> From<M> for Localized {
    fn from(message: M) -> Self {
        Self(message.into())
    }
}

/// English, for logs.
impl fmt::Display for Localized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text as a sentence: capitalized, with a period at the end.
#[must_use]
pub fn sentence(words: &impl fmt::Display) -> String {
    let words = words.to_string();
    let mut chars = words.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
