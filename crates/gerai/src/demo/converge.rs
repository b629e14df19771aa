//! Checks after the last sale that hub and outlets converge and stay equal.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::shop::{HeadOffice, Shop};
use super::till::{get, send};

/// Time limit for the last changes to arrive everywhere.
const CONVERGE_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Waits until nothing is pending and each outlet has the same entities as the hub; then runs one more round. Returns
/// whether that round changed nothing, in either direction.
pub async fn converge(office: &HeadOffice, shops: &[Arc<Shop>], client: &Client) -> Result<bool> {
    let converged = async {
        loop {
            let before = positions(office, shops, client).await?;
            if all_match_the_hub(shops, client).await? {
                for shop in shops {
                    let url = format!("{}/api/v1/sync/trigger?wait=true", shop.url);
                    send(client, Method::POST, &url, &shop.token, &Value::Null).await?;
                }
                if positions(office, shops, client).await? == before {
                    return Ok(true);
                }
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::time::timeout(CONVERGE_TIMEOUT, converged).await.unwrap_or(Ok(false))
}

async fn all_match_the_hub(shops: &[Arc<Shop>], client: &Client) -> Result<bool> {
    for shop in shops {
        if shop.pending().await? > 0 {
            return Ok(false);
        }
        let url = format!("{}/api/v1/sync/verify", shop.url);
        let found = send(client, Method::POST, &url, &shop.token, &json!({})).await?;
        if found["data"]["differences"] != json!([]) || found["data"]["unsettled_ranges"] != 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The positions: the heads of both streams and the chain of each outlet at the hub, and the outlet's counters.
async fn positions(office: &HeadOffice, shops: &[Arc<Shop>], client: &Client) -> Result<Vec<Value>> {
    let mut positions = Vec::new();
    for shop in shops {
        let hub_url = |what: &str| format!("{}/outlets/{}/{what}?limit=1", office.url, shop.id);
        let streams = get(client, &hub_url("entities"), &shop.key).await?;
        let documents = get(client, &hub_url("documents"), &shop.key).await?;
        let status = get(client, &format!("{}/api/v1/sync/status", shop.url), &shop.token).await?;
        positions.push(json!([
            streams["data"]["cursor"],
            documents["data"]["chain"]["batch_id"],
            status["data"]["batch_no"],
            status["data"]["total_synced"],
            status["data"]["pending_count"],
            status["data"]["failed_count"]
        ]));
    }
    Ok(positions)
}
