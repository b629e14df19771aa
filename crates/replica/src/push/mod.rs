//! The queue as the worker uses it: make a batch, settle its answer, give it up, open again.
//!
//! The rows are the truth; everything here is one short transaction. A batch is made once and kept as the bytes that
//! are sent; what an answer means is worked out against those, never against the rows as they are now.

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

/// Tries before an item that makes requests fail counts as failed.
pub const MAX_RETRIES: i64 = 3;

/// Whether there is anything to send, settle, try without or tell.
///
/// # Errors
/// What SQLite said.
pub fn has_work(tx: &Transaction<'_>) -> Result<bool, Fault> {
    let sql =
        "select exists (select 1 from sync_state where status = 'pending' and isolated = 0 and conflict_base is null)
        or exists (select 1 from sync_batches where state = 'in_flight')
        or exists (select 1 from sync_state where isolated = 1)";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.read::<bool>(0))? || compose::has_unreported(tx)?)
}

/// The place in the queue that was given last.
///
/// # Errors
/// What SQLite said.
pub fn last_seq(tx: &Transaction<'_>) -> Result<i64, Fault> {
    Ok(tx.prepare_cached("select seq from sync_context where id = 1")?.query_row([], |row| row.read(0))?)
}
