//! When an item that was refused is tried again by itself: when what refused it has gone.

use crate::acknowledged::ACKNOWLEDGED_SALE;

/// Whether a hub of the version `now` may take what was refused with this code by a hub of the version `refused_by_version`; none:
/// by one that did not say which it was.
///
/// A newer hub may know a field, a type or a rule that the older one did not, or no longer trip over the item. What is not
/// newer than the hub's own does not become so by an upgrade, and an acknowledged sale is a person's to decide. The newer hub's refusal names that one, so each newer
/// version is asked once.
#[must_use]
pub fn newer_hub_may_accept(code: &str, refused_by_version: Option<&str>, now: &str) -> bool {
    !["not_newer", ACKNOWLEDGED_SALE].contains(&code)
        && refused_by_version.is_none_or(|refused_by_version| numbers(now) > numbers(refused_by_version))
}

/// The code of an item that was refused only because it was changed together with another one: it goes again as soon as
/// that one does.
pub const UNIT_REJECTED: &str = "unit_rejected";

/// Major, minor and patch. What cannot be read is older than all else.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    let numbers = release.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<_>>>()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_hub_is_asked_once_and_an_older_or_the_same_one_never() {
        let may = |by, now| newer_hub_may_accept("invalid_document", by, now);
        assert!(may(Some("0.9.9"), "0.10.0") && may(Some("1.2.3"), "2.0.0") && may(Some("1.2.3"), "1.2.4-rc.1"));
        assert!(!may(Some("0.10.0"), "0.10.0") && !may(Some("0.10.0"), "0.9.9"));
        assert!(!may(Some("0.1.0"), "nonsense"), "what cannot be read is no newer one");
        assert!(may(None, "0.1.0"), "it was refused by one that did not say");
    }

    #[test]
    fn a_stale_item_is_never_retried() {
        assert!(!newer_hub_may_accept("not_newer", Some("0.1.0"), "9.0.0"));
        assert!(!newer_hub_may_accept(ACKNOWLEDGED_SALE, Some("0.1.0"), "9.0.0"));
        assert!(newer_hub_may_accept("keeps_failing", Some("0.1.0"), "0.2.0"));
    }
}
