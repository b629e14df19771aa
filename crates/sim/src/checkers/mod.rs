//! The invariants, one file for each.

use std::collections::BTreeMap;

use anyhow::Result;
use replica::batches::StoredBatch;

use crate::file::File;
use crate::message::Reply;
use crate::shop::BatchSignal;
use crate::world::World;

pub mod audit;
pub mod bad_items;
pub mod captured;
pub mod chain;
pub mod complete;
pub mod documents;
pub mod failed;
pub mod false_alarms;
pub mod lost;
pub mod money;
pub mod numbers;
pub mod once;
pub mod overwrites;
pub mod quiet;
pub mod records;
pub mod reports;
pub mod retention;
pub mod retry_after;
pub mod sales;
pub mod shared;
pub mod streams;
pub mod valid;

type Checker = fn(&World) -> Result<Vec<String>>;

/// The checkers of a world at rest, by name.
const ALL: &[(&str, Checker)] = &[
    ("nothing lost", lost::check),
    ("exactly once", once::check),
    ("documents equal", documents::check),
    ("shared equal", shared::check),
    ("daily figures equal", money::check),
    ("orders valid", valid::check),
    ("reports equal", reports::check),
    ("order numbers unique", numbers::check),
    ("chain dense", chain::check),
    ("streams dense", streams::check),
    ("no silent overwrite", overwrites::check),
    ("conflict records correct", records::check),
    ("audit equal", audit::check),
    (crate::garbage::till::BAD_ITEMS, bad_items::check),
];

/// Runs the checkers of a world at rest.
pub(crate) fn at_the_end(world: &mut World) -> Result<()> {
    for (name, check) in ALL {
        for words in check(world)? {
            world.found(name, words);
        }
    }
    Ok(())
}

/// Checks what must hold after each push.
pub(crate) fn at_every_batch(
    world: &mut World,
    node: usize,
    outlet_id: &str,
    batch: &StoredBatch,
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
        for words in once::duplicates_at(world, outlet_id, &discarded)? {
            world.found("exactly once", words);
        }
    }
    let is_accepted = matches!(reply, Reply::Answer(answer)
        if answer.chain.position.batch_id.as_deref() == Some(batch.batch_id.as_str()));
    let one_epoch = !world.faults.outlet && !world.faults.clone;
    if is_accepted
        && one_epoch
        && let Some(shop) = world.shops.iter().find(|shop| shop.node == node)
    {
        for words in complete::check(batch, &shop.file)? {
            world.found("complete through", words);
        }
    }
    Ok(())
}

/// State of an outlet before it handles an answer.
#[derive(Debug)]
pub(crate) struct Before {
    clean: BTreeMap<(String, String), i64>,
    isolated: BTreeMap<String, i64>,
}

impl Before {
    pub(crate) fn of(file: &File) -> Result<Self> {
        Ok(Self { clean: captured::clean(file)?, isolated: failed::isolated(file)? })
    }
}

/// Checks what must hold after an outlet has handled an answer (`None`: a time-out).
pub(crate) fn at_every_answer(
    world: &mut World,
    at: usize,
    before: &Before,
    signal: BatchSignal,
    reply: Option<&Reply>,
) -> Result<()> {
    let shop = &world.shops[at];
    let bad = world.garbage.all_ids(shop)?;
    let mut found = vec![
        ("no false alarm", false_alarms::check(world.faults, shop)?),
        ("failed without a cause", failed::check(world.faults, &world.suspects, &bad, &shop.file)?),
        (
            "hub data not captured",
            reply.map_or(Ok(Vec::new()), |reply| captured::check(&before.clean, &shop.file, reply))?,
        ),
    ];
    let suspected_with_hub = world.suspected_with_hub.entry(shop.node).or_default();
    // Entities that were requeued since are not suspected any more.
    suspected_with_hub.retain(|id| before.isolated.contains_key(id));
    match signal {
        BatchSignal::Failed => suspected_with_hub.extend(before.isolated.keys().cloned()),
        BatchSignal::Answered => {
            found.push(("failed without a cause", failed::counted(suspected_with_hub, &before.isolated, &shop.file)?));
            suspected_with_hub.clear();
        }
        BatchSignal::None => {}
    }
    for (name, all) in found {
        for words in all {
            world.found(name, words);
        }
    }
    Ok(())
}
