//! Giving a batch up that keeps failing although the hub answers pings: its rows wait again, or its one item is set
//! aside. Its id and items are remembered, for it may still arrive late.

use jiff::Timestamp;
use protocol::rule::{Rule, disabled};
use protocol::session::Recovery;
use rusqlite::{Transaction, params};
use web::time;

use crate::batches::{Stored, parse, unpack};
use crate::error::QueueError;
use crate::push::reply::retry_isolated;

/// What happens to the items of a batch that is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterAbandon {
    /// They wait again, for smaller batches.
    Wait,
    /// They are set aside until a batch without them is accepted.
    Isolated,
}

/// The hub answers pings and a batch failed: what is set aside may not be to blame, so nothing of it counts.
///
/// # Errors
/// What SQLite said.
pub fn suspect_hub(tx: &Transaction<'_>) -> Result<(), QueueError> {
    if disabled(Rule::HubSuspected) {
        return Ok(());
    }
    tx.prepare_cached("update sync_state set hub_suspected = 1 where isolated = 1 and hub_suspected = 0")?
        .execute([])?;
    Ok(())
}

/// A batch failed although the hub answers pings: does what the session says.
///
/// # Errors
/// [`QueueError`].
pub fn failed(
    tx: &Transaction<'_>,
    batch: &Stored,
    remedy: Recovery,
    words: &str,
    now: Timestamp,
) -> Result<(), QueueError> {
    suspect_hub(tx)?;
    match remedy {
        Recovery::Resend => Ok(()),
        Recovery::Halve => abandon(tx, batch, AfterAbandon::Wait, words, now),
        Recovery::Isolate => {
            abandon(tx, batch, AfterAbandon::Isolated, words, now)?;
            if disabled(Rule::Probe) { retry_isolated(tx) } else { Ok(()) }
        }
    }
}

/// Gives a waiting batch up.
///
/// # Errors
/// [`QueueError`].
pub fn abandon(
    tx: &Transaction<'_>,
    batch: &Stored,
    fate: AfterAbandon,
    words: &str,
    now: Timestamp,
) -> Result<(), QueueError> {
    let json = unpack(&batch.body)?;
    let isolated = fate == AfterAbandon::Isolated;
    let mut free = tx.prepare_cached(
        "update sync_state set batch_no = null, isolated = ?4, hub_suspected = 0, error_message = ?5
         where entity_type = ?1 and entity_id = ?2 and batch_no = ?3",
    )?;
    let abandoned = parse(&json)?;
    if abandoned.batch_id.is_empty() {
        tx.prepare_cached("update sync_state set batch_no = null where batch_no = ?1")?.execute([batch.batch_no])?;
    }
    for item in &abandoned.items {
        let words = isolated.then_some(words);
        free.execute(params![item.entity_type, item.entity_id, batch.batch_no, isolated, words])?;
    }
    tx.prepare_cached("update sync_batches set state = 'abandoned', closed_at = ?2 where batch_id = ?1")?
        .execute(params![batch.batch_id, time::text(now)])?;
    if disabled(Rule::AbandonedIds) {
        tx.execute("delete from sync_batches where state = 'abandoned'", [])?;
    }
    Ok(())
}
