//! Settings of the shop: business day and cash rounding.

pub mod http;
pub mod shop;

use domain::{BusinessDay, CashRounding, RoundingMode};
use jiff::tz::TimeZone;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// The default time zone.
const ZONE: &str = "Asia/Jakarta";

/// The settings that creating an order needs.
#[derive(Debug, Clone)]
pub struct Shop {
    /// When the business day begins.
    pub day: BusinessDay,
    /// How cash is rounded.
    pub rounding: CashRounding,
    /// Code in order numbers.
    pub outlet_code: Option<String>,
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

/// The shop's settings. An unknown time zone is replaced by Jakarta's, which doctor and health report.
///
/// # Errors
/// The error from SQLite.
pub fn shop(tx: &Transaction<'_>) -> Result<Shop, Fault> {
    let sql = "select s.zone, s.cutoff_minutes, s.cash_rounding_step, s.cash_rounding_mode,
          nullif(trim(c.outlet_code), '')
        from (select 1) left join settings s on s.id = 'outlet' left join outlet_config c on c.id = 1";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| {
        let zone = row.read::<Option<String>>(0)?;
        let zone = zone.as_deref().unwrap_or(ZONE);
        let rounding = match row.read::<Option<String>>(3)? {
            None => CashRounding::NONE,
            Some(value) => match RoundingMode::parse(&value) {
                Some(mode) => CashRounding { step: row.read::<Option<i64>>(2)?.unwrap_or(0), mode },
                None => {
                    tracing::error!(value, "the cash rounding mode in settings is unknown; cash is not rounded");
                    CashRounding::NONE
                }
            },
        };
        Ok(Shop {
            day: BusinessDay {
                zone: TimeZone::get(zone).or_else(|_| TimeZone::get(ZONE)).unwrap_or(TimeZone::UTC),
                cutoff_minutes: row.read::<Option<i64>>(1)?.unwrap_or(0),
            },
            rounding,
            outlet_code: row.read(4)?,
        })
    })?)
}
