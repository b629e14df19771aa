//! Getting what the hub has: page after page to the head of the streams, or everything where these do not help.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use protocol::updates::UpdatePage;
use protocol::wire::EntityRef;
use tokio_util::sync::CancellationToken;
use web::time;

use crate::chain::{FORK, chain, is_the_hubs};
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
use crate::pull::page::{self, Read};
use crate::pull::stream_gap;
use crate::push::adopt::recheck;
use crate::reconcile;
use crate::reconcile::owned;
use crate::reconcile::owned::Step;
use crate::reconcile::shared;
use crate::settings::hub_link::{Address, cloud};
use crate::settings::key_origin::taken;
use crate::state::Replica;

/// How long the hub may keep a request for changes that do not come.
const WAIT: Duration = Duration::from_secs(30);
/// Looking again whether there is a hub to listen to.
const IDLE: Duration = Duration::from_secs(1);
/// A hub that answers "nothing" at once, although it was asked to wait, is not asked more often.
const MIN_BETWEEN: Duration = Duration::from_millis(500);
/// So many pages in one go; the next round goes on.
const MAX_PAGES: usize = 10_000;

/// What reading to the head came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Changes read.
    pub changes: usize,
    /// Rows of the shop that have changed.
    pub changed: usize,
    /// Fields that both sides had changed differently.
    pub overlaps: usize,
    /// What could not be applied and was kept.
    pub kept: usize,
}

impl Pulled {
    fn add(&mut self, read: &Read) {
        self.changes += read.changes;
        self.changed += read.changed;
        self.overlaps += read.overlaps;
        self.kept += read.kept;
    }
}

