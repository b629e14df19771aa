//! Daily figures of a chain with a million orders, on both engines. The orders are pushed as outlets do.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use testkit::{Http, Postgres};
use tokio::task::JoinSet;

use crate::report::Report;
use crate::sender::{self, Sender, order, packed, send};
use crate::servers;

const OUTLETS: usize = 20;
const BATCHES: usize = 50;
const ORDERS: usize = 1_000;
/// Days of each month, so that all months are alike.
const DAYS: usize = 28;
const REQUESTS: usize = 100;
/// As the manual recommends; the WAL is limited, because a million orders would add 5 GB of it.
const SETTINGS: &str = "-c shared_buffers=1GB";

pub async fn run(report: &mut Report) -> Result<()> {
    let cluster = tokio::task::spawn_blocking(|| Postgres::start(SETTINGS)).await?;
    let dir = tempfile::tempdir()?;
    measure(report, "PostgreSQL", dir.path(), &cluster.url()).await?;
    drop(cluster);
    let dir = tempfile::tempdir()?;
    let file = format!("sqlite:{}", dir.path().join("hub.db").display());
    measure(report, "SQLite", dir.path(), &file).await
}

async fn measure(report: &mut Report, engine: &str, dir: &Path, database: &str) -> Result<()> {
    let senders = sender::add(database, (0..OUTLETS).map(|n| format!("D-{n}")).collect()).await?;
    let (hub, boss) = servers::head_office(dir, database).await?;
    let started = Instant::now();
    let mut all = JoinSet::new();
    for sender in senders {
        all.spawn(sell_a_year(sender, hub.url.clone()));
    }
    while let Some(sold) = all.join_next().await {
        sold??;
    }
    report.note(&format!("{engine}: ingest of a million orders of 20 outlets"), format!("{:.0?}", started.elapsed()));

    let year = boss.get("/v1/hq/sales/daily?from=2026-01-01&to=2026-12-31").await;
    let days = year.data().as_array().map(Vec::as_slice).unwrap_or_default();
    let orders: usize = days.iter().filter_map(|day| usize::try_from(day["orders"].as_i64()?).ok()).sum();
    let expected = (OUTLETS * 12 * DAYS, OUTLETS * BATCHES * ORDERS);
    ensure!((days.len(), orders) == expected, "{} days of {orders} orders instead of {expected:?}", days.len());

    let months: Vec<f64> =
        latencies_ms(&boss, |n| format!("from=2026-{0:02}-01&to=2026-{0:02}-28", 1 + n % 12)).await?;
    let years: Vec<f64> = latencies_ms(&boss, |_| "from=2026-01-01&to=2026-12-31".to_owned()).await?;
    let p99 = |ms: &[f64]| ms[ms.len() * 99 / 100 - 1];
    report.at_most(&format!("{engine}: daily figures of a month, 20 outlets, p99"), p99(&months), 100.0, " ms");
    let year_figures = format!("{:.0} ms, median {:.0}", p99(&years), years[years.len() / 2]);
    report.note(&format!("{engine}: daily figures of the year, 6,720 days, p99"), year_figures);
    Ok(())
}

async fn sell_a_year(sender: Sender, hub: String) -> Result<()> {
    let http = Http::new(&hub).with_token(&sender.key);
    let sender = Arc::new(sender);
    for no in 1..=BATCHES {
        let from = sender.clone();
        let batch = tokio::task::spawn_blocking(move || {
            let orders: Vec<_> = ((no - 1) * ORDERS..no * ORDERS).map(|n| order(n, 1, &date(n))).collect();
            packed(&from.batch(no, ORDERS, 1, &orders))
        });
        send(&http, &sender.id, &batch.await??).await?;
    }
    Ok(())
}

fn date(n: usize) -> String {
    let day = n * 12 * DAYS / (BATCHES * ORDERS);
    format!("2026-{:02}-{:02}", 1 + day / DAYS, 1 + day % DAYS)
}

/// Milliseconds from the request to the last byte, sorted.
async fn latencies_ms(boss: &Http, period: impl Fn(usize) -> String) -> Result<Vec<f64>> {
    let mut ms = Vec::new();
    for n in 0..REQUESTS {
        let request = boss.request("GET", &format!("/v1/hq/sales/daily?{}", period(n)));
        let started = Instant::now();
        let answer = request.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        ms.push(started.elapsed().as_secs_f64() * 1e3);
        ensure!(status.as_u16() == 200 && bytes.len() > 10_000, "{status}: {} bytes", bytes.len());
    }
    ms.sort_by(f64::total_cmp);
    Ok(ms)
}
