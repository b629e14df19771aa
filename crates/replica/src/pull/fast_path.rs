//! The common case in few statements: head office has changed fields of an entity in which nothing of the outlet's own is
//! open. A merge would come to head office's document then, so that takes the place of what both agreed on before.
//!
//! The row itself is asked whether it is what both agreed on, by the statement that writes it. Whatever is not as simple is
//! left to [`take`](crate::pull::apply_update::take) as it stands.

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
use crate::pull::apply_update::{fields, keep_absent_fields, own_change};

/// Takes an update, if it is that simple; says whether. Nothing has changed where it is not, or where it is refused.
pub(crate) fn forward(
    tx: &Transaction<'_>,
    entity: &Entity,
    update: &Update,
    now: Timestamp,
) -> Result<bool, ApplyError> {
    let of = &update.of;
    let Some(agreed) = has_no_local_change(tx, of)?.filter(|agreed| !update.deleted && agreed.token.n < update.token.n)
    else {
        return Ok(false);
    };
    let mut theirs = Base { token: update.token.clone(), fields: fields(update) };
    keep_absent_fields(entity, &mut theirs.fields, Some(&agreed.fields));
    let foreign = unconfirmed(entity, update);
    if foreign.iter().any(|name| agreed.fields.get(name) != theirs.fields.get(name)) {
        return Ok(false);
    }
    if agreed.fields.get(DELETED) != Some(&Value::Bool(false)) || own_change(tx, update)?.is_some() {
        return Ok(false);
    }
    let Some(Replacement { sql, values }) = replacement(entity, &of.entity_id, &agreed.fields, &theirs.fields) else {
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

/// What outlet and hub last agreed on, if nothing is open: the stream has shown the base, nothing waits, is held or was
/// kept, and no person is asked.
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

/// The statement that gives a row what head office has changed of it, if the row is what both agreed on.
struct Replacement {
    sql: String,
    values: Vec<Sql>,
}

/// None: it is not sure that the table has the very values of `theirs` then, for what is of another type than before might
/// be stored as something else; or a field has no value that both agreed on; or nothing changes.
fn replacement(
    entity: &Entity,
    id: &str,
    agreed: &Map<String, Value>,
    theirs: &Map<String, Value>,
) -> Option<Replacement> {
    let (mut sets, mut new) = (vec![], vec![]);
    let (mut conditions, mut expected) = ("id = ?".to_owned(), vec![Sql::Text(id.to_owned())]);
    for field in entity.fields {
        let (had, has) = (agreed.get(field.name)?, theirs.get(field.name)?);
        if had != has {
            if !has.is_null() && discriminant(had) != discriminant(has) {
                return None;
            }
            sets.push(format!("{} = ?", field.name));
            new.push(sql_value(field, has).ok()?);
        }
        conditions.extend([" and ", field.name, " is ?"]);
        expected.push(sql_value(field, had).ok()?);
    }
    // Only what changes is set: SQLite checks no other column then.
    let sql = format!("update {} set {} where {conditions}", entity.table, sets.join(", "));
    new.append(&mut expected);
    (!sets.is_empty()).then_some(Replacement { sql, values: new })
}
