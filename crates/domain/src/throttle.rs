//! How fast PINs can be guessed: slow enough that four digits last for more than a year, and never so that one person
//! locks out another.
//!
//! Tries are counted in *lanes*, one for each pair of what is guessed and who guesses: the log-in of a user from one
//! address, the log-in of a user from all addresses where that user has never logged in, the approvals that one user asks
//! for. A lane slows down after five wrong tries in a row, for 15 minutes at the most; and it has a budget of wrong tries
//! that fills up by one every three hours, whatever is right in between. So a right log-in of the guesser changes nothing
//! for the lane in which they guess. The approvals that all users ask for share one more budget, so that more accounts
//! bring no more guesses; it is so large that one account alone cannot use it up.
//!
//! A try at an approval meets the PIN of each approver. Its budget counts PINs that were met: with many approvers fewer
//! tries are in hand and each takes longer to come back. That bounds the work, too: with `n` approvers one user has at most
//! 5 `n` PINs checked one after the other, and then waits.

use crate::pin::lock_seconds;

/// Wrong tries that a lane has in hand, where one try meets no more than 20 PINs.
pub const BUDGET: u32 = 30;
/// PINs that the wrong tries in hand meet together; but five tries are always in hand, for slips of the finger.
const RESERVE: u32 = 600;
const MIN_BUDGET: u32 = 5;
/// A lane gets one wrong try back in this time; of approvals, where one try meets the PIN of each approver, in this time
/// for each of them.
pub const REFILL_SECONDS: i64 = 3 * 60 * 60;

/// What a lane allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketLimits {
    reserve: u32,
    refill_seconds: i64,
    /// Wrong tries in a row delay the next one.
    delays: bool,
}

impl BucketLimits {
    /// Log-ins: one try meets one PIN.
    pub const LOG_IN: Self = Self { reserve: BUDGET, refill_seconds: REFILL_SECONDS, delays: true };

    /// Approvals that one user asks for; one try meets the PINs of so many approvers.
    #[must_use]
    pub fn approvals(approvers: u32) -> Self {
        Self { reserve: Self::tries(approvers).min(BUDGET), delays: true, ..Self::of_all(approvers) }
    }

    /// Approvals that all users ask for.
    #[must_use]
    pub fn of_all(approvers: u32) -> Self {
        let refill_seconds = REFILL_SECONDS.saturating_mul(approvers.max(1).into());
        Self { reserve: Self::tries(approvers), refill_seconds, delays: false }
    }

    fn tries(approvers: u32) -> u32 {
        (RESERVE / approvers.max(1)).max(MIN_BUDGET)
    }
}

/// What is known of a lane. Times are seconds of one clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Wrong tries since the last right one.
    pub failed_in_a_row: u32,
    /// No try is admitted before this.
    pub locked_until: Option<i64>,
    /// Wrong tries that have not come back to the budget.
    pub spent: u32,
    /// From when the oldest of them comes back.
    pub spent_at: i64,
}

/// A lane in which nobody may try now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Seconds until the next try, at least 1.
    pub seconds: u32,
}

impl Bucket {
    /// Whether a try is admitted now.
    ///
    /// A time that a clock stored while it was ahead counts as of now. A caller that refuses a try because of such a time
    /// must store [`Bucket::as_of`]; otherwise the wait starts again with each try.
    ///
    /// # Errors
    /// [`Wait`].
    pub fn admit(&self, now: i64, terms: BucketLimits) -> Result<(), Wait> {
        let bucket = self.as_of(now).refilled(now, terms);
        let locked = bucket.locked_until.map_or(0, |until| until.saturating_sub(now));
        // Where there are more approvers than when they were spent, more than one must come back.
        let empty = match bucket.spent.checked_sub(terms.reserve) {
            None => 0,
            Some(over) => terms
                .refill_seconds
                .saturating_mul(over.into())
                .saturating_add(bucket.spent_at.saturating_add(terms.refill_seconds).saturating_sub(now)),
        };
        match locked.max(empty) {
            ..=0 => Ok(()),
            seconds => Err(Wait { seconds: u32::try_from(seconds).unwrap_or(u32::MAX) }),
        }
    }

