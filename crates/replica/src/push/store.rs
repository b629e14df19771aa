//! Stores a composed batch and assigns its number to its rows, in one transaction, if none of them has changed.

use jiff::Timestamp;
use protocol::entity::Owner;
use protocol::wire::EntityRef;
use rusqlite::{Transaction, params};
use web::time;

use crate::batches::StoredBatch;
use crate::conflicts::supersede;
use crate::error::QueueError;
use crate::push::compose::{Composed, QueuedRow};
use crate::push::unsendable::fail_unsendable;

/// Stores a batch. Rows that equal the hub's version count as success without being sent. `None` if there were no
/// others, or if rows had to be marked as failed; the next batch reports those.
///
/// # Errors
/// [`QueueError::Stale`] if a row has changed since it was read; nothing is stored then.
pub fn store(tx: &Transaction<'_>, composed: &Composed, now: Timestamp) -> Result<Option<StoredBatch>, QueueError> {
    if !composed.unsendable.is_empty() {
        composed.unsendable.iter().try_for_each(|unsendable| fail_unsendable(tx, unsendable))?;
        return Ok(None);
    }
    let mut acknowledge = tx.prepare_cached(
        "update sync_state set status = 'success', acked_version = version, synced_at = ?6
         where entity_type = ?1 and entity_id = ?2 and version = ?3 and seq = ?4 and acked_version = ?5
           and status = 'pending' and batch_no is null",
    )?;
    for row in &composed.unchanged {
        let QueuedRow { entity_type, entity_id, version, seq, acked_version } = row;
        if acknowledge.execute(params![entity_type, entity_id, version, seq, acked_version, time::text(now)])? != 1 {
            return Err(QueueError::Stale);
        }
    }
    if composed.rows.is_empty() && !composed.unchanged.is_empty() {
        return Ok(None);
    }
    let mut assign_number = tx.prepare_cached(
        "update sync_state set batch_no = ?6, was_sent = 1
         where entity_type = ?1 and entity_id = ?2 and version = ?3 and seq = ?4 and acked_version = ?5
           and status = 'pending' and batch_no is null and isolated = 0",
    )?;
    for row in &composed.rows {
        let QueuedRow { entity_type, entity_id, version, seq, acked_version } = row;
        if assign_number.execute(params![entity_type, entity_id, version, seq, acked_version, composed.batch_no])? != 1
        {
            return Err(QueueError::Stale);
        }
    }
    // This is the last moment to notice a local edit that makes an open conflict record obsolete. Only after all rows
    // have their number, since the record may be one of them.
    for QueuedRow { entity_type, entity_id, .. } in &composed.rows {
        if protocol::entity::find(entity_type).is_some_and(|entity| entity.owner == Owner::Both) {
            supersede(tx, &EntityRef::new(entity_type, entity_id), now)?;
        }
    }
    tx.prepare_cached(
        "insert into sync_batches (batch_id, previous_batch_id, predecessor_id, batch_no, state, item_count, body, made_at)
         values (?1, ?2, coalesce(?2, (select root_batch_id from sync_chain where id = 1)), ?3, 'in_flight', ?4, ?5, ?6)",
    )?
    .execute(params![
        composed.batch_id,
        composed.previous_batch_id,
        composed.batch_no,
        composed.rows.len(),
        composed.body,
        time::text(now)
    ])?;
    Ok(Some(StoredBatch {
        batch_id: composed.batch_id.clone(),
        batch_no: composed.batch_no,
        previous_batch_id: composed.previous_batch_id.clone(),
        item_count: composed.rows.len(),
        body: composed.body.clone(),
    }))
}
