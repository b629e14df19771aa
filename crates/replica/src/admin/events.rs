//! The state of sync as it changes.

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
    /// Rounds and pulls are told even if nothing in the state is different after them.
    rounds: watch::Receiver<u64>,
    pulled: watch::Receiver<u64>,
    commits: watch::Receiver<u64>,
    /// As it was told last.
    told: Option<String>,
    /// Known and not told yet.
    unsent: Option<String>,
}

/// The state of sync at once, and then whenever a round has ended, a pull has changed something, or it is another.
///
/// # Errors
/// 401, 403, 429 `too_many_streams`, or the database's.
pub async fn events(app: Replica, remote: Remote, actor: Actor<ManageSync>) -> Result<Response, ApiError> {
    let (rounds, pulled, commits) = (app.link.rounds(), app.link.pulls(), app.db.commits());
    let stopping = app.stopping.clone();
    let permit = app.streams.acquire(remote.address, Some(actor.id()))?;
    let mut listener = Status { app, actor, rounds, pulled, commits, told: None, unsent: None };
    listener.commits.mark_unchanged();
    listener.unsent = Some(listener.read().await?);
    Ok(events::answer(listener, stopping, permit))
}

impl Status {
    /// As `GET /api/v1/sync/status` answers.
    async fn read(&self) -> Result<String, ApiError> {
        let (env, link) = (self.app.env.clone(), self.app.link.clone());
        let status = self.actor.read(move |tx| status::status(tx, &env, Some(&link))).await?;
        serde_json::to_string(&Success::new(status)).map_err(|error| {
            tracing::error!(%error, "the state of sync cannot be written as JSON");
            ApiError::internal()
        })
    }

    /// Waits for a cause to look; none when there will be no more.
    async fn cause(&mut self) -> Option<()> {
        tokio::select! {
            heard = self.rounds.changed() => heard.ok()?,
            heard = self.pulled.changed() => heard.ok()?,
            heard = self.commits.changed() => return self.settle(heard.is_ok(), false).await,
            () = tokio::time::sleep(CHECK_INTERVAL) => return Some(()),
        }
        self.settle(true, true).await
    }

    /// Lets what comes together come; `must`: it is told even if the state is as it was.
    async fn settle(&mut self, goes_on: bool, must: bool) -> Option<()> {
        if !goes_on {
            return None;
        }
        tokio::time::sleep(DEBOUNCE).await;
        let more = self.rounds.has_changed().ok()? || self.pulled.has_changed().ok()?;
        if must || more {
            self.told = None;
        }
        for heard in [&mut self.rounds, &mut self.pulled, &mut self.commits] {
            heard.mark_unchanged();
        }
        Some(())
    }
}

impl Listener for Status {
    async fn next(mut self) -> Option<(Event, Self)> {
        while self.unsent.is_none() {
            self.cause().await?;
            // It ends: whoever listens asks again, and is told then why not.
            let status = self.read().await.ok()?;
            self.unsent = (self.told.as_ref() != Some(&status)).then_some(status);
        }
        self.told = self.unsent.take();
        let event = Event::default().event("status").data(self.told.as_deref().unwrap_or_default());
        Some((event, self))
    }
}
