//! Reads from the hub: page after page to the head of the streams, or ranges of a comparison with everything when the
//! streams are not enough.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use protocol::updates::UpdatePage;
use protocol::wire::EntityRef;
use tokio_util::sync::CancellationToken;
use web::messages::{Reason, ReasonCode};
use web::time;

use crate::chain::{chain, is_hub_stop};
use crate::client::hub::{Client, HubError};
use crate::client::pull::{Pull, PullError};
use crate::engine::round::other_epoch;
use crate::entities::base;
use crate::error::QueueError;
use crate::link::link_error;
use crate::link::link_error::Direction;
use crate::link::{duplicate_server, now_ms};
use crate::logs;
use crate::progress;
use crate::progress::cursor::{self, PullRequest};
use crate::progress::range::{self, Scope};
use crate::pull::page::{self, PageEffect};
use crate::pull::stream_gap;
use crate::push;
use crate::push::adopt::recheck;
use crate::reconcile;
use crate::reconcile::owned;
use crate::reconcile::owned::Step;
use crate::reconcile::shared;
use crate::settings::hub_link::{Address, hub_link};
use crate::settings::key_origin::bind_key;
use crate::state::Replica;

/// Waiting time of a long poll.
const WAIT: Duration = Duration::from_secs(30);
/// Pause before checking again whether there is a hub to listen to.
const IDLE: Duration = Duration::from_secs(1);
/// Minimum interval between requests, for a hub that answers a long poll at once.
const MIN_BETWEEN: Duration = Duration::from_millis(500);
/// Pages in one run; the next run continues.
const MAX_PAGES: usize = 10_000;

/// Result of reading to the head.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PullCounts {
    /// Changes read.
    pub changes: usize,
    /// Rows of the shop that have changed.
    pub changed: usize,
    /// Fields that both sides had changed differently.
    pub overlaps: usize,
    /// Updates that could not be applied and are stored.
    pub unapplied: usize,
}

impl PullCounts {
    fn add(&mut self, effect: &PageEffect) {
        self.changes += effect.changes;
        self.changed += effect.changed;
        self.overlaps += effect.overlaps;
        self.unapplied += effect.unapplied;
    }
}

