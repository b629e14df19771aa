//! Quiet when done: when everything was exchanged, one more round moves nothing in either direction. And nothing is
//! stuck: it comes to that in time.

use anyhow::Result;
use replica::push::compose::has_unreported;

use crate::shop::Shop;
use crate::world::World;

/// Why an outlet is not at rest.
pub(crate) fn restless(world: &World, shop: &Shop) -> Result<Vec<String>> {
    let mut why = Vec::new();
    // What is bad is held back, kept and compared for as long as it is.
    let bad = world.garbage.all_ids(shop)?;
    let good = |row: &String| row.split(' ').next().is_none_or(|id| !bad.contains(id));
    if world.older.is_too_new(shop.node) {
        // It waits for the hub's upgrade.
        return Ok(why);
    }
    if let Some((code, _)) = shop.chain()?.stopped {
        why.push(format!("stopped: {code}"));
    } else if shop.is_refused() {
        why.push("refused".to_owned());
    }
    for (sql, what) in [
        ("select batch_id from sync_batches where state = 'in_flight'", "waits for an answer"),
        ("select scope from sync_reconcile", "compares"),
        // What an older outlet does not know is kept until it is upgraded.
        ("select entity_id || ' : ' || reason from sync_unapplied_updates where entity_type not like '%~2'", "is kept"),
        (
            "select entity_id || ' v' || version || ' acked ' || acked_version || ' ' || status || ' ' || coalesce(error_code, '')
               || iif(isolated, ' aside', '') || coalesce(' conflict on ' || conflict_base, '')
             from sync_state where version > acked_version or status <> 'success'",
            "is dirty",
        ),
        ("select from_id || ' ' || to_id from sync_links", "are linked"),
    ] {
        why.extend(shop.file.texts(sql)?.into_iter().filter(good).map(|row| format!("{row} {what}")));
    }
    let ahead = "select entity_type || ' ' || entity_id from sync_bases where awaits_stream = 1";
    let ahead = shop.file.texts(ahead)?.into_iter();
    // A hub that does not know a type has nothing to show of it.
    let ahead = ahead.filter(|of| of.split_once(' ').is_none_or(|(_, id)| !bad.contains(id)));
    let ahead = ahead.filter(|of| of.split_once(' ').is_none_or(|(of_type, _)| !world.older.hub_lacks(of_type)));
    why.extend(ahead.map(|of| format!("{of} is ahead")));
    if shop.file.tx(has_unreported)? {
        why.push("head office does not know what is stuck".to_owned());
    }
    let cursor = shop.standing()?.cursor;
    for (stream, n) in
        [("catalog".to_owned(), cursor.catalog.n), (format!("outlet:{}", shop.outlet_id), cursor.outlet.n)]
    {
        let head = world
            .hub
            .file
            .number(&format!("select coalesce(max(n), 0) from stream_entries where stream = '{stream}'"))?;
        if head != n {
            why.push(format!("has read {n} of {head}"));
        }
    }
    Ok(why)
}

/// What is bad and settles after all may take so many rounds.
const ROUNDS_OF_THE_BAD: usize = 10;

/// One more round; where there is garbage, one that comes after what is bad has done what it can.
pub(crate) fn check(world: &mut World) -> Result<()> {
    let look = |world: &World| -> Result<_> {
        let shops = world.shops.iter().map(Shop::standing).collect::<Result<Vec<_>>>()?;
        let hub = world.hub.file.texts("select stream || ' ' || head from streams order by stream")?;
        Ok((shops, hub, world.hub.taken.len()))
    };
    let rounds = if world.faults.garbage { ROUNDS_OF_THE_BAD } else { 1 };
    let mut moved = String::new();
    for _ in 0..rounds {
        let before = look(world)?;
        for at in 0..world.shops.len() {
            world.turn(at, true)?;
        }
        let after = look(world)?;
        if before == after {
            return Ok(());
        }
        moved = format!("{before:?} became {after:?}");
    }
    world.found("quiet when done", moved);
    Ok(())
}
