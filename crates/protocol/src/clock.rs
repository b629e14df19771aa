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

/// A sentence that says which clock is ahead and by how much; `None` if the offset is small.
#[must_use]
pub fn describe_offset(offset_ms: i64) -> Option<String> {
    if offset_ms.saturating_abs() <= MAX_OFFSET_MS {
        return None;
    }
    let (ahead, of) =
        if offset_ms > 0 { ("Head office's", "this outlet's") } else { ("This outlet's", "head office's") };
    let by = duration(offset_ms.saturating_abs() / 1_000);
    Some(format!(
        "{ahead} clock is {by} ahead of {of}. Correct the wrong clock: receipts and business days use the outlet's clock."
    ))
}

/// A duration in its two largest units.
fn duration(seconds: i64) -> String {
    let units = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let shown = units.into_iter().skip_while(|(n, _)| *n == 0).take(2).filter(|(n, _)| *n > 0);
    shown.map(|(n, unit)| format!("{n} {unit}")).collect::<Vec<_>>().join(" ")
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
    fn a_wrong_clock_is_described_with_its_offset() {
        for right in [0, 120_000, -120_000] {
            assert_eq!(describe_offset(right), None);
        }
        for (offset, expected) in [
            (120_001, "Head office's clock is 2 min ahead of this outlet's."),
            (-120_001, "This outlet's clock is 2 min ahead of head office's."),
            (-425_000, "This outlet's clock is 7 min 5 s ahead of head office's."),
            (3_600_000, "Head office's clock is 1 h ahead of"),
            (90_061_000, "Head office's clock is 1 d 1 h ahead of"),
        ] {
            let sentence = describe_offset(offset).unwrap_or_default();
            assert!(sentence.starts_with(expected) && sentence.ends_with('.'), "{sentence}");
        }
        assert!(describe_offset(i64::MIN).is_some());
    }
}
