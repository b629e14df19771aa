//! Random choices of failures and durations. The same seed gives the same failures in the same order; what they hit differs,
//! because real processes and sockets are not deterministic.

use std::time::Duration;

use cafe::Guests;

/// Numbers from a seed.
pub struct Dice(Guests);

impl Dice {
    /// Dice of this seed, different for each `name`.
    pub fn of(seed: u64, name: &str) -> Self {
        let salt = name.bytes().fold(seed, |salt, byte| salt.wrapping_mul(31).wrapping_add(byte.into()));
        Self(Guests::new(salt))
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.below(n)
    }

    /// A time between two, in milliseconds.
    pub fn ms(&mut self, from: usize, to: usize) -> Duration {
        Duration::from_millis((from + self.below(to - from)) as u64)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// Cards that are all dealt before one is repeated.
pub struct Deck<T: 'static> {
    cards: &'static [T],
    remaining: Vec<&'static T>,
}

impl<T> Deck<T> {
    /// A full deck.
    pub fn of(cards: &'static [T]) -> Self {
        Self { cards, remaining: Vec::new() }
    }

    /// The next card.
    pub fn deal(&mut self, dice: &mut Dice) -> &'static T {
        if self.remaining.is_empty() {
            self.remaining.extend(self.cards);
        }
        self.remaining.swap_remove(dice.below(self.remaining.len()))
    }
}

/// `GERAI_SEED`, or a new seed.
pub fn seed() -> u64 {
    let seed = std::env::var("GERAI_SEED").ok().map(|seed| seed.parse().expect("GERAI_SEED is a number"));
    seed.unwrap_or_else(|| u64::try_from(web::time::now().as_microsecond()).unwrap())
}

/// The duration: `GERAI_TORTURE_MINUTES`, or three minutes, long enough for every failure.
pub fn length() -> Duration {
    let variable = std::env::var("GERAI_TORTURE_MINUTES").ok();
    let minutes = variable.map(|minutes| minutes.parse().expect("GERAI_TORTURE_MINUTES is a number of minutes"));
    minutes.map_or(Duration::from_secs(180), |minutes: u64| Duration::from_secs(60 * minutes))
}
