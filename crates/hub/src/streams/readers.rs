//! Limits how many outlets read, wait and listen at the same time.

use std::sync::Arc;
use std::time::Duration;

use store::{Fault, Store, Tx};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use web::quotas::{QuotaPermit, Quotas};
use web::{ApiError, Code, Remote};

use crate::outlets::Caller;
use crate::retry_after::spread_s;

/// Pages that are read or wait for a database reader at the same time.
const PAGES: usize = 128;
/// Maximum waiting time for a permit.
const MAX_WAIT: Duration = Duration::from_secs(1);
/// Outlets that listen to events at the same time; each occupies a connection.
const LISTENERS: usize = 10_000;
/// Per outlet: one, and those of lost connections.
const LISTENERS_OF_ONE: usize = 4;
/// Concurrent requests for updates, waiting ones included.
const POLLS: usize = 10_000;
/// Per outlet: one, and those of connections lost within the last minute.
const POLLS_OF_ONE: usize = 16;
/// Snapshots that are sent at the same time; each occupies an open file.
const DOWNLOADS: usize = 64;
/// Per outlet.
const DOWNLOADS_OF_ONE: usize = 4;

/// Permits for readers. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    pages: Arc<Semaphore>,
    listeners: Quotas,
    polls: Quotas,
    downloads: Quotas,
}

impl Default for Readers {
    fn default() -> Self {
        Self {
            pages: Arc::new(Semaphore::new(PAGES)),
            listeners: Quotas::of_streams(LISTENERS, LISTENERS_OF_ONE),
            polls: Quotas::new(POLLS, POLLS_OF_ONE, busy),
            downloads: Quotas::new(DOWNLOADS, DOWNLOADS_OF_ONE, busy),
        }
    }
}

impl Readers {
    /// Reads a page after a short wait for a permit: after a change the whole fleet reads at once.
    ///
    /// # Errors
    /// 429 `hub_overloaded`, or the error of `work`.
    pub(super) async fn read<T, E, F>(&self, store: &Store, work: F) -> Result<T, ApiError>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Into<ApiError> + Send + 'static,
    {
        read_at(self.page().await?, store, work).await
    }

    /// Reads a page when there is a permit, for requests that waited for a change and all read at once.
    ///
    /// # Errors
    /// 429 `hub_overloaded`, or the error of `work`.
    pub(super) async fn read_in_turn<T, E, F>(&self, store: &Store, work: F) -> Result<T, ApiError>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Into<ApiError> + Send + 'static,
    {
        let permit = Arc::clone(&self.pages).acquire_owned().await.map_err(|_| busy())?;
        read_at(permit, store, work).await
    }

    async fn page(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let permit = tokio::time::timeout(MAX_WAIT, Arc::clone(&self.pages).acquire_owned()).await;
        permit.map_err(|_| busy())?.map_err(|_| busy())
    }

    /// A permit to listen to events.
    ///
    /// # Errors
    /// 429 `too_many_streams`.
    pub(super) fn listener(&self, remote: Remote, caller: &Caller) -> Result<QuotaPermit, ApiError> {
        self.listeners.acquire(remote.address, Some(&caller.outlet_id))
    }

    /// A permit to request updates and wait for them.
    ///
    /// # Errors
    /// 429 `hub_overloaded`.
    pub(super) fn poll(&self, remote: Remote, caller: &Caller) -> Result<QuotaPermit, ApiError> {
        self.polls.acquire(remote.address, Some(&caller.outlet_id))
    }

    /// A permit to download a snapshot.
    ///
    /// # Errors
    /// 429 `hub_overloaded`.
    pub(crate) fn download(&self, remote: Remote, caller: &Caller) -> Result<QuotaPermit, ApiError> {
        self.downloads.acquire(remote.address, Some(&caller.outlet_id))
    }

    /// Permits in use by kind.
    pub(crate) fn in_use(&self) -> [(&'static str, usize); 4] {
        [
            ("pages", PAGES - self.pages.available_permits()),
            ("event_streams", self.listeners.in_use()),
            ("polls", self.polls.in_use()),
            ("downloads", self.downloads.in_use()),
        ]
    }
}

/// The read owns its permit, not the request: an outlet that disconnects does not free the permit while its page is
/// being read.
async fn read_at<T, E, F>(permit: OwnedSemaphorePermit, store: &Store, mut work: F) -> Result<T, ApiError>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Fault> + Into<ApiError> + Send + 'static,
{
    let read = store.read(move |tx| {
        let _held = &permit;
        work(tx)
    });
    read.await.map_err(Into::into)
}

fn busy() -> ApiError {
    ApiError::from(Code::HubBusy).retry_after(spread_s(rand::random()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store =
            Store::open(&format!("sqlite:{}", dir.path().join("hub.db").display()), &crate::schema::SCHEMA).unwrap();
        (dir, store)
    }

    #[tokio::test]
    async fn pages_are_limited_and_waiting_reads_get_a_permit() {
        let (_dir, store) = store();
        let readers = Readers::default();
        let mut in_use = Vec::new();
        for _ in 0..PAGES {
            in_use.push(readers.page().await.unwrap());
        }
        assert_eq!(readers.page().await.unwrap_err().code(), "hub_overloaded");
        let read = readers.read_in_turn(&store, |_| Ok::<_, Fault>("read"));
        let ((), read) = tokio::join!(async { drop(in_use.pop()) }, read);
        assert_eq!(read.unwrap(), "read");
        store.close().await;
    }

    #[tokio::test]
    async fn a_read_keeps_its_permit_after_its_request_is_dropped() {
        let (_dir, store) = store();
        let readers = Readers::default();
        let (go, wait) = mpsc::channel::<()>();
        let (began, mut begun) = tokio::sync::mpsc::channel(1);
        let (asking, of) = (readers.clone(), store.clone());
        let request = tokio::spawn(async move {
            let read = asking.read(&of, move |_| {
                began.blocking_send(()).unwrap();
                wait.recv().unwrap();
                Ok::<_, Fault>(())
            });
            read.await
        });
        begun.recv().await.unwrap();
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        assert_eq!(readers.in_use()[0], ("pages", 1), "the permit was released while the page was being read");
        go.send(()).unwrap();
        let all = Arc::clone(&readers.pages).acquire_many_owned(u32::try_from(PAGES).unwrap());
        drop(all.await.unwrap());
        store.close().await;
    }
}
