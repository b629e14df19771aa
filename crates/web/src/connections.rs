//! Connections: how many, from whom, and which of them goes when all places are taken.
//!
//! Guarantees that a new client is served while other connections are silent: a connection without a complete request is
//! closed for it, from the address that holds the most. Each connection also ends by itself when its next request does
//! not come in time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio_util::sync::CancellationToken;

/// More connections than this are never open, whatever the system allows.
const MOST: u64 = 16_384;
/// Files that are left for the database and the log.
const OTHER_FILES: u64 = 256;

/// All open connections of a server.
#[derive(Debug)]
pub(crate) struct Connections {
    most: usize,
    began: Instant,
    next: AtomicU64,
    open: Mutex<HashMap<u64, Open>>,
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

/// A connection's place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    number: u64,
    pub(crate) activity: Arc<Activity>,
}

impl Connections {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, began: Instant::now(), next: AtomicU64::new(0), open: Mutex::default() })
    }

    /// A place for a connection from `peer`; none when every other connection is at work. An address outside this
    /// machine gets half of all places at the most.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        let mut open = self.lock();
        if open.len() >= self.most {
            close_one(&mut open, None)?;
        } else if !peer.is_loopback()
            && open.len() >= self.most / 2
            && open.values().filter(|open| open.peer == peer).count() >= self.most / 2
        {
            close_one(&mut open, Some(peer))?;
        }
        let activity = Arc::new(Activity {
            busy: AtomicBool::new(false),
            since_ms: AtomicU64::new(millis(self.began)),
            began: self.began,
            close: CancellationToken::new(),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        open.insert(number, Open { peer, activity: Arc::clone(&activity) });
        Some(Place { connections: Arc::clone(self), number, activity })
    }

    /// Closes a silent connection, because the system has no more files.
    pub(crate) fn make_room(&self) {
        let _ = close_one(&mut self.lock(), None);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the connection that has been silent for the longest, of the address that holds the most silent ones.
fn close_one(open: &mut HashMap<u64, Open>, of: Option<IpAddr>) -> Option<()> {
    let silent = |open: &&Open| !open.activity.busy.load(Ordering::Relaxed) && of.is_none_or(|of| of == open.peer);
    let mut held: HashMap<IpAddr, usize> = HashMap::new();
    for one in open.values().filter(silent) {
        *held.entry(one.peer).or_default() += 1;
    }
    let (most, _) = held.into_iter().max_by_key(|(peer, count)| (*count, *peer))?;
    let (&number, _) = open
        .iter()
        .filter(|(_, one)| one.peer == most && silent(one))
        .min_by_key(|(number, one)| (one.activity.since_ms.load(Ordering::Relaxed), **number))?;
    open.remove(&number)?.activity.close.cancel();
    Some(())
}

impl Activity {
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    pub(crate) fn set_busy(&self, busy: bool) {
        self.since_ms.store(millis(self.began), Ordering::Relaxed);
        self.busy.store(busy, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.number);
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
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = files.saturating_sub(OTHER_FILES).max(files / 2).min(MOST);
    usize::try_from(most).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 77));
    const TILL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20));
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn silent_connections_make_room_and_busy_ones_stay() {
        let connections = Connections::new(4);
        let held: Vec<_> = (0..4).map(|_| connections.admit(HERE).unwrap()).collect();
        held[0].activity.set_busy(true);
        let till = connections.admit(TILL).unwrap();
        assert!(!held[0].activity.close.is_cancelled());
        assert!(held[1].activity.close.is_cancelled(), "the one that was silent for the longest");
        for place in held.iter().chain([&till]) {
            place.activity.set_busy(true);
        }
        assert!(connections.admit(TILL).is_none(), "all are at work");
        drop(held);
        assert!(connections.admit(TILL).is_some());
    }

    #[test]
    fn one_address_gets_half_and_loses_its_own_connections_first() {
        let connections = Connections::new(10);
        let till = connections.admit(TILL).unwrap();
        let guest: Vec<_> = (0..8).map(|_| connections.admit(GUEST).unwrap()).collect();
        assert!(!till.activity.close.is_cancelled());
        assert_eq!(guest.iter().filter(|place| place.activity.close.is_cancelled()).count(), 3);
        for place in &guest {
            place.activity.set_busy(true);
        }
        assert!(connections.admit(GUEST).is_none());
        assert!(connections.admit(TILL).is_some());
    }
}
