//! Stream gaps: the stream does not continue at the outlet's cursor. A gap is counted, shown for a day of running, and
//! answered by a comparison of everything.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Fault, ReadRow};
use web::time;

use crate::error::QueueError;
use crate::progress::range::{Scope, begin, running_comparison};

/// Hours of running during which a gap is shown.
const SHOWN_FOR_HOURS: i64 = 24;

/// Counts a gap and begins a comparison of everything, unless one is running.
///
/// # Errors
/// [`QueueError`].
pub fn record(tx: &Transaction<'_>, now: Timestamp) -> Result<(), QueueError> {
    if running_comparison(tx, Scope::Shared)?.is_none() {
        tx.execute("update sync_context set gaps = gaps + 1, gap_at = ?1 where id = 1", [time::text(now)])?;
    }
    begin(tx, Scope::Shared, now)
}

/// Number of gaps.
///
/// # Errors
/// The database failed.
pub fn count(tx: &Transaction<'_>) -> Result<i64, Fault> {
    Ok(tx.prepare_cached("select gaps from sync_context where id = 1")?.query_row([], |row| row.read(0))?)
}

/// Time of the last gap, RFC 3339 UTC; `None` if the server has run for a day since.
///
/// # Errors
/// The database failed.
pub fn recent(tx: &Transaction<'_>) -> Result<Option<String>, Fault> {
    let sql = "
        select gap_at from sync_context where id = 1 and gaps > coalesce((
          select max(gaps) from sync_hours where hour <= (select max(hour) from sync_hours) - ?1), 0)";
    Ok(tx.prepare_cached(sql)?.query_row([SHOWN_FOR_HOURS], |row| row.read(0)).optional()?.flatten())
}
