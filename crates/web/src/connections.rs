//! Limits open connections, and closes idle ones when the limit is reached.
//!
//! Guarantees that idle connections do not block a new client: the server closes one without a complete request, of the
//! address with the most idle connections. Each connection also closes if its next request does not arrive in time. A
//! slot is free after the connection's file descriptor is closed, so connections never use up the descriptors of the
//! database and the log.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::gauge::Gauge;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Maximum number of connections, whatever the system allows.
const MAX_CONNECTIONS: u64 = 16_384;
/// File descriptors reserved for everything else: the database, the hub, webhooks, downloads, the log.
const OTHER_FILES: u64 = 256;
/// With a low limit of descriptors, half of them are reserved, but at least these: an idle server uses about thirty.
const MIN_OTHER_FILES: u64 = 48;
/// Time for a connection to close; it normally takes less than a millisecond.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// All open connections of a server.
#[derive(Debug)]
pub(crate) struct Connections {
    max: usize,
    slots: Arc<Semaphore>,
    started: Instant,
    next: AtomicU64,
    open: Mutex<HashMap<u64, Open>>,
    count: Gauge,
}

#[derive(Debug)]
struct Open {
    peer: IpAddr,
    activity: Arc<Activity>,
}

/// The state of a connection.
#[derive(Debug)]
pub(crate) struct Activity {
    /// Number of requests that have arrived and whose answers are not complete; HTTP/1 has at most one.
    running: AtomicUsize,
    /// Milliseconds from the server's start to the last change of `running`.
    since_ms: AtomicU64,
    started: Instant,
    /// Closes the connection.
    pub(crate) close: CancellationToken,
}

/// The slot of a connection, dropped after the connection is closed.
#[derive(Debug)]
pub(crate) struct Slot {
    connections: Arc<Connections>,
    number: u64,
    pub(crate) activity: Arc<Activity>,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// `count` is the gauge of open connections.
    pub(crate) fn new(max: usize, count: Gauge) -> Arc<Self> {
        let slots = Arc::new(Semaphore::new(max));
        Arc::new(Self { max, slots, started: Instant::now(), next: AtomicU64::new(0), open: Mutex::default(), count })
    }

