//! What an outlet's worker does next: fed what happened, it says how large a batch to make, how long to wait, and when
//! a batch that keeps failing is to be given up.
//!
//! It guarantees that being offline or refused never counts against an item, and that a failed try always arms the next
//! one: no refusal is for ever.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::rule::{Rule, disabled};

/// Bounds of the worker's behaviour.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A batch is never made smaller than this, except to isolate an item.
    pub floor: usize,
    /// A batch never holds more items.
    pub ceiling: usize,
    /// While the shop sells, a batch never holds more items: whoever sells may wait until one is stored or settled.
    pub beside_sales: usize,
    /// The shop sells for so long after its last write.
    pub sells_for_ms: u64,
    /// While the shop sells and more waits than fits in a batch, the worker rests after each so many times as long as its
    /// writes took: the rest of the time nothing of a drain stands in a till's way.
    pub rests: u32,
    /// It never rests longer: where writing is slow the drain still goes on.
    pub longest_rest: Duration,
    /// A batch should take about this long, there and back.
    pub target_ms: u64,
    /// Waits while the hub cannot be reached or is in trouble.
    pub offline: Backoff,
    /// Waits while the hub refuses this outlet: a minute at the most, so that the outlet goes on soon after head office has
    /// taken the refusal back.
    pub refused: Backoff,
    /// Waits while halving towards the item that makes requests fail: short, the hub answers pings.
    pub isolating: Backoff,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            floor: 100,
            ceiling: 2_000,
            beside_sales: 100,
            sells_for_ms: 60_000,
            rests: 30,
            longest_rest: Duration::from_secs(1),
            target_ms: 400,
            offline: Backoff { base_ms: 1_000, cap_ms: 60_000 },
            refused: Backoff { base_ms: 5_000, cap_ms: 60_000 },
            isolating: Backoff { base_ms: 100, cap_ms: 500 },
        }
    }
}

/// Halving the largest batch down to one item and trying without it takes this many failures; a longer run of them
/// means that the hub is broken, not an item.
const FAILURES_TO_ISOLATE: u32 = 14;
/// So often must a batch fail before it is given up, while nothing else suggests that an item is to blame.
const FAILURES_TO_SUSPECT_BATCH: u32 = 2;
/// After so many failures in a row the breaker shows as open.
const FAILURES_TO_OPEN: u32 = 3;

/// Why a batch was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection, a time-out with no ping, 429, 503: says nothing about the batch.
    Unreachable {
        /// What `Retry-After` asked for.
        retry_after_ms: Option<u64>,
    },
    /// The hub refuses this outlet, whatever it sends: 401, 403, 426, another epoch. Head office can take that back, so it
    /// is tried again for ever.
    Refused,
    /// The hub answers pings, yet this batch fails: 5xx, a time-out, 400, 413, 422.
    Batch {
        /// Items in it, a unit counting as one; 0 for an empty batch.
        units: usize,
    },
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Send the same bytes again after the wait.
    Resend,
    /// Make smaller batches from current rows.
    Halve,
    /// It failed alone: set its item aside and go on without it.
    Isolated,
}

/// The breaker, for people to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// Batches flow.
    Closed,
    /// Waiting after failures.
    Open,
    /// The wait is over and one batch is on trial.
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

/// One outlet's dealings with the hub, since the process began.
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    limit: usize,
    failures: u32,
    failures_of_batch: u32,
    halving: bool,
    offline: bool,
    /// Refusals of batches in a row.
    refusals: u32,
    /// Failed questions in a row: the listener waits for these by itself, for a hub may refuse the one and not the other.
    listen_refusals: u32,
    listen_at_ms: u64,
    ready_at_ms: u64,
    /// Until when the hub asked to be left alone.
    asked_until_ms: u64,
    sells_until_ms: u64,
}