impl Pull<'_> {
    /// Reads to the head of the streams. With `wait`, the hub may delay its answer until there is a change.
    ///
    /// # Errors
    /// [`PullError`]; pages read before stay applied.
    pub async fn to_head(&self, wait: Duration) -> Result<PullCounts, PullError> {
        let started_at = time::now();
        let mut counts = PullCounts::default();
        let result = self.read_pages(wait, &mut counts).await;
        if counts.changed + counts.overlaps + counts.unapplied > 0 {
            self.log(counts, started_at, result.as_ref().err().map(PullError::reason)).await?;
        }
        match &result {
            Ok(()) => {
                if self.app.link.reached() {
                    tracing::info!("head office can be reached again");
                }
                link_error::clear(&self.app.db, &self.app.link, Direction::Pull).await?;
                bind_key(&self.app.db, self.address).await?;
            }
            Err(PullError::Hub(error)) => self.check_chain(error).await?,
            Err(PullError::Queue(_)) => {}
        }
        result.map(|()| counts)
    }

    async fn read_pages(&self, mut wait: Duration, counts: &mut PullCounts) -> Result<(), PullError> {
        let mut compared = false;
        let mut ahead = None;
        for _ in 0..MAX_PAGES {
            if self.stop.is_cancelled() {
                break;
            }
            if self.app.db.read(progress::snapshot::is_running).await? {
                // The listener applies the snapshot; pages come after it.
                break;
            }
            if self.compare_range().await? {
                wait = Duration::ZERO;
                continue;
            }
            let request = self.app.db.read(cursor::pull_request).await?;
            // A page requested ahead counts only if the outlet's state is the expected one.
            let answer = match ahead.take() {
                Some((expected, answer)) if expected == request => answer,
                _ => self.updates(&request, wait).await?,
            };
            let page = match answer {
                Err(HubError::InvalidCursor { reason }) if !compared => {
                    // Compare only once: if the hub rejects its own cursor too, wait.
                    compared = true;
                    tracing::error!(%reason, "the hub rejects this outlet's cursor; comparing everything");
                    self.app.db.write_background(|tx| stream_gap::record(tx, time::now())).await?;
                    continue;
                }
                page => page?,
            };
            let next = Some(request.next(&page)).filter(|next| page.more && *next != request);
            let effect;
            (effect, ahead) = tokio::join!(self.apply_page(request, page), self.fetch_ahead(next));
            let effect = effect?;
            counts.add(&effect);
            for of in &effect.compare {
                self.compare(of, counts).await?;
            }
            let continues = effect.more || self.app.db.read(range::next).await?.is_some();
            if !continues {
                break;
            }
            wait = Duration::ZERO;
        }
        Ok(())
    }

    async fn updates(&self, request: &PullRequest, wait: Duration) -> Result<Result<UpdatePage, HubError>, QueueError> {
        let pending = self.app.db.read(push::pending).await?;
        let answer = self.client.updates(self.address, request, wait, pending).await;
        duplicate_server::store(&self.app.db, &self.app.link.duplicate_server()).await?;
        Ok(answer)
    }

    async fn apply_page(&self, request: PullRequest, page: UpdatePage) -> Result<PageEffect, QueueError> {
        let effect = self.app.db.write_background(move |tx| page::apply(tx, &request, &page, time::now())).await?;
        self.app.link.note_pulled(effect.changed);
        Ok(effect)
    }

    /// The hub reads the next page while this one is written.
    async fn fetch_ahead(&self, next: Option<PullRequest>) -> Option<(PullRequest, Result<UpdatePage, HubError>)> {
        let next = next?;
        let pending = self.app.db.read(push::pending).await.ok()?;
        let answer = self.client.updates(self.address, &next, Duration::ZERO, pending).await;
        Some((next, answer))
    }

    /// Compares the next range, if a comparison is running.
    async fn compare_range(&self) -> Result<bool, PullError> {
        let Some(comparison) = self.app.db.read(range::next).await? else { return Ok(false) };
        let scope = comparison.scope;
        let (entities, last) = match scope {
            Scope::Rejoin => {
                let epoch = self.app.db.read(|tx| Ok::<_, QueueError>(chain(tx)?.epoch)).await?;
                let page = self.client.documents(self.address, &comparison.after, &epoch.id).await?;
                if comparison.is_at_start() && page.next.is_some() && self.switch_to_snapshot().await? {
                    return Ok(true);
                }
                let entities = page.documents.len();
                (
                    entities,
                    self.app
                        .db
                        .write_background(move |tx| reconcile::rejoin::range(tx, &comparison, &page, time::now()))
                        .await?,
                )
            }
            // See [`Pull::compare_owned`].
            Scope::Owned => return Ok(false),
            Scope::Shared => {
                let request = self.app.db.read(cursor::pull_request).await?;
                let page = self.client.entities(self.address, &comparison.after, &request.epoch_id).await?;
                if comparison.is_at_start() && page.next.is_some() && self.switch_to_snapshot().await? {
                    return Ok(true);
                }
                let entities = page.entities.len();
                (
                    entities,
                    self.app
                        .db
                        .write_background(move |tx| shared::range(tx, &comparison, &request, &page, time::now()))
                        .await?,
                )
            }
        };
        if scope == Scope::Shared {
            // Any of these entities may have changed.
            self.app.link.note_pulled(entities);
        }
        self.app.link.note_compared(scope, entities);
        tracing::info!(?scope, entities, last, "compared a range with the hub");
        Ok(true)
    }

    /// Compares the next range of acknowledged outlet-owned entities, if requested; between two batches.
    ///
    /// # Errors
    /// [`PullError`].
    pub async fn compare_owned(&self) -> Result<Step, PullError> {
        let read = self.app.db.read(|tx| Ok((range::running_comparison(tx, Scope::Owned)?, chain(tx)?.epoch)));
        let (Some(comparison), epoch) = read.await.map_err(PullError::Queue)? else { return Ok(Step::Last) };
        let page = match self.client.documents(self.address, &comparison.after, &epoch.id).await {
            Ok(page) => page,
            Err(error) => {
                self.check_chain(&error).await?;
                return Err(error.into());
            }
        };
        let entities = page.documents.len();
        let step = self.app.db.write_background(move |tx| owned::range(tx, &comparison, &page, time::now())).await?;
        if step != Step::Later {
            self.app.link.note_compared(Scope::Owned, entities);
        }
        Ok(step)
    }

    /// There is more than one range: fetches everything as one file instead, unless that was already refused.
    async fn switch_to_snapshot(&self) -> Result<bool, PullError> {
        let running = self.app.db.write_background(|tx| progress::snapshot::request(tx, time::now())).await?;
        if running {
            self.app.link.wake_listener();
        }
        Ok(running)
    }

    async fn compare(&self, of: &EntityRef, counts: &mut PullCounts) -> Result<(), PullError> {
        let entity = of.clone();
        let read_at = self.app.db.read(move |tx| base::change_id(tx, &entity)).await?;
        let theirs = self.client.entity(self.address, of).await?;
        let of = of.clone();
        let effect = self
            .app
            .db
            .write_background(move |tx| shared::compare_one(tx, &of, read_at.as_deref(), theirs.as_ref(), time::now()));
        let effect = effect.await?;
        counts.changed += usize::from(effect.changed);
        self.app.link.note_pulled(usize::from(effect.changed));
        counts.overlaps += effect.overlaps;
        Ok(())
    }

    async fn log(&self, counts: PullCounts, started_at: Timestamp, error: Option<Reason>) -> Result<(), QueueError> {
        let entry = logs::LogEntry {
            sync_type: "pull",
            entity_type: "mixed".to_owned(),
            entity_count: counts.changed + counts.unapplied,
            status: if error.is_none() { "success" } else { "partial" },
            error,
            started_at,
            completed_at: time::now(),
            details:
                serde_json::json!({"read": counts.changes, "overlaps": counts.overlaps, "unapplied": counts.unapplied})
                    .to_string(),
        };
        self.app.db.write_background(move |tx| Ok::<_, QueueError>(logs::write(tx, &entry)?)).await
    }

    /// Requests the hub's position after one of its answers stopped this outlet: the hub may have run on another
    /// database. Returns whether sync continues.
    ///
    /// # Errors
    /// [`PullError`].
    pub async fn recheck(&self) -> Result<bool, PullError> {
        let request = self.app.db.read(cursor::pull_request).await?;
        let page = match self.updates(&request, Duration::ZERO).await? {
            Ok(page) => page,
            Err(error) => {
                self.check_chain(&error).await?;
                return Err(error.into());
            }
        };
        let lifted = self.app.db.write_background(move |tx| recheck(tx, &page.chain)).await?;
        if lifted {
            tracing::info!("the hub continues this outlet's chain again; pushing resumes");
            link_error::clear(&self.app.db, &self.app.link, Direction::Pull).await?;
            self.app.link.resume();
        } else {
            self.app.link.pull_refused(now_ms(), rand::random());
            let fork = ReasonCode::Fork.into();
            link_error::store(&self.app.db, &self.app.link, Direction::Pull, true, &fork).await?;
        }
        Ok(lifted)
    }

    pub(crate) async fn check_chain(&self, error: &HubError) -> Result<(), QueueError> {
        match error {
            HubError::Denied { .. } => self.app.link.pull_refused(now_ms(), rand::random()),
            HubError::OtherEpoch { .. } => {
                self.app.link.pull_refused(now_ms(), rand::random());
                other_epoch(self.app, self.address, error.reason().clone()).await?;
            }
            HubError::Unreachable { retry_after_ms, .. } => {
                self.app.link.pull_failed(*retry_after_ms, now_ms(), rand::random());
            }
            // The hub answers, but this request failed: only pulls wait.
            HubError::Failed { .. } | HubError::TooLarge { .. } | HubError::InvalidCursor { .. } => {
                self.app.link.pull_refused(now_ms(), rand::random());
            }
        }
        link_error::store(&self.app.db, &self.app.link, Direction::Pull, error.is_refusal(), error.reason()).await
    }
}

