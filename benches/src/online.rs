//! Time for a sale to reach the hub, at 20 sales per second.

use std::time::Duration;

use anyhow::{Result, ensure};
use cafe::Guests;
use rusqlite::Connection;
use serde_json::json;
use uuid::Uuid;

use crate::report::Report;
use crate::{orders, servers};

const SECONDS: u64 = 20;
const RATE: u64 = 20;

pub async fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (_hub, env) = servers::hub(dir.path())?;
    let outlet = servers::outlet(dir.path(), &env)?;
    let (admin, _) = servers::admin(&outlet.url).await?;
    let menu = orders::seed(dir.path()).await?;
    let mut guests = Guests::new(9);
    let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / RATE));
    let mut sales = Vec::new();
    for _ in 0..SECONDS * RATE {
        tick.tick().await;
        let lines = guests.lines();
        let mut order = guests.order(&menu, lines);
        order["id"] = json!(Uuid::now_v7().to_string());
        let admin = admin.clone();
        sales.push(tokio::spawn(async move { admin.post("/api/v1/orders", &order).await.status }));
    }
    for sale in sales {
        ensure!(sale.await? == 201, "a sale was rejected");
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut delays = delays_ms(&dir.path().join("hub.db"))?;
    ensure!(delays.len() == usize::try_from(SECONDS * RATE)?, "{} orders arrived", delays.len());
    delays.sort_by(f64::total_cmp);
    report.at_most("a sale is at the hub, median", delays[delays.len() / 2], 50.0, " ms");
    report.at_most("a sale is at the hub, p99", delays[delays.len() * 99 / 100], 250.0, " ms");
    Ok(())
}

fn delays_ms(hub: &std::path::Path) -> Result<Vec<f64>> {
    let connection = Connection::open(hub)?;
    let mut statement = connection.prepare(
        "select (julianday(received_at) - julianday(json_extract(document, '$.created_at'))) * 86400000.0
         from documents where entity_type = 'order'",
    )?;
    let delays = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(delays)
}
