//! Changes during the sales: prices at the hub, products at the outlets, sometimes the same product at all outlets at
//! once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use cafe::Guests;
use reqwest::{Client, Method};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::shop::{HeadOffice, Shop};
use super::till::{get, send};

const CHANGE_INTERVAL: Duration = Duration::from_secs(1);
const PRICE_STEP: i64 = 500;
const STATIONS: [&str; 3] = ["kitchen", "bar", "none"];
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Changes a price at the hub every second, or as soon as the previous change is in force at every outlet. Returns the
/// delay of each change in milliseconds; `None` if the demo ended first.
pub async fn change_prices(
    office: Arc<HeadOffice>,
    shops: Vec<Arc<Shop>>,
    client: Client,
    stop: CancellationToken,
) -> Result<Vec<Option<i64>>> {
    let menu = &shops.first().context("a demo has an outlet")?.menu.products;
    let mut delays = Vec::new();
    let mut tick = tokio::time::interval(CHANGE_INTERVAL);
    // Each pass through the menu changes each price.
    for (change, (id, price)) in (0..).zip(menu.iter().cycle()) {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = tick.tick() => {}
        }
        let price = price + PRICE_STEP * i64::try_from(1 + change / menu.len())?;
        let sent = std::time::Instant::now();
        let url = format!("{}/hq/products/{id}", office.url);
        send(&client, Method::PATCH, &url, &office.token, &json!({"price": price}))
            .await
            .context("a price change failed")?;
        tokio::select! {
            () = stop.cancelled() => delays.push(None),
            result = is_in_force(&shops, &client, id, price) => {
                result?;
                delays.push(Some(i64::try_from(sent.elapsed().as_millis())?));
            }
        }
    }
    Ok(delays)
}

async fn is_in_force(shops: &[Arc<Shop>], client: &Client, id: &str, price: i64) -> Result<()> {
    for shop in shops {
        let url = format!("{}/api/v1/products/{id}", shop.url);
        while get(client, &url, &shop.token).await?["data"]["chain_price"] != price {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
    Ok(())
}

/// Edits a product at an outlet every second: every third time the product that all outlets edit then, otherwise a
/// random one. Returns the number of edits.
pub async fn edit_products(shop: Arc<Shop>, client: Client, seed: u64, stop: CancellationToken) -> Result<usize> {
    let mut random = Guests::new(seed);
    let menu = &shop.menu.products;
    let mut tick = tokio::time::interval(CHANGE_INTERVAL);
    let mut edit = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(edit),
            _ = tick.tick() => {}
        }
        let change = match edit % 3 {
            0 => json!({"code": format!("{}/{edit}", shop.code)}),
            1 => json!({"barcode": format!("899{:09}", random.below(1_000_000_000))}),
            _ => json!({"station": STATIONS[random.below(STATIONS.len())]}),
        };
        let product = if edit % 3 == 0 { edit / 3 % menu.len() } else { random.below(menu.len()) };
        let url = format!("{}/api/v1/products/{}", shop.url, menu[product].0);
        send(&client, Method::PATCH, &url, &shop.token, &change).await.context("an edit failed")?;
        edit += 1;
    }
}
