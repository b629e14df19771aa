//! Comparing what is shared with what the hub has of it.

use std::collections::HashSet;

use jiff::Timestamp;
use protocol::cursor::Cursor;
use protocol::entity::{Owner, find};
use protocol::rule::{Rule, disabled};
use protocol::updates::{EntityPage, Update};
use protocol::wire::{ChainRow, EntityRef};
use rusqlite::{Transaction, params};
use sqlite::ReadRow;

use crate::batches::waiting;
use crate::chain::chain;
use crate::entities::base::change_id;
use crate::error::QueueError;
use crate::progress::cursor::{PullRequest, put_cursor};
use crate::progress::expected_heads;
use crate::progress::range::{self, Scope, UnderWay, move_on, under_way};
use crate::pull::apply_update::{Taken, lost, own_change, take};
use crate::pull::page::{ChainOutcome, check_chain};
use crate::unapplied::UpdateSource;

/// Compares one range; says whether it was the last. `stood`: where the outlet stood when it asked.
///
/// # Errors
/// [`QueueError`].
pub fn range(
    tx: &Transaction<'_>,
    asked: &UnderWay,
    stood: &PullRequest,
    page: &EntityPage,
    now: Timestamp,
) -> Result<bool, QueueError> {
    if under_way(tx, Scope::Shared)?.as_ref() != Some(asked) || !is_read_here(tx, stood, &page.chain, now)? {
        return Ok(false);
    }
    for update in &page.entities {
        take(tx, update, UpdateSource::ByComparison, now)?;
    }
    let listed = page.entities.iter().map(|update| &update.of).collect();
    for of in unknown_there(tx, &asked.after, page.next.as_ref(), &listed)? {
        lost(tx, &of)?;
    }
    if asked.is_at_start() {
        expected_heads::forget(tx)?;
    }
    let cursor = asked.cursor.as_ref().unwrap_or(&page.cursor);
    let (Ok(first), Ok(end)) = (cursor.parse::<Cursor>(), page.cursor.parse::<Cursor>()) else {
        // One that somebody has edited: everything is compared once more, from where the hub stands now.
        tracing::warn!(cursor, "the place of a comparison cannot be read; it begins again");
        let again = "update sync_reconcile set after_type = '', after_id = '', cursor = null where scope = 'shared'";
        tx.execute(again, [])?;
        return Ok(false);
    };
    expected_heads::note(tx, &first, &end)?;
    let Some(next) = &page.next else {
        put_cursor(tx, &first)?;
        range::end(tx, Scope::Shared)?;
        tx.execute("update sync_bases set awaits_stream = 0 where awaits_stream = 1", [])?;
        return Ok(true);
    };
    move_on(tx, Scope::Shared, next, Some(cursor))?;
    Ok(false)
}

/// Whether a range was read where this outlet stands. What a restored hub has lost of one's own must be known before anything
/// is compared, or what others changed there since would seem to have been made from it.
fn is_read_here(
    tx: &Transaction<'_>,
    stood: &PullRequest,
    theirs: &ChainRow,
    now: Timestamp,
) -> Result<bool, QueueError> {
    let ours = chain(tx)?;
    // A range is the second line behind a page: without the first one there is none.
    if disabled(Rule::RangeChain) || disabled(Rule::PageChain) {
        return Ok(true);
    }
    if ours.epoch.id != stood.epoch_id {
        return Ok(false);
    }
    if ours.position.batch_id == stood.at {
        return Ok(check_chain(tx, &ours, theirs, now)? != ChainOutcome::Stopped);
    }
    // A batch was settled meanwhile. A hub that stood elsewhere, before or behind it, is asked again.
    let waits = waiting(tx)?.map(|open| open.batch_id);
    let theirs = &theirs.position.batch_id;
    Ok([&ours.position.batch_id, &stood.at].contains(&theirs) || (waits.is_some() && waits == *theirs))
}

/// What came from the hub, behind `after` up to `to`, of entities that it does not list: bases, and what could not be
/// applied.
pub(crate) fn unknown_there(
    tx: &Transaction<'_>,
    after: &EntityRef,
    to: Option<&EntityRef>,
    listed: &HashSet<&EntityRef>,
) -> Result<Vec<EntityRef>, QueueError> {
    let mut statement = tx.prepare_cached(
        "select entity_type, entity_id from sync_bases where (entity_type, entity_id) > (?1, ?2)
           and (?3 is null or (entity_type, entity_id) <= (?3, ?4))
         union select entity_type, entity_id from sync_unapplied_updates where (entity_type, entity_id) > (?1, ?2)
           and (?3 is null or (entity_type, entity_id) <= (?3, ?4))
         order by 1, 2",
    )?;
    let (to_type, to_id) = to.map(|to| (&to.entity_type, &to.entity_id)).unzip();
    let rows = statement.query_map(params![after.entity_type, after.entity_id, to_type, to_id], |row| {
        Ok(EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? })
    })?;
    let known = rows.collect::<Result<Vec<_>, _>>()?;
    let own = |of: &EntityRef| find(&of.entity_type).is_some_and(|entity| entity.owner == Owner::Outlet);
    Ok(known.into_iter().filter(|of| !listed.contains(of) && !own(of)).collect())
}

/// Compares one entity with the hub's version; none: the hub does not have it. Counts only while the base is still the
/// one that the question was about.
///
/// An edit that was answered `conflict` goes again when the hub's version was merged; where that cannot be applied here the
/// edit waits with it, or it would be sent and refused without end.
///
/// # Errors
/// [`QueueError`].
pub fn one(
    tx: &Transaction<'_>,
    of: &EntityRef,
    read_at: Option<&str>,
    theirs: Option<&Update>,
    now: Timestamp,
) -> Result<Taken, QueueError> {
    if change_id(tx, of)?.as_deref() != read_at {
        return Ok(Taken::default());
    }
    tx.prepare_cached(
        "update sync_bases set awaits_stream = 0 where entity_type = ?1 and entity_id = ?2 and awaits_stream = 1",
    )?
    .execute([&of.entity_type, &of.entity_id])?;
    let taken = match theirs {
        Some(update) => take(tx, update, UpdateSource::ByComparison, now)?,
        None => lost(tx, of).map(|()| Taken::default())?,
    };
    if let Some(update) = theirs
        && read_at != Some(update.token.change_id.as_str())
        && own_change(tx, update)?.is_none()
    {
        // It may come from behind the cursor, and a hub that is restored to a moment in between would not have it: unless the
        // stream shows it, it is compared once more at the next head, which is later.
        tx.prepare_cached(
            "update sync_bases set awaits_stream = 1 where entity_type = ?1 and entity_id = ?2 and change_id = ?3",
        )?
        .execute([&of.entity_type, &of.entity_id, &update.token.change_id])?;
    }
    if !taken.kept {
        tx.prepare_cached("update sync_state set conflict_base = null where entity_type = ?1 and entity_id = ?2")?
            .execute([&of.entity_type, &of.entity_id])?;
    }
    Ok(taken)
}
