//! Settings of the shop: business day and cash rounding.

pub mod http;
pub mod shop;

use access::business_day::{DEFAULT_ZONE, business_day};
use domain::{BusinessDay, CashRounding, RoundingMode};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// The default time zone.
const ZONE: &str = DEFAULT_ZONE;

/// The settings that creating an order needs.
#[derive(Debug, Clone)]
pub struct Shop {
    /// When the business day begins.
    pub day: BusinessDay,
    /// How cash is rounded.
    pub rounding: CashRounding,
    /// Code in order numbers.
    pub outlet_code: Option<String>,
    /// Cash is only taken while a shift of a drawer is open.
    pub shift_required: bool,
}

/// The configured time zone if this machine does not know it, and the one used instead.
///
/// # Errors
/// The error from SQLite.
pub fn unknown_zone(tx: &Transaction<'_>) -> Result<Option<(String, &'static str)>, Fault> {
    let mut statement = tx.prepare_cached("select zone from settings where id = 'outlet'")?;
    let mut rows =
        statement.query_map([], |row| Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned()))?;
    let stored_zone = rows.next().transpose()?;
    Ok(stored_zone.filter(|zone| TimeZone::get(zone).is_err()).map(|zone| (zone, ZONE)))
}

/// A stored time by the shop's clock; unchanged if it cannot be read.
pub(crate) fn local_time(tx: &Transaction<'_>, at: &str) -> String {
    let local = |at: Timestamp| {
        let zone = shop(tx).ok()?.day.zone;
        Some(zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string())
    };
    at.parse().ok().and_then(local).unwrap_or_else(|| at.to_owned())
}

/// The shop's settings. An unknown time zone is replaced by Jakarta's, which doctor and health report.
///
/// # Errors
/// The error from SQLite.
pub fn shop(tx: &Transaction<'_>) -> Result<Shop, Fault> {
    let day = business_day(tx)?;
    let sql = "select s.cash_rounding_step, s.cash_rounding_mode, nullif(trim(c.outlet_code), ''),
          coalesce(s.shift_required, 0)
        from (select 1) left join settings s on s.id = 'outlet' left join outlet_config c on c.id = 1";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| {
        let rounding = match row.read::<Option<String>>(1)? {
            None => CashRounding::NONE,
            Some(value) => match RoundingMode::parse(&value) {
                Some(mode) => CashRounding { step: row.read::<Option<i64>>(0)?.unwrap_or(0), mode },
                None => {
                    tracing::error!(value, "the cash rounding mode in settings is unknown; cash is not rounded");
                    CashRounding::NONE
                }
            },
        };
        Ok(Shop { day, rounding, outlet_code: row.read(2)?, shift_required: row.read(3)? })
    })?)
}
