//! Places of which each holder and each address get only a share: log-ins, event streams, long polls, downloads.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{ApiError, Code};

/// Places in all, for each address and for each holder. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Quotas {
    most: usize,
    of_holder: usize,
    refusal: fn() -> ApiError,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<Key, usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Address(IpAddr),
    Holder(String),
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct QuotaPermit {
    shares: Quotas,
    keys: Vec<Key>,
}

impl Quotas {
    /// `most` places. One address gets half of them, one holder `of_holder`; `refusal` is what others are told.
    #[must_use]
    pub fn new(most: usize, of_holder: usize, refusal: fn() -> ApiError) -> Self {
        Self { most, of_holder, refusal, taken: Arc::default() }
    }

    /// For event streams: 429 `too_many_streams`.
    #[must_use]
    pub fn of_streams(most: usize, of_holder: usize) -> Self {
        Self::new(most, of_holder, || ApiError::from(Code::TooManyStreams).retry_after(5))
    }

    /// For log-ins and other checks of PINs and passwords, which have no holder yet: 503 `overloaded`.
    #[must_use]
    pub fn of_log_ins() -> Self {
        Self::new(LOG_INS, LOG_INS, || Code::Overloaded.because("log_ins").retry_after(2))
    }

    /// A place for a request from this address, of this holder if it is known.
    ///
    /// # Errors
    /// The refusal.
    pub fn take(&self, address: IpAddr, holder: Option<&str>) -> Result<QuotaPermit, ApiError> {
        let address = Key::Address(address.to_canonical());
        let holder = holder.map(|holder| Key::Holder(holder.to_owned()));
        let mut taken = self.lock();
        let is_free = |key: &Key| {
            let most = if matches!(key, Key::Address(_)) { self.most.div_ceil(2) } else { self.of_holder };
            taken.by.get(key).is_none_or(|taken| *taken < most)
        };
        if taken.all >= self.most || !is_free(&address) || !holder.as_ref().is_none_or(is_free) {
            return Err((self.refusal)());
        }
        taken.all += 1;
        let keys: Vec<Key> = holder.into_iter().chain([address]).collect();
        for key in &keys {
            *taken.by.entry(key.clone()).or_default() += 1;
        }
        Ok(QuotaPermit { shares: self.clone(), keys })
    }

    /// Places that are taken now.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Log-ins that are checked or wait for their turn; a shop that opens has fewer tills.
const LOG_INS: usize = 64;

impl Drop for QuotaPermit {
    fn drop(&mut self) {
        let mut taken = self.shares.lock();
        taken.all -= 1;
        for key in &self.keys {
            if let Some(own) = taken.by.get_mut(key) {
                *own -= 1;
                if *own == 0 {
                    taken.by.remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 77));
    const TWO: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20));

    #[test]
    fn each_holder_and_all_together_have_a_limit_and_places_return() {
        let shares = Quotas::of_streams(5, 2);
        let a = [shares.take(ONE, Some("a")).unwrap(), shares.take(TWO, Some("a")).unwrap()];
        assert_eq!(shares.take(ONE, Some("a")).unwrap_err().code(), "too_many_streams");
        let others = [shares.take(ONE, Some("b")).unwrap(), shares.take(TWO, Some("c")).unwrap()];
        let last = shares.take(ONE, None).unwrap();
        assert!(shares.take(TWO, Some("d")).is_err(), "all are taken");
        drop((a, others, last));
        assert_eq!(shares.taken(), 0);
        assert!(shares.lock().by.is_empty());
    }

    #[test]
    fn one_address_gets_half_under_any_forwarded_name() {
        let shares = Quotas::of_log_ins();
        let strangers: Vec<_> = (0..LOG_INS / 2).map(|_| shares.take(ONE, None).unwrap()).collect();
        let mapped = std::net::Ipv4Addr::new(192, 168, 1, 77).to_ipv6_mapped();
        for address in [ONE, IpAddr::V6(mapped)] {
            let refused = shares.take(address, None).unwrap_err();
            assert_eq!((refused.code(), refused.retry_after_s()), ("overloaded", Some(2)));
        }
        assert!(shares.take(TWO, None).is_ok());
        drop(strangers);
        assert!(shares.take(ONE, None).is_ok());
    }
}
