//! A new outlet of a chain with 20,000 products: the time until it sells, and the rate at which it applies 50,000
//! missed changes. Hub and outlets are the real program.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use serde_json::{Value, json};
use testkit::{Http, Process, program};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::cpu::process_seconds;
use crate::report::{Report, median};
use crate::servers;

const PRODUCTS: usize = 20_000;
const CATEGORIES: usize = 40;
const CHANGES: usize = 50_000;
const OUTLETS: usize = 3;
/// Concurrent requests of head office.
const CONCURRENT_REQUESTS: usize = 32;
/// Changes that an outlet applies in one transaction.
const PAGE: usize = 200;
const PIN: &str = "4711";

pub async fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (hub, boss) = servers::head_office(dir.path(), servers::SQLITE).await?;
    let products = stock(&boss).await?;

    let (mut ready, mut methods, mut outlets) = (vec![], vec![], vec![]);
    for number in 1..=OUTLETS {
        let joined = join(dir.path(), number, &hub, &boss, &products).await?;
        ready.push(joined.ready_s);
        methods.push(if snapshots(&joined.dir)? == 1 { "by snapshot" } else { "by ranges" });
        outlets.push(joined.dir);
    }
    report.note("a new outlet gets 20,000 products", methods.join(", "));
    report.at_most(
        "a new outlet of 20,000 products sells, slowest of 3",
        ready.into_iter().fold(0.0, f64::max),
        5.0,
        " s",
    );

    change_prices(&boss, &products).await?;
    let (mut pulled, mut cpu, mut direct) = (vec![], vec![], vec![]);
    for outlet in outlets {
        direct.push(upsert(&outlet, &products)?);
        let catch_up = move || catch_up(&outlet);
        let (rate, each) = tokio::task::spawn_blocking(catch_up).await??;
        pulled.push(rate);
        cpu.push(each);
    }
    report.note("the same rows directly to SQLite, 200 per commit", format!("{:.0} changes/s", median(direct)));
    report.note("pulling 50,000 changes: CPU of the whole outlet", format!("{:.0} us per change", median(cpu)));
    report.at_least("pulling 50,000 changes", median(pulled), 20_000.0, " changes/s");
    Ok(())
}

/// Creates the chain's catalog. Returns the products' ids.
async fn stock(boss: &Http) -> Result<Vec<String>> {
    let charges = [
        json!({"name": "Service", "kind": "service", "rate_bp": 500}),
        json!({"name": "PB1", "kind": "tax", "rate_bp": 1_000, "service_base": "after_discount"}),
    ];
    for charge in &charges {
        boss.post("/v1/hq/charges", charge).await.data();
    }
    let mut categories = Vec::new();
    for number in 0..CATEGORIES {
        let created = boss.post("/v1/hq/categories", &json!({"name": format!("Rak {number}")})).await;
        categories.push(created.data()["id"].clone());
    }
    let products: Vec<String> = (0..PRODUCTS).map(|_| Uuid::now_v7().to_string()).collect();
    let calls = products.iter().enumerate().map(|(number, id)| {
        let category = &categories[number % CATEGORIES];
        let body = json!({"id": id, "name": format!("Barang {number:05}"), "code": format!("B{number:05}"),
            "barcode": format!("899{number:010}"), "price": 1_000 + number, "category_id": category});
        ("POST", "/v1/hq/products".to_owned(), body)
    });
    call_all(boss, calls.collect()).await?;
    Ok(products)
}

/// Changes prices while no outlet listens.
async fn change_prices(boss: &Http, products: &[String]) -> Result<()> {
    let calls = (0..CHANGES).map(|number| {
        let (id, price) = change(products, number);
        ("PATCH", format!("/v1/hq/products/{id}"), json!({"price": price}))
    });
    call_all(boss, calls.collect()).await
}

/// The product of a change, and its new price.
fn change(products: &[String], number: usize) -> (&str, usize) {
    (&products[number % products.len()], 50_000 + number)
}

async fn call_all(boss: &Http, calls: Vec<(&'static str, String, Value)>) -> Result<()> {
    let mut queues: Vec<Vec<_>> = (0..CONCURRENT_REQUESTS).map(|_| Vec::new()).collect();
    for (number, call) in calls.into_iter().enumerate() {
        queues[number % CONCURRENT_REQUESTS].push(call);
    }
    let mut tasks: JoinSet<Result<()>> = queues
        .into_iter()
        .map(|queue| {
            let boss = boss.clone();
            async move {
                for (method, path, body) in queue {
                    let answer = boss.call(method, &path, &body).await;
                    ensure!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text);
                }
                Ok(())
            }
        })
        .collect();
    while let Some(result) = tasks.join_next().await {
        result??;
    }
    Ok(())
}

struct Joined {
    dir: PathBuf,
    ready_s: f64,
}

