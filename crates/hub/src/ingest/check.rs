//! Validates each item by the rules of `protocol::validate`, whether or not its type is known.
//!
//! An invalid item becomes a dead letter, truncated to a size that people can read.

use std::borrow::Cow;
use std::collections::HashSet;

use protocol::entity::{self, Entity, Owner};
use protocol::limits::MAX_ID_BYTES;
use protocol::merge::DELETED;
use protocol::rule::{Rule, disabled};
use protocol::validate::{self, Invalid, Requirement};
use protocol::wire::{Item, Operation};
use serde_json::{Map, Value};
use web::messages::{Reason, ReasonCode};

use super::verdict::Refusal;
use crate::json;

/// Maximum size of a stored rejected item, in bytes.
const SHOWN_BYTES: usize = 16 << 10;

/// `Err`: why the item is rejected, independent of the hub's version. `Ok(Some)`: why it cannot be stored, because
/// fields that its rows require are missing; if it would reverse an acknowledged sale, that reason has precedence.
pub(super) fn refusal(item: &Item<'_>) -> Result<Option<Refusal>, Refusal> {
    let refused = |invalid: Invalid| refused(item, &invalid);
    check(item).map(|missing| missing.map(refused)).map_err(refused)
}

fn refused(item: &Item<'_>, invalid: &Invalid) -> Refusal {
    Refusal::rejected(Reason::invalid(&item.entity_type, &item.entity_id, invalid))
}

/// A rejection because of `reason`, which chooses the message of an invalid document.
pub(super) fn invalid_document(item: &Item<'_>, reason: &'static str) -> Refusal {
    let message = ReasonCode::InvalidDocument.with("reason", reason);
    Refusal::rejected(Reason::of_entity(&item.entity_type, &item.entity_id, message))
}

/// Rejects the second of two items of a batch with the same entity or seq.
#[derive(Default)]
pub(super) struct Duplicates<'b> {
    entities: HashSet<(&'b str, &'b str)>,
    seqs: HashSet<i64>,
}

impl<'b> Duplicates<'b> {
    /// Why this item is rejected because of an earlier one.
    pub(super) fn refusal(&mut self, item: &'b Item<'_>) -> Option<Refusal> {
        if !self.entities.insert((&item.entity_type, &item.entity_id)) {
            Some(invalid_document(item, "duplicate_entity"))
        } else if !self.seqs.insert(item.seq) {
            Some(invalid_document(item, "duplicate_seq"))
        } else {
            None
        }
    }
}

fn check(item: &Item<'_>) -> Result<Option<Invalid>, Invalid> {
    if let Some(unreadable) = &item.unreadable {
        return Err(unreadable.reason.clone());
    }
    if disabled(Rule::HubValidation) {
        return Ok(None);
    }
    validate::id(&item.entity_type)?;
    validate::id(&item.entity_id)?;
    for (field, number) in [("version", item.version), ("seq", item.seq)] {
        if number < 1 {
            return Err(Invalid::Field { field: field.to_owned(), must: Requirement::Between(1, i64::MAX) });
        }
    }
    if !validate::is_time(&item.occurred_at) {
        return Err(Invalid::Field { field: "occurred_at".to_owned(), must: Requirement::Time });
    }
    let known = entity::find(&item.entity_type);
    if let Some(entity) = known {
        validate::id_of(entity, &item.entity_id)?;
    }
    if let Some(fields) = &item.fields {
        for side in [|(old, _): &(Value, Value)| old.clone(), |(_, new): &(Value, Value)| new.clone()] {
            let side: Map<String, Value> = fields.iter().map(|(name, values)| (name.clone(), side(values))).collect();
            validate::check_size_of(&side)?;
        }
        if let Some(entity) = known.filter(|entity| entity.owner != Owner::Outlet) {
            new_values(entity, fields)?;
        }
    }
    let Some(data) = item.data.map(|data| data.get()) else { return Ok(None) };
    match known.filter(|entity| entity.owner == Owner::Outlet && item.operation != Operation::Delete) {
        Some(entity) => {
            let document = validate::read(data)?;
            validate::document(entity, &item.entity_id, &document)?;
            Ok(validate::complete_with_rows(entity, &document).err())
        }
        None => validate::check_size(data).map(|()| None),
    }
}

fn new_values(entity: &Entity, fields: &std::collections::BTreeMap<String, (Value, Value)>) -> Result<(), Invalid> {
    let new = fields.iter().filter(|(name, _)| *name != "id" && *name != DELETED);
    let new: Map<String, Value> = new.map(|(name, (_, new))| (name.clone(), new.clone())).collect();
    validate::fields(entity, &new)
}

/// An item as text for people: complete if it is small, otherwise its names and the beginning of its content.
///
/// It is serialized again: the fields of the protocol in order, `data` byte for byte.
pub(super) fn shown(item: &Item<'_>, whole: bool) -> String {
    if let Some(unreadable) = &item.unreadable {
        return stub(item, unreadable.text);
    }
    let text = json::text(item);
    if whole || (text.len() <= SHOWN_BYTES && validate::check_size(&text).is_ok()) {
        return text;
    }
    let content = item.data.map_or_else(|| Cow::Owned(json::text(&item.fields)), |data| Cow::Borrowed(data.get()));
    stub(item, &content)
}

/// The names, and the beginning of the content.
fn stub(item: &Item<'_>, content: &str) -> String {
    let name = |text: &str| Cow::Owned(cut(text, MAX_ID_BYTES));
    let stub = Item {
        entity_type: name(&item.entity_type),
        entity_id: name(&item.entity_id),
        occurred_at: name(&item.occurred_at),
        data: None,
        fields: None,
        ..item.clone()
    };
    let mut shown = serde_json::to_value(&stub).unwrap_or_default();
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("bytes".to_owned(), serde_json::json!(content.len()));
        shown.insert("beginning".to_owned(), serde_json::json!(cut(content, SHOWN_BYTES / 4)));
    }
    shown.to_string()
}

pub(super) fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
