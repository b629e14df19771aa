//! How this shop counts its days and rounds its cash, and where head office is.

pub mod http;
pub mod shop;

use domain::{BusinessDay, CashRounding, RoundingMode};
use jiff::tz::TimeZone;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// The zone of a shop that has set none.
const ZONE: &str = "Asia/Jakarta";

/// What taking an order needs to know of the shop.
#[derive(Debug, Clone)]
pub struct Shop {
    /// When its days begin.
    pub day: BusinessDay,
    /// How it rounds cash.
    pub rounding: CashRounding,
    /// Stands in order numbers.
    pub outlet_code: Option<String>,
}

/// The zone that is set and that this machine does not know, and the one that is in force instead.
///
/// # Errors
/// What SQLite said.
pub fn unknown_zone(tx: &Transaction<'_>) -> Result<Option<(String, &'static str)>, Fault> {
    let mut statement = tx.prepare_cached("select zone from settings where id = 'outlet'")?;
    let mut rows =
        statement.query_map([], |row| Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned()))?;
    let set = rows.next().transpose()?;
    Ok(set.filter(|zone| TimeZone::get(zone).is_err()).map(|zone| (zone, ZONE)))
}

/// The shop's settings. A zone that this machine does not know counts as Jakarta's, and is
/// told by doctor and health.
///
/// # Errors
/// What SQLite said.
pub fn shop(tx: &Transaction<'_>) -> Result<Shop, Fault> {
    let sql = "select s.zone, s.cutoff_minutes, s.cash_rounding_step, s.cash_rounding_mode,
          nullif(trim(c.outlet_code), '')
        from (select 1) left join settings s on s.id = 'outlet' left join outlet_config c on c.id = 1";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| {
        let zone = row.read::<Option<String>>(0)?;
        let zone = zone.as_deref().unwrap_or(ZONE);
        let rounding = match row.read::<Option<String>>(3)? {
            None => CashRounding::NONE,
            Some(word) => match RoundingMode::parse(&word) {
                Some(mode) => CashRounding { step: row.read::<Option<i64>>(2)?.unwrap_or(0), mode },
                None => {
                    tracing::error!(word, "the settings round cash in an unknown way; it is not rounded");
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
