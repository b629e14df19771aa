//! State of the link to the hub since the process started, shared by the worker, the handlers and `/metrics`.

pub mod clock;
pub mod duplicate_server;
pub mod interval;
pub mod link_error;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use protocol::session::{Limits, Session};
use tokio::sync::watch;

use crate::link::clock::HubClock;
use crate::link::duplicate_server::DuplicateServer;
use crate::link::interval::Interval;
use crate::link::link_error::Direction;
use crate::progress::range::Scope;

/// Size of a snapshot, as far as this process knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SnapshotTotals {
    /// Bytes of the file.
    pub bytes: Option<u64>,
    /// Entities in it.
    pub entities: Option<u64>,
}

/// Shared by the worker, the handlers and `/metrics`.
#[derive(Debug)]
pub struct Link {
    state: Mutex<LinkState>,
    clock: Arc<HubClock>,
    duplicate_server: Arc<DuplicateServer>,
    looks: watch::Sender<u64>,
    rounds: watch::Sender<u64>,
    wakeups: watch::Sender<u64>,
    hints: watch::Sender<u64>,
    pulled: watch::Sender<u64>,
    compared: [AtomicU64; 3],
}

#[derive(Debug)]
struct LinkState {
    session: Session,
    interval: Interval,
    /// When the worker was last active.
    last_active: Option<Instant>,
    /// Directions that may have a row in `sync_link_errors`: all, at the start.
    errors: Vec<Direction>,
    snapshot: SnapshotTotals,
}

impl Default for Link {
    fn default() -> Self {
        let session = Session::new(Limits::default());
        let state = LinkState {
            session,
            interval: Interval::default(),
            last_active: None,
            errors: Direction::ALL.to_vec(),
            snapshot: SnapshotTotals::default(),
        };
        Self {
            state: Mutex::new(state),
            clock: Arc::default(),
            duplicate_server: Arc::default(),
            looks: watch::Sender::new(0),
            rounds: watch::Sender::new(0),
            wakeups: watch::Sender::new(0),
            hints: watch::Sender::new(0),
            pulled: watch::Sender::new(0),
            compared: Default::default(),
        }
    }
}

/// State of the link; the link error has the reason of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkHealth {
    /// closed, open or probing.
    pub breaker: &'static str,
    /// Failures since the last success.
    pub failures: u32,
    /// Time until the next attempt after a failure; `None`: no wait.
    pub next_try_in_ms: Option<u64>,
    /// The hub's clock minus this machine's, by the last answer.
    pub clock_offset_ms: Option<i64>,
    /// Time since the worker was last active.
    pub worker_silent_seconds: u64,
}

impl Link {
    fn lock(&self) -> std::sync::MutexGuard<'_, LinkState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accesses the session.
    pub fn session<T>(&self, access: impl FnOnce(&mut Session) -> T) -> T {
        access(&mut self.lock().session)
    }

    /// Accesses the interval.
    pub fn interval<T>(&self, access: impl FnOnce(&mut Interval) -> T) -> T {
        access(&mut self.lock().interval)
    }

    /// The hub's clock, for clients to update.
    pub fn clock(&self) -> Arc<HubClock> {
        Arc::clone(&self.clock)
    }

    /// Detection of duplicate servers, for clients to update.
    pub fn duplicate_server(&self) -> Arc<DuplicateServer> {
        Arc::clone(&self.duplicate_server)
    }

    /// Notes that the worker is active.
    pub fn note_active(&self) {
        self.lock().last_active = Some(Instant::now());
    }

    /// Notes that an attempt has failed and its error is stored.
    pub fn note_error(&self, direction: Direction) {
        let errors = &mut self.lock().errors;
        if !errors.contains(&direction) {
            errors.push(direction);
        }
    }

    /// Whether the last request in this direction failed, as far as known.
    pub fn has_error(&self, direction: Direction) -> bool {
        self.lock().errors.contains(&direction)
    }

