//! The batch-chain rule. One rule covers a lost answer, an abandoned batch that arrives late, and a restored hub.

use crate::rule::{Rule, disabled};
use crate::wire::{Batch, Epoch, Position};

/// Result of comparing a batch with the hub's chain row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainCheck {
    /// It follows the last accepted batch: apply it.
    Next,
    /// It is the last accepted batch: answer with the stored reply.
    Duplicate,
    /// It has another predecessor: answer with the chain row and apply nothing.
    Mismatch,
    /// It belongs to another epoch: the outlet must enroll again.
    WrongEpoch,
}

/// The hub's check of a batch against the chain row of its outlet.
#[must_use]
pub fn check_batch(epoch: &Epoch, at: &Position, batch: &Batch<'_>) -> ChainCheck {
    if *epoch != batch.epoch {
        ChainCheck::WrongEpoch
    } else if at.batch_id.as_deref() == Some(batch.batch_id.as_str()) {
        ChainCheck::Duplicate
    } else if (at.batch_id == batch.previous_batch_id && at.batch_no.checked_add(1) == Some(batch.batch_no))
        || disabled(Rule::ChainCheck)
    {
        ChainCheck::Next
    } else {
        ChainCheck::Mismatch
    }
}

/// A batch that the outlet has sent, from its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentBatch {
    /// Its id.
    pub batch_id: String,
    /// The id of the batch before it; for the first batch of an epoch, the last one of the previous epoch.
    pub predecessor_id: Option<String>,
    /// The hub accepted it and has not lost it since, as far as the outlet knows.
    pub accepted: bool,
}

/// What the hub's position means to the outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HubPosition {
    /// The hub's position is a batch that this database never sent: the database was restored or cloned. Stop pushing.
    Fork,
    /// The position is known. Adopt it and requeue the entities of the lost batches.
    Known {
        /// Accepted batches that are neither the hub's last one nor one of its predecessors; newest first.
        lost: Vec<String>,
    },
}

/// The outlet's side of the rule. `ledger` has every batch sent in the last 35 days, oldest first; `root` is the batch
/// at which the previous epoch ended, which is the predecessor of position 0.
///
/// Predecessors are found by id, not by number: numbers repeat after a restore.
#[must_use]
pub fn compare_position(at: &Position, root: Option<&str>, ledger: &[SentBatch]) -> HubPosition {
    let find = |id: &str| ledger.iter().find(|s| s.batch_id == id);
    if let Some(id) = at.batch_id.as_deref()
        && find(id).is_none()
        && !disabled(Rule::Fork)
    {
        return HubPosition::Fork;
    }
    let mut on_chain = std::collections::HashSet::new();
    let mut next = at.batch_id.as_deref().or(root);
    while let Some(sent) = next.and_then(find) {
        if !on_chain.insert(sent.batch_id.as_str()) {
            break;
        }
        next = sent.predecessor_id.as_deref();
    }
    let lost = ledger
        .iter()
        .rev()
        .filter(|s| s.accepted && !on_chain.contains(s.batch_id.as_str()))
        .map(|s| s.batch_id.clone())
        .collect();
    HubPosition::Known { lost }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(id: &str, previous: Option<&str>, accepted: bool) -> SentBatch {
        SentBatch { batch_id: id.into(), predecessor_id: previous.map(Into::into), accepted }
    }
    fn at(no: i64, id: Option<&str>) -> Position {
        Position { batch_no: no, batch_id: id.map(Into::into) }
    }
    fn lost(ids: &[&str]) -> HubPosition {
        HubPosition::Known { lost: ids.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn a_lost_answer_loses_nothing() {
        let ledger = [sent("a", None, true), sent("b", Some("a"), false)];
        assert_eq!(compare_position(&at(2, Some("b")), None, &ledger), lost(&[]));
    }

    #[test]
    fn a_restored_hub_lost_all_later_batches_newest_first() {
        let ledger = [sent("a", None, true), sent("b", Some("a"), true), sent("c", Some("b"), true)];
        assert_eq!(compare_position(&at(1, Some("a")), None, &ledger), lost(&["c", "b"]));
        assert_eq!(compare_position(&at(0, None), None, &ledger), lost(&["c", "b", "a"]));
    }

    #[test]
    fn an_abandoned_batch_that_arrived_late_displaces_its_halves() {
        let ledger = [sent("a", None, true), sent("b", Some("a"), false), sent("b1", Some("a"), true)];
        assert_eq!(compare_position(&at(2, Some("b")), None, &ledger), lost(&["b1"]));
    }

    #[test]
    fn an_unknown_batch_is_a_fork() {
        assert_eq!(compare_position(&at(4, Some("x")), None, &[sent("a", None, true)]), HubPosition::Fork);
    }

    #[test]
    fn a_new_epoch_continues_the_previous_chain() {
        let ledger = [sent("a", None, true), sent("b", Some("a"), true), sent("c", Some("b"), true)];
        assert_eq!(compare_position(&at(0, None), Some("b"), &ledger), lost(&["c"]));
        assert_eq!(compare_position(&at(1, Some("c")), Some("b"), &ledger), lost(&[]));
    }

    #[test]
    fn the_hub_accepts_only_the_next_batch_of_the_epoch() {
        let epoch = Epoch { number: 1, id: "e".into() };
        let batch = |no, id: &str, previous: Option<&str>, sent_in: &Epoch| Batch {
            protocol: crate::PROTOCOL,
            epoch: sent_in.clone(),
            batch_no: no,
            batch_id: id.into(),
            previous_batch_id: previous.map(Into::into),
            complete_through: 0,
            quarantined: vec![],
            unapplied: vec![],
            items: vec![],
        };
        let position = at(3, Some("c"));
        assert_eq!(check_batch(&epoch, &position, &batch(4, "d", Some("c"), &epoch)), ChainCheck::Next);
        assert_eq!(check_batch(&epoch, &position, &batch(3, "c", Some("b"), &epoch)), ChainCheck::Duplicate);
        assert_eq!(check_batch(&epoch, &position, &batch(5, "e", Some("c"), &epoch)), ChainCheck::Mismatch);
        assert_eq!(check_batch(&epoch, &position, &batch(4, "d", Some("b"), &epoch)), ChainCheck::Mismatch);
        let other = Epoch { number: 2, id: "f".into() };
        assert_eq!(check_batch(&epoch, &position, &batch(4, "d", Some("c"), &other)), ChainCheck::WrongEpoch);
    }
}
