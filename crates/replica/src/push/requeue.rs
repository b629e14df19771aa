//! Opening a row again: a fresh place in the queue.

use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};

/// Opens a row again under a fresh seq, with nothing held against it. `acked_version` goes to 0 where the hub has lost
/// the entity, else nothing would be dirty.
///
/// # Errors
/// What SQLite said.
pub fn requeue(tx: &Transaction<'_>, of: &EntityRef, hub_lost_it: bool) -> Result<(), Fault> {
    let acked = if hub_lost_it { "0" } else { "acked_version" };
    let sql = format!(
        "update sync_state set status = 'pending', seq = (select seq + 1 from sync_context where id = 1), batch_no = null,
           isolated = 0, hub_suspected = 0, retry_count = 0, error_code = null, error_message = null, acked_version = {acked}
         where entity_type = ?1 and entity_id = ?2"
    );
    tx.prepare_cached(&sql)?.execute(params![of.entity_type, raw(&of.entity_id)])?;
    Ok(())
}

/// Why an item is not tried again.
#[derive(Debug)]
pub enum RetryRefused {
    /// No row of the queue has this id.
    NotFound,
    /// It waits or has been sent; there is nothing to retry.
    NotFailed,
    /// The database.
    Fault(Fault),
}

impl From<rusqlite::Error> for RetryRefused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Fault> for RetryRefused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Opens a failed item again by its id in `sync_queue`, or takes a discarded one back, and asks the worker to send it at
/// once.
///
/// # Errors
/// [`RetryRefused`].
pub fn retry(tx: &Transaction<'_>, queue_id: i64) -> Result<EntityRef, RetryRefused> {
    let sql = "select entity_type, entity_id from sync_state where seq = ?1 and status = 'failed'
        union all select entity_type, entity_id from sync_state where seq = ?1 and status = 'discarded'";
    let failed = tx
        .query_row(sql, [queue_id], |row| Ok(EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? }))
        .optional()?;
    let Some(of) = failed else {
        let exists: bool =
            tx.query_row("select exists (select 1 from sync_state where seq = ?1)", [queue_id], |row| row.read(0))?;
        return Err(if exists { RetryRefused::NotFailed } else { RetryRefused::NotFound });
    };
    requeue(tx, &of, false)?;
    tx.execute(
        "insert into sync_requests (kind, entity_type, entity_id) values ('retry', ?1, ?2)",
        [&of.entity_type, &of.entity_id],
    )?;
    Ok(of)
}
