//! Reads an untrusted database file.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use crate::open::{connect, version};
use crate::{CopyError, OpenError, ReadRow, Schema};

/// Time limit for reading, plus a second for each [`BYTES_A_SECOND`] of the file.
const MIN_TIME: Duration = Duration::from_secs(30);
const BYTES_A_SECOND: u64 = 1 << 20;
/// The largest accepted value; a stored batch can be nearly as large.
pub(super) const MAX_VALUE: i32 = 80 << 20;
/// SQLite VM steps between two checks of the time limit.
const STEPS: i32 = 100_000;

/// Values of [`Object::kind`].
pub(super) const TABLE: &str = "table";
pub(super) const TRIGGER: &str = "trigger";
/// Reading one runs code of an extension on untrusted data.
const VIRTUAL: &str = "virtual table";

/// The file, as one read-only snapshot.
pub(super) struct Source {
    path: PathBuf,
    pub(super) connection: Connection,
}

/// An object in a schema.
#[derive(Debug, PartialEq)]
pub(super) struct Object {
    pub(super) kind: String,
    pub(super) name: String,
    on: String,
    sql: String,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let bytes = std::fs::metadata(path).map_or(0, |found| found.len());
        Self::open_for(path, MIN_TIME + Duration::from_secs(bytes / BYTES_A_SECOND))
    }

    /// Opens the file with a time limit for all reads.
    pub(super) fn open_for(path: &Path, time: Duration) -> Result<Self, OpenError> {
        let connection = open_untrusted(path, time).map_err(|error| OpenError::from_sqlite(path, &error))?;
        Ok(Self { path: path.to_owned(), connection })
    }

    /// The version of its schema, at least 1.
    pub(super) fn version(&self, schema: &Schema) -> Result<i64, OpenError> {
        match version(&self.connection, &self.path, schema)? {
            0 => Err(OpenError::NotOurs { path: self.path.clone() }),
            version => Ok(version),
        }
    }

    pub(super) fn objects(&self) -> Result<Vec<Object>, OpenError> {
        objects(&self.connection).map_err(|error| self.failed(&error))
    }

    pub(super) fn columns(&self, table: &str) -> Result<Vec<String>, OpenError> {
        columns(&self.connection, table).map_err(|error| self.failed(&error))
    }

    /// The `autoincrement` counters up to `most`; empty if the file has no such table.
    pub(super) fn numbers(&self, most: i64) -> Vec<(String, i64)> {
        let sql = "select name, seq from sqlite_sequence where typeof(seq) = 'integer' and seq between 1 and ?1";
        let read = || {
            let mut statement = self.connection.prepare(sql)?;
            statement.query_map([most], |row| Ok((row.read(0)?, row.read(1)?)))?.collect()
        };
        let numbers: rusqlite::Result<Vec<_>> = read();
        numbers.unwrap_or_default()
    }

    /// Checks the integrity of all pages; if the file has virtual tables, only of those in `tables`.
    pub(super) fn check(&self, tables: &[&Object], all: &[Object]) -> Result<(), CopyError> {
        let of: Vec<_> = if all.iter().any(|object| object.kind == VIRTUAL) {
            tables.iter().map(|table| format!("'{}'", table.name)).collect()
        } else {
            vec!["1".to_owned()]
        };
        for of in of {
            let found = self.connection.query_row(&format!("pragma quick_check({of})"), [], |row| row.read(0));
            let message: String = found.map_err(|error| self.failed(&error))?;
            if message != "ok" {
                return Err(CopyError::Damaged { path: self.path.clone(), message: super::shown(&message) });
            }
        }
        Ok(())
    }

    /// The error for a modified file.
    pub(super) fn tampered(&self, what: String) -> OpenError {
        OpenError::Tampered { path: self.path.clone(), what }
    }

    pub(super) fn failed(&self, error: &rusqlite::Error) -> OpenError {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => OpenError::ReadTimeout { path: self.path.clone() },
            _ => OpenError::from_sqlite(&self.path, error),
        }
    }
}

fn open_untrusted(path: &Path, time: Duration) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // The checks of our tables apply instead.
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE)?;
    let until = Instant::now() + time;
    connection.progress_handler(STEPS, Some(move || Instant::now() > until))?;
    connection.execute_batch("begin")?;
    Ok(connection)
}

impl Object {
    /// Whether both have the same kind and name.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name && self.on == other.on
    }

    /// Text for people.
    pub(super) fn shown(&self) -> String {
        let Self { kind, name, on, .. } = self;
        super::shown(&if kind == TRIGGER { format!("{kind} {name} on {on}") } else { format!("{kind} {name}") })
    }
}

/// The objects of a schema except SQLite's own. A table counts as one only if its SQL begins as SQLite writes it.
pub(super) fn objects(connection: &Connection) -> rusqlite::Result<Vec<Object>> {
    let sql = "select case when type = 'table' and (rootpage = 0 or sql not like 'create table %') then 'virtual table'
            else type end, name, tbl_name, sql
        from sqlite_master where sql is not null and name not like 'sqlite\\_%' escape '\\' order by name";
    let mut statement = connection.prepare(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Object { kind: row.read(0)?, name: row.read(1)?, on: row.read(2)?, sql: row.read(3)? })
    };
    statement.query_map([], read)?.collect()
}

/// The stored columns of a table, without generated ones.
pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("select name from pragma_table_xinfo(?1) where hidden = 0 order by cid")?;
    statement.query_map([table], |row| row.read(0))?.collect()
}