impl Pull<'_> {
    /// Reads to the head of the streams; `wait`: lets the hub wait for a change if there is none.
    ///
    /// # Errors
    /// [`PullError`]; what was read before stays read.
    pub async fn to_head(&self, wait: Duration) -> Result<Pulled, PullError> {
        let started_at = time::now();
        let mut pulled = Pulled::default();
        let ended = self.read_on(wait, &mut pulled).await;
        if pulled.changed + pulled.overlaps + pulled.kept > 0 {
            self.note(pulled, started_at, ended.as_ref().err().map(ToString::to_string)).await?;
        }
        match &ended {
            Ok(()) => {
                if self.app.link.reached() {
                    tracing::info!("head office can be heard again");
                }
                link_error::over(&self.app.db, &self.app.link, Direction::Pull).await?;
                taken(&self.app.db, self.address).await?;
            }
            Err(PullError::Cloud(error)) => self.check_chain(error).await?,
            Err(PullError::Queue(_)) => {}
        }
        ended.map(|()| pulled)
    }

    async fn read_on(&self, mut wait: Duration, pulled: &mut Pulled) -> Result<(), PullError> {
        let mut compared = false;
        let mut ahead = None;
        for _ in 0..MAX_PAGES {
            if self.stop.is_cancelled() {
                break;
            }
            if self.app.db.read(progress::snapshot::holds).await? {
                // Whoever listens to the hub is at it; pages come after it.
                break;
            }
            if self.compare_range().await? {
                wait = Duration::ZERO;
                continue;
            }
            let asked = self.app.db.read(cursor::ask).await?;
            // What was asked for ahead counts only where the outlet stands as was thought.
            let came = match ahead.take() {
                Some((thought, came)) if thought == asked => came,
                _ => self.updates(&asked, wait).await?,
            };
            let page = match came {
                Err(HubError::NoCursor { message }) if !compared => {
                    // Once: a hub that does not take its own cursor either is waited for.
                    compared = true;
                    tracing::error!(
                        message,
                        "the hub does not take this outlet's cursor; everything is compared with it"
                    );
                    self.app.db.write_background(|tx| stream_gap::noticed(tx, time::now())).await?;
                    continue;
                }
                page => page?,
            };
            let next = Some(asked.behind(&page)).filter(|next| page.more && *next != asked);
            let read;
            (read, ahead) = tokio::join!(self.read(asked, page), self.fetch_ahead(next));
            let read = read?;
            pulled.add(&read);
            for of in &read.compare {
                self.compare(of, pulled).await?;
            }
            let again = read.more || self.app.db.read(range::next).await?.is_some();
            if !again {
                break;
            }
            wait = Duration::ZERO;
        }
        Ok(())
    }

    async fn updates(&self, asked: &PullRequest, wait: Duration) -> Result<Result<UpdatePage, HubError>, QueueError> {
        let came = self.client.updates(self.address, asked, wait).await;
        duplicate_server::store(&self.app.db, &self.app.link.twins()).await?;
        Ok(came)
    }

    async fn read(&self, asked: PullRequest, page: UpdatePage) -> Result<Read, QueueError> {
        let read = self.app.db.write_background(move |tx| page::read(tx, &asked, &page, time::now())).await?;
        self.app.link.pulled(read.changed);
        Ok(read)
    }

    /// While one page is written here, the hub reads the next one.
    async fn fetch_ahead(&self, next: Option<PullRequest>) -> Option<(PullRequest, Result<UpdatePage, HubError>)> {
        let next = next?;
        let came = self.client.updates(self.address, &next, Duration::ZERO).await;
        Some((next, came))
    }

    /// Compares the next range, if a comparison with everything is under way.
    async fn compare_range(&self) -> Result<bool, PullError> {
        let Some(asked) = self.app.db.read(range::next).await? else { return Ok(false) };
        let scope = asked.scope;
        let (entities, last) = match scope {
            Scope::Rejoin => {
                let epoch = self.app.db.read(|tx| Ok::<_, QueueError>(chain(tx)?.epoch)).await?;
                let page = self.client.documents(self.address, &asked.after, &epoch.id).await?;
                if asked.is_at_start() && page.next.is_some() && self.goes_by_snapshot().await? {
                    return Ok(true);
                }
                let entities = page.documents.len();
                (
                    entities,
                    self.app
                        .db
                        .write_background(move |tx| reconcile::rejoin::range(tx, &asked, &page, time::now()))
                        .await?,
                )
            }
            // Not here: see [`Pull::compare_settled`].
            Scope::Owned => return Ok(false),
            Scope::Shared => {
                let stood = self.app.db.read(cursor::ask).await?;
                let page = self.client.entities(self.address, &asked.after, &stood.epoch_id).await?;
                if asked.is_at_start() && page.next.is_some() && self.goes_by_snapshot().await? {
                    return Ok(true);
                }
                let entities = page.entities.len();
                (
                    entities,
                    self.app
                        .db
                        .write_background(move |tx| shared::range(tx, &asked, &stood, &page, time::now()))
                        .await?,
                )
            }
        };
        if scope == Scope::Shared {
            // Any of them may have changed.
            self.app.link.pulled(entities);
        }
        tracing::info!(?scope, entities, last, "compared with what the hub has");
        Ok(true)
    }

    /// Compares the next range of what is the outlet's own and settled, if someone has asked; between two batches.
    ///
    /// # Errors
    /// [`PullError`].
    pub async fn compare_settled(&self) -> Result<Step, PullError> {
        let read = self.app.db.read(|tx| Ok((range::under_way(tx, Scope::Owned)?, chain(tx)?.epoch)));
        let (Some(asked), epoch) = read.await.map_err(PullError::Queue)? else { return Ok(Step::Last) };
        let page = match self.client.documents(self.address, &asked.after, &epoch.id).await {
            Ok(page) => page,
            Err(error) => {
                self.check_chain(&error).await?;
                return Err(error.into());
            }
        };
        Ok(self.app.db.write_background(move |tx| owned::range(tx, &asked, &page, time::now())).await?)
    }

    /// The first range is not the last one, so there is much: one file brings it, unless that was tried.
    async fn goes_by_snapshot(&self) -> Result<bool, PullError> {
        let wanted = self.app.db.write_background(|tx| progress::snapshot::want(tx, time::now())).await?;
        if wanted {
            self.app.link.listen_again();
        }
        Ok(wanted)
    }

    async fn compare(&self, of: &EntityRef, pulled: &mut Pulled) -> Result<(), PullError> {
        let about = of.clone();
        let read_at = self.app.db.read(move |tx| base::change_id(tx, &about)).await?;
        let theirs = self.client.entity(self.address, of).await?;
        let of = of.clone();
        let taken = self
            .app
            .db
            .write_background(move |tx| shared::one(tx, &of, read_at.as_deref(), theirs.as_ref(), time::now()));
        let taken = taken.await?;
        pulled.changed += usize::from(taken.changed);
        self.app.link.pulled(usize::from(taken.changed));
        pulled.overlaps += taken.overlaps;
        Ok(())
    }

    async fn note(&self, pulled: Pulled, started_at: Timestamp, error: Option<String>) -> Result<(), QueueError> {
        let entry = logs::Entry {
            sync_type: "pull",
            entity_type: "mixed".to_owned(),
            entity_count: pulled.changed + pulled.kept,
            status: if error.is_none() { "success" } else { "partial" },
            error_message: error,
            started_at,
            completed_at: time::now(),
            details: serde_json::json!({"read": pulled.changes, "overlaps": pulled.overlaps, "kept": pulled.kept})
                .to_string(),
        };
        self.app.db.write_background(move |tx| Ok::<_, QueueError>(logs::write(tx, &entry)?)).await
    }

    /// Asks the hub again where it stands, after an answer of it that stopped this outlet: it may have run on another
    /// database. Says whether sync goes on.
    ///
    /// # Errors
    /// [`PullError`].
    pub async fn recheck(&self) -> Result<bool, PullError> {
        let asked = self.app.db.read(cursor::ask).await?;
        let page = match self.updates(&asked, Duration::ZERO).await? {
            Ok(page) => page,
            Err(error) => {
                self.check_chain(&error).await?;
                return Err(error.into());
            }
        };
        let goes_on = self.app.db.write_background(move |tx| recheck(tx, &page.chain)).await?;
        if goes_on {
            tracing::info!("head office knows this outlet again; its changes are sent");
            link_error::over(&self.app.db, &self.app.link, Direction::Pull).await?;
            self.app.link.resume();
        } else {
            self.app.link.pull_refused(now_ms(), rand::random());
            link_error::store(&self.app.db, &self.app.link, Direction::Pull, true, "fork", FORK).await?;
        }
        Ok(goes_on)
    }

    pub(crate) async fn check_chain(&self, error: &HubError) -> Result<(), QueueError> {
        let message = error.to_string();
        match error {
            HubError::Denied { .. } => self.app.link.pull_refused(now_ms(), rand::random()),
            HubError::OtherEpoch { .. } => {
                self.app.link.pull_refused(now_ms(), rand::random());
                other_epoch(self.app, self.address, message.clone()).await?;
            }
            HubError::Unreachable { retry_after_ms, .. } => {
                self.app.link.pull_failed(*retry_after_ms, now_ms(), rand::random());
            }
            // The hub answers, only not what was asked: only pulls wait.
            HubError::Failed { .. } | HubError::TooLarge { .. } | HubError::NoCursor { .. } => {
                self.app.link.pull_refused(now_ms(), rand::random());
            }
        }
        link_error::store(&self.app.db, &self.app.link, Direction::Pull, error.is_refusal(), error.code(), &message)
            .await
    }
}

