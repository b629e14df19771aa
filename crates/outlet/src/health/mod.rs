//! Health of sync in one word, with a reason for each problem: for the admin, `/metrics` and `gerai doctor`.
//!
//! The checks are in `checks`; they change nothing. An outlet that is offline is reported because its sales are pending.

pub mod checks;
pub mod doctor;
pub mod http;
pub mod metrics;

use std::path::Path;

use jiff::Timestamp;
use replica::capture::{schema, singletons};
use replica::chain::chain;
use replica::config::SyncEnv;
use replica::link::link_error;
use replica::link::link_error::LinkError;
use replica::link::{Link, now_ms};
use replica::pull::stream_gap;
use replica::quarantine::sale;
use replica::reconcile::statement;
use replica::unreadable;
use rusqlite::{OptionalExtension, Transaction};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::Localized;
use web::messages::{Args, ReasonCode};

use crate::health::checks::{Depth, Finding, Look};

pub use crate::health::checks::{State, audit_message};

/// Maximum number of unreadable values counted.
const MAX_ROWS: usize = 1_000;

/// Health of sync, with its figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncHealth {
    /// ready: nothing to do. degraded: sync works, but something needs attention. broken: changes are not sent, or may
    /// be lost.
    pub state: State,
    /// One for each problem.
    pub reasons: Vec<Reason>,
    /// Checks that could not run, and why. They do not count as passed.
    pub unknown: Vec<Reason>,
    /// Counts and times behind the reasons.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A problem, or a check that could not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// Stable code.
    pub code: &'static str,
    /// Arguments of the message; `reason` chooses its sentence.
    pub args: Args,
    /// What to do, in the language that `Accept-Language` asks for: English or Indonesian.
    pub message: Localized,
    /// Severity of the problem.
    #[serde(skip)]
    pub state: State,
}

/// Counts and times.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = SyncFigures)]
pub struct Figures {
    /// Since when the hub has not answered correctly, RFC 3339 UTC; null if the last request succeeded.
    pub hub_unreachable_since: Option<String>,
    /// Seconds since then.
    pub hub_unreachable_seconds: i64,
    /// When the order changed that has been pending longest, RFC 3339 UTC; null if none is pending.
    pub oldest_unsent_sale_at: Option<String>,
    /// Seconds since then.
    pub oldest_unsent_sale_seconds: i64,
    /// Items that were rejected or keep failing.
    pub failed_count: i64,
    /// Unreadable rows, at least: they are not sent, and block nothing else.
    pub unreadable_row_count: i64,
    /// Acknowledged sales that were deleted or changed here; head office keeps them until it decides.
    pub changed_sale_count: i64,
    /// Items that make requests fail and are retried one by one.
    pub isolated_count: i64,
    /// Conflicts that wait for a person.
    pub open_conflict_count: i64,
    /// Updates from head office that could not be applied yet.
    pub unapplied_update_count: i64,
    /// Settled business days whose figures differ from head office's, by date.
    pub differing_days: Vec<String>,
    /// When, within the last day, the hub's streams did not continue at this outlet's cursor, RFC 3339 UTC; null if
    /// they did.
    pub stream_gap_at: Option<String>,
    /// Number of such gaps since the database was created.
    pub stream_gap_count: i64,
    /// Whether every change is queued: triggers, views and guard are intact.
    pub triggers_intact: bool,
    /// The hub's clock minus this machine's in milliseconds, accurate to about a second, from the last answer; null if
    /// the hub has not answered since the server started.
    pub clock_offset_ms: Option<i64>,
    /// Free space beside the database; null if the system does not report it.
    pub disk_free_bytes: Option<u64>,
    /// Why nothing is sent until the outlet enrolls again or the hub's answers fit again: restored, fork or
    /// `epoch_mismatch`.
    pub stopped_code: Option<String>,
    /// The last request that the hub did not accept, until it accepts one of the same kind; null if it accepted the
    /// last one.
    pub link_error: Option<LinkError>,
}

