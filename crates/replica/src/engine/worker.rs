//! The worker: wakes on a commit, a request, the interval, or the end of a wait, and starts a round if there is work.
//! Commits are only hints: the worker looks at the queue every second anyway.

use std::time::{Duration, Instant};

use protocol::wire::EntityRef;
use sqlite::ReadRow;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use web::messages::Reason;
use web::time;

use crate::audit::send::AuditSender;
use crate::capture::{schema, singletons};
use crate::chain::{self, Chain};
use crate::client::hub::Client;
use crate::client::pull::{Pull, PullError};
use crate::engine::devices::DeviceReports;
use crate::engine::images::ImageExchange;
use crate::engine::round::{Push, Round};
use crate::error::QueueError;
use crate::history::HistoryEntry;
use crate::link::interval::Interval;
use crate::link::link_error;
use crate::link::link_error::Direction;
use crate::link::now_ms;
use crate::progress::range::{self, Scope};
use crate::reconcile::owned::Step;
use crate::reconcile::statement;
use crate::requests::{self, Request};
use crate::settings::hub_link::{Address, HubLink, hub_link};
use crate::settings::key_origin;
use crate::state::Replica;
use crate::{history, logs, push};

/// Commits within this time are sent together.
const DEBOUNCE: Duration = Duration::from_millis(10);
const LOOK_EVERY: Duration = Duration::from_secs(1);
const CLEAN_EVERY: Duration = Duration::from_secs(3_600);
/// Interval between requests whether a hub at a changed address knows the key.
const PROOF_EVERY: Duration = Duration::from_secs(5);
/// A longer query to the hub is cancelled as soon as there is something to send.
const SLOW_ANSWER: Duration = Duration::from_secs(2);

/// Time after the stop for requests in flight. A batch without an answer is sent again at the next start.
const GRACE: Duration = Duration::from_secs(2);

/// Runs until `stop`.
pub async fn run(app: Replica, stop: CancellationToken) {
    let mut worker = Worker {
        client: Client::for_link(&app.link),
        settings: None,
        stopped: false,
        next_cleaning: Instant::now() + CLEAN_EVERY,
        // Due at once, so that days are compared even if the server restarts every hour.
        next_statement: Instant::now(),
        next_proof: Instant::now(),
        last_proof_failure: None,
        devices: DeviceReports::new(Instant::now()),
        images: ImageExchange::new(Instant::now()),
        audit: AuditSender::new(Instant::now()),
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
            // The settings have changed, so the request may go to the wrong hub. The batch is stored, and the next look
            // continues.
            () = settings_change(&app, settings) => continue,
            looked = worker.look() => looked,
        };
        if let Err(error) = looked {
            tracing::warn!(%error, "the sync worker could not read the queue; trying again");
        }
        worker.app.link.count_look();
    }
}

/// Waits until the link settings differ from these; forever if there are none yet.
async fn settings_change(app: &Replica, known: Option<HubLink>) {
    let Some(known) = known else { return std::future::pending().await };
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let env = app.env.clone();
        let current = app.db.read(move |tx| Ok::<_, QueueError>(hub_link(tx, &env)?)).await;
        if current.is_ok_and(|current| current.settings_only() != known) {
            return;
        }
    }
}

struct Worker {
    app: Replica,
    client: Client,
    stop: CancellationToken,
    settings: Option<HubLink>,
    /// Whether the chain rule had stopped the outlet at the last look.
    stopped: bool,
    next_cleaning: Instant,
    next_statement: Instant,
    next_proof: Instant,
    /// The last logged reason why no hub has proved that it knows the key.
    last_proof_failure: Option<String>,
    devices: DeviceReports,
    images: ImageExchange,
    audit: AuditSender,
    /// SQLite's schema version when the triggers were last checked.
    schema_version: Option<i64>,
}

/// State of the queue at a check.
struct QueueView {
    hub_link: HubLink,
    chain: Chain,
    requests: Vec<Request>,
    has_work: bool,
    /// Entities with changes that the hub has not acknowledged.
    pending: i64,
    /// The seq that was assigned last.
    last_seq: i64,
    schema_version: i64,
}

impl Worker {
    /// Whether to check at every commit; otherwise once a second is enough.
    fn is_on(&self) -> bool {
        self.settings.as_ref().is_none_or(|settings| settings.enabled)
    }