/// Listens to the hub until `stop`: what head office changes is here as soon as the hub says so, in the answer to a
/// request that it keeps, or by a hint that comes another way. Waits as the worker does while the hub cannot be reached;
/// whichever of the two reaches it first ends the wait of both.
pub async fn listen(app: Replica, stop: CancellationToken) {
    let client = Client::of(&app.link);
    let mut resumed = app.link.resumed();
    let mut hints = app.link.hints();
    let mut hinted = false;
    let db = app.db.path().to_owned();
    let tidied = app.db.write_background(move |tx| progress::snapshot::tidy(tx, &db)).await;
    if let Err(error) = tidied {
        tracing::debug!(%error, "what an earlier snapshot left beside the database stays");
    }
    while !stop.is_cancelled() {
        let started = Instant::now();
        resumed.mark_unchanged();
        hinted |= hints.has_changed().unwrap_or(false);
        hints.mark_unchanged();
        // After trouble a quick answer is worth more than a change; and whoever was hinted at asks without waiting, for the
        // request that the hub keeps may be what does not work.
        let offline = !waits(&app).is_zero();
        let wait = if hinted || app.link.is_troubled(Direction::Pull) { Duration::ZERO } else { WAIT };
        let pause = match hub(&app).await {
            Ok(Some((address, true))) if hinted || !offline => {
                hinted = false;
                let pull = Pull { app: &app, client: &client, address: &address, stop: &stop };
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = resumed.changed() => Duration::ZERO,
                    rechecked = pull.recheck() => match rechecked {
                        Ok(_) | Err(PullError::Cloud(_)) => Duration::ZERO,
                        Err(PullError::Queue(error)) => {
                            tracing::warn!(%error, "where the hub stands cannot be compared; trying again");
                            IDLE
                        }
                    },
                }
            }
            Ok(Some((address, false))) if hinted || !offline => {
                hinted = false;
                let pull = Pull { app: &app, client: &client, address: &address, stop: &stop };
                // Other settings do not break off what a file brings: that is long, and what has come stays.
                let brought = tokio::select! {
                    () = stop.cancelled() => return,
                    brought = pull.snapshot() => brought,
                };
                tokio::select! {
                    () = stop.cancelled() => return,
                    // Other settings: the hub that is being listened to may be the wrong one.
                    _ = resumed.changed() => Duration::ZERO,
                    // A request that asks without waiting is left to end: a slow line gets through it however many hints
                    // there are.
                    _ = hints.changed(), if !wait.is_zero() => {
                        hinted = true;
                        Duration::ZERO
                    }
                    pause = hear(&pull, brought, wait) => pause,
                }
            }
            Ok(Some(_)) => waits(&app).min(IDLE),
            Ok(None) => IDLE,
            Err(error) => {
                tracing::warn!(%error, "the settings of the link cannot be read; trying again");
                IDLE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            _ = resumed.changed() => continue,
            // Head office speaks: it may be heard again, whatever the last try said.
            _ = hints.changed(), if !hinted => hinted = true,
            () = tokio::time::sleep(pause) => {}
        }
        if hinted {
            // However many hints come, the hub is not asked more often.
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(MIN_BETWEEN.saturating_sub(started.elapsed())) => {}
            }
        }
    }
}

