//! The offset between the outlet's and the hub's clock. It is only shown to people, because receipts, business days and
//! webhooks depend on the machine's clock; no decision of the protocol depends on it.

/// The offset above which people are warned. `Date` has whole seconds and the answer's travel time is unknown, and
/// synchronized clocks differ by less.
const MAX_OFFSET_MS: i64 = 120_000;

/// The hub's clock minus the outlet's, from an answer's `Date` (truncated to seconds) and the time of its arrival.
#[must_use]
pub fn offset_ms(hub_date_ms: i64, received_ms: i64) -> i64 {
    hub_date_ms.saturating_add(500).saturating_sub(received_ms)
}

/// Whether the offset is so large that one of the clocks is wrong.
#[must_use]
pub fn is_wrong(offset_ms: i64) -> bool {
    offset_ms.saturating_abs() > MAX_OFFSET_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hubs_date_counts_as_the_middle_of_its_second() {
        assert_eq!(offset_ms(10_000, 10_500), 0);
        assert_eq!(offset_ms(10_000, 9_500), 1_000);
        assert_eq!(offset_ms(i64::MAX, i64::MIN), i64::MAX);
    }

    #[test]
    fn a_clock_is_wrong_beyond_two_minutes() {
        for right in [0, 120_000, -120_000] {
            assert!(!is_wrong(right), "{right}");
        }
        for wrong in [120_001, -120_001, i64::MIN, i64::MAX] {
            assert!(is_wrong(wrong), "{wrong}");
        }
    }
}
