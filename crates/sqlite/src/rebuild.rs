//! A new database made from the rows of a file that may come from anybody.
//!
//! Triggers, views and expressions in a backup would run with the next write. So nothing of its schema is used: this
//! program makes its tables, and copies the rows of the tables that it knows into them, value by value, checks included.
//! A file that lacks one of these tables or columns is refused. What is left out, objects and rows, is counted and named.
//! Reading is bounded in time and in the size of a value; a row with a larger one is left out.

mod rows;
mod source;
#[cfg(test)]
mod tests;

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use crate::open::{connect, create_private};
use crate::{CopyError, OpenError, ReadRow, Schema, one_file};
use source::{Object, Source, TABLE, TRIGGER};

/// Pages that the copy keeps in memory: rows reach its indexes in no order.
const CACHE_KIB: i64 = 65_536;
/// The largest number that [`rebuild`] takes for an `autoincrement`; beyond it no row could be added.
const MAX_NUMBER: i64 = 9_000_000_000_000_000;
/// What is named at once, and how much of a name.
const MAX_NAMED: usize = 20;
const MAX_CHARACTERS: usize = 80;

/// What was taken from a file and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Each table, with its rows on both sides.
    pub tables: Vec<TableRows>,
    /// In words, `MAX_NAMED` at the most: triggers, views, tables, indexes and columns that are not ours.
    pub left_out: Vec<String>,
    /// Triggers of ours that the file lacks or has in another form: what they do may not have been done.
    #[serde(skip)]
    pub triggers: Vec<String>,
}

/// How many rows of a table arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRows {
    /// Its name.
    pub table: String,
    /// In the file.
    pub found: u64,
    /// In the new database.
    pub taken: u64,
    /// In words, a few of those that do not pass the table's checks: which row, and which check.
    pub refused: Vec<String>,
}

impl Rebuilt {
    /// Rows of the file.
    #[must_use]
    pub fn found(&self) -> u64 {
        self.tables.iter().map(|table| table.found).sum()
    }

    /// Rows of the new database.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.tables.iter().map(|table| table.taken).sum()
    }
}

/// Makes a database at `to`, where nothing is yet, from the rows of `from`. It has the version that `from` has, is one file,
/// and is on disk.
///
/// # Errors
/// [`CopyError`]; nothing is left behind.
pub fn rebuild(from: &Path, to: &Path, schema: &Schema) -> Result<Rebuilt, CopyError> {
    if !create_private(to)? {
        return Err(CopyError::Exists(to.to_owned()));
    }
    fill(from, to, schema).inspect_err(|_| crate::remove(to))
}

fn fill(from: &Path, to: &Path, schema: &Schema) -> Result<Rebuilt, CopyError> {
    let write = |error: rusqlite::Error| OpenError::from_sqlite(to, &error);
    let source = Source::open(from)?;
    let mut made = make(to, schema, source.version(schema)?).map_err(write)?;
    let (ours, theirs) = (source::objects(&made).map_err(write)?, source.objects()?);
    let foreign = theirs.iter().filter(|object| !ours.iter().any(|other| other.is(object))).map(Object::shown);
    let altered = ours.iter().filter(|object| object.kind == TRIGGER && !theirs.contains(object));
    let mut rebuilt = Rebuilt { triggers: altered.map(|object| object.name.clone()).collect(), ..Rebuilt::default() };
    let mut left_out: Vec<_> = foreign.collect();
    let tables: Vec<_> = ours.iter().filter(|object| object.kind == TABLE).collect();
    let mut columns = Vec::new();
    for table in &tables {
        if !theirs.iter().any(|other| other.is(table)) {
            return Err(source.tampered(format!("has no table {}", table.name)).into());
        }
        let (ours, theirs) = (source::columns(&made, &table.name).map_err(write)?, source.columns(&table.name)?);
        if let Some(lacking) = ours.iter().find(|name| !theirs.contains(name)) {
            return Err(source.tampered(format!("has no column {lacking} in its table {}", table.name)).into());
        }
        let foreign = theirs.iter().filter(|name| !ours.contains(name));
        left_out.extend(foreign.map(|name| shown(&format!("column {}.{name}", table.name))));
        columns.push(ours);
    }
    rebuilt.left_out = some_of(left_out);
    source.check(&tables, &theirs)?;
    let tx = made.transaction().map_err(write)?;
    for (table, columns) in tables.iter().zip(columns) {
        rebuilt.tables.push(rows::copy(&source, &tx, to, &table.name, columns)?);
    }
    // Numbers that were given once are not given again, also where their rows have gone.
    let numbers = if numbered(&tx).map_err(write)? { source.numbers(MAX_NUMBER) } else { Vec::new() };
    for (name, seq) in numbers {
        tx.execute("update sqlite_sequence set seq = ?2 where name = ?1 and seq < ?2", (&name, seq)).map_err(write)?;
        let add = "insert into sqlite_sequence (name, seq) select ?1, ?2
            where exists (select 1 from sqlite_master where name = ?1 and sql like '%autoincrement%')
              and not exists (select 1 from sqlite_sequence where name = ?1)";
        tx.execute(add, (&name, seq)).map_err(write)?;
    }
    tx.commit().map_err(write)?;
    finish(made, to, from)?;
    Ok(rebuilt)
}

/// Whether this version has tables that count by themselves.
fn numbered(made: &Connection) -> rusqlite::Result<bool> {
    made.prepare("select 1 from sqlite_master where name = 'sqlite_sequence'")?.exists([])
}

/// The tables of this version, for rows alone: their triggers wait until the database is opened again.
fn make(to: &Path, schema: &Schema, version: i64) -> rusqlite::Result<Connection> {
    let made = connect(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Every row is on disk when this function's caller goes on; until then the file is of no use.
    made.pragma_update(None, "synchronous", "off")?;
    made.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // What is copied was checked when it was written; orphans that a shell has left are no reason to have no backup.
    made.pragma_update(None, "foreign_keys", false)?;
    for migration in schema.migrations.iter().filter(|migration| migration.version <= version) {
        made.execute_batch(&format!("begin immediate; {} commit;", migration.sql))?;
    }
    made.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    Ok(made)
}

fn finish(made: Connection, to: &Path, from: &Path) -> Result<(), CopyError> {
    let write = |error: rusqlite::Error| OpenError::from_sqlite(to, &error);
    one_file(&made).map_err(write)?;
    let said: String = made.query_row("pragma integrity_check(1)", [], |row| row.read(0)).map_err(write)?;
    if said != "ok" {
        return Err(CopyError::Damaged { path: from.to_owned(), said });
    }
    drop(made);
    let synced = std::fs::File::open(to).and_then(|file| file.sync_all());
    Ok(synced.map_err(|error| OpenError::from_system(to, &error))?)
}

/// Words from a stranger's file, for a line on a terminal.
fn shown(words: &str) -> String {
    let mut all = words.chars().map(|c| match c {
        '\n' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    });
    let mut short: String = all.by_ref().take(MAX_CHARACTERS).collect();
    if all.next().is_some() {
        short.push('…');
    }
    short
}

fn some_of(mut things: Vec<String>) -> Vec<String> {
    let more = things.len().saturating_sub(MAX_NAMED);
    if more > 0 {
        things.truncate(MAX_NAMED);
        things.push(format!("{more} more"));
    }
    things
}
