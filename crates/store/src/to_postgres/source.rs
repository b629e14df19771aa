//! The file that is left.

use std::path::Path;

use jiff::Timestamp;
use postgres::types::Type;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params_from_iter};
use web::time;

use super::table::{Column, Table};
use super::{MoveError, Sum};
use crate::arg::Arg;
use crate::fault::Fault;
use crate::open_error::OpenError;
use crate::schema::Schema;

/// A hub's database that nobody else uses, for as long as this lives.
pub(super) struct Source {
    connection: Connection,
    place: String,
    changes: u32,
}

/// Where a hub's data has gone. The table stands only in files that were left.
pub struct Mark {
    pub(super) move_id: String,
    place: String,
    moved_at: String,
}

impl Mark {
    /// What is said to whoever would start a hub on it.
    pub fn refusal(self, path: &Path) -> OpenError {
        OpenError::Moved { path: path.to_owned(), place: self.place, at: self.moved_at }
    }
}

const MARK: &str = "
    create table moved_to (
      move_id  text primary key not null,
      place    text not null,
      moved_at text not null
    ) strict";

/// The mark of a file; none where it is no such file, or cannot be read: opening it says why.
pub fn moved_to(path: &Path) -> Option<Mark> {
    let connection = sqlite::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    mark(&connection).ok()?
}

fn mark(connection: &Connection) -> rusqlite::Result<Option<Mark>> {
    let marked = "select 1 from sqlite_master where type = 'table' and name = 'moved_to'";
    if connection.query_row(marked, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    let read = |row: &rusqlite::Row<'_>| Ok(Mark { move_id: row.get(0)?, place: row.get(1)?, moved_at: row.get(2)? });
    connection.query_row("select move_id, place, moved_at from moved_to", [], read).optional()
}

impl Source {
    /// Keeps everybody else out, for as long as it is held.
    pub fn hold(path: &Path, schema: &Schema) -> Result<Self, MoveError> {
        let Ok(whole) = std::fs::canonicalize(path) else { return Err(MoveError::Missing(path.to_owned())) };
        sqlite::recognise(path, &schema.sqlite)?;
        // Its log is folded into it, so that it says how often it was changed.
        drop(sqlite::alone(path)?);
        let changes = sqlite::changes(path)?;
        Ok(Self { connection: sqlite::alone(path)?, place: whole.display().to_string(), changes })
    }

    /// Its whole path.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// How often it was changed: the same again while no hub was started on it.
    pub fn changes(&self) -> i64 {
        self.changes.into()
    }

    /// Where it went, if it was moved before.
    pub fn mark(&self) -> Result<Option<Mark>, MoveError> {
        Ok(mark(&self.connection)?)
    }

    /// All that a hub keeps, by name. Which version made the tables, and where they went, is each database's own.
    pub fn tables(&self) -> Result<Vec<Table>, MoveError> {
        let sql = "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'
                     and name not in ('schema_migrations', 'moved_to') order by name";
        let mut statement = self.connection.prepare(sql)?;
        let names = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        names.into_iter().map(|name| self.table(name)).collect()
    }

    fn table(&self, name: String) -> Result<Table, MoveError> {
        let mut statement = self.connection.prepare("select name, type, pk from pragma_table_info(?1) order by cid")?;
        let mut rows = statement.query([&name])?;
        let (mut columns, mut key) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let (place, kind): (i64, String) = (row.get(2)?, row.get(1)?);
            if place > 0 {
                key.push((place, columns.len()));
            }
            let kind = if kind.eq_ignore_ascii_case("integer") { Type::INT8 } else { Type::TEXT };
            columns.push(Column { name: row.get(0)?, kind });
        }
        key.sort_unstable();
        let rows = self.connection.query_row(&format!("select count(*) from {name}"), [], |row| row.get(0))?;
        Ok(Table { name, columns, key: key.into_iter().map(|(_, column)| column).collect(), rows })
    }

    /// Reads the rows behind a key, in the order of their keys.
    pub fn read<T>(
        &self,
        table: &Table,
        behind: &[Value],
        work: impl FnOnce(&mut Rows<'_>) -> Result<T, MoveError>,
    ) -> Result<T, MoveError> {
        let key = table.key_list();
        let places = (1..=behind.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
        let behind_it = if behind.is_empty() { String::new() } else { format!("where ({key}) > ({places})") };
        let sql = format!("select {} from {} {behind_it} order by {key}", table.list(), table.name);
        let mut statement = self.connection.prepare(&sql)?;
        work(&mut Rows { rows: statement.query(params_from_iter(behind))?, columns: table.columns.len() })
    }

    /// What a table comes to here.
    pub fn sum(&self, table: &Table) -> Result<Sum, MoveError> {
        self.read(table, &[], |rows| {
            let mut sum = Sum::default();
            while let Some(row) = rows.next()? {
                sum.add(&row);
            }
            Ok(sum)
        })
    }

    /// No hub starts on it any more. It may be marked already.
    pub fn mark_as_moved(self, move_id: &str, place: &str, now: Timestamp) -> Result<(), MoveError> {
        if self.mark()?.is_none() {
            self.connection.execute_batch(MARK)?;
            let add = "insert into moved_to (move_id, place, moved_at) values (?1, ?2, ?3)";
            self.connection.execute(add, [move_id, place, &time::text(now)])?;
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
    /// The next one's values, as both engines take them.
    pub fn next(&mut self) -> Result<Option<Vec<Arg<'_>>>, MoveError> {
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
        ValueRef::Real(_) => return Err(Fault::Column { column, why: "it is no whole number".to_owned() }),
    })
}
