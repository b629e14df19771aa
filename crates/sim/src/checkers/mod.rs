//! What must hold, whatever happened: one file for each.

use std::collections::BTreeMap;

use anyhow::Result;
use replica::batches::Stored;

use crate::file::File;
use crate::message::Reply;
use crate::shop::Says;
use crate::world::World;

pub mod alone;
pub mod captured;
pub mod chain;
pub mod complete;
pub mod documents;
pub mod failed;
pub mod forgotten;
pub mod lost;
pub mod money;
pub mod numbers;
pub mod once;
pub mod quiet;
pub mod records;
pub mod sales;
pub mod shared;
pub mod silent;
pub mod stops;
pub mod streams;
pub mod wait;

type Checker = fn(&World) -> Result<Vec<String>>;

/// Every checker of a world at rest, by its name.
const ALL: &[(&str, Checker)] = &[
    ("nothing lost", lost::check),
    ("exactly once", once::check),
    ("documents equal", documents::check),
    ("shared equal", shared::check),
    ("money", money::check),
    ("numbers", numbers::check),
    ("chain dense", chain::check),
    ("streams dense", streams::check),
    ("no silent overwrite", silent::check),
    ("records honest", records::check),
    (crate::garbage::till::ALONE, alone::check),
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

/// What must hold whenever the hub has been sent a batch.
pub(crate) fn at_every_batch(
    world: &mut World,
    node: usize,
    outlet_id: &str,
    batch: &Stored,
    reply: &Reply,
) -> Result<()> {
    let paid = sales::paid(world)?;
    let before = std::mem::replace(&mut world.acknowledged, paid);
    for words in sales::check(&before, &world.acknowledged) {
        world.found("acknowledged sales kept", words);
    }
    if world.faults.only_one_epoch()
        && let Some(shop) = world.shops.iter().find(|shop| shop.node == node)
    {
        let discarded = shop.file.texts("select entity_id from sync_discards")?;
        for words in once::of(world, outlet_id, &discarded)? {
            world.found("exactly once", words);
        }
    }
    let stands_there = matches!(reply, Reply::Answer(answer)
        if answer.chain.position.batch_id.as_deref() == Some(batch.batch_id.as_str()));
    let one_life = !world.faults.outlet && !world.faults.clone;
    if stands_there
        && one_life
        && let Some(shop) = world.shops.iter().find(|shop| shop.node == node)
    {
        for words in complete::check(batch, &shop.file)? {
            world.found("complete up to", words);
        }
    }
    Ok(())
}

/// What is looked at before an outlet acts on an answer.
#[derive(Debug)]
pub(crate) struct Before {
    settled: BTreeMap<(String, String), i64>,
    isolated: BTreeMap<String, i64>,
}

impl Before {
    pub(crate) fn of(file: &File) -> Result<Self> {
        Ok(Self { settled: captured::settled(file)?, isolated: failed::isolated(file)? })
    }
}

/// What must hold whenever an outlet has heard an answer that says this; none: it has waited for one in vain.
pub(crate) fn at_every_answer(
    world: &mut World,
    at: usize,
    before: &Before,
    says: Says,
    reply: Option<&Reply>,
) -> Result<()> {
    let shop = &world.shops[at];
    let bad = world.garbage.all_ids(shop)?;
    let mut found = vec![
        ("no accident", stops::check(world.faults, shop)?),
        ("failed without a cause", failed::check(world.faults, &world.to_blame, &bad, &shop.file)?),
        ("not captured", reply.map_or(Ok(Vec::new()), |reply| captured::check(&before.settled, &shop.file, reply))?),
    ];
    let doubted = world.doubted.entry(shop.node).or_default();
    // What was opened again since is in nobody's doubt.
    doubted.retain(|id| before.isolated.contains_key(id));
    match says {
        Says::Failed => doubted.extend(before.isolated.keys().cloned()),
        Says::Stands => {
            found.push(("failed without a cause", failed::counted(doubted, &before.isolated, &shop.file)?));
            doubted.clear();
        }
        Says::Nothing => {}
    }
    for (name, all) in found {
        for words in all {
            world.found(name, words);
        }
    }
    Ok(())
}
