//! The log of rounds for people, and the retention of rounds, their history and batches.

use jiff::Timestamp;
use protocol::rule::{Rule, disabled};
use rusqlite::{Transaction, params};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::messages::{Args, Localized, Reason, shown};
use web::time;

use crate::history::MAX_HOURS;

/// Stored rounds: about three months of a busy shop.
const MAX_LOGS: i64 = 50_000;
/// Hours of running during which sent batches are stored. They take at least 35 days of the calendar, longer than the
/// age of a hub's oldest backup.
pub const BATCH_RETENTION_HOURS: i64 = 35 * 24;
/// Rows deleted in one transaction, so that no sale waits.
const CHUNK: i64 = 500;

/// A round that has ended.
#[derive(Debug, Clone)]
pub struct LogEntry {
    /// `push` or `pull`.
    pub sync_type: &'static str,
    /// The type of the entities sent or read, or `mixed`.
    pub entity_type: String,
    /// Items acknowledged or rejected; changes read.
    pub entity_count: usize,
    /// `success`, `partial` or `failed`.
    pub status: &'static str,
    /// What went wrong.
    pub error: Option<Reason>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub completed_at: Timestamp,
    /// Batches and bytes, as JSON.
    pub details: String,
}

/// Stores a round.
///
/// # Errors
/// The database failed.
pub fn write(tx: &Transaction<'_>, entry: &LogEntry) -> Result<(), Fault> {
    let duration_ms = entry.completed_at.as_millisecond() - entry.started_at.as_millisecond();
    tx.prepare_cached(
        "insert into sync_logs (sync_type, entity_type, entity_count, status, error_code, error_args, error_message,
         started_at, completed_at, duration_ms, details) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        entry.sync_type,
        entry.entity_type,
        entry.entity_count,
        entry.status,
        entry.error.as_ref().map(Reason::code),
        entry.error.as_ref().and_then(Reason::args_json),
        entry.error.as_ref().map(Reason::text),
        time::text(entry.started_at),
        time::text(entry.completed_at),
        duration_ms,
        entry.details
    ])?;
    Ok(())
}

/// A round of sync.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncLog {
    id: i64,
    /// `push` or `pull`.
    sync_type: String,
    /// The type of the entities sent or read, or `mixed`.
    entity_type: String,
    entity_count: i64,
    /// `success`, `partial` or `failed`.
    status: String,
    /// Stable code of what went wrong.
    error_code: Option<String>,
    /// What its message names.
    error_args: Args,
    /// What went wrong, in the language of `Accept-Language`.
    error_message: Option<Localized>,
    started_at: String,
    completed_at: Option<String>,
    duration_ms: Option<i64>,
    details: Option<String>,
}

/// The latest rounds, newest first.
///
/// # Errors
/// The database failed.
pub fn latest(tx: &Transaction<'_>, before: i64, limit: i64) -> Result<Vec<SyncLog>, Fault> {
    let mut statement = tx.prepare(
        "select id, sync_type, entity_type, entity_count, status, started_at, completed_at, duration_ms, details,
         error_code, error_args, error_message from sync_logs where id < ?1 order by id desc limit ?2",
    )?;
    let rows = statement.query_map([before, limit], |row| {
        let (error_code, error_args, error_message) = shown(Reason::read(row, 9)?);
        Ok(SyncLog {
            id: row.read(0)?,
            sync_type: row.read(1)?,
            entity_type: row.read(2)?,
            entity_count: row.read(3)?,
            status: row.read(4)?,
            error_code,
            error_args,
            error_message,
            started_at: row.read(5)?,
            completed_at: row.read(6)?,
            duration_ms: row.read(7)?,
            details: row.read(8)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl SyncLog {
    /// When it ended, if that can be parsed.
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

/// Counts another hour of running on this database.
///
/// # Errors
/// The database failed.
pub fn count_hour(tx: &Transaction<'_>) -> Result<(), Fault> {
    tx.execute(
        "insert into sync_hours (last_batch, last_notice, gaps)
         select (select coalesce(max(id), 0) from sync_batches), (select coalesce(max(id), 0) from sync_notices),
           coalesce((select gaps from sync_context where id = 1), 0)",
        [],
    )?;
    Ok(())
}

/// Deletes old rounds and batches, a chunk at a time; returns whether there are more. Rounds are limited by number,
/// batches by hours of running since they were composed. No clock is used: one that is ahead for an hour would delete
/// batches that a restored hub needs. The batch at the chain's position is never deleted.
///
/// # Errors
/// The database failed.
pub fn prune(tx: &Transaction<'_>, now: Timestamp) -> Result<bool, Fault> {
    let logs = tx.execute(
        "delete from sync_logs where id in (select id from sync_logs order by id limit ?2)
           and id <= (select max(id) from sync_logs) - ?1",
        params![MAX_LOGS, CHUNK],
    )?;
    // By age of the rows: a clock that was ahead must not delete the others.
    let hours = tx.execute(
        "delete from sync_history where rowid in (select rowid from sync_history order by rowid limit ?2)
           and rowid <= (select max(rowid) from sync_history) - ?1",
        params![MAX_HOURS, CHUNK],
    )?;
    let oldest_hour = "(select max(hour) from sync_hours) - ?1";
    let batches = if disabled(Rule::Retention) {
        let since = time::text(now - jiff::SignedDuration::from_hours(BATCH_RETENTION_HOURS));
        tx.execute(&batches("closed_at < ?1"), params![since, CHUNK])?
    } else {
        let old = format!("id <= (select max(last_batch) from sync_hours where hour <= {oldest_hour})");
        tx.execute(&batches(&old), params![BATCH_RETENTION_HOURS, CHUNK])?
    };
    // Doctor and health no longer show these.
    let old = format!(
        "delete from sync_notices where id <= (select max(last_notice) from sync_hours where hour <= {oldest_hour})"
    );
    tx.execute(&old, [BATCH_RETENTION_HOURS])?;
    if batches == 0 {
        tx.execute(&format!("delete from sync_hours where hour < {oldest_hour}"), [BATCH_RETENTION_HOURS])?;
    }
    Ok(logs > 0 || hours > 0 || batches > 0)
}

/// Selects by id first: the other columns are stored after the body, so filtering by them would read all bodies.
fn batches(old: &str) -> String {
    format!(
        "delete from sync_batches where id in (select id from sync_batches order by id limit ?2)
           and state <> 'in_flight' and {old} and batch_id is not (select batch_id from sync_chain where id = 1)"
    )
}
