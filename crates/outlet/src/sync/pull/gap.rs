//! The streams do not go on where this outlet has read to: it is counted, shown for a day, and everything is compared.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};
use web::time;

use super::reconcile::{Scope, begin, under_way};
use crate::sync::queue::QueueError;

/// So long it is worth a look.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Compares everything, and counts it; nothing where that is under way.
///
/// # Errors
/// [`QueueError`].
pub fn noticed(tx: &Transaction<'_>, now: Timestamp) -> Result<(), QueueError> {
    if under_way(tx, Scope::Shared)?.is_none() {
        tx.execute("update sync_ctx set gaps = gaps + 1, gap_at = ?1 where id = 1", [time::text(now)])?;
    }
    begin(tx, Scope::Shared, now)
}

/// How often that was.
///
/// # Errors
/// What SQLite said.
pub fn count(tx: &Transaction<'_>) -> Result<i64, Fault> {
    Ok(tx.prepare_cached("select gaps from sync_ctx where id = 1")?.query_row([], |row| row.read(0))?)
}

/// When it last was, RFC 3339 UTC; none where that is more than a day ago, or ahead of a clock that was set back.
///
/// # Errors
/// What SQLite said.
pub fn lately(tx: &Transaction<'_>, now: Timestamp) -> Result<Option<String>, Fault> {
    let at: Option<String> =
        tx.prepare_cached("select gap_at from sync_ctx where id = 1")?.query_row([], |row| row.read(0))?;
    let shown = |at: &String| at.parse().is_ok_and(|at: Timestamp| now.duration_since(at).abs() < SHOWN_FOR);
    Ok(at.filter(shown))
}
