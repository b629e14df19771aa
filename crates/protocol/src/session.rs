//! The worker's state machine: from the events of a connection it calculates batch size and waits, and when to halve,
//! isolate or abandon a batch.
//!
//! Guarantees: being offline or refused never counts against an item, and every failure schedules another attempt.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::rule::{Rule, disabled};

/// Limits of the worker.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Smallest batch, except to isolate an item.
    pub floor: usize,
    /// Largest batch, in items.
    pub ceiling: usize,
    /// Largest batch while the shop sells: a sale may have to wait until a batch is stored or its reply is applied.
    pub ceiling_during_sales: usize,
    /// How long after the last sale the shop counts as selling.
    pub sales_window_ms: u64,
    /// While the shop sells and more than one batch is pending, the worker rests this many times as long as its writes
    /// took, so that most of the time no sale waits for it.
    pub rest_factor: u32,
    /// Longest rest, so that pushing continues on slow disks.
    pub max_rest: Duration,
    /// Target duration of a batch's round trip.
    pub target_ms: u64,
    /// Back-off while the hub is unreachable or failing.
    pub offline: Backoff,
    /// Back-off while the hub refuses this outlet: at most a minute, so that sync resumes soon after head office
    /// revokes the refusal.
    pub refused: Backoff,
    /// Back-off while halving to find the item that makes requests fail: short, because the hub answers pings.
    pub isolating: Backoff,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            floor: 100,
            ceiling: 2_000,
            ceiling_during_sales: 100,
            sales_window_ms: 60_000,
            rest_factor: 30,
            max_rest: Duration::from_secs(1),
            target_ms: 400,
            offline: Backoff { base_ms: 1_000, cap_ms: 60_000 },
            refused: Backoff { base_ms: 5_000, cap_ms: 60_000 },
            isolating: Backoff { base_ms: 100, cap_ms: 500 },
        }
    }
}

/// Failures needed to halve the largest batch down to one item and test without it. More in a row mean that the hub is
/// broken, not an item.
const FAILURES_TO_ISOLATE: u32 = 14;
/// Failures of a batch before it is abandoned, while nothing else suggests a bad item.
const FAILURES_TO_SUSPECT_BATCH: u32 = 2;
/// Failures in a row after which the circuit breaker is open.
const FAILURES_TO_OPEN: u32 = 3;

/// Why a batch got no usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection, a time-out without a ping, 429, 503: does not concern the batch.
    Unreachable {
        /// The wait that `Retry-After` requested.
        retry_after_ms: Option<u64>,
    },
    /// The hub refuses this outlet: 401, 403, 426, another epoch. Head office can revoke that, so it is retried
    /// indefinitely.
    Refused,
    /// The hub answers pings, but this batch fails: 5xx, a time-out, 400, 413, 422.
    Batch {
        /// Number of units (a single item counts as one); 0 for an empty batch.
        units: usize,
    },
}

/// Reaction to a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Resend the same bytes after the wait.
    Resend,
    /// Compose smaller batches from current rows.
    Halve,
    /// It failed with a single item: isolate it and continue without it.
    Isolate,
}

/// State of the circuit breaker, for display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// Batches are sent.
    Closed,
    /// Waiting after failures.
    Open,
    /// The wait is over and one batch is sent as a test.
    Probing,
}

impl Breaker {
    /// As shown in `status` and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Probing => "probing",
        }
    }
}

/// State of an outlet's connection to the hub since the process started.
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    limit: usize,
    failures: u32,
    batch_failures: u32,
    halving: bool,
    offline: bool,
    /// Consecutive refusals of batches.
    refusals: u32,
    /// Consecutive failures of pulls. Counted separately, because the hub may refuse one and not the other.
    pull_failures: u32,
    pull_ready_at_ms: u64,
    ready_at_ms: u64,
    /// End of the wait that the hub requested.
    retry_after_until_ms: u64,
    sales_until_ms: u64,
}

