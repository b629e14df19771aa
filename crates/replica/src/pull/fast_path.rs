//! The common case in few statements: head office has changed an entity without local changes. A merge would yield head
//! office's document, so that document replaces the base.
//!
//! The statement that writes the row also checks that it equals the base. Everything else is left to
//! [`apply_update`](crate::pull::apply_update::apply_update).

use std::mem::discriminant;

use jiff::Timestamp;
use protocol::entity::Entity;
use protocol::merge::DELETED;
use protocol::origin::unconfirmed;
use protocol::updates::Update;
use protocol::wire::{EntityRef, Token};
use rusqlite::types::Value as Sql;
use rusqlite::{OptionalExtension, Transaction, params, params_from_iter};
use serde_json::{Map, Value};
use sqlite::ReadRow;
use web::time;

use crate::entities::apply::{ApplyError, guarded, refused, sql_value};
use crate::entities::base::{Base, put_base};
use crate::error::QueueError;
use crate::pull::apply_update::{fields, keep_absent_fields, sent_change};

/// Applies an update if this is such a case; returns whether it was applied. Otherwise, and if the table rejects the
/// update, nothing has changed.
pub(crate) fn apply_fast(
    tx: &Transaction<'_>,
    entity: &Entity,
    update: &Update,
    now: Timestamp,
) -> Result<bool, ApplyError> {
    let of = &update.of;
    let Some(base) = has_no_local_change(tx, of)?.filter(|base| !update.deleted && base.token.n < update.token.n)
    else {
        return Ok(false);
    };
    let mut theirs = Base { token: update.token.clone(), fields: fields(update) };
    keep_absent_fields(entity, &mut theirs.fields, Some(&base.fields));
    let unconfirmed_fields = unconfirmed(entity, update);
    if unconfirmed_fields.iter().any(|name| base.fields.get(name) != theirs.fields.get(name)) {
        return Ok(false);
    }
    if base.fields.get(DELETED) != Some(&Value::Bool(false)) || sent_change(tx, update)?.is_some() {
        return Ok(false);
    }
    let Some(Replacement { sql, values }) = replacement(entity, &of.entity_id, &base.fields, &theirs.fields) else {
        return Ok(false);
    };
    let replace = || tx.prepare_cached(&sql).and_then(|mut s| s.execute(params_from_iter(values))).map_err(refused);
    if guarded(tx, entity, &of.entity_id, replace)? == 0 {
        return Ok(false);
    }
    put_base(tx, of, &theirs, false)?;
    tx.prepare_cached(
        "update sync_state set version = version + 1, acked_version = version + 1, cloud_version = ?3, synced_at = ?4
         where entity_type = ?1 and entity_id = ?2",
    )
    .and_then(|mut s| s.execute(params![of.entity_type, of.entity_id, update.token.n, time::text(now)]))
    .map_err(QueueError::from)?;
    Ok(true)
}

/// The base, if nothing is open: the stream has shown it, and the entity is neither pending, quarantined nor unapplied,
/// without an open conflict.
fn has_no_local_change(tx: &Transaction<'_>, of: &EntityRef) -> Result<Option<Base>, QueueError> {
    let found = tx
        .prepare_cached(
            "select b.token_n, b.change_id, b.document
             from sync_bases b join sync_state s on s.entity_type = b.entity_type and s.entity_id = b.entity_id
             where b.entity_type = ?1 and b.entity_id = ?2 and b.awaits_stream = 0
               and s.version = s.acked_version and s.status = 'success' and s.was_sent = 1 and s.batch_no is null
               and s.isolated = 0 and s.hub_suspected = 0 and s.retry_count = 0 and s.error_code is null
               and s.error_message is null and s.conflict_base is null
               and not exists (select 1 from sync_unapplied_updates where entity_type = ?1 and entity_id = ?2)
               and not exists (select 1 from sync_conflicts
                 where entity_type = ?1 and entity_id = ?2 and status = 'open')",
        )?
        .query_row([&of.entity_type, &of.entity_id], |row| {
            Ok((Token { n: row.read(0)?, change_id: row.read(1)? }, row.read::<String>(2)?))
        })
        .optional()?;
    let parsed = |(token, document): (_, String)| Some(Base { token, fields: serde_json::from_str(&document).ok()? });
    Ok(found.and_then(parsed))
}

/// The statement that writes head office's changes to the row if it equals the base.
struct Replacement {
    sql: String,
    values: Vec<Sql>,
}

/// `None` if a value has another type than before, which the table may store as something else; if a field has no value
/// in the base; or if nothing changes.
fn replacement(
    entity: &Entity,
    id: &str,
    base: &Map<String, Value>,
    theirs: &Map<String, Value>,
) -> Option<Replacement> {
    let (mut sets, mut new) = (vec![], vec![]);
    let (mut conditions, mut expected) = ("id = ?".to_owned(), vec![Sql::Text(id.to_owned())]);
    for field in entity.fields {
        let (old, new_value) = (base.get(field.name)?, theirs.get(field.name)?);
        if old != new_value {
            if !new_value.is_null() && discriminant(old) != discriminant(new_value) {
                return None;
            }
            sets.push(format!("{} = ?", field.name));
            new.push(sql_value(field, new_value).ok()?);
        }
        conditions.extend([" and ", field.name, " is ?"]);
        expected.push(sql_value(field, old).ok()?);
    }
    // Set only changed columns: SQLite checks the constraints of no others.
    let sql = format!("update {} set {} where {conditions}", entity.table, sets.join(", "));
    new.append(&mut expected);
    (!sets.is_empty()).then_some(Replacement { sql, values: new })
}
