//! Sync status, pending and failed items. The status takes constant time, regardless of the length of the queue.

use rusqlite::{Row, Transaction, params};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::messages::{Args, Reason, shown};
use web::{Localized, time};

use crate::chain::chain;
use crate::config::SyncEnv;
use crate::link::link_error;
use crate::link::link_error::LinkError;
use crate::link::{Link, duplicate_server, now_ms};
use crate::quarantine::sale;
use crate::settings::hub_link::hub_link;
use crate::snapshot::progress::{SnapshotProgress, progress};

/// The sync status.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncStatus {
    outlet_id: Option<String>,
    outlet_code: Option<String>,
    sync_enabled: bool,
    /// When the hub last acknowledged something, RFC 3339 UTC.
    last_sync_at: Option<String>,
    /// Entities with changes that the hub has not acknowledged.
    pub pending_count: i64,
    /// Failed items; see `/api/v1/sync/failed`.
    pub failed_count: i64,
    /// Of these, paid sales that were deleted or changed here; head office keeps them until it decides.
    pub changed_sale_count: i64,
    /// Open conflicts.
    pub conflict_count: i64,
    /// Changes acknowledged since the database was created.
    pub total_synced: i64,
    /// Whether URL, key and outlet id are valid.
    configured: bool,
    /// Number of the last batch that the hub accepted.
    batch_no: i64,
    /// Number of this database's epoch.
    epoch_number: i64,
    /// `closed`: batches are sent; `open`: waiting after failures; `probing`: one batch is tried.
    breaker: String,
    /// When the next round is due by the interval, RFC 3339 UTC; null: now, or never because sync is off.
    next_round_at: Option<String>,
    /// When the next attempt after a failure is due, RFC 3339 UTC; null: no wait.
    next_try_at: Option<String>,
    /// Seconds until then, rounded up.
    next_try_in_seconds: Option<u64>,
    /// Progress of a running snapshot; null: none.
    snapshot: Option<SnapshotProgress>,
    /// The most important problem, in the language of `Accept-Language`; null if there is none. `GET sync/health` lists
    /// all.
    problem: Option<Localized>,
    /// The last failed request to the hub, until one in the same direction succeeds; null: none.
    link_error: Option<LinkError>,
}

/// Reads the sync status.
///
/// # Errors
/// The database failed.
pub fn status(tx: &Transaction<'_>, env: &SyncEnv, link: Option<&Link>) -> Result<SyncStatus, Fault> {
    let (pending_count, failed_count, total_synced) =
        tx.query_row("select pending, failed, total_synced from sync_context where id = 1", [], |row| {
            Ok((row.read(0)?, row.read(1)?, row.read(2)?))
        })?;
    let conflict_count =
        tx.query_row("select count(*) from sync_conflicts where status = 'open'", [], |row| row.read(0))?;
    let (hub_link, chain) = (hub_link(tx, env)?, chain(tx)?);
    let missing = hub_link.address().err().filter(|_| hub_link.enabled).map(|missing| missing.to_message());
    let health = link.map(|link| link.health(now_ms()));
    let next_try_in_ms = health.as_ref().and_then(|health| health.next_try_in_ms);
    let next_try_at = |ms| time::text(time::now() + jiff::SignedDuration::from_millis(ms));
    let stopped = chain.stopped.map(|reason| reason.message());
    let link_error = link_error::find(tx)?.filter(|_| hub_link.enabled);
    let problem = stopped.or(missing).or_else(|| link_error.as_ref().map(LinkError::to_message));
    let duplicate_server = duplicate_server::find(tx)?.filter(|(duplicate, _)| *duplicate && hub_link.enabled);
    let problem = problem.or_else(|| duplicate_server.map(|(_, since)| duplicate_server::message(&since)));
    let next_round = link.filter(|_| hub_link.enabled).and_then(|link| link.interval(|interval| interval.due_at()));
    Ok(SyncStatus {
        configured: hub_link.address().is_ok(),
        outlet_id: hub_link.outlet_id,
        outlet_code: hub_link.outlet_code,
        sync_enabled: hub_link.enabled,
        last_sync_at: hub_link.last_sync_at,
        pending_count,
        failed_count,
        changed_sale_count: sale::count(tx)?,
        conflict_count,
        total_synced,
        batch_no: chain.position.batch_no,
        epoch_number: chain.epoch.number,
        breaker: health.map_or("closed", |h| h.breaker).to_owned(),
        next_round_at: next_round.map(time::text),
        next_try_at: next_try_in_ms.and_then(|ms| i64::try_from(ms).ok()).map(next_try_at),
        next_try_in_seconds: next_try_in_ms.map(|ms| ms.div_ceil(1_000)),
        snapshot: progress(tx, link)?,
        problem: problem.map(Localized),
        link_error,
    })
}

/// A row of the queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueItem {
    /// Id for `retry/{id}`.
    pub id: i64,
    /// Type of the changed entity.
    pub entity_type: String,
    /// Id of the changed entity.
    pub entity_id: String,
    /// create, update or delete.
    pub operation: String,
    /// pending, success or failed.
    pub status: String,
    /// Counted failures.
    pub retry_count: i64,
    /// Stable code of why it failed or is isolated.
    pub error_code: Option<String>,
    /// What the message names.
    pub error_args: Args,
    /// Why it failed or is isolated, in the language of `Accept-Language`.
    pub error_message: Option<Localized>,
    /// Number of the batch in flight that contains it.
    pub batch_no: Option<i64>,
    /// When it last changed.
    pub created_at: String,
}

const ITEMS: &str = "
    select q.id, q.entity_type, q.entity_id, q.operation, q.status, q.retry_count, q.batch_no, q.created_at,
      s.error_code, s.error_args, s.error_message
    from sync_queue q join sync_state s on s.entity_type = q.entity_type and s.entity_id = q.entity_id";

fn item(row: &Row<'_>) -> rusqlite::Result<QueueItem> {
    let (error_code, error_args, error_message) = shown(Reason::read(row, 8)?);
    Ok(QueueItem {
        id: row.read(0)?,
        entity_type: row.read(1)?,
        entity_id: row.id(2)?,
        operation: row.read(3)?,
        status: row.read(4)?,
        retry_count: row.read(5)?,
        error_code,
        error_args,
        error_message,
        batch_no: row.read(6)?,
        created_at: row.read(7)?,
    })
}

/// Pending items in the order in which they are sent.
///
/// # Errors
/// The database failed.
pub fn pending(tx: &Transaction<'_>, after: i64, limit: i64) -> Result<Vec<QueueItem>, Fault> {
    let sql = format!("{ITEMS} where q.status = 'pending' and q.seq > ?1 order by q.seq limit ?2");
    Ok(tx.prepare(&sql)?.query_map(params![after, limit], item)?.collect::<Result<_, _>>()?)
}

/// Failed items, newest first.
///
/// # Errors
/// The database failed.
pub fn failed(tx: &Transaction<'_>, before: i64, limit: i64) -> Result<Vec<QueueItem>, Fault> {
    let sql = format!("{ITEMS} where q.status = 'failed' and q.seq < ?1 order by q.seq desc limit ?2");
    Ok(tx.prepare(&sql)?.query_map(params![before, limit], item)?.collect::<Result<_, _>>()?)
}
