//! Writes a version of an entity into its table under the capture guard, so that changes from the hub are not queued.

use protocol::entity::{Encoding, Entity, Field};
use protocol::merge::Version;
use protocol::rule::{Rule, disabled};
use protocol::secret::hide_field;
use protocol::validate;
use rusqlite::types::Value as Sql;
use rusqlite::{Transaction, params_from_iter};
use serde_json::{Map, Value};
use web::messages::{Reason, ReasonCode};

use crate::error::QueueError;

/// Why a version cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A table constraint or a rule rejects it: it stays unapplied, with this reason.
    #[error("{0}")]
    Refused(Reason),
    /// The database failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Writes a version in one statement, so that a rejected one leaves no trace.
///
/// # Errors
/// [`ApplyError`].
pub fn apply(tx: &Transaction<'_>, entity: &Entity, id: &str, version: &Version) -> Result<(), ApplyError> {
    guarded(tx, entity, id, || if version.deleted { delete(tx, entity, id) } else { put(tx, entity, id, version) })
}

/// Runs `work` with the capture guard set for one entity, and clears the guard also when the work is rejected. After a
/// database fault the guard stays set, so that COMMIT fails and the caller has to roll back.
pub(crate) fn guarded<T>(
    tx: &Transaction<'_>,
    entity: &Entity,
    id: &str,
    work: impl FnOnce() -> Result<T, ApplyError>,
) -> Result<T, ApplyError> {
    guard(tx, Some((entity.name, id)))?;
    let result = work();
    if !matches!(result, Err(ApplyError::Queue(_))) {
        guard(tx, None)?;
    }
    result
}

/// Names the entity whose changes are not queued, or none. COMMIT fails while one is named.
fn guard(tx: &Transaction<'_>, of: Option<(&str, &str)>) -> Result<(), ApplyError> {
    let (entity_type, entity_id) = of.filter(|_| !disabled(Rule::CaptureGuard)).unzip();
    let sql = "update sync_context set applying_type = ?1, applying_id = ?2, commit_guard = iif(?1 is null, null, 1) where id = 1";
    tx.prepare_cached(sql).and_then(|mut s| s.execute([entity_type, entity_id])).map_err(QueueError::from)?;
    Ok(())
}

/// Deletes the row; triggers capture it unless the guard is set.
pub(crate) fn delete(tx: &Transaction<'_>, entity: &Entity, id: &str) -> Result<(), ApplyError> {
    tx.prepare_cached(&format!("delete from {} where id = ?1", entity.table))
        .and_then(|mut s| s.execute([id]))
        .map_err(refused)?;
    Ok(())
}

/// Writes the row; triggers capture it unless the guard is set.
pub(crate) fn put(tx: &Transaction<'_>, entity: &Entity, id: &str, version: &Version) -> Result<(), ApplyError> {
    upsert(tx, entity.table, &[("id", id)], entity.fields, &version.fields)
}

/// Writes the row with this key: the `fields` in `values_by_name`. Other columns keep their value or get the table's
/// default.
pub(crate) fn upsert(
    tx: &Transaction<'_>,
    table: &str,
    key: &[(&str, &str)],
    fields: &[Field],
    values_by_name: &Map<String, Value>,
) -> Result<(), ApplyError> {
    let id = key.last().map_or("", |(_, id)| *id);
    validate::complete(fields, values_by_name)
        .map_err(|invalid| ApplyError::Refused(Reason::invalid(table, id, &invalid)))?;
    let keys: Vec<_> = key.iter().map(|(name, _)| *name).collect();
    let mut names = keys.clone();
    let mut values: Vec<_> = key.iter().map(|(_, value)| Sql::Text((*value).to_owned())).collect();
    for field in fields {
        if let Some(value) = values_by_name.get(field.name) {
            names.push(field.name);
            values.push(sql_value(field, value)?);
        }
    }
    // Name the columns: another program may have added others.
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

/// A document's value as the table stores it.
pub(crate) fn sql_value(field: &Field, value: &Value) -> Result<Sql, ApplyError> {
    let wrong = || {
        let found = hide_field(field.name, value.clone()).to_string();
        ApplyError::Refused(ReasonCode::InvalidValue.with("field", field.name).with("found", found).into())
    };
    Ok(match (field.encoding, value) {
        (Encoding::Plain | Encoding::OptionalFlag, Value::Null) => Sql::Null,
        (Encoding::Flag | Encoding::OptionalFlag, Value::Bool(flag)) => Sql::Integer(i64::from(*flag)),
        (Encoding::Plain, Value::String(text)) => Sql::Text(text.clone()),
        (Encoding::List, Value::Array(_)) => Sql::Text(value.to_string()),
        (Encoding::Plain, Value::Number(number)) => Sql::Integer(number.as_i64().ok_or_else(wrong)?),
        _ => return Err(wrong()),
    })
}

/// A constraint violation is the version's fault; any other error is the database's.
pub(crate) fn refused(error: rusqlite::Error) -> ApplyError {
    use rusqlite::ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
    match error.sqlite_error_code() {
        Some(ConstraintViolation | TypeMismatch | TooBig) => {
            ApplyError::Refused(ReasonCode::RejectedByDatabase.with("detail", error.to_string()).into())
        }
        _ => ApplyError::Queue(error.into()),
    }
}
