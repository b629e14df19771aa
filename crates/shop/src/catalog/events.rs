//! Events about data from head office, for tills that show it.

use access::session::Actor;
use axum::response::Response;
use axum::response::sse::Event;
use serde_json::json;
use tokio::sync::watch;
use web::events::{self, CHECK_INTERVAL, DEBOUNCE, Listener};
use web::{ApiError, Remote};

use crate::state::Shop;

struct Catalog {
    actor: Actor,
    /// Number of the shop's rows written by pulls since the process started.
    pulled: watch::Receiver<u64>,
    sent: u64,
}

/// A stream with an event whenever a pull changes rows of the shop.
///
/// # Errors
/// 401, 429 `too_many_streams`.
pub async fn events(app: Shop, remote: Remote, actor: Actor) -> Result<Response, ApiError> {
    let pulled = app.catalog_changes.clone();
    let (sent, stopping) = (*pulled.borrow(), app.stopping.clone());
    let permit = app.streams.acquire(remote.address, Some(actor.id()))?;
    let listener = Catalog { actor, pulled, sent };
    listener.check().await?;
    Ok(events::answer(listener, stopping, permit))
}

impl Catalog {
    /// Whether the session is still valid.
    async fn check(&self) -> Result<(), ApiError> {
        self.actor.read(|_| Ok::<_, ApiError>(())).await
    }
}

impl Listener for Catalog {
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            tokio::select! {
                result = self.pulled.changed() => {
                    result.ok()?;
                    tokio::time::sleep(DEBOUNCE).await;
                }
                () = tokio::time::sleep(CHECK_INTERVAL) => {}
            }
            self.check().await.ok()?;
            let pulled = *self.pulled.borrow_and_update();
            let changed = pulled - std::mem::replace(&mut self.sent, pulled);
            if changed > 0 {
                let event = Event::default().event("catalog").data(json!({"changed": changed}).to_string());
                return Some((event, self));
            }
        }
    }
}
