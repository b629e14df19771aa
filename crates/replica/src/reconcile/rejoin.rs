//! Compares outlet-owned entities with the hub after the outlet enrolled in a new epoch: its backup was restored, its
//! disk cloned or its machine replaced.

use jiff::Timestamp;
use protocol::entity::{Document, Entity, Owner, find};
use protocol::rule::{Rule, disabled};
use protocol::updates::{OwnedDocument, OwnedPage};
use protocol::wire::EntityRef;
use rusqlite::Transaction;

use crate::chain::chain;
use crate::conflicts;
use crate::entities::apply::ApplyError;
use crate::error::QueueError;
use crate::progress::range::{Comparison, Scope, advance, end, running_comparison};
use crate::pull::owned::{
    RowVersion, WriteMode, acknowledge, acknowledged_but_absent, contains_children, document_of, ids, refusal,
    requeue_above, reserve_number, row_version, set_child_indexes, store_unapplied, write,
};
use crate::push::reply::delete_links;
use crate::push::requeue::requeue;

/// Compares one range; returns whether it was the last.
///
/// # Errors
/// [`QueueError`].
pub fn range(
    tx: &Transaction<'_>,
    comparison: &Comparison,
    page: &OwnedPage,
    now: Timestamp,
) -> Result<bool, QueueError> {
    let same_epoch = chain(tx)?.epoch.id == page.chain.epoch.id;
    if !same_epoch || running_comparison(tx, Scope::Rejoin)?.as_ref() != Some(comparison) {
        return Ok(false);
    }
    compare(tx, &comparison.after, page.next.as_ref(), &page.documents, now)?;
    if let Some(next) = &page.next {
        advance(tx, Scope::Rejoin, next, None)?;
        return Ok(false);
    }
    finish(tx)?;
    Ok(true)
}

/// Compares the entities after `after` up to `to` with all of the hub's in this range.
pub(crate) fn compare(
    tx: &Transaction<'_>,
    after: &EntityRef,
    to: Option<&EntityRef>,
    documents: &[OwnedDocument],
    now: Timestamp,
) -> Result<(), QueueError> {
    set_child_indexes(tx, true)?;
    for theirs in documents {
        if let Some(entity) = find(&theirs.of.entity_type).filter(|entity| entity.owner == Owner::Outlet) {
            rejoin(tx, entity, theirs, now)?;
        }
    }
    requeue_absent(tx, after, to, documents)
}

/// Ends the comparison.
pub(crate) fn finish(tx: &Transaction<'_>) -> Result<(), QueueError> {
    set_child_indexes(tx, false)?;
    delete_links(tx)?;
    end(tx, Scope::Rejoin)
}

fn rejoin(tx: &Transaction<'_>, entity: &Entity, theirs: &OwnedDocument, now: Timestamp) -> Result<(), QueueError> {
    let ours = document_of(tx, entity, &theirs.of.entity_id)?;
    if let Some(document) = &theirs.document {
        reserve_number(tx, entity, document)?;
    }
    let row_version = row_version(tx, &theirs.of)?;
    if let Some(reason) = refusal(entity, ours.as_ref(), theirs) {
        return match ours {
            // The local document replaces an unreadable one at the hub.
            Some(_) => requeue_above(tx, theirs, row_version),
            None => store_unapplied(tx, theirs, &reason, now),
        };
    }
    let mode = match choose(entity, ours.as_ref(), theirs, row_version) {
        Choice::Same => return acknowledge(tx, theirs, now),
        Choice::Ours => return requeue_above(tx, theirs, row_version),
        Choice::Theirs => WriteMode::Replace,
        Choice::Union(mode) => mode,
    };
    let replaced = mode == WriteMode::Replace;
    match write(tx, entity, theirs, mode) {
        Ok(()) if replaced => acknowledge(tx, theirs, now),
        Ok(()) => {
            tracing::warn!(of = ?theirs.of, "this database and the hub had different child rows; kept all of them");
            requeue_above(tx, theirs, row_version)?;
            record_union(tx, entity, ours.as_ref(), theirs, now)
        }
        // The hub keeps its document; the local rows must not count as that document.
        Err(ApplyError::Refused(reason)) if ours.is_none() => store_unapplied(tx, theirs, &reason, now),
        Err(ApplyError::Refused(reason)) => {
            tracing::error!(of = ?theirs.of, %reason, "the hub's document cannot be written here");
            requeue_above(tx, theirs, row_version)
        }
        Err(ApplyError::Queue(error)) => Err(error),
    }
}

/// Records for the admin the child rows of this database and those of the hub, if either lacked one.
fn record_union(
    tx: &Transaction<'_>,
    entity: &Entity,
    ours: Option<&Document>,
    theirs: &OwnedDocument,
    now: Timestamp,
) -> Result<(), QueueError> {
    let (Some(ours), Some(document)) = (ours, &theirs.document) else { return Ok(()) };
    for child in entity.children.iter().filter(|child| ids(ours, child) != ids(document, child)) {
        let list = |of: &Document| of.get(child.name).cloned().unwrap_or_default();
        conflicts::record_union(tx, &theirs.of, child.name, [&list(ours), &list(document)], now)?;
    }
    Ok(())
}

/// The document that is in effect from now on.
enum Choice {
    /// Both sides have the same.
    Same,
    /// The hub's document.
    Theirs,
    /// The outlet's document, sent again above the hub's version.
    Ours,
    /// The child rows of both.
    Union(WriteMode),
}

fn choose(entity: &Entity, ours: Option<&Document>, theirs: &OwnedDocument, row_version: RowVersion) -> Choice {
    let not_older = theirs.version >= row_version.version;
    match (ours, &theirs.document) {
        (None, None) => Choice::Same,
        (Some(ours), Some(theirs)) if ours == theirs => Choice::Same,
        (Some(_), Some(_)) if entity.never_changes() => Choice::Theirs,
        // Deleted here since. A deletion never wins over child rows that its author may not have seen.
        (None, Some(_)) if row_version.dirty && entity.children.is_empty() => Choice::Ours,
        (None, Some(_)) => Choice::Theirs,
        (Some(_), None) if !row_version.dirty && not_older && entity.children.is_empty() => Choice::Theirs,
        (Some(_), None) => Choice::Ours,
        (Some(ours), Some(document))
            if !row_version.dirty && not_older && contains_children(entity, document, ours) =>
        {
            Choice::Theirs
        }
        (Some(_), Some(_)) if disabled(Rule::Union) => Choice::Theirs,
        (Some(_), Some(_)) if !row_version.dirty && not_older => Choice::Union(WriteMode::Merge),
        (Some(_), Some(_)) => Choice::Union(WriteMode::ChildrenOnly),
    }
}

/// Queues the outlet-owned entities in the range that the hub does not list.
fn requeue_absent(
    tx: &Transaction<'_>,
    after: &EntityRef,
    to: Option<&EntityRef>,
    documents: &[OwnedDocument],
) -> Result<(), QueueError> {
    acknowledged_but_absent(tx, after, to, documents)?.iter().try_for_each(|of| Ok(requeue(tx, of, true)?))
}
