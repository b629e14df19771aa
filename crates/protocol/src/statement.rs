//! What a business day came to, as each side reckons it by itself: equal figures of a settled day are the proof that no
//! money was lost or doubled on the way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::wire::ChainRow;

/// One business day of an outlet: its paid orders.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// `YYYY-MM-DD` at the outlet.
    pub business_date: String,
    /// Paid orders.
    pub orders: i64,
    /// Their totals.
    pub total: i64,
    /// Their payments: amount by method; what comes to 0 is left out.
    pub by_method: BTreeMap<String, i64>,
}

impl Statement {
    /// A day without sales.
    #[must_use]
    pub fn of(business_date: &str) -> Self {
        Self { business_date: business_date.to_owned(), ..Self::default() }
    }
}

/// A day as the outlet tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportedDay {
    /// Nothing of the day waits at the outlet: both sides must have the same.
    pub settled: bool,
    /// Its figures.
    pub statement: Statement,
}

/// What an outlet tells, and asks about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StatementReport {
    /// Each day once, at most [`MAX_DAYS`].
    pub days: Vec<ReportedDay>,
}

/// Days in one request at the most.
pub const MAX_DAYS: usize = 100;

/// What the hub has of these days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statements {
    /// Where the hub stood in the outlet's chain.
    pub chain: Option<ChainRow>,
    /// By date.
    pub days: Vec<Statement>,
}
