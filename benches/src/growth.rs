//! Costs with many orders: three shops that have sold 10,000, 100,000 and 1,000,000 orders run the same measurements in
//! turn. All orders are at the shops' hubs; the largest shop and its hub need about 9 GB in the temporary folder.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cafe::Menu;
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;
use testkit::{Http, Process};

use crate::cpu::process_seconds;
use crate::env::number_or;
use crate::idle::resident_mb;
use crate::report::{Report, Spread, median};
use crate::{drain, load, servers};

/// Orders of the largest shop, unless `BENCH_ORDERS` is set; the others have a tenth and a hundredth.
const MAX_ORDERS: usize = 1_000_000;
const ROUNDS: usize = 5;
/// New orders per turn: sold over many connections, then drained.
const MANY: u32 = 10_000;
/// Sold over one connection.
const FEW: usize = 200;
/// Requests per median.
const REQUESTS: usize = 50;

/// The measurements with their units.
const MEASUREMENTS: [&str; 8] = [
    "an order, 1 connection, p50 (ms)",
    "an order, 64 connections, p99 (ms)",
    "an order, CPU of the outlet (us)",
    "GET /sync/status (ms)",
    "1,000 orders drained (ms)",
    "the first page of orders (ms)",
    "a page of orders from the middle (ms)",
    "the outlet's memory (MB)",
];

pub async fn run(report: &mut Report) -> Result<()> {
    let max_orders = number_or("BENCH_ORDERS", MAX_ORDERS)?;
    let sizes = [max_orders / 100, max_orders / 10, max_orders];
    let mut shops = Vec::new();
    for size in sizes {
        shops.push(Shop::open(size, report).await?);
    }
    let mut all: [Vec<[f64; MEASUREMENTS.len()]>; 3] = Default::default();
    for round in 0..number_or("BENCH_ROUNDS", ROUNDS)? as u64 {
        for (shop, turns) in shops.iter().zip(&mut all) {
            turns.push(shop.turn(round).await?);
        }
    }
    for (index, name) in MEASUREMENTS.iter().enumerate() {
        let medians = all.iter().map(|turns| median(turns.iter().map(|turn| turn[index]).collect()));
        let medians: Vec<_> = medians.map(|figure| format!("{figure:.2}")).collect();
        let [few, .., many] = &all;
        let ratio = Spread::of(few.iter().zip(many).map(|(few, many)| many[index] / few[index]));
        report.note(
            &format!("with {}, {} and {max_orders} orders: {name}", sizes[0], sizes[1]),
            format!("{}; the last is {ratio:.2} x the first", medians.join(", ")),
        );
    }
    Ok(())
}

/// An outlet and its hub.
struct Shop {
    dir: TempDir,
    _hub: Process,
    outlet: Process,
    admin: Http,
    token: String,
    menu: Menu,
    queue: Connection,
    /// An id in the middle of its orders.
    middle: String,
}

impl Shop {
    /// Sells this many orders and drains them.
    async fn open(size: usize, report: &mut Report) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let started = Instant::now();
        let menu = drain::sell(dir.path(), size)?;
        let sold = started.elapsed();
        let (hub, env) = servers::hub(dir.path())?;
        let outlet = servers::outlet(dir.path(), &env)?;
        let (admin, token) = servers::admin(&outlet.url).await?;
        let queue = Connection::open(dir.path().join("pos.db"))?;
        let middle =
            queue.query_row("select id from orders order by id limit 1 offset ?1", [size / 2], |row| row.get(0))?;
        let shop = Self { dir, _hub: hub, outlet, admin, token, menu, queue, middle };
        shop.drained().await?;
        let drained = started.elapsed() - sold;
        report.note(
            &format!("a shop with {size} orders: sold and drained in"),
            format!("{:.1} and {:.1} s", sold.as_secs_f64(), drained.as_secs_f64()),
        );
        shop.turn(999).await?;
        Ok(shop)
    }

    async fn turn(&self, seed: u64) -> Result<[f64; MEASUREMENTS.len()]> {
        self.sync(false).await?;
        let few = self.sell(1, FEW, 10 * seed).await?;
        let cpu_before = process_seconds(self.outlet.id())?;
        let many = self.sell(64, MANY as usize, 10 * seed + 1).await?;
        let cpu_us = (process_seconds(self.outlet.id())? - cpu_before) * 1e6 / f64::from(MANY);
        let status = self.latency_ms("/api/v1/sync/status").await?;
        let first = self.latency_ms("/api/v1/orders?limit=50").await?;
        let middle = self.latency_ms(&format!("/api/v1/orders?limit=50&cursor={}", self.middle)).await?;
        self.sync(true).await?;
        let drained = self.drained().await?;
        let memory = resident_mb(self.outlet.id())?;
        Ok([few.ms_at(0.5), many.ms_at(0.99), cpu_us, status, drained, first, middle, memory])
    }

    async fn sell(&self, connections: usize, count: usize, seed: u64) -> Result<load::LoadResult> {
        load::send(&self.outlet.url, connections, load::requests(&self.menu, &self.token, count, seed)).await
    }

    async fn sync(&self, on: bool) -> Result<()> {
        let answer = self.admin.call("PUT", "/api/v1/config/outlet", &json!({"sync_enabled": on})).await;
        ensure!(answer.status == 200, "sync was not switched: {}", answer.text);
        Ok(())
    }

    /// Median latency of a request, in milliseconds.
    async fn latency_ms(&self, path: &str) -> Result<f64> {
        let mut times = Vec::new();
        for _ in 0..REQUESTS {
            let started = Instant::now();
            let answer = self.admin.get(path).await;
            ensure!(answer.status == 200, "{path}: {}", answer.text);
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        Ok(median(times))
    }

    /// Waits until nothing is pending. Returns milliseconds per 1,000 orders, from the first acknowledged one on.
    async fn drained(&self) -> Result<f64> {
        let waiting = self.pending()?;
        let deadline = Instant::now() + Duration::from_secs(300);
        let mut first = None;
        loop {
            let pending = self.pending()?;
            if first.is_none() && pending < waiting {
                first = Some((Instant::now(), pending));
            }
            if pending == 0 {
                break;
            }
            ensure!(Instant::now() < deadline, "the drain does not finish: {pending} pending");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let (since, pending) =
            first.with_context(|| format!("nothing was pending in {}", self.dir.path().display()))?;
        #[expect(clippy::cast_precision_loss, reason = "a time, for display")]
        let thousands = pending as f64 / 1e3;
        Ok(since.elapsed().as_secs_f64() * 1e3 / thousands)
    }

    fn pending(&self) -> Result<i64> {
        Ok(self.queue.query_row("select pending from sync_context", [], |row| row.get(0))?)
    }
}
