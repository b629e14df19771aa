//! Limits PIN guesses: trying all four-digit PINs takes more than a year, and nobody can lock out another person.
//!
//! Attempts are counted in *buckets*, one per target and source: log-ins of a user from one address, log-ins of a user
//! from all addresses where that user has never logged in, approvals requested by one user. A bucket delays the next
//! attempt after five consecutive wrong ones, by at most 15 minutes. It also has a budget of wrong attempts that
//! refills by one every three hours, regardless of right attempts, so a guesser gains nothing by logging in correctly
//! in between. Approvals requested by all users share one more budget, so that more accounts allow no more guesses; it
//! is too large for one account to use up.
//!
//! An approval compares a PIN with those of all approvers. Its budget counts compared PINs: with many approvers, fewer
//! attempts are available and each takes longer to refill. This also bounds the work: with `n` approvers, one user can
//! have at most 5 `n` PINs checked in a row.

use crate::pin::lock_seconds;

/// Wrong attempts available in a full bucket, if one attempt is compared with at most 20 PINs.
pub const BUDGET: u32 = 30;
/// PIN comparisons available in a full bucket. At least [`MIN_BUDGET`] attempts are always available, for typing
/// errors.
const RESERVE: u32 = 600;
const MIN_BUDGET: u32 = 5;
/// Time to refill one wrong attempt; for approvals, per approver.
pub const REFILL_SECONDS: i64 = 3 * 60 * 60;

/// The limits of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketLimits {
    reserve: u32,
    refill_seconds: i64,
    /// Consecutive wrong attempts delay the next one.
    delays: bool,
}

impl BucketLimits {
    /// Log-ins: one attempt is compared with one PIN.
    pub const LOG_IN: Self = Self { reserve: BUDGET, refill_seconds: REFILL_SECONDS, delays: true };

    /// Approvals requested by one user, with this number of approvers.
    #[must_use]
    pub fn approvals(approvers: u32) -> Self {
        Self { reserve: Self::attempts(approvers).min(BUDGET), delays: true, ..Self::of_all(approvers) }
    }

    /// Approvals requested by all users together.
    #[must_use]
    pub fn of_all(approvers: u32) -> Self {
        let refill_seconds = REFILL_SECONDS.saturating_mul(approvers.max(1).into());
        Self { reserve: Self::attempts(approvers), refill_seconds, delays: false }
    }

    /// Wrong attempts available in a full bucket.
    #[must_use]
    pub fn most(self) -> u32 {
        self.reserve
    }

    fn attempts(approvers: u32) -> u32 {
        (RESERVE / approvers.max(1)).max(MIN_BUDGET)
    }
}

/// The state of a bucket. Times are in seconds of one clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Consecutive wrong attempts.
    pub failed_in_a_row: u32,
    /// No attempt is admitted before this time.
    pub locked_until: Option<i64>,
    /// Wrong attempts that are not refilled yet.
    pub spent: u32,
    /// When the oldest of them started to refill.
    pub spent_at: i64,
}

/// The bucket admits no attempt now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Seconds until the next attempt, at least 1.
    pub seconds: u32,
}

impl Bucket {
    /// Whether an attempt is admitted now.
    ///
    /// A time stored while the clock was ahead counts as now. A caller that rejects an attempt because of such a time
    /// must store [`Bucket::as_of`]; otherwise the wait restarts with each attempt.
    ///
    /// # Errors
    /// [`Wait`].
    pub fn admit(&self, now: i64, limits: BucketLimits) -> Result<(), Wait> {
        let bucket = self.as_of(now).refilled(now, limits);
        let locked = bucket.locked_until.map_or(0, |until| until.saturating_sub(now));
        // If the number of approvers has grown since, more than one attempt must be refilled.
        let empty = match bucket.spent.checked_sub(limits.reserve) {
            None => 0,
            Some(over) => limits
                .refill_seconds
                .saturating_mul(over.into())
                .saturating_add(bucket.spent_at.saturating_add(limits.refill_seconds).saturating_sub(now)),
        };
        match locked.max(empty) {
            ..=0 => Ok(()),
            seconds => Err(Wait { seconds: u32::try_from(seconds).unwrap_or(u32::MAX) }),
        }
    }

    /// The bucket without times in the future: a lock lasts as long as one that starts now, and refilling starts now.
    #[must_use]
    pub fn as_of(&self, now: i64) -> Self {
        let longest = now.saturating_add(lock_seconds(self.failed_in_a_row).into());
        let spent_at = if self.spent == 0 { self.spent_at } else { self.spent_at.min(now) };
        Self { locked_until: self.locked_until.map(|until| until.min(longest)), spent_at, ..*self }
    }

    /// The bucket after a wrong attempt.
    #[must_use]
    pub fn failed(&self, now: i64, limits: BucketLimits) -> Self {
        let mut bucket = self.as_of(now).refilled(now, limits);
        if limits.delays {
            bucket.failed_in_a_row = bucket.failed_in_a_row.saturating_add(1);
            let lock = lock_seconds(bucket.failed_in_a_row);
            bucket.locked_until = (lock > 0).then(|| now.saturating_add(lock.into()));
        }
        bucket.spent = bucket.spent.saturating_add(1).min(RESERVE);
        bucket
    }

    /// The bucket after a right attempt. The budget does not change.
    #[must_use]
    pub fn succeeded(&self) -> Self {
        Self { failed_in_a_row: 0, locked_until: None, ..*self }
    }

