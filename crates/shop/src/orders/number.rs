//! Assigns the numbers of orders and refunds. Numbers are never reused, whatever happens to the database.

use domain::BusinessDate;
use domain::order::{MAX_QUEUE_NO, order_number, refund_number};
use protocol::limits::MAX_ORDER_NUMBER_CHARS;
use protocol::validate::cut;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// The next number of an order on a business date.
///
/// # Errors
/// The error from SQLite.
pub fn next(tx: &Transaction<'_>, outlet_code: &str, date: BusinessDate) -> Result<String, Fault> {
    let (series, sequence) = count(tx, "order_numbers", date)?;
    Ok(order_number(&fitting(outlet_code), date, series, sequence))
}

/// The next number of a refund on a business date.
///
/// # Errors
/// The error from SQLite.
pub fn next_refund(tx: &Transaction<'_>, outlet_code: &str, date: BusinessDate) -> Result<String, Fault> {
    let (series, sequence) = count(tx, "refund_numbers", date)?;
    Ok(refund_number(&fitting(outlet_code), date, series, sequence))
}

/// The number by which the next order without a table is called on a business date. It follows the largest in use: void
/// orders keep theirs, so none is given twice.
///
/// # Errors
/// The error from SQLite.
pub fn next_queue_no(tx: &Transaction<'_>, date: BusinessDate) -> Result<i64, Fault> {
    let sql = "select coalesce(max(queue_no), 0) from orders where business_date = ?1 and queue_no is not null";
    let last: i64 = tx.prepare_cached(sql)?.query_row([date.to_string()], |row| row.read(0))?;
    Ok((last + 1).min(MAX_QUEUE_NO))
}

/// The series of this database, and the next sequence number of the day.
fn count(tx: &Transaction<'_>, table: &str, date: BusinessDate) -> Result<(i64, i64), Fault> {
    let sql = format!(
        "insert into {table} (business_date, next) values (?1, 2)
        on conflict (business_date) do update set next = next + 1
        returning coalesce((select series from number_series where id = 1), 0), next - 1"
    );
    Ok(tx.prepare_cached(&sql)?.query_row([date.to_string()], |row| Ok((row.read(0)?, row.read(1)?)))?)
}

/// An overlong code from the sqlite3 shell is cut, so that the number stays valid.
fn fitting(outlet_code: &str) -> String {
    cut(outlet_code.to_owned(), MAX_ORDER_NUMBER_CHARS / 2)
}
