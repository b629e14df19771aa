//! Messages for people: an id and its arguments, put into words at the edge, in the reader's language.
//!
//! The words are in `crates/web/messages/en.ftl` and `id.ftl` (Project Fluent). The ids are three enums: [`Code`] (why a
//! request was refused), [`Problem`] (what is wrong with one value; a part of a sentence) and [`Notice`] (everything else).
//!
//! Guarantees, by the tests of `catalog`: each id has a message in both languages, no message is without an id, and a
//! message names the same arguments in both. Words that a program outside has produced (a parser, an operating system)
//! are arguments and stay as they are. Logs are English.

mod catalog;
mod ids;
mod language;
mod refusals;

use std::borrow::Cow;
use std::fmt;

use domain::Money;
use serde::{Deserialize, Serialize};

pub use ids::{Code, Notice, Problem};
pub use language::Language;
pub(crate) use language::{in_language, name_language};

/// What a message names: a text, a number, an amount of money, or another message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arg {
    /// As it is.
    Text(String),
    /// A count; messages choose their plural by it.
    Number(i64),
    /// Whole rupiah, shown as `Rp 12.500` in both languages.
    Rupiah(i64),
    /// In the same language as the message around it.
    Message(Box<Message>),
}

/// Arguments by name.
pub type Args = Vec<(Cow<'static, str>, Arg)>;

/// A message that is not in a language yet. Stored and sent as JSON; a reader that does not know the id has no words
/// for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// As in the catalogs.
    id: Cow<'static, str>,
    /// What it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    args: Args,
}

impl Message {
    fn of(id: &'static str) -> Self {
        Self { id: Cow::Borrowed(id), args: Args::new() }
    }

    /// With an argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((Cow::Borrowed(name), value.into()));
        self
    }

    pub(crate) fn with_owned(mut self, name: Cow<'static, str>, value: Arg) -> Self {
        self.args.push((name, value));
        self
    }

    /// The stable code of a [`Problem`], a [`Code`] or a [`Notice`], for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        let id = self.id();
        let prefixes = [Problem::PREFIX, Notice::PREFIX, Code::PREFIX];
        prefixes.iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id)
    }

    /// Its id in the catalogs.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its words; none where this version does not know the message.
    #[must_use]
    pub fn words(&self, language: Language) -> Option<String> {
        catalog::words(language, &self.id, &self.args)
    }

    /// Its words in the language of the request that is being answered.
    #[must_use]
    pub fn in_request_language(&self) -> String {
        self.words(Language::of_request()).unwrap_or_else(|| self.id.to_string())
    }

    /// Its words as a sentence: first letter large, a full stop at the end.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        sentence(&self.words(language).unwrap_or_else(|| self.id.to_string()))
    }
}

/// English, as logs and the terminal have it.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Language::English).unwrap_or_else(|| self.id.to_string()))
    }
}

impl Problem {
    /// With an argument.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<Arg>) -> Message {
        Message::from(self).with(name, value)
    }
}

impl Notice {
    /// With an argument.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<Arg>) -> Message {
        Message::from(self).with(name, value)
    }
}

impl From<Problem> for Message {
    fn from(problem: Problem) -> Self {
        Self::of(problem.id())
    }
}

impl From<Notice> for Message {
    fn from(notice: Notice) -> Self {
        Self::of(notice.id())
    }
}

impl From<Code> for Message {
    fn from(code: Code) -> Self {
        Self::of(code.id())
    }
}

impl<M: Into<Message>> From<M> for Arg {
    fn from(message: M) -> Self {
        Self::Message(Box::new(message.into()))
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Money> for Arg {
    fn from(amount: Money) -> Self {
        Self::Rupiah(amount.0)
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl From<$number> for Arg {
            fn from(number: $number) -> Self {
                i64::try_from(number).map_or_else(|_| Self::Text(number.to_string()), Self::Number)
            }
        }
    )+};
}
numbers!(i32, i64, i128, u32, u64, usize);

/// Words as a sentence: first letter large, a full stop at the end.
#[must_use]
pub fn sentence(words: &impl fmt::Display) -> String {
    let words = words.to_string();
    let mut chars = words.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
