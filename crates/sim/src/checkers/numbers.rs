//! No outlet uses an order number twice, even after a restore with an up-to-date high-water mark beside the database,
//! as after a stop. On another machine a restore cannot be detected, and two machines with copies of one disk use the
//! same numbers.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    if world.numbers_may_repeat {
        return Ok(Vec::new());
    }
    let mut orders: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (outlet, of, document) in world.hub.documents()?.into_iter().filter(|(_, of, _)| of.entity_type == "order") {
        orders.entry((outlet, document["order_number"].to_string())).or_default().push(of.entity_id);
    }
    let duplicates = orders.into_iter().filter(|(_, orders)| orders.len() > 1);
    Ok(duplicates.map(|((_, number), orders)| format!("{number} is {}", orders.join(" and "))).collect())
}
