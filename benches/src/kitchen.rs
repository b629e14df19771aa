//! Time from "send" at a till until the kitchen's screen has read the ticket, with 20 tills: the screen waits for an event and
//! reads the board at once, and then at most once in 100 ms, as the page does. The time to draw is not measured.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::Http;

use crate::report::Report;
use crate::servers;

const TILLS: usize = 20;
const SENDS_EACH: usize = 20;
/// Each till sends an order this often; together they send 20 in a second.
const INTERVAL: Duration = Duration::from_secs(1);
/// As in `ui/kitchen/src/app.tsx`.
const REST: Duration = Duration::from_millis(100);
/// Tickets that the screen leaves on the board.
const ON_BOARD: usize = 30;

/// When each order was sent, and when its ticket was seen.
type Times = Arc<Mutex<HashMap<String, Instant>>>;

pub async fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let outlet = servers::outlet(dir.path(), &[])?;
    let (admin, _) = servers::admin(&outlet.url).await?;
    let dish = json!({"name": "Soto", "price": 20_000, "station": "kitchen"});
    let dish = admin.post("/api/v1/products", &dish).await.data()["id"].as_str().context("no id")?.to_owned();
    let (sent, seen) = (Times::default(), Times::default());
    let screen = tokio::spawn(screen(admin.clone(), Arc::clone(&seen)));
    let tills: Vec<_> = (0..TILLS)
        .map(|number| {
            let offset = INTERVAL * u32::try_from(number).unwrap_or_default() / u32::try_from(TILLS).unwrap_or(1);
            tokio::spawn(till(admin.clone(), dish.clone(), offset, Arc::clone(&sent)))
        })
        .collect();
    for till in tills {
        till.await??;
    }
    let all = TILLS * SENDS_EACH;
    let deadline = Instant::now() + Duration::from_secs(5);
    while lock(&seen).len() < all && Instant::now() < deadline {
        ensure!(!screen.is_finished(), "the screen has ended");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    screen.abort();
    let (sent, seen) = (lock(&sent), lock(&seen));
    ensure!(seen.len() == all, "{} of {all} tickets were on the screen", seen.len());
    let mut delays: Vec<f64> =
        sent.iter().filter_map(|(order, at)| Some((*seen.get(order)? - *at).as_secs_f64() * 1e3)).collect();
    delays.sort_by(f64::total_cmp);
    report.note("a ticket is on the kitchen's screen, 20 tills, median", format!("{:.0} ms", delays[delays.len() / 2]));
    report.at_most("a ticket is on the kitchen's screen, 20 tills, p99", delays[delays.len() * 99 / 100], 200.0, " ms");
    Ok(())
}

fn lock(times: &Times) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
    times.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn till(http: Http, dish: String, offset: Duration, sent: Times) -> Result<()> {
    let mut tick = tokio::time::interval_at((Instant::now() + INTERVAL + offset).into(), INTERVAL);
    for _ in 0..SENDS_EACH {
        let order = json!({"lines": [{"product_id": dish, "qty": 2}], "table_number": "4"});
        let order = http.post("/api/v1/orders", &order).await.data()["id"].as_str().context("no id")?.to_owned();
        tick.tick().await;
        lock(&sent).insert(order.clone(), Instant::now());
        let answer = http.post(&format!("/api/v1/orders/{order}/send"), &json!({})).await;
        ensure!(answer.status == 200, "not sent: {}", answer.text);
    }
    Ok(())
}

/// Reads the board after each event, and bumps the oldest tickets.
async fn screen(http: Http, seen: Times) -> Result<()> {
    let mut events = http.request("GET", "/api/v1/events?topics=kitchen").send().await?;
    let mut next = Instant::now();
    while events.chunk().await?.is_some() {
        tokio::time::sleep_until(next.into()).await;
        // One reading is enough for all that was reported in the meantime.
        while let Ok(event) = tokio::time::timeout(Duration::ZERO, events.chunk()).await {
            ensure!(event?.is_some(), "the events have ended");
        }
        next = Instant::now() + REST;
        let board = http.get("/api/v1/kitchen/tickets?station=kitchen&limit=500").await;
        let tickets = board.data().as_array().context("a board")?.clone();
        let now = Instant::now();
        for ticket in &tickets {
            let order = ticket["order_id"].as_str().unwrap_or_default().to_owned();
            lock(&seen).entry(order).or_insert(now);
        }
        for ticket in tickets.iter().take(tickets.len().saturating_sub(ON_BOARD)) {
            let path = format!("/api/v1/kitchen/tickets/{}/ready", ticket["id"].as_str().unwrap_or_default());
            http.post(&path, &Value::Null).await;
        }
    }
    Ok(())
}
