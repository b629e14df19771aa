//! The hub has the same outlet-owned documents as the outlet, and no others.

use std::collections::BTreeMap;

use anyhow::Result;
use protocol::capture::document_query;
use protocol::entity::{ENTITIES, Entity, Owner};
use serde_json::{Map, Value};

use crate::file::File;
use crate::shop::Shop;
use crate::world::World;

/// An outlet's documents of one type by id, without bad items.
pub(super) fn at_outlet(world: &World, shop: &Shop, entity: &Entity) -> Result<BTreeMap<String, Map<String, Value>>> {
    let mut found = BTreeMap::new();
    let mut ids = shop.file.texts(&format!("select id from {} order by id", entity.table))?;
    let bad = world.garbage.ids_at(shop, entity.name)?;
    ids.retain(|id| !bad.contains(id));
    for id in ids {
        let document = document(&shop.file, entity, &id)?;
        found.insert(id, document);
    }
    Ok(found)
}

/// The document of an existing entity.
pub(super) fn document(file: &File, entity: &Entity, id: &str) -> Result<Map<String, Value>> {
    let mut statement = file.db()?.prepare_cached(&document_query(entity))?;
    let json =
        statement.query_row([id], |row| Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned()))?;
    Ok(serde_json::from_str(&json)?)
}

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let documents = world.hub.documents()?;
    for shop in &world.shops {
        for entity in ENTITIES.iter().filter(|entity| entity.owner == Owner::Outlet) {
            let local = at_outlet(world, shop, entity)?;
            let bad = world.garbage.ids_at(shop, entity.name)?;
            let remote: BTreeMap<_, _> = documents
                .iter()
                .filter(|(outlet, of, _)| *outlet == shop.outlet_id && of.entity_type == entity.name)
                .filter(|(_, of, _)| !bad.contains(&of.entity_id))
                .map(|(_, of, document)| (of.entity_id.clone(), document.clone()))
                .collect();
            let ids = local.keys().chain(remote.keys()).collect::<std::collections::BTreeSet<_>>();
            for id in ids.into_iter().filter(|id| local.get(*id) != remote.get(*id)) {
                let show = |side: Option<&Map<String, Value>>| {
                    side.map_or("nothing".to_owned(), |document| Value::Object(document.clone()).to_string())
                };
                let (local, remote) = (show(local.get(id)), show(remote.get(id)));
                all.push(format!("{} {id} at {}: {local}, at the hub: {remote}", entity.name, shop.name));
            }
        }
    }
    Ok(all)
}
