//! Comparing the outlet's own entities with what the hub has of them, after the outlet has joined with a new life: its
//! backup was restored, its disk was cloned, its machine was replaced.

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
use crate::progress::range::{Scope, UnderWay, end, move_on, under_way};
use crate::pull::owned::{
    State, Write, acknowledged, ahead, children_by_id, document_of, ids, keep, knows_children, refusal, reserve_number,
    settled_and_not_listed, state, write,
};
use crate::push::reply::forget_links;
use crate::push::requeue::requeue;

/// Compares one range; says whether it was the last.
///
/// # Errors
/// [`QueueError`].
pub fn range(tx: &Transaction<'_>, asked: &UnderWay, page: &OwnedPage, now: Timestamp) -> Result<bool, QueueError> {
    let this_life = chain(tx)?.epoch.id == page.chain.epoch.id;
    if !this_life || under_way(tx, Scope::Rejoin)?.as_ref() != Some(asked) {
        return Ok(false);
    }
    compare(tx, &asked.after, page.next.as_ref(), &page.documents, now)?;
    if let Some(next) = &page.next {
        move_on(tx, Scope::Rejoin, next, None)?;
        return Ok(false);
    }
    finish(tx)?;
    Ok(true)
}

/// Compares what stands behind `after`, up to `to`, with all that the hub has there.
pub(crate) fn compare(
    tx: &Transaction<'_>,
    after: &EntityRef,
    to: Option<&EntityRef>,
    documents: &[OwnedDocument],
    now: Timestamp,
) -> Result<(), QueueError> {
    children_by_id(tx, true)?;
    for theirs in documents {
        if let Some(entity) = find(&theirs.of.entity_type).filter(|entity| entity.owner == Owner::Outlet) {
            settle(tx, entity, theirs, now)?;
        }
    }
    send_what_the_hub_lacks(tx, after, to, documents)
}

/// Everything was compared.
pub(crate) fn finish(tx: &Transaction<'_>) -> Result<(), QueueError> {
    children_by_id(tx, false)?;
    forget_links(tx)?;
    end(tx, Scope::Rejoin)
}

fn settle(tx: &Transaction<'_>, entity: &Entity, theirs: &OwnedDocument, now: Timestamp) -> Result<(), QueueError> {
    let ours = document_of(tx, entity, &theirs.of.entity_id)?;
    if let Some(document) = &theirs.document {
        reserve_number(tx, entity, document)?;
    }
    let state = state(tx, &theirs.of)?;
    if let Some(reason) = refusal(entity, ours.as_ref(), theirs) {
        return match ours {
            // The local document goes to the hub, above one that nobody can read.
            Some(_) => ahead(tx, theirs, state),
            None => keep(tx, theirs, &reason, now),
        };
    }
    let how = match decide(entity, ours.as_ref(), theirs, state) {
        Decision::Same => return acknowledged(tx, theirs, now),
        Decision::Ours => return ahead(tx, theirs, state),
        Decision::Theirs => Write::Exactly,
        Decision::Union(how) => how,
    };
    let whole = how == Write::Exactly;
    match write(tx, entity, theirs, how) {
        Ok(()) if whole => acknowledged(tx, theirs, now),
        Ok(()) => {
            tracing::warn!(of = ?theirs.of, "this database and the hub had different parts of it; both were kept");
            ahead(tx, theirs, state)?;
            record_both(tx, entity, ours.as_ref(), theirs, now)
        }
        // The hub keeps what it has; what stands here must not be taken for it.
        Err(ApplyError::Refused(reason)) if ours.is_none() => keep(tx, theirs, &reason, now),
        Err(ApplyError::Refused(reason)) => {
            tracing::error!(of = ?theirs.of, reason, "what the hub has of it cannot be written here");
            ahead(tx, theirs, state)
        }
        Err(ApplyError::Queue(error)) => Err(error),
    }
}

/// For the admin: which rows this database had and which ones the hub, where either lacked one.
fn record_both(
    tx: &Transaction<'_>,
    entity: &Entity,
    ours: Option<&Document>,
    theirs: &OwnedDocument,
    now: Timestamp,
) -> Result<(), QueueError> {
    let (Some(ours), Some(document)) = (ours, &theirs.document) else { return Ok(()) };
    for child in entity.children.iter().filter(|child| ids(ours, child) != ids(document, child)) {
        let list = |of: &Document| of.get(child.name).cloned().unwrap_or_default();
        conflicts::record_both_kept(tx, &theirs.of, child.name, [&list(ours), &list(document)], now)?;
    }
    Ok(())
}

/// What is to stand from now on.
enum Decision {
    /// Both have the same.
    Same,
    /// The hub's document.
    Theirs,
    /// The outlet's, sent again above the hub's version.
    Ours,
    /// The child rows of both.
    Union(Write),
}

fn decide(entity: &Entity, ours: Option<&Document>, theirs: &OwnedDocument, state: State) -> Decision {
    let not_older = theirs.version >= state.version;
    match (ours, &theirs.document) {
        (None, None) => Decision::Same,
        (Some(ours), Some(theirs)) if ours == theirs => Decision::Same,
        // Deleted here since: a deletion never beats child rows that its maker may not have seen.
        (None, Some(_)) if state.dirty && entity.children.is_empty() => Decision::Ours,
        (None, Some(_)) => Decision::Theirs,
        (Some(_), None) if !state.dirty && not_older && entity.children.is_empty() => Decision::Theirs,
        (Some(_), None) => Decision::Ours,
        (Some(ours), Some(document)) if !state.dirty && not_older && knows_children(entity, document, ours) => {
            Decision::Theirs
        }
        (Some(_), Some(_)) if disabled(Rule::Union) => Decision::Theirs,
        (Some(_), Some(_)) if !state.dirty && not_older => Decision::Union(Write::AlsoThese),
        (Some(_), Some(_)) => Decision::Union(Write::OnlyChildren),
    }
}

/// Own entities in the range that the hub does not list go again.
fn send_what_the_hub_lacks(
    tx: &Transaction<'_>,
    after: &EntityRef,
    to: Option<&EntityRef>,
    documents: &[OwnedDocument],
) -> Result<(), QueueError> {
    settled_and_not_listed(tx, after, to, documents)?.iter().try_for_each(|of| Ok(requeue(tx, of, true)?))
}
