//! Back-pressure for batches: a few are applied at once, a bounded queue waits, and each outlet has at most one.
//!
//! A batch without a permit is answered 429 with a random `Retry-After`, so that a fleet that reconnects is admitted
//! gradually. The queue is first come, first served; an outlet that pushes often cannot starve the others, because it is
//! never in the queue twice.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use web::{ApiError, Code};

use crate::retry_after::spread_s;

/// Batches that are unpacked and applied at the same time. Each may need 64 MiB.
const AT_ONCE: usize = 8;
/// Batches that arrive or wait for their turn.
const WAITING: usize = 248;
/// Memory for the bodies of all admitted batches. Most have a few KiB.
const BODIES_KIB: u32 = 128 * 1024;

/// Limits the batches that wait or are being applied.
#[derive(Debug)]
pub struct Admission {
    slots: Arc<Semaphore>,
    /// Memory for bodies that arrive or wait.
    body_kib: Arc<Semaphore>,
    at_once: Arc<Semaphore>,
    in_progress: Mutex<HashSet<String>>,
}

/// Why a batch is not admitted now. The outlet retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Overloaded {
    /// The previous batch of the same outlet is in progress.
    #[error("the hub is still processing this outlet's last batch; retry later")]
    InProgress,
    /// No permit is left.
    #[error("the hub is overloaded; retry later")]
    Full,
}

impl Overloaded {
    /// Its code in the answer and on `/metrics`.
    pub(crate) fn code(self) -> Code {
        match self {
            Self::InProgress => Code::BatchUnderWay,
            Self::Full => Code::HubBusy,
        }
    }

    /// 429 with `Retry-After`; `random` spreads the retries of many outlets.
    #[must_use]
    pub fn answer(self, random: u32) -> ApiError {
        ApiError::from(self.code()).retry_after(if self == Self::InProgress { 1 } else { spread_s(random) })
    }
}

/// A permit for the queue, acquired before the body is read. The work owns it, not the request, so an outlet that
/// disconnects does not free it while its batch is being applied.
#[derive(Debug)]
pub struct Permit {
    admission: Arc<Admission>,
    outlet_id: String,
    permits: Option<[OwnedSemaphorePermit; 2]>,
}

/// A permit to unpack and apply a batch, until it is dropped.
#[derive(Debug)]
pub struct WorkPermit {
    _queued: Permit,
    _permit: OwnedSemaphorePermit,
}

impl Default for Admission {
    fn default() -> Self {
        Self::of(AT_ONCE, WAITING)
    }
}

impl Admission {
    /// Admits this many batches to the work, and this many to the queue.
    #[must_use]
    pub fn of(at_once: usize, waiting: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(at_once + waiting)),
            body_kib: Arc::new(Semaphore::new(BODIES_KIB as usize)),
            at_once: Arc::new(Semaphore::new(at_once)),
            in_progress: Mutex::default(),
        }
    }

    /// Acquires a permit for an outlet's batch with a body of at most this many bytes.
    ///
    /// # Errors
    /// [`Overloaded`], at once.
    pub fn enter(self: &Arc<Self>, outlet_id: &str, bytes: usize) -> Result<Permit, Overloaded> {
        if !self.lock().insert(outlet_id.to_owned()) {
            return Err(Overloaded::InProgress);
        }
        // Dropping the permit removes the outlet's name on every path from here on.
        let mut permit = Permit { admission: Arc::clone(self), outlet_id: outlet_id.to_owned(), permits: None };
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(BODIES_KIB);
        let queued = Arc::clone(&self.slots).try_acquire_owned().map_err(|_| Overloaded::Full)?;
        let body = Arc::clone(&self.body_kib).try_acquire_many_owned(kib).map_err(|_| Overloaded::Full)?;
        permit.permits = Some([queued, body]);
        Ok(permit)
    }

    /// The number of outlets whose batches arrive, wait or are being applied.
    pub(crate) fn in_use(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.in_progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Waits until the work may start.
    ///
    /// # Errors
    /// [`Overloaded::Full`]: the hub stops.
    pub async fn turn(self) -> Result<WorkPermit, Overloaded> {
        let permit = Arc::clone(&self.admission.at_once).acquire_owned().await.map_err(|_| Overloaded::Full)?;
        Ok(WorkPermit { _queued: self, _permit: permit })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.admission.lock().remove(&self.outlet_id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt;

    use super::*;

    async fn turn(admission: &Arc<Admission>, outlet_id: &str) -> Result<WorkPermit, Overloaded> {
        admission.enter(outlet_id, 1_000)?.turn().await
    }

    #[tokio::test]
    async fn an_outlet_has_one_permit_at_a_time() {
        let admission = Arc::new(Admission::of(2, 0));
        let first = turn(&admission, "1").await.unwrap();
        assert_eq!(turn(&admission, "1").await.unwrap_err(), Overloaded::InProgress);
        let second = turn(&admission, "2").await.unwrap();
        assert_eq!(turn(&admission, "3").await.unwrap_err(), Overloaded::Full);
        drop(first);
        let third = turn(&admission, "3").await.unwrap();
        drop((second, third));
        drop(turn(&admission, "1").await.unwrap());
        assert!(admission.lock().is_empty());
    }

    #[tokio::test]
    async fn bodies_share_one_budget_and_return_it() {
        let admission = Arc::new(Admission::of(2, 1_000));
        let slots: Vec<_> = (0..BODIES_KIB / 8_192)
            .map(|n| admission.enter(&n.to_string(), 8 << 20).expect("the budget has room"))
            .collect();
        assert_eq!(admission.enter("one too many", 8 << 20).unwrap_err(), Overloaded::Full);
        assert_eq!(admission.enter("another", 1_024).unwrap_err(), Overloaded::Full);
        drop(slots);
        assert!(admission.enter("one too many", 8 << 20).is_ok());
        assert_eq!(admission.body_kib.available_permits(), BODIES_KIB as usize);
    }

    #[tokio::test]
    async fn an_outlet_that_disconnects_while_waiting_frees_its_permit() {
        let admission = Arc::new(Admission::of(1, 1));
        let at_work = turn(&admission, "1").await.unwrap();
        let waiting = turn(&admission, "2");
        assert!(waiting.now_or_never().is_none());
        drop(at_work);
        drop(turn(&admission, "2").await.unwrap());
        assert_eq!((admission.slots.available_permits(), admission.lock().len()), (2, 0));
    }

    #[tokio::test]
    async fn an_outlet_that_pushes_constantly_does_not_starve_others() {
        let admission = Arc::new(Admission::of(1, 10));
        let greedy = Arc::new(AtomicUsize::new(0));
        let (hungry, count) = (admission.clone(), greedy.clone());
        let task = tokio::spawn(async move {
            loop {
                let turn = turn(&hungry, "greedy").await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                drop(turn);
            }
        });
        for _ in 0..50 {
            let before = greedy.load(Ordering::Relaxed);
            drop(turn(&admission, "modest").await.unwrap());
            assert!(greedy.load(Ordering::Relaxed) - before <= 2, "it waited for more than one other batch");
            tokio::task::yield_now().await;
        }
        task.abort();
    }
}
