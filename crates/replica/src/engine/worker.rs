//! The worker: wakes on a commit, on a request, on the interval, when a wait is over; and starts a round if there is
//! anything to do. Commits are hints; the queue is the truth, looked at every second whatever happens.

use std::time::{Duration, Instant};

use protocol::wire::EntityRef;
use sqlite::ReadRow;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use web::time;

use crate::capture::{schema, singletons};
use crate::chain::{self, Chain};
use crate::client::hub::Client;
use crate::client::pull::{Pull, PullError};
use crate::engine::round::{Push, Round};
use crate::error::QueueError;
use crate::link::interval::Interval;
use crate::link::link_error;
use crate::link::link_error::Direction;
use crate::link::now_ms;
use crate::progress::range::{self, Scope};
use crate::reconcile::owned::Step;
use crate::reconcile::statement;
use crate::requests::{self, Request};
use crate::settings::hub_link::{Address, Cloud, cloud};
use crate::settings::key_origin;
use crate::state::Replica;
use crate::{logs, push};

/// What is committed within this time goes together.
const DEBOUNCE: Duration = Duration::from_millis(10);
const LOOK_EVERY: Duration = Duration::from_secs(1);
const CLEAN_EVERY: Duration = Duration::from_secs(3_600);
/// Between two questions whether a hub at a changed address knows the key.
const PROOF_EVERY: Duration = Duration::from_secs(5);
/// A question to the hub that takes longer is given up once something waits to be sent.
const UNANSWERED: Duration = Duration::from_secs(2);

/// After the stop, what is under way with the hub has so long to end. A batch whose answer is not waited for is sent again
/// at the next start.
const GRACE: Duration = Duration::from_secs(2);

/// Runs until `stop`.
pub async fn run(app: Replica, stop: CancellationToken) {
    let mut worker = Worker {
        client: Client::of(&app.link),
        settings: None,
        stopped: false,
        next_cleaning: Instant::now() + CLEAN_EVERY,
        // A server that is started again every hour compares too.
        next_statement: Instant::now(),
        next_proof: Instant::now(),
        unproven: None,
        schema_version: None,
        app,
        stop,
    };
    let mut commits = worker.app.db.commits();
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = worker.stop.cancelled() => return,
            _ = look.tick() => {}
            changed = commits.changed(), if worker.is_on() => {
                if changed.is_err() {
                    return;
                }
                tokio::time::sleep(DEBOUNCE).await;
                commits.mark_unchanged();
            }
        }
        let (stop, app, settings) = (worker.stop.clone(), worker.app.clone(), worker.settings.clone());
        let looked = tokio::select! {
            () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => return,
            // The hub that is waited for is no longer the one; what was sent to it is stored, and the next look goes on.
            () = other_settings(&app, settings) => continue,
            looked = worker.look() => looked,
        };
        if let Err(error) = looked {
            tracing::warn!(%error, "the sync worker could not look at the queue; it tries again");
        }
        worker.app.link.looked();
    }
}

/// Waits until the link's settings are others than these; for ever where none were seen yet.
async fn other_settings(app: &Replica, known: Option<Cloud>) {
    let Some(known) = known else { return std::future::pending().await };
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let env = app.env.clone();
        let now = app.db.read(move |tx| Ok::<_, QueueError>(cloud(tx, &env)?)).await;
        if now.is_ok_and(|now| now.without_history() != known) {
            return;
        }
    }
}

struct Worker {
    app: Replica,
    client: Client,
    stop: CancellationToken,
    settings: Option<Cloud>,
    /// The chain rule had stopped the outlet when it was last looked at.
    stopped: bool,
    next_cleaning: Instant,
    next_statement: Instant,
    next_proof: Instant,
    /// What was logged last of a hub that does not prove that it knows the key.
    unproven: Option<String>,
    /// SQLite's count of changes of the schema, when the triggers were last looked at.
    schema_version: Option<i64>,
}

/// What the worker finds when it looks.
struct Found {
    cloud: Cloud,
    chain: Chain,
    requests: Vec<Request>,
    work: bool,
    /// The place in the queue that was given last.
    last_seq: i64,
    schema_version: i64,
}

