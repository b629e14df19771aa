//! Deterministic simulation of outlets and a hub in one process. Both sides run their production commands on real
//! SQLite files, and a simulated network loses, duplicates, delays, reorders and truncates messages. A seed defines one
//! world; when the world is at rest, the invariants in `checkers` are checked.
//!
//! All decisions of a world come from its seed. The commands generate random ids and the outlets' clocks are usually
//! wrong, but nothing depends on either, so a seed always runs the same way. Answers travel as the bytes that the hub
//! would send, and the outlet's own code reads them. Not simulated: HTTP itself, threads, real time-outs, and the byte
//! limits of pages and batches.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Result;
use protocol::rule::{Rule, sabotage};

pub mod bad_network;
pub mod checkers;
pub mod clock;
pub mod commands;
pub mod dice;
pub mod dump;
pub mod faults;
pub mod file;
pub mod garbage;
pub mod ghost;
pub mod hub;
pub mod message;
pub mod network;
pub mod office;
pub mod older;
pub mod people;
pub mod replay;
pub mod sale_reversal;
pub mod sales;
pub mod shop;
pub mod world;

pub use faults::Faults;
pub use world::{Violation, World};

/// The violated invariants of a world, and its log.
pub type Run = (Vec<Violation>, Vec<String>);

/// Runs `work` with a protocol rule disabled; a checker should find a violation. Needs debug assertions.
pub fn disabled<T>(rule: Option<Rule>, work: impl FnOnce() -> T) -> T {
    sabotage(rule);
    let done = work();
    sabotage(None);
    done
}

/// Runs the world of a seed.
#[must_use]
pub fn run(seed: u64, faults: Faults) -> Run {
    failures_as_violations(|| {
        let mut world = World::new(seed, faults)?;
        world.run();
        Ok((world.violations().to_vec(), world.trace().to_vec()))
    })
}

/// Runs a failing world with as few steps as still fail.
#[must_use]
pub fn shortest(seed: u64, faults: Faults) -> Run {
    failures_as_violations(|| replay::shortest(seed, faults))
}

/// Treats errors and panics of a run as violations.
fn failures_as_violations(run: impl FnOnce() -> Result<Run>) -> Run {
    let fails = |checker, message| (vec![Violation { checker, message }], Vec::new());
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(run)) => run,
        Ok(Err(error)) => fails("a command failed", format!("{error:#}")),
        Err(panic) => {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            fails(
                "panicked",
                message.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned(),
            )
        }
    }
}