impl Session {
    /// A session that has seen nothing yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            limit: limits.ceiling / 2,
            failures: 0,
            failures_of_batch: 0,
            halving: false,
            offline: false,
            refusals: 0,
            listen_refusals: 0,
            listen_at_ms: 0,
            ready_at_ms: 0,
            asked_until_ms: 0,
            sells_until_ms: 0,
        }
    }

    /// At most so many items in the next batch.
    #[must_use]
    pub fn limit(&self, now_ms: u64) -> usize {
        if now_ms < self.sells_until_ms { self.limit.min(self.limits.beside_sales) } else { self.limit }
    }

    /// How long to rest after a batch whose writes took so long, while more waits.
    #[must_use]
    pub fn rest(&self, wrote: Duration, now_ms: u64) -> Duration {
        if now_ms < self.sells_until_ms {
            wrote.saturating_mul(self.limits.rests).min(self.limits.longest_rest)
        } else {
            Duration::ZERO
        }
    }

    /// Somebody in the shop writes.
    pub fn sold(&mut self, now_ms: u64) {
        self.sells_until_ms = now_ms.saturating_add(self.limits.sells_for_ms);
    }

    /// When the next try is due, in the same clock as given to [`Session::failed`].
    #[must_use]
    pub fn ready_at_ms(&self) -> u64 {
        self.ready_at_ms
    }

    /// When the hub may be asked again; 0 unless it could not be reached or refused to answer. Questions wait as batches do
    /// while a batch finds no hub; batches never wait for questions.
    #[must_use]
    pub fn listen_at_ms(&self) -> u64 {
        self.listen_at_ms.max(if self.offline { self.ready_at_ms } else { 0 })
    }

    /// Failures since the last accepted batch.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// What people see.
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

    /// A person, or a restored connection, asks for a try at once.
    pub fn hurry(&mut self) {
        self.ready_at_ms = 0;
        self.listen_at_ms = 0;
    }

    /// The hub refused to answer a question of the listener's; says until when the listener waits.
    pub fn listen_refused(&mut self, now_ms: u64, random: u64) -> u64 {
        self.listen_refusals = self.listen_refusals.saturating_add(1);
        self.listen_at_ms = now_ms.saturating_add(self.refused_wait_ms(self.listen_refusals, random));
        self.listen_at_ms
    }

    /// A question did not reach the hub. Only questions wait for it: a failed pull never delays a push.
    pub fn listen_failed(&mut self, retry_after_ms: Option<u64>, now_ms: u64, random: u64) {
        self.listen_refusals = self.listen_refusals.saturating_add(1);
        let wait = self.limits.offline.wait_ms(self.listen_refusals, random);
        self.listen_at_ms = now_ms.saturating_add(wait.max(retry_after_ms.unwrap_or(0)));
    }

    fn refused_wait_ms(&self, refusals: u32, random: u64) -> u64 {
        if disabled(Rule::RefusalRetried) { u64::MAX } else { self.limits.refused.wait_ms(refusals, random) }
    }

    /// The hub has answered something else than a batch: whoever waited only because it could not be reached need not wait
    /// any more, but for a wait that the hub itself asked for. Says whether that is news. A batch that fails goes on failing
    /// at its own pace.
    pub fn reached(&mut self) -> bool {
        let offline = std::mem::take(&mut self.offline);
        let refused = std::mem::take(&mut self.listen_refusals) > 0;
        self.listen_at_ms = 0;
        if offline {
            self.failures = 0;
            self.ready_at_ms = self.asked_until_ms;
        } else if refused && self.refusals > 0 {
            // What refused both lets the listener in again; a batch that is refused once more waits as long as before, and
            // what the hub asked to be waited for stays.
            self.ready_at_ms = self.asked_until_ms;
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
        self.failures_of_batch = 0;
        self.halving = false;
        self.offline = false;
        self.refusals = 0;
        self.listen_at_ms = 0;
        self.ready_at_ms = 0;
        self.asked_until_ms = 0;
    }

    /// A try failed at `now_ms`; `random` is any random number.
    pub fn failed(&mut self, failure: Failure, now_ms: u64, random: u64) -> Recovery {
        self.failures += 1;
        self.offline = matches!(failure, Failure::Unreachable { .. });
        self.asked_until_ms = 0;
        let (wait_ms, remedy) = match failure {
            Failure::Unreachable { retry_after_ms } => {
                self.limit = self.limit.min(self.limits.floor);
                let wait = self.limits.offline.wait_ms(self.failures, random);
                let asked = retry_after_ms.filter(|_| !disabled(Rule::RetryAfter));
                self.asked_until_ms = asked.map_or(0, |ms| now_ms.saturating_add(ms));
                (wait.max(asked.unwrap_or(0)), Recovery::Resend)
            }
            Failure::Refused => {
                self.refusals = self.refusals.saturating_add(1);
                (self.refused_wait_ms(self.refusals, random), Recovery::Resend)
            }
            Failure::Batch { units } => {
                self.failures_of_batch += 1;
                let wait = match self.failures.checked_sub(FAILURES_TO_ISOLATE) {
                    None | Some(0) => self.limits.isolating.wait_ms(self.failures, random),
                    Some(beyond) => self.limits.offline.wait_ms(beyond, random),
                };
                (wait, self.remedy(units))
            }
        };
        self.ready_at_ms = now_ms.saturating_add(wait_ms);
        remedy
    }

    fn remedy(&mut self, units: usize) -> Recovery {
        let enough = if self.halving { 1 } else { FAILURES_TO_SUSPECT_BATCH };
        if units == 0 || self.failures_of_batch < enough {
            return Recovery::Resend;
        }
        self.failures_of_batch = 0;
        self.halving = true;
        self.limit = (units / 2).max(1);
        if units == 1 { Recovery::Isolated } else { Recovery::Halve }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OFFLINE: Failure = Failure::Unreachable { retry_after_ms: None };

    #[test]
    fn being_offline_never_gives_a_batch_up() {
        let mut session = Session::new(Limits::default());
        for n in 0..1_000 {
            assert_eq!(session.failed(OFFLINE, n, n), Recovery::Resend);
        }
        assert_eq!(session.breaker(0), Breaker::Open);
        assert_eq!(session.breaker(u64::MAX), Breaker::Probing);
    }

    #[test]
    fn outlets_that_lost_the_hub_together_do_not_send_again_together() {
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
            session.listen_failed(Some(8_000), now, 9);
            assert_eq!((session.ready_at_ms(), session.failures()), (0, 0));
            session.listen_refused(now, 9);
            assert_eq!((session.ready_at_ms(), session.failures()), (0, 0));
        }
        assert!(session.listen_at_ms() > 20, "questions wait");
        session.failed(OFFLINE, 100, 9);
        let due = session.ready_at_ms();
        session.listen_failed(None, 101, 9);
        assert_eq!(session.ready_at_ms(), due, "a push that waits already waits no longer");
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
        assert_eq!(session.listen_at_ms(), 0, "pull does not wait for a push that is stuck");
    }

    #[test]
    fn contact_does_not_shorten_a_requested_wait() {
        let mut session = Session::new(Limits::default());
        session.failed(Failure::Unreachable { retry_after_ms: Some(8_000) }, 100, 9);
        assert!(session.reached());
        assert_eq!((session.ready_at_ms(), session.listen_at_ms()), (8_100, 0), "who only listens goes on");
        session.failed(OFFLINE, 9_000, 9);
        assert!(session.reached());
        assert_eq!(session.ready_at_ms(), 0);
        session.failed(Failure::Unreachable { retry_after_ms: Some(8_000) }, 100, 9);
        session.hurry();
        assert_eq!(session.ready_at_ms(), 0, "a person does not wait");
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
        assert!(now > 60 * 60_000, "{now} ms for 200 tries: ever less often");
        session.hurry();
        assert_eq!(session.ready_at_ms(), 0, "changed settings take effect at once");
    }

    #[test]
    fn a_hub_that_refuses_batches_and_answers_questions_is_listened_to() {
        let mut session = Session::new(Limits::default());
        session.failed(Failure::Refused, 0, 9);
        assert_eq!(session.listen_at_ms(), 0);
        session.reached();
        assert!(session.ready_at_ms() > 0, "an answer to a question says nothing of batches");
        session.listen_refused(10, 9);
        assert!(session.listen_at_ms() > 10);
        assert!(session.reached());
        assert_eq!(
            (session.listen_at_ms(), session.ready_at_ms()),
            (0, 0),
            "what refused both refuses the one no longer"
        );
    }

    #[test]
    fn a_poisoned_batch_is_halved_to_one_item_within_seconds() {
        let mut session = Session::new(Limits::default());
        let (mut units, mut now, mut tries) = (2_000, 0, 0);
        loop {
            tries += 1;
            let remedy = session.failed(Failure::Batch { units }, now, 1);
            now = session.ready_at_ms();
            match remedy {
                Recovery::Resend => {}
                Recovery::Halve => units = session.limit(now),
                Recovery::Isolated => break,
            }
        }
        assert_eq!(units, 1);
        assert!(tries <= 12, "{tries} tries");
        assert!(now < 10_000, "{now} ms");
    }

    #[test]
    fn a_broken_hub_is_tried_ever_less_often() {
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
        session.sold(10_000);
        assert_eq!((session.limit(10_001), session.limit(69_999)), (100, 100));
        session.accepted(100, 10);
        assert_eq!(session.limit(70_000), 2_000);
        session.sold(70_000);
        session.failed(Failure::Batch { units: 100 }, 70_000, 1);
        session.failed(Failure::Batch { units: 100 }, 70_000, 1);
        assert_eq!(session.limit(70_001), 50, "what is isolated stays smaller");
    }

    #[test]
    fn while_the_shop_sells_the_worker_rests_in_proportion_but_never_long() {
        let mut session = Session::new(Limits::default());
        let wrote = Duration::from_millis(3);
        assert_eq!(session.rest(wrote, 10_000), Duration::ZERO);
        session.sold(10_000);
        assert_eq!(session.rest(wrote, 69_999), Duration::from_millis(90));
        assert_eq!(session.rest(Duration::from_secs(5), 10_001), Duration::from_secs(1), "a slow disk starves nothing");
        assert_eq!(session.rest(wrote, 70_000), Duration::ZERO);
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
        fn a_failure_always_arms_the_next_try(steps in proptest::collection::vec((0_usize..4, any::<u64>()), 1..200)) {
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
