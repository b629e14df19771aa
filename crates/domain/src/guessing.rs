//! How fast PINs can be guessed: slow enough that four digits last for more than a year, and never so that one person
//! locks out another.
//!
//! Tries are counted in *lanes*, one for each pair of what is guessed and who guesses: the log-in of a user from one
//! address, the log-in of a user from all addresses where that user has never logged in, the approvals that one user asks
//! for. A lane slows down after five wrong tries in a row, for 15 minutes at the most; and it has a budget of wrong tries
//! that fills up by one every three hours, whatever is right in between. So a right log-in of the guesser changes nothing
//! for the lane in which they guess.
//!
//! A try at an approval meets the PIN of each approver. Its budget counts PINs that were met: with many approvers fewer
//! tries are in hand and each takes longer to come back. That bounds the work, too: with `n` approvers one user has at most
//! 5 `n` PINs checked one after the other, and then waits.

use crate::pin::lock_seconds;

/// Wrong tries that a lane has in hand, where one try meets no more than 20 PINs.
pub const BUDGET: u32 = 30;
/// PINs that the wrong tries in hand meet together; but five tries are always in hand, for slips of the finger.
const PINS_IN_HAND: u32 = 600;
const LEAST_BUDGET: u32 = 5;
/// A lane gets one wrong try back in this time; of approvals, where one try meets the PIN of each approver, in this time
/// for each of them.
pub const REFILL_SECONDS: i64 = 3 * 60 * 60;

/// What is known of a lane. Times are seconds of one clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lane {
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

impl Lane {
    /// Whether a try is admitted now; `targets` is how many PINs one try meets. What is stored with a wrong clock counts
    /// as of now.
    ///
    /// # Errors
    /// [`Wait`].
    pub fn admit(&self, now: i64, targets: u32) -> Result<(), Wait> {
        let longest = i64::from(lock_seconds(self.failed_in_a_row));
        let locked = self.locked_until.map_or(0, |until| until.saturating_sub(now).min(longest));
        let lane = self.refilled(now, targets);
        let refill = refill_seconds(targets);
        // Where there are more approvers than when they were spent, more than one must come back.
        let empty = match lane.spent.checked_sub(budget(targets)) {
            None => 0,
            Some(over) => refill
                .saturating_mul(over.into())
                .saturating_add(lane.spent_at.saturating_add(refill).saturating_sub(now).min(refill)),
        };
        match locked.max(empty) {
            ..=0 => Ok(()),
            seconds => Err(Wait { seconds: u32::try_from(seconds).unwrap_or(u32::MAX) }),
        }
    }

    /// The lane after a wrong try.
    #[must_use]
    pub fn failed(&self, now: i64, targets: u32) -> Self {
        let mut lane = self.refilled(now, targets);
        lane.failed_in_a_row = lane.failed_in_a_row.saturating_add(1);
        let lock = lock_seconds(lane.failed_in_a_row);
        lane.locked_until = (lock > 0).then(|| now.saturating_add(lock.into()));
        lane.spent = lane.spent.saturating_add(1).min(BUDGET);
        lane
    }

    /// The lane after a right try. The budget stays as it is.
    #[must_use]
    pub fn succeeded(&self) -> Self {
        Self { failed_in_a_row: 0, locked_until: None, ..*self }
    }

    fn refilled(&self, now: i64, targets: u32) -> Self {
        let refill = refill_seconds(targets);
        // A time in the future comes from a clock that was ahead.
        let from = if self.spent == 0 || self.spent_at > now { now } else { self.spent_at };
        let back = (now - from) / refill;
        let spent = self.spent.saturating_sub(u32::try_from(back).unwrap_or(u32::MAX));
        let spent_at = if spent == 0 { now } else { from + back * refill };
        Self { spent, spent_at, ..*self }
    }
}

fn budget(targets: u32) -> u32 {
    (PINS_IN_HAND / targets.max(1)).clamp(LEAST_BUDGET, BUDGET)
}

fn refill_seconds(targets: u32) -> i64 {
    REFILL_SECONDS.saturating_mul(targets.max(1).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    /// Wrong tries that a patient guesser makes in a lane; each `right` seconds somebody is right in it.
    fn guesses(days: i64, targets: u32, right: Option<i64>) -> i64 {
        let (mut lane, mut now, mut made, mut next_right) = (Lane::default(), 0, 0, right.unwrap_or(i64::MAX));
        while now < days * DAY {
            if now >= next_right {
                lane = lane.succeeded();
                next_right += right.unwrap_or(i64::MAX);
            }
            match lane.admit(now, targets) {
                Ok(()) => {
                    lane = lane.failed(now, targets);
                    made += 1;
                }
                Err(wait) => now += i64::from(wait.seconds).min(next_right - now).max(1),
            }
        }
        made
    }

    #[test]
    fn four_digits_last_for_a_year_through_any_mix_of_endpoints() {
        // One user's PIN is met by log-ins from an address where the user is known, by log-ins from all other addresses
        // together, and by approvals; the user is right every ten minutes, which sets no budget back.
        for right in [None, Some(600)] {
            let (own, elsewhere) = (guesses(365, 1, right), guesses(365, 1, None));
            for approvers in [1, 2, 5, 20, 21, 50, 100, 120, 200] {
                let approvals = guesses(365, approvers, right) * i64::from(approvers);
                assert!(
                    own + elsewhere + approvals < 10_000,
                    "{own} + {elsewhere} + {approvals}, {approvers} approvers"
                );
            }
        }
    }

    #[test]
    fn five_wrong_tries_are_free_and_then_waits_grow_to_a_quarter_of_an_hour() {
        let (mut lane, mut now, mut waits) = (Lane::default(), 0, Vec::new());
        for _ in 0..14 {
            if let Err(wait) = lane.admit(now, 1) {
                waits.push(wait.seconds);
                now += i64::from(wait.seconds);
            }
            lane = lane.failed(now, 1);
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900, 900, 900]);
        assert_eq!(lane.succeeded().admit(now, 1), Ok(()));
    }

    #[test]
    fn a_clock_that_was_years_ahead_locks_nobody_for_years() {
        let years = 12 * 365 * DAY;
        let ahead = (0..6).fold(Lane::default(), |lane, _| lane.failed(years, 1));
        assert!(ahead.admit(0, 1).unwrap_err().seconds <= 60);
        let empty = (0..BUDGET).fold(Lane::default(), |lane, _| lane.failed(years, 1)).succeeded();
        assert!(i64::from(empty.admit(0, 1).unwrap_err().seconds) <= REFILL_SECONDS);
        assert_eq!(empty.failed(0, 1).succeeded().admit(REFILL_SECONDS, 1), Ok(()));
    }
}
