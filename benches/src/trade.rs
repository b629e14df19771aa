//! What a whole trade costs: an order with a discount, and reports of a shop with a million past orders.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use cafe::{Guests, Menu};
use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::Http;

use crate::env::number_or;
use crate::report::{Report, Spread};
use crate::rows::fresh;
use crate::{orders, servers};

const ROUNDS: usize = 3;
/// Orders of each kind in a round.
const PAIRS: usize = 300;
/// Orders in the shift whose report is read.
const IN_SHIFT: usize = 500;
const PAST: usize = 1_000_000;

pub async fn run(report: &mut Report) -> Result<()> {
    discounted(report).await?;
    with_a_past(report).await
}

/// Creates and pays orders, alternately with and without a discount.
async fn discounted(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let outlet = servers::outlet(dir.path(), &[])?;
    let (admin, _) = servers::admin(&outlet.url).await?;
    let menu = orders::seed(dir.path()).await?;
    let mut guests = Guests::new(7);
    let mut ratios = Vec::new();
    for _ in 0..number_or("BENCH_ROUNDS", ROUNDS)? {
        let (mut plain, mut discounted) = (0.0, 0.0);
        for _ in 0..PAIRS {
            let lines = guests.lines();
            let order = json!({"lines": guests.order(&menu, lines)["lines"]});
            plain += create_and_pay(&admin, &order).await;
            let mut with_discount = order.clone();
            with_discount["discounts"] = json!([{"kind": "percent", "rate_bp": 1_000, "name": "Member"}]);
            discounted += create_and_pay(&admin, &with_discount).await;
        }
        ratios.push(discounted / plain);
    }
    let ratios = Spread::of(ratios.into_iter());
    report.median_at_most("an order with a discount, created and paid, relative to one without", &ratios, 1.3, " x");
    Ok(())
}

/// Seconds.
async fn create_and_pay(http: &Http, order: &Value) -> f64 {
    let started = Instant::now();
    let created = http.post("/api/v1/orders", order).await.data().clone();
    let payment = json!({"method": "qris", "amount": created["total"]});
    let path = format!("/api/v1/orders/{}/payments", created["id"].as_str().unwrap_or_default());
    http.post(&path, &payment).await.data();
    started.elapsed().as_secs_f64()
}

/// Reads the report of a shift and an order in a database with a million past orders.
async fn with_a_past(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    past(dir.path())?;
    let outlet = servers::outlet(dir.path(), &[])?;
    let (admin, _) = servers::admin(&outlet.url).await?;
    let menu: Menu = orders::seed(dir.path()).await?;
    let drawer = admin.post("/api/v1/drawers", &json!({"name": "Laci"})).await.data()["id"].clone();
    let shift = json!({"drawer_id": drawer, "opening": 500_000});
    let shift = admin.post("/api/v1/shifts", &shift).await.data()["id"].as_str().unwrap_or_default().to_owned();
    let mut guests = Guests::new(8);
    let mut last = String::new();
    for _ in 0..IN_SHIFT {
        let lines = guests.lines();
        let order = guests.order(&menu, lines);
        last = admin.post("/api/v1/orders", &order).await.data()["id"].as_str().unwrap_or_default().to_owned();
    }
    let title = format!("X of a shift of {IN_SHIFT} orders, {PAST} past orders, p99");
    report.at_most(&title, p99(&admin, &format!("/api/v1/shifts/{shift}/report")).await, 50.0, " ms");
    report.at_most(
        "an order, with the same past, p99",
        p99(&admin, &format!("/api/v1/orders/{last}")).await,
        20.0,
        " ms",
    );
    let started = Instant::now();
    admin.post(&format!("/api/v1/shifts/{shift}/close"), &json!({"counted": 500_000})).await.data();
    report.at_most("Z of that shift: its close", started.elapsed().as_secs_f64() * 1e3, 50.0, " ms");
    Ok(())
}

/// Milliseconds.
async fn p99(http: &Http, path: &str) -> f64 {
    let mut times = Vec::with_capacity(200);
    for _ in 0..200 {
        let started = Instant::now();
        http.get(path).await.data();
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() * 99 / 100]
}

/// A database with past orders, each with a line and a payment of an earlier shift.
fn past(dir: &Path) -> Result<()> {
    let connection: Connection = fresh(dir, "pos.db", true)?;
    for part in 0..PAST / 10_000 {
        connection.execute_batch(&format!(
            "begin;
             create temp table n as with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
               select printf('019{part:05}-%05d', i) id, date('2024-01-01', ({part} * 10) || ' days') day, i from n;
             insert into order_lines (order_id, id, position, product_id, name, price, qty, amount, tax_group, station)
               select id, 'l', 1, 'p', 'Kopi', 18000, 1, 18000, 'pbjt', 'bar' from n;
             insert into payments (order_id, id, method, amount, tendered, business_date, shift_id, created_at)
               select id, 'p', 'cash', 18000, 18000, day, 'shift-' || {part}, day from n;
             insert into orders (id, order_number, business_date, status, order_type, subtotal, total, paid, created_at,
                paid_at, paid_date, shift_id)
               select id, 'JKT-' || id, day, 'paid', 'take_away', 18000, 18000, 18000, day, day, day, 'shift-' || {part} from n;
             drop table n;
             commit;"
        ))?;
    }
    Ok(())
}
