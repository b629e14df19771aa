//! Limits wrong one-time codes per address, in memory: a code is short enough to be read out, so guessing must be
//! impossible.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::addresses::network;

const WINDOW: Duration = Duration::from_secs(60);
/// Maximum number of wrong codes within that time.
const MAX: u32 = 10;
/// Maximum number of remembered addresses. A limit per address does not stop an attacker who has more.
const MAX_ADDRESSES: usize = 10_000;

/// Number of attempts and begin of the minute, by address.
#[derive(Debug, Default)]
pub struct CodeThrottle(Mutex<HashMap<IpAddr, (u32, Instant)>>);

impl CodeThrottle {
    /// Counts an attempt as wrong before the code is checked, so that concurrent attempts gain nothing.
    ///
    /// # Errors
    /// The seconds to wait.
    pub fn record_attempt(&self, address: IpAddr, now: Instant) -> Result<(), u32> {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |began: &Instant| now.saturating_duration_since(*began) >= WINDOW;
        if tries.len() >= MAX_ADDRESSES {
            tries.retain(|_, (_, began)| !is_over(began));
        }
        if tries.len() >= MAX_ADDRESSES {
            tries.clear();
        }
        let (count, began) = tries.entry(network(address)).or_insert((0, now));
        if is_over(began) {
            (*count, *began) = (0, now);
        }
        if *count >= MAX {
            let left = WINDOW.saturating_sub(now.saturating_duration_since(*began));
            return Err(u32::try_from(left.as_secs() + 1).unwrap_or(u32::MAX));
        }
        *count += 1;
        Ok(())
    }

    /// Uncounts the attempt: the code was right.
    pub fn record_success(&self, address: IpAddr) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, _)) = tries.get_mut(&network(address)) {
            *count = count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_wrong_codes_block_an_address_until_the_minute_is_over() {
        let (codes, began) = (CodeThrottle::default(), Instant::now());
        let (one, two) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for _ in 0..10 {
            codes.record_attempt(one, began).unwrap();
            codes.record_attempt(two, began).unwrap();
            codes.record_success(two);
        }
        let late = began + Duration::from_secs(40);
        assert_eq!(codes.record_attempt(one, late), Err(21));
        assert_eq!(
            codes.record_attempt(IpAddr::V6(std::net::Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped()), late),
            Err(21)
        );
        assert_eq!(codes.record_attempt(two, late), Ok(()));
        assert_eq!(codes.record_attempt(one, began + WINDOW), Ok(()));
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_their_tries() {
        let (codes, now) = (CodeThrottle::default(), Instant::now());
        let of = |n: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, n]);
        for n in 0..10 {
            codes.record_attempt(of(n), now).unwrap();
        }
        assert!(codes.record_attempt(of(99), now).is_err());
        assert_eq!(codes.record_attempt(IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]), now), Ok(()));
    }

    #[test]
    fn the_number_of_remembered_ids_is_bounded() {
        let (codes, now) = (CodeThrottle::default(), Instant::now());
        for n in 0..30_000_u32 {
            codes.record_attempt(IpAddr::from(n.to_be_bytes()), now).unwrap();
        }
        assert!(codes.0.lock().unwrap().len() <= MAX_ADDRESSES);
    }
}
