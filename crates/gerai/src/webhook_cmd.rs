//! `gerai hub outlet webhook`: shows or sets an outlet's webhook.

use anyhow::Result;
use hub::Hub;
use hub::webhooks::{self, Endpoint};
use jiff::Timestamp;
use serde_json::json;
use store::Tx;
use web::Notice;

use crate::out::{NotWritten, say, tell};
use crate::shown::shown;

/// The requested change; without one, the webhook is shown.
pub struct Change {
    pub outlet: String,
    pub url: Option<String>,
    pub rotate_secret: bool,
    pub remove: bool,
}

/// Makes the change, and prints the webhook.
pub async fn run(hub: Hub, change: Change, json: bool, now: Timestamp) -> Result<()> {
    if change.remove {
        let outlet = hub.store().write(move |tx| webhooks::remove(tx, &change.outlet)).await?;
        hub.store().close().await;
        if json {
            say!("{}", json!({"outlet_id": outlet.outlet_id, "outlet_code": outlet.code, "url": null}))?;
        } else {
            tell(Notice::WebhookRemoved)?;
        }
        return Ok(());
    }
    let work = move |tx: &mut Tx<'_>| {
        let set = change.url.as_deref().map(|url| webhooks::set_url(tx, &change.outlet, url, now)).transpose()?;
        // A new webhook already has a fresh secret.
        match set {
            Some(endpoint) if endpoint.secret.is_some() => Ok(endpoint),
            _ if change.rotate_secret => webhooks::rotate_secret(tx, &change.outlet, now),
            Some(endpoint) => Ok(endpoint),
            None => webhooks::get(tx, &change.outlet, now),
        }
    };
    let print = move |endpoint: &Endpoint| if json { say!("{}", json!(endpoint)) } else { print(endpoint) };
    shown(hub.store(), work, print).await
}

fn print(endpoint: &Endpoint) -> Result<(), NotWritten> {
    let Endpoint { outlet_code, url, state, .. } = endpoint;
    let shown = Notice::WebhookState.with("outlet_code", outlet_code).with("url", url);
    tell(shown.with("state", state.as_str()))?;
    if let Some(secret) = &endpoint.secret {
        tell(Notice::WebhookSecret.with("secret", secret))?;
    }
    if let Some(until) = &endpoint.previous_secret_until {
        tell(Notice::WebhookPreviousSecret.with("until", until))?;
    }
    tell(Notice::WebhookDelivered.with("at", endpoint.delivered_at.as_deref().unwrap_or("never")))?;
    if let Some(error) = &endpoint.last_error {
        tell(Notice::WebhookFailures.with("count", endpoint.failures).with("error", error.0.clone()))?;
    }
    Ok(())
}
