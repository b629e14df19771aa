//! Payments that nobody has confirmed, by outlet and age: money that a bank or wallet may not have received.

use std::collections::BTreeMap;

use axum::extract::State;
use domain::BusinessDate;
use jiff::Timestamp;
use serde::Serialize;
use store::{Fault, Store, Tx};
use utoipa::ToSchema;
use web::{ApiError, List, time};

use crate::outlets::business_day;
use crate::projections::plausible;
use crate::staff::User;

/// Unconfirmed payments of an outlet, by the days since their business date. Amounts are whole minor units (rupiah).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HqUnconfirmed {
    outlet_id: String,
    /// The first business date that has some, `YYYY-MM-DD` at the outlet.
    oldest_date: String,
    /// All of them.
    amount: i64,
    /// Of today and yesterday at the outlet.
    up_to_1_day: i64,
    /// Older, of the last seven days.
    up_to_7_days: i64,
    /// Of earlier days.
    older: i64,
}

/// In doubt is the condition of an index.
const BY_DAY: &str = concat!(
    "select d.outlet_id, d.business_date, cast(sum(d.unconfirmed) as bigint) from sale_tenders d
     where (d.reversed <> 0 or d.unconfirmed <> 0) and d.unconfirmed <> 0 and ",
    plausible!("d.unconfirmed"),
    " group by d.outlet_id, d.business_date order by d.outlet_id, d.business_date"
);
const SETTINGS: &str = "
    select s.scope, s.document from outlets o cross join shared_entities s
    where s.scope = o.outlet_id and s.entity_type = 'setting' and s.deleted = 0
    order by s.scope, s.entity_id";

/// The outlets with unconfirmed payments, those with the oldest first.
fn unconfirmed(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<HqUnconfirmed>, Fault> {
    let settings = tx.all(SETTINGS, &[], |row| Ok((row.string(0)?, row.string(1)?)))?;
    let settings: BTreeMap<_, _> = settings.into_iter().collect();
    let days = tx.all(BY_DAY, &[], |row| Ok((row.string(0)?, row.string(1)?, row.int(2)?)))?;
    let mut found: Vec<HqUnconfirmed> = Vec::new();
    for (outlet_id, date, amount) in days {
        let today = business_day(settings.get(&outlet_id).map(String::as_str)).date_at(now);
        if found.last().is_none_or(|last| last.outlet_id != outlet_id) {
            let (oldest_date, none) = (date.clone(), 0);
            let new = HqUnconfirmed {
                outlet_id,
                oldest_date,
                amount: none,
                up_to_1_day: none,
                up_to_7_days: none,
                older: none,
            };
            found.push(new);
        }
        if let Some(outlet) = found.last_mut() {
            let of_age = match age_days(&date, today) {
                ..=1 => &mut outlet.up_to_1_day,
                2..=7 => &mut outlet.up_to_7_days,
                _ => &mut outlet.older,
            };
            *of_age = of_age.saturating_add(amount);
            outlet.amount = outlet.amount.saturating_add(amount);
        }
    }
    found.sort_by(|one, two| one.oldest_date.cmp(&two.oldest_date));
    Ok(found)
}

/// Days from a date to today. A date that cannot be read counts as old: somebody should look at it.
fn age_days(date: &str, today: BusinessDate) -> i64 {
    BusinessDate::parse(date).map_or(i64::MAX, |date| i64::from((today.date() - date.date()).get_days()))
}

/// Lists the outlets with payments that nobody has confirmed, those with the oldest first.
#[utoipa::path(
    get,
    path = "/v1/hq/reports/unconfirmed",
    tag = "head office",
    operation_id = "unconfirmed_payments",
    responses(
        (status = 200, description = "The outlets", body = List<HqUnconfirmed>),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_unconfirmed(_: User, State(store): State<Store>) -> Result<List<HqUnconfirmed>, ApiError> {
    Ok(List::new(store.read(move |tx| unconfirmed(tx, time::now())).await?, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn only_payments_in_doubt_are_read() {
        plans::assert_reads(BY_DAY, "SCAN d USING INDEX sale_tenders_in_doubt");
    }

    #[test]
    fn age_counts_business_dates_and_a_damaged_date_is_old() {
        let today = BusinessDate::parse("2026-12-01").unwrap();
        assert_eq!(age_days("2026-12-01", today), 0);
        assert_eq!(age_days("2026-11-24", today), 7);
        assert_eq!(age_days("2026-12-02", today), -1, "the outlet's clock is ahead");
        assert_eq!(age_days("kemarin", today), i64::MAX);
    }
}
