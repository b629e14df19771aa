//! After an upgrade that adds synced fields: fills the new columns from the bases, which may already contain head
//! office's values, before anything is sent.
//!
//! A column is new until the table `sync_fields` names it. Only a value other than the column's default counts as a
//! local edit: the default is nobody's edit and must not overwrite head office's value. A base without the field does
//! not mean null.

use std::collections::HashMap;

use protocol::entity::{ENTITIES, Encoding, Entity, Field, Owner};
use protocol::rule::{Rule, disabled};
use protocol::wire::EntityRef;
use rusqlite::types::Value as Sql;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, Value};
use sqlite::ReadRow;

use crate::entities::apply::{ApplyError, guarded, refused, sql_value};
use crate::entities::base::{awaits_stream, base, local, put_base};
use crate::error::QueueError;

/// Fills new fields, remembers them, and returns their number.
///
/// # Errors
/// [`QueueError`].
pub fn add_new_fields(tx: &Transaction<'_>) -> Result<usize, QueueError> {
    let first_time: bool = tx.query_row("select not exists (select 1 from sync_fields)", [], |row| row.read(0))?;
    let mut new = 0;
    for entity in ENTITIES.iter().filter(|entity| entity.owner != Owner::Outlet) {
        for field in entity.fields {
            if is_known(tx, entity, field)? {
                continue;
            }
            if !first_time {
                tracing::info!(entity = entity.name, field = field.name, "a new synced field");
                fill(tx, entity, field)?;
            }
            new += 1;
            tx.execute("insert into sync_fields (entity_type, field) values (?1, ?2)", [entity.name, field.name])?;
        }
    }
    Ok(new)
}

fn is_known(tx: &Transaction<'_>, entity: &Entity, field: &Field) -> Result<bool, QueueError> {
    let sql = "select 1 from sync_fields where entity_type = ?1 and field = ?2";
    Ok(tx.prepare_cached(sql)?.exists([entity.name, field.name])?)
}

fn fill(tx: &Transaction<'_>, entity: &Entity, field: &Field) -> Result<(), QueueError> {
    let default = default(tx, entity, field)?;
    for id in ids(tx, entity)? {
        let of = EntityRef { entity_type: entity.name.to_owned(), entity_id: id };
        fill_entity(tx, entity, field, &of, &default)?;
    }
    Ok(())
}

fn fill_entity(
    tx: &Transaction<'_>,
    entity: &Entity,
    field: &Field,
    of: &EntityRef,
    default: &Value,
) -> Result<(), QueueError> {
    let (Some(mut agreed), Some(ours)) = (base(tx, &of.entity_type, &of.entity_id)?, local(tx, entity, &of.entity_id)?)
    else {
        return Ok(());
    };
    let Some(value) = ours.fields.get(field.name) else { return Ok(()) };
    let theirs = agreed.fields.get(field.name);
    if theirs == Some(value) {
        return Ok(());
    }
    if value != default || disabled(Rule::NewField) {
        // Edited since the upgrade: an ordinary edit.
        tx.execute(
            "insert into sync_capture (entity_type, entity_id) values (?1, ?2)",
            [&of.entity_type, &of.entity_id],
        )?;
        return Ok(());
    }
    if let Some(theirs) = theirs {
        match write(tx, entity, field, &of.entity_id, theirs) {
            Ok(()) => return Ok(()),
            Err(ApplyError::Queue(error)) => return Err(error),
            Err(ApplyError::Refused(reason)) => {
                tracing::warn!(?of, field = field.name, %reason, "head office's value of a new field cannot be written");
            }
        }
    }
    // Record no difference, so that nothing is sent.
    agreed.fields.insert(field.name.to_owned(), value.clone());
    let awaits = awaits_stream(tx, of)?;
    put_base(tx, of, &agreed, awaits)
}

fn write(tx: &Transaction<'_>, entity: &Entity, field: &Field, id: &str, value: &Value) -> Result<(), ApplyError> {
    let value = sql_value(field, value)?;
    guarded(tx, entity, id, || {
        tx.prepare_cached(&format!("update {} set {} = ?2 where id = ?1", entity.table, field.name))
            .and_then(|mut s| s.execute(params![id, value]))
            .map_err(refused)?;
        Ok(())
    })
}

fn ids(tx: &Transaction<'_>, entity: &Entity) -> Result<Vec<String>, QueueError> {
    let mut statement =
        tx.prepare_cached("select entity_id from sync_bases where entity_type = ?1 order by entity_id")?;
    let rows = statement.query_map([entity.name], |row| row.read(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Default of each field of the shared entities, encoded as in documents, by entity name.
///
/// # Errors
/// [`QueueError`].
pub fn defaults(tx: &Transaction<'_>) -> Result<HashMap<&'static str, Map<String, Value>>, QueueError> {
    let shared = ENTITIES.iter().filter(|entity| entity.owner != Owner::Outlet);
    shared
        .map(|entity| {
            let fields = entity.fields.iter().map(|field| Ok((field.name.to_owned(), default(tx, entity, field)?)));
            Ok((entity.name, fields.collect::<Result<_, QueueError>>()?))
        })
        .collect()
}

fn default(tx: &Transaction<'_>, entity: &Entity, field: &Field) -> Result<Value, QueueError> {
    let sql = "select dflt_value from pragma_table_info(?1) where name = ?2";
    let default_sql: Option<Option<String>> =
        tx.query_row(sql, [entity.table, field.name], |row| row.read(0)).optional()?;
    let Some(default_sql) = default_sql.flatten() else { return Ok(Value::Null) };
    let value: Sql = tx.query_row(&format!("select {default_sql}"), [], |row| row.get(0))?;
    Ok(match (field.encoding, value) {
        (Encoding::Flag | Encoding::OptionalFlag, Sql::Integer(flag)) => Value::Bool(flag != 0),
        (Encoding::Plain, Sql::Integer(n)) => n.into(),
        (Encoding::Plain, Sql::Text(text)) => text.into(),
        (Encoding::List, Sql::Text(text)) => serde_json::from_str(&text)?,
        _ => Value::Null,
    })
}
