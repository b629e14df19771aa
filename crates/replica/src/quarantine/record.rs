//! The append-only record of discards.

use jiff::Timestamp;
use protocol::secret::hide;
use rusqlite::{Row, Transaction, params};
use serde::Serialize;
use serde_json::Value;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::messages::{Args, Localized, Reason, shown};
use web::time;

/// A discard.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Discard {
    /// Increasing.
    pub id: i64,
    /// `item`: a change that is not sent; `update`: a change from head office that is not applied.
    pub kind: String,
    /// Type of the entity.
    pub entity_type: String,
    /// Id of the entity.
    pub entity_id: String,
    /// Code of the reason why it was quarantined or not applied.
    pub code: Option<String>,
    /// What its message names.
    pub args: Args,
    /// That reason, in the language of `Accept-Language`.
    pub message: Option<Localized>,
    /// Old and new value of each reverted field, or the update as received; null: the entity stayed as it was.
    #[schema(value_type = Option<Object>)]
    pub content: Option<Value>,
    /// Why it was discarded.
    pub reason: String,
    /// Who discarded it: a user's id, `terminal`, or `hq:` and a name.
    pub discarded_by: String,
    /// When it was discarded, RFC 3339 UTC.
    pub discarded_at: String,
}

/// An entry for the record.
pub(crate) struct DiscardEntry<'a> {
    pub kind: &'static str,
    pub entity_type: &'a str,
    pub entity_id: &'a str,
    pub quarantined_for: Option<Reason>,
    pub content: Option<Value>,
}

/// Adds an entry.
pub(crate) fn record(
    tx: &Transaction<'_>,
    entry: &DiscardEntry<'_>,
    reason: &str,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let DiscardEntry { kind, entity_type, entity_id, quarantined_for, content } = entry;
    tx.prepare_cached(
        "insert into sync_discards (kind, entity_type, entity_id, code, args, message, content, reason, discarded_by,
           discarded_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        kind,
        entity_type,
        entity_id,
        quarantined_for.as_ref().map(Reason::code),
        quarantined_for.as_ref().and_then(Reason::args_json),
        quarantined_for.as_ref().map(Reason::text),
        content.as_ref().map(Value::to_string),
        reason,
        by,
        time::text(now)
    ])?;
    Ok(())
}

/// A page of the record, newest first; `before` is the last id of the previous page.
///
/// # Errors
/// The database failed.
pub fn list(tx: &Transaction<'_>, before: i64, limit: i64) -> Result<Vec<Discard>, Fault> {
    let mut statement = tx.prepare_cached(
        "select id, kind, entity_type, entity_id, content, reason, discarded_by, discarded_at, code, args, message
         from sync_discards where id < ?1 order by id desc limit ?2",
    )?;
    Ok(statement.query_map(params![before, limit], read)?.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Discard> {
    let content: Option<String> = row.read(4)?;
    let (code, args, message) = shown(Reason::read(row, 8)?);
    Ok(Discard {
        id: row.read(0)?,
        kind: row.read(1)?,
        entity_type: row.read(2)?,
        entity_id: row.id(3)?,
        code,
        args,
        message,
        content: content.and_then(|json| serde_json::from_str(&json).ok()).map(hide),
        reason: row.read(5)?,
        discarded_by: row.read(6)?,
        discarded_at: row.read(7)?,
    })
}
