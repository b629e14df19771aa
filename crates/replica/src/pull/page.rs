//! Applies a page of the streams, in one transaction with its cursor.

use std::collections::BTreeSet;

use jiff::Timestamp;
use protocol::cursor::Cursor;
use protocol::rule::{Rule, disabled};
use protocol::updates::UpdatePage;
use protocol::wire::{ChainRow, EntityRef};
use rusqlite::Transaction;
use sqlite::ReadRow;
use web::messages::ReasonCode;

use crate::batches::in_flight;
use crate::chain::{Chain, chain, stop};
use crate::error::QueueError;
use crate::progress::cursor::{PullRequest, cursor, position_mut, put_cursor};
use crate::progress::expected_heads;
use crate::progress::range::{Scope, begin};
use crate::pull::apply_update::apply_update;
use crate::pull::{bootstrap, retry, stream_gap};
use crate::push::adopt::{Adopted, adopt_hub_position, requeue_unshown_edits};
use crate::push::auto_retry::note_hub_version;
use crate::unapplied::UpdateSource;

/// Result of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageEffect {
    /// New changes in the page.
    pub changes: usize,
    /// Rows of the shop that have changed.
    pub changed: usize,
    /// Fields that both sides had changed differently.
    pub overlaps: usize,
    /// Updates that could not be applied and are stored.
    pub unapplied: usize,
    /// There is more to read.
    pub more: bool,
    /// Entities to compare with the hub, after the head was reached.
    pub compare: Vec<EntityRef>,
    /// The hub is at another position in this outlet's chain; items that it lacks are queued again.
    pub position_changed: bool,
}

/// Applies a page.
///
/// # Errors
/// [`QueueError`]; then nothing of the page is stored.
pub fn apply(
    tx: &Transaction<'_>,
    request: &PullRequest,
    page: &UpdatePage,
    now: Timestamp,
) -> Result<PageEffect, QueueError> {
    let mut effect = PageEffect { more: page.more, ..PageEffect::default() };
    let ours = chain(tx)?;
    if ours.epoch.id != request.epoch_id {
        return Ok(effect);
    }
    note_hub_version(tx, page.hub_version.as_deref())?;
    // A page that was in flight while a reply was applied says nothing about the chain.
    let row_is_current = ours.position.batch_id == request.at || disabled(Rule::SlowPage);
    if row_is_current && !disabled(Rule::PageChain) {
        match check_chain(tx, &ours, &page.chain, now)? {
            ChainOutcome::Stopped => return Ok(effect),
            ChainOutcome::Moved => effect.position_changed = true,
            ChainOutcome::Same => {}
        }
    }
    let mut new_cursor = cursor(tx)?;
    let is_last = !page.more && request.cursor == new_cursor;
    if page.stream_reset || expected_heads::any_lost(tx, &new_cursor, page, is_last)? {
        // Before anything is compared, find out which batches the hub has lost: if the chain row of this page does not
        // count, request the page again.
        if ours.position.batch_id != request.at {
            effect.more = true;
            return Ok(effect);
        }
        if page.stream_reset && request.cursor == Cursor::default() {
            begin(tx, Scope::Shared, now)?;
        } else {
            requeue_unshown_edits(tx)?;
            stream_gap::record(tx, now)?;
        }
        return Ok(effect);
    }
    for change in &page.changes {
        let position = position_mut(&mut new_cursor, &change.stream);
        if change.position.n <= position.n {
            continue;
        }
        if change.position.n != position.n + 1 {
            tracing::error!(
                stream = change.stream,
                read = position.n,
                next = change.position.n,
                "a change is missing in the stream; comparing everything"
            );
            stream_gap::record(tx, now)?;
            break;
        }
        *position = change.position.clone();
        if disabled(Rule::CursorWithPage) {
            put_cursor(tx, &new_cursor)?;
            tx.execute_batch("commit; begin").map_err(QueueError::from)?;
        }
        let update_effect = apply_update(tx, &change.update, UpdateSource::Stream, now)?;
        effect.changes += 1;
        effect.changed += usize::from(update_effect.changed);
        effect.overlaps += update_effect.overlaps;
        effect.unapplied += usize::from(update_effect.unapplied);
    }
    // If the hub reports `more` but sends nothing, stop, or the round would never end.
    effect.more &= new_cursor != request.cursor;
    put_cursor(tx, &new_cursor)?;
    expected_heads::delete_shown(tx, &new_cursor)?;
    retry::retry_some(tx, now)?;
    if !page.more {
        bootstrap::finish(tx)?;
        effect.compare = entities_to_compare(tx)?;
    }
    Ok(effect)
}

