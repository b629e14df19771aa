//! All access to SQLite: a single writer with group commit, and readers beside it.
//!
//! A successful write is on disk (`synchronous=FULL`). A failed write rolls back only itself. Each reader sees one
//! snapshot and never waits for the writer. A transaction of another program delays writes for at most
//! [`BUSY_TIMEOUT`]; then they fail with [`Fault::Busy`] and write nothing. Nothing is written to a file that is no
//! longer at the database's path.

pub mod changes;
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

use changes::Watcher;
pub use changes::{Change, Watched};
pub use copy::{CopyError, copy, disable_wal};
pub use exclusive::{change_counter, open_exclusive};
pub use fault::{Fault, OpenError};
use file_identity::FileIdentity;
pub use files::{adopt, files_of, is_same_file, open_file, open_private, resolve, restrict_to_owner, sibling};
pub use free_space::free_bytes;
pub use lock::{Lock, serves_another_file};
pub use open::{Migration, Schema, connect, open, recognize};
use readers::Readers;
pub use rebuild::{Rebuilt, TableRows, rebuild};
pub use replace::{MoveError, remove, replace};
pub use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
pub use text::ReadRow;
use tokio::sync::watch;
pub use writer::WriterStats;
use writer::{Priority, Writer};

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
    /// Opens or creates the database and migrates its schema.
    ///
    /// # Errors
    /// [`OpenError`]; the file is then unchanged.
    pub fn open(path: &Path, schema: &Schema) -> Result<Self, OpenError> {
        let path = resolve(path)?;
        let connection = open(&path, schema)?;
        let readers = Arc::new(Readers::new(path.clone()));
        let writer = Writer::start(FileIdentity::new(path.clone(), connection, Arc::clone(&readers)))
            .map_err(|error| OpenError::Other { path: path.clone(), message: error.to_string() })?;
        Ok(Self { writer, readers, path: Arc::new(path) })
    }

    /// The path of the database file, without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in a transaction and returns after the commit is on disk. If `work` returns an error, its changes
    /// are rolled back.
    ///
    /// # Errors
    /// The error of `work`, or a [`Fault`].
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.writer.write(Priority::Interactive, work).await
    }

    /// Like [`Db::write`], for work that no person waits for: it yields to other writes and is committed alone.
    ///
    /// # Errors
    /// The error of `work`, or a [`Fault`].
    pub async fn write_background<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.writer.write(Priority::Background, work).await
    }

    /// Runs `work` on one snapshot, concurrently with the writer.
    ///
    /// # Errors
    /// The error of `work`, or a [`Fault`].
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.readers.read(work).await
    }

    /// Makes the writer check the database files, as it does before each write.
    pub fn check_files(&self) {
        self.writer.check_files();
    }

    /// Changes after each commit of this process: a hint that there may be new data.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.writer.commits()
    }

    /// Reports what each commit changes in these tables, from now on; see [`changes`]. To be called once.
    pub fn watch(&self, tables: &'static [Watched], sink: impl Fn(Vec<Change>) + Send + 'static) {
        self.writer.watch(Watcher::new(tables, Box::new(sink)));
    }

    /// Counters of the writer.
    #[must_use]
    pub fn stats(&self) -> Arc<WriterStats> {
        self.writer.stats()
    }

    /// Number of running reads.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.readers.running()
    }

    /// Number of writes in the writer's queue.
    #[must_use]
    pub fn queued_writes(&self) -> usize {
        self.writer.queued()
    }

    /// Finishes the queued writes, checkpoints the WAL into the file and stops the writer. Later writes fail.
    pub async fn close(&self) {
        self.readers.close();
        self.writer.close().await;
    }
}
