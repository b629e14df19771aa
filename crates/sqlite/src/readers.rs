//! Read-only connections, one per running read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Fault, connect};

const MAX_READERS: u32 = 4;

/// Blocks readers until it is dropped.
pub(crate) struct Pause {
    _all: OwnedSemaphorePermit,
}

pub(crate) struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    /// Set while reading is refused: another file is at the database's path.
    refused: Mutex<Option<Fault>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            permits: Arc::new(Semaphore::new(MAX_READERS as usize)),
            idle: Mutex::new(Vec::new()),
            refused: Mutex::default(),
        }
    }

    pub(crate) async fn read<T, E, F>(self: &Arc<Self>, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Fault::Closed)?;
        let readers = Arc::clone(self);
        // The permit belongs to the read, which continues if the caller is dropped.
        let reading = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            readers.run(work)
        });
        reading.await.unwrap_or_else(|_| Err(Fault::Panicked.into()))
    }

    fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E>,
        E: From<Fault>,
    {
        if let Some(fault) = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Err(fault.into());
        }
        let mut connection = match self.idle().pop() {
            Some(connection) => connection,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(Fault::from)?,
        };
        let answer = {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(Fault::from)?;
            work(&transaction)
        };
        self.idle().push(connection);
        answer
    }

    /// Refuses all reads from now on, or allows them again.
    pub(crate) fn refuse(&self, why: Option<Fault>) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Closes all connections and blocks new ones; `None` while a read runs.
    pub(crate) fn try_pause(&self) -> Option<Pause> {
        let all = Arc::clone(&self.permits).try_acquire_many_owned(MAX_READERS).ok()?;
        self.idle().clear();
        Some(Pause { _all: all })
    }

    pub(crate) fn running(&self) -> usize {
        MAX_READERS as usize - self.permits.available_permits()
    }

    /// Closes idle connections, so that the writer closes last and can checkpoint the WAL into the file.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
