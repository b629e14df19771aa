//! How many outlets may read, wait for changes and listen at the same time.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::{Semaphore, SemaphorePermit};
use web::shares::{Share, Shares};
use web::{ApiError, Remote};

use crate::ingest::again_after_s;
use crate::outlets::Caller;

/// Pages that are read at the same time, or wait for a reader of the database.
const PAGES: usize = 128;
/// Whoever finds no place within this time is sent away.
const SOON: Duration = Duration::from_secs(1);
/// Outlets that listen to events at the same time; each holds a connection.
const LISTENERS: usize = 10_000;
/// Of these an outlet's: one, and those of connections that it has lost.
const LISTENERS_OF_ONE: usize = 4;
/// Outlets that ask for changes or wait for them at the same time.
const POLLS: usize = 10_000;
/// Of these an outlet's: one, and those of connections that it has lost within the last minute.
const POLLS_OF_ONE: usize = 16;
/// Snapshots that are sent at the same time; each holds an open file.
const DOWNLOADS: usize = 64;
/// Of these an outlet's.
const DOWNLOADS_OF_ONE: usize = 4;

/// Places for readers. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    pages: Arc<Semaphore>,
    listeners: Shares,
    polls: Shares,
    downloads: Shares,
}

impl Default for Readers {
    fn default() -> Self {
        Self {
            pages: Arc::new(Semaphore::new(PAGES)),
            listeners: Shares::of_streams(LISTENERS, LISTENERS_OF_ONE),
            polls: Shares::new(POLLS, POLLS_OF_ONE, busy),
            downloads: Shares::new(DOWNLOADS, DOWNLOADS_OF_ONE, busy),
        }
    }
}

impl Readers {
    /// A place to read a page, soon: a fleet that was told of a change asks again all at once.
    ///
    /// # Errors
    /// 429 `hub_busy`.
    pub(super) async fn page(&self) -> Result<SemaphorePermit<'_>, ApiError> {
        let place = tokio::time::timeout(SOON, self.pages.acquire()).await;
        place.map_err(|_| busy())?.map_err(|_| busy())
    }

    /// A place to read a page when it comes: for those who have waited for a change, all of whom look at once.
    ///
    /// # Errors
    /// 429 `hub_busy`.
    pub(super) async fn page_in_turn(&self) -> Result<SemaphorePermit<'_>, ApiError> {
        self.pages.acquire().await.map_err(|_| busy())
    }

    /// A place for an outlet to listen, for as long as it is held.
    ///
    /// # Errors
    /// 429 `too_many_streams`.
    pub(super) fn listener(&self, remote: Remote, caller: &Caller) -> Result<Share, ApiError> {
        self.listeners.take(remote.address, Some(&caller.outlet_id))
    }

    /// A place for an outlet to ask for changes and to wait for them.
    ///
    /// # Errors
    /// 429 `hub_busy`.
    pub(super) fn poll(&self, remote: Remote, caller: &Caller) -> Result<Share, ApiError> {
        self.polls.take(remote.address, Some(&caller.outlet_id))
    }

    /// A place for an outlet to fetch its snapshot.
    ///
    /// # Errors
    /// 429 `hub_busy`.
    pub(crate) fn download(&self, remote: Remote, caller: &Caller) -> Result<Share, ApiError> {
        self.downloads.take(remote.address, Some(&caller.outlet_id))
    }

    /// What is taken of each kind of place now.
    pub(crate) fn taken(&self) -> [(&'static str, usize); 4] {
        [
            ("pages", PAGES - self.pages.available_permits()),
            ("event_streams", self.listeners.taken()),
            ("polls", self.polls.taken()),
            ("downloads", self.downloads.taken()),
        ]
    }
}

fn busy() -> ApiError {
    let message = "The hub has more to do than it can; ask again a little later.";
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "hub_busy", message).retry_after(again_after_s(rand::random()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pages_have_so_many_places_and_who_waits_for_one_gets_it() {
        let readers = Readers::default();
        let mut taken = Vec::new();
        for _ in 0..PAGES {
            taken.push(readers.page().await.unwrap());
        }
        assert_eq!(readers.page().await.unwrap_err().code(), "hub_busy");
        let ((), place) = tokio::join!(async { drop(taken.pop()) }, readers.page_in_turn());
        assert!(place.is_ok());
    }
}
