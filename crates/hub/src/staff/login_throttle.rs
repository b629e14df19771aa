//! Waiting times after wrong passwords, in memory, per address and user name.
//!
//! Guarantees: a stranger delays only their own address, never the user; an unknown name gets the same answers as a
//! known one; changes of the clock have no effect. A new password resets the count.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use web::addresses::network;

/// Additional free attempts compared with a PIN, because a password is longer.
const EXTRA_FREE_ATTEMPTS: u32 = 15;
/// Maximum number of remembered pairs of name and address.
const MAX: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Wait {
    failed_in_a_row: u32,
    until: Instant,
}

/// Waiting times by user name and address.
#[derive(Debug, Default)]
pub(crate) struct LoginThrottle {
    attempts: Mutex<HashMap<(u64, IpAddr), Wait>>,
    hasher: RandomState,
}

impl LoginThrottle {
    /// Counts an attempt as wrong before the password is checked, so that concurrent attempts gain nothing.
    /// `password_hash` is the user's; none for an unknown name.
    ///
    /// # Errors
    /// The seconds to wait.
    pub(super) fn record_attempt(
        &self,
        username: &str,
        password_hash: Option<&str>,
        address: IpAddr,
        now: Instant,
    ) -> Result<(), u32> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let key = self.key(username, password_hash, address);
        if attempts.len() >= MAX && !attempts.contains_key(&key) {
            evict_one(&mut attempts);
        }
        let wait = attempts.entry(key).or_insert(Wait { failed_in_a_row: 0, until: now });
        let left = wait.until.saturating_duration_since(now);
        if !left.is_zero() {
            return Err(u32::try_from(left.as_secs() + 1).unwrap_or(u32::MAX));
        }
        wait.failed_in_a_row = wait.failed_in_a_row.saturating_add(1);
        let seconds = domain::pin::lock_seconds(wait.failed_in_a_row.saturating_sub(EXTRA_FREE_ATTEMPTS));
        wait.until = now + Duration::from_secs(seconds.into());
        Ok(())
    }

    /// Resets the count of this address: the password was right.
    pub(super) fn record_success(&self, username: &str, password_hash: &str, address: IpAddr) {
        let key = self.key(username, Some(password_hash), address);
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    fn key(&self, username: &str, password_hash: Option<&str>, address: IpAddr) -> (u64, IpAddr) {
        (self.hasher.hash_one((username, password_hash)), network(address))
    }
}

/// Removes the pair with the fewest wrong passwords, so that a flood of names does not reset a high count.
fn evict_one(attempts: &mut HashMap<(u64, IpAddr), Wait>) {
    let least = attempts.iter().min_by_key(|(_, wait)| (wait.failed_in_a_row, wait.until)).map(|(key, _)| *key);
    if let Some(key) = least {
        attempts.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const TWO: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn wrong_passwords_delay_the_address_for_known_and_unknown_users() {
        let (login_throttle, began) = (LoginThrottle::default(), Instant::now());
        for hash in [Some("hash"), None] {
            let at = |address, seconds| {
                login_throttle.record_attempt("dewi", hash, address, began + Duration::from_secs(seconds))
            };
            for _ in 0..20 {
                at(ONE, 0).unwrap();
            }
            assert_eq!(at(ONE, 0), Err(31), "{hash:?}");
            assert_eq!(at(TWO, 0), Ok(()), "{hash:?}");
            assert_eq!(at(ONE, 30), Ok(()));
            assert_eq!(at(ONE, 31), Err(60), "another wrong password delays longer");
            assert_eq!(login_throttle.record_attempt("dewi", Some("another password"), ONE, began), Ok(()));
        }
    }

    #[test]
    fn a_right_password_ends_the_count() {
        let (login_throttle, now) = (LoginThrottle::default(), Instant::now());
        for _ in 0..3 {
            for _ in 0..19 {
                login_throttle.record_attempt("dewi", Some("hash"), ONE, now).unwrap();
            }
            login_throttle.record_success("dewi", "hash", ONE);
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_wait_together() {
        let (login_throttle, now) = (LoginThrottle::default(), Instant::now());
        let of = |n: u16| IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, n));
        for n in 0..20 {
            login_throttle.record_attempt("dewi", None, of(n), now).unwrap();
        }
        assert!(login_throttle.record_attempt("dewi", None, of(99), now).is_err());
        assert_eq!(
            login_throttle.record_attempt(
                "dewi",
                None,
                IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 0, 0, 0, 1)),
                now
            ),
            Ok(())
        );
    }

    #[test]
    fn a_flood_of_names_evicts_no_grown_counter() {
        let (login_throttle, now) = (LoginThrottle::default(), Instant::now());
        // One wrong password less than makes it wait: the flood arrives before anybody waits.
        for _ in 0..19 {
            login_throttle.record_attempt("dewi", Some("hash"), ONE, now).unwrap();
        }
        for n in 0..u32::try_from(MAX).unwrap() / 2 + 500 {
            login_throttle.record_attempt(&n.to_string(), None, ONE, now).unwrap();
            login_throttle.record_attempt("dewi", None, IpAddr::from(n.to_be_bytes()), now).unwrap();
        }
        assert_eq!(login_throttle.attempts.lock().unwrap().len(), MAX, "the number of pairs is bounded");
        assert_eq!(login_throttle.record_attempt("dewi", Some("hash"), ONE, now), Ok(()));
        assert_eq!(login_throttle.record_attempt("dewi", Some("hash"), ONE, now), Err(31));
    }
}