    /// Wrong attempts that the budget still admits now.
    #[must_use]
    pub fn left(&self, now: i64, limits: BucketLimits) -> u32 {
        limits.reserve.saturating_sub(self.as_of(now).refilled(now, limits).spent)
    }

    fn refilled(&self, now: i64, limits: BucketLimits) -> Self {
        let from = if self.spent == 0 { now } else { self.spent_at };
        let refilled = now.saturating_sub(from) / limits.refill_seconds;
        let spent = self.spent.saturating_sub(u32::try_from(refilled).unwrap_or(u32::MAX));
        let spent_at =
            if spent == 0 { now } else { from.saturating_add(refilled.saturating_mul(limits.refill_seconds)) };
        Self { spent, spent_at, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const APPROVERS: [u32; 9] = [1, 2, 5, 20, 21, 50, 100, 120, 200];

    /// Wrong attempts of patient guessers in a year; each has a bucket, and all share `shared`. Every `right` seconds
    /// each of them makes a right attempt.
    fn guesses(guessers: usize, each: BucketLimits, shared: Option<BucketLimits>, right: Option<i64>) -> i64 {
        let (mut buckets, mut all) = (vec![Bucket::default(); guessers], Bucket::default());
        let (mut now, mut made, mut next_right) = (0, 0, right.unwrap_or(i64::MAX));
        while now < 365 * DAY {
            if now >= next_right {
                buckets.iter_mut().for_each(|bucket| *bucket = bucket.succeeded());
                next_right += right.unwrap_or(i64::MAX);
            }
            let mut soonest = next_right - now;
            for bucket in &mut buckets {
                let waits = [bucket.admit(now, each).err(), shared.and_then(|limits| all.admit(now, limits).err())];
                match waits.into_iter().flatten().map(|wait| i64::from(wait.seconds)).max() {
                    Some(wait) => soonest = soonest.min(wait),
                    None => {
                        *bucket = bucket.failed(now, each);
                        all = shared.map_or(all, |limits| all.failed(now, limits));
                        (made, soonest) = (made + 1, 0);
                    }
                }
            }
            now += soonest;
        }
        made
    }

    #[test]
    fn guessing_four_digits_takes_over_a_year_on_any_path() {
        // One user's PIN is compared by log-ins from an address where the user is known, by log-ins from all other
        // addresses together, and by approvals; everybody logs in correctly every hour, which resets no budget.
        for right in [None, Some(3_600)] {
            let log_ins = guesses(1, BucketLimits::LOG_IN, None, right);
            let elsewhere = guesses(1, BucketLimits::LOG_IN, None, None);
            for approvers in APPROVERS {
                for requesters in [1, 2, 40] {
                    let (one, all) = (BucketLimits::approvals(approvers), BucketLimits::of_all(approvers));
                    let approvals = guesses(requesters, one, Some(all), right) * i64::from(approvers);
                    assert!(
                        log_ins + elsewhere + approvals < 10_000,
                        "{log_ins} + {elsewhere} + {approvals}, {approvers} approvers, {requesters} requesters"
                    );
                }
            }
        }
    }

    #[test]
    fn one_account_cannot_block_approvals_of_others() {
        for approvers in APPROVERS.into_iter().filter(|approvers| *approvers <= 20) {
            let (one, shared) = (BucketLimits::approvals(approvers), BucketLimits::of_all(approvers));
            let (mut bucket, mut all) = (Bucket::default(), Bucket::default());
            for now in (0..90 * DAY).step_by(600) {
                if bucket.admit(now, one).is_ok() {
                    assert_eq!(all.admit(now, shared), Ok(()), "{approvers} approvers, day {}", now / DAY);
                    bucket = bucket.failed(now, one);
                    all = all.failed(now, shared);
                }
            }
            assert_eq!(all.admit(90 * DAY, shared), Ok(()), "{approvers} approvers");
        }
    }

    #[test]
    fn after_five_wrong_attempts_waits_grow_to_15_minutes() {
        let (mut bucket, mut now, mut waits) = (Bucket::default(), 0, Vec::new());
        for _ in 0..14 {
            if let Err(wait) = bucket.admit(now, BucketLimits::LOG_IN) {
                waits.push(wait.seconds);
                now += i64::from(wait.seconds);
            }
            bucket = bucket.failed(now, BucketLimits::LOG_IN);
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900, 900, 900]);
        assert_eq!(bucket.succeeded().admit(now, BucketLimits::LOG_IN), Ok(()));
    }

    #[test]
    fn a_wait_from_a_clock_years_ahead_ends() {
        let years = 12 * 365 * DAY;
        let locked = (0..6).fold(Bucket::default(), |bucket, _| bucket.failed(years, BucketLimits::LOG_IN));
        let empty =
            (0..BUDGET).fold(Bucket::default(), |bucket, _| bucket.failed(years, BucketLimits::LOG_IN)).succeeded();
        for (bucket, longest) in [(locked, 60), (empty, REFILL_SECONDS)] {
            let wait = i64::from(bucket.admit(0, BucketLimits::LOG_IN).unwrap_err().seconds);
            assert!(wait <= longest, "{wait}");
            let stored = bucket.as_of(0);
            assert!(stored.admit(wait - 1, BucketLimits::LOG_IN).is_err());
            assert_eq!(stored.admit(wait, BucketLimits::LOG_IN), Ok(()));
            // The wait does not restart as the clock advances.
            assert_eq!(stored.as_of(wait / 2), stored);
        }
    }
}
