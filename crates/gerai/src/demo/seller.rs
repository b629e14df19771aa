//! A selling till: guests arrive at random, and each sale is sent until it is answered.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use cafe::{Guests, Menu};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::shop::Shop;
use super::till::send;

/// Sells `rate` times per second on average, until `stop`.
pub async fn sell(shop: Arc<Shop>, client: Client, seed: u64, rate: f64, stop: CancellationToken) -> Result<()> {
    let mut guests = Guests::new(seed);
    let mean = Duration::from_secs(1).div_f64(rate);
    let mut next = tokio::time::Instant::now();
    loop {
        // Between zero and twice the mean, so that guests arrive in bursts.
        next += mean * 2 * u32::try_from(guests.below(1_001)).unwrap_or(500) / 1_000;
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep_until(next) => {}
        }
        let sold = order(&client, &shop.url, &shop.token, &shop.menu, &mut guests, Payment::Made).await?;
        shop.sold.lock().unwrap_or_else(PoisonError::into_inner).push(sold);
    }
}

/// Whether the guests have paid.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// They pay at once.
    Made,
    /// They sit at a table and pay later.
    Open,
}

/// Takes the order of the next guests at the outlet at `url`; returns its id and total.
pub async fn order(
    client: &Client,
    url: &str,
    token: &str,
    menu: &Menu,
    guests: &mut Guests,
    payment: Payment,
) -> Result<(String, i64)> {
    let url = format!("{url}/api/v1/orders");
    let lines = guests.lines();
    let mut order = guests.order(menu, lines);
    let id = Uuid::now_v7().to_string();
    order["id"] = json!(id);
    if payment == Payment::Open {
        order["payments"] = json!([]);
        order["order_type"] = json!("dine_in");
        order["table_number"] = json!((1 + guests.below(12)).to_string());
    }
    let mut sale = send(client, Method::POST, &url, token, &order).await.context("an order failed")?;
    if payment == Payment::Made && sale["data"]["status"] == "open" {
        // A price has risen since the till read the menu: the guest pays the rest.
        let rest = amount(&sale, "total")? - amount(&sale, "paid")?;
        let (url, rest) = (format!("{url}/{id}/payments"), json!({"method": "qris", "amount": rest}));
        sale = send(client, Method::POST, &url, token, &rest).await.context("a payment failed")?;
    }
    let total = amount(&sale, "total")?;
    Ok((id, total))
}

fn amount(sale: &Value, field: &str) -> Result<i64> {
    sale["data"][field].as_i64().with_context(|| format!("no {field} in the answer to an order"))
}
