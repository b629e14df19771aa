//! Comparing the outlet's own entities with what the hub has of them while the outlet sells and pushes: when someone asks.
//!
//! Nothing was restored here, so the outlet is right about what is its own: what the hub has otherwise is sent again, and
//! what only the hub has comes back. An acknowledged sale is the exception: where the outlet's version would take money
//! back, the hub's comes back. Only what is settled is looked at, and only by a page that was read where the outlet
//! stands in its chain: then each settled entity is at the hub as it is here, or something is wrong. What has changed
//! since goes by itself; what is equal is left alone.

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
use crate::progress::range::{Scope, UnderWay, end, move_on, under_way};
use crate::pull::owned::{
    State, Write, acknowledged, ahead, children_by_id, keep, refusal, reserve_number, settled_and_not_listed, state,
    write,
};
use crate::push::requeue::requeue;

/// How a comparison goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// With the next range.
    Next,
    /// It was the last one.
    Last,
    /// The page was read elsewhere in the chain and says nothing: ask again after the next batch.
    Later,
}

/// Compares one range.
///
/// # Errors
/// [`QueueError`].
pub fn range(tx: &Transaction<'_>, asked: &UnderWay, page: &OwnedPage, now: Timestamp) -> Result<Step, QueueError> {
    let ours = chain(tx)?;
    let here = ours.epoch.id == page.chain.epoch.id && ours.position == page.chain.position;
    if !here || under_way(tx, Scope::Owned)?.as_ref() != Some(asked) {
        return Ok(Step::Later);
    }
    let within = |of: &EntityRef| asked.to.as_ref().is_none_or(|to| of <= to);
    for theirs in page.documents.iter().filter(|theirs| within(&theirs.of)) {
        if let Some(entity) = find(&theirs.of.entity_type).filter(|entity| entity.owner == Owner::Outlet) {
            compare(tx, entity, theirs, now)?;
        }
    }
    let end_of_page = page.next.as_ref().filter(|next| within(next));
    send_what_the_hub_lacks(tx, &asked.after, end_of_page.or(asked.to.as_ref()), page)?;
    if let Some(next) = end_of_page.filter(|next| asked.to.as_ref() != Some(next)) {
        move_on(tx, Scope::Owned, next, None)?;
        return Ok(Step::Next);
    }
    children_by_id(tx, false)?;
    end(tx, Scope::Owned)?;
    Ok(Step::Last)
}

fn compare(tx: &Transaction<'_>, entity: &Entity, theirs: &OwnedDocument, now: Timestamp) -> Result<(), QueueError> {
    let state = state(tx, &theirs.of)?;
    if state.dirty {
        return Ok(());
    }
    let ours: Option<Map<String, Value>> = match document(tx, entity, &theirs.of.entity_id)? {
        Some(json) => Some(serde_json::from_str(&json)?),
        None => None,
    };
    if let Some(reason) = refusal(entity, ours.as_ref(), theirs) {
        tracing::warn!(of = ?theirs.of, reason, "what the hub has cannot be taken");
        return match ours {
            Some(_) => ahead(tx, theirs, state),
            None => keep(tx, theirs, &reason, now),
        };
    }
    match (&ours, &theirs.document) {
        (None, None) => Ok(()),
        (Some(ours), Some(document)) if ours == document => never_below(tx, theirs, state),
        (Some(ours), Some(document))
            if entity.name == "order" && reverses_sale_parsed(document, Some(ours)).is_some() =>
        {
            tracing::warn!(of = ?theirs.of, "head office keeps the sale as it was acknowledged; it comes back");
            children_by_id(tx, true)?;
            match write(tx, entity, theirs, Write::Exactly) {
                Ok(()) => acknowledged(tx, theirs, now),
                Err(ApplyError::Refused(reason)) => {
                    tracing::error!(of = ?theirs.of, reason, "what head office has of it cannot be written here");
                    Ok(())
                }
                Err(ApplyError::Queue(error)) => Err(error),
            }
        }
        (Some(_), _) => {
            tracing::warn!(of = ?theirs.of, "the hub has it otherwise than this database; it is sent again");
            ahead(tx, theirs, state)
        }
        (None, Some(document)) => {
            tracing::warn!(of = ?theirs.of, "the hub has what this database has lost; it comes back");
            reserve_number(tx, entity, document)?;
            // Its child rows are looked for by their id.
            children_by_id(tx, true)?;
            match write(tx, entity, theirs, Write::Exactly) {
                Ok(()) => acknowledged(tx, theirs, now),
                Err(ApplyError::Refused(reason)) => keep(tx, theirs, &reason, now),
                Err(ApplyError::Queue(error)) => Err(error),
            }
        }
    }
}

/// The same content: only that the next change must count as newer.
fn never_below(tx: &Transaction<'_>, theirs: &OwnedDocument, state: State) -> Result<(), QueueError> {
    if theirs.version > state.version {
        tx.prepare_cached(
            "update sync_state set version = ?3, acked_version = ?3 where entity_type = ?1 and entity_id = ?2",
        )?
        .execute(params![theirs.of.entity_type, theirs.of.entity_id, theirs.version])?;
    }
    Ok(())
}

fn send_what_the_hub_lacks(
    tx: &Transaction<'_>,
    after: &EntityRef,
    to: Option<&EntityRef>,
    page: &OwnedPage,
) -> Result<(), QueueError> {
    for of in settled_and_not_listed(tx, after, to, &page.documents)? {
        tracing::warn!(?of, "the hub does not have it; it is sent again");
        requeue(tx, &of, true)?;
    }
    Ok(())
}
