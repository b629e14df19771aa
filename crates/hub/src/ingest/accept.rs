//! Accepts one batch of one outlet in one transaction.

use jiff::Timestamp;
use protocol::chain::{ChainCheck, check_batch};
use protocol::cursor;
use protocol::entity::{self, Owner};
use protocol::limits::MAX_ID_BYTES;
use protocol::rule::{Rule, disabled};
use protocol::wire::{Answer, Batch, ItemReply, Outcome, change_id};
use store::{Fault, Tx};
use web::messages::ReasonCode;

use super::verdict::{Refusal, Verdict, refuse_units};
use super::{check, dead_letters, owned, shared};
use crate::projections::{Changes, Projection, Sales};
use crate::{chain, streams};

/// Maximum items in a batch. Outlets send at most 2,000, or one larger unit.
pub const MAX_ITEMS: usize = 10_000;
/// The oldest supported protocol: two versions before this one.
const OLDEST: u32 = oldest(protocol::PROTOCOL);

const fn oldest(newest: u32) -> u32 {
    if newest > 2 { newest - 2 } else { 1 }
}

/// The result of a batch.
#[derive(Debug)]
pub struct Accepted {
    /// How it relates to the outlet's chain; only `Next` changes anything.
    pub check: ChainCheck,
    /// The hub's position, with the reply to the batch at that position.
    pub answer: Answer,
    /// Outcomes of its items, if it was accepted now.
    pub counts: Counts,
    /// The streams that have grown by it.
    pub grown: Vec<String>,
}

/// Items of one batch by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Stored.
    pub applied: u64,
    /// Orders among the applied items.
    pub orders: u64,
    /// Of a type that this version does not know: stored as dead letters, answered as applied.
    pub unknown: u64,
    /// Already stored.
    pub duplicate: u64,
    /// Based on another version than the hub's.
    pub conflict: u64,
    /// Not newer, and different.
    pub stale: u64,
    /// Rejected by a rule.
    pub rejected: u64,
}

impl Counts {
    /// By the name of the outcome on `/metrics`.
    pub(crate) fn by_outcome(&self) -> [(&'static str, u64); 6] {
        [
            ("applied", self.applied),
            ("unknown", self.unknown),
            ("duplicate", self.duplicate),
            ("conflict", self.conflict),
            ("stale", self.stale),
            ("rejected", self.rejected),
        ]
    }
}

/// Why a batch is rejected as a whole. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Another wire format.
    #[error("this hub speaks protocol {newest} and back to {oldest}, the outlet speaks {found}; upgrade the older one")]
    Protocol {
        /// The outlet's.
        found: u32,
        /// The oldest that is supported.
        oldest: u32,
        /// The newest that is supported.
        newest: u32,
    },
    /// The batch is malformed.
    #[error("this is not a batch of an outlet: {0}")]
    Invalid(&'static str),
    /// The database.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Accepts a batch: checks that it is the next one in the outlet's chain; then decides about each item, applies it or
/// stores it as a dead letter, moves the position and stores the reply.
///
/// # Errors
/// [`Refused`]; the caller must then roll back the transaction.
pub fn accept(tx: &mut Tx<'_>, outlet_id: &str, batch: &Batch<'_>, now: Timestamp) -> Result<Accepted, Refused> {
    check(batch)?;
    let now = web::time::text(now);
    let mut at = chain::at(tx, outlet_id, batch, &now)?;
    let check = check_batch(&at.epoch, &at.position, batch);
    if check != ChainCheck::Next {
        if disabled(Rule::StoredReply) {
            at.results.clear();
        }
        let answer = chain::answer(batch, at);
        return Ok(Accepted { check, answer, counts: Counts::default(), grown: Vec::new() });
    }
    let verdicts = judge(tx, outlet_id, batch, |no| no)?;
    // Closes earlier rejections first, so that those of this batch stay open.
    dead_letters::close(tx, outlet_id, batch, &verdicts, &now)?;
    for (no, (item, verdict)) in batch.items.iter().zip(&verdicts).enumerate() {
        dead_letters::store(tx, outlet_id, batch, no, item, verdict, &now)?;
    }
    if disabled(Rule::OneTransaction) {
        chain::move_to(tx, outlet_id, batch, Vec::new(), &now)?;
        tx.execute("commit", &[])?;
        tx.execute("begin", &[])?;
    }
    let (results, grown) = apply(tx, outlet_id, batch, &verdicts, &now)?;
    let answer = chain::move_to(tx, outlet_id, batch, results, &now)?;
    Ok(Accepted { check, answer, counts: count(batch, &verdicts), grown })
}

pub(super) fn unsupported_protocol(found: u32) -> Refused {
    Refused::Protocol { found, oldest: OLDEST, newest: protocol::PROTOCOL }
}

/// Rules for every batch.
fn check(batch: &Batch<'_>) -> Result<(), Refused> {
    if !(OLDEST..=protocol::PROTOCOL).contains(&batch.protocol) {
        return Err(unsupported_protocol(batch.protocol));
    }
    let name = |text: &str| (1..=MAX_ID_BYTES).contains(&text.len());
    // PostgreSQL would store another id, so a repeated batch would not be recognized.
    let id = |text: &str| name(text) && !text.contains('\0');
    let rules = [
        (batch.epoch.number >= 1 && id(&batch.epoch.id), "epoch has a number from 1 and an id"),
        (batch.batch_no >= 1 && id(&batch.batch_id), "it has a batch_no from 1 and a batch_id"),
        (batch.previous_batch_id.as_deref().is_none_or(id), "previous_batch_id is null or an id"),
        (batch.complete_through >= 0, "complete_through is not negative"),
        (batch.items.len() <= MAX_ITEMS, "it has at most 10,000 items"),
        (batch.quarantined.len() <= MAX_ITEMS, "it names at most 10,000 entities in `quarantined`"),
        (batch.unapplied.len() <= MAX_ITEMS, "it names at most 10,000 entities in `unapplied`"),
    ];
    rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, rule)| Err(Refused::Invalid(rule)))
}

