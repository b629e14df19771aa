//! Our one way to use SQLite: one writer that commits everything that is waiting at once, readers beside it.
//!
//! A write that was answered is on disk (`synchronous=FULL`). One bad write undoes only itself. Readers see one
//! snapshot each and never wait for the writer. Somebody else's open transaction delays writes, at the longest for
//! [`BUSY_TIMEOUT`]; then they are refused with [`Fault::Busy`] and nothing of them is written. Nothing is written to a file
//! that is no longer under the database's name.

mod copy;
mod exclusive;
mod fault;
mod file_identity;
mod files;
mod free_space;
mod lock;
mod open;
mod readers;
mod rebuild;
mod replace;
pub mod text;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use copy::{CopyError, copy, one_file};
pub use exclusive::{changes, open_exclusive};
pub use fault::{Fault, OpenError};
use file_identity::Place;
pub use files::{adopt, beside, files_of, is_same_file, open_file, open_private, resolve, restrict_to_owner};
pub use free_space::free_bytes;
pub use lock::{Lock, serves_another_file};
pub use open::{Migration, Schema, connect, open, recognise};
use readers::Readers;
pub use rebuild::{Rebuilt, TableRows, rebuild};
pub use replace::{MoveError, remove, replace};
pub use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
pub use text::ReadRow;
use tokio::sync::watch;
pub use writer::WriterStats;
use writer::{Turn, Writer};

/// How long a write waits for another program's transaction.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open database.
#[derive(Clone)]
pub struct Db {
    path: Arc<PathBuf>,
    writer: Writer,
    readers: Arc<Readers>,
}

impl Db {
    /// Opens or makes the database and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`] says in a sentence why not; the file is then as it was.
    pub fn open(path: &Path, schema: &Schema) -> Result<Self, OpenError> {
        let path = resolve(path)?;
        let connection = open(&path, schema)?;
        let readers = Arc::new(Readers::new(path.clone()));
        let writer = Writer::start(Place::new(path.clone(), connection, Arc::clone(&readers)))
            .map_err(|error| OpenError::Other { path: path.clone(), message: error.to_string() })?;
        Ok(Self { writer, readers, path: Arc::new(path) })
    }

    /// The database's file, without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in a transaction and answers once it is on disk; if it returns an error, nothing of it is kept.
    ///
    /// # Errors
    /// What `work` returned, or a [`Fault`].
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.writer.write(Turn::First, work).await
    }

    /// The same for what nobody stands waiting for: it gives way to [`Db::write`], and is committed on its own.
    ///
    /// # Errors
    /// What `work` returned, or a [`Fault`].
    pub async fn write_background<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.writer.write(Turn::Behind, work).await
    }

    /// Runs `work` on one snapshot, beside the writer.
    ///
    /// # Errors
    /// What `work` returned, or a [`Fault`].
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.readers.read(work).await
    }

    /// Has the writer look whether the files are still under their names, as it does before each write.
    pub fn look(&self) {
        self.writer.look();
    }

    /// Changes after every commit of this process: a hint that there may be something new.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.writer.commits()
    }

    /// What the writer has done so far.
    #[must_use]
    pub fn stats(&self) -> Arc<WriterStats> {
        self.writer.stats()
    }

    /// Reads that are under way now.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.readers.taken()
    }

    /// Writes that wait for the writer now.
    #[must_use]
    pub fn queued_writes(&self) -> usize {
        self.writer.queued()
    }

    /// Finishes what is waiting, folds the log into the file and ends the writer. Later writes are refused.
    pub async fn close(&self) {
        self.readers.close();
        self.writer.close().await;
    }
}
