//! A shared entity at the outlet: the current row and the *base revision*, the last version that outlet and hub agreed
//! on.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use protocol::capture;
use protocol::entity::{ENTITIES, Entity, find};
use protocol::merge::{DELETED, Version};
use protocol::wire::{EntityRef, Token};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, Value};
use sqlite::ReadRow;
use sqlite::text::{is_readable, raw};

use crate::error::QueueError;

static DOCUMENTS: LazyLock<Vec<String>> = LazyLock::new(|| ENTITIES.iter().map(capture::document_query).collect());

/// The current document of an entity as JSON; `None` if the row does not exist. Invalid UTF-8 reads as U+FFFD, which is
/// good enough to compare but not to send; see [`raw_document`].
pub(crate) fn document(tx: &Transaction<'_>, entity: &Entity, id: &str) -> Result<Option<String>, QueueError> {
    Ok(raw_document(tx, entity, id)?.map(|document| document.json))
}

/// A document, and whether it is exact: nothing in it was replaced by U+FFFD.
pub(crate) struct Document {
    pub(crate) json: String,
    pub(crate) exact: bool,
}

/// The current document of an entity; `None` if the row does not exist.
pub(crate) fn raw_document(tx: &Transaction<'_>, entity: &Entity, id: &str) -> Result<Option<Document>, QueueError> {
    let index = ENTITIES.iter().position(|e| e.name == entity.name).unwrap_or_default();
    let found = tx.prepare_cached(&DOCUMENTS[index])?.query_row([raw(id)], |row| {
        let bytes = row.get_ref(0)?.as_bytes()?;
        Ok(Document { json: String::from_utf8_lossy(bytes).into_owned(), exact: is_readable(bytes) })
    });
    Ok(found.optional()?)
}

/// Fields of a shared entity for comparison; deletion is one of them.
pub(crate) fn local_fields(document: Option<&str>) -> Result<Map<String, Value>, QueueError> {
    match document {
        Some(document) => {
            let mut fields: Map<String, Value> = serde_json::from_str(document)?;
            fields.remove("id");
            fields.insert(DELETED.to_owned(), Value::Bool(false));
            Ok(fields)
        }
        None => Ok(Map::from_iter([(DELETED.to_owned(), Value::Bool(true))])),
    }
}

/// The outlet's version of an entity; `None` if the row does not exist.
pub(crate) fn local(tx: &Transaction<'_>, entity: &Entity, id: &str) -> Result<Option<Version>, QueueError> {
    let Some(document) = document(tx, entity, id)? else { return Ok(None) };
    Ok(Some(version(local_fields(Some(&document))?)))
}

/// Converts fields to a version.
pub(crate) fn version(mut fields: Map<String, Value>) -> Version {
    let deleted = fields.remove(DELETED) == Some(Value::Bool(true));
    Version { fields, deleted }
}

/// The base revision of a shared entity.
pub(crate) struct Base {
    /// Token of the hub's version.
    pub(crate) token: Token,
    /// The hub's document with [`DELETED`], without the id.
    pub(crate) fields: Map<String, Value>,
}

/// The base of a shared entity; `None` until the hub acknowledges it.
pub(crate) fn base(tx: &Transaction<'_>, entity_type: &str, entity_id: &str) -> Result<Option<Base>, QueueError> {
    let found = tx
        .prepare_cached(
            "select token_n, change_id, document from sync_bases where entity_type = ?1 and entity_id = ?2",
        )?
        .query_row([entity_type, entity_id], |row| {
            Ok((Token { n: row.read(0)?, change_id: row.read(1)? }, row.read::<String>(2)?))
        })
        .optional()?;
    let Some((token, document)) = found else { return Ok(None) };
    match serde_json::from_str(&document) {
        Ok(fields) => Ok(Some(Base { token, fields })),
        // Treated as no base: the hub's version is read again and merged field by field.
        Err(error) => {
            tracing::warn!(entity_type, entity_id, %error, "the base of an entity cannot be read; it is treated as absent");
            Ok(None)
        }
    }
}

/// Stores a base. `awaits_stream`: the token came with a reply or a comparison, and the stream has not shown it yet.
pub(crate) fn put_base(
    tx: &Transaction<'_>,
    of: &EntityRef,
    base: &Base,
    awaits_stream: bool,
) -> Result<(), QueueError> {
    tx.prepare_cached(
        "insert into sync_bases (entity_type, entity_id, token_n, change_id, document, awaits_stream)
         values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (entity_type, entity_id) do update set token_n = excluded.token_n,
           change_id = excluded.change_id, document = excluded.document, awaits_stream = excluded.awaits_stream",
    )?
    .execute(params![
        of.entity_type,
        of.entity_id,
        base.token.n,
        base.token.change_id,
        serde_json::to_string(&base.fields)?,
        awaits_stream
    ])?;
    Ok(())
}

/// Deletes a base: the hub does not have the entity.
pub(crate) fn drop_base(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    tx.prepare_cached("delete from sync_bases where entity_type = ?1 and entity_id = ?2")?
        .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

/// Old and new value of each field of `local` that differs from the base. A field that the base lacks was null.
pub(crate) fn differences(base: Option<&Base>, local: &Map<String, Value>) -> BTreeMap<String, (Value, Value)> {
    local
        .iter()
        .filter_map(|(name, new)| {
            let old = base.and_then(|base| base.fields.get(name)).unwrap_or(&Value::Null);
            let known = base.is_some();
            (old != new || !known).then(|| (name.clone(), (old.clone(), new.clone())))
        })
        .collect()
}

/// Whether a shared entity differs from its base.
pub(crate) fn differs(tx: &Transaction<'_>, of: &EntityRef) -> Result<bool, QueueError> {
    let Some(entity) = find(&of.entity_type) else { return Ok(false) };
    let local = local_fields(document(tx, entity, &of.entity_id)?.as_deref())?;
    let base = base(tx, &of.entity_type, &of.entity_id)?;
    Ok(!differences(base.as_ref(), &local).is_empty())
}

/// Whether the stream has not shown the base yet.
pub(crate) fn awaits_stream(tx: &Transaction<'_>, of: &EntityRef) -> Result<bool, QueueError> {
    let sql = "select 1 from sync_bases where entity_type = ?1 and entity_id = ?2 and awaits_stream = 1";
    Ok(tx.prepare_cached(sql)?.exists([&of.entity_type, &of.entity_id])?)
}

/// The change that produced an entity's base.
///
/// # Errors
/// [`QueueError`].
pub fn change_id(tx: &Transaction<'_>, of: &EntityRef) -> Result<Option<String>, QueueError> {
    Ok(base(tx, &of.entity_type, &of.entity_id)?.map(|base| base.token.change_id))
}
