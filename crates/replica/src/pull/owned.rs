//! Comparing the outlet's own entities with what the hub has of them, after the outlet has joined with a new life: its
//! backup was restored, its disk was cloned, its machine was replaced.

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
use web::time;

use crate::entities::apply::{ApplyError, delete, guarded, put, refused, upsert};
use crate::entities::base::document;
use crate::error::QueueError;
use crate::push::reply::forget_links;
use crate::unapplied::{self, UpdateSource};

/// What the outlet's queue says of an entity.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct State {
    pub(crate) version: i64,
    pub(crate) dirty: bool,
}

/// Why what the hub has cannot be written here; none where it can, or where the very same stands here already.
pub(crate) fn refusal(entity: &Entity, ours: Option<&Document>, theirs: &OwnedDocument) -> Option<String> {
    if theirs.unreadable.is_some() {
        return theirs.unreadable.clone();
    }
    let document = theirs.document.as_ref().filter(|document| ours != Some(document))?;
    validate::parsed_document(entity, &theirs.of.entity_id, document).err().map(|invalid| invalid.to_string())
}

/// What only the hub has and the tables here refuse: kept as any change that could not be applied, for people and to be
/// tried again.
pub(crate) fn keep(
    tx: &Transaction<'_>,
    theirs: &OwnedDocument,
    reason: &str,
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
    unapplied::keep(tx, &update, UpdateSource::ByComparison, reason, now)?;
    acknowledged(tx, theirs, now)
}

/// Tries again what [`keep`] has kept, unless the outlet has the entity by now.
pub(crate) fn take_kept(
    tx: &Transaction<'_>,
    entity: &Entity,
    update: &Update,
    now: Timestamp,
) -> Result<(), ApplyError> {
    if update.deleted || document(tx, entity, &update.of.entity_id)?.is_some() {
        return Ok(());
    }
    if let Some(reason) = &update.unreadable {
        return Err(ApplyError::Refused(reason.clone()));
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
    write(tx, entity, &theirs, Write::Exactly)?;
    acknowledged(tx, &theirs, now)?;
    Ok(forget_links(tx)?)
}

/// How much of the hub's document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    /// Root and child rows; other child rows go.
    Exactly,
    /// Root and child rows; other child rows stay.
    AlsoThese,
    /// Child rows alone; other child rows stay.
    OnlyChildren,
}

/// Whether every child row of `ours` is in `theirs`.
pub(crate) fn knows_children(entity: &Entity, theirs: &Document, ours: &Document) -> bool {
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
    how: Write,
) -> Result<(), ApplyError> {
    let id = &theirs.of.entity_id;
    let all = || {
        let Some(document) = &theirs.document else { return delete(tx, entity, id) };
        if how != Write::OnlyChildren {
            put(tx, entity, id, &Version { fields: document.clone(), deleted: false })?;
        }
        for child in entity.children {
            if how == Write::Exactly {
                tx.prepare_cached(&format!("delete from {} where {} = ?1", child.table, child.parent))
                    .and_then(|mut s| s.execute([id]))
                    .map_err(refused)?;
            }
            for row in rows(document, child) {
                put_child(tx, child, id, row)?;
            }
        }
        if how != Write::Exactly && recalculate(tx, entity, id)? {
            let here = document_of(tx, entity, id)?;
            if reverses_sale_parsed(document, here.as_ref()).is_some() {
                // The hub has acknowledged the sale: keep its figures, and add what only this copy has.
                put(tx, entity, id, &Version { fields: document.clone(), deleted: false })?;
                recalculate(tx, entity, id)?;
            }
        }
        Ok(())
    };
    guarded(tx, entity, id, || whole(tx, all))
}

/// Recalculates the root row from its rows; false where the entity has nothing to calculate.
fn recalculate(tx: &Transaction<'_>, entity: &Entity, id: &str) -> Result<bool, ApplyError> {
    let Some(recalculate) = entity.recalculate else { return Ok(false) };
    let Some(mut document) = document_of(tx, entity, id)? else { return Ok(false) };
    recalculate(&mut document).map_err(ApplyError::Refused)?;
    put(tx, entity, id, &Version { fields: document, deleted: false })?;
    Ok(true)
}