/// How long nobody is to ask the hub.
fn waits(app: &Replica) -> Duration {
    Duration::from_millis(app.link.session(|session| session.pull_ready_at_ms()).saturating_sub(now_ms()))
}

/// Asks once, unless a file has brought everything; says how long to pause before the next time.
async fn hear(pull: &Pull<'_>, brought: Result<bool, PullError>, wait: Duration) -> Duration {
    let started = Instant::now();
    let pulled = match brought {
        Ok(true) => return Duration::ZERO,
        Ok(false) => pull.to_head(wait).await,
        Err(error) => Err(error),
    };
    match pulled {
        Ok(pulled) if pulled.changes > 0 => Duration::ZERO,
        Ok(_) => MIN_BETWEEN.saturating_sub(started.elapsed()),
        Err(PullError::Cloud(_)) => Duration::ZERO,
        Err(PullError::Queue(error)) => {
            tracing::warn!(%error, "what head office has changed cannot be taken; trying again");
            IDLE
        }
    }
}

/// Where to listen, and whether an answer of this hub has stopped the outlet; none while sync is off or incomplete, or the
/// database itself was restored.
async fn hub(app: &Replica) -> Result<Option<(Address, bool)>, QueueError> {
    let env = app.env.clone();
    app.db
        .read(move |tx| {
            let (cloud, stopped) = (cloud(tx, &env)?, chain(tx)?.stopped);
            let on = cloud.enabled && stopped.as_ref().is_none_or(|(code, _)| is_the_hubs(code));
            Ok(cloud.address().ok().filter(|_| on).map(|address| (address, stopped.is_some())))
        })
        .await
}
