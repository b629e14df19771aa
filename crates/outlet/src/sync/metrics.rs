//! The outlet's own figures for `/metrics`, read when they are asked for.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use sqlite::{Connection, Db, WriterStats};
use web::metrics::Metrics;

use super::link::Link;
use super::round::now_ms;

/// Adds them to a server's registry.
pub fn register(metrics: &Metrics, db: &Db, link: &Arc<Link>) {
    let collector = Figures { path: db.path().to_owned(), stats: db.stats(), link: Arc::clone(link) };
    metrics.register(|registry| registry.register_collector(Box::new(collector)));
}

#[derive(Debug)]
struct Figures {
    path: std::path::PathBuf,
    stats: Arc<WriterStats>,
    link: Arc<Link>,
}

impl Figures {
    fn counters(&self) -> rusqlite::Result<(i64, i64, i64, i64)> {
        let connection = Connection::open_with_flags(&self.path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.query_row("select pending, failed, total_synced, seq from sync_ctx where id = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: i64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        if let Ok((pending, failed, _, seq)) = self.counters() {
            gauge("sync_pending", "Entities with changes that the hub has not acknowledged", pending)?;
            gauge("sync_failed", "Entities that were refused or keep failing", failed)?;
            gauge("sync_seq", "The last place given out in the queue", seq)?;
        }
        let health = self.link.health(now_ms());
        gauge("sync_failures_in_a_row", "Failures since the hub last accepted a batch", i64::from(health.failures))?;
        gauge("sync_breaker_open", "1 while waiting after failures", i64::from(health.breaker != "closed"))?;
        let mut counter = |name: &str, help: &str, value: u64| {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
        };
        if let Ok((_, _, synced, _)) = self.counters() {
            counter(
                "sync_synced",
                "Changes acknowledged since the database was made",
                u64::try_from(synced).unwrap_or(0),
            )?;
        }
        counter("db_commits", "Groups committed", self.stats.commits.load(Ordering::Relaxed))?;
        counter("db_writes", "Writes in them", self.stats.writes.load(Ordering::Relaxed))?;
        counter(
            "db_busy",
            "Writes refused because another program held the database",
            self.stats.busy.load(Ordering::Relaxed),
        )
    }
}