    /// Notes that a request in this direction succeeded; returns whether a stored error may have to be deleted.
    pub fn clear_error(&self, direction: Direction) -> bool {
        let errors = &mut self.lock().errors;
        let before = errors.len();
        errors.retain(|other| *other != direction);
        errors.len() < before
    }

    /// A person has acted: retry now.
    pub fn resume(&self) {
        self.lock().session.retry_now();
        self.wakeups.send_modify(|n| *n += 1);
    }

    /// Wakes the listener.
    pub fn wake_listener(&self) {
        self.wakeups.send_modify(|n| *n += 1);
    }

    /// Changes whenever the listener is to wake.
    pub fn wakeups(&self) -> watch::Receiver<u64> {
        self.wakeups.subscribe()
    }

    /// The hub has hinted that something may be new.
    pub fn hint(&self) {
        self.hints.send_modify(|n| *n += 1);
    }

    /// Changes with every hint.
    pub fn hints(&self) -> watch::Receiver<u64> {
        self.hints.subscribe()
    }

    /// Notes that the hub can be reached; returns whether it could not be before.
    pub fn reached(&self) -> bool {
        self.lock().session.reached()
    }

    /// The hub refused a query.
    pub fn pull_refused(&self, now_ms: u64, random: u64) {
        self.lock().session.pull_refused(now_ms, random);
    }

    /// A query could not reach the hub. Only queries wait then: sending a batch shows whether the hub can be reached.
    pub fn pull_failed(&self, retry_after_ms: Option<u64>, now_ms: u64, random: u64) {
        self.lock().session.pull_failed(retry_after_ms, now_ms, random);
    }

    /// Current figures of the link.
    pub fn health(&self, now_ms: u64) -> LinkHealth {
        let state = self.lock();
        LinkHealth {
            breaker: state.session.breaker(now_ms).as_str(),
            failures: state.session.failures(),
            next_try_in_ms: state.session.ready_at_ms().checked_sub(now_ms).filter(|ms| *ms > 0),
            clock_offset_ms: self.clock.offset_ms(),
            worker_silent_seconds: state.last_active.map_or(0, |at| at.elapsed().as_secs()),
        }
    }

    /// Size of the running snapshot.
    pub fn snapshot_totals(&self) -> SnapshotTotals {
        self.lock().snapshot
    }

    /// Notes the size of a snapshot.
    pub fn set_snapshot_totals(&self, totals: SnapshotTotals) {
        self.lock().snapshot = totals;
    }

    /// Counts rows of the shop that came from the hub and are committed.
    pub fn note_pulled(&self, rows: usize) {
        if rows > 0 {
            self.pulled.send_modify(|n| *n += u64::try_from(rows).unwrap_or(0));
        }
    }

    /// Rows of the shop that came from the hub since the process started.
    pub fn pulls(&self) -> watch::Receiver<u64> {
        self.pulled.subscribe()
    }

    /// Counts entities that a comparison of this scope has compared.
    pub fn note_compared(&self, scope: Scope, entities: usize) {
        self.compared[scope as usize].fetch_add(entities as u64, Ordering::Relaxed);
    }

    /// Entities that comparisons of this scope have compared since the process started.
    pub fn compared(&self, scope: Scope) -> u64 {
        self.compared[scope as usize].load(Ordering::Relaxed)
    }

    /// Counts a look of the worker at the queue, with all work done.
    pub fn count_look(&self) {
        self.looks.send_modify(|n| *n += 1);
    }

    /// Number of looks. Two looks later, the worker has done all work that it could do now.
    pub fn looks(&self) -> watch::Receiver<u64> {
        self.looks.subscribe()
    }

    /// Counts the end of a round.
    pub fn round_ended(&self) {
        self.rounds.send_modify(|n| *n += 1);
    }

    /// Changes after every round.
    pub fn rounds(&self) -> watch::Receiver<u64> {
        self.rounds.subscribe()
    }
}

/// Milliseconds of a monotonic clock.
pub fn now_ms() -> u64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}
