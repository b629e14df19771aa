//! What is known of the link to the hub since the process began: for people to see, and for the worker to remember.

pub mod clock;
pub mod duplicate_server;
pub mod interval;
pub mod link_error;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use protocol::session::{Limits, Session};
use tokio::sync::watch;

use crate::link::clock::HubClock;
use crate::link::duplicate_server::DuplicateServer;
use crate::link::interval::Interval;
use crate::link::link_error::Direction;

/// How much there is of a snapshot, as far as this process knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Of the file.
    pub bytes: Option<u64>,
    /// In it.
    pub entities: Option<u64>,
}

/// Shared by the worker, the handlers and `/metrics`.
#[derive(Debug)]
pub struct Link {
    state: Mutex<State>,
    clock: Arc<HubClock>,
    twins: Arc<DuplicateServer>,
    looks: watch::Sender<u64>,
    rounds: watch::Sender<u64>,
    resumed: watch::Sender<u64>,
    hints: watch::Sender<u64>,
    pulled: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    session: Session,
    interval: Interval,
    /// When the worker last did anything.
    worked: Option<Instant>,
    /// Rows of `sync_link_errors` that may be in the database: all, at the start.
    troubled: Vec<Direction>,
    snapshot: Totals,
}

impl Default for Link {
    fn default() -> Self {
        let session = Session::new(Limits::default());
        let state = State {
            session,
            interval: Interval::default(),
            worked: None,
            troubled: Direction::ALL.to_vec(),
            snapshot: Totals::default(),
        };
        Self {
            state: Mutex::new(state),
            clock: Arc::default(),
            twins: Arc::default(),
            looks: watch::Sender::new(0),
            rounds: watch::Sender::new(0),
            resumed: watch::Sender::new(0),
            hints: watch::Sender::new(0),
            pulled: watch::Sender::new(0),
        }
    }
}

/// How the link is, in figures; `trouble` says in words what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// closed, open or probing.
    pub breaker: &'static str,
    /// Failures since the last success.
    pub failures: u32,
    /// Until the next try after a failure; none: nothing is waited for.
    pub next_try_in_ms: Option<u64>,
    /// The hub's clock minus this machine's, as the last answer said it.
    pub clock_offset_ms: Option<i64>,
    /// Since the worker last did anything.
    pub worker_silent_seconds: u64,
}

impl Link {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks or tells the session.
    pub fn session<T>(&self, with: impl FnOnce(&mut Session) -> T) -> T {
        with(&mut self.lock().session)
    }

    /// Asks or tells when a round is due though nothing asks for one.
    pub fn interval<T>(&self, with: impl FnOnce(&mut Interval) -> T) -> T {
        with(&mut self.lock().interval)
    }

    /// What is learned of the hub's clock, for clients to tell.
    pub fn clock(&self) -> Arc<HubClock> {
        Arc::clone(&self.clock)
    }

    /// This process, and what the hub says of others, for clients to tell.
    pub fn twins(&self) -> Arc<DuplicateServer> {
        Arc::clone(&self.twins)
    }

    /// The worker does something.
    pub fn works(&self) {
        self.lock().worked = Some(Instant::now());
    }

    /// A try of this kind has failed and is stored.
    pub fn trouble(&self, asked: Direction) {
        let troubled = &mut self.lock().troubled;
        if !troubled.contains(&asked) {
            troubled.push(asked);
        }
    }

    /// Whether the last request of this kind failed, as far as is known.
    pub fn is_troubled(&self, asked: Direction) -> bool {
        self.lock().troubled.contains(&asked)
    }

    /// The hub took a request of this kind; says whether a stored trouble may have to go.
    pub fn end_trouble(&self, asked: Direction) -> bool {
        let troubled = &mut self.lock().troubled;
        let before = troubled.len();
        troubled.retain(|other| *other != asked);
        troubled.len() < before
    }

    /// Someone has acted: try again.
    pub fn resume(&self) {
        self.lock().session.retry_now();
        self.resumed.send_modify(|n| *n += 1);
    }

    /// There is something for whoever listens to the hub to do at once.
    pub fn listen_again(&self) {
        self.resumed.send_modify(|n| *n += 1);
    }

    /// Changes whenever someone has acted.
    pub fn resumed(&self) -> watch::Receiver<u64> {
        self.resumed.subscribe()
    }

    /// The hub says that there may be something to pull.
    pub fn hint(&self) {
        self.hints.send_modify(|n| *n += 1);
    }

    /// Changes with every hint.
    pub fn hints(&self) -> watch::Receiver<u64> {
        self.hints.subscribe()
    }

    /// The hub can be heard. Says whether that is news.
    pub fn reached(&self) -> bool {
        self.lock().session.reached()
    }

    /// The hub refused to answer a question.
    pub fn pull_refused(&self, now_ms: u64, random: u64) {
        self.lock().session.pull_refused(now_ms, random);
    }

    /// The hub could not be reached with a question. Only questions wait for that: whether a batch gets through is found
    /// out by sending it.
    pub fn pull_failed(&self, retry_after_ms: Option<u64>, now_ms: u64, random: u64) {
        self.lock().session.pull_failed(retry_after_ms, now_ms, random);
    }

    /// How the link is.
    pub fn health(&self, now_ms: u64) -> Health {
        let state = self.lock();
        Health {
            breaker: state.session.breaker(now_ms).as_str(),
            failures: state.session.failures(),
            next_try_in_ms: state.session.ready_at_ms().checked_sub(now_ms).filter(|ms| *ms > 0),
            clock_offset_ms: self.clock.offset_ms(),
            worker_silent_seconds: state.worked.map_or(0, |at| at.elapsed().as_secs()),
        }
    }

    /// How much there is of the snapshot that is under way.
    pub fn snapshot_totals(&self) -> Totals {
        self.lock().snapshot
    }

    /// A snapshot is so long.
    pub fn snapshot_is(&self, totals: Totals) {
        self.lock().snapshot = totals;
    }

    /// So many rows of the shop came from the hub, and are on disk.
    pub fn pulled(&self, rows: usize) {
        if rows > 0 {
            self.pulled.send_modify(|n| *n += u64::try_from(rows).unwrap_or(0));
        }
    }

    /// Rows of the shop that came from the hub since the process began.
    pub fn pulls(&self) -> watch::Receiver<u64> {
        self.pulled.subscribe()
    }

    /// The worker has looked at the queue, and has done what there was to do.
    pub fn looked(&self) {
        self.looks.send_modify(|n| *n += 1);
    }

    /// How often the worker has looked. What it has not done after two more looks it does not do.
    pub fn looks(&self) -> watch::Receiver<u64> {
        self.looks.subscribe()
    }

    /// A round has ended.
    pub fn round_ended(&self) {
        self.rounds.send_modify(|n| *n += 1);
    }

    /// Changes after every round.
    pub fn rounds(&self) -> watch::Receiver<u64> {
        self.rounds.subscribe()
    }
}

/// Milliseconds of a clock that only goes forward.
pub fn now_ms() -> u64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}