    /// A slot for a connection from `peer`, possibly after closing an idle connection. `None` if all others are busy.
    /// An address outside this machine gets at most half of all slots.
    pub(crate) async fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Slot> {
        let peer = peer.to_canonical();
        if !peer.is_loopback() && self.open_count(peer) >= self.max.div_ceil(2) {
            close_longest_idle(&self.lock(), Some(peer))?;
        }
        let permit = match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let freed = Arc::clone(&self.slots).acquire_owned();
                self.close_one_idle()?;
                tokio::time::timeout(CLOSE_TIMEOUT, freed).await.ok()?.ok()?
            }
        };
        let activity = Arc::new(Activity {
            running: AtomicUsize::new(0),
            since_ms: AtomicU64::new(millis(self.started)),
            started: self.started,
            close: CancellationToken::new(),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(number, Open { peer, activity: Arc::clone(&activity) });
        self.count.inc();
        Some(Slot { connections: Arc::clone(self), number, activity, _permit: permit })
    }

    /// Number of connections of this address that are not closing.
    fn open_count(&self, peer: IpAddr) -> usize {
        self.lock().values().filter(|open| open.peer == peer && !open.activity.is_closing()).count()
    }

    /// Closes an idle connection unless one is closing already. `None` if all are busy.
    fn close_one_idle(&self) -> Option<()> {
        let open = self.lock();
        if open.values().any(|connection| connection.activity.is_closing()) {
            Some(())
        } else {
            close_longest_idle(&open, None)
        }
    }

    /// Closes an idle connection because the system has no free file descriptors.
    pub(crate) fn free_descriptor(&self) {
        let _ = close_longest_idle(&self.lock(), None);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the longest idle connection of the address with the most idle ones.
fn close_longest_idle(open: &HashMap<u64, Open>, of: Option<IpAddr>) -> Option<()> {
    let is_idle =
        |open: &&Open| !open.activity.is_busy() && !open.activity.is_closing() && of.is_none_or(|of| of == open.peer);
    let mut idle_by_address: HashMap<IpAddr, usize> = HashMap::new();
    for connection in open.values().filter(is_idle) {
        *idle_by_address.entry(connection.peer).or_default() += 1;
    }
    let (max, _) = idle_by_address.into_iter().max_by_key(|(peer, count)| (*count, *peer))?;
    let candidates = open.iter().filter(|(_, connection)| connection.peer == max && is_idle(connection));
    let (_, connection) = candidates
        .min_by_key(|(number, connection)| (connection.activity.since_ms.load(Ordering::Relaxed), **number))?;
    connection.activity.close.cancel();
    Some(())
}

impl Activity {
    pub(crate) fn is_busy(&self) -> bool {
        self.running.load(Ordering::Relaxed) > 0
    }

    /// How long no request runs; zero while one does.
    pub(crate) fn idle(&self) -> Duration {
        if self.is_busy() {
            return Duration::ZERO;
        }
        Duration::from_millis(millis(self.started).saturating_sub(self.since_ms.load(Ordering::Relaxed)))
    }

    fn is_closing(&self) -> bool {
        self.close.is_cancelled()
    }

    /// A request has arrived.
    pub(crate) fn begin(&self) {
        self.since_ms.store(millis(self.started), Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    /// The answer to an arrived request is complete.
    pub(crate) fn end(&self) {
        self.since_ms.store(millis(self.started), Ordering::Relaxed);
        self.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.number);
        self.connections.count.dec();
    }
}

fn millis(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Raises the soft limit of open files to the hard limit; returns the maximum number of connections.
pub(crate) fn max() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
    max_for(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX))
}

fn max_for(files: u64) -> usize {
    let others = (files / 2).clamp(MIN_OTHER_FILES, OTHER_FILES);
    let max = files.saturating_sub(others).min(MAX_CONNECTIONS);
    usize::try_from(max).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const GUEST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 77));
    const TILL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20));
    const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// Drops each slot when its connection is asked to close, as a connection task does.
    fn close_when_requested(slot: Slot) -> (Arc<Activity>, tokio::task::JoinHandle<()>) {
        let activity = Arc::clone(&slot.activity);
        let task = tokio::spawn(async move {
            slot.activity.close.cancelled().await;
            drop(slot);
        });
        (activity, task)
    }

    #[tokio::test]
    async fn idle_connections_are_closed_for_new_ones_and_busy_ones_stay() {
        let connections = Connections::new(4, Gauge::default());
        let mut activities = Vec::new();
        for _ in 0..4 {
            activities.push(close_when_requested(connections.admit(LOCAL).await.unwrap()).0);
        }
        activities[0].begin();
        let till = connections.admit(TILL).await.unwrap();
        assert!(!activities[0].is_closing());
        assert!(activities[1].is_closing(), "the longest idle one");
        for activity in activities.iter().chain([&till.activity]) {
            activity.begin();
        }
        assert!(connections.admit(TILL).await.is_none(), "all are busy");
        drop(till);
        assert!(connections.admit(TILL).await.is_some());
    }

    #[tokio::test]
    async fn a_slot_is_free_after_its_connection_is_closed() {
        let connections = Connections::new(1, Gauge::default());
        let slot = connections.admit(LOCAL).await.unwrap();
        let mut next = Box::pin(connections.admit(TILL));
        assert!((&mut next).now_or_never().is_none(), "two connections in one slot");
        assert!(slot.activity.is_closing());
        assert_eq!(connections.count.get(), 1);
        drop(slot);
        assert!(next.await.is_some());
        assert_eq!(connections.count.get(), 0);
    }

    #[tokio::test]
    async fn one_address_gets_half_and_loses_its_own_connections_first() {
        let connections = Connections::new(10, Gauge::default());
        let till = connections.admit(TILL).await.unwrap();
        let mut guest = Vec::new();
        for _ in 0..8 {
            guest.push(close_when_requested(connections.admit(GUEST).await.unwrap()).0);
        }
        assert!(!till.activity.is_closing());
        assert_eq!(guest.iter().filter(|activity| activity.is_closing()).count(), 3);
        for activity in &guest {
            activity.begin();
        }
        assert!(connections.admit(GUEST).await.is_none());
        assert!(connections.admit(TILL).await.is_some());
    }

    #[test]
    fn connections_leave_file_descriptors_for_other_uses() {
        for (files, connections) in [(64, 16), (160, 80), (1_024, 768), (20_000, 16_384), (u64::MAX, 16_384), (8, 1)] {
            assert_eq!(max_for(files), connections, "of {files}");
        }
    }
}
