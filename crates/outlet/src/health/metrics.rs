//! The outlet's metrics, read at each request of `/metrics`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use replica::config::SyncEnv;
use replica::link::{Link, now_ms};
use rusqlite::{OpenFlags, TransactionBehavior};
use sqlite::{Connection, Db, Fault, ReadRow, Transaction, WriterStats};
use web::metrics::Metrics;
use web::time;

use crate::health::{State, SyncHealth, health};

/// Registers the metrics.
pub fn register(metrics: &Metrics, db: &Db, link: &Arc<Link>, env: &Arc<SyncEnv>) {
    let (link, env) = (Arc::clone(link), Arc::clone(env));
    let collector = Figures { path: db.path().to_owned(), stats: db.stats(), link, env };
    metrics.register(|registry| registry.register_collector(Box::new(collector)));
}

#[derive(Debug)]
struct Figures {
    path: std::path::PathBuf,
    stats: Arc<WriterStats>,
    link: Arc<Link>,
    env: Arc<SyncEnv>,
}

/// Values read from the database.
struct DatabaseValues {
    pending: i64,
    synced: i64,
    seq: i64,
    health: SyncHealth,
}

impl Figures {
    fn read(&self) -> Result<DatabaseValues, Fault> {
        let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let tx = Transaction::new_unchecked(&connection, TransactionBehavior::Deferred)?;
        let health = health(&tx, &self.env, Some(&self.link), time::now())?;
        let sql = "select pending, total_synced, seq from sync_context where id = 1";
        Ok(tx.query_row(sql, [], |row| {
            Ok(DatabaseValues { pending: row.read(0)?, synced: row.read(1)?, seq: row.read(2)?, health })
        })?)
    }
}

/// Name, help and value of the metrics from the health of sync.
fn gauges(health: &SyncHealth) -> [(&'static str, &'static str, i64); 10] {
    let SyncHealth { state, figures, .. } = health;
    let state = match state {
        State::Ready => 0,
        State::Degraded => 1,
        State::Broken => 2,
    };
    [
        ("sync_health", "0 ready, 1 degraded, 2 broken; /api/v1/sync/health has the reasons", state),
        (
            "sync_hub_unreachable_seconds",
            "Seconds since the first failed request to the hub; 0: the last one succeeded",
            figures.hub_unreachable_seconds,
        ),
        (
            "sync_oldest_unsent_sale_seconds",
            "Age of the oldest pending order in seconds; 0: none is pending",
            figures.oldest_unsent_sale_seconds,
        ),
        (
            "sync_acknowledged_sales_changed",
            "Paid sales that were deleted or changed here and that head office keeps",
            figures.changed_sale_count,
        ),
        ("sync_isolated", "Entities that make requests fail and are sent alone", figures.isolated_count),
        ("sync_conflicts_open", "Conflicts that wait for a person", figures.open_conflict_count),
        (
            "sync_updates_unapplied",
            "Changes of head office that could not be applied yet",
            figures.unapplied_update_count,
        ),
        (
            "sync_statements_differing",
            "Settled business days whose figures differ from head office's",
            i64::try_from(figures.differing_days.len()).unwrap_or(i64::MAX),
        ),
        ("sync_triggers_intact", "1 when every change is queued", i64::from(figures.triggers_intact)),
        ("sync_stopped", "1 until the outlet is enrolled again", i64::from(figures.stopped_code.is_some())),
    ]
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: i64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        let found = self.read();
        if let Ok(DatabaseValues { pending, seq, health, .. }) = &found {
            gauge("sync_pending", "Entities with changes that the hub has not acknowledged", *pending)?;
            gauge("sync_failed", "Entities that were refused or keep failing", health.figures.failed_count)?;
            gauge("sync_seq", "Queue position assigned last", *seq)?;
            for (name, help, value) in gauges(health) {
                gauge(name, help, value)?;
            }
            if let Some(free) = health.figures.disk_free_bytes.and_then(|free| i64::try_from(free).ok()) {
                gauge(
                    "disk_free_bytes",
                    "Free space beside the database; absent if the system does not report it",
                    free,
                )?;
            }
        }
        let health = self.link.health(now_ms());
        gauge("sync_failures_in_a_row", "Failures since the hub last accepted a batch", i64::from(health.failures))?;
        gauge("sync_breaker_open", "1 while waiting after failures", i64::from(health.breaker != "closed"))?;
        if let Some(offset_ms) = found.as_ref().ok().and_then(|found| found.health.figures.clock_offset_ms) {
            let offset = ConstGauge::new(SignedDuration::from_millis(offset_ms).as_secs_f64());
            let help = "The hub's clock minus this machine's; absent until it is known";
            let (name, kind) = ("sync_clock_offset_seconds", offset.metric_type());
            offset.encode(encoder.encode_descriptor(name, help, None, kind)?)?;
        }
        let mut counter = |name: &str, help: &str, value: u64| {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
        };
        if let Ok(DatabaseValues { synced, health, .. }) = found {
            counter(
                "sync_stream_gaps",
                "Gaps: the hub's streams did not continue at this outlet's cursor",
                u64::try_from(health.figures.stream_gap_count).unwrap_or(0),
            )?;
            counter(
                "sync_synced",
                "Changes acknowledged since the database was created",
                u64::try_from(synced).unwrap_or(0),
            )?;
        }
        counter("sync_looks", "Checks of the queue by the worker", *self.link.looks().borrow())?;
        counter("db_commits", "Commits; each contains one or more writes", self.stats.commits.load(Ordering::Relaxed))?;
        counter("db_writes", "Writes in all commits", self.stats.writes.load(Ordering::Relaxed))?;
        counter(
            "db_busy",
            "Writes refused because another program had locked the database",
            self.stats.busy.load(Ordering::Relaxed),
        )
    }
}
