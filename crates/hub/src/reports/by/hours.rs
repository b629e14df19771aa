//! Sales by the hour of the outlet's clock: times are stored in UTC, and each outlet has its zone in its settings.
//!
//! In a zone whose offset has a part of an hour, an hour begins at that part.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::{Arg, Fault, Tx};

use super::super::daily::Period;
use super::{Figures, Groups, PLAUSIBLE_SALE};
use crate::outlets::business_day;

const ZONES: &str = "
    select s.scope, s.document from outlets o cross join shared_entities s
    where s.scope = o.outlet_id and s.entity_type = 'setting' and s.deleted = 0
    order by s.scope, s.entity_id";

/// Orders by outlet and hour of UTC, which is the beginning of a time as text.
pub(super) fn by_hour(period: &Period) -> String {
    format!(
        "select substr(coalesce(d.paid_at, d.created_at), 1, 13), d.outlet_id, count(*), cast(sum(d.total) as bigint)
         from {} and {PLAUSIBLE_SALE}
         group by d.outlet_id, substr(coalesce(d.paid_at, d.created_at), 1, 13)
         order by d.outlet_id, substr(coalesce(d.paid_at, d.created_at), 1, 13)",
        period.sales()
    )
}

pub(super) fn hours(tx: &mut Tx<'_>, period: &Period, args: &[Arg<'_>]) -> Result<Groups, Fault> {
    let zones = zones(tx)?;
    let default = business_day(None).zone;
    let mut groups = Groups::new();
    tx.all(&by_hour(period), args, |row| {
        let zone = zones.get(&*row.text(1)?).unwrap_or(&default);
        let hour = hour_in(zone, &row.text(0)?).unwrap_or_default();
        let figures = Figures { orders: Some(row.int(2)?), amount: row.int(3)?, ..Figures::default() };
        groups.entry(hour).or_default().1.add(figures);
        Ok(())
    })?;
    Ok(groups)
}

/// The hour of an outlet's clock in this hour of UTC.
fn hour_in(zone: &TimeZone, utc: &str) -> Option<String> {
    let at: Timestamp = format!("{utc}:00:00Z").parse().ok()?;
    Some(format!("{:02}", zone.to_datetime(at).hour()))
}

/// The zones of outlets by id.
fn zones(tx: &mut Tx<'_>) -> Result<BTreeMap<String, TimeZone>, Fault> {
    let rows = tx.all(ZONES, &[], |row| Ok((row.string(0)?, business_day(Some(&row.text(1)?)).zone)))?;
    Ok(rows.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_that_of_the_outlets_clock() {
        let hour = |zone: &str, utc: &str| hour_in(&TimeZone::get(zone).unwrap(), utc);
        assert_eq!(hour("Asia/Jakarta", "2026-11-22T10").as_deref(), Some("17"));
        assert_eq!(hour("Asia/Jayapura", "2026-11-22T16").as_deref(), Some("01"));
        assert_eq!(hour("Asia/Kolkata", "2026-11-22T10").as_deref(), Some("15"));
        for utc in ["", "2026-11-22", "yesterday at"] {
            assert_eq!(hour("Asia/Jakarta", utc), None, "{utc}");
        }
    }
}
