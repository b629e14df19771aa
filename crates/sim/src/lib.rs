//! Worlds of outlets and a hub in one process: the production verbs of both sides on real SQLite files, and between
//! them a network that does everything that networks do. One seed is one world; what must hold is looked at when it has
//! come to rest (`checkers`).
//!
//! All decisions of a world come from its seed. Ids and clocks of the verbs are their own, and nothing is decided by
//! them; so a seed goes the same way each time. Left out: HTTP, threads, time-outs in real time; what a page or a batch
//! may weigh; pruning after 35 days.

pub mod checkers;
pub mod dice;
pub mod faults;
pub mod file;
pub mod ghost;
pub mod hub;
pub mod message;
pub mod office;
pub mod sales;
pub mod shop;
pub mod world;

pub use faults::Faults;
pub use world::{Violation, World};

/// Runs the world of a seed; what does not hold in it, and what happened, in words.
#[must_use]
pub fn run(seed: u64, faults: Faults) -> (Vec<Violation>, Vec<String>) {
    match World::new(seed, faults) {
        Ok(mut world) => {
            world.run();
            (world.violations().to_vec(), world.trace().to_vec())
        }
        Err(error) => (vec![Violation { checker: "a verb failed", words: format!("{error:#}") }], Vec::new()),
    }
}
