//! The queue: compose a batch, apply its reply, abandon it, requeue rows.
//!
//! The rows are the source of truth, and each step is one short transaction. A batch is composed once and stored as
//! sent; a reply is applied against those bytes, never against the rows as they are now.

pub mod abandon;
pub mod adopt;
pub mod auto_retry;
pub mod compose;
pub mod reply;
pub mod requeue;
pub mod store;
pub mod unsendable;

use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

pub use protocol::wire::EntityRef;

/// Failed attempts after which an isolated item counts as failed.
pub const MAX_RETRIES: i64 = 3;

/// Whether there is anything to send or report, a batch in flight, or an isolated item.
///
/// # Errors
/// The database failed.
pub fn has_work(tx: &Transaction<'_>) -> Result<bool, Fault> {
    let sql =
        "select exists (select 1 from sync_state where status = 'pending' and isolated = 0 and conflict_base is null)
        or exists (select 1 from sync_batches where state = 'in_flight')
        or exists (select 1 from sync_state where isolated = 1)";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.read::<bool>(0))? || compose::has_unreported(tx)?)
}

/// Entities with changes that the hub has not acknowledged.
///
/// # Errors
/// The database failed.
pub fn pending(tx: &Transaction<'_>) -> Result<i64, Fault> {
    Ok(tx.prepare_cached("select pending from sync_context where id = 1")?.query_row([], |row| row.read(0))?)
}

/// How many are pending once the hub has accepted the batch in flight, which has this many items.
///
/// # Errors
/// The database failed.
pub fn pending_after(tx: &Transaction<'_>, items: i64) -> Result<i64, Fault> {
    let pending = pending(tx)?;
    if pending > items {
        return Ok(pending - items);
    }
    // Zero must be exact: a row of the batch may have changed since.
    let sql = "select count(*) from sync_state where status = 'pending' and batch_no is null";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?)
}

/// The seq that was assigned last.
///
/// # Errors
/// The database failed.
pub fn last_seq(tx: &Transaction<'_>) -> Result<i64, Fault> {
    Ok(tx.prepare_cached("select seq from sync_context where id = 1")?.query_row([], |row| row.read(0))?)
}
