//! Taxes of a period, by outlet, day, name and rate: what the tax office asks for.

use std::collections::BTreeMap;

use serde::Serialize;
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;

use super::daily::Period;
use crate::projections::plausible;

/// A tax of an outlet's business day, by name and rate. Money is whole minor units (rupiah).
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct TaxOfDay {
    pub outlet_id: String,
    /// `YYYY-MM-DD` at the outlet.
    pub business_date: String,
    /// Name on the receipts.
    pub name: String,
    /// Hundredths of a percent.
    pub rate_bp: i64,
    /// Inside the prices.
    pub inclusive: bool,
    /// What was taxed in the sales of the day.
    pub base: i64,
    /// Tax of the sales of the day.
    pub amount: i64,
    /// What was taxed of the refunds of the day; not taken off `base`.
    pub refunded_base: i64,
    /// Tax that the refunds of the day gave back; not taken off `amount`.
    pub refunded_amount: i64,
}

const PLAUSIBLE: &str = concat!(plausible!("d.base"), " and ", plausible!("d.amount"));

/// The queries: taxes of sales, and of refunds.
fn statements(period: &Period) -> [String; 2] {
    let columns = "d.business_date, d.outlet_id, d.name, d.rate_bp, d.inclusive";
    ["daily_taxes", "refund_taxes"].map(|table| {
        format!(
            "select {columns}, cast(sum(d.base) as bigint), cast(sum(d.amount) as bigint) from {} and {PLAUSIBLE}
             group by {columns}",
            period.rows_of(table)
        )
    })
}

/// The taxes of a period, by date, outlet, name and rate.
pub(crate) fn taxes(tx: &mut Tx<'_>, period: &Period) -> Result<Vec<TaxOfDay>, Fault> {
    let texts = period.texts();
    let args: Vec<Arg<'_>> = texts.iter().flatten().map(Arg::from).collect();
    let mut found = BTreeMap::<(String, String, String, i64, bool), TaxOfDay>::new();
    for (sql, is_refund) in statements(period).iter().zip([false, true]) {
        let rows = tx.all(sql, &args, |row| {
            let key = (row.string(0)?, row.string(1)?, row.string(2)?, row.int(3)?, row.flag(4)?);
            Ok((key, row.int(5)?, row.int(6)?))
        })?;
        for (key, base, amount) in rows {
            let tax = found.entry(key).or_default();
            if is_refund {
                (tax.refunded_base, tax.refunded_amount) = (base, amount);
            } else {
                (tax.base, tax.amount) = (base, amount);
            }
        }
    }
    let named = |((business_date, outlet_id, name, rate_bp, inclusive), tax)| TaxOfDay {
        outlet_id,
        business_date,
        name,
        rate_bp,
        inclusive,
        ..tax
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
            for (sql, key) in statements(&period).iter().zip(["PRIMARY KEY", "INDEX refund_taxes_by_date"]) {
                plans::assert_reads(
                    sql,
                    &format!("SEARCH d USING {key} (outlet_id=? AND business_date>? AND business_date<?)"),
                );
            }
        }
    }
}
