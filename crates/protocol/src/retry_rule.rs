//! When an item that was refused is tried again by itself: when what refused it has gone.

use crate::acknowledged::ACKNOWLEDGED_SALE;

/// Whether a hub of the version `now` may take what was refused with this code by a hub of the version `refused_by`; none:
/// by one that did not say which it was.
///
/// A newer hub may know a field, a type or a rule that the older one did not, or no longer trip over the item. What is not
/// newer than the hub's own does not become so by an upgrade, and an acknowledged sale is a person's to decide. The newer hub's refusal names that one, so each newer
/// version is asked once.
#[must_use]
pub fn newer_hub_may_take(code: &str, refused_by: Option<&str>, now: &str) -> bool {
    !["not_newer", ACKNOWLEDGED_SALE].contains(&code)
        && refused_by.is_none_or(|refused_by| numbers(now) > numbers(refused_by))
}

/// The code of an item that was refused only because it was changed together with another one: it goes again as soon as
/// that one does.
pub const UNIT_REFUSED: &str = "unit_refused";

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
        let may = |by, now| newer_hub_may_take("invalid_document", by, now);
        assert!(may(Some("0.9.9"), "0.10.0") && may(Some("1.2.3"), "2.0.0") && may(Some("1.2.3"), "1.2.4-rc.1"));
        assert!(!may(Some("0.10.0"), "0.10.0") && !may(Some("0.10.0"), "0.9.9"));
        assert!(!may(Some("0.1.0"), "nonsense"), "what cannot be read is no newer one");
        assert!(may(None, "0.1.0"), "it was refused by one that did not say");
    }

    #[test]
    fn what_is_older_than_the_hubs_own_stays_so() {
        assert!(!newer_hub_may_take("not_newer", Some("0.1.0"), "9.0.0"));
        assert!(!newer_hub_may_take(ACKNOWLEDGED_SALE, Some("0.1.0"), "9.0.0"));
        assert!(newer_hub_may_take("keeps_failing", Some("0.1.0"), "0.2.0"));
    }
}
