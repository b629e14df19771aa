//! Keeping a batch that was read: its bytes and its rows' number in one transaction, if nothing has changed since.

use jiff::Timestamp;
use protocol::entity::Owner;
use protocol::wire::EntityRef;
use rusqlite::{Transaction, params};
use web::time;

use crate::batches::Stored;
use crate::conflicts::supersede;
use crate::error::QueueError;
use crate::push::compose::{Carried, Composed};
use crate::push::unsendable::fail_unsendable;

/// Stores a batch. What was edited back to what the hub has is settled without being sent; none when that was all, or when
/// rows were held back: then the batch is read again, and lists them.
///
/// # Errors
/// [`QueueError::Stale`] when a row has changed since it was read; nothing is kept then.
pub fn store(tx: &Transaction<'_>, composed: &Composed, now: Timestamp) -> Result<Option<Stored>, QueueError> {
    if !composed.unsendable.is_empty() {
        composed.unsendable.iter().try_for_each(|unsendable| fail_unsendable(tx, unsendable))?;
        return Ok(None);
    }
    let mut apply_reply = tx.prepare_cached(
        "update sync_state set status = 'success', acked_version = version, synced_at = ?6
         where entity_type = ?1 and entity_id = ?2 and version = ?3 and seq = ?4 and acked_version = ?5
           and status = 'pending' and batch_no is null",
    )?;
    for row in &composed.unchanged {
        let Carried { entity_type, entity_id, version, seq, acked_version } = row;
        if apply_reply.execute(params![entity_type, entity_id, version, seq, acked_version, time::text(now)])? != 1 {
            return Err(QueueError::Stale);
        }
    }
    if composed.carried.is_empty() && !composed.unchanged.is_empty() {
        return Ok(None);
    }
    let mut number = tx.prepare_cached(
        "update sync_state set batch_no = ?6, was_sent = 1
         where entity_type = ?1 and entity_id = ?2 and version = ?3 and seq = ?4 and acked_version = ?5
           and status = 'pending' and batch_no is null and isolated = 0",
    )?;
    for row in &composed.carried {
        let Carried { entity_type, entity_id, version, seq, acked_version } = row;
        if number.execute(params![entity_type, entity_id, version, seq, acked_version, composed.batch_no])? != 1 {
            return Err(QueueError::Stale);
        }
    }
    // An edit in the shop is seen here at the latest: a record that asks about the field asks in vain now. Only when all
    // rows have their number, for the record may be one of them.
    for Carried { entity_type, entity_id, .. } in &composed.carried {
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
        composed.carried.len(),
        composed.body,
        time::text(now)
    ])?;
    Ok(Some(Stored {
        batch_id: composed.batch_id.clone(),
        batch_no: composed.batch_no,
        previous_batch_id: composed.previous_batch_id.clone(),
        item_count: composed.carried.len(),
        body: composed.body.clone(),
    }))
}
