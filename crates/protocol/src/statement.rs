//! The figures of a business day, calculated by both sides independently: equal figures of a settled day prove that no
//! money was lost or doubled in sync.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::wire::ChainRow;

/// The sales, refunds and payments of one business day of an outlet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// `YYYY-MM-DD` at the outlet.
    pub business_date: String,
    /// Number of orders that were paid on this day.
    pub orders: i64,
    /// Sum of their totals.
    pub total: i64,
    /// Number of refunds of this day.
    pub refunds: i64,
    /// Sum of the money that they gave back.
    pub refunded: i64,
    /// Sum of the payments of this day by method, also of orders that are open or were paid on another day, minus what
    /// its refunds gave back; without methods that add up to 0.
    pub by_method: BTreeMap<String, i64>,
}

impl Statement {
    /// A day without sales and payments.
    #[must_use]
    pub fn of(business_date: &str) -> Self {
        Self { business_date: business_date.to_owned(), ..Self::default() }
    }
}

/// A day as reported by the outlet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportedDay {
    /// No change of this day is pending at the outlet, so both sides must match.
    pub settled: bool,
    /// Its figures.
    pub statement: Statement,
}

/// The days that an outlet reports and wants compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StatementReport {
    /// At most 100 days, each once.
    pub days: Vec<ReportedDay>,
}

/// Maximum days in one request.
pub const MAX_DAYS: usize = 100;

/// The hub's figures of these days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statements {
    /// The outlet's chain row at the time of the comparison; null before the first batch.
    pub chain: Option<ChainRow>,
    /// By date.
    pub days: Vec<Statement>,
}
