//! No silent overwrite: every edit of a shared field stands at last, was seen by whoever took its place, or is in a
//! record.
//!
//! Not seen here: an edit that was taken back to the value before it is known by that value. Accepted: one edit that
//! lived in two lives of an outlet (restored or cloned) and was taken back in one of them.

use anyhow::Result;
use protocol::entity::get;
use serde_json::Value;

use super::documents::document;
use crate::file::File;
use crate::ghost::Edit;
use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut standing: Vec<Edit> = Vec::new();
    let shared = world.hub.shared()?;
    for one in &shared {
        for (field, value) in &one.document {
            standing.push((one.of.entity_id.clone(), field.clone(), value.to_string()));
        }
    }
    for record in world.hub.documents()?.into_iter().filter(|(_, of, _)| of.entity_type == "conflict") {
        standing.extend(recorded(&record.2));
    }
    for shop in &world.shops {
        standing.extend(recorded_at(&shop.file)?);
    }
    let silent = world.ghost.silent(standing);
    let good = silent.into_iter().filter(|edit| !world.garbage.ids.contains(&edit.0));
    let known = good.filter(|edit| shared.iter().any(|one| one.of.entity_id == edit.0));
    Ok(known
        .map(|edit| {
            let (site, t) = world.ghost.made(edit).unwrap_or_default();
            format!("{} of {} was {} ({site} at {t}), and nobody was told", edit.1, edit.0, edit.2)
        })
        .collect())
}

/// The edits that the records in an outlet's database show, also in what is left of a spoiled one.
pub(crate) fn recorded_at(file: &File) -> Result<Vec<Edit>> {
    let entity = get("conflict");
    let mut edits = Vec::new();
    for id in file.texts(&format!("select id from {} order by id", entity.table))? {
        edits.extend(recorded(&document(file, entity, &id)?));
    }
    Ok(edits)
}

/// The edits that a record shows.
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
