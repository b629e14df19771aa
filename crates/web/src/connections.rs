//! Connections: how many, from whom, and which of them goes when all places are taken.
//!
//! Guarantees that a new client is served while other connections are silent: a connection without a complete request is
//! closed for it, from the address that holds the most. Each connection also ends by itself when its next request does
//! not come in time. A place is free once the connection's file is closed, so that the files of the others (the
//! database, the log) are never taken by connections.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::gauge::Gauge;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// More connections than this are never open, whatever the system allows.
const MOST: u64 = 16_384;
/// Files that are left for everything else: the database's connections, the hub, webhooks, downloads, the log.
const OTHER_FILES: u64 = 256;
/// Where few files may be open, half of them, and at least these: a server that does nothing has about thirty.
const MIN_OTHER_FILES: u64 = 48;
/// A connection that was told to close has this time; it needs less than a millisecond.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// All open connections of a server.
#[derive(Debug)]
pub(crate) struct Connections {
    most: usize,
    places: Arc<Semaphore>,
    began: Instant,
    next: AtomicU64,
    open: Mutex<HashMap<u64, Open>>,
    count: Gauge,
}

#[derive(Debug)]
struct Open {
    peer: IpAddr,
    activity: Arc<Activity>,
}

/// What a connection does now.
#[derive(Debug)]
pub(crate) struct Activity {
    /// A whole request has come and its answer has not ended.
    busy: AtomicBool,
    /// Milliseconds from the server's start to the last change.
    since_ms: AtomicU64,
    began: Instant,
    /// Ends the connection.
    pub(crate) close: CancellationToken,
}

/// A connection's place; it is dropped after the connection was closed.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    number: u64,
    pub(crate) activity: Arc<Activity>,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// `count` says how many are open.
    pub(crate) fn new(most: usize, count: Gauge) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(most));
        Arc::new(Self { most, places, began: Instant::now(), next: AtomicU64::new(0), open: Mutex::default(), count })
    }

    /// A place for a connection from `peer`, once one is free; none when every other connection is at work. An address
    /// outside this machine gets half of all places at the most.
    pub(crate) async fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        if !peer.is_loopback() && self.count_of(peer) >= self.most.div_ceil(2) {
            close_one(&self.lock(), Some(peer))?;
        }
        let permit = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let freed = Arc::clone(&self.places).acquire_owned();
                self.let_one_close()?;
                tokio::time::timeout(CLOSES_WITHIN, freed).await.ok()?.ok()?
            }
        };
        let activity = Arc::new(Activity {
            busy: AtomicBool::new(false),
            since_ms: AtomicU64::new(millis(self.began)),
            began: self.began,
            close: CancellationToken::new(),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(number, Open { peer, activity: Arc::clone(&activity) });
        self.count.inc();
        Some(Place { connections: Arc::clone(self), number, activity, _permit: permit })
    }

    /// Connections of this address that were not told to close.
    fn count_of(&self, peer: IpAddr) -> usize {
        self.lock().values().filter(|open| open.peer == peer && !open.activity.is_closing()).count()
    }

    /// Closes a silent connection unless one is closing already; none when all are at work.
    fn let_one_close(&self) -> Option<()> {
        let open = self.lock();
        if open.values().any(|one| one.activity.is_closing()) { Some(()) } else { close_one(&open, None) }
    }

    /// Closes a silent connection, because the system has no more files.
    pub(crate) fn make_room(&self) {
        let _ = close_one(&self.lock(), None);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the connection that has been silent for the longest, of the address that holds the most silent ones.
fn close_one(open: &HashMap<u64, Open>, of: Option<IpAddr>) -> Option<()> {
    let is_silent =
        |open: &&Open| !open.activity.is_busy() && !open.activity.is_closing() && of.is_none_or(|of| of == open.peer);
    let mut held: HashMap<IpAddr, usize> = HashMap::new();
    for one in open.values().filter(is_silent) {
        *held.entry(one.peer).or_default() += 1;
    }
    let (most, _) = held.into_iter().max_by_key(|(peer, count)| (*count, *peer))?;
    let of_it = open.iter().filter(|(_, one)| one.peer == most && is_silent(one));
    let (_, one) = of_it.min_by_key(|(number, one)| (one.activity.since_ms.load(Ordering::Relaxed), **number))?;
    one.activity.close.cancel();
    Some(())
}

impl Activity {
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    fn is_closing(&self) -> bool {
        self.close.is_cancelled()
    }

    pub(crate) fn set_busy(&self, busy: bool) {
        self.since_ms.store(millis(self.began), Ordering::Relaxed);
        self.busy.store(busy, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.number);
        self.connections.count.dec();
    }
}

fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Raises the soft limit of open files to the hard one, and says how many connections there may be.
pub(crate) fn most() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
    most_of(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX))
}

fn most_of(files: u64) -> usize {
    let others = (files / 2).clamp(MIN_OTHER_FILES, OTHER_FILES);
    let most = files.saturating_sub(others).min(MOST);
    usize::try_from(most).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const GUEST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 77));
    const TILL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20));
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// Closes connections as their tasks do: a place is dropped once it was told to.
    fn hold(place: Place) -> (Arc<Activity>, tokio::task::JoinHandle<()>) {
        let activity = Arc::clone(&place.activity);
        let task = tokio::spawn(async move {
            place.activity.close.cancelled().await;
            drop(place);
        });
        (activity, task)
    }

    #[tokio::test]
    async fn silent_connections_make_room_and_busy_ones_stay() {
        let connections = Connections::new(4, Gauge::default());
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(hold(connections.admit(HERE).await.unwrap()).0);
        }
        held[0].set_busy(true);
        let till = connections.admit(TILL).await.unwrap();
        assert!(!held[0].is_closing());
        assert!(held[1].is_closing(), "the one that was silent for the longest");
        for activity in held.iter().chain([&till.activity]) {
            activity.set_busy(true);
        }
        assert!(connections.admit(TILL).await.is_none(), "all are at work");
        drop(till);
        assert!(connections.admit(TILL).await.is_some());
    }

    #[tokio::test]
    async fn a_place_is_free_once_its_connection_is_closed() {
        let connections = Connections::new(1, Gauge::default());
        let place = connections.admit(HERE).await.unwrap();
        let mut next = Box::pin(connections.admit(TILL));
        assert!((&mut next).now_or_never().is_none(), "two connections for one place");
        assert!(place.activity.is_closing());
        assert_eq!(connections.count.get(), 1);
        drop(place);
        assert!(next.await.is_some());
        assert_eq!(connections.count.get(), 0);
    }

    #[tokio::test]
    async fn one_address_gets_half_and_loses_its_own_connections_first() {
        let connections = Connections::new(10, Gauge::default());
        let till = connections.admit(TILL).await.unwrap();
        let mut guest = Vec::new();
        for _ in 0..8 {
            guest.push(hold(connections.admit(GUEST).await.unwrap()).0);
        }
        assert!(!till.activity.is_closing());
        assert_eq!(guest.iter().filter(|activity| activity.is_closing()).count(), 3);
        for activity in &guest {
            activity.set_busy(true);
        }
        assert!(connections.admit(GUEST).await.is_none());
        assert!(connections.admit(TILL).await.is_some());
    }

    #[test]
    fn connections_leave_files_for_everything_else() {
        for (files, connections) in [(64, 16), (160, 80), (1_024, 768), (20_000, 16_384), (u64::MAX, 16_384), (8, 1)] {
            assert_eq!(most_of(files), connections, "of {files}");
        }
    }
}
