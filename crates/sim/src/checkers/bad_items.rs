//! One bad item blocks only itself. At the end of a world, each bad item is quarantined, rejected or recorded with a
//! reason where it is, or both sides agree on it. No other database contains its invalid value. Good items of the same
//! batch are at the hub. The other checkers ignore bad items and prove that everything else is synced; the tills sell
//! throughout the world.

use anyhow::Result;
use protocol::entity::{Entity, Owner, find};
use protocol::wire::EntityRef;
use serde_json::{Map, Value};

use super::documents::document;
use crate::garbage::rogue::Rogue;
use crate::garbage::{AT_REST, BadItem, BadValue, IN_THE_SHELL, Location};
use crate::shop::Shop;
use crate::world::World;

type Document = Map<String, Value>;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for bad in &world.garbage.bad {
        let Some(entity) = find(&bad.of.entity_type) else { continue };
        for shop in world.shops.iter().filter(|shop| concerns(bad, shop)) {
            if !is_reported(world, shop, bad, entity)? {
                let local = document(&shop.file, entity, &bad.of.entity_id).ok().map(Value::Object);
                let remote = at_the_hub(world, &shop.outlet_id, entity, &bad.of.entity_id)?.map(Value::Object);
                let id = &bad.of.entity_id;
                all.push(format!("{id} is bad at {} and not reported: {local:?}, at the hub {remote:?}", shop.name));
            }
        }
        if let Some(bad_value) = &bad.bad_value {
            let at = if bad.token_n == IN_THE_SHELL { Some(&bad.location) } else { None };
            all.extend(spread(world, entity, &bad.of, bad_value, at)?);
        }
    }
    if let Some(rogue) = &world.garbage.rogue {
        all.extend(check_rogue(world, rogue)?);
    }
    Ok(all)
}

fn concerns(bad: &BadItem, shop: &Shop) -> bool {
    bad.token_n != AT_REST
        && (bad.location == Location::Hub || bad.location == Location::Outlet(shop.outlet_id.clone()))
}

fn is_reported(world: &World, shop: &Shop, bad: &BadItem, entity: &Entity) -> Result<bool> {
    let EntityRef { entity_type, entity_id } = &bad.of;
    let outlet_id = &shop.outlet_id;
    let of = format!("entity_type = '{entity_type}' and entity_id = '{entity_id}'");
    let at_the_outlet = [
        format!("select count(*) from sync_state where {of} and (status in ('failed', 'discarded') or isolated = 1)"),
        format!("select count(*) from sync_unapplied_updates where {of}"),
        format!("select count(*) from sync_conflicts where {of}"),
        format!("select count(*) from sync_bases where {of} and {0} > 0 and token_n > {0}", bad.token_n),
    ];
    for sql in &at_the_outlet {
        if shop.file.number(sql)? > 0 {
            return Ok(true);
        }
    }
    let dead_letter = format!("select count(*) from dead_letters where outlet_id = '{outlet_id}' and {of}");
    if world.hub.file.number(&dead_letter)? > 0 {
        return Ok(true);
    }
    let local = document(&shop.file, entity, entity_id).ok();
    let remote = at_the_hub(world, outlet_id, entity, entity_id)?;
    Ok(match (local, remote) {
        (Some(local), Some(remote)) => {
            // An entity that was damaged at the hub and changed since may lack the other fields.
            let damaged = world.garbage.is_bad_at_the_hub(entity_type, entity_id);
            let same = |name: &str, value: &Value| match remote.get(name) {
                None => damaged || value.is_null(),
                Some(remote) => remote == value,
            };
            local.iter().all(|(name, value)| same(name, value))
        }
        (None, None) => {
            shop.file.number(&format!("select count(*) from {} where id = '{entity_id}'", entity.table))? == 0
        }
        _ => false,
    })
}

/// The hub's document of an outlet's entity, if it is not deleted.
fn at_the_hub(world: &World, outlet_id: &str, entity: &Entity, id: &str) -> Result<Option<Document>> {
    if entity.owner == Owner::Outlet {
        let documents = world.hub.documents()?.into_iter();
        let mut of = documents.filter(|(outlet, of, _)| outlet == outlet_id && of.entity_type == entity.name);
        return Ok(of.find(|(_, of, _)| of.entity_id == id).map(|(.., document)| document));
    }
    let shared = world.hub.shared()?.into_iter();
    let mut of = shared.filter(|one| one.scope.is_empty() || one.scope == outlet_id);
    let found = of.find(|one| one.of.entity_type == entity.name && one.of.entity_id == id && !one.deleted);
    Ok(found.map(|one| one.document))
}

/// Databases to which an invalid value has spread; `at`: where it was written.
fn spread(
    world: &World,
    entity: &Entity,
    of: &EntityRef,
    bad_value: &BadValue,
    at: Option<&Location>,
) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for shop in &world.shops {
        let location = Location::Outlet(shop.outlet_id.clone());
        let local = document(&shop.file, entity, &of.entity_id).ok();
        if at != Some(&location) && local.is_some_and(|local| bad_value.is_in(&local)) {
            all.push(format!("{} has the invalid value of {}: {bad_value:?}", shop.name, of.entity_id));
        }
        // An invalid value written in the hub's database is expected at the hub.
        if at == Some(&location)
            && at_the_hub(world, &shop.outlet_id, entity, &of.entity_id)?.is_some_and(|remote| bad_value.is_in(&remote))
        {
            all.push(format!("the hub has the invalid value of {}: {bad_value:?}", of.entity_id));
        }
    }
    Ok(all)
}

/// Batches of the rogue outlet: good items are at the hub, bad items are dead letters with a reason, and their values
/// did not spread.
fn check_rogue(world: &World, rogue: &Rogue) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let outlet_id = &rogue.outlet_id;
    for of in &rogue.good {
        let EntityRef { entity_type, entity_id } = of;
        let is = format!("entity_type = '{entity_type}' and entity_id = '{entity_id}'");
        let sql = format!(
            "select (select count(*) from documents where outlet_id = '{outlet_id}' and {is})
               + (select count(*) from shared_entities where scope = '' and {is})"
        );
        if world.hub.file.number(&sql)? == 0 {
            all.push(format!("{entity_id} is good but not at the hub"));
        }
    }
    for (batch_id, no, of, bad_value) in &rogue.bad {
        let dead_letter = format!(
            "select count(*) from dead_letters where outlet_id = '{outlet_id}' and batch_id = '{batch_id}' and item_no = {no}"
        );
        if world.hub.file.number(&dead_letter)? == 0 {
            all.push(format!("item {no} of {batch_id} is bad but not a dead letter"));
        }
        let (Some(entity), Some(bad_value)) = (find(&of.entity_type), bad_value) else { continue };
        if at_the_hub(world, outlet_id, entity, &of.entity_id)?.is_some_and(|remote| bad_value.is_in(&remote)) {
            all.push(format!("the hub has accepted the invalid value of {}: {bad_value:?}", of.entity_id));
        }
        all.extend(spread(world, entity, of, bad_value, None)?);
    }
    Ok(all)
}
