//! Conflict records are correct: the outlet's value was written at the outlet, and while a record is open, the field
//! has the value that the rule chose: the hub's, or the outlet's if head office did not write the hub's.

use anyhow::Result;
use protocol::entity::{find, get};
use serde_json::Value;

use super::documents::at_outlet;
use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for shop in &world.shops {
        for (id, record) in &at_outlet(world, shop, get("conflict"))? {
            let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
            let local = (text("entity_id").to_owned(), text("field").to_owned(), text("local").to_owned());
            // Several epochs of a database share each other's edits.
            let one_epoch = world.faults.only_one_epoch();
            let watched = local.1 != "deleted" && world.ghost.knows(&local.0, &local.1);
            if one_epoch && watched && !world.ghost.was_made_at(&local, shop.node) {
                all.push(format!("record {id} says that {local:?} was {}'s, but nobody wrote it there", shop.name));
            }
            if one_epoch && text("cloud_by") == shop.outlet_id {
                all.push(format!("record {id} at {} attributes a local change to head office", shop.name));
            }
            if text("status") != "open" {
                continue;
            }
            let Some(entity) = find(text("entity_type")) else { continue };
            if world.garbage.ids.contains(text("entity_id")) {
                continue;
            }
            let documents = at_outlet(world, shop, entity)?;
            let document = documents.get(text("entity_id"));
            let chosen = if text("rule") == "manual_local" { "local" } else { "cloud" };
            let chosen: Value = serde_json::from_str(text(chosen))?;
            let matches = match document {
                _ if text("field") == "deleted" => document.is_none() == (chosen == Value::Bool(true)),
                Some(document) => document.get(text("field")) == Some(&chosen),
                None => false,
            };
            if !matches {
                let of = (text("field"), text("entity_id"));
                all.push(format!("record {id} at {} of {of:?} says {chosen}, the row is {document:?}", shop.name));
            }
        }
    }
    Ok(all)
}
