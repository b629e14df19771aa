//! What people gave away in a period: voids, discounts, compliments and refunds, by outlet and user.

use std::collections::BTreeMap;

use serde::Serialize;
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;

use super::by::user_names;
use super::daily::Period;
use crate::projections::plausible;

/// What a user of an outlet did in a period, in number and amount.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct HqOfUser {
    outlet_id: String,
    /// The user; null: unknown.
    user_id: Option<String>,
    /// The user's name, if the user still exists.
    name: Option<String>,
    /// Orders voided before they were paid, by the user who requested the void.
    voided_orders: HqDeeds,
    /// Lines voided after they were sent to be prepared, at list price.
    voided_lines: HqDeeds,
    /// Discounts of sales.
    discounts: HqDeeds,
    /// Compliments of sales, at list price.
    compliments: HqDeeds,
    /// Refunds.
    refunds: HqDeeds,
}

/// Number and amount, in whole minor units (rupiah).
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub(crate) struct HqDeeds {
    /// How many.
    count: i64,
    /// What they came to.
    amount: i64,
}

/// The queries: deeds of orders, and refunds.
fn statements(period: &Period) -> [String; 2] {
    [
        format!(
            "select d.outlet_id, d.user_id, d.kind, cast(sum(d.deeds) as bigint), cast(sum(d.amount) as bigint)
             from {} and {} group by d.outlet_id, d.user_id, d.kind",
            period.rows_of("sale_deeds"),
            concat!(plausible!("d.deeds"), " and ", plausible!("d.amount"))
        ),
        format!(
            "select d.outlet_id, coalesce(d.cashier_id, ''), 'refund', count(*), cast(sum(d.total) as bigint)
             from {} and {} group by d.outlet_id, coalesce(d.cashier_id, '')",
            period.rows_of("refunds"),
            plausible!("d.total")
        ),
    ]
}

/// What each user did in a period, by outlet; users who did nothing are absent.
pub(crate) fn people(tx: &mut Tx<'_>, period: &Period) -> Result<Vec<HqOfUser>, Fault> {
    let texts = period.texts();
    let args: Vec<Arg<'_>> = texts.iter().flatten().map(Arg::from).collect();
    let mut found = BTreeMap::<(String, String), HqOfUser>::new();
    for sql in &statements(period) {
        let rows = tx.all(sql, &args, |row| {
            let deeds = HqDeeds { count: row.int(3)?, amount: row.int(4)? };
            Ok(((row.string(0)?, row.string(1)?), row.string(2)?, deeds))
        })?;
        for (key, kind, deeds) in rows {
            let user = found.entry(key).or_default();
            match kind.as_str() {
                "voided_order" => user.voided_orders = deeds,
                "voided_line" => user.voided_lines = deeds,
                "discount" => user.discounts = deeds,
                "compliment" => user.compliments = deeds,
                "refund" => user.refunds = deeds,
                _ => {}
            }
        }
    }
    let names = user_names(tx)?;
    let named = |((outlet_id, user_id), user): ((String, String), HqOfUser)| HqOfUser {
        outlet_id,
        name: names.get(&user_id).cloned(),
        user_id: Some(user_id).filter(|id| !id.is_empty()),
        ..user
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
            for (sql, index) in statements(&period).iter().zip(["sale_deeds_by_date", "refunds_by_date"]) {
                let search =
                    format!("SEARCH d USING INDEX {index} (outlet_id=? AND business_date>? AND business_date<?)");
                plans::assert_reads(sql, &search);
            }
        }
    }
}
