//! The hub's two database engines, SQLite and PostgreSQL, behind one transaction type.
//!
//! A command is written once, against [`Tx`]: few methods, SQL with `?1` parameters. It is synchronous and runs on a
//! thread of the store. If it returns an error, nothing is written. If it conflicts with another transaction it runs
//! again, so it must have no other side effects. Text in `/*pg …*/` is part of the statement on PostgreSQL only.
//!
//! The caller provides the [`Schema`]; nothing here knows the hub's tables, except `node_secrets` in PostgreSQL.

mod arg;
mod fault;
mod open_error;
mod postgres;
mod row;
mod schema;
pub mod to_postgres;
mod tx;
mod url;

use std::io;
use std::path::PathBuf;

use sqlite::{Lock, sibling};
use web::secret;

pub use arg::Arg;
pub use fault::Fault;
pub use open_error::OpenError;
pub use postgres::{ConnectError, Listening, Notification};
pub use row::Row;
pub use schema::{Migration, Schema};
pub use tx::Tx;
pub use url::{PostgresDefaults, UnknownEngine, complete, file};

/// The hub's database. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Sqlite(sqlite::Db),
    Postgres(postgres::Pool),
}

/// Why the session secret is unavailable.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file beside the database cannot be used.
    #[error("the hub's secret in {path} cannot be used: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// The database failed.
    #[error("the hub's secret cannot be read: {0}")]
    Fault(#[from] Fault),
    /// The stored secret is weak.
    #[error(
        "the secret in the table node_secrets is no random text of 32 characters and more; delete its row to have a \
             new one made"
    )]
    Weak,
}

impl Store {
    /// Opens or creates the database that `url` names and migrates its schema.
    ///
    /// # Errors
    /// [`OpenError`]; the database is unchanged.
    pub fn open(url: &str, schema: &'static Schema) -> Result<Self, OpenError> {
        let engine = match url::parse(url)? {
            url::Engine::Sqlite(path) => match to_postgres::migrated_to(&path) {
                Some(mark) => return Err(mark.refusal(&path)),
                None => Engine::Sqlite(sqlite::Db::open(&path, &schema.sqlite)?),
            },
            url::Engine::Postgres => {
                Engine::Postgres(postgres::Pool::open(url, schema, to_postgres::refuse_half_migrated)?)
            }
        };
        Ok(Self { engine })
    }

    /// Locks the file that `url` names for serving; none for PostgreSQL, which several nodes may serve. Take the lock
    /// before opening the file; [`Store::hold`] completes it for a file that did not exist.
    ///
    /// # Errors
    /// [`OpenError`] if another hub serves the file.
    pub fn lock(url: &str) -> Result<Option<Lock>, OpenError> {
        let url::Engine::Sqlite(path) = url::parse(url)? else { return Ok(None) };
        let path = sqlite::resolve(&path)?;
        let lock = Lock::take(&path)?;
        lock.map(Some).ok_or_else(|| sqlite::OpenError::Running { path }.into())
    }

    /// Checks that a database file is still in its place, as before each write: [`sqlite::Db::check_files`].
    pub fn check_files(&self) {
        if let Engine::Sqlite(db) = &self.engine {
            db.check_files();
        }
    }

    /// Completes the lock of [`Store::lock`].
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn hold(&self, lock: &mut Option<Lock>) -> Result<(), OpenError> {
        let (Engine::Sqlite(db), Some(lock)) = (&self.engine, lock) else { return Ok(()) };
        let path = db.path();
        if !lock.lock_file(path)? {
            return Err(sqlite::OpenError::Running { path: path.to_owned() }.into());
        }
        for file in sqlite::restrict_to_owner(path) {
            tracing::warn!(file = %file.display(), "restricted the file's permissions to owner and group");
        }
        Ok(())
    }

