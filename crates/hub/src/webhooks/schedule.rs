//! Calculates when to retry a failed endpoint. Pure.

use jiff::{SignedDuration, Timestamp};
use protocol::backoff::Backoff;

use super::EndpointState;

/// Random waiting times of up to 5 s, 10 s, 20 s … an hour, so that endpoints behind one broken connection are not
/// retried in step.
const BACKOFF: Backoff = Backoff { base_ms: 5_000, cap_ms: 3_600_000 };
/// After this long an endpoint is failing, and is retried less often.
const PATIENCE: SignedDuration = SignedDuration::from_hours(3 * 24);
/// Minimum number of failures for the state failing, so that a clock that jumps by days has no effect. Ten take about
/// 40 minutes.
const MIN_FAILURES: i64 = 10;
/// Half a day to a day, so that an outlet that was closed for long is retried without action at head office.
const FAILING: Backoff = Backoff { base_ms: 24 * 3_600_000, cap_ms: 24 * 3_600_000 };
const MAX_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// No wait is longer.
pub(super) const MAX_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// The state and waiting time after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    pub state: EndpointState,
    pub at: Timestamp,
}

/// State and waiting time after `failures` consecutive failures, the first at `since`. Respects the endpoint's
/// `Retry-After` up to a day. `random` is any random number.
pub(super) fn after_failure(
    failures: i64,
    since: Timestamp,
    retry_after: Option<SignedDuration>,
    now: Timestamp,
    random: u64,
) -> Next {
    let failing = now.duration_since(since) >= PATIENCE && failures >= MIN_FAILURES;
    let state = if failing { EndpointState::Failing } else { EndpointState::Active };
    let wait_ms = match state {
        EndpointState::Active => BACKOFF.wait_ms(u32::try_from(failures).unwrap_or(u32::MAX), random),
        EndpointState::Failing | EndpointState::Gone | EndpointState::Unknown => {
            FAILING.wait_ms(1, random).max(12 * 3_600_000)
        }
    };
    let wait = SignedDuration::from_millis(i64::try_from(wait_ms).unwrap_or(i64::MAX));
    let wait = wait.max(retry_after.unwrap_or_default().min(MAX_RETRY_AFTER));
    Next { state, at: now.saturating_add(wait).unwrap_or(now) }
}

/// An endpoint that answered 410 is retried like a failing one: a proxy may have answered in its place.
pub(super) fn once_a_day(state: EndpointState, now: Timestamp, random: u64) -> Next {
    let wait_ms = FAILING.wait_ms(1, random).max(12 * 3_600_000);
    let wait = SignedDuration::from_millis(i64::try_from(wait_ms).unwrap_or(i64::MAX));
    Next { state, at: now.saturating_add(wait).unwrap_or(now) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }

    fn waits(failures: i64, since: SignedDuration, retry_after: Option<SignedDuration>) -> (EndpointState, Vec<i64>) {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let nexts = [0, 1 << 20, u64::MAX / 3, u64::MAX]
            .map(|random| after_failure(failures, now - since, retry_after, now, random));
        (nexts[0].state, nexts.iter().map(|next| next.at.duration_since(now).as_millis() as i64).collect())
    }

    #[test]
    fn waits_grow_to_an_hour_for_three_days() {
        let (state, first) = waits(1, hours(0), None);
        assert!(state == EndpointState::Active && first.iter().all(|ms| (500..=5_000).contains(ms)), "{first:?}");
        let (_, fifth) = waits(5, hours(1), None);
        assert!(fifth.iter().all(|ms| (8_000..=80_000).contains(ms)), "{fifth:?}");
        let (state, last) = waits(200, hours(71), None);
        assert!(state == EndpointState::Active && last.iter().all(|ms| (360_000..=3_600_000).contains(ms)), "{last:?}");
    }

    #[test]
    fn after_three_days_it_is_failing_and_tried_once_a_day() {
        for since in [72, 24 * 365] {
            let (state, waits) = waits(200, hours(since), None);
            assert_eq!(state, EndpointState::Failing);
            assert!(waits.iter().all(|ms| (12 * 3_600_000..=24 * 3_600_000).contains(ms)), "{waits:?}");
        }
    }

    #[test]
    fn a_clock_that_jumps_makes_no_endpoint_fail_at_once() {
        let (state, waits) = waits(MIN_FAILURES - 1, hours(24 * 365), None);
        assert!(state == EndpointState::Active && waits.iter().all(|ms| *ms <= 3_600_000), "{waits:?}");
    }

    #[test]
    fn retry_after_is_respected_for_at_most_a_day() {
        let (_, asked) = waits(1, hours(0), Some(SignedDuration::from_secs(600)));
        assert_eq!(asked, [600_000; 4]);
        let (_, much) = waits(1, hours(0), Some(hours(1_000)));
        assert_eq!(much, [24 * 3_600_000; 4]);
        let (_, past) = waits(1, hours(0), Some(hours(-1)));
        assert!(past.iter().all(|ms| (500..=5_000).contains(ms)), "{past:?}");
    }
}
