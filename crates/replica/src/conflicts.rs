//! Records of fields that outlet and head office changed differently. Resolving and undoing are ordinary new edits.

use access::signed::signed;
use jiff::Timestamp;
use protocol::entity::{Entity, Policy, find};
use protocol::merge::{DELETED, Overlap, Version};
use protocol::rule::{Rule, disabled};
use protocol::secret::hide_field;
use protocol::updates::Update;
use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlite::ReadRow;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code, time};

use crate::entities::apply::{ApplyError, delete, put, refused, sql_value};
use crate::entities::base::{base, differs, local};
use crate::error::QueueError;

/// Head office's word on a record: an entity in the outlet's own stream, named as the record is.
pub const RESOLUTION: &str = protocol::entity::RESOLUTION.name;

/// The rule of a record that asks nothing: what both had stands.
const UNION: &str = "union";

/// A field that outlet and head office changed differently.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Conflict {
    /// UUIDv7.
    pub id: String,
    /// Which entity.
    pub entity_type: String,
    /// Which entity.
    pub entity_id: String,
    /// Which field; `deleted` where one side deleted what the other changed.
    pub field: String,
    /// What both last agreed on; null: they never did.
    pub base: Value,
    /// The outlet's value. For `deleted`: true, or the fields that were changed.
    pub local: Value,
    /// Head office's value. For `deleted`: true, or the fields that were changed.
    pub cloud: Value,
    /// cloud_wins, local_wins, or manual: head office's value stands until a person decides. manual_local: the outlet's does,
    /// for nobody at head office wrote the other one: it was sent with the outlet's key, and not by this database. union: two lives of this
    /// database had other rows of it, and all of them stand, as after a guest has paid before a restore and again after it.
    pub rule: String,
    /// open, merged (by the rule), resolved (by a person) or superseded (the field has changed since).
    pub status: String,
    /// Who changed the entity last at the outlet: a user's id, `terminal`, or `hq:` and a name whose decision it was; null
    /// where nobody is known, as after a change in the sqlite3 shell.
    pub local_by: Option<String>,
    /// When that was, by the outlet's clock.
    pub local_at: Option<String>,
    /// Who made head office's version: an outlet's id, or `hq:` and a name.
    pub cloud_by: Option<String>,
    /// When, by that one's clock.
    pub cloud_at: Option<String>,
    /// When the two met.
    pub created_at: String,
    /// When it was resolved or superseded.
    pub resolved_at: Option<String>,
    /// Who resolved it.
    pub resolved_by: Option<String>,
}

/// What a person decides.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The outlet's value.
    Local,
    /// Head office's value.
    Cloud,
    /// Another value of the field.
    Value(Value),
}

impl Decision {
    /// `local_wins` or `cloud_wins`.
    #[must_use]
    pub fn parse(strategy: &str) -> Option<Self> {
        match strategy {
            "local_wins" => Some(Self::Local),
            "cloud_wins" => Some(Self::Cloud),
            _ => None,
        }
    }

    fn value(&self, record: &Conflict) -> Value {
        match self {
            Self::Local => record.local.clone(),
            Self::Cloud => record.cloud.clone(),
            Self::Value(value) => value.clone(),
        }
    }
}

/// Records an overlap: open where a person is to decide, else merged by the rule.
pub(crate) fn record(
    tx: &Transaction<'_>,
    of: &EntityRef,
    overlap: &Overlap,
    theirs: &Update,
    now: Timestamp,
) -> Result<(), QueueError> {
    let asks = matches!(overlap.policy, Policy::Manual | Policy::ManualLocal);
    let status = if asks { "open" } else { "merged" };
    tx.prepare_cached(
        "insert into sync_conflicts (id, entity_type, entity_id, field, base, local, cloud, rule, status, local_by,
           local_at, cloud_by, cloud_at, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
           (select changed_by from sync_state where entity_type = ?2 and entity_id = ?3),
           (select changed_at from sync_state where entity_type = ?2 and entity_id = ?3), ?10, ?11, ?12)",
    )?
    .execute(params![
        Uuid::now_v7().to_string(),
        of.entity_type,
        of.entity_id,
        overlap.field,
        overlap.base.as_ref().map(Value::to_string),
        overlap.local.to_string(),
        overlap.cloud.to_string(),
        overlap.policy.as_str(),
        status,
        theirs.changed_by,
        theirs.changed_at,
        time::text(now)
    ])?;
    Ok(())
}

