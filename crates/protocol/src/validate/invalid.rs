//! Why an entity is invalid: codes and their arguments. The messages here are English, for logs and for programs that
//! do not know a code.

use domain::barcode::PatternRefused;
use domain::ids::ID_REQUIREMENT;
use domain::product::ListRefused;
use domain::{CartRefused, TextRefused, money};

use super::YEARS;
use crate::entity::SINGLE_ID;
use crate::limits::{MAX_DEPTH, MAX_ENTITY_BYTES, MAX_ID_BYTES};

/// Why an entity is invalid. The message is a clause without a final period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It exceeds the size limit.
    #[error("it has {0} bytes; the limit is {MAX_ENTITY_BYTES}")]
    TooLarge(usize),
    /// It exceeds the depth limit.
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// It is not JSON, or ambiguous.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// It is JSON, but not an object.
    #[error("it is not an object")]
    NotAnObject,
    /// The document names another id.
    #[error("its id differs from the id of its item")]
    OtherId,
    /// Its id is invalid.
    #[error("its id {ID_REQUIREMENT}")]
    Id,
    /// The entity exists once per outlet, and this id is another one.
    #[error("each outlet has only one; its id must be '{SINGLE_ID}'")]
    NotSingle,
    /// An amount is out of range.
    #[error("'{0}' is out of range: it must be -{max} to {max}", max = money::MAX_AMOUNT)]
    Amount(String),
    /// A field has an invalid value.
    #[error("'{field}' {must}")]
    Field {
        /// Its name; for a field of a child row, its path.
        field: String,
        /// What is required.
        must: Requirement,
    },
    /// A required field is missing.
    #[error("the required field '{0}' is missing")]
    Missing(String),
    /// A charge that cannot be calculated, because its values contradict each other.
    #[error(transparent)]
    Charge(CartRefused),
}

/// What the value of a field must be. The message continues the sentence that begins with the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Requirement {
    /// Null is not allowed.
    #[error("must not be null")]
    NotNull,
    /// A text.
    #[error("must be text")]
    Text,
    /// A whole number.
    #[error("must be a whole number")]
    Number,
    /// A boolean.
    #[error("must be true or false")]
    Flag,
    /// A list.
    #[error("must be a list")]
    List,
    /// The entry at this index is not an object.
    #[error("must be a list of objects; [{0}] is not an object")]
    Object(usize),
    /// At most this many characters.
    #[error("is too long: at most {0} characters")]
    Length(usize),
    /// One of these words.
    #[error("must be one of {}", .0.join(", "))]
    OneOf(&'static [&'static str]),
    /// One of these numbers.
    #[error("must be one of {0:?}")]
    OneOfNumbers(&'static [i64]),
    /// A number from the first to the second.
    #[error("must be {0} to {1}")]
    Between(i64, i64),
    /// An id.
    #[error("{ID_REQUIREMENT}")]
    Id,
    /// The id of another entity.
    #[error("must be the id of an entity: 1 to {MAX_ID_BYTES} bytes without control characters")]
    Reference,
    /// A business date.
    #[error("must be a date (YYYY-MM-DD) from {} to {}", YEARS.start(), YEARS.end())]
    Date,
    /// A minute of the outlet's clock.
    #[error("must be a minute (YYYY-MM-DDTHH:MM) from {} to {}", YEARS.start(), YEARS.end())]
    LocalMinute,
    /// A time, in any format.
    #[error("must be a time")]
    Time,
    /// An IANA time zone.
    #[error("must be an IANA time zone, for example Asia/Jakarta")]
    Zone,
    /// A list with at most `most` entries; it has `count`.
    #[error("has {count} entries; the limit is {most}")]
    Entries {
        /// The number of entries.
        count: usize,
        /// The limit.
        most: usize,
    },
    /// Chosen modifiers within the limits of a line.
    #[error("has a modifier whose id, names, price or quantity is out of range")]
    Modifier,
    /// A text of the right form.
    #[error(transparent)]
    Content(TextRefused),
    /// A valid list of variants or modifier groups.
    #[error("is invalid: {0}")]
    Options(ListRefused),
    /// A valid list of barcode patterns.
    #[error("is invalid: {0}")]
    Patterns(PatternRefused),
    /// A message of the parser.
    #[error("is invalid: {0}")]
    Shape(String),
}

impl Invalid {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => TOO_LARGE,
            Self::TooDeep => TOO_DEEP,
            Self::Amount(_) => "amount_too_large",
            Self::Missing(_) => MISSING_FIELD,
            _ => INVALID_DOCUMENT,
        }
    }
}

/// The code of [`Invalid::TooLarge`].
pub const TOO_LARGE: &str = "too_large";
/// The code of [`Invalid::TooDeep`].
pub const TOO_DEEP: &str = "too_deep";
/// The code of [`Invalid::Missing`].
pub const MISSING_FIELD: &str = "missing_field";
/// The code of a document that breaks a rule.
pub const INVALID_DOCUMENT: &str = "invalid_document";
