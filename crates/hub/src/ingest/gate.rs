//! Who may have a batch unpacked and applied now: few at once, a bounded queue for the others, one place for each outlet.
//!
//! Whoever finds no place is told to come again, each at another moment, so that a fleet that comes back together is taken
//! in one after the other. The queue is first come, first served, and an outlet never stands in it twice: one that pushes
//! very often cannot starve the others.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use tokio::sync::{Semaphore, SemaphorePermit};
use web::ApiError;

/// Batches that are unpacked and applied at the same time. Each may need 64 MiB.
const AT_ONCE: usize = 8;
/// Batches that wait for that, each with up to 8 MiB as sent.
const WAITING: usize = 56;
/// Seconds after which those without a place come again: at the least, and at the most.
const AGAIN_AFTER_S: (u32, u32) = (1, 8);

/// The gate before the work on batches.
#[derive(Debug)]
pub struct Gate {
    places: Semaphore,
    at_once: Semaphore,
    under_way: Mutex<HashSet<String>>,
}

/// Why a batch is not looked at now. It is to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shed {
    /// One of the same outlet is not done.
    #[error("the hub is still busy with this outlet's batch before; send this one again")]
    UnderWay,
    /// No place is left.
    #[error("the hub has more to do than it can; send this again a little later")]
    Full,
}

impl Shed {
    /// As figures call it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::UnderWay => "batch_under_way",
            Self::Full => "hub_busy",
        }
    }

    /// 429, with the seconds after which to come again; `random` is any random number.
    #[must_use]
    pub fn answer(self, random: u32) -> ApiError {
        let message = web::api_error::sentence(&self);
        let answer = ApiError::new(StatusCode::TOO_MANY_REQUESTS, self.code(), message);
        answer.retry_after(if self == Self::UnderWay { 1 } else { again_after_s(random) })
    }
}

/// When somebody without a place is to come again: each at another moment. `random` is any random number.
pub(crate) fn again_after_s(random: u32) -> u32 {
    let (least, most) = AGAIN_AFTER_S;
    least + random % (most - least + 1)
}

/// A place at work, until it is dropped.
#[derive(Debug)]
pub struct Pass<'g> {
    gate: &'g Gate,
    outlet_id: String,
    permits: Option<[SemaphorePermit<'g>; 2]>,
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
        let places = Semaphore::new(at_once + waiting);
        Self { places, at_once: Semaphore::new(at_once), under_way: Mutex::default() }
    }

    /// Lets an outlet's batch in when its turn comes.
    ///
    /// # Errors
    /// [`Shed`], at once.
    pub async fn enter(&self, outlet_id: &str) -> Result<Pass<'_>, Shed> {
        if !self.lock().insert(outlet_id.to_owned()) {
            return Err(Shed::UnderWay);
        }
        // From here on whatever happens takes the outlet's name out again, also when whoever waits goes away.
        let mut pass = Pass { gate: self, outlet_id: outlet_id.to_owned(), permits: None };
        let place = self.places.try_acquire().map_err(|_| Shed::Full)?;
        let turn = self.at_once.acquire().await.map_err(|_| Shed::Full)?;
        pass.permits = Some([place, turn]);
        Ok(pass)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.lock().remove(&self.outlet_id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn an_outlet_has_one_place_and_gets_it_back() {
        let gate = Gate::of(2, 0);
        let first = gate.enter("1").await.unwrap();
        assert_eq!(gate.enter("1").await.unwrap_err(), Shed::UnderWay);
        let second = gate.enter("2").await.unwrap();
        assert_eq!(gate.enter("3").await.unwrap_err(), Shed::Full);
        drop(first);
        let third = gate.enter("3").await.unwrap();
        drop((second, third));
        drop(gate.enter("1").await.unwrap());
        assert!(gate.lock().is_empty());
    }

    #[tokio::test]
    async fn whoever_goes_away_while_waiting_leaves_no_place_taken() {
        let gate = Gate::of(1, 1);
        let at_work = gate.enter("1").await.unwrap();
        let waits = gate.enter("2");
        assert!(tokio::time::timeout(std::time::Duration::from_millis(10), waits).await.is_err());
        drop(at_work);
        drop(gate.enter("2").await.unwrap());
        assert_eq!((gate.places.available_permits(), gate.lock().len()), (2, 0));
    }

    #[tokio::test]
    async fn one_that_pushes_all_the_time_does_not_starve_another() {
        let gate = Arc::new(Gate::of(1, 10));
        let greedy = Arc::new(AtomicUsize::new(0));
        let (hungry, count) = (gate.clone(), greedy.clone());
        let task = tokio::spawn(async move {
            loop {
                let pass = hungry.enter("greedy").await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                drop(pass);
            }
        });
        for _ in 0..50 {
            let before = greedy.load(Ordering::Relaxed);
            drop(gate.enter("modest").await.unwrap());
            assert!(greedy.load(Ordering::Relaxed) - before <= 2, "it waited for more than its turn");
            tokio::task::yield_now().await;
        }
        task.abort();
    }

    #[test]
    fn those_without_a_place_come_again_at_different_moments() {
        assert_eq!((again_after_s(0), again_after_s(7), again_after_s(8)), (1, 8, 1));
    }
}
