//! What outlets and head office share: compared with the hub's version by token, set field by field.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sync::entity::{Entity, Scope};
use sync::judge;
use sync::wire::{Item, Operation, Outcome, Token};

use super::chain::json;
use super::verdict::{Refusal, Verdict};
use crate::store::{Fault, Tx};

const FIND: &str = "
    select token_n, change_id, document, deleted from shared_entities
    where scope = ?1 and entity_type = ?2 and entity_id = ?3";
const PUT: &str = "
    insert into shared_entities
      (scope, entity_type, entity_id, token_n, change_id, document, deleted, changed_by, changed_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    on conflict (scope, entity_type, entity_id) do update set
      token_n = excluded.token_n, change_id = excluded.change_id, document = excluded.document,
      deleted = excluded.deleted, changed_by = excluded.changed_by, changed_at = excluded.changed_at";
/// Deletion is a field like any other on the wire, and a column here.
const DELETED: &str = "deleted";

/// A change that is to be made, worked out against the hub's version.
#[derive(Debug)]
pub(super) struct Change {
    /// Whose entity: empty for the chain's.
    pub scope: String,
    /// The version that it makes; the present one where it changes nothing.
    pub token: Token,
    /// The entity since; none where it changes nothing.
    pub after: Option<After>,
}

/// An entity after a change.
#[derive(Debug)]
pub(super) struct After {
    pub document: String,
    pub deleted: bool,
}

struct Had {
    token: Token,
    document: Map<String, Value>,
    deleted: bool,
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
        return Ok(Verdict::Refused(Refusal::rejected("unreadable_document", message)));
    };
    let scope = match entity.scope {
        Scope::Chain => "",
        Scope::Outlet => outlet_id,
    };
    let had = tx.first(FIND, &[scope.into(), entity.name.into(), item.entity_id.as_ref().into()], |row| {
        let token = Token { n: row.int(0)?, change_id: row.string(1)? };
        Ok(Had { token, document: row.json(2)?, deleted: row.flag(3)? })
    })?;
    let present = had.as_ref().map(|had| &had.token);
    if judge::shared(present, item.base.as_ref()) == Outcome::Conflict {
        return Ok(Verdict::Conflict(present.cloned()));
    }
    let changes_nothing = fields.is_empty() && item.operation != Operation::Delete;
    Ok(Verdict::Change(match had {
        Some(had) if changes_nothing => Change { scope: scope.to_owned(), token: had.token, after: None },
        had => {
            let n = had.as_ref().map_or(0, |had| had.token.n) + 1;
            let after = merge(had, &item.entity_id, fields, item.operation);
            Change { scope: scope.to_owned(), token: Token { n, change_id }, after: Some(after) }
        }
    }))
}

/// The hub's document with the new value of each changed field; fields that this version does not know are kept.
fn merge(had: Option<Had>, id: &str, fields: &BTreeMap<String, (Value, Value)>, operation: Operation) -> After {
    let (mut document, mut deleted) = had.map_or_else(|| (Map::new(), false), |had| (had.document, had.deleted));
    document.insert("id".to_owned(), id.into());
    for (name, (_, new)) in fields {
        match name.as_str() {
            "id" => {}
            DELETED => deleted = *new == Value::Bool(true),
            _ => drop(document.insert(name.clone(), new.clone())),
        }
    }
    After { document: json(&document), deleted: deleted || operation == Operation::Delete }
}

/// Makes the change.
pub(super) fn set(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    item: &Item<'_>,
    change: &Change,
    after: &After,
) -> Result<(), Fault> {
    tx.execute(
        PUT,
        &[
            (&change.scope).into(),
            item.entity_type.as_ref().into(),
            item.entity_id.as_ref().into(),
            change.token.n.into(),
            (&change.token.change_id).into(),
            (&after.document).into(),
            after.deleted.into(),
            outlet_id.into(),
            item.occurred_at.as_ref().into(),
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans;

    fn had(document: Value, deleted: bool) -> Had {
        let Value::Object(document) = document else { panic!("no object") };
        Had { token: Token { n: 1, change_id: "c".into() }, document, deleted }
    }

    #[test]
    fn changed_fields_are_set_and_all_others_stay() {
        let fields = BTreeMap::from([
            ("price".to_owned(), (1.into(), 2.into())),
            ("id".to_owned(), (Value::Null, "another".into())),
            ("barcode".to_owned(), ("x".into(), Value::Null)),
        ]);
        let had = had(serde_json::json!({"id": "p", "price": 1, "name": "Kopi", "barcode": "x", "newer": [1]}), false);
        let after = merge(Some(had), "p", &fields, Operation::Update);
        let expected = serde_json::json!({"id": "p", "price": 2, "name": "Kopi", "barcode": null, "newer": [1]});
        assert_eq!(serde_json::from_str::<Value>(&after.document).unwrap(), expected);
        assert!(!after.deleted);
    }

    #[test]
    fn deletion_is_a_field_and_can_be_taken_back() {
        let set = |old: bool, new: bool| BTreeMap::from([(DELETED.to_owned(), (old.into(), new.into()))]);
        let none = BTreeMap::new();
        let document = || serde_json::json!({"id": "p"});
        assert!(merge(Some(had(document(), false)), "p", &set(false, true), Operation::Delete).deleted);
        assert!(merge(Some(had(document(), false)), "p", &none, Operation::Delete).deleted);
        assert!(!merge(Some(had(document(), true)), "p", &set(true, false), Operation::Create).deleted);
        assert!(merge(Some(had(document(), true)), "p", &none, Operation::Update).deleted);
    }

    #[test]
    fn shared_entities_are_found_by_their_key() {
        plans::assert_keyed(FIND);
    }
}
