//! Giving a batch up that keeps failing although the hub answers pings: its rows wait again, or its one item is set
//! aside. Its id and items are remembered, for it may still arrive late.

use jiff::Timestamp;
use protocol::rule::{Rule, without};
use protocol::session::Remedy;
use rusqlite::{Transaction, params};
use web::time;

use crate::batches::{Stored, parse, unpack};
use crate::error::QueueError;
use crate::push::reply::try_set_aside_again;

/// What happens to the items of a batch that is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They wait again, for smaller batches.
    Wait,
    /// They are set aside until a batch without them is accepted.
    SetAside,
}

/// The hub answers pings and a batch failed: what is set aside may not be to blame, so nothing of it counts.
///
/// # Errors
/// What SQLite said.
pub fn doubt(tx: &Transaction<'_>) -> Result<(), QueueError> {
    if without(Rule::Doubt) {
        return Ok(());
    }
    tx.prepare_cached("update sync_state set in_doubt = 1 where set_aside = 1 and in_doubt = 0")?.execute([])?;
    Ok(())
}

/// A batch failed although the hub answers pings: does what the session says.
///
/// # Errors
/// [`QueueError`].
pub fn failed(
    tx: &Transaction<'_>,
    batch: &Stored,
    remedy: Remedy,
    words: &str,
    now: Timestamp,
) -> Result<(), QueueError> {
    doubt(tx)?;
    match remedy {
        Remedy::Resend => Ok(()),
        Remedy::Halve => give_up(tx, batch, Fate::Wait, words, now),
        Remedy::SetAside => {
            give_up(tx, batch, Fate::SetAside, words, now)?;
            if without(Rule::Probe) { try_set_aside_again(tx) } else { Ok(()) }
        }
    }
}

/// Gives a waiting batch up.
///
/// # Errors
/// [`QueueError`].
pub fn give_up(
    tx: &Transaction<'_>,
    batch: &Stored,
    fate: Fate,
    words: &str,
    now: Timestamp,
) -> Result<(), QueueError> {
    let json = unpack(&batch.body)?;
    let set_aside = fate == Fate::SetAside;
    let mut free = tx.prepare_cached(
        "update sync_state set batch_no = null, set_aside = ?4, in_doubt = 0, error_message = ?5
         where entity_type = ?1 and entity_id = ?2 and batch_no = ?3",
    )?;
    let given_up = parse(&json)?;
    if given_up.batch_id.is_empty() {
        tx.prepare_cached("update sync_state set batch_no = null where batch_no = ?1")?.execute([batch.batch_no])?;
    }
    for item in &given_up.items {
        let words = set_aside.then_some(words);
        free.execute(params![item.entity_type, item.entity_id, batch.batch_no, set_aside, words])?;
    }
    tx.prepare_cached("update sync_batches set state = 'given_up', settled_at = ?2 where batch_id = ?1")?
        .execute(params![batch.batch_id, time::text(now)])?;
    if without(Rule::GivenUpIds) {
        tx.execute("delete from sync_batches where state = 'given_up'", [])?;
    }
    Ok(())
}
