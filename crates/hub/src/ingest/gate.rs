//! Who may have a batch unpacked and applied now: few at once, a bounded queue for the others, one place for each outlet.
//!
//! Whoever finds no place is told to come again, each at another moment, so that a fleet that comes back together is taken
//! in one after the other. The queue is first come, first served, and an outlet never stands in it twice: one that pushes
//! very often cannot starve the others.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use web::{ApiError, Code};

use crate::retry_after::spread_s;

/// Batches that are unpacked and applied at the same time. Each may need 64 MiB.
const AT_ONCE: usize = 8;
/// Batches that arrive or wait for that.
const WAITING: usize = 248;
/// Memory for the bodies of all of them. Most batches have a few KiB.
const BODIES_KIB: u32 = 128 * 1024;

/// The gate before the work on batches.
#[derive(Debug)]
pub struct Gate {
    places: Arc<Semaphore>,
    /// Memory for bodies that arrive or wait.
    body_kib: Arc<Semaphore>,
    at_once: Arc<Semaphore>,
    under_way: Mutex<HashSet<String>>,
}

/// Why a batch is not looked at now. It is to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shed {
    /// One of the same outlet is not done.
    #[error("the hub is still busy with this outlet's last batch; send this one again")]
    UnderWay,
    /// No place is left.
    #[error("the hub is overloaded; retry later")]
    Full,
}

impl Shed {
    /// As figures call it.
    pub(crate) fn code(self) -> Code {
        match self {
            Self::UnderWay => Code::BatchUnderWay,
            Self::Full => Code::HubBusy,
        }
    }

    /// 429, with the seconds after which to come again; `random` is any random number.
    #[must_use]
    pub fn answer(self, random: u32) -> ApiError {
        ApiError::from(self.code()).retry_after(if self == Self::UnderWay { 1 } else { spread_s(random) })
    }
}

/// A place in the queue, taken before the body is read, until it is dropped. The work holds it, not the request: an outlet
/// that hangs up does not make room while its batch is still being applied.
#[derive(Debug)]
pub struct Place {
    gate: Arc<Gate>,
    outlet_id: String,
    permits: Option<[OwnedSemaphorePermit; 2]>,
}

/// A turn at the work, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _place: Place,
    _permit: OwnedSemaphorePermit,
}

impl Default for Gate {
    fn default() -> Self {
        Self::of(AT_ONCE, WAITING)
    }
}

impl Gate {
    /// A gate with so many places at work and so many to wait.
    #[must_use]
    pub fn of(at_once: usize, waiting: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(at_once + waiting)),
            body_kib: Arc::new(Semaphore::new(BODIES_KIB as usize)),
            at_once: Arc::new(Semaphore::new(at_once)),
            under_way: Mutex::default(),
        }
    }

    /// Takes a place for an outlet's batch, whose body has at most so many bytes.
    ///
    /// # Errors
    /// [`Shed`], at once.
    pub fn enter(self: &Arc<Self>, outlet_id: &str, bytes: usize) -> Result<Place, Shed> {
        if !self.lock().insert(outlet_id.to_owned()) {
            return Err(Shed::UnderWay);
        }
        // Dropping this takes the outlet's name out again, whatever happens from here on.
        let mut place = Place { gate: Arc::clone(self), outlet_id: outlet_id.to_owned(), permits: None };
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(BODIES_KIB);
        let queued = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Shed::Full)?;
        let body = Arc::clone(&self.body_kib).try_acquire_many_owned(kib).map_err(|_| Shed::Full)?;
        place.permits = Some([queued, body]);
        Ok(place)
    }

    /// Outlets whose batches arrive, wait or are at work now.
    pub(crate) fn taken(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits for the turn.
    ///
    /// # Errors
    /// [`Shed::Full`]: the hub stops.
    pub async fn turn(self) -> Result<Turn, Shed> {
        let permit = Arc::clone(&self.gate.at_once).acquire_owned().await.map_err(|_| Shed::Full)?;
        Ok(Turn { _place: self, _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.lock().remove(&self.outlet_id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    async fn turn(gate: &Arc<Gate>, outlet_id: &str) -> Result<Turn, Shed> {
        gate.enter(outlet_id, 1_000)?.turn().await
    }

    #[tokio::test]
    async fn an_outlet_has_one_place_and_gets_it_back() {
        let gate = Arc::new(Gate::of(2, 0));
        let first = turn(&gate, "1").await.unwrap();
        assert_eq!(turn(&gate, "1").await.unwrap_err(), Shed::UnderWay);
        let second = turn(&gate, "2").await.unwrap();
        assert_eq!(turn(&gate, "3").await.unwrap_err(), Shed::Full);
        drop(first);
        let third = turn(&gate, "3").await.unwrap();
        drop((second, third));
        drop(turn(&gate, "1").await.unwrap());
        assert!(gate.lock().is_empty());
    }

    #[tokio::test]
    async fn bodies_share_one_budget_and_return_it() {
        let gate = Arc::new(Gate::of(2, 1_000));
        let places: Vec<_> = (0..BODIES_KIB / 8_192)
            .map(|n| gate.enter(&n.to_string(), 8 << 20).expect("the budget has room"))
            .collect();
        assert_eq!(gate.enter("one too many", 8 << 20).unwrap_err(), Shed::Full);
        assert_eq!(gate.enter("another", 1_024).unwrap_err(), Shed::Full);
        drop(places);
        assert!(gate.enter("one too many", 8 << 20).is_ok());
        assert_eq!(gate.body_kib.available_permits(), BODIES_KIB as usize);
    }

    #[tokio::test]
    async fn an_outlet_that_leaves_while_waiting_leaves_no_place_taken() {
        let gate = Arc::new(Gate::of(1, 1));
        let at_work = turn(&gate, "1").await.unwrap();
        let waits = turn(&gate, "2");
        assert!(tokio::time::timeout(std::time::Duration::from_millis(10), waits).await.is_err());
        drop(at_work);
        drop(turn(&gate, "2").await.unwrap());
        assert_eq!((gate.places.available_permits(), gate.lock().len()), (2, 0));
    }

    #[tokio::test]
    async fn one_that_pushes_all_the_time_does_not_starve_another() {
        let gate = Arc::new(Gate::of(1, 10));
        let greedy = Arc::new(AtomicUsize::new(0));
        let (hungry, count) = (gate.clone(), greedy.clone());
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
            drop(turn(&gate, "modest").await.unwrap());
            assert!(greedy.load(Ordering::Relaxed) - before <= 2, "it waited for more than its turn");
            tokio::task::yield_now().await;
        }
        task.abort();
    }
}