    async fn look(&mut self) -> Result<(), QueueError> {
        if self.next_cleaning <= Instant::now() {
            self.next_cleaning = Instant::now() + CLEAN_EVERY;
            self.clean().await?;
        }
        self.app.link.note_active();
        let env = self.app.env.clone();
        let view = self
            .app
            .db
            .read(move |tx| {
                if !singletons::missing(tx)?.is_empty() {
                    return Ok(None);
                }
                let (hub_link, chain) = (hub_link(tx, &env)?, chain::chain(tx)?);
                let has_work = push::has_work(tx)? || range::running_comparison(tx, Scope::Owned)?.is_some();
                let pending = push::pending(tx)?;
                let schema_version = tx.query_row("pragma schema_version", [], |row| row.read(0))?;
                let (requests, last_seq) = (requests::list_open(tx)?, push::last_seq(tx)?);
                let view = QueueView { hub_link, chain, requests, has_work, pending, last_seq, schema_version };
                Ok::<_, QueueError>(Some(view))
            })
            .await?;
        let Some(view) = view else {
            self.app.db.write(schema::repair).await?;
            return Ok(());
        };
        self.repair_schema(view.schema_version).await?;
        self.apply_settings(&view.hub_link).await?;
        let Ok(address) = view.hub_link.address() else { return self.prove_key(&view.hub_link).await };
        if !view.requests.is_empty() {
            self.app.link.resume();
        }
        let was_stopped = std::mem::replace(&mut self.stopped, view.chain.stopped.is_some());
        if self.stopped && !was_stopped {
            // The listener may be in a long poll: let it ask the hub at once whether sync can continue.
            self.app.link.wake_listener();
        }
        if !view.hub_link.enabled || self.stopped {
            return self.serve(&view.requests).await;
        }
        let is_due = self.app.link.interval(|interval| interval.is_due(now_ms())) || !view.requests.is_empty();
        if self.is_backing_off() {
            return Ok(());
        }
        if is_due {
            let minutes = view.hub_link.interval_minutes;
            self.app.link.interval(|interval| interval.begin(minutes, now_ms(), time::now()));
        }
        if is_due || view.has_work {
            self.round(&address, &view, is_due).await?;
        }
        self.exchange_side_data(&address, view.last_seq).await?;
        // Last, because a file that another outlet waits for must not wait for it.
        self.send_audit(&address, view.last_seq).await
    }

    fn is_backing_off(&self) -> bool {
        self.app.link.session(|session| session.ready_at_ms()) > now_ms()
    }

    /// Sends the audit log after everything else, unless pushing has just failed or stopped.
    async fn send_audit(&mut self, address: &Address, last_seq: i64) -> Result<(), QueueError> {
        if self.is_backing_off() || self.queries_are_paused() {
            return Ok(());
        }
        let app = self.app.clone();
        if app.db.read(|tx| Ok::<_, QueueError>(chain::chain(tx)?.stopped.is_some())).await? {
            return Ok(());
        }
        let sent = self.audit.send(&app, &self.client, address, &self.stop);
        cancel_for_pushes(&app, last_seq, sent).await?.unwrap_or(Ok(()))
    }

    /// Reports the devices and exchanges images.
    async fn exchange_side_data(&mut self, address: &Address, last_seq: i64) -> Result<(), QueueError> {
        if self.is_backing_off() || self.queries_are_paused() {
            return Ok(());
        }
        let app = self.app.clone();
        let (devices, images, client) = (&mut self.devices, &mut self.images, &self.client);
        let exchange = async {
            devices.send(&app, client, address).await;
            images.step(&app, client, address).await;
        };
        cancel_for_pushes(&app, last_seq, exchange).await.map(|_| ())
    }

    /// Restores a trigger that somebody dropped while the server runs, and queues the rows that may have changed
    /// without it. The first look checks too, for changes since the start.
    async fn repair_schema(&mut self, version: i64) -> Result<(), QueueError> {
        if self.schema_version != Some(version) {
            let repaired = self.app.db.write_background(|tx| schema::repair(tx).map_err(QueueError::from)).await?;
            for schema::Deviation { kind, name, .. } in repaired {
                tracing::error!(
                    kind,
                    name,
                    "a part of the sync system was changed while the server ran and was restored"
                );
            }
            self.schema_version = Some(version);
        }
        Ok(())
    }

    /// New settings take effect at once, also after a refusal. A stop by one hub may not apply to another hub or
    /// outlet; if it does, the chain rule stops pushing again.
    async fn apply_settings(&mut self, hub_link: &HubLink) -> Result<(), QueueError> {
        let known = hub_link.clone().settings_only();
        if self.settings.as_ref() == Some(&known) {
            return Ok(());
        }
        if self.settings.is_some() {
            tracing::info!(enabled = known.enabled, url = known.api_url, "the link to head office was changed");
            self.app.db.write_background(|tx| Ok::<_, QueueError>(chain::lift_stop(tx)?)).await?;
        }
        self.settings = Some(known);
        self.next_proof = Instant::now();
        self.last_proof_failure = None;
        // The hub may be another one.
        self.devices = DeviceReports::new(Instant::now());
        self.images = ImageExchange::new(Instant::now());
        self.audit = AuditSender::new(Instant::now());
        self.app.link.resume();
        self.app.link.interval(Interval::end);
        Ok(())
    }

