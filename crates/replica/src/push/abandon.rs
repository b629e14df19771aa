//! Abandons a batch that keeps failing although the hub answers pings: its rows are pending again, or its only item is
//! isolated. Its id and items stay stored, since the hub may still accept it late.

use jiff::Timestamp;
use protocol::rule::{Rule, disabled};
use protocol::session::Recovery;
use rusqlite::{Transaction, params};
use web::messages::Reason;
use web::time;

use crate::batches::{StoredBatch, parse, unpack};
use crate::error::QueueError;
use crate::push::reply::retry_isolated;

/// State of the items of an abandoned batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterAbandon<'a> {
    /// They are pending again, for smaller batches.
    Requeue,
    /// They are isolated for this reason until the hub accepts a batch without them.
    Isolate(&'a Reason),
}

/// The hub answers pings and a batch failed: isolated items may not be the cause, so their failures do not count.
///
/// # Errors
/// The database failed.
pub fn suspect_hub(tx: &Transaction<'_>) -> Result<(), QueueError> {
    if disabled(Rule::HubSuspected) {
        return Ok(());
    }
    tx.prepare_cached("update sync_state set hub_suspected = 1 where isolated = 1 and hub_suspected = 0")?
        .execute([])?;
    Ok(())
}

/// Carries out the session's recovery after a batch failed although the hub answers pings.
///
/// # Errors
/// [`QueueError`].
pub fn recover(
    tx: &Transaction<'_>,
    batch: &StoredBatch,
    recovery: Recovery,
    reason: &Reason,
    now: Timestamp,
) -> Result<(), QueueError> {
    suspect_hub(tx)?;
    match recovery {
        Recovery::Resend => Ok(()),
        Recovery::Halve => abandon(tx, batch, AfterAbandon::Requeue, now),
        Recovery::Isolate => {
            abandon(tx, batch, AfterAbandon::Isolate(reason), now)?;
            if disabled(Rule::Probe) { retry_isolated(tx) } else { Ok(()) }
        }
    }
}

/// Abandons a batch in flight.
///
/// # Errors
/// [`QueueError`].
pub fn abandon(
    tx: &Transaction<'_>,
    batch: &StoredBatch,
    then: AfterAbandon<'_>,
    now: Timestamp,
) -> Result<(), QueueError> {
    let json = unpack(&batch.body)?;
    let reason = match then {
        AfterAbandon::Requeue => None,
        AfterAbandon::Isolate(reason) => Some(reason),
    };
    let mut release = tx.prepare_cached(
        "update sync_state set batch_no = null, isolated = ?4, hub_suspected = 0, error_code = ?5, error_args = ?6, error_message = ?7
         where entity_type = ?1 and entity_id = ?2 and batch_no = ?3",
    )?;
    let abandoned = parse(&json)?;
    if abandoned.batch_id.is_empty() {
        tx.prepare_cached("update sync_state set batch_no = null where batch_no = ?1")?.execute([batch.batch_no])?;
    }
    for item in &abandoned.items {
        release.execute(params![
            item.entity_type,
            item.entity_id,
            batch.batch_no,
            reason.is_some(),
            reason.map(Reason::code),
            reason.and_then(Reason::args_json),
            reason.map(Reason::text)
        ])?;
    }
    tx.prepare_cached("update sync_batches set state = 'abandoned', closed_at = ?2 where batch_id = ?1")?
        .execute(params![batch.batch_id, time::text(now)])?;
    if disabled(Rule::AbandonedIds) {
        tx.execute("delete from sync_batches where state = 'abandoned'", [])?;
    }
    Ok(())
}
