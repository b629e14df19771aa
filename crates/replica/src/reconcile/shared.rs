//! Compares shared entities with the hub.

use std::collections::HashSet;

use jiff::Timestamp;
use protocol::cursor::Cursor;
use protocol::entity::{Owner, find};
use protocol::rule::{Rule, disabled};
use protocol::updates::{EntityPage, Update};
use protocol::wire::{ChainRow, EntityRef};
use rusqlite::{Transaction, params};
use sqlite::ReadRow;

use crate::batches::in_flight;
use crate::chain::chain;
use crate::entities::base::change_id;
use crate::error::QueueError;
use crate::progress::cursor::{PullRequest, put_cursor};
use crate::progress::expected_heads;
use crate::progress::range::{self, Comparison, Scope, advance, running_comparison};
use crate::pull::apply_update::{UpdateEffect, apply_update, requeue_lost, sent_change};
use crate::pull::page::{ChainOutcome, check_chain};
use crate::unapplied::UpdateSource;

/// Compares one range; returns whether it was the last. `request`: the outlet's state when it requested the page.
///
/// # Errors
/// [`QueueError`].
pub fn range(
    tx: &Transaction<'_>,
    comparison: &Comparison,
    request: &PullRequest,
    page: &EntityPage,
    now: Timestamp,
) -> Result<bool, QueueError> {
    if running_comparison(tx, Scope::Shared)?.as_ref() != Some(comparison)
        || !is_current(tx, request, &page.chain, now)?
    {
        return Ok(false);
    }
    for update in &page.entities {
        apply_update(tx, update, UpdateSource::Comparison, now)?;
    }
    let listed = page.entities.iter().map(|update| &update.of).collect();
    for of in absent_at_hub(tx, &comparison.after, page.next.as_ref(), &listed)? {
        requeue_lost(tx, &of)?;
    }
    if comparison.is_at_start() {
        expected_heads::clear(tx)?;
    }
    let cursor = comparison.cursor.as_ref().unwrap_or(&page.cursor);
    let (Ok(first), Ok(end)) = (cursor.parse::<Cursor>(), page.cursor.parse::<Cursor>()) else {
        // The cursor was edited in the database: compare everything again, from the hub's current head.
        tracing::warn!(cursor, "the cursor of a comparison cannot be parsed; restarting the comparison");
        let restart = "update sync_reconcile set after_type = '', after_id = '', cursor = null where scope = 'shared'";
        tx.execute(restart, [])?;
        return Ok(false);
    };
    expected_heads::note(tx, &first, &end)?;
    let Some(next) = &page.next else {
        put_cursor(tx, &first)?;
        range::end(tx, Scope::Shared)?;
        tx.execute("update sync_bases set awaits_stream = 0 where awaits_stream = 1", [])?;
        return Ok(true);
    };
    advance(tx, Scope::Shared, next, Some(cursor))?;
    Ok(false)
}

/// Whether a range was read at the outlet's current position. First find out which batches a restored hub has lost, or
/// changes that others made there since would seem to be based on them.
fn is_current(
    tx: &Transaction<'_>,
    request: &PullRequest,
    theirs: &ChainRow,
    now: Timestamp,
) -> Result<bool, QueueError> {
    let ours = chain(tx)?;
    // The range check backs up the page check; the mutation that disables that one disables both.
    if disabled(Rule::RangeChain) || disabled(Rule::PageChain) {
        return Ok(true);
    }
    if ours.epoch.id != request.epoch_id {
        return Ok(false);
    }
    if ours.position.batch_id == request.at {
        return Ok(check_chain(tx, &ours, theirs, now)? != ChainOutcome::Stopped);
    }
    // A reply was applied meanwhile. If the hub was at another position than before or after it, request the page
    // again.
    let in_flight_id = in_flight(tx)?.map(|open| open.batch_id);
    let theirs = &theirs.position.batch_id;
    Ok([&ours.position.batch_id, &request.at].contains(&theirs) || (in_flight_id.is_some() && in_flight_id == *theirs))
}

/// Entities after `after` up to `to` that came from the hub but that it does not list: bases and unapplied updates.
pub(crate) fn absent_at_hub(
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
    let is_owned = |of: &EntityRef| find(&of.entity_type).is_some_and(|entity| entity.owner == Owner::Outlet);
    Ok(known.into_iter().filter(|of| !listed.contains(of) && !is_owned(of)).collect())
}

/// Compares one entity with the hub's version; `None`: the hub does not have it. Does nothing if the base has changed
/// since the request.
///
/// An edit that was answered `conflict` is sent again after the hub's version was merged. If that cannot be applied,
/// the edit waits as well, or it would be sent and rejected forever.
///
/// # Errors
/// [`QueueError`].
pub fn compare_one(
    tx: &Transaction<'_>,
    of: &EntityRef,
    read_at: Option<&str>,
    theirs: Option<&Update>,
    now: Timestamp,
) -> Result<UpdateEffect, QueueError> {
    if change_id(tx, of)?.as_deref() != read_at {
        return Ok(UpdateEffect::default());
    }
    tx.prepare_cached(
        "update sync_bases set awaits_stream = 0 where entity_type = ?1 and entity_id = ?2 and awaits_stream = 1",
    )?
    .execute([&of.entity_type, &of.entity_id])?;
    let effect = match theirs {
        Some(update) => apply_update(tx, update, UpdateSource::Comparison, now)?,
        None => requeue_lost(tx, of).map(|()| UpdateEffect::default())?,
    };
    if let Some(update) = theirs
        && read_at != Some(update.token.change_id.as_str())
        && sent_change(tx, update)?.is_none()
    {
        // The version may be from after the cursor, and a hub restored to a moment in between would not have it. Unless
        // the stream shows it, compare it again at the next head.
        tx.prepare_cached(
            "update sync_bases set awaits_stream = 1 where entity_type = ?1 and entity_id = ?2 and change_id = ?3",
        )?
        .execute([&of.entity_type, &of.entity_id, &update.token.change_id])?;
    }
    if !effect.unapplied {
        tx.prepare_cached("update sync_state set conflict_base = null where entity_type = ?1 and entity_id = ?2")?
            .execute([&of.entity_type, &of.entity_id])?;
    }
    Ok(effect)
}
