//! Exactly once: no line or payment is in two orders of an outlet at the hub.
//!
//! Exception: an admin discarded one half of a move. Until that order is accepted again, the hub has its previous
//! version; the discard is on record.

use std::collections::BTreeMap;

use anyhow::Result;

use super::lost::parts;
use crate::world::World;

pub(super) fn duplicates_at(world: &World, outlet_id: &str, discarded: &[String]) -> Result<Vec<String>> {
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (outlet, of, document) in world.hub.documents()? {
        if outlet == outlet_id && of.entity_type == "order" {
            for part in parts(&document) {
                seen.entry(part).or_default().push(of.entity_id.clone());
            }
        }
    }
    let halved = |orders: &[String]| orders.iter().any(|order| discarded.contains(order));
    let duplicates = seen.into_iter().filter(|(_, orders)| orders.len() > 1 && !halved(orders));
    Ok(duplicates.map(|(part, orders)| format!("{part} is in {}", orders.join(" and "))).collect())
}

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for outlet in &world.outlets {
        all.extend(duplicates_at(world, outlet, &[])?);
    }
    Ok(all)
}