    /// Runs `work` in a serializable transaction and returns after the commit is on disk. If `work` returns an error,
    /// nothing is written.
    ///
    /// # Errors
    /// The error of `work`, or a [`Fault`].
    pub async fn write<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(db) => {
                db.write(move |tx| work(&mut Tx::Sqlite(tx)).map_err(Refused)).await.map_err(|refused| refused.0)
            }
            Engine::Postgres(pool) => pool.write(move |connection| work(&mut Tx::Postgres(connection))).await,
        }
    }

    /// Like [`Store::write`], for frequent commands that lock the rows that they compare ([`Tx::lock`]), all in the
    /// same order.
    ///
    /// # Errors
    /// The error of `work`, or a [`Fault`].
    pub async fn write_locking<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(_) => self.write(work).await,
            Engine::Postgres(pool) => pool.write_locking(move |connection| work(&mut Tx::Postgres(connection))).await,
        }
    }

    /// Runs `work` in a read transaction, concurrently with writers.
    ///
    /// # Errors
    /// The error of `work`, or a [`Fault`].
    pub async fn read<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(db) => {
                db.read(move |tx| work(&mut Tx::Sqlite(tx)).map_err(Refused)).await.map_err(|refused| refused.0)
            }
            Engine::Postgres(pool) => pool.read(move |connection| work(&mut Tx::Postgres(connection))).await,
        }
    }

    /// Like [`Store::read`], without a time limit, for reads that take minutes in many short statements.
    ///
    /// # Errors
    /// The error of `work`, or a [`Fault`].
    pub async fn read_at_length<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(_) => self.read(work).await,
            Engine::Postgres(pool) => pool.read_at_length(move |connection| work(&mut Tx::Postgres(connection))).await,
        }
    }

    /// Current load: running reads and waiting writes, or all jobs that wait for PostgreSQL.
    pub fn in_use(&self) -> Vec<(&'static str, usize)> {
        match &self.engine {
            Engine::Sqlite(db) => vec![("reads", db.reads()), ("queued_writes", db.queued_writes())],
            Engine::Postgres(pool) => vec![("queued_transactions", pool.queued())],
        }
    }

    /// Finishes waiting work and ends the threads. Later writes are refused.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(db) => db.close().await,
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    /// Listens to the other nodes of this hub; none for SQLite, which has one node.
    ///
    /// # Errors
    /// [`ConnectError`] if no thread can be started.
    pub fn listen(&self, notify: impl Fn(Notification) + Send + 'static) -> Result<Option<Listening>, ConnectError> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(None),
            Engine::Postgres(pool) => pool.listen(notify).map(Some),
        }
    }

    /// Free disk space beside the database in bytes; none if the database is on another machine or the system does not
    /// report it.
    pub fn free_bytes(&self) -> Option<u64> {
        match &self.engine {
            Engine::Sqlite(db) => sqlite::free_bytes(db.path()),
            Engine::Postgres(_) => None,
        }
    }

    /// Notifies the other nodes of this hub; a notification may be lost.
    pub async fn notify(&self, payloads: Vec<String>) -> Result<(), Fault> {
        if matches!(self.engine, Engine::Sqlite(_)) {
            return Ok(());
        }
        self.write(move |tx| {
            for word in &payloads {
                tx.execute("select pg_notify(?1, ?2)", &[postgres::CHANNEL.into(), word.into()])?;
            }
            Ok(())
        })
        .await
    }

    /// The secret that signs sessions, the same for all nodes: in a file beside the SQLite file, or in a table of
    /// PostgreSQL.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn secret(&self) -> Result<String, SecretError> {
        match &self.engine {
            Engine::Sqlite(db) => {
                let path = sibling(db.path(), ".secret");
                secret::load_or_create(&path).map_err(|source| SecretError::File { path, source })
            }
            Engine::Postgres(_) => {
                let fresh = secret::random();
                let stored = self.write::<_, Fault, _>(move |tx| node_secret(tx, "sessions", &fresh));
                let secret = stored.await?.unwrap_or_default();
                if secret::is_strong(&secret) { Ok(secret) } else { Err(SecretError::Weak) }
            }
        }
    }

    /// The stored local certificate authority, or a new one of `make`: in a file beside the SQLite database that only its
    /// owner can read, or in PostgreSQL, where all nodes share it.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn authority(&self, make: impl FnOnce() -> io::Result<String>) -> Result<String, SecretError> {
        match &self.engine {
            Engine::Sqlite(db) => {
                let path = sibling(db.path(), ".ca.pem");
                secret::load_or_make(&path, |_| Ok(()), make).map_err(|source| SecretError::File { path, source })
            }
            Engine::Postgres(_) => {
                let fresh = make().map_err(|source| SecretError::File { path: "a new authority".into(), source })?;
                Ok(self.write::<_, Fault, _>(move |tx| node_secret(tx, "authority", &fresh)).await?.unwrap_or_default())
            }
        }
    }

    /// The folder for this node's snapshots: beside the SQLite file, or in the system's temporary directory.
    #[must_use]
    pub fn snapshots_path(&self) -> PathBuf {
        match &self.engine {
            Engine::Sqlite(db) => sibling(db.path(), ".snapshots"),
            Engine::Postgres(pool) => pool.folder(),
        }
    }
}

/// A secret that all nodes share; the first node stores it.
fn node_secret(tx: &mut Tx<'_>, name: &str, fresh: &str) -> Result<Option<String>, Fault> {
    let add = "insert into node_secrets (name, value) values (?1, ?2) on conflict (name) do nothing";
    tx.execute(add, &[name.into(), fresh.into()])?;
    tx.first("select value from node_secrets where name = ?1", &[name.into()], |row| row.string(0))
}

/// Carries a command's error through the SQLite writer, which knows SQLite's faults only.
struct Refused<E>(E);

impl<E: From<Fault>> From<sqlite::Fault> for Refused<E> {
    fn from(fault: sqlite::Fault) -> Self {
        Self(Fault::from(fault).into())
    }
}
