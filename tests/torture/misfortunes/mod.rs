//! What can happen, by whom it happens to.

mod postgres;
mod server;
mod wire;

pub use postgres::{Cluster, OfPostgres};
pub use server::{OfServer, begin_badly};
pub use wire::{Laid, OfWire};

use crate::dice::Dice;

/// Something that can happen to a `T`.
pub trait Misfortune<T>: Sync + 'static {
    /// In words.
    fn words(&self) -> &'static str;

    /// Happens, and is over. Whether it met work: a command that was under way, or came.
    fn befall(&self, whom: &T, dice: &mut Dice) -> bool;
}
