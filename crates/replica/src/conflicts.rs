//! Conflict records: fields that outlet and head office changed differently. Resolving a conflict, changing a
//! resolution, or undoing it, is an ordinary edit.

use access::audit::{self, Author, Deed};
use access::signed::signed;
use domain::audit::AuditAction;
use jiff::Timestamp;
use protocol::entity::{Entity, Policy, find};
use protocol::merge::{DELETED, Overlap, Version};
use protocol::rule::{Rule, disabled};
use protocol::secret::hide_field;
use protocol::updates::Update;
use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlite::ReadRow;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code, time};

use crate::entities::apply::{ApplyError, delete, put, refused, sql_value};
use crate::entities::base::{base, differs, local};
use crate::error::QueueError;

/// Head office's resolution of a conflict: an entity in the outlet's stream with the id of the record.
pub const RESOLUTION: &str = protocol::entity::RESOLUTION.name;

/// Rule of a record that needs no decision: both values are in effect.
const UNION: &str = "union";

/// A field that outlet and head office changed differently.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Conflict {
    /// UUIDv7.
    pub id: String,
    /// Type of the entity.
    pub entity_type: String,
    /// Id of the entity.
    pub entity_id: String,
    /// Name of the field; `deleted` if one side deleted what the other changed.
    pub field: String,
    /// The last common value; null if there was none.
    pub base: Value,
    /// The outlet's value. For `deleted`: true, or the changed fields.
    pub local: Value,
    /// Head office's value. For `deleted`: true, or the changed fields.
    pub cloud: Value,
    /// `cloud_wins`; `local_wins`; `manual`: head office's value is in effect until a person decides; `manual_local`:
    /// the outlet's value is, because nobody at head office wrote the other one, which was sent with the outlet's key
    /// but not by this database; `union`: two epochs of this database had different child rows and all of them are in
    /// effect, for example a payment from before a restore and another one from after it.
    pub rule: String,
    /// `open`, `merged` (the rule decided), `resolved` (a person decided) or `superseded` (the field has changed
    /// since).
    pub status: String,
    /// Who last changed the entity at the outlet: a user's id, `terminal`, or `hq:` and a name for a decision of head
    /// office; null if unknown, as after a change in the sqlite3 shell.
    pub local_by: Option<String>,
    /// When it was changed, by the outlet's clock.
    pub local_at: Option<String>,
    /// Who made head office's version: an outlet's id, or `hq:` and a name.
    pub cloud_by: Option<String>,
    /// When it was made, by the writer's clock.
    pub cloud_at: Option<String>,
    /// When the conflict was found.
    pub created_at: String,
    /// When it was resolved or superseded.
    pub resolved_at: Option<String>,
    /// Who resolved it.
    pub resolved_by: Option<String>,
    /// Whether the resolution can be undone, as long as nobody changes the field again.
    pub undoable: bool,
    #[serde(skip)]
    undo: Option<Undo>,
}

/// What a resolution has replaced, as stored in `sync_conflicts.undo`. Values are those of the field; for
/// [`DELETED`] true, or all fields of the entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Undo {
    /// The status of the record before.
    status: String,
    /// The value before.
    before: Value,
    /// The value that the resolution has set.
    after: Value,
}

/// The value that a person chooses.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// The outlet's value.
    Local,
    /// Head office's value.
    Cloud,
    /// Another value of the field.
    Value(Value),
}

