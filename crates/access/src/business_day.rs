//! The business day of the shop, by its settings.

use domain::{BusinessDate, BusinessDay};
use jiff::tz::TimeZone;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// The time zone of a shop without a valid one.
pub const DEFAULT_ZONE: &str = "Asia/Jakarta";

/// The business day in force. If the settings row is missing, it ends at midnight.
///
/// # Errors
/// The error from SQLite.
pub fn business_day(tx: &Transaction<'_>) -> Result<BusinessDay, Fault> {
    let sql = "select s.zone, s.cutoff_minutes, (select max(business_date) from shifts where status = 'open')
        from (select 1) left join settings s on s.id = 'outlet'";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| {
        let zone = row.read::<Option<String>>(0)?;
        let zone = zone.as_deref().unwrap_or(DEFAULT_ZONE);
        Ok(BusinessDay {
            zone: TimeZone::get(zone).or_else(|_| TimeZone::get(DEFAULT_ZONE)).unwrap_or(TimeZone::UTC),
            cutoff_minutes: row.read::<Option<i64>>(1)?.unwrap_or(0),
            not_before: row.read::<Option<String>>(2)?.as_deref().and_then(BusinessDate::parse),
        })
    })?)
}
