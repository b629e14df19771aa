//! A file that is read and not trusted.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use crate::open::{connect, version};
use crate::{CopyError, OpenError, ReadRow, Schema};

/// Reading may take this long, and a second more for each [`BYTES_A_SECOND`] of the file.
const MIN_TIME: Duration = Duration::from_secs(30);
const BYTES_A_SECOND: u64 = 1 << 20;
/// The largest value: a stored batch comes near it.
pub(super) const MAX_VALUE: i32 = 80 << 20;
/// SQLite's steps between two looks at the clock.
const STEPS: i32 = 100_000;

/// What an [`Object`] is.
pub(super) const TABLE: &str = "table";
pub(super) const TRIGGER: &str = "trigger";
/// Reading one runs the code of an extension on what the file says.
const VIRTUAL: &str = "virtual table";

/// The file: one snapshot, read only.
pub(super) struct Source {
    path: PathBuf,
    pub(super) connection: Connection,
}

/// Something in a schema.
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

    /// Reads for so long and no longer.
    pub(super) fn open_for(path: &Path, time: Duration) -> Result<Self, OpenError> {
        let connection = distrust(path, time).map_err(|error| OpenError::from_sqlite(path, &error))?;
        Ok(Self { path: path.to_owned(), connection })
    }

    /// The version of its schema, from 1.
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

    /// Numbers that `autoincrement` has given, up to `most`; none in a file without such a table.
    pub(super) fn numbers(&self, most: i64) -> Vec<(String, i64)> {
        let sql = "select name, seq from sqlite_sequence where typeof(seq) = 'integer' and seq between 1 and ?1";
        let read = || {
            let mut statement = self.connection.prepare(sql)?;
            statement.query_map([most], |row| Ok((row.read(0)?, row.read(1)?)))?.collect()
        };
        let numbers: rusqlite::Result<Vec<_>> = read();
        numbers.unwrap_or_default()
    }

    /// Looks whether the pages of the file are sound: all of them, or where it has virtual tables those of `tables`.
    pub(super) fn check(&self, tables: &[&Object], all: &[Object]) -> Result<(), CopyError> {
        let of: Vec<_> = if all.iter().any(|object| object.kind == VIRTUAL) {
            tables.iter().map(|table| format!("'{}'", table.name)).collect()
        } else {
            vec!["1".to_owned()]
        };
        for of in of {
            let look = self.connection.query_row(&format!("pragma quick_check({of})"), [], |row| row.read(0));
            let said: String = look.map_err(|error| self.failed(&error))?;
            if said != "ok" {
                return Err(CopyError::Damaged { path: self.path.clone(), said: super::shown(&said) });
            }
        }
        Ok(())
    }

    /// What somebody has changed.
    pub(super) fn tampered(&self, what: String) -> OpenError {
        OpenError::Tampered { path: self.path.clone(), what }
    }

    pub(super) fn failed(&self, error: &rusqlite::Error) -> OpenError {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => OpenError::Endless { path: self.path.clone() },
            _ => OpenError::from_sqlite(&self.path, error),
        }
    }
}

fn distrust(path: &Path, time: Duration) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // The checks that count are those of the tables that rows are copied into.
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE)?;
    let until = Instant::now() + time;
    connection.progress_handler(STEPS, Some(move || Instant::now() > until))?;
    connection.execute_batch("begin")?;
    Ok(connection)
}

impl Object {
    /// Whether both have one name, in whatever form.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name && self.on == other.on
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        let Self { kind, name, on, .. } = self;
        super::shown(&if kind == TRIGGER { format!("{kind} {name} on {on}") } else { format!("{kind} {name}") })
    }
}

/// What a schema holds, but for what SQLite makes by itself. Only a table whose text begins as SQLite writes it is one.
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

/// A table's columns that hold something of their own: no generated ones.
pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("select name from pragma_table_xinfo(?1) where hidden = 0 order by cid")?;
    statement.query_map([table], |row| row.read(0))?.collect()
}
