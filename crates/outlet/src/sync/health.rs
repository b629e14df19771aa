//! Is sync well, in one word, with a reason for everything that is not: for the admin, `/metrics` and `gerai doctor`.
//!
//! Looks, and changes nothing. Being offline is no fault of the outlet; it is told because sales wait meanwhile.

pub mod http;

use std::path::Path;

use ::sync::clock;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::time;

use super::link::Link;
use super::pull::gap;
use super::queue::chain;
use super::round::now_ms;
use super::statement;
use crate::config::SyncEnv;
use crate::schema;
use crate::settings::cloud::cloud;
use crate::unreadable;

/// A sale that has waited for longer is worth a look.
const LATE_SECONDS: i64 = 24 * 3_600;
/// Room for some weeks of a usual shop, and for a backup of it.
const LITTLE_ROOM_BYTES: u64 = 500 << 20;
/// Unreadable values that are looked for.
const MOST_ROWS: usize = 1_000;
/// With less the next sales may not fit.
const NO_ROOM_BYTES: u64 = 50 << 20;

/// How sync is.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncHealth {
    /// ready: nothing to do. degraded: sync goes on, something needs a look. broken: changes are not sent, or may be lost.
    pub state: State,
    /// One for each thing that is not well.
    pub reasons: Vec<Reason>,
    /// What is counted.
    #[serde(flatten)]
    pub figures: Figures,
}

/// How sync is, in a word; the worse ones are the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing to do.
    Ready,
    /// Sync goes on; something needs a look.
    Degraded,
    /// Changes are not sent, or may be lost.
    Broken,
}

/// Something that is not well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// Stable.
    pub code: &'static str,
    /// A sentence that says what to do.
    pub message: String,
    /// How bad it is.
    #[serde(skip)]
    pub state: State,
}

/// What is counted.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = SyncFigures)]
pub struct Figures {
    /// Since when the hub has not answered as it should, RFC 3339 UTC; null: it did when it was last asked.
    pub hub_unreachable_since: Option<String>,
    /// How long ago that was.
    pub hub_unreachable_seconds: i64,
    /// When the order changed that has waited longest, RFC 3339 UTC; null: none waits.
    pub oldest_unsent_sale_at: Option<String>,
    /// How long ago that was.
    pub oldest_unsent_sale_seconds: i64,
    /// Items that were refused or keep failing.
    pub failed_count: i64,
    /// Rows that cannot be read, at the least: they are not sent, and stop nothing else.
    pub unreadable_row_count: i64,
    /// Items that make requests fail and are tried again on their own.
    pub set_aside_count: i64,
    /// Overlaps that wait for a person.
    pub open_conflict_count: i64,
    /// Changes from head office that could not be applied yet.
    pub kept_update_count: i64,
    /// Settled business days whose figures are not head office's, by date.
    pub differing_days: Vec<String>,
    /// When, in the last day, the hub's streams did not go on where this outlet has read to, RFC 3339 UTC; null: they did.
    pub stream_gap_at: Option<String>,
    /// How often that was since the database was made.
    pub stream_gap_count: i64,
    /// Every change is queued: triggers, views and guard are as they should be.
    pub triggers_intact: bool,
    /// The hub's clock minus this machine's in milliseconds, to within a second or so, as the last answer said it; null: the
    /// hub has not answered since the server started.
    pub clock_offset_ms: Option<i64>,
    /// Beside the database; null where the system does not say.
    pub disk_free_bytes: Option<u64>,
    /// Why nothing is sent until the outlet is enrolled again: restored, fork or epoch.
    pub stopped_code: Option<String>,
}

/// Looks at everything that can be wrong with sync. Without a link, as from the terminal, nothing is said of the hub.
///
/// # Errors
/// What SQLite said.
pub fn health(tx: &Transaction<'_>, env: &SyncEnv, link: Option<&Link>, now: Timestamp) -> Result<SyncHealth, Fault> {
    let (cloud, chain) = (cloud(tx, env)?, chain(tx)?);
    let link = link.map(|link| link.health(now_ms()));
    let since = link.as_ref().filter(|link| link.trouble.is_some()).and_then(|link| link.trouble_since);
    let oldest = oldest_unsent_sale(tx)?;
    let figures = Figures {
        hub_unreachable_since: since.map(time::text),
        hub_unreachable_seconds: age(since, now),
        oldest_unsent_sale_seconds: age(oldest.as_deref().and_then(|at| at.parse().ok()), now),
        oldest_unsent_sale_at: oldest,
        failed_count: count(tx, "select failed from sync_ctx where id = 1")?,
        unreadable_row_count: unreadable_rows(tx)?,
        set_aside_count: count(tx, "select count(*) from sync_state where set_aside = 1")?,
        open_conflict_count: count(tx, "select count(*) from sync_conflicts where status = 'open'")?,
        kept_update_count: count(tx, "select count(*) from sync_kept_updates where state = 'kept'")?,
        differing_days: statement::differing(tx)?,
        stream_gap_at: gap::lately(tx, now)?,
        stream_gap_count: gap::count(tx)?,
        triggers_intact: schema::deviations(tx)?.is_empty()
            && count(tx, "select count(*) from sync_ctx where applying_type is not null")? == 0,
        clock_offset_ms: link.as_ref().and_then(|link| link.clock_offset_ms),
        disk_free_bytes: tx.path().and_then(|path| sqlite::room_bytes(Path::new(path))),
        stopped_code: chain.stopped.as_ref().map(|(code, _)| code.clone()),
    };
    let mut reasons = Vec::new();
    let mut tell = |state, code, message| reasons.push(Reason { code, message, state });
    if let Some((_, message)) = chain.stopped {
        tell(State::Broken, "sync_stopped", message);
    }
    if let Err(missing) = cloud.address()
        && cloud.enabled
    {
        tell(State::Degraded, "cloud_not_configured", missing);
    }
    if let Some(link) = link {
        match (link.halted, link.trouble) {
            (Some(halted), _) => tell(State::Broken, "hub_refuses", halted),
            (None, Some(trouble)) => tell(State::Degraded, "hub_unreachable", trouble),
            (None, None) => {}
        }
    }
    reasons.extend(figures.reasons());
    let state = reasons.iter().map(|reason| reason.state).max().unwrap_or(State::Ready);
    Ok(SyncHealth { state, reasons, figures })
}

