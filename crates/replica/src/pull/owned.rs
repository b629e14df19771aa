//! Writes outlet-owned entities from the hub after the outlet enrolled in a new epoch: its backup was restored, its
//! disk cloned or its machine replaced.

use std::collections::HashSet;

use jiff::Timestamp;
use protocol::acknowledged::reverses_sale_parsed;
use protocol::entity::{Child, Counter, Document, ENTITIES, Entity, Owner, find};
use protocol::merge::Version;
use protocol::updates::{OwnedDocument, Update};
use protocol::validate;
use protocol::wire::{EntityRef, Token};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;
use sqlite::ReadRow;
use web::messages::{Message, Reason};
use web::time;

use crate::atomically::atomically;
use crate::entities::apply::{ApplyError, delete, guarded, put, refused, upsert};
use crate::entities::base::document;
use crate::error::QueueError;
use crate::push::reply::delete_links;
use crate::unapplied::{self, UpdateSource, unreadable_document};

/// An entity in the outlet's queue.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RowVersion {
    pub(crate) version: i64,
    pub(crate) dirty: bool,
}

/// Why the hub's document cannot be written here; `None` if it can, or if the outlet has the same one.
pub(crate) fn refusal(entity: &Entity, ours: Option<&Document>, theirs: &OwnedDocument) -> Option<Reason> {
    if let Some(detail) = &theirs.unreadable {
        return Some(unreadable_document(&theirs.of, detail));
    }
    let document = theirs.document.as_ref().filter(|document| ours != Some(document))?;
    let id = &theirs.of.entity_id;
    validate::parsed_document(entity, id, document).err().map(|invalid| Reason::invalid(entity.name, id, &invalid))
}

/// Stores a document that only the hub has and that the tables reject, as an unapplied update: people see it, and it is
/// retried.
pub(crate) fn store_unapplied(
    tx: &Transaction<'_>,
    theirs: &OwnedDocument,
    reason: &Reason,
    now: Timestamp,
) -> Result<(), QueueError> {
    let update = Update {
        of: theirs.of.clone(),
        token: Token { n: theirs.version, change_id: String::new() },
        deleted: theirs.document.is_none() && theirs.unreadable.is_none(),
        document: theirs.document.clone().unwrap_or_default(),
        changed_by: String::new(),
        changed_at: time::text(now),
        by_outlet: None,
        unreadable: theirs.unreadable.clone(),
    };
    unapplied::store(tx, &update, UpdateSource::Comparison, reason, now)?;
    acknowledge(tx, theirs, now)
}

/// Retries an update that [`store_unapplied`] stored, unless the outlet has the entity by now.
pub(crate) fn retry_unapplied(
    tx: &Transaction<'_>,
    entity: &Entity,
    update: &Update,
    now: Timestamp,
) -> Result<(), ApplyError> {
    if update.deleted || document(tx, entity, &update.of.entity_id)?.is_some() {
        return Ok(());
    }
    if let Some(detail) = &update.unreadable {
        return Err(ApplyError::Refused(unreadable_document(&update.of, detail)));
    }
    let theirs = OwnedDocument {
        unreadable: None,
        of: update.of.clone(),
        epoch_number: 0,
        version: update.token.n,
        document: Some(update.document.clone()),
    };
    if let Some(reason) = refusal(entity, None, &theirs) {
        return Err(ApplyError::Refused(reason));
    }
    write(tx, entity, &theirs, WriteMode::Replace)?;
    acknowledge(tx, &theirs, now)?;
    Ok(delete_links(tx)?)
}

/// How much of the hub's document to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteMode {
    /// Root and child rows; other child rows are deleted.
    Replace,
    /// Root and child rows; other child rows remain.
    Merge,
    /// Only child rows; other child rows remain.
    ChildrenOnly,
}

