//! The SQLite file that is migrated.

use std::path::Path;

use jiff::Timestamp;
use postgres::types::Type;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params_from_iter};
use web::time;

use super::table::{Column, Table};
use super::{MigrateError, Sum};
use crate::arg::Arg;
use crate::fault::Fault;
use crate::open_error::OpenError;
use crate::schema::Schema;

/// A hub's database file, locked until this is dropped.
pub(super) struct Source {
    connection: Connection,
    place: String,
    changes: u32,
}

/// Where the data was migrated to. Only migrated files have this table.
pub struct Mark {
    pub(super) migration_id: String,
    place: String,
    migrated_at: String,
}

impl Mark {
    /// The error for a hub that starts on this file.
    pub fn refusal(self, path: &Path) -> OpenError {
        OpenError::Migrated { path: path.to_owned(), place: self.place, at: self.migrated_at }
    }
}

const MARK: &str = "
    create table migrated_to (
      migration_id  text primary key not null,
      place    text not null,
      migrated_at text not null
    ) strict";

/// The mark of a file; none if it is not marked or unreadable: opening it reports the reason.
pub fn migrated_to(path: &Path) -> Option<Mark> {
    let connection = sqlite::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    mark(&connection).ok()?
}

fn mark(connection: &Connection) -> rusqlite::Result<Option<Mark>> {
    let marked = "select 1 from sqlite_master where type = 'table' and name = 'migrated_to'";
    if connection.query_row(marked, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    let read =
        |row: &rusqlite::Row<'_>| Ok(Mark { migration_id: row.get(0)?, place: row.get(1)?, migrated_at: row.get(2)? });
    connection.query_row("select migration_id, place, migrated_at from migrated_to", [], read).optional()
}

impl Source {
    /// Locks the file.
    pub fn hold(path: &Path, schema: &Schema) -> Result<Self, MigrateError> {
        let Ok(whole) = std::fs::canonicalize(path) else { return Err(MigrateError::Missing(path.to_owned())) };
        sqlite::recognize(path, &schema.sqlite)?;
        // Checkpoints the WAL, so that the change counter is current.
        drop(sqlite::open_exclusive(path)?);
        let changes = sqlite::change_counter(path)?;
        Ok(Self { connection: sqlite::open_exclusive(path)?, place: whole.display().to_string(), changes })
    }

    /// Absolute path of the file.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The file's change counter: unchanged unless a hub has run on it.
    pub fn changes(&self) -> i64 {
        self.changes.into()
    }

    /// Where the file was migrated to, if it was.
    pub fn mark(&self) -> Result<Option<Mark>, MigrateError> {
        Ok(mark(&self.connection)?)
    }

    /// All tables of the hub by name, without the tables that each database manages itself.
    pub fn tables(&self) -> Result<Vec<Table>, MigrateError> {
        let sql = "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'
                     and name not in ('schema_migrations', 'migrated_to') order by name";
        let mut statement = self.connection.prepare(sql)?;
        let names = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        names.into_iter().map(|name| self.table(name)).collect()
    }

    fn table(&self, name: String) -> Result<Table, MigrateError> {
        let mut statement = self.connection.prepare("select name, type, pk from pragma_table_info(?1) order by cid")?;
        let mut rows = statement.query([&name])?;
        let (mut columns, mut key) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let (place, kind): (i64, String) = (row.get(2)?, row.get(1)?);
            if place > 0 {
                key.push((place, columns.len()));
            }
            let kind = match kind.to_ascii_lowercase().as_str() {
                "integer" => Type::INT8,
                "blob" => Type::BYTEA,
                _ => Type::TEXT,
            };
            columns.push(Column { name: row.get(0)?, kind });
        }
        key.sort_unstable();
        let rows = self.connection.query_row(&format!("select count(*) from {name}"), [], |row| row.get(0))?;
        Ok(Table { name, columns, key: key.into_iter().map(|(_, column)| column).collect(), rows })
    }

    /// Reads the rows after a key, in key order.
    pub fn read<T>(
        &self,
        table: &Table,
        behind: &[Value],
        work: impl FnOnce(&mut Rows<'_>) -> Result<T, MigrateError>,
    ) -> Result<T, MigrateError> {
        let key = table.key_list();
        let places = (1..=behind.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
        let behind_it = if behind.is_empty() { String::new() } else { format!("where ({key}) > ({places})") };
        let sql = format!("select {} from {} {behind_it} order by {key}", table.list(), table.name);
        let mut statement = self.connection.prepare(&sql)?;
        work(&mut Rows { rows: statement.query(params_from_iter(behind))?, columns: table.columns.len() })
    }

    /// Row count and hash of a table.
    pub fn sum(&self, table: &Table) -> Result<Sum, MigrateError> {
        self.read(table, &[], |rows| {
            let mut sum = Sum::default();
            while let Some(row) = rows.next()? {
                sum.add(&row);
            }
            Ok(sum)
        })
    }

    /// Marks the file, if it is not marked, so that no hub starts on it.
    pub fn mark_as_migrated(self, migration_id: &str, place: &str, now: Timestamp) -> Result<(), MigrateError> {
        if self.mark()?.is_none() {
            self.connection.execute_batch(MARK)?;
            let add = "insert into migrated_to (migration_id, place, migrated_at) values (?1, ?2, ?3)";
            self.connection.execute(add, [migration_id, place, &time::text(now)])?;
        }
        Ok(self.connection.execute_batch("commit")?)
    }
}

/// Rows of a table, one at a time.
pub(super) struct Rows<'s> {
    rows: rusqlite::Rows<'s>,
    columns: usize,
}

impl Rows<'_> {
    /// The values of the next row, in the form that both engines accept.
    pub fn next(&mut self) -> Result<Option<Vec<Arg<'_>>>, MigrateError> {
        let Some(row) = self.rows.next()? else { return Ok(None) };
        Ok(Some((0..self.columns).map(|column| value(row, column)).collect::<Result<_, _>>()?))
    }
}

fn value<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<Arg<'r>, Fault> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => Arg::Null,
        ValueRef::Integer(n) => Arg::Int(n),
        text @ ValueRef::Text(_) => Arg::Text(text.as_str().map_err(rusqlite::Error::from)?),
        ValueRef::Blob(bytes) => Arg::Blob(bytes),
        ValueRef::Real(_) => return Err(Fault::Column { column, why: "it is not a whole number".to_owned() }),
    })
}
