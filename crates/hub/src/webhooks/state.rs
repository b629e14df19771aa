//! State of an endpoint.

use serde::Serialize;
use store::{Fault, Row};
use utoipa::ToSchema;

/// The state of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = WebhookState)]
pub enum EndpointState {
    /// It answers, or has failed only recently.
    Active,
    /// It has failed for three days, and is retried once a day.
    Failing,
    /// It answered 410, and is retried once a day.
    Gone,
    /// The database has an unknown value: the endpoint is retried once a day until its address is set again.
    Unknown,
}

impl EndpointState {
    /// Its name in the database and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Failing => "failing",
            Self::Gone => "gone",
            Self::Unknown => "unknown",
        }
    }

    /// The state in a column, if there is an endpoint.
    pub(crate) fn of(row: &Row<'_>, column: usize) -> Result<Option<Self>, Fault> {
        let known =
            |word: &str| [Self::Active, Self::Failing, Self::Gone].into_iter().find(|state| state.as_str() == word);
        Ok(row.maybe_text(column)?.map(|word| known(&word).unwrap_or(Self::Unknown)))
    }
}
