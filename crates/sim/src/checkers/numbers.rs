//! No order number is given twice by an outlet: not after a restore either, where the high-water mark still stands beside the
//! database and is up to date, as it is after a stop. On another machine nothing can tell, and two machines with one disk
//! count alike.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    if world.numbers_again {
        return Ok(Vec::new());
    }
    let mut orders: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (outlet, of, document) in world.hub.documents()?.into_iter().filter(|(_, of, _)| of.entity_type == "order") {
        orders.entry((outlet, document["order_number"].to_string())).or_default().push(of.entity_id);
    }
    let twice = orders.into_iter().filter(|(_, orders)| orders.len() > 1);
    Ok(twice.map(|((_, number), orders)| format!("{number} is {}", orders.join(" and "))).collect())
}
