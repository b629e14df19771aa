//! One row per round, for people; and forgetting what is old.

use jiff::Timestamp;
use protocol::rule::{Rule, disabled};
use rusqlite::{Transaction, params};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::time;

/// Rounds that are remembered: about three months of a busy shop.
const MAX_LOGS: i64 = 50_000;
/// Hours of running for which sent batches are remembered: longer than a hub's oldest backup, for no server runs for more
/// than an hour in an hour.
pub const BATCH_RETENTION_HOURS: i64 = 35 * 24;
/// Rows deleted in one transaction, so that no sale waits for the cleaning.
const CHUNK: i64 = 500;

/// A round that has ended.
#[derive(Debug, Clone)]
pub struct Entry {
    /// push or pull.
    pub sync_type: &'static str,
    /// The type of what was sent or read, or `mixed`.
    pub entity_type: String,
    /// Items acknowledged or refused; changes read.
    pub entity_count: usize,
    /// success, partial or failed.
    pub status: &'static str,
    /// What went wrong, in words.
    pub error_message: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub completed_at: Timestamp,
    /// Batches and bytes, as JSON.
    pub details: String,
}

/// Writes a round down.
///
/// # Errors
/// What SQLite said.
pub fn write(tx: &Transaction<'_>, entry: &Entry) -> Result<(), Fault> {
    let duration_ms = entry.completed_at.as_millisecond() - entry.started_at.as_millisecond();
    tx.prepare_cached(
        "insert into sync_logs (sync_type, entity_type, entity_count, status, error_message, started_at, completed_at,
         duration_ms, details) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        entry.sync_type,
        entry.entity_type,
        entry.entity_count,
        entry.status,
        entry.error_message,
        time::text(entry.started_at),
        time::text(entry.completed_at),
        duration_ms,
        entry.details
    ])?;
    Ok(())
}

/// A round, as people read it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncLog {
    id: i64,
    /// push or pull.
    sync_type: String,
    /// The type of what was sent, or `mixed`.
    entity_type: String,
    entity_count: i64,
    /// success, partial or failed.
    status: String,
    error_message: Option<String>,
    started_at: String,
    completed_at: Option<String>,
    duration_ms: Option<i64>,
    details: Option<String>,
}

/// The latest rounds, newest first.
///
/// # Errors
/// What SQLite said.
pub fn latest(tx: &Transaction<'_>, before: i64, limit: i64) -> Result<Vec<SyncLog>, Fault> {
    let mut statement = tx.prepare(
        "select id, sync_type, entity_type, entity_count, status, error_message, started_at, completed_at, duration_ms,
         details from sync_logs where id < ?1 order by id desc limit ?2",
    )?;
    let rows = statement.query_map([before, limit], |row| {
        Ok(SyncLog {
            id: row.read(0)?,
            sync_type: row.read(1)?,
            entity_type: row.read(2)?,
            entity_count: row.read(3)?,
            status: row.read(4)?,
            error_message: row.read(5)?,
            started_at: row.read(6)?,
            completed_at: row.read(7)?,
            duration_ms: row.read(8)?,
            details: row.read(9)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl SyncLog {
    /// When it ended, if that can be read.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.completed_at.as_ref().and_then(|at| at.parse().ok())
    }

    /// Its id, for the next page.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }
}

/// The server has run for another hour on this database.
///
/// # Errors
/// What SQLite said.
pub fn hour_passed(tx: &Transaction<'_>) -> Result<(), Fault> {
    tx.execute(
        "insert into sync_hours (last_batch, last_notice, gaps)
         select (select coalesce(max(id), 0) from sync_batches), (select coalesce(max(id), 0) from sync_notices),
           coalesce((select gaps from sync_context where id = 1), 0)",
        [],
    )?;
    Ok(())
}

/// Forgets old rounds and old batches, a chunk at a time; says whether there is more. Both go by count: rounds by their own,
/// batches by the hours that servers have run since they were made. No clock decides: one that is ahead for an hour would
/// forget what a restored hub needs. The batch that the chain stands at is never forgotten.
///
/// # Errors
/// What SQLite said.
pub fn prune(tx: &Transaction<'_>, now: Timestamp) -> Result<bool, Fault> {
    let logs = tx.execute(
        "delete from sync_logs where id in (select id from sync_logs order by id limit ?2)
           and id <= (select max(id) from sync_logs) - ?1",
        params![MAX_LOGS, CHUNK],
    )?;
    let kept_from = "(select max(hour) from sync_hours) - ?1";
    let batches = if disabled(Rule::Retention) {
        let since = time::text(now - jiff::SignedDuration::from_hours(BATCH_RETENTION_HOURS));
        tx.execute(&batches("closed_at < ?1"), params![since, CHUNK])?
    } else {
        let old = format!("id <= (select max(last_batch) from sync_hours where hour <= {kept_from})");
        tx.execute(&batches(&old), params![BATCH_RETENTION_HOURS, CHUNK])?
    };
    // Doctor and health no longer show these.
    let old = format!(
        "delete from sync_notices where id <= (select max(last_notice) from sync_hours where hour <= {kept_from})"
    );
    tx.execute(&old, [BATCH_RETENTION_HOURS])?;
    if batches == 0 {
        tx.execute(&format!("delete from sync_hours where hour < {kept_from}"), [BATCH_RETENTION_HOURS])?;
    }
    Ok(logs > 0 || batches > 0)
}

/// By id first: when a batch was settled stands behind its bytes, and those of all batches would be read each time.
fn batches(old: &str) -> String {
    format!(
        "delete from sync_batches where id in (select id from sync_batches order by id limit ?2)
           and state <> 'in_flight' and {old} and batch_id is not (select batch_id from sync_chain where id = 1)"
    )
}
