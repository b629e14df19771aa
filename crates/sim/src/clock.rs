//! Clocks: the virtual time of a world, and the machines' clocks, which are usually wrong.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use crate::world::World;

/// Start time of every world.
const BEGINNING_S: i64 = 1_795_000_000;
/// Duration of one step for waits.
const STEP_MS: u64 = 10_000;

const MINUTE: SignedDuration = SignedDuration::from_secs(60);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

impl World {
    fn time(&self) -> Timestamp {
        let seconds = i64::try_from(self.t).unwrap_or(0);
        Timestamp::from_second(BEGINNING_S)
            .and_then(|at| at.checked_add(SignedDuration::from_secs(seconds)))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The monotonic clock of sessions.
    pub(crate) fn ms(&self) -> u64 {
        if self.faults.line { self.t * STEP_MS } else { self.t }
    }

    /// Head office's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.time().checked_add(self.hub.clock_off).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// A shop's clock. In classes without clock faults it is right, a year ahead, a year behind, or stopped.
    pub(crate) fn clock(&self, at: usize) -> Timestamp {
        let now = self.time();
        let shop = &self.shops[at];
        let shown = if self.faults.clock {
            now.checked_add(shop.clock_off)
        } else {
            match (shop.node as u64 + self.t / 20) % 4 {
                0 => Ok(now),
                1 => now.checked_add(YEAR),
                2 => now.checked_sub(YEAR),
                _ => Timestamp::from_second(BEGINNING_S),
            }
        };
        shown.unwrap_or(now)
    }

    /// Changes a clock: it is set, or its battery is empty.
    pub(crate) fn jump(&mut self) -> Result<()> {
        let battery = Timestamp::UNIX_EPOCH.duration_since(self.time());
        let jumps = [SignedDuration::ZERO, battery, MINUTE, -MINUTE, DAY, -DAY, YEAR, -YEAR, 10 * YEAR, -(10 * YEAR)];
        let off = self.dice.pick(&jumps).copied().unwrap_or_default();
        let at = self.random_shop();
        if self.dice.one_in(3) {
            self.hub.clock_off = off;
            self.log(format!("the hub's clock is {}", self.now()));
        } else {
            self.shops[at].clock_off = off;
            self.log(format!("{}'s clock is {}", self.shops[at].name, self.clock(at)));
        }
        Ok(())
    }
}
