//! Decisions that head office can make about an item or update in an outlet's quarantine, and their ids.

use serde::Serialize;
use utoipa::ToSchema;

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The outlet retries it.
    Retry,
    /// The outlet stops retrying it.
    Discard,
    /// The hub keeps the acknowledged sale, and the outlet restores it.
    Keep,
}

impl Action {
    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Retry, Self::Discard, Self::Keep].into_iter().find(|action| action.as_str() == word)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Discard => "discard",
            Self::Keep => "keep",
        }
    }
}

/// The id of a decision about a quarantined item.
pub(super) fn item_id(entity_type: &str, entity_id: &str) -> String {
    format!("{entity_type}/{entity_id}")
}

/// The id of a decision about an unapplied update.
pub(super) fn update_id(entity_type: &str, entity_id: &str) -> String {
    format!("update/{entity_type}/{entity_id}")
}