    /// The lane without times that lie further ahead than any of now could: a lock is as long as one that begins now, and
    /// what was spent begins to come back now.
    #[must_use]
    pub fn as_of(&self, now: i64) -> Self {
        let longest = now.saturating_add(lock_seconds(self.failed_in_a_row).into());
        let spent_at = if self.spent == 0 { self.spent_at } else { self.spent_at.min(now) };
        Self { locked_until: self.locked_until.map(|until| until.min(longest)), spent_at, ..*self }
    }

    /// The lane after a wrong try.
    #[must_use]
    pub fn failed(&self, now: i64, terms: BucketLimits) -> Self {
        let mut bucket = self.as_of(now).refilled(now, terms);
        if terms.delays {
            bucket.failed_in_a_row = bucket.failed_in_a_row.saturating_add(1);
            let lock = lock_seconds(bucket.failed_in_a_row);
            bucket.locked_until = (lock > 0).then(|| now.saturating_add(lock.into()));
        }
        bucket.spent = bucket.spent.saturating_add(1).min(RESERVE);
        bucket
    }

    /// The lane after a right try. The budget stays as it is.
    #[must_use]
    pub fn succeeded(&self) -> Self {
        Self { failed_in_a_row: 0, locked_until: None, ..*self }
    }

    fn refilled(&self, now: i64, terms: BucketLimits) -> Self {
        let from = if self.spent == 0 { now } else { self.spent_at };
        let back = now.saturating_sub(from) / terms.refill_seconds;
        let spent = self.spent.saturating_sub(u32::try_from(back).unwrap_or(u32::MAX));
        let spent_at = if spent == 0 { now } else { from.saturating_add(back.saturating_mul(terms.refill_seconds)) };
        Self { spent, spent_at, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const APPROVERS: [u32; 9] = [1, 2, 5, 20, 21, 50, 100, 120, 200];

    /// Wrong tries that patient guessers make in a year; each has a lane, and all share `shared`. Every `right` seconds
    /// each of them is right in it.
    fn guesses(guessers: usize, own: BucketLimits, shared: Option<BucketLimits>, right: Option<i64>) -> i64 {
        let (mut lanes, mut all) = (vec![Bucket::default(); guessers], Bucket::default());
        let (mut now, mut made, mut next_right) = (0, 0, right.unwrap_or(i64::MAX));
        while now < 365 * DAY {
            if now >= next_right {
                lanes.iter_mut().for_each(|bucket| *bucket = bucket.succeeded());
                next_right += right.unwrap_or(i64::MAX);
            }
            let mut soonest = next_right - now;
            for bucket in &mut lanes {
                let waits = [bucket.admit(now, own).err(), shared.and_then(|terms| all.admit(now, terms).err())];
                match waits.into_iter().flatten().map(|wait| i64::from(wait.seconds)).max() {
                    Some(wait) => soonest = soonest.min(wait),
                    None => {
                        *bucket = bucket.failed(now, own);
                        all = shared.map_or(all, |terms| all.failed(now, terms));
                        (made, soonest) = (made + 1, 0);
                    }
                }
            }
            now += soonest;
        }
        made
    }

    #[test]
    fn four_digits_last_for_a_year_through_any_mix_of_endpoints_and_accounts() {
        // One user's PIN is met by log-ins from an address where the user is known, by log-ins from all other addresses
        // together, and by approvals; everybody is right every hour, which sets no budget back.
        for right in [None, Some(3_600)] {
            let own = guesses(1, BucketLimits::LOG_IN, None, right);
            let elsewhere = guesses(1, BucketLimits::LOG_IN, None, None);
            for approvers in APPROVERS {
                for askers in [1, 2, 40] {
                    let (one, all) = (BucketLimits::approvals(approvers), BucketLimits::of_all(approvers));
                    let approvals = guesses(askers, one, Some(all), right) * i64::from(approvers);
                    assert!(
                        own + elsewhere + approvals < 10_000,
                        "{own} + {elsewhere} + {approvals}, {approvers} approvers, {askers} askers"
                    );
                }
            }
        }
    }

    #[test]
    fn one_account_alone_keeps_nobody_else_from_approvals() {
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
    fn five_wrong_tries_are_free_and_then_waits_grow_to_a_quarter_of_an_hour() {
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
    fn a_wait_that_began_under_a_clock_that_was_years_ahead_ends() {
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
            // As the clock goes on nothing begins anew.
            assert_eq!(stored.as_of(wait / 2), stored);
        }
    }
}
