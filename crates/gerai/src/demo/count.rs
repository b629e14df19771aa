//! Both sides counted: what the tills were told was sold, and what head office has.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, PoisonError};

use anyhow::{Context, Result};
use jiff::Timestamp;
use reqwest::Client;
use serde::Serialize;
use serde_json::Value;

use super::shop::{HeadOffice, Shop};
use super::till::{get, log_in};

/// What was made, what arrived, and how long it took.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Sales that a till was told were taken.
    pub orders_made: usize,
    /// Orders that head office has.
    pub orders_at_hub: usize,
    /// Made, and not there.
    pub lost: usize,
    /// There more than once, or there and never made.
    pub doubled: usize,
    /// Rupiah, as the tills were told.
    pub total_made: i64,
    /// Rupiah, as head office's daily figures say.
    pub total_at_hub: i64,
    /// From the sale's moment to its arrival at head office, milliseconds.
    pub delay_ms_p50: i64,
    /// The same, for the slowest hundredth.
    pub delay_ms_p99: i64,
}

impl Summary {
    /// Nothing lost, nothing doubled, to the rupiah.
    pub fn is_exact(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.total_made == self.total_at_hub
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
        write!(f, "doubled        {}", self.doubled)
    }
}

/// Asks head office over its API and compares.
pub async fn count(office: &HeadOffice, shops: &[Arc<Shop>], client: &Client) -> Result<Summary> {
    let made: HashMap<String, i64> =
        shops.iter().flat_map(|shop| shop.sold.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect();
    let token = log_in(client, &format!("{}/hq/auth/login", office.url), "demo", &office.password).await?;
    let outlets = outlets_of(client, office, &token, shops).await?;
    let mut seen = HashSet::new();
    let (mut rows, mut delays, mut total_at_hub, mut orders_counted) = (0, Vec::new(), 0, 0);
    for outlet in &outlets {
        for order in pages(client, &format!("{}/hq/orders?outlet_id={outlet}&limit=500", office.url), &token).await? {
            rows += 1;
            seen.insert(order["id"].as_str().context("an order without id")?.to_owned());
            delays.push(delay_ms(&order).context("an order without times")?);
        }
        let url = format!("{}/hq/sales/daily?from=2000-01-01&to=2099-12-31&outlet_id={outlet}", office.url);
        for day in pages(client, &url, &token).await? {
            total_at_hub += day["total"].as_i64().unwrap_or_default();
            orders_counted += usize::try_from(day["orders"].as_i64().unwrap_or_default()).unwrap_or_default();
        }
    }
    delays.sort_unstable();
    let at = |hundredths: usize| {
        delays.get((delays.len() * hundredths / 100).min(delays.len().saturating_sub(1))).copied().unwrap_or(0)
    };
    let never_made = seen.iter().filter(|id| !made.contains_key(*id)).count();
    Ok(Summary {
        orders_made: made.len(),
        orders_at_hub: seen.len(),
        lost: made.keys().filter(|id| !seen.contains(*id)).count(),
        doubled: (rows - seen.len()).max(orders_counted.saturating_sub(seen.len())) + never_made,
        total_made: made.values().sum(),
        total_at_hub,
        delay_ms_p50: at(50),
        delay_ms_p99: at(99),
    })
}

async fn outlets_of(client: &Client, office: &HeadOffice, token: &str, shops: &[Arc<Shop>]) -> Result<Vec<String>> {
    let found = pages(client, &format!("{}/hq/outlets?limit=500", office.url), token).await?;
    let ours = |outlet: &&Value| shops.iter().any(|shop| outlet["code"] == shop.code.as_str());
    Ok(found.iter().filter(ours).filter_map(|outlet| outlet["id"].as_str().map(str::to_owned)).collect())
}

async fn pages(client: &Client, url: &str, token: &str) -> Result<Vec<Value>> {
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