/// Decides about each item. `number` maps an index of `batch.items` to the item's number in the batch that it arrived
/// in.
pub(super) fn judge<'b>(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    batch: &'b Batch<'_>,
    number: impl Fn(usize) -> usize,
) -> Result<Vec<Verdict<'b>>, Fault> {
    shared::lock(tx, outlet_id, batch)?;
    let prefetch = owned::prefetch(tx, outlet_id, batch)?;
    let mut verdicts = Vec::with_capacity(batch.items.len());
    let (mut duplicates, mut reserved) = (check::Duplicates::default(), Changes::default());
    for (no, item) in batch.items.iter().enumerate() {
        let missing = match check::refusal(item).and_then(|missing| duplicates.refusal(item).map_or(Ok(missing), Err)) {
            Ok(missing) => missing,
            Err(refusal) => {
                verdicts.push(Verdict::Refused(refusal));
                continue;
            }
        };
        verdicts.push(match entity::find(&item.entity_type) {
            None => Verdict::Unknown,
            Some(entity) if entity.owner == Owner::Outlet => {
                let verdict = owned::judge(tx, outlet_id, batch.epoch.number, item, prefetch.as_ref())?;
                let refusal = match &verdict {
                    Verdict::Store(newer) if missing.is_none() => {
                        owned::figures_refusal(tx, outlet_id, item, newer, &mut reserved)?
                    }
                    Verdict::Store(_) => missing,
                    _ => None,
                };
                refusal.map_or(verdict, Verdict::Refused)
            }
            Some(entity) if entity.owner == Owner::Hub => {
                Verdict::Refused(Refusal::rejected(ReasonCode::HeadOfficeOnly))
            }
            Some(entity) => shared::judge(tx, outlet_id, entity, item, change_id(&batch.batch_id, number(no)))?,
        });
    }
    refuse_units(batch, &mut verdicts);
    Ok(verdicts)
}

/// Writes the decisions; returns the replies and the streams that have grown.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    batch: &Batch<'_>,
    verdicts: &[Verdict<'_>],
    now: &str,
) -> Result<(Vec<ItemReply>, Vec<String>), Refused> {
    let mut changes = Changes::default();
    let (mut catalog, mut owned_stream) = (Vec::new(), Vec::new());
    let mut results = Vec::new();
    let first_arrival = owned::next_arrival(tx)?;
    for (no, (item, verdict)) in batch.items.iter().zip(verdicts).enumerate() {
        let mut token = None;
        match verdict {
            Verdict::Store(newer) => {
                let arrival_no = first_arrival.saturating_add(i64::try_from(no).unwrap_or(0));
                owned::store(tx, outlet_id, batch, item, newer, &mut changes, arrival_no, now)?;
            }
            Verdict::Change(change) => {
                token = Some(change.token.clone());
                if let Some(after) = &change.after {
                    shared::set(tx, outlet_id, item, change, after)?;
                    let stream = if change.scope.is_empty() { &mut catalog } else { &mut owned_stream };
                    stream.push(streams::Change {
                        entity_type: &item.entity_type,
                        entity_id: &item.entity_id,
                        token: change.token.clone(),
                        document: after.document.clone(),
                        deleted: after.deleted,
                        changed_by: outlet_id,
                        changed_at: &item.occurred_at,
                        by_outlet: after.by_outlet.clone(),
                    });
                }
            }
            Verdict::Unknown | Verdict::Duplicate | Verdict::Conflict(_) | Verdict::Refused(_) => {}
        }
        results.extend(verdict.reply(no, token));
    }
    changes.write(tx, outlet_id)?;
    // Counters last and in the order of their names, so that two outlets cannot wait for each other.
    let streams = [(cursor::CATALOG.to_owned(), catalog), (cursor::of_outlet(outlet_id), owned_stream)];
    let mut grown = Vec::new();
    for (stream, changes) in streams.into_iter().filter(|(_, changes)| !changes.is_empty()) {
        streams::append(tx, &stream, &changes)?;
        grown.push(stream);
    }
    Ok((results, grown))
}

fn count(batch: &Batch<'_>, verdicts: &[Verdict<'_>]) -> Counts {
    let mut counts = Counts::default();
    for (item, verdict) in batch.items.iter().zip(verdicts) {
        let of_outcome = match verdict.outcome() {
            Outcome::Applied if matches!(verdict, Verdict::Unknown) => &mut counts.unknown,
            Outcome::Applied => &mut counts.applied,
            Outcome::Duplicate => &mut counts.duplicate,
            Outcome::Conflict => &mut counts.conflict,
            Outcome::Stale => &mut counts.stale,
            Outcome::Rejected => &mut counts.rejected,
        };
        *of_outcome += 1;
        counts.orders += u64::from(matches!(verdict, Verdict::Store(_)) && item.entity_type == Sales::ENTITY);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hub_supports_its_protocol_and_the_two_before_it() {
        for (newest, first) in [(1, 1), (2, 1), (3, 1), (4, 2), (7, 5)] {
            assert_eq!(oldest(newest), first, "of a hub that speaks {newest}");
        }
        assert!((OLDEST..=protocol::PROTOCOL).contains(&protocol::PROTOCOL));
        let message = unsupported_protocol(protocol::PROTOCOL + 1).to_string();
        assert!(
            message.contains(&format!("speaks {}", protocol::PROTOCOL + 1)) && message.contains("upgrade"),
            "{message}"
        );
    }
}