impl Worker {
    /// Whether a commit may be worth a look; otherwise the next second is soon enough.
    fn is_on(&self) -> bool {
        self.settings.as_ref().is_none_or(|settings| settings.enabled)
    }

    async fn look(&mut self) -> Result<(), QueueError> {
        if self.next_cleaning <= Instant::now() {
            self.next_cleaning = Instant::now() + CLEAN_EVERY;
            self.clean().await?;
        }
        self.app.link.works();
        let env = self.app.env.clone();
        let found = self
            .app
            .db
            .read(move |tx| {
                if !singletons::missing(tx)?.is_empty() {
                    return Ok(None);
                }
                let (cloud, chain) = (cloud(tx, &env)?, chain::chain(tx)?);
                let work = push::has_work(tx)? || range::under_way(tx, Scope::Owned)?.is_some();
                let schema_version = tx.query_row("pragma schema_version", [], |row| row.read(0))?;
                let (requests, last_seq) = (requests::open(tx)?, push::last_seq(tx)?);
                Ok::<_, QueueError>(Some(Found { cloud, chain, requests, work, last_seq, schema_version }))
            })
            .await?;
        let Some(found) = found else {
            self.app.db.write(schema::repair).await?;
            return Ok(());
        };
        self.notice_schema(found.schema_version).await?;
        self.notice_settings(&found.cloud).await?;
        let Ok(address) = found.cloud.address() else { return self.ask_for_proof(&found.cloud).await };
        if !found.requests.is_empty() {
            self.app.link.resume();
        }
        let was_stopped = std::mem::replace(&mut self.stopped, found.chain.stopped.is_some());
        if self.stopped && !was_stopped {
            // The listener may wait for a change; it is to ask the hub at once whether it goes on.
            self.app.link.listen_again();
        }
        if !found.cloud.enabled || self.stopped {
            return self.serve(&found.requests).await;
        }
        let due = self.app.link.interval(|interval| interval.is_due(now_ms())) || !found.requests.is_empty();
        let waiting = self.app.link.session(|session| session.ready_at_ms()) > now_ms();
        if waiting || !(due || found.work) {
            return Ok(());
        }
        if due {
            let minutes = found.cloud.interval_minutes;
            self.app.link.interval(|interval| interval.begin(minutes, now_ms(), time::now()));
        }
        self.round(&address, &found, due).await
    }

    /// A trigger that somebody drops while the server runs comes back at the next look, and what was changed without it is
    /// queued. The first look counts too: it may have happened since the start has looked.
    async fn notice_schema(&mut self, version: i64) -> Result<(), QueueError> {
        if self.schema_version != Some(version) {
            let repaired = self.app.db.write_background(|tx| schema::repair(tx).map_err(QueueError::from)).await?;
            for schema::Deviation { kind, name, .. } in repaired {
                tracing::error!(
                    kind,
                    name,
                    "a part of the sync system was changed while the server ran; it was put right"
                );
            }
            self.schema_version = Some(version);
        }
        Ok(())
    }

    /// New settings take effect at once, also after a refusal. What an answer of the hub has stopped may go on at another hub
    /// or as another outlet; if it may not, the chain rule says so again.
    async fn notice_settings(&mut self, cloud: &Cloud) -> Result<(), QueueError> {
        let known = cloud.clone().without_history();
        if self.settings.as_ref() == Some(&known) {
            return Ok(());
        }
        if self.settings.is_some() {
            tracing::info!(enabled = known.enabled, url = known.api_url, "the link to head office was changed");
            self.app.db.write_background(|tx| Ok::<_, QueueError>(chain::go_on(tx)?)).await?;
        }
        self.settings = Some(known);
        self.next_proof = Instant::now();
        self.unproven = None;
        self.app.link.resume();
        self.app.link.interval(Interval::end);
        Ok(())
    }