/// A document that was made elsewhere in this outlet's name has used its number up: it is not given again.
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

/// Does `work` whole or, where it is refused, not at all.
fn whole(tx: &Transaction<'_>, work: impl FnOnce() -> Result<(), ApplyError>) -> Result<(), ApplyError> {
    let say = |sql: &str| tx.prepare_cached(sql).and_then(|mut s| s.execute([])).map_err(QueueError::from);
    say("savepoint apply")?;
    let done = work();
    if done.is_err() {
        say("rollback to apply")?;
    }
    say("release apply")?;
    done
}

/// Writes a child row; where it stood under another root row it was moved, and that one is marked.
fn put_child(tx: &Transaction<'_>, child: &Child, parent: &str, row: &Document) -> Result<(), ApplyError> {
    let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
    tx.prepare_cached(&format!("delete from {} where id = ?1 and {} <> ?2", child.table, child.parent))
        .and_then(|mut s| s.execute([id, parent]))
        .map_err(refused)?;
    upsert(tx, child.table, &[(child.parent, parent), ("id", id)], child.fields, row)
}

pub(crate) fn state(tx: &Transaction<'_>, of: &EntityRef) -> Result<State, QueueError> {
    let found = tx
        .prepare_cached(
            "select version, version > acked_version from sync_state where entity_type = ?1 and entity_id = ?2",
        )?
        .query_row([&of.entity_type, &of.entity_id], |row| Ok(State { version: row.read(0)?, dirty: row.read(1)? }));
    Ok(found.optional()?.unwrap_or_default())
}

/// The hub has what the outlet has, under this version.
pub(crate) fn acknowledged(tx: &Transaction<'_>, theirs: &OwnedDocument, now: Timestamp) -> Result<(), QueueError> {
    tx.prepare_cached(
        "insert into sync_state (entity_type, entity_id, version, acked_version, seq, status, was_sent, changed_at, synced_at)
         select ?1, ?2, ?3, ?3, seq + 1, 'success', 1, ?4, ?4 from sync_context where true
         on conflict (entity_type, entity_id) do update set
           version = ?3, acked_version = ?3, status = 'success', was_sent = 1, batch_no = null, isolated = 0,
           hub_suspected = 0, retry_count = 0, error_code = null, error_message = null, synced_at = ?4",
    )?
    .execute(params![theirs.of.entity_type, theirs.of.entity_id, theirs.version, time::text(now)])?;
    Ok(())
}

/// The outlet's version goes to the hub, above the one there.
pub(crate) fn ahead(tx: &Transaction<'_>, theirs: &OwnedDocument, state: State) -> Result<(), QueueError> {
    let EntityRef { entity_type, entity_id } = &theirs.of;
    tx.prepare_cached("insert into sync_capture (entity_type, entity_id) values (?1, ?2)")?
        .execute([entity_type, entity_id])?;
    tx.prepare_cached(
        "update sync_state set version = ?3, acked_version = ?4, was_sent = 1 where entity_type = ?1 and entity_id = ?2",
    )?
    .execute(params![entity_type, entity_id, theirs.version.max(state.version) + 1, theirs.version])?;
    Ok(())
}

/// Own entities behind `after`, up to `to`, that wait for nothing and that the hub does not list.
pub(crate) fn settled_and_not_listed(
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
    let settled = rows.collect::<Result<Vec<_>, _>>()?;
    let own = |of: &EntityRef| find(&of.entity_type).is_some_and(|entity| entity.owner == Owner::Outlet);
    Ok(settled.into_iter().filter(|of| own(of) && !listed.contains(of)).collect())
}

/// Child rows are looked for by their id alone while documents are written, and never otherwise.
pub(crate) fn children_by_id(tx: &Transaction<'_>, wanted: bool) -> Result<(), QueueError> {
    for Child { table, .. } in ENTITIES.iter().flat_map(|entity| entity.children) {
        tx.execute_batch(&if wanted {
            format!("create index if not exists reconcile_{table} on {table} (id)")
        } else {
            format!("drop index if exists reconcile_{table}")
        })?;
    }
    Ok(())
}