/// Whether `theirs` contains every child row of `ours`.
pub(crate) fn contains_children(entity: &Entity, theirs: &Document, ours: &Document) -> bool {
    entity.children.iter().all(|child| ids(theirs, child).is_superset(&ids(ours, child)))
}

pub(crate) fn ids<'d>(document: &'d Document, child: &Child) -> HashSet<&'d str> {
    rows(document, child).filter_map(|row| row.get("id")?.as_str()).collect()
}

fn rows<'d>(document: &'d Document, child: &Child) -> impl Iterator<Item = &'d Document> {
    document.get(child.name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

pub(crate) fn write(
    tx: &Transaction<'_>,
    entity: &Entity,
    theirs: &OwnedDocument,
    mode: WriteMode,
) -> Result<(), ApplyError> {
    let id = &theirs.of.entity_id;
    let write_all = || {
        let Some(document) = &theirs.document else { return delete(tx, entity, id) };
        if mode != WriteMode::ChildrenOnly {
            put(tx, entity, id, &Version { fields: document.clone(), deleted: false })?;
        }
        for child in entity.children {
            if mode == WriteMode::Replace {
                tx.prepare_cached(&format!("delete from {} where {} = ?1", child.table, child.parent))
                    .and_then(|mut s| s.execute([id]))
                    .map_err(refused)?;
            }
            for row in rows(document, child) {
                put_child(tx, child, id, row)?;
            }
        }
        if mode != WriteMode::Replace && recalculate(tx, entity, id)? {
            let local = document_of(tx, entity, id)?;
            if reverses_sale_parsed(document, local.as_ref()).is_some() {
                // The hub has acknowledged the sale: keep its figures, and add the rows that only this copy has.
                put(tx, entity, id, &Version { fields: document.clone(), deleted: false })?;
                recalculate(tx, entity, id)?;
            }
        }
        Ok(())
    };
    guarded(tx, entity, id, || atomically(tx, write_all))
}

/// Recalculates the root row from its child rows; false if the entity calculates nothing.
fn recalculate(tx: &Transaction<'_>, entity: &Entity, id: &str) -> Result<bool, ApplyError> {
    let Some(recalculate) = entity.recalculate else { return Ok(false) };
    let Some(mut document) = document_of(tx, entity, id)? else { return Ok(false) };
    recalculate(&mut document).map_err(|invalid| ApplyError::Refused(Message::from(invalid).into()))?;
    put(tx, entity, id, &Version { fields: document, deleted: false })?;
    Ok(true)
}

/// Skips the number of a document that another database made in this outlet's name, so that no number repeats.
pub(crate) fn reserve_number(tx: &Transaction<'_>, entity: &Entity, document: &Document) -> Result<(), QueueError> {
    let Some(Counter { table, key, used }) = &entity.counter else { return Ok(()) };
    if let Some((value, number)) = used(document) {
        tx.prepare_cached(&format!(
            "insert into {table} ({key}, next) values (?1, ?2 + 1)
             on conflict ({key}) do update set next = max(next, excluded.next)"
        ))?
        .execute(params![value, number])?;
    }
    Ok(())
}

pub(crate) fn document_of(tx: &Transaction<'_>, entity: &Entity, id: &str) -> Result<Option<Document>, QueueError> {
    Ok(document(tx, entity, id)?.map(|json| serde_json::from_str(&json)).transpose()?)
}

/// Writes a child row. If it was under another root row it moves, and that root is captured.
fn put_child(tx: &Transaction<'_>, child: &Child, parent: &str, row: &Document) -> Result<(), ApplyError> {
    let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
    tx.prepare_cached(&format!("delete from {} where id = ?1 and {} <> ?2", child.table, child.parent))
        .and_then(|mut s| s.execute([id, parent]))
        .map_err(refused)?;
    upsert(tx, child.table, &[(child.parent, parent), ("id", id)], child.fields, row)
}

pub(crate) fn row_version(tx: &Transaction<'_>, of: &EntityRef) -> Result<RowVersion, QueueError> {
    let found = tx
        .prepare_cached(
            "select version, version > acked_version from sync_state where entity_type = ?1 and entity_id = ?2",
        )?
        .query_row([&of.entity_type, &of.entity_id], |row| {
            Ok(RowVersion { version: row.read(0)?, dirty: row.read(1)? })
        });
    Ok(found.optional()?.unwrap_or_default())
}

/// Notes that the hub has the outlet's document, under this version.
pub(crate) fn acknowledge(tx: &Transaction<'_>, theirs: &OwnedDocument, now: Timestamp) -> Result<(), QueueError> {
    tx.prepare_cached(
        "insert into sync_state (entity_type, entity_id, version, acked_version, seq, status, was_sent, changed_at, synced_at)
         select ?1, ?2, ?3, ?3, seq + 1, 'success', 1, ?4, ?4 from sync_context where true
         on conflict (entity_type, entity_id) do update set
           version = ?3, acked_version = ?3, status = 'success', was_sent = 1, batch_no = null, isolated = 0,
           hub_suspected = 0, retry_count = 0, error_code = null, error_args = null, error_message = null, synced_at = ?4",
    )?
    .execute(params![theirs.of.entity_type, theirs.of.entity_id, theirs.version, time::text(now)])?;
    Ok(())
}

/// Queues the outlet's version above the hub's.
pub(crate) fn requeue_above(
    tx: &Transaction<'_>,
    theirs: &OwnedDocument,
    row_version: RowVersion,
) -> Result<(), QueueError> {
    let EntityRef { entity_type, entity_id } = &theirs.of;
    tx.prepare_cached("insert into sync_capture (entity_type, entity_id) values (?1, ?2)")?
        .execute([entity_type, entity_id])?;
    tx.prepare_cached(
        "update sync_state set version = ?3, acked_version = ?4, was_sent = 1 where entity_type = ?1 and entity_id = ?2",
    )?
    .execute(params![entity_type, entity_id, theirs.version.max(row_version.version) + 1, theirs.version])?;
    Ok(())
}

/// Outlet-owned entities after `after` up to `to` that are acknowledged but missing from the hub's list.
pub(crate) fn acknowledged_but_absent(
    tx: &Transaction<'_>,
    after: &EntityRef,
    to: Option<&EntityRef>,
    documents: &[OwnedDocument],
) -> Result<Vec<EntityRef>, QueueError> {
    let listed: HashSet<&EntityRef> = documents.iter().map(|document| &document.of).collect();
    let mut statement = tx.prepare_cached(
        "select entity_type, entity_id from sync_state where (entity_type, entity_id) > (?1, ?2)
         and (?3 is null or (entity_type, entity_id) <= (?3, ?4)) and version <= acked_version
         order by entity_type, entity_id",
    )?;
    let (to_type, to_id) = to.map(|to| (&to.entity_type, &to.entity_id)).unzip();
    let rows = statement.query_map(params![after.entity_type, after.entity_id, to_type, to_id], |row| {
        Ok(EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? })
    })?;
    let found = rows.collect::<Result<Vec<_>, _>>()?;
    let is_owned = |of: &EntityRef| find(&of.entity_type).is_some_and(|entity| entity.owner == Owner::Outlet);
    Ok(found.into_iter().filter(|of| is_owned(of) && !listed.contains(of)).collect())
}

/// Creates or drops indexes on the ids of child rows: only writing documents looks them up by id alone.
pub(crate) fn set_child_indexes(tx: &Transaction<'_>, exist: bool) -> Result<(), QueueError> {
    for Child { table, .. } in ENTITIES.iter().flat_map(|entity| entity.children) {
        tx.execute_batch(&if exist {
            format!("create index if not exists reconcile_{table} on {table} (id)")
        } else {
            format!("drop index if exists reconcile_{table}")
        })?;
    }
    Ok(())
}
