//! A world again, with steps left out: how what went wrong in it is made short.
//!
//! The dice of each step are remembered, so that a step does what it did, as far as the world is as it was.

use anyhow::Result;

use crate::dice::Dice;
use crate::faults::Faults;
use crate::world::{Violation, World};

/// Where a step begins.
#[derive(Debug, Clone)]
pub struct Mark {
    t: u64,
    dice: Dice,
    numbers: u64,
}

/// Worlds that are run to find a short one, at the most.
const MAX_RUNS: u32 = 300;

impl World {
    pub(crate) fn mark(&self) -> Mark {
        Mark { t: self.t, dice: self.dice.clone(), numbers: self.numbers }
    }

    fn go_to(&mut self, mark: &Mark) {
        self.dice = mark.dice.clone();
        // What was taken once is never taken again.
        self.t = self.t.max(mark.t);
        self.numbers = self.numbers.max(mark.numbers);
    }

    /// These steps of a world that was run before, and its end.
    fn run_again(&mut self, steps: &[Mark], end: &Mark) {
        let done = steps.iter().try_for_each(|step| {
            self.go_to(step);
            self.t += 1;
            self.one_step()
        });
        self.go_to(end);
        self.end(done);
    }
}

/// A world in which something does not hold, with as few steps as that still happens with.
///
/// # Errors
/// The world cannot be made.
pub fn shortest(seed: u64, faults: Faults) -> Result<(Vec<Violation>, Vec<String>)> {
    let mut whole = World::new(seed, faults)?;
    whole.run();
    let (Some(first), Some((end, steps))) = (whole.violations().first(), whole.marks.split_last()) else {
        return Ok((whole.violations().to_vec(), whole.trace().to_vec()));
    };
    let checker = first.checker;
    let mut best = (whole.violations().to_vec(), whole.trace().to_vec());
    let mut fails = |steps: &[Mark]| {
        let Ok(mut world) = World::new(seed, faults) else { return false };
        world.run_again(steps, end);
        let found: Vec<_> = world.violations().iter().filter(|one| one.checker == checker).cloned().collect();
        if found.is_empty() {
            return false;
        }
        best = (found, world.trace().to_vec());
        true
    };
    shrink(steps, MAX_RUNS, &mut fails);
    Ok(best)
}

/// Leaves out ever smaller parts, the last ones first, as long as it `fails` without them. What was tried last and failed is
/// the shortest.
fn shrink<T: Clone>(all: &[T], mut most_runs: u32, fails: &mut impl FnMut(&[T]) -> bool) {
    let mut kept = all.to_vec();
    let mut part = kept.len().div_ceil(2);
    while part > 0 {
        let mut from = kept.len();
        while from > 0 {
            let part_begins = from.saturating_sub(part);
            let rest = [&kept[..part_begins], &kept[from..]].concat();
            if most_runs == 0 {
                return;
            }
            most_runs -= 1;
            if fails(&rest) {
                kept = rest;
            }
            from = part_begins;
        }
        part /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_is_left() {
        let all: Vec<u32> = (0..100).collect();
        let mut last = all.clone();
        shrink(&all, 1_000, &mut |some: &[u32]| {
            let fails = some.contains(&7) && some.contains(&93);
            if fails {
                last = some.to_vec();
            }
            fails
        });
        assert_eq!(last, [7, 93]);
    }
}
