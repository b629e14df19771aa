//! Compares outlet-owned entities with the hub while the outlet sells and pushes, on request.
//!
//! Nothing was restored, so the outlet's version wins: entities that differ at the hub are sent again, and entities
//! that only the hub has are written here. The exception is an acknowledged sale: if the outlet's version would reverse
//! it, the hub's is written.
//!
//! Only acknowledged entities are compared, and only with a page read at the outlet's position in its chain: then both
//! sides must be equal, or something is wrong. Later changes are sent as usual, and equal entities are left alone.

use jiff::Timestamp;
use protocol::acknowledged::reverses_sale_parsed;
use protocol::entity::{Entity, Owner, find};
use protocol::updates::{OwnedDocument, OwnedPage};
use protocol::wire::EntityRef;
use rusqlite::{Transaction, params};
use serde_json::{Map, Value};

use crate::chain::chain;
use crate::entities::apply::ApplyError;
use crate::entities::base::document;
use crate::error::QueueError;
use crate::progress::range::{Comparison, Scope, advance, end, running_comparison};
use crate::pull::owned::{
    RowVersion, WriteMode, acknowledge, acknowledged_but_absent, refusal, requeue_above, reserve_number, row_version,
    set_child_indexes, store_unapplied, write,
};
use crate::push::requeue::requeue;

/// The next step after a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The next range.
    Next,
    /// It was the last one.
    Last,
    /// The page was read at another position and cannot be compared: request it again after the next batch.
    Later,
}

/// Compares one range.
///
/// # Errors
/// [`QueueError`].
pub fn range(
    tx: &Transaction<'_>,
    comparison: &Comparison,
    page: &OwnedPage,
    now: Timestamp,
) -> Result<Step, QueueError> {
    let ours = chain(tx)?;
    let is_current = ours.epoch.id == page.chain.epoch.id && ours.position == page.chain.position;
    if !is_current || running_comparison(tx, Scope::Owned)?.as_ref() != Some(comparison) {
        return Ok(Step::Later);
    }
    let within = |of: &EntityRef| comparison.to.as_ref().is_none_or(|to| of <= to);
    for theirs in page.documents.iter().filter(|theirs| within(&theirs.of)) {
        if let Some(entity) = find(&theirs.of.entity_type).filter(|entity| entity.owner == Owner::Outlet) {
            compare(tx, entity, theirs, now)?;
        }
    }
    let end_of_page = page.next.as_ref().filter(|next| within(next));
    requeue_absent(tx, &comparison.after, end_of_page.or(comparison.to.as_ref()), page)?;
    if let Some(next) = end_of_page.filter(|next| comparison.to.as_ref() != Some(next)) {
        advance(tx, Scope::Owned, next, None)?;
        return Ok(Step::Next);
    }
    set_child_indexes(tx, false)?;
    end(tx, Scope::Owned)?;
    Ok(Step::Last)
}

fn compare(tx: &Transaction<'_>, entity: &Entity, theirs: &OwnedDocument, now: Timestamp) -> Result<(), QueueError> {
    let row_version = row_version(tx, &theirs.of)?;
    if row_version.dirty {
        return Ok(());
    }
    let ours: Option<Map<String, Value>> = match document(tx, entity, &theirs.of.entity_id)? {
        Some(json) => Some(serde_json::from_str(&json)?),
        None => None,
    };
    if let Some(reason) = refusal(entity, ours.as_ref(), theirs) {
        tracing::warn!(of = ?theirs.of, %reason, "the hub's document cannot be applied");
        return match ours {
            Some(_) => requeue_above(tx, theirs, row_version),
            None => store_unapplied(tx, theirs, &reason, now),
        };
    }
    match (&ours, &theirs.document) {
        (None, None) => Ok(()),
        (Some(ours), Some(document)) if ours == document => raise_version(tx, theirs, row_version),
        (Some(ours), Some(document))
            if entity.never_changes()
                || entity.name == "order" && reverses_sale_parsed(document, Some(ours)).is_some() =>
        {
            tracing::warn!(of = ?theirs.of, "head office keeps the acknowledged sale or refund; restoring it here");
            set_child_indexes(tx, true)?;
            match write(tx, entity, theirs, WriteMode::Replace) {
                Ok(()) => acknowledge(tx, theirs, now),
                Err(ApplyError::Refused(reason)) => {
                    tracing::error!(of = ?theirs.of, %reason, "head office's document cannot be written here");
                    Ok(())
                }
                Err(ApplyError::Queue(error)) => Err(error),
            }
        }
        (Some(_), _) => {
            tracing::warn!(of = ?theirs.of, "the hub has a different document; sending ours again");
            requeue_above(tx, theirs, row_version)
        }
        (None, Some(document)) => {
            tracing::warn!(of = ?theirs.of, "the hub has an entity that this database lost; restoring it here");
            reserve_number(tx, entity, document)?;
            // Child rows are looked up by their ids.
            set_child_indexes(tx, true)?;
            match write(tx, entity, theirs, WriteMode::Replace) {
                Ok(()) => acknowledge(tx, theirs, now),
                Err(ApplyError::Refused(reason)) => store_unapplied(tx, theirs, &reason, now),
                Err(ApplyError::Queue(error)) => Err(error),
            }
        }
    }
}

/// Same content: make sure that the next change counts as newer.
fn raise_version(tx: &Transaction<'_>, theirs: &OwnedDocument, row_version: RowVersion) -> Result<(), QueueError> {
    if theirs.version > row_version.version {
        tx.prepare_cached(
            "update sync_state set version = ?3, acked_version = ?3 where entity_type = ?1 and entity_id = ?2",
        )?
        .execute(params![theirs.of.entity_type, theirs.of.entity_id, theirs.version])?;
    }
    Ok(())
}

fn requeue_absent(
    tx: &Transaction<'_>,
    after: &EntityRef,
    to: Option<&EntityRef>,
    page: &OwnedPage,
) -> Result<(), QueueError> {
    for of in acknowledged_but_absent(tx, after, to, &page.documents)? {
        tracing::warn!(?of, "the hub lacks this entity; sending it again");
        requeue(tx, &of, true)?;
    }
    Ok(())
}