/// Records that two lives of this database had other child rows of one entity, and that all of them were kept.
pub(crate) fn record_both_kept(
    tx: &Transaction<'_>,
    of: &EntityRef,
    field: &str,
    [local, cloud]: [&Value; 2],
    now: Timestamp,
) -> Result<(), QueueError> {
    tx.prepare_cached(
        "insert into sync_conflicts (id, entity_type, entity_id, field, local, cloud, rule, status, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'merged', ?8)",
    )?
    .execute(params![
        Uuid::now_v7().to_string(),
        of.entity_type,
        of.entity_id,
        field,
        local.to_string(),
        cloud.to_string(),
        UNION,
        time::text(now)
    ])?;
    Ok(())
}

/// Closes open records of an entity whose field has another value by now than the rule gave it.
///
/// # Errors
/// [`QueueError`].
pub fn supersede(tx: &Transaction<'_>, of: &EntityRef, now: Timestamp) -> Result<(), QueueError> {
    let mut open = tx.prepare_cached(
        "select id, field, iif(rule = 'manual_local', local, cloud) from sync_conflicts where entity_type = ?1 and entity_id = ?2 and status = 'open'",
    )?;
    let open = open
        .query_map([&of.entity_type, &of.entity_id], |row| {
            Ok((row.read::<String>(0)?, row.read::<String>(1)?, row.read::<Option<String>>(2)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    if open.is_empty() || disabled(Rule::Supersede) {
        return Ok(());
    }
    let Some(declared) = find(&of.entity_type) else { return Ok(()) };
    let present = local(tx, declared, &of.entity_id)?.unwrap_or(Version { fields: Map::new(), deleted: true });
    for (id, field, given) in open {
        // One that cannot be read is no value that stands anywhere.
        let given = given.and_then(|given| serde_json::from_str(&given).ok()).unwrap_or(Value::Null);
        let stands = if field == DELETED {
            present.deleted == (given == Value::Bool(true))
        } else {
            !present.deleted && present.fields.get(&field) == Some(&given)
        };
        if !stands {
            close(tx, &id, now)?;
        }
    }
    Ok(())
}

fn close(tx: &Transaction<'_>, id: &str, now: Timestamp) -> Result<(), QueueError> {
    tx.prepare_cached("update sync_conflicts set status = 'superseded', resolved_at = ?2 where id = ?1")?
        .execute([id, &time::text(now)])?;
    Ok(())
}

/// Does what head office decided about a record; nothing where the record is not open any more.
pub(crate) fn carry_out(tx: &Transaction<'_>, update: &Update, now: Timestamp) -> Result<(), QueueError> {
    let word = |name: &str| update.document.get(name).and_then(Value::as_str);
    let Some(decision) = word("strategy").and_then(Decision::parse) else { return Ok(()) };
    let open = record_of(tx, &update.of.entity_id)?.filter(|record| record.status == "open" && !update.deleted);
    let Some(record) = open else { return Ok(()) };
    // Head office has not seen what was edited here and not sent yet: a deletion must not take that with it.
    let deletes = record.field == DELETED && decision.value(&record) == Value::Bool(true);
    if deletes && differs(tx, &EntityRef::new(&record.entity_type, &record.entity_id))? {
        return close(tx, &record.id, now);
    }
    let by = word("by").unwrap_or(&update.changed_by);
    if let Err(refused) = resolve(tx, &record.id, decision, by, now) {
        tracing::warn!(record = record.id, reason = refused.message(), "head office's decision does not fit");
    }
    Ok(())
}

/// Decides about a record, also one that the rule has settled: the field gets that value, as by any edit.
///
/// # Errors
/// 404; 409 `superseded`, `union`, `entity_deleted`; 422 `invalid_value`.
pub fn resolve(
    tx: &Transaction<'_>,
    id: &str,
    decision: Decision,
    by: &str,
    now: Timestamp,
) -> Result<Conflict, ApiError> {
    let record = get(tx, id)?;
    // An edit that was not sent yet has not been looked at: whoever decides has not seen it.
    supersede(tx, &EntityRef::new(&record.entity_type, &record.entity_id), now)?;
    let record = get(tx, id)?;
    if record.status == "superseded" {
        return Err(Code::Superseded.into());
    }
    if record.rule == UNION {
        return Err(Code::NoDecisionNeeded.into());
    }
    let declared = find(&record.entity_type).ok_or(Code::UnknownEntity)?;
    let value = decision.value(&record);
    signed(tx, by, || {
        if record.field == DELETED {
            set_deleted(tx, declared, &record, &value)
        } else {
            set_field(tx, declared, &record, &value)
        }
    })?;
    tx.prepare_cached(
        "update sync_conflicts set status = 'resolved', resolved_at = ?2, resolved_by = ?3 where id = ?1",
    )?
    .execute(params![id, time::text(now), by])?;
    supersede(tx, &EntityRef::new(&record.entity_type, &record.entity_id), now)?;
    get(tx, id).map(shown)
}

fn set_field(tx: &Transaction<'_>, declared: &Entity, record: &Conflict, value: &Value) -> Result<(), ApiError> {
    let field = declared.fields.iter().find(|field| field.name == record.field).ok_or(Code::UnknownField)?;
    let value = sql_value(field, value).map_err(unapplied)?;
    let sql = format!("update {} set {} = ?2 where id = ?1", declared.table, field.name);
    let changed = tx.prepare_cached(&sql)?.execute(params![record.entity_id, value]).map_err(table_refuses)?;
    if changed == 0 {
        return Err(Code::EntityGone.into());
    }
    Ok(())
}

/// True deletes; an object brings the entity back as outlet and hub last agreed on it, with these fields. One that is
/// there and is to stay keeps what it has: it may have changed since in ways that the record does not show.
fn set_deleted(tx: &Transaction<'_>, declared: &Entity, record: &Conflict, value: &Value) -> Result<(), ApiError> {
    let id = &record.entity_id;
    match value {
        Value::Bool(true) => delete(tx, declared, id).map_err(unapplied),
        Value::Object(kept) => {
            let present = local(tx, declared, id)?;
            if present.is_some() && *value == record.cloud {
                return Ok(());
            }
            let mut fields = match present {
                Some(present) => present.fields,
                None => base(tx, declared.name, id)?.map(|base| base.fields).unwrap_or_default(),
            };
            fields.extend(kept.clone());
            put(tx, declared, id, &Version { fields, deleted: false }).map_err(unapplied)
        }
        _ => Err(Code::InvalidValue.because("deleted")),
    }
}

fn table_refuses(error: rusqlite::Error) -> ApiError {
    unapplied(refused(error))
}

fn unapplied(error: ApplyError) -> ApiError {
    match error {
        ApplyError::Refused(words) => Code::InvalidValue.because("rejected").with("detail", words),
        ApplyError::Queue(error) => error.into(),
    }
}

const SELECT: &str = "select id, entity_type, entity_id, field, base, local, cloud, rule, status, local_by, local_at,
    cloud_by, cloud_at, created_at, resolved_at, resolved_by from sync_conflicts";

fn conflict(row: &Row<'_>) -> rusqlite::Result<Conflict> {
    let json = |n| -> rusqlite::Result<Value> {
        let text: Option<String> = row.read(n)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null))
    };
    Ok(Conflict {
        id: row.id(0)?,
        entity_type: row.read(1)?,
        entity_id: row.id(2)?,
        field: row.read(3)?,
        base: json(4)?,
        local: json(5)?,
        cloud: json(6)?,
        rule: row.read(7)?,
        status: row.read(8)?,
        local_by: row.read(9)?,
        local_at: row.read(10)?,
        cloud_by: row.read(11)?,
        cloud_at: row.read(12)?,
        created_at: row.read(13)?,
        resolved_at: row.read(14)?,
        resolved_by: row.read(15)?,
    })
}

/// As people see it.
fn shown(record: Conflict) -> Conflict {
    let hide = |value| hide_field(&record.field, value);
    Conflict { base: hide(record.base), local: hide(record.local), cloud: hide(record.cloud), ..record }
}

/// A record by id, with its values.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Conflict, ApiError> {
    record_of(tx, id)?.ok_or_else(|| Code::NotFound.because("conflict"))
}

fn record_of(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Conflict>> {
    tx.prepare_cached(&format!("{SELECT} where id = ?1"))?.query_row([id], conflict).optional()
}

/// A page of records, newest first in the order in which they came here; `status` `None`: all of them. `before` is the last id of the page before.
///
/// # Errors
/// What SQLite said.
pub fn list(
    tx: &Transaction<'_>,
    status: Option<&str>,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Conflict>, sqlite::Fault> {
    let sql = format!(
        "{SELECT} where (?1 is null or status = ?1)
           and (?2 is null or rowid < (select rowid from sync_conflicts where id = ?2)) order by rowid desc limit ?3"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map(params![status, before, limit], conflict)?;
    Ok(found.map(|record| record.map(shown)).collect::<Result<_, _>>()?)
}