/// A new machine enrolls with a one-time code, and sells the last product once it has all of them.
async fn join(dir: &Path, number: usize, hub: &Process, boss: &Http, products: &[String]) -> Result<Joined> {
    let added = servers::add_outlet(dir, &format!("B-{number:03}"))?;
    let text = |field: &str| added[field].as_str().context("an outlet without its fields");
    let user = json!({"username": "sari", "role": "cashier", "pin": PIN});
    boss.post(&format!("/v1/hq/outlets/{}/users", text("outlet_id")?), &user).await.data();
    let (url, code) = (format!("{}/v1", hub.url), text("enroll_code")?);
    let dir = dir.join(format!("outlet-{number}"));
    std::fs::create_dir(&dir)?;

    let started = Instant::now();
    let joined = program(servers::gerai()?)
        .args(["enroll", "--hub", &url, "--code", code, "--db", "pos.db"])
        .current_dir(&dir)
        .output()?;
    ensure!(joined.status.success(), "enrollment failed: {}", String::from_utf8_lossy(&joined.stderr));
    let mut outlet = servers::outlet(&dir, &[])?;
    let watch = watch(&dir)?;
    let deadline = started + Duration::from_secs(120);
    while !has_all(&watch)? {
        ensure!(Instant::now() < deadline, "the products did not arrive within two minutes");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let last = products.last().context("no products")?;
    let order = json!({"id": Uuid::now_v7().to_string(), "lines": [{"product_id": last, "qty": 1}],
        "payments": [{"method": "cash", "amount": 100_000}]});
    Http::new(&outlet.url).log_in("sari", PIN).await.post("/api/v1/orders", &order).await.data();
    let ready_s = started.elapsed().as_secs_f64();
    ensure!(outlet.terminate() == Some(0), "the outlet did not stop cleanly");
    Ok(Joined { dir, ready_s })
}

fn watch(dir: &Path) -> Result<Connection> {
    Ok(Connection::open_with_flags(dir.join("pos.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

fn has_all(outlet: &Connection) -> Result<bool> {
    let sql = "select (select count(*) from products) = ?1 and exists (select 1 from users where username = 'sari')
                 and (select count(*) from charges) = 2";
    Ok(outlet.query_row(sql, [PRODUCTS], |row| row.get(0))?)
}

/// Number of snapshots that this outlet has applied.
fn snapshots(dir: &Path) -> Result<usize> {
    Ok(std::fs::read_to_string(dir.join("outlet.log"))?.matches("the snapshot is applied").count())
}

/// Changes per second from the outlet's start until it has applied all missed changes, and CPU microseconds per change.
fn catch_up(dir: &Path) -> Result<(f64, f64)> {
    let watch = watch(dir)?;
    let position = || -> Result<usize> {
        Ok(watch.query_row("select n from sync_cursors where stream = 'catalog'", [], |row| row.get(0))?)
    };
    let (from, before) = (position()?, snapshots(dir)?);
    let started = Instant::now();
    let outlet = servers::outlet(dir, &[])?;
    let deadline = started + Duration::from_secs(120);
    while position()? < from + CHANGES {
        ensure!(Instant::now() < deadline, "catching up takes too long: {} of {CHANGES}", position()? - from);
        std::thread::sleep(Duration::from_millis(5));
    }
    let (duration, cpu) = (started.elapsed(), process_seconds(outlet.id())?);
    ensure!(snapshots(dir)? == before, "the changes came by snapshot, not by pages");
    Ok((rate(duration)?, cpu * 1e6 / f64::from(u32::try_from(CHANGES)?)))
}

/// Changes per second if their rows are written directly into a copy of the outlet's database, without triggers.
fn upsert(outlet: &Path, products: &[String]) -> Result<f64> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("bare.db");
    watch(outlet)?.execute("vacuum into ?1", [path.to_str()])?;
    let connection = crate::rows::fresh(dir.path(), "bare.db", false)?;
    let mut row = connection.prepare(
        "select code, barcode, name, category_id, tax_group, station, available, variants, modifier_groups
         from products where id = ?1",
    )?;
    let mut rows = Vec::new();
    for id in products {
        rows.push(row.query_row([id], |row| (0..9).map(|column| row.get(column)).collect::<Result<Vec<Sql>, _>>())?);
    }
    let mut upsert = connection.prepare(
        "insert into products (id, price, code, barcode, name, category_id, tax_group, station, available, variants,
           modifier_groups)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         on conflict (id) do update set price = excluded.price, code = excluded.code, barcode = excluded.barcode,
           name = excluded.name, category_id = excluded.category_id, tax_group = excluded.tax_group,
           station = excluded.station, available = excluded.available, variants = excluded.variants,
           modifier_groups = excluded.modifier_groups",
    )?;
    let started = Instant::now();
    for first in (0..CHANGES).step_by(PAGE) {
        connection.execute_batch("begin immediate")?;
        for number in first..first + PAGE {
            let (id, price) = change(products, number);
            let key = [Sql::Text(id.to_owned()), Sql::Integer(i64::try_from(price)?)];
            upsert.execute(params_from_iter(key.iter().chain(&rows[number % rows.len()])))?;
        }
        connection.execute_batch("commit")?;
    }
    rate(started.elapsed())
}

fn rate(duration: Duration) -> Result<f64> {
    Ok(f64::from(u32::try_from(CHANGES)?) / duration.as_secs_f64())
}
