//! Drains 100,000 pending orders to a hub on the same machine: the rate, and bytes per order.

use std::path::Path;
use std::time::{Duration, Instant};

use access::session::CurrentUser;
use anyhow::{Result, ensure};
use cafe::{Guests, Menu};
use rusqlite::Connection;
use shop::orders::create::{NewOrder, create};
use shop::orders::lines::{Item, NewLine};
use shop::orders::pay::NewPayment;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::report::Report;
use crate::rows::fresh;
use crate::{documents_hub, servers};

const ORDERS: usize = 100_000;
const ROUNDS: usize = 3;

pub async fn run(report: &mut Report) -> Result<()> {
    let stock = tempfile::tempdir()?;
    sell(stock.path(), ORDERS)?;
    let (mut full, mut documents, mut bytes) = (vec![], vec![], 0.0);
    for _ in 0..ROUNDS {
        let dir = tempfile::tempdir()?;
        let (_hub, env) = servers::hub(dir.path())?;
        full.push(drain(stock.path(), dir.path(), &env)?);
        bytes = bytes_per_order(dir.path())?;

        let dir = tempfile::tempdir()?;
        let stop = CancellationToken::new();
        let url = documents_hub::start(dir.path(), stop.clone()).await?;
        let env = env
            .into_iter()
            .map(|(name, value)| if name == "CLOUD_API_URL" { (name, url.clone()) } else { (name, value) });
        let (path, stock, env) = (dir.path().to_owned(), stock.path().to_owned(), env.collect::<Vec<_>>());
        documents.push(tokio::task::spawn_blocking(move || drain(&stock, &path, &env)).await??);
        stop.cancel();
    }
    let ratios = full.iter().zip(&documents).map(|(full, documents)| full / documents).collect();
    report.note(
        "draining to a hub that only stores documents",
        format!("{:.0} orders/s", crate::report::median(documents)),
    );
    report.at_least("draining 100,000 orders", crate::report::median(full), 15_000.0, " orders/s");
    report.at_least("draining: relative to a hub that only stores documents", crate::report::median(ratios), 0.5, "");
    report.at_most("the sample café's order on the wire", bytes, 120.0, " bytes");
    Ok(())
}

/// Creates orders of the café with the outlet's own command.
pub fn sell(dir: &Path, orders: usize) -> Result<Menu> {
    let message = |e: web::ApiError| anyhow::anyhow!(e.message().to_owned());
    let mut connection = fresh(dir, "pos.db", true)?;
    let tx = connection.transaction()?;
    let menu = cafe::seed(&tx).map_err(message)?;
    tx.commit()?;
    let mut guests = Guests::new(5);
    let user =
        CurrentUser { id: Uuid::now_v7().to_string(), role: domain::Role::Cashier, device_id: None, session: None };
    for _ in 0..orders / 1_000 {
        let tx = connection.transaction()?;
        for _ in 0..1_000 {
            let lines = guests.lines();
            let order = new_order(&guests.order(&menu, lines))?;
            create(&tx, &user, order, Some("JKT-001"), web::time::now()).map_err(message)?;
        }
        tx.commit()?;
    }
    Ok(menu)
}

fn new_order(body: &serde_json::Value) -> Result<NewOrder> {
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let lines = body["lines"].as_array().into_iter().flatten().map(|line| NewLine {
        item: Item::pieces(text(&line["product_id"]).unwrap_or_default(), line["qty"].as_i64().unwrap_or(1)),
        variant_id: text(&line["variant_id"]),
        modifiers: chosen(&line["modifiers"]),
        note: text(&line["note"]),
        course: None,
        added_at: None,
    });
    let payments = body["payments"].as_array().into_iter().flatten().map(|payment| NewPayment {
        means: payment["method"].as_str().and_then(domain::Method::parse).unwrap_or(domain::Method::Cash).into(),
        amount: domain::Money(payment["amount"].as_i64().unwrap_or(0)),
        reference: None,
    });
    Ok(NewOrder {
        id: Uuid::now_v7(),
        order_type: body["order_type"].as_str().and_then(domain::OrderType::parse).unwrap_or(domain::OrderType::DineIn),
        channel: text(&body["channel"]),
        table_number: text(&body["table_number"]),
        customer_name: text(&body["customer_name"]),
        pax: body["pax"].as_i64(),
        lines: lines.collect(),
        discounts: Vec::new(),
        approved: None,
        payments: payments.collect(),
        expected_total: None,
    })
}

fn chosen(modifiers: &serde_json::Value) -> Vec<domain::ChosenOption> {
    let ids = modifiers.as_array().into_iter().flatten().filter_map(|modifier| modifier["id"].as_str());
    ids.map(|id| domain::ChosenOption { id: id.to_owned(), qty: 1 }).collect()
}

/// Orders per second from the first acknowledged one to the last.
pub fn drain(stock: &Path, dir: &Path, env: &[(String, String)]) -> Result<f64> {
    Connection::open(stock.join("pos.db"))?.execute("vacuum into ?1", [dir.join("pos.db").to_str()])?;
    let watch = Connection::open(dir.join("pos.db"))?;
    let pending =
        || Ok::<i64, anyhow::Error>(watch.query_row("select pending from sync_context", [], |row| row.get(0))?);
    let orders = pending()?;
    let started = Instant::now();
    let _outlet = servers::outlet(dir, env)?;
    let deadline = started + Duration::from_secs(120);
    while pending()? > 0 {
        ensure!(Instant::now() < deadline, "the drain does not finish: {} pending", pending()?);
        std::thread::sleep(Duration::from_millis(5));
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate, for display")]
    let orders = orders as f64;
    Ok(orders / started.elapsed().as_secs_f64())
}

fn bytes_per_order(dir: &Path) -> Result<f64> {
    Ok(Connection::open(dir.join("pos.db"))?.query_row(
        "select cast(sum(length(body)) as real) / sum(item_count) from sync_batches where item_count >= 100",
        [],
        |row| row.get(0),
    )?)
}
