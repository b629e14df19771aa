//! Streams the sync status as it changes.

use access::permission::ManageSync;
use access::session::Actor;
use axum::response::Response;
use axum::response::sse::Event;
use tokio::sync::watch;
use web::events::{self, CHECK_INTERVAL, DEBOUNCE, Listener};
use web::{ApiError, Remote, Success};

use crate::admin::status;
use crate::state::Replica;

struct Status {
    app: Replica,
    actor: Actor<ManageSync>,
    /// The end of a round or pull is streamed even if it changed nothing in the status.
    rounds: watch::Receiver<u64>,
    pulled: watch::Receiver<u64>,
    commits: watch::Receiver<u64>,
    /// The status sent last.
    last_sent: Option<String>,
    /// A status that was read and not sent.
    unsent: Option<String>,
}

/// Streams the sync status at once, and then after each round, after each pull that changed something, and whenever the
/// status differs.
///
/// # Errors
/// 401, 403, 429 `too_many_streams`, or a database fault.
pub async fn events(app: Replica, remote: Remote, actor: Actor<ManageSync>) -> Result<Response, ApiError> {
    let (rounds, pulled, commits) = (app.link.rounds(), app.link.pulls(), app.db.commits());
    let stopping = app.stopping.clone();
    let permit = app.streams.acquire(remote.address, Some(actor.id()))?;
    let mut listener = Status { app, actor, rounds, pulled, commits, last_sent: None, unsent: None };
    listener.commits.mark_unchanged();
    listener.unsent = Some(listener.read().await?);
    Ok(events::answer(listener, stopping, permit))
}

impl Status {
    /// The status as `GET /api/v1/sync/status` returns it.
    async fn read(&self) -> Result<String, ApiError> {
        let (env, link) = (self.app.env.clone(), self.app.link.clone());
        let status = self.actor.read(move |tx| status::status(tx, &env, Some(&link))).await?;
        serde_json::to_string(&Success::new(status)).map_err(|error| {
            tracing::error!(%error, "the sync status cannot be serialized");
            ApiError::internal()
        })
    }

    /// Waits until the status may have changed; `None`: the stream ends.
    async fn await_change(&mut self) -> Option<()> {
        tokio::select! {
            changed = self.rounds.changed() => changed.ok()?,
            changed = self.pulled.changed() => changed.ok()?,
            changed = self.commits.changed() => return self.debounce(changed.is_ok(), false).await,
            () = tokio::time::sleep(CHECK_INTERVAL) => return Some(()),
        }
        self.debounce(true, true).await
    }

    /// Waits briefly so that changes are streamed together. `force`: stream the status even if it is the same.
    async fn debounce(&mut self, open: bool, force: bool) -> Option<()> {
        if !open {
            return None;
        }
        tokio::time::sleep(DEBOUNCE).await;
        let more = self.rounds.has_changed().ok()? || self.pulled.has_changed().ok()?;
        if force || more {
            self.last_sent = None;
        }
        for changed in [&mut self.rounds, &mut self.pulled, &mut self.commits] {
            changed.mark_unchanged();
        }
        Some(())
    }
}

impl Listener for Status {
    async fn next(mut self) -> Option<(Event, Self)> {
        while self.unsent.is_none() {
            self.await_change().await?;
            // Ends the stream; the client's next request gets the reason.
            let status = self.read().await.ok()?;
            self.unsent = (self.last_sent.as_ref() != Some(&status)).then_some(status);
        }
        self.last_sent = self.unsent.take();
        let event = Event::default().event("status").data(self.last_sent.as_deref().unwrap_or_default());
        Some((event, self))
    }
}
