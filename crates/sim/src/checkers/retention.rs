//! The hub deletes only stream entries that all outlets have read: whatever clocks show, each outlet's cursor row still
//! exists.

use anyhow::Result;

use crate::world::World;

pub(crate) fn check(world: &World) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if world.faults.outlet || world.faults.clone {
        // A restored database has read less than it reported.
        return Ok(found);
    }
    for shop in &world.shops {
        let cursor = shop.progress()?.cursor;
        let outlet_stream = format!("outlet:{}", shop.outlet_id);
        for (stream, n) in [("catalog", cursor.catalog.n), (outlet_stream.as_str(), cursor.outlet.n)] {
            let sql = format!("select coalesce(min(n), 0) from stream_entries where stream = '{stream}'");
            let first = world.hub.file.number(&sql)?;
            if n > 0 && n < first {
                found.push(format!("{} has read up to {n} of {stream}, which now begins at {first}", shop.name));
            }
        }
    }
    Ok(found)
}
