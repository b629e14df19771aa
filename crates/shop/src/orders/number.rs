//! The next human number of a business day. Numbers are never reused, whatever happens to the database.

use domain::BusinessDate;
use domain::order::order_number;
use protocol::limits::MAX_ORDER_NUMBER_CHARS;
use protocol::validate::cut;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// Takes the next number of a day.
///
/// # Errors
/// What SQLite said.
pub fn next(tx: &Transaction<'_>, outlet_code: &str, date: BusinessDate) -> Result<String, Fault> {
    let sql = "insert into order_numbers (business_date, next) values (?1, 2)
        on conflict (business_date) do update set next = next + 1
        returning coalesce((select series from number_series where id = 1), 0), next - 1";
    let (series, sequence) =
        tx.prepare_cached(sql)?.query_row([date.to_string()], |row| Ok((row.read(0)?, row.read(1)?)))?;
    // A code that somebody has made too long in the shell is cut, for its number must stay one.
    let code = cut(outlet_code.to_owned(), MAX_ORDER_NUMBER_CHARS / 2);
    Ok(order_number(&code, date, series, sequence))
}
