//! Writing a version of an entity into its table, with the guard set: what came from the hub is not queued again.

use protocol::entity::{Encoding, Entity, Field};
use protocol::merge::Version;
use protocol::rule::{Rule, disabled};
use protocol::secret::hide_field;
use protocol::validate;
use rusqlite::types::Value as Sql;
use rusqlite::{Transaction, params_from_iter};
use serde_json::{Map, Value};
use web::api_error::sentence;

use crate::error::QueueError;

/// Why a version cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The table or a rule of it refuses it: kept as received, with these words.
    #[error("{0}")]
    Refused(String),
    /// The database.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Writes a version, by one statement: nothing of it is left behind where it is refused.
///
/// # Errors
/// [`ApplyError`].
pub fn apply(tx: &Transaction<'_>, entity: &Entity, id: &str, version: &Version) -> Result<(), ApplyError> {
    guarded(tx, entity, id, || if version.deleted { delete(tx, entity, id) } else { put(tx, entity, id, version) })
}

/// Does `work` with the guard set for one entity, and lifts it again also where the work is refused. After a fault it
/// stands: COMMIT refuses then, and whoever began the transaction takes it back.
pub(crate) fn guarded<T>(
    tx: &Transaction<'_>,
    entity: &Entity,
    id: &str,
    work: impl FnOnce() -> Result<T, ApplyError>,
) -> Result<T, ApplyError> {
    guard(tx, Some((entity.name, id)))?;
    let done = work();
    if !matches!(done, Err(ApplyError::Queue(_))) {
        guard(tx, None)?;
    }
    done
}

/// Names the entity whose changes are not queued; none: all are. COMMIT refuses while one is named.
fn guard(tx: &Transaction<'_>, of: Option<(&str, &str)>) -> Result<(), ApplyError> {
    let (entity_type, entity_id) = of.filter(|_| !disabled(Rule::CaptureGuard)).unzip();
    let sql = "update sync_context set applying_type = ?1, applying_id = ?2, commit_guard = iif(?1 is null, null, 1) where id = 1";
    tx.prepare_cached(sql).and_then(|mut s| s.execute([entity_type, entity_id])).map_err(QueueError::from)?;
    Ok(())
}

/// Deletes the row, as anyone might.
pub(crate) fn delete(tx: &Transaction<'_>, entity: &Entity, id: &str) -> Result<(), ApplyError> {
    tx.prepare_cached(&format!("delete from {} where id = ?1", entity.table))
        .and_then(|mut s| s.execute([id]))
        .map_err(refused)?;
    Ok(())
}

/// Writes the row, as anyone might.
pub(crate) fn put(tx: &Transaction<'_>, entity: &Entity, id: &str, version: &Version) -> Result<(), ApplyError> {
    upsert(tx, entity.table, &[("id", id)], entity.fields, &version.fields)
}

/// Writes the row with this key: those of `fields` that are `given`, the others as they are or as the table has them.
pub(crate) fn upsert(
    tx: &Transaction<'_>,
    table: &str,
    key: &[(&str, &str)],
    fields: &[Field],
    given: &Map<String, Value>,
) -> Result<(), ApplyError> {
    validate::complete(fields, given).map_err(|invalid| ApplyError::Refused(sentence(&invalid)))?;
    let keys: Vec<_> = key.iter().map(|(name, _)| *name).collect();
    let mut names = keys.clone();
    let mut values: Vec<_> = key.iter().map(|(_, value)| Sql::Text((*value).to_owned())).collect();
    for field in fields {
        if let Some(value) = given.get(field.name) {
            names.push(field.name);
            values.push(sql_value(field, value)?);
        }
    }
    // Named one by one: another program may have added columns of its own.
    let places: Vec<_> = (1..=names.len()).map(|n| format!("?{n}")).collect();
    let sets: Vec<_> = names[keys.len()..].iter().map(|name| format!("{name} = excluded.{name}")).collect();
    let change = if sets.is_empty() { "nothing".to_owned() } else { format!("update set {}", sets.join(", ")) };
    let sql = format!(
        "insert into {table} ({}) values ({}) on conflict ({}) do {change}",
        names.join(", "),
        places.join(", "),
        keys.join(", ")
    );
    tx.prepare_cached(&sql).and_then(|mut s| s.execute(params_from_iter(values))).map_err(refused)?;
    Ok(())
}

/// A document's value as the table keeps it.
pub(crate) fn sql_value(field: &Field, value: &Value) -> Result<Sql, ApplyError> {
    let wrong =
        || ApplyError::Refused(format!("'{}' cannot be {}.", field.name, hide_field(field.name, value.clone())));
    Ok(match (field.encoding, value) {
        (Encoding::Plain | Encoding::OptionalFlag, Value::Null) => Sql::Null,
        (Encoding::Flag | Encoding::OptionalFlag, Value::Bool(flag)) => Sql::Integer(i64::from(*flag)),
        (Encoding::Plain, Value::String(text)) => Sql::Text(text.clone()),
        (Encoding::List, Value::Array(_)) => Sql::Text(value.to_string()),
        (Encoding::Plain, Value::Number(number)) => Sql::Integer(number.as_i64().ok_or_else(wrong)?),
        _ => return Err(wrong()),
    })
}

/// What the table refuses is a fault of the change; anything else one of the database.
pub(crate) fn refused(error: rusqlite::Error) -> ApplyError {
    use rusqlite::ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
    match error.sqlite_error_code() {
        Some(ConstraintViolation | TypeMismatch | TooBig) => {
            ApplyError::Refused(format!("This database does not take it: {error}."))
        }
        _ => ApplyError::Queue(error.into()),
    }
}