    /// The address was changed and the key belongs elsewhere: a hub that proves that it knows the key has moved there.
    async fn ask_for_proof(&mut self, cloud: &Cloud) -> Result<(), QueueError> {
        let Some(address) = cloud.unproven().filter(|_| cloud.enabled && self.next_proof <= Instant::now()) else {
            return Ok(());
        };
        self.next_proof = Instant::now() + PROOF_EVERY;
        match self.client.knows_key(&address).await {
            Ok(true) => {
                tracing::info!(
                    url = address.api_url,
                    "head office has moved to this address: it knows this outlet's key"
                );
                self.app.db.write_background(move |tx| Ok::<_, QueueError>(key_origin::moved(tx, &address)?)).await
            }
            Ok(false) => {
                self.note_unproven(&address, "The hub there does not know this outlet's key.".to_owned());
                Ok(())
            }
            Err(error) => {
                self.note_unproven(&address, error.to_string());
                Ok(())
            }
        }
    }

    /// Asked every few seconds: people are told once, and again when the reason is another one.
    fn note_unproven(&mut self, address: &Address, reason: String) {
        let (url, said) = (&address.api_url, "no head office that knows this outlet's key answers");
        if self.unproven.as_ref() == Some(&reason) {
            tracing::debug!(reason, url, "{said}");
        } else {
            tracing::info!(reason, url, "{said}");
            self.unproven = Some(reason);
        }
    }

    async fn round(&mut self, address: &Address, found: &Found, due: bool) -> Result<(), QueueError> {
        let started_at = time::now();
        if self.app.db.read(|tx| range::under_way(tx, Scope::Rejoin)).await?.is_some() {
            // Nothing is pushed before the outlet's own is compared; whoever asked for a round is answered after it. What the
            // hub has and nobody can read does not hold that up.
            if self.pull_waits() && !due {
                return Ok(());
            }
            return self.compare_own(address).await;
        }
        let only: Vec<EntityRef> = found.requests.iter().rev().filter_map(|request| request.only.clone()).collect();
        let mut round = Push::new(&self.app, &self.client, address, &self.stop).run(only).await;
        let compared = if round.error.is_none() && !self.pull_waits() {
            unless_work_waits(&self.app, found.last_seq, self.compare_settled(address)).await?.unwrap_or(Ok(None))?
        } else {
            None
        };
        round.error = round.error.or(compared);
        if round.batches == 0 && round.error.is_none() && !due {
            // What waits cannot go yet, because what it must travel with is held.
            return Ok(());
        }
        if round.error.is_none() && (due || round.conflicts > 0) {
            let app = self.app.clone();
            match unless_work_waits(&app, found.last_seq, self.pull(address)).await? {
                // The listener reads on.
                None | Some(Ok(())) => {}
                Some(Err(PullError::Cloud(error))) => round.error = Some(error.to_string()),
                Some(Err(PullError::Queue(error))) => return Err(error),
            }
        }
        let entry = entry(&round, started_at);
        self.app.db.write_background(move |tx| logs::write(tx, &entry)).await?;
        self.serve(&found.requests).await?;
        self.app.link.round_ended();
        Ok(())
    }

    async fn pull(&mut self, address: &Address) -> Result<(), PullError> {
        let pull = Pull { app: &self.app, client: &self.client, address, stop: &self.stop };
        pull.to_head(Duration::ZERO).await?;
        // A batch that was refused is gone, or was sent.
        link_error::over(&self.app.db, &self.app.link, Direction::Push).await?;
        Ok(self.compare_days(address).await?)
    }

    /// A question of this outlet's was not answered a moment ago: only pushes go on.
    fn pull_waits(&self) -> bool {
        self.app.link.session(|session| session.pull_ready_at_ms()) > now_ms()
    }

    async fn compare_own(&mut self, address: &Address) -> Result<(), QueueError> {
        let pull = Pull { app: &self.app, client: &self.client, address, stop: &self.stop };
        match pull.to_head(Duration::ZERO).await {
            Ok(_) => self.app.link.interval(Interval::end),
            // It has been counted; the next try comes by itself.
            Err(PullError::Cloud(_)) => {}
            Err(PullError::Queue(error)) => return Err(error),
        }
        Ok(())
    }

