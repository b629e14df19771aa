//! A SQLite file for the simulation: a real database, without waiting for the disk.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

/// A database that can be copied, restored and reopened.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    connection: Option<Connection>,
    power: Cell<Power>,
}

/// Power of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    On,
    /// It fails after this many more transactions.
    FailsIn(u64),
    Off,
}

/// The power failed before a transaction was on disk.
#[derive(Debug)]
pub struct PowerCut;

impl std::fmt::Display for PowerCut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the power was cut")
    }
}

impl std::error::Error for PowerCut {}

impl File {
    /// Creates a database from the bytes of another one.
    ///
    /// # Errors
    /// I/O or SQLite.
    pub fn make(path: PathBuf, bytes: &[u8]) -> Result<Self> {
        std::fs::write(&path, bytes)?;
        let mut file = Self { path, connection: None, power: Cell::new(Power::On) };
        file.reopen()?;
        Ok(file)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Restarts the process that uses it.
    ///
    /// # Errors
    /// SQLite.
    pub fn reopen(&mut self) -> Result<()> {
        self.connection = None;
        self.power.set(Power::On);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = sqlite::connect(&self.path, flags)?;
        connection.pragma_update(None, "journal_mode", "memory")?;
        connection.pragma_update(None, "synchronous", "off")?;
        self.connection = Some(connection);
        Ok(())
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// I/O.
    pub fn copy(&self) -> Result<Vec<u8>> {
        Ok(std::fs::read(&self.path)?)
    }

    /// Replaces the file by a copy, and opens it.
    ///
    /// # Errors
    /// I/O or SQLite.
    pub fn put_back(&mut self, bytes: &[u8]) -> Result<()> {
        self.connection = None;
        std::fs::write(&self.path, bytes)?;
        self.reopen()
    }

    /// Its connection.
    ///
    /// # Errors
    /// It is closed.
    pub fn db(&self) -> Result<&Connection> {
        self.connection.as_ref().ok_or_else(|| anyhow::anyhow!("the database is closed"))
    }

    /// Cuts the power in the middle of the transaction after this many more, which is lost.
    pub fn cut_power_after(&self, transactions: u64) {
        self.power.set(Power::FailsIn(transactions));
    }

    /// Cancels a planned power cut.
    pub fn keep_power(&self) {
        self.power.set(Power::On);
    }

    /// Whether the power is off; nothing works until the file is reopened.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.power.get() == Power::Off
    }

    /// Runs `work` in a transaction, which is rolled back on an error.
    ///
    /// # Errors
    /// Errors of `work` or SQLite; [`PowerCut`].
    pub fn tx<T, E>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T>
    where
        E: Into<anyhow::Error>,
    {
        let tx = Transaction::new_unchecked(self.db()?, TransactionBehavior::Immediate)?;
        let done = work(&tx).map_err(Into::into)?;
        match self.power.get() {
            Power::On => {}
            Power::FailsIn(0) | Power::Off => {
                self.power.set(Power::Off);
                return Err(PowerCut.into());
            }
            Power::FailsIn(more) => self.power.set(Power::FailsIn(more - 1)),
        }
        tx.commit()?;
        Ok(done)
    }

    /// The first column of each row, as text.
    ///
    /// # Errors
    /// SQLite.
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
    /// SQLite.
    pub fn number(&self, sql: &str) -> Result<i64> {
        Ok(self.db()?.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }
}

/// The bytes of an empty database of a schema.
///
/// # Errors
/// I/O or SQLite.
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
