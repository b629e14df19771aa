//! Trying again what could not be applied.

use jiff::Timestamp;
use protocol::entity::{Entity, Owner, find};
use protocol::updates::Update;
use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;
use sqlite::ReadRow;
use utoipa::ToSchema;

use crate::entities::apply::ApplyError;
use crate::entities::base::change_id;
use crate::error::QueueError;
use crate::pull::apply_update::take;
use crate::pull::owned;
use crate::unapplied::{UpdateSource, forget, keep};

/// What became of one that was tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RetryResult {
    /// Whether the update is applied now.
    pub applied: bool,
    /// Why it does not, in words.
    pub reason: Option<String>,
}

/// Tried again after a page, at the most.
const AT_ONCE: i64 = 50;

/// Tries again what is kept, where there is much a part of it, each time another one; says how much could be applied now.
///
/// # Errors
/// [`QueueError`].
pub fn try_again(tx: &Transaction<'_>, now: Timestamp) -> Result<usize, QueueError> {
    let mut statement = tx.prepare_cached(
        "select \"update\", compared_base from sync_unapplied_updates where state = 'retrying'
         order by entity_type, entity_id limit ?1 offset ?2",
    )?;
    let sql = "select count(*) from sync_unapplied_updates where state = 'retrying'";
    let count: i64 = tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?;
    // Nothing is written of a try, so chance says whose turn it is.
    let parts = ((count + AT_ONCE - 1) / AT_ONCE).max(1);
    let offset = now.as_millisecond().rem_euclid(parts) * AT_ONCE;
    let kept = statement.query_map([AT_ONCE, offset], as_received)?.collect::<Result<Vec<_>, _>>()?;
    let mut applied = 0;
    for kept in kept {
        applied += usize::from(applied_now(tx, &kept, now)?);
    }
    Ok(applied)
}

/// Tries one again at somebody's wish, also one that was discarded; none: nothing is kept of this entity.
///
/// # Errors
/// [`QueueError`].
pub fn retry(tx: &Transaction<'_>, of: &EntityRef, now: Timestamp) -> Result<Option<RetryResult>, QueueError> {
    let kept = tx
        .prepare_cached(
            "update sync_unapplied_updates set state = 'retrying', seq = (select seq + 1 from sync_context where id = 1)
             where entity_type = ?1 and entity_id = ?2 returning \"update\", compared_base",
        )?
        .query_row([&of.entity_type, &of.entity_id], as_received)
        .optional()?;
    let Some(kept) = kept else { return Ok(None) };
    let applied = applied_now(tx, &kept, now)?;
    let reason = tx
        .prepare_cached("select reason from sync_unapplied_updates where entity_type = ?1 and entity_id = ?2")?
        .query_row([&of.entity_type, &of.entity_id], |row| row.read(0))
        .optional()?;
    Ok(Some(RetryResult { applied, reason }))
}

/// An update as it was received, and what it was compared with.
fn as_received(row: &Row<'_>) -> rusqlite::Result<(String, Option<String>)> {
    Ok((row.read(0)?, row.read(1)?))
}

fn applied_now(
    tx: &Transaction<'_>,
    (json, compared_base): &(String, Option<String>),
    now: Timestamp,
) -> Result<bool, QueueError> {
    // Somebody has edited what was received: head office's next change of the entity takes its place.
    let update: Update = match serde_json::from_str(json) {
        Ok(update) => update,
        Err(error) => {
            tracing::warn!(%error, "a change of head office that was kept cannot be read any more");
            return Ok(false);
        }
    };
    let still = compared_base.is_some() && *compared_base == change_id(tx, &update.of)?;
    let came = if still { UpdateSource::ByComparison } else { UpdateSource::ByStream };
    match find(&update.of.entity_type).filter(|entity| entity.owner == Owner::Outlet) {
        Some(entity) => own_applied(tx, entity, &update, now),
        None => Ok(!take(tx, &update, came, now)?.kept),
    }
}

fn own_applied(tx: &Transaction<'_>, entity: &Entity, update: &Update, now: Timestamp) -> Result<bool, QueueError> {
    match owned::take_kept(tx, entity, update, now) {
        Ok(()) => forget(tx, &update.of).map(|()| true),
        Err(ApplyError::Refused(reason)) => keep(tx, update, UpdateSource::ByStream, &reason, now).map(|()| false),
        Err(ApplyError::Queue(error)) => Err(error),
    }
}
