//! Schedules the rounds that have no other cause. Pure: callers pass in milliseconds of a monotonic clock.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The first round is due at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Interval {
    due_ms: u64,
    /// The same as a time of day, for people.
    due_at: Option<Timestamp>,
}

impl Interval {
    /// Whether a round is due.
    #[must_use]
    pub fn is_due(&self, now_ms: u64) -> bool {
        self.due_ms <= now_ms
    }

    /// Begins a round; the next one is due after `minutes`.
    pub fn begin(&mut self, minutes: u32, now_ms: u64, now: Timestamp) {
        let wait = Duration::from_secs(u64::from(minutes) * 60);
        self.due_ms = now_ms.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self.due_at = SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok());
    }

    /// Makes a round due now: the interval has changed, or there is more to do.
    pub fn end(&mut self) {
        *self = Self::default();
    }

    /// When the next round is due; `None`: now.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.due_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: u64 = 60_000;

    #[test]
    fn a_new_interval_counts_from_now() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let mut interval = Interval::default();
        assert!(interval.is_due(0), "the first round is due at once");
        interval.begin(60, 0, now);
        assert!(!interval.is_due(60 * MINUTE_MS - 1) && interval.is_due(60 * MINUTE_MS));
        assert_eq!(interval.due_at().unwrap().to_string(), "2026-11-22T11:00:00Z");
        interval.end();
        assert!(interval.is_due(5 * MINUTE_MS) && interval.due_at().is_none());
        interval.begin(1, 5 * MINUTE_MS, now);
        assert!(!interval.is_due(6 * MINUTE_MS - 1) && interval.is_due(6 * MINUTE_MS));
        interval.begin(u32::MAX, u64::MAX - 1, now);
        assert!(!interval.is_due(u64::MAX - 1), "no overflow");
    }
}
