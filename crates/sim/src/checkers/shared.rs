//! Shared entities are the same everywhere.

use anyhow::Result;
use protocol::entity::{ENTITIES, Owner, Scope};
use serde_json::{Map, Value};

use super::documents::at_outlet;
use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let shared = world.hub.shared()?;
    for shop in &world.shops {
        for entity in ENTITIES.iter().filter(|entity| entity.owner != Owner::Outlet) {
            let scope = if entity.scope == Scope::Chain { "" } else { &shop.outlet_id };
            let mut here = at_outlet(world, shop, entity)?;
            let bad = world.garbage.ids_at(shop, entity.name)?;
            for there in shared.iter().filter(|s| s.scope == scope && s.of.entity_type == entity.name) {
                let id = &there.of.entity_id;
                if bad.contains(id) {
                    continue;
                }
                match (here.remove(id), there.deleted) {
                    (None, true) => {}
                    (Some(document), false) if same(world, &document, &there.document) => {}
                    (document, _) => {
                        let here = document.map_or("nothing".to_owned(), |d| Value::Object(d).to_string());
                        let gone = if there.deleted { ", deleted" } else { "" };
                        let there = Value::Object(there.document.clone());
                        all.push(format!("{} {id} at {}: {here}, at the hub: {there}{gone}", entity.name, shop.name));
                    }
                }
            }
            all.extend(here.keys().map(|id| format!("{} {id} at {} is not at the hub", entity.name, shop.name)));
        }
    }
    Ok(all)
}

/// Null and missing are equal. A field that an older outlet did not know may be missing.
fn same(world: &World, here: &Map<String, Value>, there: &Map<String, Value>) -> bool {
    let value = |of: &Map<String, Value>, name: &str| of.get(name).cloned().unwrap_or(Value::Null);
    let older = |name: &String| world.faults.older && !there.contains_key(name);
    here.keys().filter(|name| !older(name)).chain(there.keys()).all(|name| value(here, name) == value(there, name))
}