impl Session {
    /// A session without any events.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            limit: limits.ceiling / 2,
            failures: 0,
            batch_failures: 0,
            halving: false,
            offline: false,
            refusals: 0,
            pull_failures: 0,
            pull_ready_at_ms: 0,
            ready_at_ms: 0,
            retry_after_until_ms: 0,
            sales_until_ms: 0,
        }
    }

    /// Maximum number of items in the next batch.
    #[must_use]
    pub fn limit(&self, now_ms: u64) -> usize {
        if now_ms < self.sales_until_ms { self.limit.min(self.limits.ceiling_during_sales) } else { self.limit }
    }

    /// How long to rest after a batch whose writes took `write_time`, if more is pending.
    #[must_use]
    pub fn rest(&self, write_time: Duration, now_ms: u64) -> Duration {
        if now_ms < self.sales_until_ms {
            write_time.saturating_mul(self.limits.rest_factor).min(self.limits.max_rest)
        } else {
            Duration::ZERO
        }
    }

    /// Records that a sale or another local write happened.
    pub fn note_sale(&mut self, now_ms: u64) {
        self.sales_until_ms = now_ms.saturating_add(self.limits.sales_window_ms);
    }

    /// When the next attempt is due, on the clock of the `now_ms` that [`Session::failed`] received.
    #[must_use]
    pub fn ready_at_ms(&self) -> u64 {
        self.ready_at_ms
    }

    /// When the next pull may start; 0 unless the hub was unreachable or refused. Pulls wait with pushes while the hub
    /// is unreachable; pushes never wait for pulls.
    #[must_use]
    pub fn pull_ready_at_ms(&self) -> u64 {
        self.pull_ready_at_ms.max(if self.offline { self.ready_at_ms } else { 0 })
    }

    /// Failures since the last accepted batch.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// The circuit breaker's state.
    #[must_use]
    pub fn breaker(&self, now_ms: u64) -> Breaker {
        if self.failures < FAILURES_TO_OPEN {
            Breaker::Closed
        } else if now_ms < self.ready_at_ms {
            Breaker::Open
        } else {
            Breaker::Probing
        }
    }

    /// Ends all waits: a person or a restored connection requests an attempt now.
    pub fn retry_now(&mut self) {
        self.ready_at_ms = 0;
        self.pull_ready_at_ms = 0;
    }

    /// The hub refused a pull. Returns when the next pull may start.
    pub fn pull_refused(&mut self, now_ms: u64, random: u64) -> u64 {
        self.pull_failures = self.pull_failures.saturating_add(1);
        self.pull_ready_at_ms = now_ms.saturating_add(self.refused_wait_ms(self.pull_failures, random));
        self.pull_ready_at_ms
    }

    /// A pull did not reach the hub. Only pulls wait: a failed pull never delays a push.
    pub fn pull_failed(&mut self, retry_after_ms: Option<u64>, now_ms: u64, random: u64) {
        self.pull_failures = self.pull_failures.saturating_add(1);
        let wait = self.limits.offline.wait_ms(self.pull_failures, random);
        self.pull_ready_at_ms = now_ms.saturating_add(wait.max(retry_after_ms.unwrap_or(0)));
    }

    fn refused_wait_ms(&self, refusals: u32, random: u64) -> u64 {
        if disabled(Rule::RefusalRetried) { u64::MAX } else { self.limits.refused.wait_ms(refusals, random) }
    }

    /// The hub answered a request other than a batch: waits for an unreachable hub end, except those that the hub
    /// requested. Returns whether a wait ended. The back-off of a failing batch continues.
    pub fn reached(&mut self) -> bool {
        let offline = std::mem::take(&mut self.offline);
        let refused = std::mem::take(&mut self.pull_failures) > 0;
        self.pull_ready_at_ms = 0;
        if offline {
            self.failures = 0;
            self.ready_at_ms = self.retry_after_until_ms;
        } else if refused && self.refusals > 0 {
            // Pulls and pushes were refused, and pulls work again. A batch that is refused again continues its
            // back-off, and a wait that the hub requested stays.
            self.ready_at_ms = self.retry_after_until_ms;
        }
        offline || refused
    }

    /// A batch of `items` was accepted after `took_ms`.
    pub fn accepted(&mut self, items: usize, took_ms: u64) {
        let Limits { floor, ceiling, target_ms, .. } = self.limits;
        let fits = if items == 0 {
            ceiling
        } else {
            usize::try_from(target_ms * items as u64 / took_ms.max(1)).unwrap_or(ceiling)
        };
        let recovering = self.limit < floor;
        self.limit = (self.limit * 2).min(if recovering { ceiling } else { fits.clamp(floor, ceiling) });
        self.failures = 0;
        self.batch_failures = 0;
        self.halving = false;
        self.offline = false;
        self.refusals = 0;
        self.pull_ready_at_ms = 0;
        self.ready_at_ms = 0;
        self.retry_after_until_ms = 0;
    }

    /// An attempt failed at `now_ms`; `random` is any random number.
    pub fn failed(&mut self, failure: Failure, now_ms: u64, random: u64) -> Recovery {
        self.failures += 1;
        self.offline = matches!(failure, Failure::Unreachable { .. });
        self.retry_after_until_ms = 0;
        let (wait_ms, recovery) = match failure {
            Failure::Unreachable { retry_after_ms } => {
                self.limit = self.limit.min(self.limits.floor);
                let wait = self.limits.offline.wait_ms(self.failures, random);
                let retry_after = retry_after_ms.filter(|_| !disabled(Rule::RetryAfter));
                self.retry_after_until_ms = retry_after.map_or(0, |ms| now_ms.saturating_add(ms));
                (wait.max(retry_after.unwrap_or(0)), Recovery::Resend)
            }
            Failure::Refused => {
                self.refusals = self.refusals.saturating_add(1);
                (self.refused_wait_ms(self.refusals, random), Recovery::Resend)
            }
            Failure::Batch { units } => {
                self.batch_failures += 1;
                let wait = match self.failures.checked_sub(FAILURES_TO_ISOLATE) {
                    None | Some(0) => self.limits.isolating.wait_ms(self.failures, random),
                    Some(beyond) => self.limits.offline.wait_ms(beyond, random),
                };
                (wait, self.recovery(units))
            }
        };
        self.ready_at_ms = now_ms.saturating_add(wait_ms);
        recovery
    }

    fn recovery(&mut self, units: usize) -> Recovery {
        let threshold = if self.halving { 1 } else { FAILURES_TO_SUSPECT_BATCH };
        if units == 0 || self.batch_failures < threshold {
            return Recovery::Resend;
        }
        self.batch_failures = 0;
        self.halving = true;
        self.limit = (units / 2).max(1);
        if units == 1 { Recovery::Isolate } else { Recovery::Halve }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OFFLINE: Failure = Failure::Unreachable { retry_after_ms: None };

    #[test]
    fn being_offline_never_abandons_a_batch() {
        let mut session = Session::new(Limits::default());
        for n in 0..1_000 {
            assert_eq!(session.failed(OFFLINE, n, n), Recovery::Resend);
        }
        assert_eq!(session.breaker(0), Breaker::Open);
        assert_eq!(session.breaker(u64::MAX), Breaker::Probing);
    }

    #[test]
    fn outlets_that_lost_the_hub_together_retry_at_different_times() {
        let ready = |random| {
            let mut session = Session::new(Limits::default());
            for _ in 0..7 {
                session.failed(OFFLINE, 0, random);
            }
            session.ready_at_ms()
        };
        let moments: std::collections::BTreeSet<_> = (0..100).map(|n| ready(n * 541)).collect();
        assert_eq!(moments.len(), 100);
    }

    #[test]
    fn retry_after_is_obeyed_beyond_the_back_off() {
        let mut session = Session::new(Limits::default());
        session.failed(Failure::Unreachable { retry_after_ms: Some(90_000) }, 5, 7);
        assert!(session.ready_at_ms() >= 90_005);
    }

    #[test]
    fn a_failed_pull_never_delays_a_push() {
        let mut session = Session::new(Limits::default());
        for now in 0..20 {
            session.pull_failed(Some(8_000), now, 9);
            assert_eq!((session.ready_at_ms(), session.failures()), (0, 0));
            session.pull_refused(now, 9);
            assert_eq!((session.ready_at_ms(), session.failures()), (0, 0));
        }
        assert!(session.pull_ready_at_ms() > 20, "pulls wait");
        session.failed(OFFLINE, 100, 9);
        let due = session.ready_at_ms();
        session.pull_failed(None, 101, 9);
        assert_eq!(session.ready_at_ms(), due, "the wait of a push does not change");
    }

    #[test]
    fn contact_ends_the_offline_wait_but_not_a_failing_batchs_wait() {
        let mut session = Session::new(Limits::default());
        assert!(!session.reached());
        for now in 0..5 {
            session.failed(OFFLINE, now, 9);
        }
        assert!(session.reached());
        assert_eq!((session.ready_at_ms(), session.breaker(0)), (0, Breaker::Closed));
        for now in 0..5 {
            session.failed(Failure::Batch { units: 1 }, now, 9);
        }
        assert!(!session.reached());
        assert!(session.ready_at_ms() > 0);
        assert_eq!(session.pull_ready_at_ms(), 0, "pulls do not wait for a failing push");
    }

    #[test]
    fn contact_does_not_shorten_a_requested_wait() {
        let mut session = Session::new(Limits::default());
        session.failed(Failure::Unreachable { retry_after_ms: Some(8_000) }, 100, 9);
        assert!(session.reached());
        assert_eq!((session.ready_at_ms(), session.pull_ready_at_ms()), (8_100, 0), "pulls continue");
        session.failed(OFFLINE, 9_000, 9);
        assert!(session.reached());
        assert_eq!(session.ready_at_ms(), 0);
        session.failed(Failure::Unreachable { retry_after_ms: Some(8_000) }, 100, 9);
        session.retry_now();
        assert_eq!(session.ready_at_ms(), 0, "a person's request ends the wait");
    }

    #[test]
    fn a_refusal_is_retried_within_a_minute_however_long_it_has_lasted() {
        let mut session = Session::new(Limits::default());
        let mut now = 0;
        for n in 0..200_u64 {
            assert_eq!(session.failed(Failure::Refused, now, n * 7_919), Recovery::Resend);
            let wait = session.ready_at_ms() - now;
            assert!((500..=60_000).contains(&wait), "{wait} ms after {n} refusals");
            now = session.ready_at_ms();
        }
        assert!(now > 60 * 60_000, "{now} ms for 200 tries: increasing waits");
        session.retry_now();
        assert_eq!(session.ready_at_ms(), 0, "changed settings take effect at once");
    }

    #[test]
    fn pulls_continue_while_the_hub_refuses_batches() {
        let mut session = Session::new(Limits::default());
        session.failed(Failure::Refused, 0, 9);
        assert_eq!(session.pull_ready_at_ms(), 0);
        session.reached();
        assert!(session.ready_at_ms() > 0, "an answer to a pull does not concern batches");
        session.pull_refused(10, 9);
        assert!(session.pull_ready_at_ms() > 10);
        assert!(session.reached());
        assert_eq!((session.pull_ready_at_ms(), session.ready_at_ms()), (0, 0), "both waits end when pulls work again");
    }

    #[test]
    fn a_poisoned_batch_is_halved_to_one_item_within_seconds() {
        let mut session = Session::new(Limits::default());
        let (mut units, mut now, mut tries) = (2_000, 0, 0);
        loop {
            tries += 1;
            let recovery = session.failed(Failure::Batch { units }, now, 1);
            now = session.ready_at_ms();
            match recovery {
                Recovery::Resend => {}
                Recovery::Halve => units = session.limit(now),
                Recovery::Isolate => break,
            }
        }
        assert_eq!(units, 1);
        assert!(tries <= 12, "{tries} tries");
        assert!(now < 10_000, "{now} ms");
    }

    #[test]
    fn retries_of_a_broken_hub_become_less_frequent() {
        let mut session = Session::new(Limits::default());
        let mut now = 0;
        for n in 0..40_u64 {
            session.failed(Failure::Batch { units: 1 }, now, n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 8);
            now = session.ready_at_ms();
        }
        assert!(now > 8 * 60_000, "{now} ms for 40 tries");
    }

    #[test]
    fn after_an_outage_batches_ramp_up() {
        let mut session = Session::new(Limits::default());
        session.failed(OFFLINE, 0, 0);
        assert_eq!(session.limit(0), 100);
        session.accepted(100, 10);
        assert_eq!(session.limit(0), 200);
        assert_eq!(session.breaker(0), Breaker::Closed);
    }

    #[test]
    fn batches_are_small_during_sales_and_grow_afterwards() {
        let mut session = Session::new(Limits::default());
        session.accepted(1_000, 100);
        assert_eq!(session.limit(10_000), 2_000);
        session.note_sale(10_000);
        assert_eq!((session.limit(10_001), session.limit(69_999)), (100, 100));
        session.accepted(100, 10);
        assert_eq!(session.limit(70_000), 2_000);
        session.note_sale(70_000);
        session.failed(Failure::Batch { units: 100 }, 70_000, 1);
        session.failed(Failure::Batch { units: 100 }, 70_000, 1);
        assert_eq!(session.limit(70_001), 50, "a batch that is being halved stays smaller");
    }

    #[test]
    fn while_the_shop_sells_the_worker_rests_in_proportion() {
        let mut session = Session::new(Limits::default());
        let write_time = Duration::from_millis(3);
        assert_eq!(session.rest(write_time, 10_000), Duration::ZERO);
        session.note_sale(10_000);
        assert_eq!(session.rest(write_time, 69_999), Duration::from_millis(90));
        assert_eq!(
            session.rest(Duration::from_secs(5), 10_001),
            Duration::from_secs(1),
            "at most a second on a slow disk"
        );
        assert_eq!(session.rest(write_time, 70_000), Duration::ZERO);
    }

    #[test]
    fn a_slow_link_gets_small_batches() {
        let mut session = Session::new(Limits::default());
        for _ in 0..5 {
            session.accepted(session.limit(0), 4_000);
        }
        assert_eq!(session.limit(0), 100);
    }

    proptest! {
        #[test]
        fn a_failure_always_schedules_another_attempt(steps in proptest::collection::vec((0_usize..4, any::<u64>()), 1..200)) {
            let mut session = Session::new(Limits::default());
            let mut now = 0;
            for (kind, random) in steps {
                match kind {
                    0 => session.accepted(10, random % 5_000),
                    1 => {
                        session.failed(OFFLINE, now, random);
                        prop_assert!(session.ready_at_ms() > now && session.ready_at_ms() <= now + 60_000);
                    }
                    2 => {
                        session.failed(Failure::Refused, now, random);
                        prop_assert!(session.ready_at_ms() > now && session.ready_at_ms() <= now + 60_000);
                    }
                    _ => {
                        session.failed(Failure::Batch { units: session.limit(now) }, now, random);
                        prop_assert!(session.ready_at_ms() > now && session.ready_at_ms() <= now + 60_000);
                    }
                }
                prop_assert!((1..=2_000).contains(&session.limit(now)));
                now = session.ready_at_ms().max(now);
            }
        }
    }
}
