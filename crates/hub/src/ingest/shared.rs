//! Shared items: compares the token with the hub's version and applies field by field.

use std::collections::BTreeMap;

use protocol::entity::{self, Entity, Owner, Scope};
use protocol::rule::{Rule, disabled};
use protocol::validate::{self, Invalid};
use protocol::wire::{Batch, Item, Operation, Outcome, Token};
use protocol::{judge, origin};
use serde_json::{Map, Value};
use store::{Fault, Tx};
use web::api_error::sentence;

use super::verdict::{After, Change, Refusal, Verdict};
use crate::catalog::stored::{self, StoredEntity, Version};

/// Deletion is a field like any other on the wire, and a column here.
const DELETED: &str = "deleted";

/// Locks the shared entities of a batch, always in the same order.
pub(super) fn lock(tx: &mut Tx<'_>, outlet_id: &str, batch: &Batch<'_>) -> Result<(), Fault> {
    let shared = batch.items.iter().filter_map(|item| {
        let entity = entity::find(&item.entity_type).filter(|entity| entity.owner == Owner::Both)?;
        Some((scope(entity, outlet_id), entity.name, item.entity_id.as_ref()))
    });
    let mut shared: Vec<_> = shared.collect();
    shared.sort_unstable();
    shared.into_iter().try_for_each(|(scope, entity_type, id)| stored::lock(tx, scope, entity_type, id))
}

fn scope<'a>(entity: &Entity, outlet_id: &'a str) -> &'a str {
    match entity.scope {
        Scope::Chain => "",
        Scope::Outlet => outlet_id,
    }
}

/// Decides about an item of a shared type.
pub(super) fn judge<'b>(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    entity: &Entity,
    item: &Item<'_>,
    change_id: String,
) -> Result<Verdict<'b>, Fault> {
    let Some(fields) = &item.fields else {
        let message = "The item does not say which fields it changes; send old and new value of each.";
        return Ok(Verdict::Refused(Refusal::rejected("invalid_document", message)));
    };
    let scope = scope(entity, outlet_id);
    let had = stored::find(tx, scope, entity.name, &item.entity_id)?;
    let present = had.as_ref().map(|had| &had.token);
    let newer = || had.as_ref().is_some_and(|had| had.changed_at.as_str() < item.occurred_at.as_ref());
    if judge::shared(present, item.base.as_ref()) == Outcome::Conflict && !(disabled(Rule::NoClock) && newer()) {
        return Ok(Verdict::Conflict(present.cloned()));
    }
    let changes_nothing = fields.is_empty() && item.operation != Operation::Delete;
    Ok(Verdict::Change(match had {
        Some(had) if changes_nothing => Change { scope: scope.to_owned(), token: had.token, after: None },
        had => {
            let n = had.as_ref().map_or(0, |had| had.token.n).saturating_add(1);
            let by_outlet = entity.guarded.then(|| {
                let before = had.as_ref().and_then(|had| had.by_outlet.clone()).unwrap_or_default();
                let created_or_deleted = had.is_none() || item.operation == Operation::Delete;
                origin::after_outlet(
                    before,
                    fields.keys().map(String::as_str).chain(created_or_deleted.then_some(DELETED)),
                )
            });
            let (document, deleted) = merge(had, &item.entity_id, fields, item.operation);
            if let Err(invalid) = fits(entity, &document, fields, deleted) {
                let words = format!("the {} would be one that is not taken: {invalid}", entity.name);
                return Ok(Verdict::Refused(Refusal::rejected(invalid.code(), sentence(&words))));
            }
            let by_outlet = stored::origin_text(by_outlet.as_ref());
            let after = After { document: stored::text(&document), deleted, by_outlet };
            Change { scope: scope.to_owned(), token: Token { n, change_id }, after: Some(after) }
        }
    }))
}

/// Each value was validated alone; together they must be an entity that every outlet can store. A deletion is always
/// accepted.
fn fits(
    entity: &Entity,
    document: &Map<String, Value>,
    changed: &BTreeMap<String, (Value, Value)>,
    deleted: bool,
) -> Result<(), Invalid> {
    if deleted {
        return Ok(());
    }
    validate::check_size_of(document)?;
    if !disabled(Rule::HubValidation) {
        validate::complete(entity.fields, document)?;
    }
    validate::rules(entity, document, |name| changed.contains_key(name))
}

/// The hub's document with the new value of each changed field. Unknown fields are preserved.
fn merge(
    had: Option<StoredEntity>,
    id: &str,
    fields: &BTreeMap<String, (Value, Value)>,
    operation: Operation,
) -> (Map<String, Value>, bool) {
    let (mut document, mut deleted) = had.map_or_else(|| (Map::new(), false), |had| (had.document, had.deleted));
    document.insert("id".to_owned(), id.into());
    for (name, (_, new)) in fields {
        match name.as_str() {
            "id" => {}
            DELETED => deleted = *new == Value::Bool(true),
            _ => drop(document.insert(name.clone(), new.clone())),
        }
    }
    (document, deleted || operation == Operation::Delete)
}

/// Stores the changed entity.
pub(super) fn set(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    item: &Item<'_>,
    change: &Change,
    after: &After,
) -> Result<(), Fault> {
    let version = Version {
        id: &item.entity_id,
        token: &change.token,
        document: &after.document,
        deleted: after.deleted,
        changed_by: outlet_id,
        changed_at: &item.occurred_at,
        by_outlet: after.by_outlet.as_deref(),
    };
    stored::put(tx, &change.scope, &item.entity_type, &version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn had(document: Value, deleted: bool) -> StoredEntity {
        let Value::Object(document) = document else { panic!("no object") };
        let token = Token { n: 1, change_id: "c".into() };
        let (changed_by, changed_at) = ("o".to_owned(), "t".to_owned());
        StoredEntity { id: "p".into(), token, document, deleted, changed_by, changed_at, by_outlet: None }
    }

    #[test]
    fn changed_fields_are_set_and_others_preserved() {
        let fields = BTreeMap::from([
            ("price".to_owned(), (1.into(), 2.into())),
            ("id".to_owned(), (Value::Null, "another".into())),
            ("barcode".to_owned(), ("x".into(), Value::Null)),
        ]);
        let had = had(serde_json::json!({"id": "p", "price": 1, "name": "Kopi", "barcode": "x", "newer": [1]}), false);
        let after = merge(Some(had), "p", &fields, Operation::Update);
        let expected = serde_json::json!({"id": "p", "price": 2, "name": "Kopi", "barcode": null, "newer": [1]});
        assert_eq!(after, (expected.as_object().unwrap().clone(), false));
    }

    #[test]
    fn deletion_is_a_field_and_can_be_undone() {
        let set = |old: bool, new: bool| BTreeMap::from([(DELETED.to_owned(), (old.into(), new.into()))]);
        let none = BTreeMap::new();
        let document = || serde_json::json!({"id": "p"});
        assert!(merge(Some(had(document(), false)), "p", &set(false, true), Operation::Delete).1);
        assert!(merge(Some(had(document(), false)), "p", &none, Operation::Delete).1);
        assert!(!merge(Some(had(document(), true)), "p", &set(true, false), Operation::Create).1);
        assert!(merge(Some(had(document(), true)), "p", &none, Operation::Update).1);
    }
}
