//! What came from head office, for tills that show it.

use access::session::Actor;
use axum::response::Response;
use axum::response::sse::Event;
use serde_json::json;
use tokio::sync::watch;
use web::events::{self, DEBOUNCE, LOOK_EVERY, Listener};
use web::{ApiError, Remote};

use crate::state::Shop;

struct Catalog {
    actor: Actor,
    /// Rows of the shop that came from the hub since the process began.
    pulled: watch::Receiver<u64>,
    told: u64,
}

/// An event whenever rows of the shop came from the hub.
///
/// # Errors
/// 401, 429 `too_many_streams`.
pub async fn events(app: Shop, remote: Remote, actor: Actor) -> Result<Response, ApiError> {
    let pulled = app.catalog_changes.clone();
    let (told, stopping) = (*pulled.borrow(), app.stopping.clone());
    let share = app.streams.take(remote.address, Some(actor.id()))?;
    let listener = Catalog { actor, pulled, told };
    listener.check().await?;
    Ok(events::answer(listener, stopping, share))
}

impl Catalog {
    /// Whether the session still holds.
    async fn check(&self) -> Result<(), ApiError> {
        self.actor.read(|_| Ok::<_, ApiError>(())).await
    }
}

impl Listener for Catalog {
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            tokio::select! {
                heard = self.pulled.changed() => {
                    heard.ok()?;
                    tokio::time::sleep(DEBOUNCE).await;
                }
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            self.check().await.ok()?;
            let pulled = *self.pulled.borrow_and_update();
            let changed = pulled - std::mem::replace(&mut self.told, pulled);
            if changed > 0 {
                let event = Event::default().event("catalog").data(json!({"changed": changed}).to_string());
                return Some((event, self));
            }
        }
    }
}
