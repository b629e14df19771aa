//! Back-off after failures: exponential, capped, with full jitter, so that a fleet of outlets does not retry in step.

/// Shortest and longest waits, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// Upper bound of the first wait.
    pub base_ms: u64,
    /// Upper bound of every wait.
    pub cap_ms: u64,
}

impl Backoff {
    /// The wait before attempt `failures + 1`: uniform between a tenth of the step and the step.
    ///
    /// `random` is any random number. Jitter is applied after the cap: applied before it, all outlets that reached the
    /// cap would retry in step again.
    #[must_use]
    pub fn wait_ms(&self, failures: u32, random: u64) -> u64 {
        let step = self
            .base_ms
            .saturating_mul(1_u64.checked_shl(failures.saturating_sub(1).min(40)).unwrap_or(u64::MAX))
            .min(self.cap_ms)
            .max(1);
        let least = step / 10;
        least + random % (step - least + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BACKOFF: Backoff = Backoff { base_ms: 1_000, cap_ms: 60_000 };

    #[test]
    fn the_first_wait_is_short_and_the_cap_limits_all_waits() {
        let longest = |failures| BACKOFF.wait_ms(failures, u64::MAX - u64::MAX % 60_000);
        assert!(longest(1) <= 1_000);
        assert!(BACKOFF.wait_ms(u32::MAX, 12_345) <= 60_000);
    }

    proptest! {
        #[test]
        fn a_wait_is_within_its_step(failures in 1_u32..100, random: u64) {
            let step = (1_000_u64 << (failures - 1).min(10)).min(60_000);
            let wait = BACKOFF.wait_ms(failures, random);
            prop_assert!(wait >= step / 10 && wait <= step);
        }
    }
}
