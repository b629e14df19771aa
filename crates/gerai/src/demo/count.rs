//! Compares the sales of the tills with those at the hub.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, PoisonError};

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use serde::Serialize;
use serde_json::Value;

use super::shop::{HeadOffice, Shop};
use super::till::get;

/// Results of the demo.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Sales that were answered with success.
    pub orders_made: usize,
    /// Orders at the hub.
    pub orders_at_hub: usize,
    /// Orders that are missing at the hub.
    pub lost: usize,
    /// Orders that are duplicated at the hub, or unknown to the tills.
    pub doubled: usize,
    /// Total of the answered sales, in rupiah.
    pub total_made: i64,
    /// Total of the hub's daily figures, in rupiah.
    pub total_at_hub: i64,
    /// Time from a sale to its arrival at the hub, in milliseconds; median.
    pub delay_ms_p50: i64,
    /// The same, 99th percentile.
    pub delay_ms_p99: i64,
    /// Price changes at the hub.
    pub price_changes: usize,
    /// Time from a price change at the hub until it is in force at every outlet, in milliseconds; median.
    pub price_delay_ms_p50: i64,
    /// The same, 99th percentile.
    pub price_delay_ms_p99: i64,
    /// Products edited at outlets.
    pub product_edits: usize,
    /// Fields that both sides changed; each is a recorded conflict.
    pub conflicts: usize,
    /// Both sides have the same data, and another round changed nothing.
    pub converged: bool,
}

/// Changes besides the sales.
pub struct Changes {
    /// How long each price took to be in force everywhere, if it was.
    pub price_delays_ms: Vec<Option<i64>>,
    /// Edits at outlets.
    pub product_edits: usize,
    /// See [`Summary::converged`].
    pub converged: bool,
}

impl Summary {
    /// Whether no order is lost or duplicated, the totals are equal, and both sides converged.
    pub fn is_exact(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.total_made == self.total_at_hub && self.converged
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "orders made    {}", self.orders_made)?;
        writeln!(f, "orders at hub  {}", self.orders_at_hub)?;
        writeln!(f, "total made     Rp {}", self.total_made)?;
        writeln!(f, "total at hub   Rp {}", self.total_at_hub)?;
        writeln!(f, "delay          p50 {} ms, p99 {} ms", self.delay_ms_p50, self.delay_ms_p99)?;
        writeln!(f, "lost           {}", self.lost)?;
        writeln!(f, "doubled        {}", self.doubled)?;
        let (p50, p99) = (self.price_delay_ms_p50, self.price_delay_ms_p99);
        writeln!(f, "price changes  {}, everywhere after p50 {p50} ms, p99 {p99} ms", self.price_changes)?;
        writeln!(f, "product edits  {}, {} conflicts recorded", self.product_edits, self.conflicts)?;
        write!(f, "converged      {}", if self.converged { "yes: one more round moved nothing" } else { "NO" })
    }
}

/// Reads the hub's data over its API and compares.
pub async fn count(office: &HeadOffice, shops: &[Arc<Shop>], changes: Changes, client: &Client) -> Result<Summary> {
    let sold: HashMap<String, i64> =
        shops.iter().flat_map(|shop| shop.sold.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect();
    let token = &office.token;
    let mut seen = HashSet::new();
    // The demo takes minutes, in any time zone.
    let day = |hours| web::time::text(web::time::now() + SignedDuration::from_hours(hours))[..10].to_owned();
    let (from, to) = (day(-48), day(48));
    let (mut rows, mut delays, mut total_at_hub, mut orders_counted, mut conflicts) = (0, Vec::new(), 0, 0, 0);
    for outlet in shops.iter().map(|shop| &shop.id) {
        for order in pages(client, &format!("{}/hq/orders?outlet_id={outlet}&limit=500", office.url), token).await? {
            rows += 1;
            seen.insert(order["id"].as_str().context("an order without id")?.to_owned());
            delays.push(delay_ms(&order).context("an order without times")?);
        }
        let url = format!("{}/hq/sales/daily?from={from}&to={to}&outlet_id={outlet}", office.url);
        for day in pages(client, &url, token).await? {
            total_at_hub += day["total"].as_i64().unwrap_or_default();
            orders_counted += usize::try_from(day["orders"].as_i64().unwrap_or_default()).unwrap_or_default();
        }
        let url = format!("{}/hq/conflicts?status=all&limit=500&outlet_id={outlet}", office.url);
        conflicts += pages(client, &url, token).await?.len();
    }
    delays.sort_unstable();
    let mut price_delays: Vec<_> = changes.price_delays_ms.iter().flatten().copied().collect();
    price_delays.sort_unstable();
    let never_made = seen.iter().filter(|id| !sold.contains_key(*id)).count();
    Ok(Summary {
        orders_made: sold.len(),
        orders_at_hub: seen.len(),
        lost: sold.keys().filter(|id| !seen.contains(*id)).count(),
        doubled: (rows - seen.len()).max(orders_counted.saturating_sub(seen.len())) + never_made,
        total_made: sold.values().sum(),
        total_at_hub,
        delay_ms_p50: at(&delays, 50),
        delay_ms_p99: at(&delays, 99),
        price_changes: changes.price_delays_ms.len(),
        price_delay_ms_p50: at(&price_delays, 50),
        price_delay_ms_p99: at(&price_delays, 99),
        product_edits: changes.product_edits,
        conflicts,
        converged: changes.converged,
    })
}

/// A percentile of sorted values; 0 if there are none.
fn at(sorted: &[i64], hundredths: usize) -> i64 {
    sorted.get((sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

/// All rows of a list, whose address has a query.
pub async fn pages(client: &Client, url: &str, token: &str) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let mut page = get(client, &format!("{url}{cursor}"), token).await?;
        all.append(page["data"].as_array_mut().context("a list without data")?);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

fn delay_ms(order: &Value) -> Option<i64> {
    let time = |field: &str| order[field].as_str()?.parse::<Timestamp>().ok();
    Some(time("received_at")?.as_millisecond() - time("created_at")?.as_millisecond())
}
