//! The streams do not go on where this outlet has read to: it is counted, shown for a day of running, and everything is compared.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Fault, ReadRow};
use web::time;

use crate::error::QueueError;
use crate::progress::range::{Scope, begin, under_way};

/// Hours of running for which it is worth a look.
const SHOWN_FOR_HOURS: i64 = 24;

/// Compares everything, and counts it; nothing where that is under way.
///
/// # Errors
/// [`QueueError`].
pub fn noticed(tx: &Transaction<'_>, now: Timestamp) -> Result<(), QueueError> {
    if under_way(tx, Scope::Shared)?.is_none() {
        tx.execute("update sync_context set gaps = gaps + 1, gap_at = ?1 where id = 1", [time::text(now)])?;
    }
    begin(tx, Scope::Shared, now)
}

/// How often that was.
///
/// # Errors
/// What SQLite said.
pub fn count(tx: &Transaction<'_>) -> Result<i64, Fault> {
    Ok(tx.prepare_cached("select gaps from sync_context where id = 1")?.query_row([], |row| row.read(0))?)
}

/// When it last was by the clock of then, RFC 3339 UTC; none where the server has run for a day since.
///
/// # Errors
/// What SQLite said.
pub fn lately(tx: &Transaction<'_>) -> Result<Option<String>, Fault> {
    let sql = "
        select gap_at from sync_context where id = 1 and gaps > coalesce((
          select max(gaps) from sync_hours where hour <= (select max(hour) from sync_hours) - ?1), 0)";
    Ok(tx.prepare_cached(sql)?.query_row([SHOWN_FOR_HOURS], |row| row.read(0)).optional()?.flatten())
}
