//! The money of each outlet and day by payment method and tender, beside what was counted when the shifts of the day were closed.

use std::collections::BTreeMap;

use domain::Method;
use serde::Serialize;
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;
use web::Word;

use super::daily::Period;
use crate::projections::plausible;

/// The money of a payment method and tender on an outlet's business day. Amounts are whole minor units (rupiah).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HqTenderOfDay {
    outlet_id: String,
    /// `YYYY-MM-DD` at the outlet.
    business_date: String,
    /// Another word if a newer outlet sent it.
    #[schema(value_type = Method)]
    method: Word<Method>,
    /// Id of the tender; null: payments without one.
    tender_id: Option<String>,
    /// Its name in these payments.
    tender_name: Option<String>,
    /// Payments received, without change.
    payments: i64,
    /// Payments taken back, negative.
    reversals: i64,
    /// What refunds gave back.
    refunds: i64,
    /// Payments that nobody has confirmed yet, of `payments`.
    unconfirmed: i64,
    /// What should have been there by the shifts that were opened on this day and are closed; for cash with everything that
    /// was in the drawers, in the row without a tender. Null: no such shift.
    expected: Option<i64>,
    /// What was counted in them; null: nothing was counted.
    counted: Option<i64>,
}

#[derive(Default)]
struct Sums {
    name: String,
    received: i64,
    reversals: i64,
    refunds: i64,
    unconfirmed: i64,
    expected: Option<i64>,
    counted: Option<i64>,
}

/// The queries: all payments, those in doubt, refunds, and what was counted.
fn statements(period: &Period) -> [String; 4] {
    let columns = "d.business_date, d.outlet_id, d.method, d.tender_id, d.tender_name";
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

/// The money of a period, by date, outlet, method and tender. If a tender was renamed, the last name in the alphabet is
/// shown, as at the outlet.
pub(crate) fn tenders(tx: &mut Tx<'_>, period: &Period) -> Result<Vec<HqTenderOfDay>, Fault> {
    let texts = period.texts();
    let args: Vec<Arg<'_>> = texts.iter().flatten().map(Arg::from).collect();
    let mut found = BTreeMap::<[String; 4], Sums>::new();
    let [received, in_doubt, refunds, counted] = statements(period);
    let mut read = |sql: &str, add: fn(&mut Sums, i64, Option<i64>)| -> Result<(), Fault> {
        let rows = tx.all(sql, &args, |row| {
            let key = [row.string(0)?, row.string(1)?, row.string(2)?, row.string(3)?];
            Ok((key, row.string(4)?, row.int(5)?, row.maybe_int(6)?))
        })?;
        for (key, name, first, second) in rows {
            let sums = found.entry(key).or_default();
            sums.name = std::mem::take(&mut sums.name).max(name);
            add(sums, first, second);
        }
        Ok(())
    };
    read(&received, |sums, amount, _| add(&mut sums.received, amount))?;
    read(&in_doubt, |sums, reversed, unconfirmed| {
        add(&mut sums.reversals, reversed);
        add(&mut sums.unconfirmed, unconfirmed.unwrap_or_default());
    })?;
    read(&refunds, |sums, amount, _| add(&mut sums.refunds, amount))?;
    read(&counted, |sums, expected, counted| {
        add(sums.expected.get_or_insert(0), expected);
        if let Some(counted) = counted {
            add(sums.counted.get_or_insert(0), counted);
        }
    })?;
    let filled = |text: String| (!text.is_empty()).then_some(text);
    let named = |([business_date, outlet_id, method, tender_id], sums): ([String; 4], Sums)| HqTenderOfDay {
        outlet_id,
        business_date,
        method: Word::of(method),
        tender_id: filled(tender_id),
        tender_name: filled(sums.name),
        payments: sums.received.saturating_sub(sums.reversals),
        reversals: sums.reversals,
        refunds: sums.refunds,
        unconfirmed: sums.unconfirmed,
        expected: sums.expected,
        counted: sums.counted,
    };
    Ok(found.into_iter().map(named).collect())
}

fn add(sum: &mut i64, amount: i64) {
    *sum = sum.saturating_add(amount);
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
