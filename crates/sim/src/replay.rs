//! Reduces a failing world: runs it again without some of its steps.
//!
//! The random state of each step is stored, so that a step repeats its choices as far as the state of the world allows.

use anyhow::Result;

use crate::dice::Dice;
use crate::faults::Faults;
use crate::world::{Violation, World};

/// State before a step.
#[derive(Debug, Clone)]
pub struct StepStart {
    t: u64,
    dice: Dice,
    numbers: u64,
}

/// Maximum number of runs to find a shorter world.
const MAX_RUNS: u32 = 300;

impl World {
    pub(crate) fn step_start(&self) -> StepStart {
        StepStart { t: self.t, dice: self.dice.clone(), numbers: self.numbers }
    }

    fn go_to(&mut self, step_start: &StepStart) {
        self.dice = step_start.dice.clone();
        // Times and numbers are never reused.
        self.t = self.t.max(step_start.t);
        self.numbers = self.numbers.max(step_start.numbers);
    }

    /// Runs these steps of an earlier world, and its end.
    fn rerun(&mut self, steps: &[StepStart], end: &StepStart) {
        let done = steps.iter().try_for_each(|step| {
            self.go_to(step);
            self.t += 1;
            self.one_step()
        });
        self.go_to(end);
        self.end(done);
    }
}

/// Runs a failing world with as few steps as still fail.
///
/// # Errors
/// The world cannot be created.
pub fn shortest(seed: u64, faults: Faults) -> Result<(Vec<Violation>, Vec<String>)> {
    let mut whole = World::new(seed, faults)?;
    whole.run();
    let (Some(first), Some((end, steps))) = (whole.violations().first(), whole.steps.split_last()) else {
        return Ok((whole.violations().to_vec(), whole.trace().to_vec()));
    };
    let checker = first.checker;
    let mut best = (whole.violations().to_vec(), whole.trace().to_vec());
    let mut fails = |steps: &[StepStart]| {
        let Ok(mut world) = World::new(seed, faults) else { return false };
        world.rerun(steps, end);
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

/// Omits smaller and smaller parts, from the end, as long as the rest still `fails`. The last failing attempt is the
/// shortest.
fn shrink<T: Clone>(all: &[T], mut most_runs: u32, fails: &mut impl FnMut(&[T]) -> bool) {
    let mut shortest_steps = all.to_vec();
    let mut part = shortest_steps.len().div_ceil(2);
    while part > 0 {
        let mut from = shortest_steps.len();
        while from > 0 {
            let part_begins = from.saturating_sub(part);
            let rest = [&shortest_steps[..part_begins], &shortest_steps[from..]].concat();
            if most_runs == 0 {
                return;
            }
            most_runs -= 1;
            if fails(&rest) {
                shortest_steps = rest;
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
    fn shrinking_keeps_the_needed_elements() {
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