/// Consequence of a chain row that came with a page or a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChainOutcome {
    /// The hub is at the outlet's last batch, or at the batch in flight.
    Same,
    /// The hub is at another batch; items that it lacks are queued again.
    Moved,
    /// The row belongs to another epoch, or is a fork: pushing has stopped.
    Stopped,
}

/// Adopts the hub's position, except that of a batch in flight, which its reply will report.
pub(crate) fn check_chain(
    tx: &Transaction<'_>,
    ours: &Chain,
    theirs: &ChainRow,
    now: Timestamp,
) -> Result<ChainOutcome, QueueError> {
    let is_in_flight = in_flight(tx)?.is_some_and(|open| Some(open.batch_id) == theirs.position.batch_id);
    if theirs.position == ours.position || is_in_flight {
        return Ok(ChainOutcome::Same);
    }
    if ours.epoch.id != theirs.epoch.id {
        stop(tx, &ReasonCode::EpochMismatch.into())?;
        return Ok(ChainOutcome::Stopped);
    }
    Ok(match adopt_hub_position(tx, theirs, now)? {
        Adopted::Fork => ChainOutcome::Stopped,
        Adopted::Acknowledged(_) | Adopted::Requeued { .. } => ChainOutcome::Moved,
    })
}

/// At the head of the streams: queues items answered `conflict` whose base has changed since. Returns those whose base
/// has not, and the bases that the stream has not shown, to be compared. Entities without a version from the hub are
/// left out: the hub does not know the type, and would answer that there is no such entity.
fn entities_to_compare(tx: &Transaction<'_>) -> Result<Vec<EntityRef>, QueueError> {
    tx.prepare_cached(
        "update sync_state set conflict_base = null where conflict_base is not null and conflict_base is not coalesce(
           (select change_id from sync_bases b
            where b.entity_type = sync_state.entity_type and b.entity_id = sync_state.entity_id), '')",
    )?
    .execute([])?;
    let mut compare = BTreeSet::new();
    // Two queries: a union ordered by name would read every row ever sent.
    for sql in [CONFLICTS, if disabled(Rule::NeverSent) { AWAITING_STREAM } else { AWAITING_STREAM_OF_KNOWN_TYPE }] {
        let mut statement = tx.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok(EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? }))?;
        for of in rows {
            compare.insert(of?);
        }
    }
    Ok(compare.into_iter().collect())
}

/// A stored unapplied update was compared already; the next one comes by the stream.
const CONFLICTS: &str = "
    select entity_type, entity_id from sync_state s where conflict_base is not null and not exists (
      select 1 from sync_unapplied_updates k
      where k.entity_type = s.entity_type and k.entity_id = s.entity_id and k.state = 'retrying')
    order by seq limit 100";
const AWAITING_STREAM: &str =
    "select entity_type, entity_id from sync_bases where awaits_stream = 1 order by entity_type, entity_id limit 100";
const AWAITING_STREAM_OF_KNOWN_TYPE: &str = "
    select entity_type, entity_id from sync_bases b where awaits_stream = 1 and not exists (
      select 1 from sync_state s
      where s.entity_type = b.entity_type and s.entity_id = b.entity_id and s.cloud_version is null)
    order by entity_type, entity_id limit 100";
