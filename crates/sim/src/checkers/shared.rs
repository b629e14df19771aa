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
            let mut local = at_outlet(world, shop, entity)?;
            let bad = world.garbage.ids_at(shop, entity.name)?;
            for remote in shared.iter().filter(|s| s.scope == scope && s.of.entity_type == entity.name) {
                let id = &remote.of.entity_id;
                if bad.contains(id) {
                    continue;
                }
                match (local.remove(id), remote.deleted) {
                    (None, true) => {}
                    (Some(document), false) if same(world, &document, &remote.document) => {}
                    (document, _) => {
                        let local = document.map_or("nothing".to_owned(), |d| Value::Object(d).to_string());
                        let gone = if remote.deleted { ", deleted" } else { "" };
                        let remote = Value::Object(remote.document.clone());
                        all.push(format!("{} {id} at {}: {local}, at the hub: {remote}{gone}", entity.name, shop.name));
                    }
                }
            }
            all.extend(local.keys().map(|id| format!("{} {id} at {} is not at the hub", entity.name, shop.name)));
        }
    }
    Ok(all)
}

/// Null and missing are equal. A field that an older outlet did not know may be missing.
fn same(world: &World, local: &Map<String, Value>, remote: &Map<String, Value>) -> bool {
    let value = |of: &Map<String, Value>, name: &str| of.get(name).cloned().unwrap_or(Value::Null);
    let older = |name: &String| world.faults.older && !remote.contains_key(name);
    local.keys().filter(|name| !older(name)).chain(remote.keys()).all(|name| value(local, name) == value(remote, name))
}
