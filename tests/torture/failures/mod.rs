//! Failures by target.

mod postgres;
mod server;
mod wire;

pub use postgres::{Cluster, PostgresFailure};
pub use server::{ServerFailure, first_start};
pub use wire::{WireFailure, WireTarget};

use crate::dice::Dice;

/// A failure that can be injected into a `T`.
pub trait Failure<T>: Sync + 'static {
    /// Its name in logs.
    fn name(&self) -> &'static str;

    /// Injects the failure and ends it. Returns whether it met work: a command in progress, or a new one.
    fn inject(&self, target: &T, dice: &mut Dice) -> bool;
}
