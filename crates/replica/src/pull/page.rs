//! A page of the streams, in one transaction with its cursor.

use std::collections::BTreeSet;

use jiff::Timestamp;
use protocol::cursor::Cursor;
use protocol::rule::{Rule, disabled};
use protocol::updates::UpdatePage;
use protocol::wire::{ChainRow, EntityRef};
use rusqlite::Transaction;
use sqlite::ReadRow;

use crate::batches::waiting;
use crate::chain::{Chain, OTHER_EPOCH, chain, stop};
use crate::error::QueueError;
use crate::progress::cursor::{PullRequest, cursor, place, put_cursor};
use crate::progress::expected_heads;
use crate::progress::range::{Scope, begin};
use crate::pull::apply_update::take;
use crate::pull::{bootstrap, retry, stream_gap};
use crate::push::adopt::{Adopted, adopt_hub_position, requeue_unshown_edits};
use crate::push::auto_retry::hub_is;
use crate::unapplied::UpdateSource;

/// What a page led to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// Changes in the page that were new.
    pub changes: usize,
    /// Rows of the shop that have changed.
    pub changed: usize,
    /// Fields that both sides had changed differently.
    pub overlaps: usize,
    /// What could not be applied and was kept.
    pub kept: usize,
    /// There is more to read.
    pub more: bool,
    /// Versions to compare with the hub's, now that the head was reached.
    pub compare: Vec<EntityRef>,
    /// The hub stands elsewhere in this outlet's chain; what it lacks is open again.
    pub moved: bool,
}

/// Acts on a page.
///
/// # Errors
/// [`QueueError`]; nothing of the page is kept then.
pub fn read(tx: &Transaction<'_>, asked: &PullRequest, page: &UpdatePage, now: Timestamp) -> Result<Read, QueueError> {
    let mut read = Read { more: page.more, ..Read::default() };
    let ours = chain(tx)?;
    if ours.epoch.id != asked.epoch_id {
        return Ok(read);
    }
    hub_is(tx, page.hub_version.as_deref())?;
    // A page that was under way while a batch was settled says nothing about the chain.
    let stands_there = ours.position.batch_id == asked.at || disabled(Rule::SlowPage);
    if stands_there && !disabled(Rule::PageChain) {
        match check_chain(tx, &ours, &page.chain, now)? {
            ChainOutcome::Stopped => return Ok(read),
            ChainOutcome::Moved => read.moved = true,
            ChainOutcome::Same => {}
        }
    }
    let mut at = cursor(tx)?;
    let is_last = !page.more && asked.cursor == at;
    if page.stream_reset || expected_heads::lost(tx, &at, page, is_last)? {
        // What the hub has lost of one's own must be known before anything is compared: a page whose chain row does not
        // count is asked for again.
        if ours.position.batch_id != asked.at {
            read.more = true;
            return Ok(read);
        }
        if page.stream_reset && asked.cursor == Cursor::default() {
            begin(tx, Scope::Shared, now)?;
        } else {
            requeue_unshown_edits(tx)?;
            stream_gap::noticed(tx, now)?;
        }
        return Ok(read);
    }
    for change in &page.changes {
        let place = place(&mut at, &change.stream);
        if change.position.n <= place.n {
            continue;
        }
        if change.position.n != place.n + 1 {
            tracing::error!(
                stream = change.stream,
                read = place.n,
                next = change.position.n,
                "a change is missing in what the hub sends; everything is compared with it"
            );
            stream_gap::noticed(tx, now)?;
            break;
        }
        *place = change.position.clone();
        if disabled(Rule::CursorWithPage) {
            put_cursor(tx, &at)?;
            tx.execute_batch("commit; begin").map_err(QueueError::from)?;
        }
        let taken = take(tx, &change.update, UpdateSource::ByStream, now)?;
        read.changes += 1;
        read.changed += usize::from(taken.changed);
        read.overlaps += taken.overlaps;
        read.kept += usize::from(taken.kept);
    }
    // A hub that says `more` and brings nothing is not asked again at once, else a round would never end.
    read.more &= at != asked.cursor;
    put_cursor(tx, &at)?;
    expected_heads::shown(tx, &at)?;
    retry::try_again(tx, now)?;
    if !page.more {
        bootstrap::has_read_all(tx)?;
        read.compare = at_head(tx)?;
    }
    Ok(read)
}

/// What the outlet did about a chain row that came with a page or a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChainOutcome {
    /// The hub is at the outlet's last batch, or at the batch that waits for its answer.
    Same,
    /// The hub is at another batch; what it lacks is queued again.
    Moved,
    /// The row belongs to another epoch, or is a fork: the outlet has stopped.
    Stopped,
}

/// Moves the outlet to the batch that the hub is at. The answer to a waiting batch settles that batch.
pub(crate) fn check_chain(
    tx: &Transaction<'_>,
    ours: &Chain,
    theirs: &ChainRow,
    now: Timestamp,
) -> Result<ChainOutcome, QueueError> {
    let waits = waiting(tx)?.is_some_and(|open| Some(open.batch_id) == theirs.position.batch_id);
    if theirs.position == ours.position || waits {
        return Ok(ChainOutcome::Same);
    }
    if ours.epoch.id != theirs.epoch.id {
        stop(tx, "epoch", OTHER_EPOCH)?;
        return Ok(ChainOutcome::Stopped);
    }
    Ok(match adopt_hub_position(tx, theirs, now)? {
        Adopted::Fork => ChainOutcome::Stopped,
        Adopted::Settled(_) | Adopted::Moved { .. } => ChainOutcome::Moved,
    })
}

/// The head was reached: what was answered `conflict` goes again if its base has changed since. What has not, and each
/// base that the stream has not shown, is to be compared; but not one of which the hub has never named a version: it does
/// not know the type, keeps what came, and would say that there is no such entity.
fn at_head(tx: &Transaction<'_>) -> Result<Vec<EntityRef>, QueueError> {
    tx.prepare_cached(
        "update sync_state set conflict_base = null where conflict_base is not null and conflict_base is not coalesce(
           (select change_id from sync_bases b
            where b.entity_type = sync_state.entity_type and b.entity_id = sync_state.entity_id), '')",
    )?
    .execute([])?;
    let mut compare = BTreeSet::new();
    // Not one query: a union that is ordered by name reads every row that was ever sent.
    for sql in [CONFLICTS, if disabled(Rule::NeverSent) { AHEAD } else { AHEAD_AND_NAMED }] {
        let mut statement = tx.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok(EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? }))?;
        for of in rows {
            compare.insert(of?);
        }
    }
    Ok(compare.into_iter().collect())
}

/// Where the hub's version is kept because it cannot be applied, it was compared; the next one comes by the stream.
const CONFLICTS: &str = "
    select entity_type, entity_id from sync_state s where conflict_base is not null and not exists (
      select 1 from sync_unapplied_updates k
      where k.entity_type = s.entity_type and k.entity_id = s.entity_id and k.state = 'retrying')
    order by seq limit 100";
const AHEAD: &str =
    "select entity_type, entity_id from sync_bases where awaits_stream = 1 order by entity_type, entity_id limit 100";
const AHEAD_AND_NAMED: &str = "
    select entity_type, entity_id from sync_bases b where awaits_stream = 1 and not exists (
      select 1 from sync_state s
      where s.entity_type = b.entity_type and s.entity_id = b.entity_id and s.cloud_version is null)
    order by entity_type, entity_id limit 100";
