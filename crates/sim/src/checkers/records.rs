//! Open records are honest: the field still has the value that the rule gave it.

use anyhow::Result;
use serde_json::Value;
use sync::entity::{find, get};

use super::documents::at_outlet;
use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for shop in &world.shops {
        for (id, record) in at_outlet(&shop.file, get("conflict"))?.iter().filter(|(_, r)| r["status"] == "open") {
            let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
            let Some(entity) = find(text("entity_type")) else { continue };
            let documents = at_outlet(&shop.file, entity)?;
            let document = documents.get(text("entity_id"));
            let cloud: Value = serde_json::from_str(text("cloud"))?;
            let stands = match document {
                _ if text("field") == "deleted" => document.is_none() == (cloud == Value::Bool(true)),
                Some(document) => document.get(text("field")) == Some(&cloud),
                None => false,
            };
            if !stands {
                let of = (text("field"), text("entity_id"));
                all.push(format!("record {id} at {} of {of:?} says {cloud}, there is {document:?}", shop.name));
            }
        }
    }
    Ok(all)
}
