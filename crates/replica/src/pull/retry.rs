//! Retries unapplied updates.

use access::audit::{Author, Deed, record};
use domain::audit::AuditAction;
use jiff::Timestamp;
use protocol::entity::{Entity, Owner, find};
use protocol::updates::Update;
use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;
use serde_json::json;
use sqlite::ReadRow;
use utoipa::ToSchema;
use web::messages::{Reason, ShownReason};

use crate::entities::apply::ApplyError;
use crate::entities::base::change_id;
use crate::error::QueueError;
use crate::pull::apply_update::apply_update;
use crate::pull::owned;
use crate::unapplied::{UpdateSource, delete, store};

/// Result of a retry.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RetryResult {
    /// Whether the update is now applied.
    pub applied: bool,
    /// Why it is not.
    pub reason: Option<ShownReason>,
}

/// Maximum number of updates retried after a page.
const MAX_PER_PAGE: i64 = 50;

/// Retries stored updates; if there are many, a random part of them. Returns how many could be applied.
///
/// # Errors
/// [`QueueError`].
pub fn retry_some(tx: &Transaction<'_>, now: Timestamp) -> Result<usize, QueueError> {
    let mut statement = tx.prepare_cached(
        "select \"update\", compared_base from sync_unapplied_updates where state = 'retrying'
         order by entity_type, entity_id limit ?1 offset ?2",
    )?;
    let sql = "select count(*) from sync_unapplied_updates where state = 'retrying'";
    let count: i64 = tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?;
    // A retry writes nothing, so the clock picks the part.
    let parts = ((count + MAX_PER_PAGE - 1) / MAX_PER_PAGE).max(1);
    let offset = now.as_millisecond().rem_euclid(parts) * MAX_PER_PAGE;
    let stored = statement.query_map([MAX_PER_PAGE, offset], as_received)?.collect::<Result<Vec<_>, _>>()?;
    let mut applied = 0;
    for stored in stored {
        applied += usize::from(apply_stored(tx, &stored, now)?);
    }
    Ok(applied)
}

/// Retries the update of an entity on request, also a discarded one; `None` if there is no such update.
///
/// # Errors
/// [`QueueError`].
pub fn retry<'a>(
    tx: &Transaction<'_>,
    of: &EntityRef,
    by: impl Into<Author<'a>>,
    now: Timestamp,
) -> Result<Option<RetryResult>, QueueError> {
    let stored = tx
        .prepare_cached(
            "update sync_unapplied_updates set state = 'retrying', seq = (select seq + 1 from sync_context where id = 1)
             where entity_type = ?1 and entity_id = ?2 returning \"update\", compared_base",
        )?
        .query_row([&of.entity_type, &of.entity_id], as_received)
        .optional()?;
    let Some(stored) = stored else { return Ok(None) };
    let applied = apply_stored(tx, &stored, now)?;
    let deed = Deed::new(AuditAction::UpdateRequeued).to(&of.entity_type, &of.entity_id);
    record(tx, by, deed.with(json!({"applied": applied})), now)?;
    let reason = tx
        .prepare_cached(
            "select code, args, message from sync_unapplied_updates where entity_type = ?1 and entity_id = ?2",
        )?
        .query_row([&of.entity_type, &of.entity_id], |row| Reason::read(row, 0))
        .optional()?;
    Ok(Some(RetryResult { applied, reason: reason.flatten().map(Into::into) }))
}

/// An update as received, and the base that it was compared with.
fn as_received(row: &Row<'_>) -> rusqlite::Result<(String, Option<String>)> {
    Ok((row.read(0)?, row.read(1)?))
}

fn apply_stored(
    tx: &Transaction<'_>,
    (json, compared_base): &(String, Option<String>),
    now: Timestamp,
) -> Result<bool, QueueError> {
    // An update that cannot be parsed was edited in the database; the next change from head office replaces it.
    let update: Update = match serde_json::from_str(json) {
        Ok(update) => update,
        Err(error) => {
            tracing::warn!(%error, "an unapplied update cannot be parsed");
            return Ok(false);
        }
    };
    let base_is_unchanged = compared_base.is_some() && *compared_base == change_id(tx, &update.of)?;
    let source = if base_is_unchanged { UpdateSource::Comparison } else { UpdateSource::Stream };
    match find(&update.of.entity_type).filter(|entity| entity.owner == Owner::Outlet) {
        Some(entity) => retry_owned(tx, entity, &update, now),
        None => Ok(!apply_update(tx, &update, source, now)?.unapplied),
    }
}

fn retry_owned(tx: &Transaction<'_>, entity: &Entity, update: &Update, now: Timestamp) -> Result<bool, QueueError> {
    match owned::retry_unapplied(tx, entity, update, now) {
        Ok(()) => delete(tx, &update.of).map(|()| true),
        Err(ApplyError::Refused(reason)) => store(tx, update, UpdateSource::Stream, &reason, now).map(|()| false),
        Err(ApplyError::Queue(error)) => Err(error),
    }
}
