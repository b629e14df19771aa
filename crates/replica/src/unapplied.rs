//! Unapplied updates: stored as received, so that one bad change never blocks the others, and retried. Discarded ones
//! are listed but not retried.

use jiff::Timestamp;
use protocol::secret::hide;
use protocol::updates::Update;
use protocol::wire::EntityRef;
use rusqlite::{Transaction, params};
use serde::Serialize;
use serde_json::Value;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::messages::{Reason, ReasonCode, ShownReason};
use web::time;

use crate::entities::base::change_id;
use crate::error::QueueError;

/// How a version from the hub arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateSource {
    /// At its position in a stream; if it is older than the base, a reply has overtaken it.
    Stream,
    /// As the hub's current version, in a comparison; it may lower a base.
    Comparison,
}

/// An update that could not be applied.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnappliedUpdate {
    /// Type of the entity.
    entity_type: String,
    /// Id of the entity.
    entity_id: String,
    /// Changes when a person retries it or a newer update replaces it.
    seq: i64,
    /// `retrying` or `discarded`.
    state: String,
    /// Why it could not be applied.
    #[serde(flatten)]
    reason: ShownReason,
    /// As received, with the hashes of PINs hidden.
    #[schema(value_type = Object)]
    update: Value,
    /// When it arrived.
    received_at: String,
    /// Why somebody discarded it.
    discard_reason: Option<String>,
    /// Who discarded it: a user's id, `terminal`, or `hq:` and a name.
    discarded_by: Option<String>,
    /// When it was discarded.
    discarded_at: Option<String>,
}

impl UnappliedUpdate {
    /// Position in the list.
    #[must_use]
    pub fn cursor(&self) -> String {
        format!("{}/{}", self.entity_type, self.entity_id)
    }
}

/// The reason for a document that the hub or this outlet could not read; `detail` comes from the hub or the parser.
pub(crate) fn unreadable_document(of: &EntityRef, detail: &str) -> Reason {
    let message = ReasonCode::InvalidDocument.with("reason", "unreadable").with("detail", detail);
    Reason::of_entity(&of.entity_type, &of.entity_id, message)
}

/// Stores an update, the newest of each entity. For an update from a comparison it also stores the base for which the
/// comparison is valid.
///
/// A discarded update stays discarded until a newer one arrives or a comparison finds it again.
///
/// # Errors
/// [`QueueError`].
pub fn store(
    tx: &Transaction<'_>,
    update: &Update,
    source: UpdateSource,
    reason: &Reason,
    now: Timestamp,
) -> Result<(), QueueError> {
    let compared_base = match source {
        UpdateSource::Comparison => change_id(tx, &update.of)?,
        UpdateSource::Stream => None,
    };
    tx.prepare_cached(
        "insert into sync_unapplied_updates (entity_type, entity_id, seq, code, args, message, \"update\", compared_base, received_at)
         select ?1, ?2, seq + 1, ?8, ?9, ?3, ?4, ?5, ?6 from sync_context where true
         on conflict (entity_type, entity_id) do update set
           seq = iif(\"update\" = excluded.\"update\" and (state = 'retrying' or not ?7), seq, excluded.seq),
           state = iif(\"update\" = excluded.\"update\" and not ?7, state, 'retrying'),
           code = excluded.code, args = excluded.args, message = excluded.message, \"update\" = excluded.\"update\",
           compared_base = coalesce(excluded.compared_base, compared_base),
           received_at = iif(\"update\" = excluded.\"update\", received_at, excluded.received_at)
         where message <> excluded.message or \"update\" <> excluded.\"update\" or (state <> 'retrying' and ?7)
           or coalesce(excluded.compared_base, compared_base) is not compared_base",
    )?
    .execute(params![
        update.of.entity_type,
        update.of.entity_id,
        reason.text(),
        serde_json::to_string(update)?,
        compared_base,
        time::text(now),
        source == UpdateSource::Comparison,
        reason.code(),
        reason.args_json()
    ])?;
    Ok(())
}

/// Deletes an update that a newer one has replaced.
///
/// # Errors
/// [`QueueError`].
pub fn delete(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    tx.prepare_cached("delete from sync_unapplied_updates where entity_type = ?1 and entity_id = ?2")?
        .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

/// A page of unapplied updates, by entity.
///
/// # Errors
/// The database failed.
pub fn list(tx: &Transaction<'_>, after: Option<&str>, limit: i64) -> Result<Vec<UnappliedUpdate>, Fault> {
    let (after_type, after_id) = after.and_then(|after| after.split_once('/')).unwrap_or_default();
    let mut statement = tx.prepare_cached(
        "select k.entity_type, k.entity_id, k.seq, k.state, k.\"update\", k.received_at, d.reason, d.discarded_by,
           d.discarded_at, k.code, k.args, k.message
         from sync_unapplied_updates k
         left join sync_discards d on k.state = 'discarded' and d.id = (
           select max(id) from sync_discards
           where kind = 'update' and entity_type = k.entity_type and entity_id = k.entity_id)
         where (k.entity_type, k.entity_id) > (?1, ?2) order by k.entity_type, k.entity_id limit ?3",
    )?;
    let rows = statement.query_map(params![after_type, after_id, limit], |row| {
        let json: String = row.read(4)?;
        Ok(UnappliedUpdate {
            entity_type: row.read(0)?,
            entity_id: row.id(1)?,
            seq: row.read(2)?,
            state: row.read(3)?,
            reason: Reason::read(row, 9)?.unwrap_or_default().into(),
            update: hide(serde_json::from_str(&json).unwrap_or_default()),
            received_at: row.read(5)?,
            discard_reason: row.read(6)?,
            discarded_by: row.read(7)?,
            discarded_at: row.read(8)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
