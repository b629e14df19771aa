//! Head office changes a price while 200 outlets are connected: the time until it is in force at each, and the hub's
//! memory per idle outlet. The hub is the real program; the outlets are complete ones, in this process.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use replica::progress::cursor;
use serde_json::{Value, json};
use testkit::Process;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::idle::resident_mb;
use crate::outlets::Outlets;
use crate::report::Report;
use crate::servers;

const OUTLETS: usize = 200;
/// Additional waiting connections per outlet while memory is measured.
const MORE_EACH: usize = 5;
const CHANGES: i64 = 20;

pub async fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let keys: Vec<Value> = (1..=OUTLETS)
        .map(|number| servers::add_outlet(dir.path(), &format!("B-{number:03}")))
        .collect::<Result<_>>()?;
    let (hub, boss) = servers::head_office(dir.path(), servers::SQLITE).await?;
    let created = boss.post("/v1/hq/products", &json!({"name": "Kopi Susu", "price": 20_000})).await;
    let id = created.data()["id"].as_str().context("a product without an id")?.to_owned();

    let outlets = Outlets::open(dir.path(), &hub.url, &keys).await?;
    outlets.all_have(&id, 20_000).await?;
    idle(report, &hub, &outlets, &keys).await?;

    let mut delays = Vec::new();
    for change in 1..=CHANGES {
        let price = 20_000 + change * 500;
        let started = Instant::now();
        let waiting = outlets.wait_for(&id, price);
        let path = format!("/v1/hq/products/{id}");
        ensure!(boss.call("PATCH", &path, &json!({"price": price})).await.status == 200, "the price was not changed");
        for arrived in waiting.join_all().await {
            delays.push((arrived? - started).as_secs_f64() * 1e3);
        }
    }
    delays.sort_by(f64::total_cmp);
    report.note("a price is in force at 200 outlets, median", format!("{:.0} ms", delays[delays.len() / 2]));
    report.at_most("a price is in force at 200 outlets, p99", delays[delays.len() * 99 / 100], 1_000.0, " ms");
    outlets.close().await
}

/// Memory of a connection that waits for changes: more of them are opened as outlets do, on a hub with warm caches.
async fn idle(report: &mut Report, hub: &Process, outlets: &Outlets, keys: &[Value]) -> Result<()> {
    let address = hub.url.strip_prefix("http://").context("an address without http://")?;
    let before = settled_mb(hub).await?;
    let mut waiting = Vec::new();
    for (app, key) in outlets.apps.iter().zip(keys) {
        let pull = app.db.read(cursor::pull_request).await?;
        let (outlet_id, api_key) = (key["outlet_id"].as_str(), key["api_key"].as_str());
        let at = pull.at.map(|at| format!("&at={at}")).unwrap_or_default();
        let request = format!(
            "GET /v1/outlets/{}/updates?cursor={}&epoch={}&wait=60{at} HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {}\r\n\r\n",
            outlet_id.unwrap_or_default(),
            pull.cursor,
            pull.epoch_id,
            api_key.unwrap_or_default(),
        );
        for _ in 0..MORE_EACH {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(request.as_bytes()).await?;
            waiting.push(stream);
        }
    }
    let after = settled_mb(hub).await?;
    let mut answer = [0; 4_096];
    for stream in &waiting {
        if let Ok(bytes) = stream.try_read(&mut answer) {
            bail!("a connection was answered at once: {}", String::from_utf8_lossy(&answer[..bytes]));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure, for display")]
    let each = (after - before) * 1_024.0 / waiting.len() as f64;
    report.at_most("an idle connected outlet costs the hub", each, 30.0, " KB");
    Ok(())
}

/// The hub's memory at rest.
async fn settled_mb(hub: &Process) -> Result<f64> {
    tokio::time::sleep(Duration::from_secs(5)).await;
    resident_mb(hub.id())
}
