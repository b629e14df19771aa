//! Worlds of outlets and a hub in one process: the production verbs of both sides on real SQLite files, and between
//! them a network that does everything that networks do. One seed is one world; what must hold is looked at when it has
//! come to rest (`checkers`).
//!
//! All decisions of a world come from its seed. Ids are the verbs' own, the outlets' clocks are wrong most of the time, and
//! nothing is decided by either; so a seed goes the same way each time. Left out: HTTP, threads, time-outs in real time; what a page or a batch
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

/// Runs the world of a seed without one of the protocol's rules: some checker should notice. Needs debug assertions.
#[must_use]
pub fn run_without(rule: sync::rule::Rule, seed: u64, faults: Faults) -> (Vec<Violation>, Vec<String>) {
    sync::rule::take_away(Some(rule));
    let done = run(seed, faults);
    sync::rule::take_away(None);
    done
}

/// Runs the world of a seed; what does not hold in it, and what happened, in words.
#[must_use]
pub fn run(seed: u64, faults: Faults) -> (Vec<Violation>, Vec<String>) {
    run_for(u64::MAX, seed, faults)
}

/// A world in which something does not hold, cut off as early as that stays so.
#[must_use]
pub fn shortest(seed: u64, faults: Faults) -> (Vec<Violation>, Vec<String>) {
    let mut cut_off = (0..200).map(|most| run_for(most, seed, faults));
    cut_off.find(|(violations, _)| !violations.is_empty()).unwrap_or_else(|| run(seed, faults))
}

fn run_for(most: u64, seed: u64, faults: Faults) -> (Vec<Violation>, Vec<String>) {
    match World::new(seed, faults) {
        Ok(mut world) => {
            world.run(most);
            (world.violations().to_vec(), world.trace().to_vec())
        }
        Err(error) => (vec![Violation { checker: "a verb failed", words: format!("{error:#}") }], Vec::new()),
    }
}
