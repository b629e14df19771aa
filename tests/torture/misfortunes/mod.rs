//! What can happen, by whom it happens to. Each says whether it met work: a command that was under way, or came.

mod postgres;
mod server;
mod wire;

pub use postgres::{Cluster, OfPostgres};
pub use server::{OfServer, begin_badly};
pub use wire::{Laid, OfWire};

use crate::chronicle::Chronicle;
use crate::dice::{Deck, Dice};

/// Something that can happen to a `T`.
pub trait Misfortune<T>: 'static {
    /// In words.
    fn words(&self) -> &'static str;

    /// Happens, and is over. Whether it met work.
    fn befall(&self, whom: &T, dice: &mut Dice) -> bool;
}

/// Deals one after the other until it is over, with a rest of so many milliseconds before each.
pub fn deal<T, M: Misfortune<T>>(
    whom: (&str, &T),
    cards: &'static [M],
    rest_ms: (usize, usize),
    mut dice: Dice,
    chronicle: &Chronicle,
) {
    let (name, whom) = whom;
    let mut deck = Deck::of(cards);
    loop {
        std::thread::sleep(dice.ms(rest_ms.0, rest_ms.1));
        if !chronicle.goes_on() {
            return;
        }
        let misfortune = deck.deal(&mut dice);
        chronicle.tell(name, misfortune.words(), || misfortune.befall(whom, &mut dice));
    }
}
