//! The decision about each item of a batch, made before anything is written.

use std::collections::HashSet;

use protocol::rule::{Rule, disabled};
use protocol::wire::{Args, Batch, ItemReply, Outcome, Token};
use web::messages::{Reason, ReasonCode};

use crate::catalog::duplicates::UniqueKey;
use crate::projections::Document;
use crate::version::VERSION;

/// The decision about one item.
#[derive(Debug)]
pub(super) enum Verdict<'b> {
    /// Outlet-owned, and newer than the hub's version.
    Store(Box<NewVersion<'b>>),
    /// Shared, and changed from the hub's current version.
    Change(Change),
    /// Of an unknown type: stored as a dead letter, answered as applied.
    Unknown,
    /// The hub already has this version.
    Duplicate,
    /// Shared, and changed from another version than the hub's, whose token this is.
    Conflict(Option<Token>),
    /// Rejected or stale: stored as a dead letter.
    Refused(Refusal),
}

/// A document to be stored.
#[derive(Debug)]
pub(super) struct NewVersion<'b> {
    /// As sent; `None` if the outlet deleted the entity.
    pub document: Option<&'b str>,
    /// The document as the projection of its entity reads it.
    pub projected: Option<Document<'b>>,
    pub before: Previous,
}

/// The version that the hub has.
#[derive(Debug)]
pub(super) enum Previous {
    Nothing,
    /// It first arrived with this number.
    Deleted(i64),
    /// The document, and the number with which it first arrived.
    Document(String, i64),
}

/// A change, calculated against the hub's version.
#[derive(Debug)]
pub(super) struct Change {
    /// The outlet of the entity; empty for an entity of the chain.
    pub scope: String,
    /// The version that it creates; the current one if it changes nothing.
    pub token: Token,
    /// The entity after the change; `None` if it changes nothing.
    pub after: Option<After>,
}

/// An entity after a change.
#[derive(Debug)]
pub(super) struct After {
    pub document: String,
    pub deleted: bool,
    /// As stored in the table.
    pub by_outlet: Option<String>,
    /// As in [`Version`](crate::catalog::stored::Version).
    pub unique_keys: Vec<UniqueKey>,
}

/// Why an item is not applied.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// `Rejected` or `Stale`.
    pub outcome: Outcome,
    /// Why, and what to do.
    pub reason: Reason,
    /// The document that the hub has instead, if a person decides between both.
    pub stored_document: Option<String>,
}

impl Refusal {
    pub(super) fn rejected(reason: impl Into<Reason>) -> Self {
        Self { outcome: Outcome::Rejected, reason: reason.into(), stored_document: None }
    }
}

impl Verdict<'_> {
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Store(_) | Self::Change(_) | Self::Unknown => Outcome::Applied,
            Self::Duplicate => Outcome::Duplicate,
            Self::Conflict(_) => Outcome::Conflict,
            Self::Refused(refusal) => refusal.outcome,
        }
    }

    /// The reply to the outlet; `applied` is the new token of the shared entity. `None` if there is nothing to report.
    pub(super) fn reply(&self, item: usize, applied: Option<Token>) -> Option<ItemReply> {
        let reply = ItemReply {
            item,
            outcome: self.outcome(),
            code: None,
            args: Args::new(),
            message: None,
            token: None,
            refused_by_version: None,
        };
        match self {
            Self::Store(_) | Self::Unknown => None,
            Self::Change(_) => Some(ItemReply { token: applied, ..reply }),
            Self::Duplicate => Some(reply),
            Self::Conflict(token) => Some(ItemReply { token: token.clone(), ..reply }),
            Self::Refused(Refusal { reason, .. }) => Some(ItemReply {
                code: Some(reason.code().to_owned()),
                args: reason.wire_args(),
                message: Some(reason.text().to_owned()),
                refused_by_version: Some(VERSION.to_owned()),
                ..reply
            }),
        }
    }
}

/// Rejects the entities of a unit together: half of a move would duplicate or lose rows.
///
/// Items that change nothing at the hub keep their verdict.
pub(super) fn refuse_units(batch: &Batch<'_>, verdicts: &mut [Verdict<'_>]) {
    let units = || batch.items.iter().map(|item| item.unit);
    let refused: HashSet<u32> = units()
        .zip(verdicts.iter())
        .filter(|(_, verdict)| matches!(verdict, Verdict::Refused(_)))
        .filter_map(|(unit, _)| unit)
        .collect();
    for (unit, verdict) in units().zip(verdicts) {
        let together = unit.is_some_and(|unit| refused.contains(&unit)) && !disabled(Rule::UnitRejected);
        if together && verdict.outcome() == Outcome::Applied {
            *verdict = Verdict::Refused(Refusal::rejected(ReasonCode::UnitRejected));
        }
    }
}