    /// The address was changed, but the key is bound to another one. If a hub at the new address proves that it knows
    /// the key, head office has moved there.
    async fn prove_key(&mut self, hub_link: &HubLink) -> Result<(), QueueError> {
        let Some(address) =
            hub_link.unproven_address().filter(|_| hub_link.enabled && self.next_proof <= Instant::now())
        else {
            return Ok(());
        };
        self.next_proof = Instant::now() + PROOF_EVERY;
        match self.client.knows_key(&address).await {
            Ok(true) => {
                tracing::info!(
                    url = address.api_url,
                    "head office has moved to this address: it knows this outlet's key"
                );
                self.app.db.write_background(move |tx| Ok::<_, QueueError>(key_origin::rebind_key(tx, &address)?)).await
            }
            Ok(false) => {
                self.log_proof_failure(&address, "The hub there does not know this outlet's key.".to_owned());
                Ok(())
            }
            Err(error) => {
                self.log_proof_failure(&address, error.to_string());
                Ok(())
            }
        }
    }

    /// Called every few seconds: logs each reason once.
    fn log_proof_failure(&mut self, address: &Address, reason: String) {
        let (url, text) = (&address.api_url, "no head office that knows this outlet's key answers");
        if self.last_proof_failure.as_ref() == Some(&reason) {
            tracing::debug!(reason, url, "{text}");
        } else {
            tracing::info!(reason, url, "{text}");
            self.last_proof_failure = Some(reason);
        }
    }

    async fn round(&mut self, address: &Address, view: &QueueView, is_due: bool) -> Result<(), QueueError> {
        let started_at = time::now();
        if self.app.db.read(|tx| range::running_comparison(tx, Scope::Rejoin)).await?.is_some() {
            // Nothing is pushed before the outlet-owned entities are compared, and requests are served after that. Hub
            // entities that cannot be read do not delay the comparison.
            if self.queries_are_paused() && !is_due {
                return Ok(());
            }
            return self.rejoin(address).await;
        }
        let only: Vec<EntityRef> = view.requests.iter().rev().filter_map(|request| request.only.clone()).collect();
        let mut round = Push::new(&self.app, &self.client, address, &self.stop).run(only).await;
        let problem = if round.error.is_none() && !self.queries_are_paused() {
            cancel_for_pushes(&self.app, view.last_seq, self.compare_owned(address)).await?.unwrap_or(Ok(None))?
        } else {
            None
        };
        round.error = round.error.or(problem);
        if round.batches == 0 && round.error.is_none() && !is_due {
            // The pending rows cannot be sent yet: another item of their unit is quarantined.
            return Ok(());
        }
        if round.error.is_none() && (is_due || round.conflicts > 0) {
            let app = self.app.clone();
            match cancel_for_pushes(&app, view.last_seq, self.pull(address)).await? {
                // The listener reads on.
                None | Some(Ok(())) => {}
                Some(Err(PullError::Hub(error))) => round.error = Some(error.reason().clone()),
                Some(Err(PullError::Queue(error))) => return Err(error),
            }
        }
        let (entry, history_entry) = (entry(&round, started_at), history_entry(round, view.pending));
        self.app
            .db
            .write_background(move |tx| {
                logs::write(tx, &entry)?;
                history::add(tx, &history_entry, entry.completed_at)
            })
            .await?;
        self.serve(&view.requests).await?;
        self.app.link.round_ended();
        Ok(())
    }

    async fn pull(&mut self, address: &Address) -> Result<(), PullError> {
        let pull = Pull { app: &self.app, client: &self.client, address, stop: &self.stop };
        pull.to_head(Duration::ZERO).await?;
        // The batch that failed was sent or abandoned.
        link_error::clear(&self.app.db, &self.app.link, Direction::Push).await?;
        Ok(self.compare_days(address).await?)
    }

    /// Whether the last query to the hub failed recently: then only pushes continue.
    fn queries_are_paused(&self) -> bool {
        self.app.link.session(|session| session.pull_ready_at_ms()) > now_ms()
    }

