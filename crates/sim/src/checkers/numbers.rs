//! No outlet uses the number of an order or refund twice, nor that of a drawer's shift, even after a restore with an
//! up-to-date high-water mark beside the database,
//! as after a stop. On another machine a restore cannot be detected, and two machines with copies of one disk use the
//! same numbers.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    if world.numbers_may_repeat {
        return Ok(Vec::new());
    }
    let mut numbered: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (outlet, of, document) in world.hub.documents()? {
        let number = match of.entity_type.as_str() {
            "order" => document["order_number"].to_string(),
            "refund" => document["refund_number"].to_string(),
            "shift" => format!("{} of {}", document["shift_number"], document["drawer_id"]),
            _ => continue,
        };
        numbered.entry((outlet, number)).or_default().push(of.entity_id);
    }
    let duplicates = numbered.into_iter().filter(|(_, ids)| ids.len() > 1);
    Ok(duplicates.map(|((_, number), ids)| format!("{number} is {}", ids.join(" and "))).collect())
}
