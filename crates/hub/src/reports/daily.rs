//! Figures of each outlet and business day: the orders that were paid on it, the refunds of the day, and its payments.

use std::collections::BTreeMap;

use domain::BusinessDate;
use serde::Serialize;
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;

use crate::projections::plausible;

/// One outlet's business day. Money is whole minor units (rupiah).
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Day {
    pub outlet_id: String,
    /// `YYYY-MM-DD` at the outlet.
    pub business_date: String,
    /// Orders that were paid on this day.
    pub orders: i64,
    /// Sum of the subtotals, before discount.
    pub gross: i64,
    pub discount: i64,
    pub service: i64,
    /// Tax that is added to the prices.
    pub tax: i64,
    pub rounding: i64,
    /// gross - discount + service + tax + rounding.
    pub total: i64,
    /// Payments on this day of orders that were not paid in full on it.
    pub deposits_taken: i64,
    /// What had been paid on other days of the orders of this day.
    pub deposits_used: i64,
    /// Refunds of this day, of orders of any day.
    pub refunds: i64,
    /// The money that they gave back; not in the figures above.
    pub refunded: i64,
    /// Payments of the day by method, without what was given back; they sum to total - refunded + deposits_taken -
    /// deposits_used.
    pub by_tender: BTreeMap<String, i64>,
    /// Excess payments, of orders that were paid in both copies of a restored database.
    pub overpaid: i64,
    /// Excess payments by method; they sum to `overpaid`.
    pub overpaid_by_tender: BTreeMap<String, i64>,
}

impl Day {
    /// All payments by method.
    pub(crate) fn all_payments(&self) -> BTreeMap<String, i64> {
        let mut all_payments = self.by_tender.clone();
        for (method, amount) in &self.overpaid_by_tender {
            let sum = all_payments.entry(method.clone()).or_default();
            *sum = sum.saturating_add(*amount);
        }
        all_payments.retain(|_, amount| *amount != 0);
        all_payments
    }
}

/// Outlet and days of a report.
#[derive(Debug, Clone)]
pub(crate) struct Period {
    pub from: BusinessDate,
    pub to: BusinessDate,
    pub outlet_id: Option<String>,
}

impl Period {
    /// Parameters of queries over a period: `from`, `to`, and the outlet, if any.
    pub(crate) fn texts(&self) -> [Option<String>; 3] {
        [Some(self.from.to_string()), Some(self.to.to_string()), self.outlet_id.clone()]
    }

    /// Rows of the period, keyed by outlet and date: one range for each outlet.
    pub(crate) fn rows_of(&self, table: &str) -> String {
        self.rows_by("business_date", table)
    }

    /// The sales of the period: each counts on the day on which it was paid.
    pub(crate) fn sales(&self) -> String {
        self.rows_by("paid_date", "sales")
    }

    fn rows_by(&self, date: &str, table: &str) -> String {
        let outlet = if self.outlet_id.is_some() { " and o.outlet_id = ?3" } else { "" };
        format!("outlets o cross join {table} d where d.outlet_id = o.outlet_id and d.{date} between ?1 and ?2{outlet}")
    }
}

/// The queries: figures, tenders, refunds and their tenders.
fn statements(period: &Period) -> [String; 4] {
    let order = "order by d.business_date, d.outlet_id";
    [
        format!(
            "select d.outlet_id, d.business_date, d.orders, d.gross, d.discount, d.service, d.tax, d.rounding, d.total,
               d.deposits_taken, d.deposits_used
             from {} {order}",
            period.rows_of("daily_sales")
        ),
        format!(
            "select d.outlet_id, d.business_date, d.method, d.amount, d.overpaid from {} {order}, d.method",
            period.rows_of("daily_tenders")
        ),
        format!(
            "select d.outlet_id, d.business_date, count(*), cast(sum(d.total) as bigint) from {} and {}
             group by d.outlet_id, d.business_date",
            period.rows_of("refunds"),
            plausible!("d.total")
        ),
        format!(
            "select d.outlet_id, d.business_date, d.method, cast(sum(d.amount) as bigint) from {} and {}
             group by d.outlet_id, d.business_date, d.method",
            period.rows_of("refund_tenders"),
            plausible!("d.amount")
        ),
    ]
}

/// Every day of the period with sales, refunds or payments, by date and outlet.
pub(crate) fn daily(tx: &mut Tx<'_>, period: &Period) -> Result<Vec<Day>, Fault> {
    let texts = period.texts();
    let args: Vec<Arg<'_>> = texts.iter().flatten().map(Arg::from).collect();
    let [figures, tenders, refunds, refund_tenders] = statements(period);
    let mut days = BTreeMap::new();
    tx.all(&figures, &args, |row| {
        let day = day_of(&mut days, row.string(0)?, row.string(1)?);
        (day.orders, day.gross, day.discount) = (row.int(2)?, row.int(3)?, row.int(4)?);
        (day.service, day.tax, day.rounding, day.total) = (row.int(5)?, row.int(6)?, row.int(7)?, row.int(8)?);
        (day.deposits_taken, day.deposits_used) = (row.int(9)?, row.int(10)?);
        Ok(())
    })?;
    tx.all(&tenders, &args, |row| {
        let day = day_of(&mut days, row.string(0)?, row.string(1)?);
        let (method, amount, overpaid) = (row.string(2)?, row.int(3)?, row.int(4)?);
        if overpaid != 0 {
            day.overpaid = day.overpaid.saturating_add(overpaid);
            let of_method = day.overpaid_by_tender.entry(method.clone()).or_default();
            *of_method = of_method.saturating_add(overpaid);
        }
        let of_method = day.by_tender.entry(method).or_default();
        *of_method = of_method.saturating_add(amount);
        Ok(())
    })?;
    tx.all(&refunds, &args, |row| {
        let day = day_of(&mut days, row.string(0)?, row.string(1)?);
        (day.refunds, day.refunded) = (row.int(2)?, row.int(3)?);
        Ok(())
    })?;
    tx.all(&refund_tenders, &args, |row| {
        let day = day_of(&mut days, row.string(0)?, row.string(1)?);
        let amount = day.by_tender.entry(row.string(2)?).or_default();
        *amount = amount.saturating_sub(row.int(3)?);
        Ok(())
    })?;
    let mut days: Vec<_> = days.into_values().collect();
    for day in &mut days {
        day.by_tender.retain(|_, amount| *amount != 0);
        day.overpaid_by_tender.retain(|_, amount| *amount != 0);
    }
    Ok(days)
}

/// The day of an outlet among `days`, which are sorted by date and outlet.
fn day_of(days: &mut BTreeMap<(String, String), Day>, outlet_id: String, business_date: String) -> &mut Day {
    days.entry((business_date, outlet_id)).or_insert_with_key(|(business_date, outlet_id)| Day {
        outlet_id: outlet_id.clone(),
        business_date: business_date.clone(),
        ..Day::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_period_is_one_range_for_each_outlet() {
        let date = BusinessDate::parse("2026-11-22").unwrap();
        let ways = ["PRIMARY KEY", "PRIMARY KEY", "INDEX refunds_by_date", "INDEX refund_tenders_by_date"];
        for outlet_id in [None, Some("x".to_owned())] {
            let period = Period { from: date, to: date, outlet_id: outlet_id.clone() };
            for (sql, way) in statements(&period).iter().zip(ways) {
                let range = format!("SEARCH d USING {way} (outlet_id=? AND business_date>? AND business_date<?)");
                plans::assert_reads(sql, &range);
            }
        }
    }
}