impl Figures {
    fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let mut tell = |when, state, code, message: &dyn Fn() -> String| {
            if when {
                reasons.push(Reason { code, message: message(), state });
            }
        };
        tell(!self.triggers_intact, State::Broken, "triggers_altered", &|| {
            "A trigger, view or guard of the sync system was changed; changes may go unnoticed. Start the server again, \
             it puts them right."
                .to_owned()
        });
        let free = self.disk_free_bytes.unwrap_or(u64::MAX);
        let room = if free < NO_ROOM_BYTES { State::Broken } else { State::Degraded };
        tell(free < LITTLE_ROOM_BYTES, room, "disk_low", &|| {
            format!("Only {} MiB are free beside the database; free some space before sales are refused.", free >> 20)
        });
        let wrong = self.clock_offset_ms.and_then(clock::wrong);
        tell(wrong.is_some(), State::Degraded, "clock_wrong", &|| wrong.clone().unwrap_or_default());
        tell(self.oldest_unsent_sale_seconds > LATE_SECONDS, State::Degraded, "sales_wait", &|| {
            let hours = self.oldest_unsent_sale_seconds / 3_600;
            format!("A sale has waited for {hours} hours to be sent; check the link to head office.")
        });
        tell(self.failed_count > 0, State::Degraded, "items_failed", &|| {
            let failed = self.failed_count;
            format!("{failed} items were refused or keep failing; 'gerai sync quarantine' says why.")
        });
        tell(self.unreadable_row_count > 0, State::Degraded, "unreadable_rows", &|| {
            let rows = self.unreadable_row_count;
            format!(
                "{rows} rows cannot be read, and are not sent; 'gerai doctor' names them and says how to correct them."
            )
        });
        tell(self.set_aside_count > 0, State::Degraded, "items_set_aside", &|| {
            let aside = self.set_aside_count;
            format!("{aside} items make requests fail and are tried again one by one; wait, or see 'gerai sync queue'.")
        });
        tell(self.open_conflict_count > 0, State::Degraded, "conflicts_open", &|| {
            let open = self.open_conflict_count;
            format!("{open} fields were changed differently here and at head office; a person must decide.")
        });
        tell(self.kept_update_count > 0, State::Degraded, "updates_kept", &|| {
            let kept = self.kept_update_count;
            format!("{kept} changes from head office cannot be applied yet; a newer version of Gerai may be needed.")
        });
        tell(self.stream_gap_at.is_some(), State::Degraded, "stream_gap", &|| {
            let at = self.stream_gap_at.as_deref().unwrap_or_default();
            format!(
                "At {at} head office's changes did not go on where they were read to, and everything was compared; ask head \
                 office whether its server was restored."
            )
        });
        tell(!self.differing_days.is_empty(), State::Degraded, "statement_differs", &|| {
            let days = self.differing_days.join(", ");
            format!("The figures of {days} are not head office's; 'gerai sync verify' says which orders differ.")
        });
        reasons
    }
}

fn count(tx: &Transaction<'_>, sql: &str) -> Result<i64, Fault> {
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?)
}

/// In the small tables, and what the queue has met.
fn unreadable_rows(tx: &Transaction<'_>) -> Result<i64, Fault> {
    let sql = "select count(*) from sync_state where status = 'failed' and error_code = ?1";
    let held: i64 = tx.prepare_cached(sql)?.query_row([unreadable::CODE], |row| row.read(0))?;
    let mut shown = unreadable::in_catalog(tx, MOST_ROWS)?;
    shown.dedup_by(|one, other| (&one.table, &one.row) == (&other.table, &other.row));
    Ok(held.max(i64::try_from(shown.len()).unwrap_or(i64::MAX)))
}

fn oldest_unsent_sale(tx: &Transaction<'_>) -> Result<Option<String>, Fault> {
    // Without the plus it would read every order that was ever sent.
    let sql =
        "select changed_at from sync_state where status = 'pending' and +entity_type = 'order' order by seq limit 1";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.read(0)).optional()?)
}

fn age(since: Option<Timestamp>, now: Timestamp) -> i64 {
    since.map_or(0, |since| now.duration_since(since).as_secs().max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_told_before_sales_are_refused() {
        for (free, expected) in [
            (None, None),
            (Some(LITTLE_ROOM_BYTES), None),
            (Some(LITTLE_ROOM_BYTES - 1), Some(State::Degraded)),
            (Some(NO_ROOM_BYTES), Some(State::Degraded)),
            (Some(NO_ROOM_BYTES - 1), Some(State::Broken)),
        ] {
            let figures = Figures { triggers_intact: true, disk_free_bytes: free, ..Figures::default() };
            let told: Vec<_> = figures.reasons().iter().map(|reason| (reason.code, reason.state)).collect();
            assert_eq!(told, expected.map(|state| ("disk_low", state)).into_iter().collect::<Vec<_>>(), "{free:?}");
        }
    }
}
