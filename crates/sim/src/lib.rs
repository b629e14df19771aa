//! Worlds of outlets and a hub in one process: the production verbs of both sides on real SQLite files, and between
//! them a network that does everything that networks do. One seed is one world; what must hold is looked at when it has
//! come to rest (`checkers`).
//!
//! All decisions of a world come from its seed. Ids are the verbs' own, the outlets' clocks are wrong most of the time, and
//! nothing is decided by either; so a seed goes the same way each time. Answers travel as the bytes that the hub would send,
//! and are read by the outlet's own code. Left out: HTTP itself, threads, time-outs in real time; what a page or a batch
//! may weigh.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Result;
use protocol::rule::{Rule, sabotage};

pub mod checkers;
pub mod clock;
pub mod dice;
pub mod dump;
pub mod faults;
pub mod file;
pub mod garbage;
pub mod ghost;
pub mod hub;
pub mod line;
pub mod message;
pub mod network;
pub mod office;
pub mod older;
pub mod people;
pub mod replay;
pub mod sales;
pub mod shop;
pub mod take_back;
pub mod world;

pub use faults::Faults;
pub use world::{Violation, World};

/// What does not hold in a world, and what happened, in words.
pub type Run = (Vec<Violation>, Vec<String>);

/// Does `work` without one of the protocol's rules: some checker should notice. Needs debug assertions.
pub fn disabled<T>(rule: Option<Rule>, work: impl FnOnce() -> T) -> T {
    sabotage(rule);
    let done = work();
    sabotage(None);
    done
}

/// Runs the world of a seed.
#[must_use]
pub fn run(seed: u64, faults: Faults) -> Run {
    survived(|| {
        let mut world = World::new(seed, faults)?;
        world.run();
        Ok((world.violations().to_vec(), world.trace().to_vec()))
    })
}

/// A world in which something does not hold, with as few steps as that still happens with.
#[must_use]
pub fn shortest(seed: u64, faults: Faults) -> Run {
    survived(|| replay::shortest(seed, faults))
}

/// A world that cannot be made, or in which something panics, is one in which something does not hold.
fn survived(run: impl FnOnce() -> Result<Run>) -> Run {
    let fails = |checker, words| (vec![Violation { checker, words }], Vec::new());
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(run)) => run,
        Ok(Err(error)) => fails("a verb failed", format!("{error:#}")),
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            fails("panicked", words.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without words").to_owned())
        }
    }
}
