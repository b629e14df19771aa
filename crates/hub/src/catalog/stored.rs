//! The table of shared entities: one row per entity, of any type.

use std::collections::BTreeSet;

use protocol::validate::read_stored;
use protocol::wire::Token;
use serde_json::{Map, Value};
use store::{Arg, Fault, Row, Tx};

use super::duplicates::{self, UniqueKey};

/// The hub's version of an entity.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEntity {
    /// Its id.
    pub id: String,
    /// Its version.
    pub token: Token,
    /// All fields, including those that this version does not know.
    pub document: Map<String, Value>,
    /// Whether it is a tombstone; its document is the last one.
    pub deleted: bool,
    /// An outlet's id, or `hq:` and a user's name.
    pub changed_by: String,
    /// When it changed, by the author's clock.
    pub changed_at: String,
    /// As in [`protocol::updates::Update::by_outlet`].
    pub by_outlet: Option<BTreeSet<String>>,
}

/// A version that is to be written.
#[derive(Debug)]
pub(crate) struct Version<'a> {
    pub id: &'a str,
    pub token: &'a Token,
    /// From [`text`].
    pub document: &'a str,
    pub deleted: bool,
    pub changed_by: &'a str,
    pub changed_at: &'a str,
    /// From [`origin_text`].
    pub by_outlet: Option<&'a str>,
    /// From [`duplicates::keys`](super::duplicates::keys).
    pub unique_keys: &'a [UniqueKey],
}

const FIND: &str = "
    select entity_id, token_n, change_id, document, deleted, changed_by, changed_at, by_outlet from shared_entities
    where scope = ?1 and entity_type = ?2 and entity_id = ?3";
const LIST: &str = "
    select entity_id, token_n, change_id, document, deleted, changed_by, changed_at, by_outlet from shared_entities
    where scope = ?1 and entity_type = ?2 and entity_id > ?3 and deleted <= ?4
    order by entity_id limit ?5";
const PUT: &str = "
    insert into shared_entities
      (scope, entity_type, entity_id, token_n, change_id, document, deleted, changed_by, changed_at,
       by_outlet)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    on conflict (scope, entity_type, entity_id) do update set
      token_n = excluded.token_n, change_id = excluded.change_id, document = excluded.document,
      deleted = excluded.deleted, changed_by = excluded.changed_by, changed_at = excluded.changed_at,
      by_outlet = excluded.by_outlet
    where shared_entities.token_n = excluded.token_n - 1";
const LOCK: &str = "
    select 1 from shared_entities where scope = ?1 and entity_type = ?2 and entity_id = ?3 /*pg for update*/";

/// Filter of a list.
#[derive(Debug, Default)]
pub(crate) struct Listed<'a> {
    /// Those after this id.
    pub after: &'a str,
    /// Include tombstones.
    pub deleted: bool,
    /// Maximum number.
    pub limit: i64,
}

/// An entity or its tombstone; none if it never existed. `scope` is empty for the chain, otherwise the outlet.
pub(crate) fn find(tx: &mut Tx<'_>, scope: &str, entity_type: &str, id: &str) -> Result<Option<StoredEntity>, Fault> {
    tx.first(FIND, &[scope.into(), entity_type.into(), id.into()], read)
}

/// The entity, if it exists and is not deleted.
pub(crate) fn find_live(
    tx: &mut Tx<'_>,
    scope: &str,
    entity_type: &str,
    id: &str,
) -> Result<Option<StoredEntity>, Fault> {
    Ok(find(tx, scope, entity_type, id)?.filter(|stored| !stored.deleted))
}

/// Whether the chain has no shared entities yet.
///
/// # Errors
/// The database failed.
pub fn is_empty(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    Ok(tx.first("select 1 from shared_entities where scope = '' limit 1", &[], |_| Ok(()))?.is_none())
}

/// Entities of one type, by id.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    scope: &str,
    entity_type: &str,
    listed: &Listed<'_>,
) -> Result<Vec<StoredEntity>, Fault> {
    let Listed { after, deleted, limit } = *listed;
    tx.all(LIST, &[scope.into(), entity_type.into(), after.into(), deleted.into(), limit.into()], read)
}

/// Locks an entity until the end of the transaction. Lock entities in the order of type and id.
pub(crate) fn lock(tx: &mut Tx<'_>, scope: &str, entity_type: &str, id: &str) -> Result<(), Fault> {
    tx.lock(LOCK, &[scope.into(), entity_type.into(), id.into()])
}

/// Writes a version, replacing the one that was read.
pub(crate) fn put(tx: &mut Tx<'_>, scope: &str, entity_type: &str, version: &Version<'_>) -> Result<(), Fault> {
    let put = tx.execute(
        PUT,
        &[
            scope.into(),
            entity_type.into(),
            version.id.into(),
            version.token.n.into(),
            (&version.token.change_id).into(),
            version.document.into(),
            version.deleted.into(),
            version.changed_by.into(),
            version.changed_at.into(),
            version.by_outlet.map_or(Arg::Null, Arg::Text),
        ],
    )?;
    if put != 1 {
        return Err(tx.serialization_failure());
    }
    if !scope.is_empty() {
        return Ok(());
    }
    duplicates::put(tx, entity_type, version.id, if version.deleted { &[] } else { version.unique_keys })
}

/// A document as stored in the table.
pub(crate) fn text(document: &Map<String, Value>) -> String {
    serde_json::to_string(document).unwrap_or_default()
}

/// The fields written by the outlet, as stored in the table.
pub(crate) fn origin_text(by_outlet: Option<&BTreeSet<String>>) -> Option<String> {
    by_outlet.and_then(|names| serde_json::to_string(names).ok())
}

/// An unreadable document must not hide other rows.
fn document(row: &Row<'_>) -> Result<Map<String, Value>, Fault> {
    let id = row.string(0)?;
    Ok(read_stored(&row.text(3)?).unwrap_or_else(|invalid| {
        tracing::error!(id, %invalid, "a shared entity is unreadable; set its fields or delete it");
        Map::from_iter([("id".to_owned(), Value::from(id))])
    }))
}

/// The entity of a row with these columns.
pub(super) fn read(row: &Row<'_>) -> Result<StoredEntity, Fault> {
    Ok(StoredEntity {
        id: row.string(0)?,
        token: Token { n: row.int(1)?, change_id: row.string(2)? },
        document: document(row)?,
        deleted: row.flag(4)?,
        changed_by: row.string(5)?,
        changed_at: row.string(6)?,
        by_outlet: row.by_outlet(7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn shared_entities_are_found_and_listed_by_their_key() {
        plans::assert_keyed(FIND);
        plans::assert_keyed(LIST);
    }
}