/// Runs every quick check. Without a link, as from the terminal, the state of the running worker is unknown.
///
/// # Errors
/// The database failed.
pub fn health(tx: &Transaction<'_>, env: &SyncEnv, link: Option<&Link>, now: Timestamp) -> Result<SyncHealth, Fault> {
    let result = look(tx, env, link, now, Depth::Quick).and_then(|look| Ok((checks::examine(&look)?, look.figures)));
    let (found, figures) = match result {
        Ok(result) => result,
        // Another program's transaction is not a problem of this database.
        Err(busy @ Fault::Busy) => return Err(busy),
        Err(fault) => (checks::unreadable(tx, &fault), Figures::default()),
    };
    let (mut reasons, mut unknown) = (Vec::new(), Vec::new());
    for finding in found.into_iter().filter(|finding| !finding.well) {
        let list = if finding.unknown { &mut unknown } else { &mut reasons };
        let Finding { code, state, args, message, .. } = finding;
        list.push(Reason { code, args, message, state });
    }
    let state = reasons.iter().map(|reason| reason.state).max().unwrap_or(State::Ready);
    Ok(SyncHealth { state, reasons, unknown, figures })
}

/// Reads the input of the checks of health and doctor.
///
/// # Errors
/// The database failed.
pub fn look<'a>(
    tx: &'a Transaction<'a>,
    env: &'a SyncEnv,
    link: Option<&Link>,
    now: Timestamp,
    depth: Depth,
) -> Result<Look<'a>, Fault> {
    let link = link.map(|link| link.health(now_ms()));
    let clock_offset_ms = link.as_ref().and_then(|link| link.clock_offset_ms);
    let figures =
        if singletons::missing(tx)?.is_empty() { figures(tx, clock_offset_ms, now)? } else { Figures::default() };
    Ok(Look { tx, env, now, link, clock_offset_ms, depth, figures })
}

fn figures(tx: &Transaction<'_>, clock_offset_ms: Option<i64>, now: Timestamp) -> Result<Figures, Fault> {
    let link_error = link_error::find(tx)?;
    let since = link_error::since(tx)?;
    let oldest = oldest_unsent_sale(tx)?;
    Ok(Figures {
        hub_unreachable_seconds: age(since.as_deref(), now),
        hub_unreachable_since: since,
        oldest_unsent_sale_seconds: age(oldest.as_deref(), now),
        oldest_unsent_sale_at: oldest,
        failed_count: count(tx, "select failed from sync_context where id = 1")?,
        unreadable_row_count: unreadable_rows(tx)?,
        changed_sale_count: sale::count(tx)?,
        isolated_count: count(tx, "select count(*) from sync_state where isolated = 1")?,
        open_conflict_count: count(tx, "select count(*) from sync_conflicts where status = 'open'")?,
        unapplied_update_count: count(tx, "select count(*) from sync_unapplied_updates where state = 'retrying'")?,
        differing_days: statement::differing(tx)?,
        stream_gap_at: stream_gap::recent(tx)?,
        stream_gap_count: stream_gap::count(tx)?,
        triggers_intact: schema::deviations(tx)?.is_empty()
            && count(tx, "select count(*) from sync_context where applying_type is not null")? == 0,
        clock_offset_ms,
        disk_free_bytes: tx.path().and_then(|path| sqlite::free_bytes(Path::new(path))),
        stopped_code: chain(tx)?.stopped.map(|reason| reason.code().to_owned()),
        link_error,
    })
}

fn count(tx: &Transaction<'_>, sql: &str) -> Result<i64, Fault> {
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?)
}

/// Number of unreadable rows: those in the small tables or the failed items with this code, whichever are more.
fn unreadable_rows(tx: &Transaction<'_>) -> Result<i64, Fault> {
    let sql = "select count(*) from sync_state where status = 'failed' and error_code = ?1";
    let failed_items: i64 =
        tx.prepare_cached(sql)?.query_row([ReasonCode::UnreadableRow.as_str()], |row| row.read(0))?;
    let mut rows = unreadable::in_catalog(tx, MAX_ROWS)?;
    rows.dedup_by(|one, other| (&one.table, &one.row) == (&other.table, &other.row));
    Ok(failed_items.max(i64::try_from(rows.len()).unwrap_or(i64::MAX)))
}

fn oldest_unsent_sale(tx: &Transaction<'_>) -> Result<Option<String>, Fault> {
    // Without the plus, SQLite would read every order that was ever sent.
    let sql =
        "select changed_at from sync_state where status = 'pending' and +entity_type = 'order' order by seq limit 1";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.read(0)).optional()?)
}

fn age(since: Option<&str>, now: Timestamp) -> i64 {
    let since: Option<Timestamp> = since.and_then(|since| since.parse().ok());
    since.map_or(0, |since| now.duration_since(since).as_secs().max(0))
}
