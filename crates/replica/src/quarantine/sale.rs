//! Acknowledged sales that were deleted or changed here: head office keeps them as they were, and decides.
//!
//! Their items have failed with the code `acknowledged_sale`. Statements and comparisons take them as settled, so that both
//! name the difference.

use jiff::Timestamp;
use protocol::acknowledged::ACKNOWLEDGED_SALE;
use protocol::wire::EntityRef;
use rusqlite::Transaction;
use sqlite::Fault;

use crate::error::QueueError;
use crate::progress::range::begin_settled_between;
use crate::push::reply::forget_links;

/// Sales that differ from head office's until it decides, also where somebody here has discarded the item.
///
/// # Errors
/// What SQLite said.
pub fn count(tx: &Transaction<'_>) -> Result<i64, Fault> {
    let sql = "select (select count(*) from sync_state where status = 'failed' and error_code = ?1)
        + (select count(*) from sync_state where status = 'discarded' and error_code = ?1)";
    Ok(tx.prepare_cached(sql)?.query_row([ACKNOWLEDGED_SALE], |row| row.get(0))?)
}

/// Head office keeps the sale: this outlet has nothing to send of it, and takes head office's version with the comparison
/// that begins here.
///
/// # Errors
/// [`QueueError`].
pub fn keep(tx: &Transaction<'_>, of: &EntityRef, now: Timestamp) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_state set status = 'success', acked_version = version, batch_no = null, isolated = 0, hub_suspected = 0,
           retry_count = 0, error_code = null, error_message = null
         where entity_type = ?1 and entity_id = ?2 and error_code = ?3 and status in ('failed', 'discarded')",
    )?
    .execute([of.entity_type.as_str(), &of.entity_id, ACKNOWLEDGED_SALE])?;
    forget_links(tx)?;
    begin_settled_between(tx, of, of, now)
}
