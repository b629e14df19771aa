//! Assigns order numbers. Numbers are never reused, whatever happens to the database.

use domain::BusinessDate;
use domain::order::order_number;
use protocol::limits::MAX_ORDER_NUMBER_CHARS;
use protocol::validate::cut;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// The next number of a business date.
///
/// # Errors
/// The error from SQLite.
pub fn next(tx: &Transaction<'_>, outlet_code: &str, date: BusinessDate) -> Result<String, Fault> {
    let sql = "insert into order_numbers (business_date, next) values (?1, 2)
        on conflict (business_date) do update set next = next + 1
        returning coalesce((select series from number_series where id = 1), 0), next - 1";
    let (series, sequence) =
        tx.prepare_cached(sql)?.query_row([date.to_string()], |row| Ok((row.read(0)?, row.read(1)?)))?;
    // An overlong code from the sqlite3 shell is cut, so that the number stays valid.
    let code = cut(outlet_code.to_owned(), MAX_ORDER_NUMBER_CHARS / 2);
    Ok(order_number(&code, date, series, sequence))
}