impl Resolution {
    /// Parses `local_wins` or `cloud_wins`.
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

/// Records an overlap: `open` if a person has to decide, otherwise `merged`.
pub(crate) fn record(
    tx: &Transaction<'_>,
    of: &EntityRef,
    overlap: &Overlap,
    theirs: &Update,
    now: Timestamp,
) -> Result<(), QueueError> {
    let needs_person = matches!(overlap.policy, Policy::Manual | Policy::ManualLocal);
    let status = if needs_person { "open" } else { "merged" };
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

/// Records that two epochs of this database had different child rows of an entity and that all of them remain.
pub(crate) fn record_union(
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

/// Closes the open records of an entity whose field has changed since the rule set it.
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
    let current = local(tx, declared, &of.entity_id)?.unwrap_or(Version { fields: Map::new(), deleted: true });
    for (id, field, winner) in open {
        // An unreadable value counts as null.
        let winner = winner.and_then(|winner| serde_json::from_str(&winner).ok()).unwrap_or(Value::Null);
        let is_unchanged = if field == DELETED {
            current.deleted == (winner == Value::Bool(true))
        } else {
            !current.deleted && current.fields.get(&field) == Some(&winner)
        };
        if !is_unchanged {
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

/// Carries out head office's resolution; does nothing if the record is no longer open.
pub(crate) fn carry_out(tx: &Transaction<'_>, update: &Update, now: Timestamp) -> Result<(), QueueError> {
    let text = |name: &str| update.document.get(name).and_then(Value::as_str);
    let Some(resolution) = text("strategy").and_then(Resolution::parse) else { return Ok(()) };
    let open = record_of(tx, &update.of.entity_id)?.filter(|record| record.status == "open" && !update.deleted);
    let Some(record) = open else { return Ok(()) };
    // Head office has not seen unsent local edits: do not delete them along with the entity.
    let deletes = record.field == DELETED && resolution.value(&record) == Value::Bool(true);
    if deletes && differs(tx, &EntityRef::new(&record.entity_type, &record.entity_id))? {
        return close(tx, &record.id, now);
    }
    let by = text("by").unwrap_or(&update.changed_by);
    if let Err(refused) = resolve(tx, &record.id, resolution, by, now) {
        tracing::warn!(record = record.id, reason = refused.message(), "head office's resolution cannot be applied");
    }
    Ok(())
}

/// Resolves a conflict, also one that the rule has merged: sets the field as an ordinary edit does.
///
/// # Errors
/// 404; 409 `superseded`, `no_decision_needed`, `entity_deleted`; 422 `invalid_value`.
pub fn resolve<'a>(
    tx: &Transaction<'_>,
    id: &str,
    resolution: Resolution,
    by: impl Into<Author<'a>>,
    now: Timestamp,
) -> Result<Conflict, ApiError> {
    let by = by.into();
    let record = get(tx, id)?;
    // Check unsent edits first: the person has not seen them.
    supersede(tx, &EntityRef::new(&record.entity_type, &record.entity_id), now)?;
    let record = get(tx, id)?;
    if record.status == "superseded" {
        return Err(Code::Superseded.into());
    }
    if record.rule == UNION {
        return Err(Code::NoDecisionNeeded.into());
    }
    let declared = find(&record.entity_type).ok_or(Code::UnknownEntity)?;
    let value = resolution.value(&record);
    let before = current_value(tx, declared, &record)?;
    signed(tx, by.name(), || {
        if record.field == DELETED {
            set_deleted(tx, declared, &record, &value)
        } else {
            set_field(tx, declared, &record, &value)
        }
    })?;
    let after = current_value(tx, declared, &record)?;
    // A changed resolution is undone as a whole.
    let undo = match record.undo {
        Some(undo) if record.status == "resolved" => Undo { after, ..undo },
        _ => Undo { status: record.status, before, after },
    };
    tx.prepare_cached(
        "update sync_conflicts set status = 'resolved', resolved_at = ?2, resolved_by = ?3, undo = ?4 where id = ?1",
    )?
    .execute(params![id, time::text(now), by.name(), serde_json::to_string(&undo).map_err(QueueError::from)?])?;
    supersede(tx, &EntityRef::new(&record.entity_type, &record.entity_id), now)?;
    let resolved = masked(get(tx, id)?);
    record_decision(tx, by, AuditAction::ConflictResolved, &resolved, now)?;
    Ok(resolved)
}

/// Records a decision with the values as the API shows them: hashes of PINs are masked.
fn record_decision(
    tx: &Transaction<'_>,
    by: Author<'_>,
    action: AuditAction,
    record: &Conflict,
    now: Timestamp,
) -> Result<(), ApiError> {
    let shown = |value: &Value| hide_field(&record.field, value.clone());
    let values = record.undo.as_ref().map(|undo| (shown(&undo.before), shown(&undo.after))).unzip();
    let data = json!({"conflict_id": record.id, "field": record.field, "before": values.0, "after": values.1});
    let deed = Deed::new(action).to(&record.entity_type, &record.entity_id).with(data);
    Ok(audit::record(tx, by, deed, now)?)
}

/// Undoes the resolution of a conflict: the field gets its value from before, and the record its status.
///
/// # Errors
/// 404; 409 `not_resolved`, or `superseded` if the field has changed since.
pub fn undo<'a>(
    tx: &Transaction<'_>,
    id: &str,
    by: impl Into<Author<'a>>,
    now: Timestamp,
) -> Result<Conflict, ApiError> {
    let by = by.into();
    let record = get(tx, id)?;
    let Some(undo) = record.undo.clone().filter(|_| record.status == "resolved") else {
        return Err(Code::NotResolved.into());
    };
    let declared = find(&record.entity_type).ok_or(Code::UnknownEntity)?;
    if current_value(tx, declared, &record)? != undo.after {
        return Err(Code::Superseded.into());
    }
    signed(tx, by.name(), || match &undo.before {
        before if record.field != DELETED => set_field(tx, declared, &record, before),
        Value::Object(fields) => {
            let version = Version { fields: fields.clone(), deleted: false };
            put(tx, declared, &record.entity_id, &version).map_err(to_api_error)
        }
        _ => delete(tx, declared, &record.entity_id).map_err(to_api_error),
    })?;
    tx.prepare_cached(
        "update sync_conflicts set status = ?2, resolved_at = null, resolved_by = null, undo = null where id = ?1",
    )?
    .execute([id, &undo.status])?;
    supersede(tx, &EntityRef::new(&record.entity_type, &record.entity_id), now)?;
    record_decision(tx, by, AuditAction::ConflictReopened, &masked(record), now)?;
    get(tx, id).map(masked)
}

/// The value of the record's field now; null if the entity does not exist. For [`DELETED`]: true, or all fields.
fn current_value(tx: &Transaction<'_>, declared: &Entity, record: &Conflict) -> Result<Value, ApiError> {
    let current = local(tx, declared, &record.entity_id)?.filter(|current| !current.deleted);
    Ok(match current {
        Some(current) if record.field == DELETED => Value::Object(current.fields),
        Some(current) => current.fields.get(&record.field).cloned().unwrap_or_default(),
        None if record.field == DELETED => Value::Bool(true),
        None => Value::Null,
    })
}

fn set_field(tx: &Transaction<'_>, declared: &Entity, record: &Conflict, value: &Value) -> Result<(), ApiError> {
    let field = declared.fields.iter().find(|field| field.name == record.field).ok_or(Code::UnknownField)?;
    let value = sql_value(field, value).map_err(to_api_error)?;
    let sql = format!("update {} set {} = ?2 where id = ?1", declared.table, field.name);
    let changed = tx.prepare_cached(&sql)?.execute(params![record.entity_id, value]).map_err(table_error)?;
    if changed == 0 {
        return Err(Code::EntityGone.into());
    }
    Ok(())
}

/// True deletes; an object restores the entity from its base revision with these fields. An existing entity keeps its
/// other fields, which may have changed since in ways that the record does not show.
fn set_deleted(tx: &Transaction<'_>, declared: &Entity, record: &Conflict, value: &Value) -> Result<(), ApiError> {
    let id = &record.entity_id;
    match value {
        Value::Bool(true) => delete(tx, declared, id).map_err(to_api_error),
        Value::Object(restored) => {
            let current = local(tx, declared, id)?;
            if current.is_some() && *value == record.cloud {
                return Ok(());
            }
            let mut fields = match current {
                Some(current) => current.fields,
                None => base(tx, declared.name, id)?.map(|base| base.fields).unwrap_or_default(),
            };
            fields.extend(restored.clone());
            put(tx, declared, id, &Version { fields, deleted: false }).map_err(to_api_error)
        }
        _ => Err(Code::InvalidValue.because("deleted")),
    }
}

fn table_error(error: rusqlite::Error) -> ApiError {
    to_api_error(refused(error))
}

fn to_api_error(error: ApplyError) -> ApiError {
    match error {
        ApplyError::Refused(reason) => Code::InvalidValue.because("rejected").with("detail", reason.message()),
        ApplyError::Queue(error) => error.into(),
    }
}

const SELECT: &str = "select id, entity_type, entity_id, field, base, local, cloud, rule, status, local_by, local_at,
    cloud_by, cloud_at, created_at, resolved_at, resolved_by, undo from sync_conflicts";

fn conflict(row: &Row<'_>) -> rusqlite::Result<Conflict> {
    let json = |n| -> rusqlite::Result<Value> {
        let text: Option<String> = row.read(n)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null))
    };
    let undo: Option<Undo> = serde_json::from_value(json(16)?).ok();
    let status: String = row.read(8)?;
    Ok(Conflict {
        undoable: status == "resolved" && undo.is_some(),
        undo,
        id: row.id(0)?,
        entity_type: row.read(1)?,
        entity_id: row.id(2)?,
        field: row.read(3)?,
        base: json(4)?,
        local: json(5)?,
        cloud: json(6)?,
        rule: row.read(7)?,
        status,
        local_by: row.read(9)?,
        local_at: row.read(10)?,
        cloud_by: row.read(11)?,
        cloud_at: row.read(12)?,
        created_at: row.read(13)?,
        resolved_at: row.read(14)?,
        resolved_by: row.read(15)?,
    })
}

/// Hides secrets.
fn masked(record: Conflict) -> Conflict {
    let hide = |value| hide_field(&record.field, value);
    Conflict { base: hide(record.base), local: hide(record.local), cloud: hide(record.cloud), ..record }
}

/// A record by id, with unmasked values.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Conflict, ApiError> {
    record_of(tx, id)?.ok_or_else(|| Code::NotFound.because("conflict"))
}

fn record_of(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Conflict>> {
    tx.prepare_cached(&format!("{SELECT} where id = ?1"))?.query_row([id], conflict).optional()
}

/// A page of records, newest first by arrival at this outlet; `status` `None`: all. `before` is the last id of the
/// previous page.
///
/// # Errors
/// The database failed.
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
    Ok(found.map(|record| record.map(masked)).collect::<Result<_, _>>()?)
}
