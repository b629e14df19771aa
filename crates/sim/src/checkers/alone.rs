//! One bad item blocks only itself: it is named where it lies (held back, refused or kept, with its reason), or all agree
//! on it after all; nobody else holds what is bad in it; what came beside it in one batch is at head office. That everything
//! else arrives and settles is what the other checkers say, which leave out what is bad; that tills sell is seen whenever
//! one does.

use anyhow::Result;
use protocol::entity::{Entity, Owner, find};
use protocol::wire::EntityRef;
use serde_json::{Map, Value};

use super::documents::document;
use crate::garbage::rogue::Rogue;
use crate::garbage::{AT_REST, Bad, IN_THE_SHELL, Mark, Place};
use crate::shop::Shop;
use crate::world::World;

type Document = Map<String, Value>;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for bad in &world.garbage.bad {
        let Some(entity) = find(&bad.of.entity_type) else { continue };
        for shop in world.shops.iter().filter(|shop| concerns(bad, shop)) {
            if !is_named(world, shop, bad, entity)? {
                let here = document(&shop.file, entity, &bad.of.entity_id).ok().map(Value::Object);
                let there = at_the_hub(world, &shop.outlet_id, entity, &bad.of.entity_id)?.map(Value::Object);
                let id = &bad.of.entity_id;
                all.push(format!("{id} is bad at {}, and nobody is told: {here:?}, at the hub {there:?}", shop.name));
            }
        }
        if let Some(mark) = &bad.mark {
            let at = if bad.token_n == IN_THE_SHELL { Some(&bad.place) } else { None };
            all.extend(spread(world, entity, &bad.of, mark, at)?);
        }
    }
    if let Some(rogue) = &world.garbage.rogue {
        all.extend(beside(world, rogue)?);
    }
    Ok(all)
}

fn concerns(bad: &Bad, shop: &Shop) -> bool {
    bad.token_n != AT_REST && (bad.place == Place::Hub || bad.place == Place::Outlet(shop.outlet_id.clone()))
}

fn is_named(world: &World, shop: &Shop, bad: &Bad, entity: &Entity) -> Result<bool> {
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
    let kept = format!("select count(*) from dead_letters where outlet_id = '{outlet_id}' and {of}");
    if world.hub.file.number(&kept)? > 0 {
        return Ok(true);
    }
    let here = document(&shop.file, entity, entity_id).ok();
    let there = at_the_hub(world, outlet_id, entity, entity_id)?;
    Ok(match (here, there) {
        (Some(here), Some(there)) => {
            // What was damaged at the hub and set again since says nothing of the other fields.
            let damaged = world.garbage.is_bad_at_the_hub(entity_type, entity_id);
            let same = |name: &str, value: &Value| match there.get(name) {
                None => damaged || value.is_null(),
                Some(there) => there == value,
            };
            here.iter().all(|(name, value)| same(name, value))
        }
        (None, None) => {
            shop.file.number(&format!("select count(*) from {} where id = '{entity_id}'", entity.table))? == 0
        }
        _ => false,
    })
}

/// What the hub has of an outlet's entity, if it is not deleted.
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

/// Who else holds what is bad in an item; `at`: where it was made.
fn spread(world: &World, entity: &Entity, of: &EntityRef, mark: &Mark, at: Option<&Place>) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for shop in &world.shops {
        let place = Place::Outlet(shop.outlet_id.clone());
        let here = document(&shop.file, entity, &of.entity_id).ok();
        if at != Some(&place) && here.is_some_and(|here| mark.is_in(&here)) {
            all.push(format!("{} has what is bad in {}: {mark:?}", shop.name, of.entity_id));
        }
        // What was spoiled in the hub's own database is there.
        if at == Some(&place)
            && at_the_hub(world, &shop.outlet_id, entity, &of.entity_id)?.is_some_and(|there| mark.is_in(&there))
        {
            all.push(format!("the hub has what is bad in {}: {mark:?}", of.entity_id));
        }
    }
    Ok(all)
}

/// What a stranger with a key has sent: the good is there, each bad item is kept with its reason, and nobody has it.
fn beside(world: &World, rogue: &Rogue) -> Result<Vec<String>> {
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
            all.push(format!("{entity_id} is good, and not at the hub"));
        }
    }
    for (batch_id, no, of, mark) in &rogue.bad {
        let kept = format!(
            "select count(*) from dead_letters where outlet_id = '{outlet_id}' and batch_id = '{batch_id}' and item_no = {no}"
        );
        if world.hub.file.number(&kept)? == 0 {
            all.push(format!("item {no} of {batch_id} is bad, and not among what the hub has kept"));
        }
        let (Some(entity), Some(mark)) = (find(&of.entity_type), mark) else { continue };
        if at_the_hub(world, outlet_id, entity, &of.entity_id)?.is_some_and(|there| mark.is_in(&there)) {
            all.push(format!("the hub has taken what is bad in {}: {mark:?}", of.entity_id));
        }
        all.extend(spread(world, entity, of, mark, None)?);
    }
    Ok(all)
}
