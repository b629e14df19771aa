//! Enums of `domain` in requests and answers. Both have the API description of the enum.
//!
//! A [`Choice`] is a word in a request, and an unknown one is refused with the code of its field. A [`Word`] is a stored
//! word in an answer, and an unknown one (from a newer version, or a damaged row) is shown as stored. Neither has a
//! default.

use std::fmt;
use std::marker::PhantomData;

use domain::StringEnum;
use serde::{Deserialize, Serialize, Serializer};

use crate::{ApiError, Code, Problem};

/// A stored word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word<T> {
    /// A name of `T`.
    Known(T),
    /// Another text, as stored.
    Unknown(String),
}

impl<T: StringEnum> Word<T> {
    /// Reads a stored text.
    #[must_use]
    pub fn of(text: String) -> Self {
        T::parse(&text).map_or(Self::Unknown(text), Self::Known)
    }

    /// The variant; `None` for an unknown word.
    #[must_use]
    pub fn known(&self) -> Option<T> {
        match self {
            Self::Known(word) => Some(*word),
            Self::Unknown(_) => None,
        }
    }

    /// The word as stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(word) => word.as_str(),
            Self::Unknown(text) => text,
        }
    }
}

impl<T: StringEnum> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<T: StringEnum> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A word in a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Choice<T> {
    text: String,
    #[serde(skip)]
    of: PhantomData<T>,
}

impl<T: StringEnum> Choice<T> {
    /// The variant.
    ///
    /// # Errors
    /// 422 with this code, and a problem of the field that lists the choices.
    pub fn check(&self, code: Code, field: &str) -> Result<T, ApiError> {
        T::parse(&self.text).ok_or_else(|| code.field(field, Problem::NotAllowed.with("choices", T::NAMES.join(", "))))
    }
}

/// [`Choice::check`] of a field that may be absent.
///
/// # Errors
/// As [`Choice::check`].
pub fn optional<T: StringEnum>(choice: Option<&Choice<T>>, code: Code, field: &str) -> Result<Option<T>, ApiError> {
    choice.map(|choice| choice.check(code, field)).transpose()
}

#[cfg(test)]
mod tests {
    use domain::OrderType;

    use super::*;

    #[test]
    fn an_unknown_stored_word_is_shown_as_stored() {
        let known = Word::<OrderType>::of("delivery".to_owned());
        assert_eq!((known.known(), known.as_str()), (Some(OrderType::Delivery), "delivery"));
        let unknown = Word::<OrderType>::of("Delivery".to_owned());
        assert_eq!((unknown.known(), unknown.as_str()), (None, "Delivery"));
        assert_eq!(serde_json::to_string(&[known, unknown]).unwrap(), r#"["delivery","Delivery"]"#);
    }

    #[test]
    fn an_unknown_choice_is_refused_with_the_choices() {
        let choice = |text: &str| serde_json::from_value::<Choice<OrderType>>(text.into()).unwrap();
        assert_eq!(choice("delivery").check(Code::InvalidOrderType, "order_type").unwrap(), OrderType::Delivery);
        let refused = choice("courier").check(Code::InvalidOrderType, "order_type").unwrap_err();
        assert_eq!(refused.code(), "invalid_order_type");
        assert!(refused.message().contains("delivery"), "{}", refused.message());
        assert!(serde_json::from_str::<Choice<OrderType>>("null").is_err());
    }
}
