//! The arguments of messages, as JSON: `{"hours": 30, "due": {"rupiah": 500}, "names": ["a", "b"]}`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::{BusinessDate, Money};
use serde::{Deserialize, Serialize};

use super::{Message, Notice};

/// An argument of a message: a text, a number, an amount of money, a date, a time, a list, or another message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Arg {
    /// A number; it selects the plural form.
    Number(i64),
    /// A text, unchanged.
    Text(String),
    /// Whole rupiah, shown as `Rp 12.500` in both languages.
    Rupiah {
        /// The amount.
        rupiah: i64,
    },
    /// A day, and perhaps a time, by the clock of the shop: shown as `22 Nov 2026 14:05`.
    Date {
        /// `2026-11-22` or `2026-11-22 14:05`.
        date: String,
    },
    /// A duration, shown in its two largest units.
    Seconds {
        /// The number of seconds.
        seconds: i64,
    },
    /// A list, in order.
    List(Vec<Arg>),
    /// A message, in the language of the message that contains it.
    Message(Box<Message>),
}

impl Arg {
    /// A date as it is stored; another text is shown as it is.
    pub fn date(date: impl Into<String>) -> Self {
        Self::Date { date: date.into() }
    }

    /// A list of the first `most` items, and the number of the others.
    pub fn list<A: Into<Self>>(items: impl IntoIterator<Item = A>, most: usize) -> Self {
        let mut items: Vec<Self> = items.into_iter().map(Into::into).collect();
        let more = items.len().saturating_sub(most);
        items.truncate(most);
        if more > 0 {
            items.push(Notice::More.with("count", more).into());
        }
        Self::List(items)
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

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<BusinessDate> for Arg {
    fn from(date: BusinessDate) -> Self {
        Self::date(date.to_string())
    }
}

impl From<Money> for Arg {
    fn from(amount: Money) -> Self {
        Self::Rupiah { rupiah: amount.0 }
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

/// Arguments by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Args(BTreeMap<Cow<'static, str>, Arg>);

impl Args {
    /// Whether there are no arguments.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The argument with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arg> {
        self.0.get(name)
    }

    /// Sets an argument.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: Arg) {
        self.0.insert(name.into(), value);
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Arg)> {
        self.0.iter().map(|(name, arg)| (name.as_ref(), arg))
    }
}

impl IntoIterator for Args {
    type IntoIter = std::collections::btree_map::IntoIter<Cow<'static, str>, Arg>;
    type Item = (Cow<'static, str>, Arg);

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl utoipa::PartialSchema for Args {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .description(Some("What the message names, for programs that write their own sentence."))
            .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(true)))
            .build()
            .into()
    }
}

impl utoipa::ToSchema for Args {}