    async fn rejoin(&mut self, address: &Address) -> Result<(), QueueError> {
        let pull = Pull { app: &self.app, client: &self.client, address, stop: &self.stop };
        match pull.to_head(Duration::ZERO).await {
            Ok(_) => self.app.link.interval(Interval::end),
            // The failure is counted, which schedules the next attempt.
            Err(PullError::Hub(_)) => {}
            Err(PullError::Queue(error)) => return Err(error),
        }
        Ok(())
    }

    /// Compares acknowledged entities until there is something to send, so that sales are not delayed. Returns the
    /// reason of a failure.
    async fn compare_owned(&self, address: &Address) -> Result<Option<Reason>, QueueError> {
        let pull = Pull { app: &self.app, client: &self.client, address, stop: &self.stop };
        while !self.stop.is_cancelled() {
            match pull.compare_owned().await {
                Ok(Step::Next) if !self.app.db.read(|tx| Ok::<_, QueueError>(push::has_work(tx)?)).await? => {}
                Ok(_) => break,
                Err(PullError::Hub(error)) => return Ok(Some(error.reason().clone())),
                Err(PullError::Queue(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// After the start and every hour: compares the latest days with the hub.
    async fn compare_days(&mut self, address: &Address) -> Result<(), QueueError> {
        if self.next_statement > Instant::now() {
            return Ok(());
        }
        self.next_statement = Instant::now() + CLEAN_EVERY;
        self.app.db.write_background(|tx| schema::queue_unqueued(tx).map_err(QueueError::from)).await?;
        let days = self.app.db.read(|tx| Ok::<_, QueueError>(statement::due_days(tx, time::now())?)).await?;
        match statement::compare(&self.app.db, &self.client, address, &days).await {
            Ok(_) => Ok(()),
            Err(PullError::Hub(error)) => {
                tracing::info!(%error, "the days could not be compared with head office; trying again in an hour");
                Ok(())
            }
            Err(PullError::Queue(error)) => Err(error),
        }
    }

    async fn serve(&self, requests: &[Request]) -> Result<(), QueueError> {
        let Some(last) = requests.last().map(|request| request.id) else { return Ok(()) };
        self.app.db.write_background(move |tx| Ok::<_, QueueError>(requests::delete_served(tx, last)?)).await
    }

    async fn clean(&mut self) -> Result<(), QueueError> {
        self.app.db.write_background(|tx| Ok::<_, QueueError>(logs::count_hour(tx)?)).await?;
        let prune = |tx: &sqlite::Transaction<'_>| Ok::<_, QueueError>(logs::prune(tx, time::now())?);
        while self.app.db.write_background(prune).await? && !self.stop.is_cancelled() {}
        Ok(())
    }
}

/// Awaits `query`, but cancels a slow one as soon as there is a change after `last_seq` to send: a pull never delays a
/// push. Data that `query` wrote stays.
async fn cancel_for_pushes<T>(
    app: &Replica,
    last_seq: i64,
    query: impl Future<Output = T>,
) -> Result<Option<T>, QueueError> {
    let mut query = std::pin::pin!(query);
    let mut wait = SLOW_ANSWER;
    loop {
        tokio::select! {
            answer = &mut query => return Ok(Some(answer)),
            () = tokio::time::sleep(wait) => {}
        }
        let has_work = move |tx: &sqlite::Transaction<'_>| {
            Ok::<_, QueueError>(push::last_seq(tx)? > last_seq && push::has_work(tx)?)
        };
        if app.db.read(has_work).await? {
            tracing::info!("the hub is slow to answer; pushing first");
            return Ok(None);
        }
        wait = LOOK_EVERY;
    }
}

fn history_entry(round: Round, pending: i64) -> HistoryEntry {
    let Round { synced, rejected, delays, error, .. } = round;
    HistoryEntry { sent: synced, failed: rejected, has_failed: error.is_some(), pending, delays }
}

fn entry(round: &Round, started_at: jiff::Timestamp) -> logs::LogEntry {
    let entity_type = match (round.types.len(), round.types.first()) {
        (1, Some(only)) => only.clone(),
        _ => "mixed".to_owned(),
    };
    let status = match (&round.error, round.synced) {
        (None, _) if round.rejected == 0 => "success",
        (Some(_), 0) => "failed",
        _ => "partial",
    };
    logs::LogEntry {
        sync_type: "push",
        entity_type,
        entity_count: round.synced + round.rejected,
        status,
        error: round.error.clone(),
        started_at,
        completed_at: time::now(),
        details: serde_json::json!({"batches": round.batches, "bytes": round.bytes, "rejected": round.rejected, "conflicts": round.conflicts})
            .to_string(),
    }
}
