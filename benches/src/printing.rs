//! What a printer costs a sale, and how soon a receipt is at the printer.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cafe::Guests;
use serde_json::{Value, json};
use testkit::{FakePrinter, Http};

use crate::env::number_or;
use crate::report::{Report, Spread};
use crate::{orders, servers};

const ROUNDS: usize = 3;
/// Receipts in a round.
const RECEIPTS: usize = 100;
/// Sales of each kind in a round: enough that a pause of the disk decides nothing.
const SALES: usize = 1_000;
/// A receipt that is later than this has failed.
const LATEST: Duration = Duration::from_secs(10);

pub async fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let outlet = servers::outlet(dir.path(), &[])?;
    let (admin, _) = servers::admin(&outlet.url).await?;
    let menu = orders::seed(dir.path()).await?;
    let mut guests = Guests::new(11);
    let mut next = || {
        let lines = guests.lines();
        let mut order = guests.order(&menu, lines);
        order["payments"] = json!([{"method": "cash", "amount": 10_000_000}]);
        order
    };
    let rounds = number_or("BENCH_ROUNDS", ROUNDS)?;
    let mut printer = FakePrinter::start().await;
    let new = json!({"name": "Kasir", "kind": "receipt", "address": "127.0.0.1", "port": printer.port()});
    let (mut delays, mut dead) = (Vec::new(), Vec::new());
    let made = admin.post("/api/v1/printers", &new).await.data()["id"].as_str().context("no id")?.to_owned();
    for _ in 0..rounds {
        for _ in 0..RECEIPTS {
            let before = printer.papers().len();
            admin.post("/api/v1/orders", &next()).await.data();
            let paid = Instant::now();
            while printer.papers().len() == before {
                ensure!(paid.elapsed() < LATEST, "no receipt came out");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            delays.push(paid.elapsed().as_secs_f64() * 1e3);
        }
    }
    delays.sort_by(f64::total_cmp);
    let p99 = delays[delays.len() * 99 / 100];
    report.at_most("receipt bytes at the printer after the answer to the payment, p99", p99, 100.0, " ms");
    printer.switch_off().await;
    let path = format!("/api/v1/printers/{made}");
    for _ in 0..rounds {
        let mut times = Vec::new();
        for active in [false, true] {
            admin.call("PATCH", &path, &json!({"active": active})).await.data();
            times.push(sell(&admin, &mut next).await);
        }
        dead.push(times[1] / times[0]);
    }
    let ratios = Spread::of(dead.into_iter());
    report.median_at_most("a sale with a dead printer, relative to one without a printer", &ratios, 1.5, " x");
    Ok(())
}

/// Seconds for the sales of a round.
async fn sell(http: &Http, next: &mut impl FnMut() -> Value) -> f64 {
    let started = Instant::now();
    for _ in 0..SALES {
        http.post("/api/v1/orders", &next()).await.data();
    }
    started.elapsed().as_secs_f64()
}