    /// Compares what is settled until something waits to be sent; whoever sells meanwhile is not kept waiting. Says what
    /// went wrong, in words.
    async fn compare_settled(&self, address: &Address) -> Result<Option<String>, QueueError> {
        let pull = Pull { app: &self.app, client: &self.client, address, stop: &self.stop };
        while !self.stop.is_cancelled() {
            match pull.compare_settled().await {
                Ok(Step::Next) if !self.app.db.read(|tx| Ok::<_, QueueError>(push::has_work(tx)?)).await? => {}
                Ok(_) => break,
                Err(PullError::Cloud(error)) => return Ok(Some(error.to_string())),
                Err(PullError::Queue(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// After the start, and every hour: what the latest days came to, here and at the hub.
    async fn compare_days(&mut self, address: &Address) -> Result<(), QueueError> {
        if self.next_statement > Instant::now() {
            return Ok(());
        }
        self.next_statement = Instant::now() + CLEAN_EVERY;
        self.app.db.write_background(|tx| schema::queue_unqueued(tx).map_err(QueueError::from)).await?;
        let days = self.app.db.read(|tx| Ok::<_, QueueError>(statement::due(tx, time::now())?)).await?;
        match statement::compare(&self.app.db, &self.client, address, &days).await {
            Ok(_) => Ok(()),
            Err(PullError::Cloud(error)) => {
                tracing::info!(%error, "the days could not be compared with head office; in an hour again");
                Ok(())
            }
            Err(PullError::Queue(error)) => Err(error),
        }
    }

    async fn serve(&self, requests: &[Request]) -> Result<(), QueueError> {
        let Some(last) = requests.last().map(|request| request.id) else { return Ok(()) };
        self.app.db.write_background(move |tx| Ok::<_, QueueError>(requests::served(tx, last)?)).await
    }

    async fn clean(&mut self) -> Result<(), QueueError> {
        self.app.db.write_background(|tx| Ok::<_, QueueError>(logs::hour_passed(tx)?)).await?;
        let prune = |tx: &sqlite::Transaction<'_>| Ok::<_, QueueError>(logs::prune(tx, time::now())?);
        while self.app.db.write_background(prune).await? && !self.stop.is_cancelled() {}
        Ok(())
    }
}

/// Waits for the end of `ask`, which asks the hub for something: a failed pull never delays a push, so what takes long is
/// given up as soon as something waits to be sent that was changed after `last_seq`. What `ask` wrote before stays.
async fn unless_work_waits<T>(
    app: &Replica,
    last_seq: i64,
    ask: impl Future<Output = T>,
) -> Result<Option<T>, QueueError> {
    let mut ask = std::pin::pin!(ask);
    let mut wait = UNANSWERED;
    loop {
        tokio::select! {
            asked = &mut ask => return Ok(Some(asked)),
            () = tokio::time::sleep(wait) => {}
        }
        let work = move |tx: &sqlite::Transaction<'_>| {
            Ok::<_, QueueError>(push::last_seq(tx)? > last_seq && push::has_work(tx)?)
        };
        if app.db.read(work).await? {
            tracing::info!("the hub takes long to answer; what waits to be sent goes first");
            return Ok(None);
        }
        wait = LOOK_EVERY;
    }
}

fn entry(round: &Round, started_at: jiff::Timestamp) -> logs::Entry {
    let entity_type = match (round.types.len(), round.types.first()) {
        (1, Some(only)) => only.clone(),
        _ => "mixed".to_owned(),
    };
    let status = match (&round.error, round.synced) {
        (None, _) if round.refused == 0 => "success",
        (Some(_), 0) => "failed",
        _ => "partial",
    };
    logs::Entry {
        sync_type: "push",
        entity_type,
        entity_count: round.synced + round.refused,
        status,
        error_message: round.error.clone(),
        started_at,
        completed_at: time::now(),
        details: serde_json::json!({"batches": round.batches, "bytes": round.bytes, "refused": round.refused, "conflicts": round.conflicts})
            .to_string(),
    }
}
