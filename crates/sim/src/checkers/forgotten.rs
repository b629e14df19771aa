//! The hub forgets only what is read: whatever clocks say, each outlet finds the entry that it has read up to.

use anyhow::Result;

use crate::world::World;

pub(crate) fn check(world: &World) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if world.faults.outlet || world.faults.clone {
        // A database that was put back has read less than it said.
        return Ok(found);
    }
    for shop in &world.shops {
        let cursor = shop.standing()?.cursor;
        let own = format!("outlet:{}", shop.outlet_id);
        for (stream, n) in [("catalog", cursor.catalog.n), (own.as_str(), cursor.outlet.n)] {
            let sql = format!("select coalesce(min(n), 0) from stream_entries where stream = '{stream}'");
            let first = world.hub.file.number(&sql)?;
            if n > 0 && n < first {
                found.push(format!("{} has read {n} of {stream}, which begins with {first} now", shop.name));
            }
        }
    }
    Ok(found)
}