/// Listens to the hub until `stop`, so that changes arrive at once, by a long poll or a hint. While the hub cannot be
/// reached, listener and worker back off separately, and the first success ends the wait of both.
pub async fn listen(app: Replica, stop: CancellationToken) {
    let client = Client::for_link(&app.link);
    let mut wakeups = app.link.wakeups();
    let mut hints = app.link.hints();
    let mut hinted = false;
    let db = app.db.path().to_owned();
    let tidy_result = app.db.write_background(move |tx| progress::snapshot::tidy(tx, &db)).await;
    if let Err(error) = tidy_result {
        tracing::debug!(%error, "files of an earlier snapshot cannot be removed");
    }
    while !stop.is_cancelled() {
        let started = Instant::now();
        wakeups.mark_unchanged();
        hinted |= hints.has_changed().unwrap_or(false);
        hints.mark_unchanged();
        // After an error, a quick answer matters more than waiting for a change. After a hint, do not wait either: long
        // polls may be the requests that fail.
        let offline = !time_to_wait(&app).is_zero();
        let wait = if hinted || app.link.has_error(Direction::Pull) { Duration::ZERO } else { WAIT };
        let pause = match hub_address(&app).await {
            Ok(Some((address, true))) if hinted || !offline => {
                hinted = false;
                let pull = Pull { app: &app, client: &client, address: &address, stop: &stop };
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = wakeups.changed() => Duration::ZERO,
                    rechecked = pull.recheck() => match rechecked {
                        Ok(_) | Err(PullError::Hub(_)) => Duration::ZERO,
                        Err(PullError::Queue(error)) => {
                            tracing::warn!(%error, "the hub's position cannot be compared; trying again");
                            IDLE
                        }
                    },
                }
            }
            Ok(Some((address, false))) if hinted || !offline => {
                hinted = false;
                let pull = Pull { app: &app, client: &client, address: &address, stop: &stop };
                // Changed settings do not interrupt a snapshot: it takes long, and the received bytes stay.
                let snapshot = tokio::select! {
                    () = stop.cancelled() => return,
                    snapshot = pull.snapshot() => snapshot,
                };
                tokio::select! {
                    () = stop.cancelled() => return,
                    // The settings have changed: this may be the wrong hub.
                    _ = wakeups.changed() => Duration::ZERO,
                    // Do not interrupt a request without a wait: over a slow line, frequent hints would never let one
                    // finish.
                    _ = hints.changed(), if !wait.is_zero() => {
                        hinted = true;
                        Duration::ZERO
                    }
                    pause = listen_once(&pull, snapshot, wait) => pause,
                }
            }
            Ok(Some(_)) => time_to_wait(&app).min(IDLE),
            Ok(None) => IDLE,
            Err(error) => {
                tracing::warn!(%error, "the settings of the link cannot be read; trying again");
                IDLE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            _ = wakeups.changed() => continue,
            // A hint shows that the hub is reachable, even if the last attempt failed.
            _ = hints.changed(), if !hinted => hinted = true,
            () = tokio::time::sleep(pause) => {}
        }
        if hinted {
            // Many hints do not make the outlet send requests more often.
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(MIN_BETWEEN.saturating_sub(started.elapsed())) => {}
            }
        }
    }
}

