//! Wrong log-ins per address, in memory: slows down someone who tries many users from one place.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// An address may be several people at one till, so it gets more tries than a user.
const FREE_TRIES: u32 = 15;
/// Addresses remembered at most; a shop's network has far fewer.
const MOST: usize = 10_000;

/// Wrong tries in a row and the end of the lock, by address.
#[derive(Debug, Default)]
pub struct Addresses(Mutex<HashMap<IpAddr, (u32, Timestamp)>>);

impl Addresses {
    /// Seconds until this address may try again; 0 when it may now.
    pub fn locked_seconds(&self, address: IpAddr, now: Timestamp) -> i64 {
        let until = self.lock().get(&address).map_or(now, |(_, until)| *until);
        (until.as_second() - now.as_second()).max(0)
    }

    /// A wrong try.
    pub fn failed(&self, address: IpAddr, now: Timestamp) {
        let mut addresses = self.lock();
        if addresses.len() >= MOST {
            addresses.retain(|_, (_, until)| *until > now);
        }
        let (failed, until) = addresses.entry(address).or_insert((0, now));
        *failed += 1;
        let seconds = domain::pin::lock_seconds(failed.saturating_sub(FREE_TRIES - 5));
        *until = now + SignedDuration::from_secs(i64::from(seconds));
    }

    /// A right one.
    pub fn succeeded(&self, address: IpAddr) {
        self.lock().remove(&address);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, (u32, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
