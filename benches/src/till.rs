//! Latency of a till's orders while half a million orders drain, compared with the same till with sync off. Off and on
//! alternate, so that the machine's noise affects both.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use cafe::Menu;
use hdrhistogram::Histogram;
use rusqlite::Connection;
use serde_json::json;
use testkit::Http;

use crate::env::number_or;
use crate::report::Report;
use crate::{drain, load, servers};

/// Pending orders, unless `BENCH_WAITING` is set.
const PENDING: usize = 500_000;
const ROUNDS: u64 = 5;
const SECONDS: u32 = 4;
const TILLS: usize = 4;
const ORDERS_PER_SECOND: u32 = 50;
/// Orders of all tills together per phase.
const SOLD: i64 = (SECONDS * ORDERS_PER_SECOND) as i64;

pub async fn run(report: &mut Report) -> Result<()> {
    let pending = number_or("BENCH_WAITING", PENDING)?;
    let dir = tempfile::tempdir()?;
    let started = Instant::now();
    let menu = drain::sell(dir.path(), pending)?;
    report
        .note(&format!("creating {pending} pending orders takes"), format!("{:.0} s", started.elapsed().as_secs_f64()));
    let (_hub, mut env) = servers::hub(dir.path())?;
    env.retain(|(name, _)| name != "SYNC_ENABLED");
    let outlet = servers::outlet(dir.path(), &env)?;
    let (admin, token) = servers::admin(&outlet.url).await?;
    let shop =
        Shop { queue: Connection::open(dir.path().join("pos.db"))?, admin, token, menu, url: outlet.url.clone() };
    shop.sell(1).await?;

    let (mut off, mut on) = (Histogram::new(3)?, Histogram::new(3)?);
    let (mut drained, mut selling) = (0, Duration::ZERO);
    for round in 0..ROUNDS {
        shop.sync(false).await?;
        let before = shop.pending()?;
        off.add(shop.sell(10 + round).await?)?;
        ensure!(shop.pending()? == before + SOLD, "orders drained while sync was off");

        shop.sync(true).await?;
        let (before, started) = (shop.pending()?, Instant::now());
        on.add(shop.sell(100 + round).await?)?;
        selling += started.elapsed();
        let after = shop.pending()?;
        ensure!(after > 0, "the drain ended before the measurement; set BENCH_WAITING higher");
        drained += before + SOLD - after;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate, for display")]
    let rate = drained as f64 / selling.as_secs_f64();
    report.note("draining while the till sells", format!("{rate:.0} orders/s"));
    for (condition, latency) in [("without a drain", &off), ("while orders drain", &on)] {
        let (p50, p99) = (load::ms_at(latency, 0.5), load::ms_at(latency, 0.99));
        report.note(&format!("an order at the till {condition}, p50 and p99"), format!("{p50:.2} and {p99:.2} ms"));
    }
    let ratio = load::ms_at(&on, 0.99) / load::ms_at(&off, 0.99);
    report.at_most(&format!("an order while {pending} drain: p99 relative to no drain"), ratio, 1.3, " x");
    Ok(())
}

struct Shop {
    url: String,
    admin: Http,
    token: String,
    menu: Menu,
    queue: Connection,
}

impl Shop {
    /// Turns sync on or off, and waits until the queue shrinks, or no batch is in flight.
    async fn sync(&self, on: bool) -> Result<()> {
        self.admin.call("PUT", "/api/v1/config/outlet", &json!({"sync_enabled": on})).await.data();
        let in_flight = "select exists (select 1 from sync_batches where state = 'in_flight')";
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let before = self.pending()?;
            tokio::time::sleep(Duration::from_millis(500)).await;
            let shrinks = self.pending()? < before;
            if shrinks == on && (on || !self.queue.query_row(in_flight, [], |row| row.get::<_, bool>(0))?) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "the drain did not start or stop within 30 s");
        }
    }

    fn pending(&self) -> Result<i64> {
        Ok(self.queue.query_row("select pending from sync_context", [], |row| row.get(0))?)
    }

    async fn sell(&self, seed: u64) -> Result<Histogram<u64>> {
        let requests = load::requests(&self.menu, &self.token, usize::try_from(SOLD)?, seed);
        Ok(load::send_paced(&self.url, TILLS, requests, ORDERS_PER_SECOND).await?.latency_us)
    }
}
