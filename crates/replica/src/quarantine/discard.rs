//! Discards a failed item: it is no longer retried.
//!
//! The edit of a shared entity is reverted to the base revision. An outlet-owned entity, or one that head office never
//! had, stays as it is and is not sent until it changes or a person retries it.

use access::audit::{self, Author, Deed};
use domain::audit::AuditAction;
use jiff::Timestamp;
use protocol::entity::{Owner, find};
use protocol::secret::hide;
use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use serde_json::{Value, json};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::messages::Reason;
use web::{ApiError, Code};

use crate::conflicts::supersede;
use crate::entities::apply::{ApplyError, apply};
use crate::entities::base::{Base, base, differences, document, local_fields, version};
use crate::error::QueueError;
use crate::quarantine::record::{DiscardEntry, record};
use crate::requests;

/// The result of a discard.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DiscardResult {
    /// Type of the entity.
    pub entity_type: String,
    /// Id of the entity.
    pub entity_id: String,
    /// Result of the discard.
    pub outcome: DiscardOutcome,
}

/// Effect of a discard on an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscardOutcome {
    /// It stays as it is and is not sent.
    NotSent,
    /// The edit was reverted to the version that outlet and head office last agreed on.
    Reverted,
}

/// Why an item is not discarded. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DiscardRefused {
    /// No row of the queue has this id.
    #[error("the queue has no item with this id; the list of failed items shows the ids")]
    NotFound,
    /// The entity has no unapplied update.
    #[error("the entity has no unapplied update; the list of unapplied updates shows the entities")]
    NoUpdate,
    /// It is pending, in flight or sent.
    #[error("this item has not failed: it is pending, in flight or already sent")]
    NotFailed,
    /// It was discarded before.
    #[error("this is already discarded; a retry undoes the discard")]
    AlreadyDiscarded,
    /// The table rejects the base revision.
    #[error("head office's version cannot be written here: {0} Correct the entity here and retry the item instead")]
    Unwritable(Reason),
    /// The database failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl From<rusqlite::Error> for DiscardRefused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Queue(error.into())
    }
}

impl From<Fault> for DiscardRefused {
    fn from(fault: Fault) -> Self {
        Self::Queue(fault.into())
    }
}

impl From<DiscardRefused> for ApiError {
    fn from(refused: DiscardRefused) -> Self {
        match refused {
            DiscardRefused::NotFound => Code::NotFound.because("queue_item"),
            DiscardRefused::NoUpdate => Code::NotFound.because("unapplied"),
            DiscardRefused::NotFailed => Code::NotFailed.into(),
            DiscardRefused::AlreadyDiscarded => Code::AlreadyDiscarded.into(),
            DiscardRefused::Unwritable(detail) => Code::CannotBeTakenBack.with("detail", detail.message()),
            DiscardRefused::Queue(error) => error.into(),
        }
    }
}

/// Discards a failed item, by its id in `sync_queue`.
///
/// # Errors
/// [`DiscardRefused`].
pub fn discard<'a>(
    tx: &Transaction<'_>,
    queue_id: i64,
    reason: &str,
    by: impl Into<Author<'a>>,
    now: Timestamp,
) -> Result<DiscardResult, DiscardRefused> {
    let FailedItem { of, reason: quarantined_for } = failed(tx, queue_id)?;
    let content = revert(tx, &of, now)?;
    let outcome = if content.is_some() { DiscardOutcome::Reverted } else { DiscardOutcome::NotSent };
    if outcome == DiscardOutcome::NotSent {
        tx.prepare_cached("update sync_state set status = 'discarded' where entity_type = ?1 and entity_id = ?2")?
            .execute(params![of.entity_type, raw(&of.entity_id)])?;
    }
    let EntityRef { entity_type, entity_id } = of;
    let entry =
        DiscardEntry { kind: "item", entity_type: &entity_type, entity_id: &entity_id, quarantined_for, content };
    let by = by.into();
    record(tx, &entry, reason, by.name(), now)?;
    let deed = Deed::new(AuditAction::ItemDiscarded).to(&entity_type, &entity_id);
    audit::record(tx, by, deed.with(json!({"reason": reason, "outcome": outcome})), now)?;
    Ok(DiscardResult { entity_type, entity_id, outcome })
}

/// A failed item, and why it failed.
struct FailedItem {
    of: EntityRef,
    reason: Option<Reason>,
}

fn failed(tx: &Transaction<'_>, queue_id: i64) -> Result<FailedItem, DiscardRefused> {
    let found = tx
        .prepare_cached(
            "select entity_type, entity_id, error_code, error_args, error_message from sync_state
             where seq = ?1 and status = 'failed'",
        )?
        .query_row([queue_id], |row| {
            let of = EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? };
            Ok(FailedItem { of, reason: Reason::read(row, 2)? })
        })
        .optional()?;
    let exists = |sql: &str| tx.prepare_cached(sql)?.exists([queue_id]);
    match found {
        Some(failed) => Ok(failed),
        None if exists("select 1 from sync_state where seq = ?1 and status = 'discarded'")? => {
            Err(DiscardRefused::AlreadyDiscarded)
        }
        None if exists("select 1 from sync_state where seq = ?1")? => Err(DiscardRefused::NotFailed),
        None => Err(DiscardRefused::NotFound),
    }
}

/// Reverts a shared entity to its base revision and returns the reverted edit. `None` without a base: then the edit
/// stays.
fn revert(tx: &Transaction<'_>, of: &EntityRef, now: Timestamp) -> Result<Option<Value>, DiscardRefused> {
    let Some(entity) = find(&of.entity_type).filter(|entity| entity.owner == Owner::Both) else { return Ok(None) };
    let Some(base_revision) = base(tx, &of.entity_type, &of.entity_id)? else { return Ok(None) };
    let local = local_fields(document(tx, entity, &of.entity_id)?.as_deref())?;
    let edit = differences(Some(&base_revision), &local);
    let Base { token, fields } = base_revision;
    match apply(tx, entity, &of.entity_id, &version(fields)) {
        Ok(()) => {}
        Err(ApplyError::Refused(reason)) => return Err(DiscardRefused::Unwritable(reason)),
        Err(ApplyError::Queue(error)) => return Err(error.into()),
    }
    // Bump the version so that stale `If-Match` requests fail, and compare with the hub at the next head, in case a
    // batch with the edit has arrived there after all.
    tx.prepare_cached(
        "update sync_state set version = version + 1, acked_version = version + 1, status = 'success', retry_count = 0,
           error_code = null, error_args = null, error_message = null, conflict_base = ?3
         where entity_type = ?1 and entity_id = ?2",
    )?
    .execute(params![of.entity_type, raw(&of.entity_id), token.change_id])?;
    supersede(tx, of, now)?;
    requests::trigger(tx)?;
    Ok(Some(hide(serde_json::to_value(edit).map_err(QueueError::from)?)))
}
