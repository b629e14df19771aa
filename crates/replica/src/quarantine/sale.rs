//! Acknowledged sales that were deleted or changed here: head office keeps them as they were, and decides.
//!
//! Their items have failed with the code `acknowledged_sale`. Statements and comparisons treat them as acknowledged, so
//! that both show the difference.

use jiff::Timestamp;
use protocol::acknowledged::ACKNOWLEDGED_SALE;
use protocol::wire::EntityRef;
use rusqlite::Transaction;
use sqlite::Fault;

use crate::error::QueueError;
use crate::progress::range::begin_owned_between;
use crate::push::reply::delete_links;

/// Number of sales that differ from head office's until it decides, including discarded items.
///
/// # Errors
/// The database failed.
pub fn count(tx: &Transaction<'_>) -> Result<i64, Fault> {
    let sql = "select (select count(*) from sync_state where status = 'failed' and error_code = ?1)
        + (select count(*) from sync_state where status = 'discarded' and error_code = ?1)";
    Ok(tx.prepare_cached(sql)?.query_row([ACKNOWLEDGED_SALE], |row| row.get(0))?)
}

/// Head office keeps the sale: the outlet's version is no longer sent, and the comparison that begins here writes head
/// office's version.
///
/// # Errors
/// [`QueueError`].
pub fn keep_hub_version(tx: &Transaction<'_>, of: &EntityRef, now: Timestamp) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_state set status = 'success', acked_version = version, batch_no = null, isolated = 0, hub_suspected = 0,
           retry_count = 0, error_code = null, error_args = null, error_message = null
         where entity_type = ?1 and entity_id = ?2 and error_code = ?3 and status in ('failed', 'discarded')",
    )?
    .execute([of.entity_type.as_str(), &of.entity_id, ACKNOWLEDGED_SALE])?;
    delete_links(tx)?;
    begin_owned_between(tx, of, of, now)
}
