//! What must hold, whatever happened: one file for each.

use anyhow::Result;

use crate::world::World;

pub mod chain;
pub mod documents;
pub mod lost;
pub mod money;
pub mod once;
pub mod quiet;
pub mod records;
pub mod shared;
pub mod silent;
pub mod streams;

type Checker = fn(&World) -> Result<Vec<String>>;

/// Every checker of a world at rest, by its name.
const ALL: &[(&str, Checker)] = &[
    ("nothing lost", lost::check),
    ("exactly once", once::check),
    ("documents equal", documents::check),
    ("shared equal", shared::check),
    ("money", money::check),
    ("chain dense", chain::check),
    ("streams dense", streams::check),
    ("no silent overwrite", silent::check),
    ("records honest", records::check),
];

/// Looks at a world at rest.
pub(crate) fn at_the_end(world: &mut World) -> Result<()> {
    for (name, check) in ALL {
        for words in check(world)? {
            world.found(name, words);
        }
    }
    Ok(())
}

/// What must hold whenever the hub has taken a batch in.
pub(crate) fn at_every_batch(world: &mut World, outlet_id: &str) -> Result<()> {
    if world.faults.only_one_life() {
        for words in once::of(world, outlet_id)? {
            world.found("exactly once", words);
        }
    }
    Ok(())
}
