//! Decides the outcome of an item at the hub, so that no sale is lost, doubled or overwritten.

use crate::rule::{Rule, disabled};
use crate::wire::{Outcome, Token};

/// The hub's version of an outlet-owned entity.
#[derive(Debug, Clone, Copy)]
pub struct StoredVersion<'a> {
    /// Its epoch number and version.
    pub key: (i64, i64),
    /// The document as sent; `None` if the outlet deleted the entity.
    pub document: Option<&'a str>,
}

/// Outlet-owned entities: a newer version is applied, an identical one is a duplicate, any other is stale and left to
/// people.
///
/// A cloned outlet sends the same version number with different content; that must not count as a duplicate.
#[must_use]
pub fn owned(stored: Option<StoredVersion<'_>>, key: (i64, i64), document: Option<&str>) -> Outcome {
    match stored {
        None => Outcome::Applied,
        Some(stored) if key > stored.key => Outcome::Applied,
        Some(stored) if key.1 == stored.key.1 && document == stored.document => Outcome::Duplicate,
        Some(_) => Outcome::Stale,
    }
}

/// Shared entities: compare and set. `stored` is the hub's current version, `base` the version that the outlet changed.
#[must_use]
pub fn shared(stored: Option<&Token>, base: Option<&Token>) -> Outcome {
    let same_number = || stored.map(|token| token.n) == base.map(|token| token.n);
    if stored == base || (disabled(Rule::Token) && same_number()) { Outcome::Applied } else { Outcome::Conflict }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: Option<StoredVersion<'_>> = Some(StoredVersion { key: (2, 5), document: Some("a") });

    #[test]
    fn newer_is_applied_by_epoch_then_version() {
        assert_eq!(owned(None, (1, 1), Some("a")), Outcome::Applied);
        assert_eq!(owned(STORED, (2, 6), Some("b")), Outcome::Applied);
        assert_eq!(owned(STORED, (3, 1), Some("b")), Outcome::Applied);
    }

    #[test]
    fn the_same_version_and_content_is_a_duplicate() {
        assert_eq!(owned(STORED, (2, 5), Some("a")), Outcome::Duplicate);
    }

    #[test]
    fn a_clones_change_is_stale_and_never_a_duplicate() {
        assert_eq!(owned(STORED, (2, 5), Some("b")), Outcome::Stale);
        assert_eq!(owned(STORED, (2, 4), Some("a")), Outcome::Stale);
        assert_eq!(owned(STORED, (2, 5), None), Outcome::Stale);
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
