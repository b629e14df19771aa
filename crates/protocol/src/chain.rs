//! The one chain rule: a lost answer, a given-up batch that arrived late and a restored hub are one case.

use crate::rule::{Rule, disabled};
use crate::wire::{Batch, Epoch, Position};

/// How a batch joins the hub's chain row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainCheck {
    /// It follows the last one: apply it.
    Next,
    /// It is the last one: answer with the kept reply.
    Duplicate,
    /// It follows something else: answer with the chain row, apply nothing.
    Mismatch,
    /// It belongs to another life of the outlet: that outlet must enrol again.
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

/// A batch that the outlet remembers having sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its id.
    pub batch_id: String,
    /// The one that it follows; for the first of an epoch the one where the epoch before ended.
    pub predecessor_id: Option<String>,
    /// It was accepted, and nothing since has said otherwise.
    pub accepted: bool,
}

/// What the hub's position means to the outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// The hub stands at a batch that this database never sent: a restored or cloned outlet. Stop pushing.
    Fork,
    /// Stand there, and open again what these batches carried: the hub has lost them.
    Here {
        /// Batches that stood and are neither the hub's last one nor one of its predecessors; newest first.
        lost: Vec<String>,
    },
}

/// The outlet's side of the rule. `ledger` is every batch sent in the last 35 days, oldest first; `root` the own batch
/// where the epoch before this one ended, which is what position 0 follows.
///
/// Predecessors are followed by id, not by number: numbers repeat after a restore.
#[must_use]
pub fn compare_position(at: &Position, root: Option<&str>, ledger: &[Sent]) -> Stand {
    let find = |id: &str| ledger.iter().find(|s| s.batch_id == id);
    if let Some(id) = at.batch_id.as_deref()
        && find(id).is_none()
        && !disabled(Rule::Fork)
    {
        return Stand::Fork;
    }
    let mut kept = std::collections::HashSet::new();
    let mut next = at.batch_id.as_deref().or(root);
    while let Some(sent) = next.and_then(find) {
        if !kept.insert(sent.batch_id.as_str()) {
            break;
        }
        next = sent.predecessor_id.as_deref();
    }
    let lost = ledger
        .iter()
        .rev()
        .filter(|s| s.accepted && !kept.contains(s.batch_id.as_str()))
        .map(|s| s.batch_id.clone())
        .collect();
    Stand::Here { lost }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(id: &str, previous: Option<&str>, accepted: bool) -> Sent {
        Sent { batch_id: id.into(), predecessor_id: previous.map(Into::into), accepted }
    }
    fn at(no: i64, id: Option<&str>) -> Position {
        Position { batch_no: no, batch_id: id.map(Into::into) }
    }
    fn lost(ids: &[&str]) -> Stand {
        Stand::Here { lost: ids.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn a_lost_answer_loses_nothing() {
        let ledger = [sent("a", None, true), sent("b", Some("a"), false)];
        assert_eq!(compare_position(&at(2, Some("b")), None, &ledger), lost(&[]));
    }

    #[test]
    fn a_restored_hub_gives_back_what_came_after_newest_first() {
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
        assert_eq!(compare_position(&at(4, Some("x")), None, &[sent("a", None, true)]), Stand::Fork);
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
        let batch = |no, id: &str, previous: Option<&str>, life: &Epoch| Batch {
            protocol: crate::PROTOCOL,
            epoch: life.clone(),
            batch_no: no,
            batch_id: id.into(),
            previous_batch_id: previous.map(Into::into),
            complete_through: 0,
            quarantined: vec![],
            unapplied: vec![],
            items: vec![],
        };
        let here = at(3, Some("c"));
        assert_eq!(check_batch(&epoch, &here, &batch(4, "d", Some("c"), &epoch)), ChainCheck::Next);
        assert_eq!(check_batch(&epoch, &here, &batch(3, "c", Some("b"), &epoch)), ChainCheck::Duplicate);
        assert_eq!(check_batch(&epoch, &here, &batch(5, "e", Some("c"), &epoch)), ChainCheck::Mismatch);
        assert_eq!(check_batch(&epoch, &here, &batch(4, "d", Some("b"), &epoch)), ChainCheck::Mismatch);
        let other = Epoch { number: 2, id: "f".into() };
        assert_eq!(check_batch(&epoch, &here, &batch(4, "d", Some("c"), &other)), ChainCheck::WrongEpoch);
    }
}
