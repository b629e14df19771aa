//! Concurrency quotas per holder and per address: log-ins, event streams, long polls, downloads.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{ApiError, Code};

/// Permits in total, per address and per holder. Cheap to clone; clones share the state.
#[derive(Debug, Clone)]
pub struct Quotas {
    max: usize,
    per_holder: usize,
    refusal: fn() -> ApiError,
    in_use: Arc<Mutex<InUse>>,
}

#[derive(Debug, Default)]
struct InUse {
    all: usize,
    by: HashMap<Key, usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Address(IpAddr),
    Holder(String),
}

/// A permit, until it is dropped.
#[derive(Debug)]
pub struct QuotaPermit {
    quotas: Quotas,
    keys: Vec<Key>,
}

impl Quotas {
    /// `max` permits: half of them per address, `per_holder` per holder. `refusal` is the error when they are used up.
    #[must_use]
    pub fn new(max: usize, per_holder: usize, refusal: fn() -> ApiError) -> Self {
        Self { max, per_holder, refusal, in_use: Arc::default() }
    }

    /// For event streams: 429 `too_many_streams`.
    #[must_use]
    pub fn of_streams(max: usize, per_holder: usize) -> Self {
        Self::new(max, per_holder, || ApiError::from(Code::TooManyStreams).retry_after(5))
    }

    /// For log-ins and other checks of PINs and passwords, where the holder is unknown: 503 `overloaded`.
    #[must_use]
    pub fn of_log_ins() -> Self {
        Self::new(LOG_INS, LOG_INS, || Code::Overloaded.because("log_ins").retry_after(2))
    }

    /// A permit for a request from this address, and of this holder if known.
    ///
    /// # Errors
    /// The refusal of the quota.
    pub fn acquire(&self, address: IpAddr, holder: Option<&str>) -> Result<QuotaPermit, ApiError> {
        let address = Key::Address(address.to_canonical());
        let holder = holder.map(|holder| Key::Holder(holder.to_owned()));
        let mut in_use = self.lock();
        let is_free = |key: &Key| {
            let max = if matches!(key, Key::Address(_)) { self.max.div_ceil(2) } else { self.per_holder };
            in_use.by.get(key).is_none_or(|in_use| *in_use < max)
        };
        if in_use.all >= self.max || !is_free(&address) || !holder.as_ref().is_none_or(is_free) {
            return Err((self.refusal)());
        }
        in_use.all += 1;
        let keys: Vec<Key> = holder.into_iter().chain([address]).collect();
        for key in &keys {
            *in_use.by.entry(key.clone()).or_default() += 1;
        }
        Ok(QuotaPermit { quotas: self.clone(), keys })
    }

    /// Number of permits in use.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, InUse> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Log-ins that run or wait; more than the tills of a shop that opens.
const LOG_INS: usize = 64;

impl Drop for QuotaPermit {
    fn drop(&mut self) {
        let mut in_use = self.quotas.lock();
        in_use.all -= 1;
        for key in &self.keys {
            if let Some(count) = in_use.by.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    in_use.by.remove(key);
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
    fn quotas_limit_each_holder_and_the_total() {
        let quotas = Quotas::of_streams(5, 2);
        let a = [quotas.acquire(ONE, Some("a")).unwrap(), quotas.acquire(TWO, Some("a")).unwrap()];
        assert_eq!(quotas.acquire(ONE, Some("a")).unwrap_err().code(), "too_many_streams");
        let others = [quotas.acquire(ONE, Some("b")).unwrap(), quotas.acquire(TWO, Some("c")).unwrap()];
        let last = quotas.acquire(ONE, None).unwrap();
        assert!(quotas.acquire(TWO, Some("d")).is_err(), "all are in use");
        drop((a, others, last));
        assert_eq!(quotas.in_use(), 0);
        assert!(quotas.lock().by.is_empty());
    }

    #[test]
    fn one_address_gets_half_under_any_forwarded_name() {
        let quotas = Quotas::of_log_ins();
        let strangers: Vec<_> = (0..LOG_INS / 2).map(|_| quotas.acquire(ONE, None).unwrap()).collect();
        let mapped = std::net::Ipv4Addr::new(192, 168, 1, 77).to_ipv6_mapped();
        for address in [ONE, IpAddr::V6(mapped)] {
            let refused = quotas.acquire(address, None).unwrap_err();
            assert_eq!((refused.code(), refused.retry_after_s()), ("overloaded", Some(2)));
        }
        assert!(quotas.acquire(TWO, None).is_ok());
        drop(strangers);
        assert!(quotas.acquire(ONE, None).is_ok());
    }
}
