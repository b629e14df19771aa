//! The only code that knows which database engine the hub runs on.
//!
//! Verbs are written once, against [`Tx`]: few methods, SQL with `?1` parameters. They are synchronous and run on the
//! store's own threads; a verb that returns an error leaves nothing behind. SQLite is built in; PostgreSQL is to be a
//! second variant of the same enum.

mod arg;
pub mod backup;
#[cfg(test)]
pub(crate) mod plans;
mod row;
mod tx;
mod url;

use std::path::{Path, PathBuf};

pub use arg::Arg;
pub use row::Row;
pub use sqlite::Fault;
use sqlite::{Migration, Schema};
pub use tx::Tx;

/// The schema of the hub's database in SQLite.
pub const SQLITE: Schema = Schema {
    migrations: &[Migration { version: 1, name: "001_hub", sql: include_str!("store/schema_sqlite.sql") }],
    marker: "outlets",
};

/// The hub's database.
#[derive(Clone)]
pub struct Store {
    db: sqlite::Db,
}

/// Why the hub's database cannot be used, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// PostgreSQL.
    #[error(
        "this version of the hub keeps its data in SQLite only, PostgreSQL is not built yet; \
         set HUB_DATABASE_URL to sqlite:hub.db"
    )]
    NotBuilt,
    /// No engine that we know.
    #[error("{url:?} does not name a database; write sqlite:FILE, for example sqlite:hub.db")]
    UnknownEngine {
        /// As given.
        url: String,
    },
    /// The file cannot be used.
    #[error(transparent)]
    Sqlite(#[from] sqlite::OpenError),
}

impl Store {
    /// Opens or makes the database that `url` names and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`]; the database is then as it was.
    pub fn open(url: &str) -> Result<Self, OpenError> {
        let url::Engine::Sqlite(path) = url::parse(url)?;
        Ok(Self { db: sqlite::Db::open(&path, &SQLITE)? })
    }

    /// Runs `work` in a transaction and answers once it is on disk; if it returns an error, nothing of it is kept.
    ///
    /// # Errors
    /// What `work` returned, or a [`Fault`].
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.db.write(move |tx| work(&mut Tx::Sqlite(tx))).await
    }

    /// Runs `work` on one snapshot, beside the writers.
    ///
    /// # Errors
    /// What `work` returned, or a [`Fault`].
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.db.read(move |tx| work(&mut Tx::Sqlite(tx))).await
    }

    /// Finishes what is waiting and ends the writer. Later writes are refused.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// How many bytes may still be written beside the database; none where the system does not say.
    pub(crate) fn room_bytes(&self) -> Option<u64> {
        sqlite::room_bytes(self.db.path())
    }

    /// The file that the hub's secret is kept in: beside the database.
    pub(crate) fn secret_path(&self) -> PathBuf {
        beside(self.db.path(), ".secret")
    }

    /// The folder that snapshots are kept in: beside the database.
    pub(crate) fn snapshots_path(&self) -> PathBuf {
        beside(self.db.path(), ".snapshots")
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
