//! Warnings in the answer to a change: the change was made, and a person should look at something.

use domain::duplicates::UniqueField;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Args, Localized, Message, Notice};

/// Something that a person should look at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Warning {
    /// Stable code.
    pub code: String,
    /// What the message names.
    pub args: Args,
    /// What to do, in the language of `Accept-Language`: English or Indonesian.
    pub message: Localized,
}

impl Warning {
    /// A value that another row also has; `other` is the name of that row.
    #[must_use]
    pub fn duplicate(field: &UniqueField, value: &str, other: &str) -> Self {
        let message = Notice::DuplicateValue.with("entity", field.entity).with("field", field.field);
        message.with("value", value).with("name", other).into()
    }
}

impl From<Message> for Warning {
    fn from(message: Message) -> Self {
        Self { code: message.code().to_owned(), args: message.args().clone(), message: Localized(message) }
    }
}
