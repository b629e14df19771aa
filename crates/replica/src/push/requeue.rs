//! Requeues an entity: a new seq, and no failures.

use access::audit::{Author, Deed, record};
use domain::audit::AuditAction;
use jiff::Timestamp;
use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};

/// Requeues an entity under a new seq, without its failures. If the hub has lost it, `acked_version` becomes 0, since
/// the row would not be dirty otherwise.
///
/// # Errors
/// The database failed.
pub fn requeue(tx: &Transaction<'_>, of: &EntityRef, hub_lost_it: bool) -> Result<(), Fault> {
    let acked = if hub_lost_it { "0" } else { "acked_version" };
    let sql = format!(
        "update sync_state set status = 'pending', seq = (select seq + 1 from sync_context where id = 1), batch_no = null,
           isolated = 0, hub_suspected = 0, retry_count = 0, error_code = null, error_args = null, error_message = null, acked_version = {acked}
         where entity_type = ?1 and entity_id = ?2"
    );
    tx.prepare_cached(&sql)?.execute(params![of.entity_type, raw(&of.entity_id)])?;
    Ok(())
}

/// Why an item is not retried.
#[derive(Debug)]
pub enum RetryRefused {
    /// No row of the queue has this id.
    NotFound,
    /// The item is pending or sent.
    NotFailed,
    /// The database failed.
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

/// Requeues a failed or discarded item by its id in `sync_queue`, and asks the worker to send it at once.
///
/// # Errors
/// [`RetryRefused`].
pub fn retry<'a>(
    tx: &Transaction<'_>,
    queue_id: i64,
    by: impl Into<Author<'a>>,
    now: Timestamp,
) -> Result<EntityRef, RetryRefused> {
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
    record(tx, by, Deed::new(AuditAction::ItemRequeued).to(&of.entity_type, &of.entity_id), now)?;
    Ok(of)
}
