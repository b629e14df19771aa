//! What the hub does with one item: the rules that keep a sale from being lost, doubled or overwritten.

use crate::rule::{Rule, disabled};
use crate::wire::{Outcome, Token};

/// What the hub has of an outlet-owned entity.
#[derive(Debug, Clone, Copy)]
pub struct Had<'a> {
    /// The epoch number and version that it came with.
    pub key: (i64, i64),
    /// The document as it was sent; none when the outlet deleted it.
    pub document: Option<&'a str>,
}

/// Outlet-owned: newer wins, the very same is a duplicate, anything else is kept aside for people.
///
/// A cloned outlet sends the same version with other content; that must never pass for a duplicate.
#[must_use]
pub fn owned(had: Option<Had<'_>>, key: (i64, i64), document: Option<&str>) -> Outcome {
    match had {
        None => Outcome::Applied,
        Some(had) if key > had.key => Outcome::Applied,
        Some(had) if key.1 == had.key.1 && document == had.document => Outcome::Duplicate,
        Some(_) => Outcome::Stale,
    }
}

/// Shared: compare and set. `had` is the hub's present version, `base` what the outlet changed it from.
#[must_use]
pub fn shared(had: Option<&Token>, base: Option<&Token>) -> Outcome {
    let same_number = || had.map(|token| token.n) == base.map(|token| token.n);
    if had == base || (disabled(Rule::Token) && same_number()) { Outcome::Applied } else { Outcome::Conflict }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAD: Option<Had<'_>> = Some(Had { key: (2, 5), document: Some("a") });

    #[test]
    fn newer_is_applied_by_epoch_then_version() {
        assert_eq!(owned(None, (1, 1), Some("a")), Outcome::Applied);
        assert_eq!(owned(HAD, (2, 6), Some("b")), Outcome::Applied);
        assert_eq!(owned(HAD, (3, 1), Some("b")), Outcome::Applied);
    }

    #[test]
    fn the_same_version_and_content_is_a_duplicate() {
        assert_eq!(owned(HAD, (2, 5), Some("a")), Outcome::Duplicate);
    }

    #[test]
    fn a_clones_change_is_stale_and_never_a_duplicate() {
        assert_eq!(owned(HAD, (2, 5), Some("b")), Outcome::Stale);
        assert_eq!(owned(HAD, (2, 4), Some("a")), Outcome::Stale);
        assert_eq!(owned(HAD, (2, 5), None), Outcome::Stale);
    }

    #[test]
    fn an_old_token_with_the_same_number_is_a_conflict() {
        let token = |id: &str| Token { n: 2, change_id: id.into() };
        assert_eq!(shared(Some(&token("new")), Some(&token("old"))), Outcome::Conflict);
        assert_eq!(shared(Some(&token("new")), Some(&token("new"))), Outcome::Applied);
        assert_eq!(shared(None, None), Outcome::Applied);
        assert_eq!(shared(Some(&token("new")), None), Outcome::Conflict);
    }
}
