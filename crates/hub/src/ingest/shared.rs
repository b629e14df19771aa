//! Shared items: compares the token with the hub's version and applies field by field.

use std::collections::BTreeMap;

use protocol::entity::{self, Entity, Owner, Scope};
use protocol::rule::{Rule, disabled};
use protocol::validate::{self, Invalid};
use protocol::wire::{Batch, Item, Operation, Outcome, Token};
use protocol::{judge, origin};
use serde_json::{Map, Value};
use store::{Fault, Tx};
use web::messages::Reason;

use super::check::invalid_document;
use super::verdict::{After, Change, Refusal, Verdict};
use crate::catalog::duplicates;
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
        return Ok(Verdict::Refused(invalid_document(item, "no_changes")));
    };
    let scope = scope(entity, outlet_id);
    let current = stored::find(tx, scope, entity.name, &item.entity_id)?;
    let present = current.as_ref().map(|current| &current.token);
    let newer = || current.as_ref().is_some_and(|current| current.changed_at.as_str() < item.occurred_at.as_ref());
    if judge::shared(present, item.base.as_ref()) == Outcome::Conflict && !(disabled(Rule::NoClock) && newer()) {
        return Ok(Verdict::Conflict(present.cloned()));
    }
    let changes_nothing = fields.is_empty() && item.operation != Operation::Delete;
    Ok(Verdict::Change(match current {
        Some(current) if changes_nothing => Change { scope: scope.to_owned(), token: current.token, after: None },
        current => {
            let n = current.as_ref().map_or(0, |current| current.token.n).saturating_add(1);
            let by_outlet = entity.guarded.then(|| {
                let before = current.as_ref().and_then(|current| current.by_outlet.clone()).unwrap_or_default();
                let created_or_deleted = current.is_none() || item.operation == Operation::Delete;
                origin::after_outlet(
                    before,
                    fields.keys().map(String::as_str).chain(created_or_deleted.then_some(DELETED)),
                )
            });
            let (document, deleted) = merge(current, &item.entity_id, fields, item.operation);
            if let Err(invalid) = fits(entity, &document, fields, deleted) {
                let reason = Reason::invalid(entity.name, &item.entity_id, &invalid);
                return Ok(Verdict::Refused(Refusal::rejected(reason)));
            }
            let by_outlet = stored::origin_text(by_outlet.as_ref());
            let unique_keys = duplicates::keys(entity.name, &document);
            let after = After { document: stored::text(&document), deleted, by_outlet, unique_keys };
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
    current: Option<StoredEntity>,
    id: &str,
    fields: &BTreeMap<String, (Value, Value)>,
    operation: Operation,
) -> (Map<String, Value>, bool) {
    let (mut document, mut deleted) =
        current.map_or_else(|| (Map::new(), false), |current| (current.document, current.deleted));
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
        unique_keys: &after.unique_keys,
    };
    stored::put(tx, &change.scope, &item.entity_type, &version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn current(document: Value, deleted: bool) -> StoredEntity {
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
        let current =
            current(serde_json::json!({"id": "p", "price": 1, "name": "Kopi", "barcode": "x", "newer": [1]}), false);
        let after = merge(Some(current), "p", &fields, Operation::Update);
        let expected = serde_json::json!({"id": "p", "price": 2, "name": "Kopi", "barcode": null, "newer": [1]});
        assert_eq!(after, (expected.as_object().unwrap().clone(), false));
    }

    #[test]
    fn deletion_is_a_field_and_can_be_undone() {
        let set = |old: bool, new: bool| BTreeMap::from([(DELETED.to_owned(), (old.into(), new.into()))]);
        let none = BTreeMap::new();
        let document = || serde_json::json!({"id": "p"});
        assert!(merge(Some(current(document(), false)), "p", &set(false, true), Operation::Delete).1);
        assert!(merge(Some(current(document(), false)), "p", &none, Operation::Delete).1);
        assert!(!merge(Some(current(document(), true)), "p", &set(true, false), Operation::Create).1);
        assert!(merge(Some(current(document(), true)), "p", &none, Operation::Update).1);
    }
}
