//! The money of each outlet and day by payment method, beside what was counted when the shifts of the day were closed.

use std::collections::BTreeMap;

use domain::Method;
use serde::Serialize;
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;
use web::Word;

use super::daily::Period;
use crate::projections::plausible;

/// The money of a payment method on an outlet's business day. Amounts are whole minor units (rupiah).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HqTenderOfDay {
    outlet_id: String,
    /// `YYYY-MM-DD` at the outlet.
    business_date: String,
    /// Another word if a newer outlet sent it.
    #[schema(value_type = Method)]
    method: Word<Method>,
    /// Payments received, without change.
    payments: i64,
    /// Payments taken back, negative.
    reversals: i64,
    /// What refunds gave back.
    refunds: i64,
    /// Payments that nobody has confirmed yet, of `payments`.
    unconfirmed: i64,
    /// What should have been there by the shifts that were opened on this day and are closed; for cash with everything that
    /// was in the drawers. Null: no such shift.
    expected: Option<i64>,
    /// What was counted in them; null: nothing was counted.
    counted: Option<i64>,
}

#[derive(Default)]
struct Sums {
    received: i64,
    reversals: i64,
    refunds: i64,
    unconfirmed: i64,
    expected: Option<i64>,
    counted: Option<i64>,
}

/// The queries: all payments, those in doubt, refunds, and what was counted.
fn statements(period: &Period) -> [String; 4] {
    let columns = "d.business_date, d.outlet_id, d.method";
    let summed = |table: &str, sums: &str, plausible: &str| {
        format!("select {columns}, {sums} from {} and {plausible} group by {columns}", period.rows_of(table))
    };
    [
        format!(
            "select {columns}, d.amount + d.overpaid, cast(0 as bigint) from {} and {}",
            period.rows_of("daily_tenders"),
            concat!(plausible!("d.amount"), " and ", plausible!("d.overpaid"))
        ),
        summed(
            "sale_tenders",
            "cast(sum(d.reversed) as bigint), cast(sum(d.unconfirmed) as bigint)",
            concat!(
                "(d.reversed <> 0 or d.unconfirmed <> 0) and ",
                plausible!("d.reversed"),
                " and ",
                plausible!("d.unconfirmed")
            ),
        ),
        summed("refund_tenders", "cast(sum(d.amount) as bigint), cast(0 as bigint)", plausible!("d.amount")),
        summed(
            "shift_tenders",
            "cast(sum(d.expected) as bigint), cast(sum(d.counted) as bigint)",
            concat!(plausible!("d.expected"), " and ", plausible!("coalesce(d.counted, 0)")),
        ),
    ]
}

/// The money of a period, by date, outlet and method.
pub(crate) fn tenders(tx: &mut Tx<'_>, period: &Period) -> Result<Vec<HqTenderOfDay>, Fault> {
    let texts = period.texts();
    let args: Vec<Arg<'_>> = texts.iter().flatten().map(Arg::from).collect();
    let mut found = BTreeMap::<[String; 3], Sums>::new();
    let [received, in_doubt, refunds, counted] = statements(period);
    let mut read = |sql: &str, add: fn(&mut Sums, i64, Option<i64>)| -> Result<(), Fault> {
        let rows = tx.all(sql, &args, |row| {
            Ok(([row.string(0)?, row.string(1)?, row.string(2)?], row.int(3)?, row.maybe_int(4)?))
        })?;
        for (key, first, second) in rows {
            add(found.entry(key).or_default(), first, second);
        }
        Ok(())
    };
    read(&received, |sums, amount, _| sums.received = amount)?;
    read(&in_doubt, |sums, reversed, unconfirmed| {
        (sums.reversals, sums.unconfirmed) = (reversed, unconfirmed.unwrap_or_default());
    })?;
    read(&refunds, |sums, amount, _| sums.refunds = amount)?;
    read(&counted, |sums, expected, counted| (sums.expected, sums.counted) = (Some(expected), counted))?;
    let named = |([business_date, outlet_id, method], sums): ([String; 3], Sums)| HqTenderOfDay {
        outlet_id,
        business_date,
        method: Word::of(method),
        payments: sums.received.saturating_sub(sums.reversals),
        reversals: sums.reversals,
        refunds: sums.refunds,
        unconfirmed: sums.unconfirmed,
        expected: sums.expected,
        counted: sums.counted,
    };
    Ok(found.into_iter().map(named).collect())
}

#[cfg(test)]
mod tests {
    use domain::BusinessDate;

    use super::*;
    use crate::plans;

    #[test]
    fn a_period_is_read_by_outlet_and_date() {
        let date = |text| BusinessDate::parse(text).unwrap();
        for outlet_id in [None, Some("o".to_owned())] {
            let period = Period { from: date("2026-11-01"), to: date("2026-11-30"), outlet_id };
            let indexes = [
                "PRIMARY KEY",
                "INDEX sale_tenders_in_doubt",
                "INDEX refund_tenders_by_date",
                "INDEX shift_tenders_by_date",
            ];
            for (sql, key) in statements(&period).iter().zip(indexes) {
                let search = format!("SEARCH d USING {key} (outlet_id=? AND business_date>? AND business_date<?)");
                plans::assert_reads(sql, &search);
            }
        }
    }
}
