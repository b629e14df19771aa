//! After the last sale: whether head office and every outlet come to have the same, and rest there.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::shop::{HeadOffice, Shop};
use super::till::{get, send};

/// How long what was made last may take to be everywhere.
const SETTLE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Waits until nothing waits anywhere and each outlet, entity by entity, has what head office has; then runs one more
/// round. True if nothing moved in it, in either direction.
pub async fn converge(office: &HeadOffice, shops: &[Arc<Shop>], client: &Client) -> Result<bool> {
    let rest = async {
        loop {
            let before = places(office, shops, client).await?;
            if all_have_the_same(shops, client).await? {
                for shop in shops {
                    let url = format!("{}/api/v1/sync/trigger?wait=true", shop.url);
                    send(client, Method::POST, &url, &shop.token, &Value::Null).await?;
                }
                if places(office, shops, client).await? == before {
                    return Ok(true);
                }
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    tokio::time::timeout(SETTLE, rest).await.unwrap_or(Ok(false))
}

async fn all_have_the_same(shops: &[Arc<Shop>], client: &Client) -> Result<bool> {
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

/// How far everything has come: the heads of both streams and the chain of each outlet at head office, and what the
/// outlet has counted.
async fn places(office: &HeadOffice, shops: &[Arc<Shop>], client: &Client) -> Result<Vec<Value>> {
    let mut places = Vec::new();
    for shop in shops {
        let there = |what: &str| format!("{}/outlets/{}/{what}?limit=1", office.url, shop.id);
        let streams = get(client, &there("entities"), &shop.key).await?;
        let own = get(client, &there("documents"), &shop.key).await?;
        let here = get(client, &format!("{}/api/v1/sync/status", shop.url), &shop.token).await?;
        places.push(json!([
            streams["data"]["cursor"],
            own["data"]["chain"]["batch_id"],
            here["data"]["batch_no"],
            here["data"]["total_synced"],
            here["data"]["pending_count"],
            here["data"]["failed_count"]
        ]));
    }
    Ok(places)
}
