//! Decides when a rejected item is retried automatically: when a newer hub may accept it.

use crate::acknowledged::ACKNOWLEDGED_SALE;

/// Whether a hub of version `now` may accept an item that a hub of version `refused_by_version` rejected with this
/// code; `None`: that hub did not report its version.
///
/// A newer hub may know a field, type or rule that the older one did not, or may have fixed a bug. An upgrade does not
/// make an item newer than the hub's version, and reversing an acknowledged sale needs a person, so those two codes are
/// never retried. The newer hub's rejection stores its own version, so each hub version is tried once.
#[must_use]
pub fn newer_hub_may_accept(code: &str, refused_by_version: Option<&str>, now: &str) -> bool {
    !["not_newer", ACKNOWLEDGED_SALE].contains(&code)
        && refused_by_version.is_none_or(|refused_by_version| parse_version(now) > parse_version(refused_by_version))
}

/// The code of an item that was rejected only because another item of its unit was; it is retried together with that
/// item.
pub const UNIT_REJECTED: &str = "unit_rejected";

/// Major, minor and patch; `None`, which is less than any version, if unreadable.
fn parse_version(version: &str) -> Option<[u64; 3]> {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    let numbers = release.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<_>>>()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_newer_hub_gets_a_rejected_item_again() {
        let may = |by, now| newer_hub_may_accept("invalid_document", by, now);
        assert!(may(Some("0.9.9"), "0.10.0") && may(Some("1.2.3"), "2.0.0") && may(Some("1.2.3"), "1.2.4-rc.1"));
        assert!(!may(Some("0.10.0"), "0.10.0") && !may(Some("0.10.0"), "0.9.9"));
        assert!(!may(Some("0.1.0"), "nonsense"), "an unreadable version is not newer");
        assert!(may(None, "0.1.0"), "the rejecting hub did not report its version");
    }

    #[test]
    fn a_stale_item_is_never_retried() {
        assert!(!newer_hub_may_accept("not_newer", Some("0.1.0"), "9.0.0"));
        assert!(!newer_hub_may_accept(ACKNOWLEDGED_SALE, Some("0.1.0"), "9.0.0"));
        assert!(newer_hub_may_accept("keeps_failing", Some("0.1.0"), "0.2.0"));
    }
}
