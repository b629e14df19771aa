//! Whether an item may come in at all: the rules of `sync::validate`, for every type, known or not.
//!
//! What does not pass reaches no table but that of the kept items, and there only as far as people can look at it.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use sync::entity::{self, Entity, Owner};
use sync::merge::DELETED;
use sync::validate::{self, Invalid};
use sync::wire::{Item, Operation};
use web::api_error::sentence;

use super::chain;
use super::verdict::Refusal;

/// Bytes of a refused item that are kept.
const SHOWN_BYTES: usize = 16 << 10;

/// Why an item is refused, whatever the hub has of its entity.
pub(super) fn refusal(item: &Item<'_>) -> Option<Refusal> {
    check(item).err().map(|invalid| {
        let of = cut(&item.entity_id.replace(char::is_control, "\u{fffd}"), 40);
        let words = format!("the {} '{of}' is not taken: {invalid}", shown_type(&item.entity_type));
        Refusal::rejected(invalid.code(), sentence(&words))
    })
}

fn shown_type(entity_type: &str) -> String {
    cut(&entity_type.replace(char::is_control, "\u{fffd}"), 40)
}

fn check(item: &Item<'_>) -> Result<(), Invalid> {
    validate::id(&item.entity_type)?;
    validate::id(&item.entity_id)?;
    if !validate::is_plain(&item.occurred_at) {
        return Err(Invalid::Field { field: "occurred_at".to_owned(), must: "must be a time".to_owned() });
    }
    let known = entity::find(&item.entity_type);
    if let Some(fields) = &item.fields {
        for side in [|(old, _): &(Value, Value)| old.clone(), |(_, new): &(Value, Value)| new.clone()] {
            let side: Map<String, Value> = fields.iter().map(|(name, both)| (name.clone(), side(both))).collect();
            validate::shape_of(&side)?;
        }
        if let Some(entity) = known.filter(|entity| entity.owner != Owner::Outlet) {
            new_values(entity, fields)?;
        }
    }
    let Some(data) = item.data.map(|data| data.get()) else { return Ok(()) };
    match known.filter(|entity| entity.owner == Owner::Outlet && item.operation != Operation::Delete) {
        Some(entity) => validate::document(entity, &item.entity_id, &validate::read(data)?),
        None => validate::shape(data),
    }
}

fn new_values(entity: &Entity, fields: &std::collections::BTreeMap<String, (Value, Value)>) -> Result<(), Invalid> {
    let new = fields.iter().filter(|(name, _)| *name != "id" && *name != DELETED);
    let new: Map<String, Value> = new.map(|(name, (_, new))| (name.clone(), new.clone())).collect();
    validate::fields(entity, &new)
}

/// An item as it is kept for people: whole where it is small, else its names and the beginning of its content.
///
/// It is written again from what was read: the protocol's own fields in their order, `data` byte for byte.
pub(super) fn shown(item: &Item<'_>, whole: bool) -> String {
    let text = chain::json(item);
    if whole || (text.len() <= SHOWN_BYTES && validate::shape(&text).is_ok()) {
        return text;
    }
    let content = item.data.map_or_else(|| Cow::Owned(chain::json(&item.fields)), |data| Cow::Borrowed(data.get()));
    let stub = Item { data: None, fields: None, ..item.clone() };
    let mut shown = serde_json::to_value(&stub).unwrap_or_default();
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("bytes".to_owned(), json!(content.len()));
        shown.insert("beginning".to_owned(), json!(cut(&content, SHOWN_BYTES / 4)));
    }
    shown.to_string()
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
