//! Quiet when done: after everything was exchanged, another round changes nothing in either direction. Also reports why
//! an outlet does not come to rest.

use anyhow::Result;
use replica::push::compose::has_unreported;

use crate::shop::Shop;
use crate::world::World;

/// Reasons why an outlet is not at rest.
pub(crate) fn restless(world: &World, shop: &Shop) -> Result<Vec<String>> {
    let mut why = Vec::new();
    // Bad items stay quarantined and different.
    let bad = world.garbage.all_ids(shop)?;
    let good = |row: &String| row.split(' ').next().is_none_or(|id| !bad.contains(id));
    if world.older.is_too_new(shop.node) {
        // It waits for the hub's upgrade.
        return Ok(why);
    }
    if let Some(reason) = shop.chain()?.stopped {
        why.push(format!("stopped: {}", reason.code()));
    } else if shop.is_refused() {
        why.push("refused".to_owned());
    }
    for (sql, what) in [
        ("select batch_id from sync_batches where state = 'in_flight'", "is in flight"),
        ("select scope from sync_reconcile", "is being compared"),
        // An older outlet stores unknown updates until it is upgraded.
        ("select entity_id || ' : ' || message from sync_unapplied_updates where entity_type not like '%~2'", "is unapplied"),
        (
            "select entity_id || ' v' || version || ' acked ' || acked_version || ' ' || status || ' ' || coalesce(error_code, '')
               || iif(isolated, ' isolated', '') || coalesce(' conflict on ' || conflict_base, '')
             from sync_state where version > acked_version or status <> 'success'",
            "is dirty",
        ),
        ("select from_id || ' ' || to_id from sync_links", "are linked"),
    ] {
        why.extend(shop.file.texts(sql)?.into_iter().filter(good).map(|row| format!("{row} {what}")));
    }
    let awaiting = "select entity_type || ' ' || entity_id from sync_bases where awaits_stream = 1";
    let awaiting = shop.file.texts(awaiting)?.into_iter();
    // A hub that does not know a type does not show it in a stream.
    let awaiting = awaiting.filter(|of| of.split_once(' ').is_none_or(|(_, id)| !bad.contains(id)));
    let awaiting = awaiting.filter(|of| of.split_once(' ').is_none_or(|(of_type, _)| !world.older.hub_lacks(of_type)));
    why.extend(awaiting.map(|of| format!("{of} awaits the stream")));
    if shop.file.tx(has_unreported)? {
        why.push("quarantined items are unreported".to_owned());
    }
    let cursor = shop.progress()?.cursor;
    for (stream, n) in
        [("catalog".to_owned(), cursor.catalog.n), (format!("outlet:{}", shop.outlet_id), cursor.outlet.n)]
    {
        let head = world
            .hub
            .file
            .number(&format!("select coalesce(max(n), 0) from stream_entries where stream = '{stream}'"))?;
        if head != n {
            why.push(format!("has read up to {n} of {head}"));
        }
    }
    Ok(why)
}

/// Rounds that bad items may need to settle.
const BAD_ITEM_ROUNDS: usize = 10;

/// Runs another round; with garbage, several until bad items have settled.
pub(crate) fn check(world: &mut World) -> Result<()> {
    let state_of = |world: &World| -> Result<_> {
        let shops = world.shops.iter().map(Shop::progress).collect::<Result<Vec<_>>>()?;
        let hub = world.hub.file.texts("select stream || ' ' || head from streams order by stream")?;
        Ok((shops, hub, world.hub.accepted_batches.len()))
    };
    let rounds = if world.faults.garbage { BAD_ITEM_ROUNDS } else { 1 };
    let mut moved = String::new();
    for _ in 0..rounds {
        let before = state_of(world)?;
        for at in 0..world.shops.len() {
            world.turn(at, true)?;
        }
        let after = state_of(world)?;
        if before == after {
            return Ok(());
        }
        moved = format!("{before:?} became {after:?}");
    }
    world.found("quiet when done", moved);
    Ok(())
}
