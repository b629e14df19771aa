//! Marks a row as failed that cannot be sent: it cannot be read, or breaks a rule that the hub checks too.
//!
//! The failed row blocks neither other rows nor the batch nor `complete_through`. It is retried when it changes, when
//! it is deleted, or when a person retries it.

use rusqlite::{Transaction, params};
use sqlite::Fault;
use web::messages::Reason;

use crate::push::compose::QueuedRow;

/// A row that is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsendable {
    /// The row when it was read.
    pub row: QueuedRow,
    /// What is wrong and what to do.
    pub reason: Reason,
}

/// Marks a pending row as failed, unless it has changed since it was read; then it is read again.
///
/// # Errors
/// The database failed.
pub fn fail_unsendable(tx: &Transaction<'_>, unsendable: &Unsendable) -> Result<(), Fault> {
    let Unsendable { row, reason } = unsendable;
    let marked = tx
        .prepare_cached(
            "update sync_state set status = 'failed', isolated = 0, hub_suspected = 0, error_code = ?3, error_args = ?4,
               error_message = ?5,
               refused_by_version = null
             where seq = ?1 and version = ?2 and status = 'pending' and batch_no is null",
        )?
        .execute(params![row.seq, row.version, reason.code(), reason.args_json(), reason.text()])?;
    if marked > 0 {
        tracing::warn!(entity_type = row.entity_type, entity_id = row.entity_id, %reason, "a row is not sent");
    }
    Ok(())
}