/// Time until the next request is due.
fn time_to_wait(app: &Replica) -> Duration {
    Duration::from_millis(app.link.session(|session| session.pull_ready_at_ms()).saturating_sub(now_ms()))
}

/// Sends one request, unless a snapshot has applied everything; returns the pause before the next one.
async fn listen_once(pull: &Pull<'_>, snapshot: Result<bool, PullError>, wait: Duration) -> Duration {
    let started = Instant::now();
    let result = match snapshot {
        Ok(true) => return Duration::ZERO,
        Ok(false) => pull.to_head(wait).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(counts) if counts.changes > 0 => Duration::ZERO,
        Ok(_) => MIN_BETWEEN.saturating_sub(started.elapsed()),
        Err(PullError::Hub(_)) => Duration::ZERO,
        Err(PullError::Queue(error)) => {
            tracing::warn!(%error, "head office's changes cannot be applied; trying again");
            IDLE
        }
    }
}

/// The hub to listen to, and whether one of its answers has stopped the outlet; `None` while sync is off or incomplete,
/// or the database was restored.
async fn hub_address(app: &Replica) -> Result<Option<(Address, bool)>, QueueError> {
    let env = app.env.clone();
    app.db
        .read(move |tx| {
            let (hub_link, stopped) = (hub_link(tx, &env)?, chain(tx)?.stopped);
            let is_active = hub_link.enabled && stopped.as_ref().is_none_or(is_hub_stop);
            Ok(hub_link.address().ok().filter(|_| is_active).map(|address| (address, stopped.is_some())))
        })
        .await
}
