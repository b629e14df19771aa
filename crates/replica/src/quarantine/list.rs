//! Lists quarantined items with their reasons.

use rusqlite::{Row, Transaction, params};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::messages::{Args, Localized, Reason, shown};

/// A quarantined item.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantinedItem {
    /// Id for `retry/{id}` and `discard/{id}`.
    pub id: i64,
    /// Type of the entity.
    pub entity_type: String,
    /// Id of the entity.
    pub entity_id: String,
    /// `failed`: rejected, or it keeps failing. `isolated`: it makes requests fail and is sent alone. `discarded`: a
    /// person decided not to send it.
    pub state: String,
    /// Stable code of the reason.
    pub code: Option<String>,
    /// What its message names.
    pub args: Args,
    /// The reason, in the language of `Accept-Language`.
    pub message: Option<Localized>,
    /// Counted failures.
    pub retry_count: i64,
    /// Version of the hub that rejected it; the outlet sends it to a newer one automatically.
    pub refused_by_version: Option<String>,
    /// When it last changed.
    pub changed_at: String,
    /// Why somebody discarded it.
    pub discard_reason: Option<String>,
    /// Who discarded it: a user's id, `terminal`, or `hq:` and a name.
    pub discarded_by: Option<String>,
    /// When it was discarded.
    pub discarded_at: Option<String>,
}

const LIST: &str = "
    select s.seq, s.entity_type, s.entity_id, h.state, s.retry_count,
      iif(h.state = 'isolated', null, s.refused_by_version), s.changed_at, d.reason, d.discarded_by, d.discarded_at,
      s.error_code, s.error_args, s.error_message
    from (
      select entity_type, entity_id, seq, 'isolated' as state from sync_state where isolated = 1
      union all select entity_type, entity_id, seq, 'failed' from sync_state where status = 'failed'
      union all select entity_type, entity_id, seq, 'discarded' from sync_state where status = 'discarded'
    ) h
    join sync_state s on s.entity_type = h.entity_type and s.entity_id = h.entity_id
    left join sync_discards d on h.state = 'discarded' and d.id = (
      select max(id) from sync_discards
      where kind = 'item' and entity_type = s.entity_type and entity_id = s.entity_id)
    where h.seq < ?1 and (?2 is null or h.state = ?2)
    order by h.seq desc limit ?3";

/// A page of quarantined items, newest first; `state` `None`: all. `before` is the last id of the previous page.
///
/// # Errors
/// The database failed.
pub fn list(tx: &Transaction<'_>, state: Option<&str>, before: i64, limit: i64) -> Result<Vec<QuarantinedItem>, Fault> {
    let mut statement = tx.prepare_cached(LIST)?;
    Ok(statement.query_map(params![before, state, limit], read)?.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<QuarantinedItem> {
    let (code, args, message) = shown(Reason::read(row, 10)?);
    Ok(QuarantinedItem {
        id: row.read(0)?,
        entity_type: row.read(1)?,
        entity_id: row.id(2)?,
        state: row.read(3)?,
        code,
        args,
        message,
        retry_count: row.read(4)?,
        refused_by_version: row.read(5)?,
        changed_at: row.read(6)?,
        discard_reason: row.read(7)?,
        discarded_by: row.read(8)?,
        discarded_at: row.read(9)?,
    })
}
