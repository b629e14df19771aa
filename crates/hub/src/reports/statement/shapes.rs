//! Statements for the API description. `protocol::statement` is authoritative; a test compares both.

#![expect(dead_code, reason = "read by the API description only")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

use crate::wire_shapes::ChainRowShape;

/// One business day of an outlet: its paid orders.
#[derive(ToSchema)]
pub(crate) struct StatementShape {
    /// `YYYY-MM-DD` at the outlet.
    business_date: String,
    /// Paid orders.
    orders: i64,
    /// Their totals.
    total: i64,
    /// Payments by method, without those that sum up to 0.
    by_method: BTreeMap<String, i64>,
}

/// A day as the outlet reports it.
#[derive(ToSchema)]
pub(crate) struct ReportedDayShape {
    /// No change of the day is pending at the outlet.
    settled: bool,
    statement: StatementShape,
}

/// An outlet's report.
#[derive(ToSchema)]
pub(crate) struct StatementReportShape {
    /// Each day once, at most 100.
    days: Vec<ReportedDayShape>,
}

/// The hub's figures of these days.
#[derive(ToSchema)]
pub(crate) struct StatementsShape {
    /// The chain row; null before the first batch.
    chain: Option<ChainRowShape>,
    /// By date.
    days: Vec<StatementShape>,
}

#[cfg(test)]
mod tests {
    use protocol::statement::{ReportedDay, Statement, StatementReport, Statements};

    use super::*;
    use crate::wire_shapes::tests::{described, keys};

    #[test]
    fn the_description_is_what_travels() {
        let statement = Statement::default();
        assert_eq!(described::<StatementShape>(), keys(&statement));
        let day = ReportedDay { settled: true, statement };
        assert_eq!(described::<ReportedDayShape>(), keys(&day));
        assert_eq!(described::<StatementReportShape>(), keys(&StatementReport { days: vec![day] }));
        assert_eq!(described::<StatementsShape>(), keys(&Statements { chain: None, days: Vec::new() }));
    }
}
