//! What an outlet learns of the hub's clock. Nothing is decided by it: it is told to people, because receipts, business
//! days and webhooks go by the clock of a machine.

/// Beyond this somebody should look. An answer's `Date` has whole seconds and some time on the way, and clocks that are
/// kept right differ by less than that.
const WRONG_BEYOND_MS: i64 = 120_000;

/// The hub's clock minus the outlet's, from what an answer's `Date` says (whole seconds, cut off) and when it arrived.
#[must_use]
pub fn offset_ms(hub_date_ms: i64, received_ms: i64) -> i64 {
    hub_date_ms.saturating_add(500).saturating_sub(received_ms)
}

/// Which clock is ahead, and by how much, as a sentence; none where both are right enough.
#[must_use]
pub fn wrong(offset_ms: i64) -> Option<String> {
    if offset_ms.saturating_abs() <= WRONG_BEYOND_MS {
        return None;
    }
    let (ahead, of) =
        if offset_ms > 0 { ("Head office's", "this outlet's") } else { ("This outlet's", "head office's") };
    let by = words(offset_ms.saturating_abs() / 1_000);
    Some(format!(
        "{ahead} clock is {by} ahead of {of}; set the wrong one right: receipts and business days go by the outlet's."
    ))
}

/// The two largest units of a time.
fn words(seconds: i64) -> String {
    let units = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let told = units.into_iter().skip_while(|(n, _)| *n == 0).take(2).filter(|(n, _)| *n > 0);
    told.map(|(n, unit)| format!("{n} {unit}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_the_second_is_taken() {
        assert_eq!(offset_ms(10_000, 10_500), 0);
        assert_eq!(offset_ms(10_000, 9_500), 1_000);
        assert_eq!(offset_ms(i64::MAX, i64::MIN), i64::MAX);
    }

    #[test]
    fn a_wrong_clock_is_named_with_how_much_it_is_ahead() {
        for right in [0, 120_000, -120_000] {
            assert_eq!(wrong(right), None);
        }
        for (offset, words) in [
            (120_001, "Head office's clock is 2 min ahead of this outlet's;"),
            (-120_001, "This outlet's clock is 2 min ahead of head office's;"),
            (-425_000, "This outlet's clock is 7 min 5 s ahead of head office's;"),
            (3_600_000, "Head office's clock is 1 h ahead of"),
            (90_061_000, "Head office's clock is 1 d 1 h ahead of"),
        ] {
            let said = wrong(offset).unwrap_or_default();
            assert!(said.starts_with(words) && said.ends_with('.'), "{said}");
        }
        assert!(wrong(i64::MIN).is_some());
    }
}
