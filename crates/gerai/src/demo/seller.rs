//! A till that sells: guests come at random, each sale is sent until it is answered.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use cafe::Guests;
use reqwest::Client;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::shop::Shop;
use super::till::post;

/// Times that a sale without an answer is sent again.
const TRIES: usize = 5;

/// Sells `rate` times a second on average until `stop`.
pub async fn sell(shop: Arc<Shop>, client: Client, seed: u64, rate: f64, stop: CancellationToken) -> Result<()> {
    let mut guests = Guests::new(seed);
    let mean = Duration::from_secs(1).div_f64(rate);
    let mut next = tokio::time::Instant::now();
    loop {
        // Between nothing and twice the mean, so that guests come in bunches.
        next += mean * 2 * u32::try_from(guests.below(1_001)).unwrap_or(500) / 1_000;
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep_until(next) => {}
        }
        let lines = guests.lines();
        let mut order = guests.order(&shop.menu, lines);
        let id = Uuid::now_v7().to_string();
        order["id"] = json!(id);
        let total = take(&shop, &client, &order).await?;
        shop.sold.lock().unwrap_or_else(PoisonError::into_inner).push((id, total));
    }
}

/// Sends a sale until it is answered: the same id and key, so that it is taken once.
async fn take(shop: &Shop, client: &Client, order: &serde_json::Value) -> Result<i64> {
    let url = format!("{}/api/v1/orders", shop.url);
    let mut tries = 1;
    loop {
        match post(client, &url, Some(&shop.token), order).await {
            Ok(answer) => return answer["data"]["total"].as_i64().context("no total in the answer to an order"),
            Err(error) if tries == TRIES => return Err(error.context("an order was not taken")),
            Err(_) => tries += 1,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
