//! No silent overwrite: every edit of a shared field is current, was seen by the edit that replaced it, or is in a
//! conflict record.
//!
//! Not detected: an edit that was undone to the value before it counts as that value. Accepted: an edit that existed in
//! two epochs of an outlet (restored or cloned) and was reverted in one of them.

use anyhow::Result;
use protocol::entity::get;
use serde_json::Value;

use super::documents::document;
use crate::file::File;
use crate::ghost::Edit;
use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut current: Vec<Edit> = Vec::new();
    let shared = world.hub.shared()?;
    for one in &shared {
        for (field, value) in &one.document {
            current.push((one.of.entity_id.clone(), field.clone(), value.to_string()));
        }
    }
    for record in world.hub.documents()?.into_iter().filter(|(_, of, _)| of.entity_type == "conflict") {
        current.extend(recorded(&record.2));
    }
    for shop in &world.shops {
        current.extend(recorded_at(&shop.file)?);
    }
    let silent = world.ghost.silent(current);
    let good = silent.into_iter().filter(|edit| !world.garbage.ids.contains(&edit.0));
    let known = good.filter(|edit| shared.iter().any(|one| one.of.entity_id == edit.0));
    Ok(known
        .map(|edit| {
            let (site, t) = world.ghost.made(edit).unwrap_or_default();
            format!("{} of {} was {} ({site} at {t}) and was overwritten without a record", edit.1, edit.0, edit.2)
        })
        .collect())
}

/// The edits in an outlet's conflict records, including the readable part of damaged ones.
pub(crate) fn recorded_at(file: &File) -> Result<Vec<Edit>> {
    let entity = get("conflict");
    let mut edits = Vec::new();
    for id in file.texts(&format!("select id from {} order by id", entity.table))? {
        edits.extend(recorded(&document(file, entity, &id)?));
    }
    Ok(edits)
}

/// The edits in a conflict record.
fn recorded(record: &serde_json::Map<String, Value>) -> Vec<Edit> {
    let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (entity, field) = (text("entity_id"), text("field"));
    let mut edits = Vec::new();
    for side in ["local", "cloud"] {
        match serde_json::from_str(&text(side)) {
            Ok(Value::Object(fields)) if field == "deleted" => {
                edits.extend(fields.iter().map(|(name, value)| (entity.clone(), name.clone(), value.to_string())));
            }
            Ok(value) => edits.push((entity.clone(), field.clone(), value.to_string())),
            Err(_) => {}
        }
    }
    edits
}
