//! A SQLite file as the worlds use it: real, but not waited for.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

/// A database that can be copied, put back and opened again.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    connection: Option<Connection>,
    power: Cell<Power>,
}

/// Whether the machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    On,
    /// It goes before this many more transactions are on disk.
    GoesIn(u64),
    Off,
}

/// The power went before a transaction was on disk.
#[derive(Debug)]
pub struct PowerCut;

impl std::fmt::Display for PowerCut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the power was cut")
    }
}

impl std::error::Error for PowerCut {}

impl File {
    /// Makes a database from the bytes of another one.
    ///
    /// # Errors
    /// What the system or SQLite said.
    pub fn make(path: PathBuf, bytes: &[u8]) -> Result<Self> {
        std::fs::write(&path, bytes)?;
        let mut file = Self { path, connection: None, power: Cell::new(Power::On) };
        file.requeue()?;
        Ok(file)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A process ends, and the next one begins.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn requeue(&mut self) -> Result<()> {
        self.connection = None;
        self.power.set(Power::On);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = sqlite::connect(&self.path, flags)?;
        connection.pragma_update(None, "journal_mode", "memory")?;
        connection.pragma_update(None, "synchronous", "off")?;
        self.connection = Some(connection);
        Ok(())
    }

    /// The bytes of the file as they are now.
    ///
    /// # Errors
    /// What the system said.
    pub fn copy(&self) -> Result<Vec<u8>> {
        Ok(std::fs::read(&self.path)?)
    }

    /// Puts a copy in the file's place, and opens it.
    ///
    /// # Errors
    /// What the system or SQLite said.
    pub fn put_back(&mut self, bytes: &[u8]) -> Result<()> {
        self.connection = None;
        std::fs::write(&self.path, bytes)?;
        self.requeue()
    }

    /// Its connection.
    ///
    /// # Errors
    /// It is closed.
    pub fn db(&self) -> Result<&Connection> {
        self.connection.as_ref().ok_or_else(|| anyhow::anyhow!("the database is closed"))
    }

    /// The power goes in the middle of the transaction after so many more: what it did is not on disk.
    pub fn cut_power_after(&self, transactions: u64) {
        self.power.set(Power::GoesIn(transactions));
    }

    /// The power does not go after all.
    pub fn keep_power(&self) {
        self.power.set(Power::On);
    }

    /// Whether the power is off: nothing works until it is opened again.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.power.get() == Power::Off
    }

    /// Does `work` in a transaction; nothing of it is kept if it fails.
    ///
    /// # Errors
    /// What `work` or SQLite said; [`PowerCut`].
    pub fn tx<T, E>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T>
    where
        E: Into<anyhow::Error>,
    {
        let tx = Transaction::new_unchecked(self.db()?, TransactionBehavior::Immediate)?;
        let done = work(&tx).map_err(Into::into)?;
        match self.power.get() {
            Power::On => {}
            Power::GoesIn(0) | Power::Off => {
                self.power.set(Power::Off);
                return Err(PowerCut.into());
            }
            Power::GoesIn(more) => self.power.set(Power::GoesIn(more - 1)),
        }
        tx.commit()?;
        Ok(done)
    }

    /// The first column of each row, as text.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn texts(&self, sql: &str) -> Result<Vec<String>> {
        let mut statement = self.db()?.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(match row.get_ref(0)? {
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                _ => String::new(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One number.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn number(&self, sql: &str) -> Result<i64> {
        Ok(self.db()?.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }
}

/// The bytes of an empty database of a schema.
///
/// # Errors
/// What the system or SQLite said.
pub fn empty(schema: &sqlite::Schema, dir: &Path) -> Result<Vec<u8>> {
    let path = dir.join("empty.db");
    let connection = Connection::open(&path)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    for migration in schema.migrations {
        connection.execute_batch(migration.sql)?;
    }
    drop(connection);
    let bytes = std::fs::read(&path)?;
    std::fs::remove_file(&path)?;
    Ok(bytes)
}
