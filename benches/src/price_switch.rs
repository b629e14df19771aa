//! Head office plans a price for a minute, and its hub is gone by then: the time after the minute until each of 1,000
//! outlets sells at it. The outlets are complete ones, in this process, and all are asked at once.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::LocalMinute;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::env::number_or;
use crate::outlets::{Outlets, price};
use crate::report::Report;
use crate::servers;

const OUTLETS: usize = 1_000;
const OLD: i64 = 20_000;
const NEW: i64 = 22_500;
/// The price is planned for the minute that begins at least this long from now, so that all outlets have received it.
const AHEAD: SignedDuration = SignedDuration::from_secs(20);
/// The old price is asked for this long before the minute.
const BEFORE: Duration = Duration::from_secs(4);
/// An outlet that still has the old price is asked again after this.
const AGAIN: Duration = Duration::from_millis(20);

pub async fn run(report: &mut Report) -> Result<()> {
    let count = number_or("BENCH_OUTLETS", OUTLETS)?;
    let dir = tempfile::tempdir()?;
    let keys: Vec<Value> =
        (1..=count).map(|number| servers::add_outlet(dir.path(), &format!("B-{number:04}"))).collect::<Result<_>>()?;
    let (hub, boss) = servers::head_office(dir.path(), servers::SQLITE).await?;
    let created = boss.post("/v1/hq/products", &json!({"name": "Kopi Susu", "price": OLD})).await;
    let id = created.data()["id"].as_str().context("a product without an id")?.to_owned();
    let outlets = Outlets::open(dir.path(), &hub.url, &keys).await?;
    outlets.all_have(&id, OLD).await?;

    let minute = (Timestamp::now() + AHEAD + SignedDuration::from_secs(59)).as_second() / 60 * 60;
    let begin = Timestamp::from_second(minute)?;
    // The zone of outlets without settings.
    let valid_from = LocalMinute::at(&TimeZone::get("Asia/Jakarta")?, begin).to_string();
    let plan = json!({"outlet_ids": "all", "valid_from": valid_from, "prices": [{"product_id": id, "price": NEW}]});
    boss.post("/v1/hq/price-changes", &plan).await.data();
    received(&boss, count).await?;
    drop(hub);

    let until = |moment: Timestamp| Duration::try_from(moment.duration_since(Timestamp::now())).unwrap_or_default();
    tokio::time::sleep(until(begin).saturating_sub(BEFORE)).await;
    for app in &outlets.apps {
        ensure!(price(app, &id).await? == Some(OLD), "a price was in force before its minute");
    }
    ensure!(Timestamp::now() < begin, "the machine is too slow to ask all outlets before the minute");
    tokio::time::sleep(until(begin)).await;
    let started = Instant::now();
    let asked: JoinSet<Result<f64>> = outlets
        .apps
        .iter()
        .map(|app| {
            let (app, id) = (app.clone(), id.clone());
            async move {
                while price(&app, &id).await? != Some(NEW) {
                    ensure!(started.elapsed() < BEFORE, "the old price is still in force");
                    tokio::time::sleep(AGAIN).await;
                }
                Ok(started.elapsed().as_secs_f64() * 1e3)
            }
        })
        .collect();
    let mut delays = asked.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
    delays.sort_by(f64::total_cmp);
    let last = *delays.last().context("no outlets")?;
    report.note(
        &format!("a planned price is in force at {count} outlets without the hub, median"),
        format!("{:.0} ms", delays[delays.len() / 2]),
    );
    report.at_most(
        &format!("a planned price is in force at {count} outlets without the hub, the last"),
        last,
        1_000.0,
        " ms",
    );
    outlets.close().await
}

/// Waits until head office sees that all outlets have received the price.
async fn received(boss: &testkit::Http, count: usize) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let changes = boss.get("/v1/hq/price-changes").await;
        if changes.data()[0]["received"] == json!(count) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "not all outlets have received the price: {}", changes.text);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
