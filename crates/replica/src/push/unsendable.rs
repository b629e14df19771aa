//! Holding back a row that cannot be sent, because it cannot be read or breaks a rule that the hub would refuse it by.
//!
//! It counts as failed at once, with a code and a sentence, so that it blocks nothing: not other rows, not the batch, not
//! "everything up to here", which lists it as held. It is tried again when it changes, when it is deleted, or when a person
//! retries it.

use rusqlite::{Transaction, params};
use sqlite::Fault;

use crate::push::compose::Carried;

/// A row that is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsendable {
    /// As it was when it was read.
    pub row: Carried,
    /// Stable.
    pub code: &'static str,
    /// A sentence that says what to do.
    pub reason: String,
}

/// Marks a row that waits as failed. A row that has changed since it was read stays as it is: it is read again.
///
/// # Errors
/// What SQLite said.
pub fn fail_unsendable(tx: &Transaction<'_>, unsendable: &Unsendable) -> Result<(), Fault> {
    let Unsendable { row, code, reason } = unsendable;
    let quarantined = tx
        .prepare_cached(
            "update sync_state set status = 'failed', isolated = 0, hub_suspected = 0, error_code = ?3, error_message = ?4,
               refused_by_version = null
             where seq = ?1 and version = ?2 and status = 'pending' and batch_no is null",
        )?
        .execute(params![row.seq, row.version, code, reason])?;
    if quarantined > 0 {
        tracing::warn!(entity_type = row.entity_type, entity_id = row.entity_id, code, reason, "a row is not sent");
    }
    Ok(())
}
