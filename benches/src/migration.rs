//! Downtime of a migration from SQLite to PostgreSQL: 200,000 orders of eight outlets, copied and compared.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testkit::{Http, Postgres, program};

use crate::report::Report;
use crate::sender::{self, Sender, order, packed, send};
use crate::servers;

const OUTLETS: usize = 8;
const BATCHES: usize = 25;
const ORDERS: usize = 1_000;

pub async fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let senders = sender::add(&file(dir.path()), (0..OUTLETS).map(|n| format!("M-{n}")).collect()).await?;
    let hub = servers::node(dir.path(), "hub", servers::SQLITE)?;
    for sender in &senders {
        sell(sender, &hub.url).await?;
    }
    drop(hub);
    let cluster = tokio::task::spawn_blocking(|| Postgres::start(crate::chain::SETTINGS)).await?;
    let started = Instant::now();
    let migrated = program(servers::gerai()?)
        .args(["hub", "migrate", "--json", "--from", servers::SQLITE, "--to", &cluster.url()])
        .current_dir(dir.path())
        .output()?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(migrated.status.success(), "the migration failed: {}", String::from_utf8_lossy(&migrated.stderr));
    let result: Value = serde_json::from_slice(&migrated.stdout)?;
    let tables = result["tables"].as_array().context("no tables")?;
    let rows = |name: &str| tables.iter().find(|table| table["table"] == name).and_then(|table| table["rows"].as_u64());
    ensure!(
        rows("documents") == Some(u64::try_from(OUTLETS * BATCHES * ORDERS)?),
        "not all orders were migrated: {result}"
    );
    let all: u64 = tables.iter().filter_map(|table| table["rows"].as_u64()).sum();
    #[expect(clippy::cast_precision_loss, reason = "a rate, for display")]
    let rate = all as f64 / seconds;
    report.note(
        "migration to PostgreSQL: 200,000 orders, copied and compared",
        format!("{seconds:.1} s, {rate:.0} rows/s of {all}"),
    );
    Ok(())
}

fn file(dir: &Path) -> String {
    format!("sqlite:{}", dir.join("hub.db").display())
}

async fn sell(sender: &Sender, hub: &str) -> Result<()> {
    let http = Http::new(hub).with_token(&sender.key);
    for no in 1..=BATCHES {
        let orders: Vec<_> = ((no - 1) * ORDERS..no * ORDERS).map(|n| order(n, 1, "2026-11-22")).collect();
        send(&http, &sender.id, &packed(&sender.batch(no, ORDERS, 1, &orders))?).await?;
    }
    Ok(())
}
