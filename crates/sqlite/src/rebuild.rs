//! Builds a new database from the rows of an untrusted file.
//!
//! Triggers, views and expressions in a backup would run with the next write, so nothing of its schema is used: this
//! program creates its own tables and copies the rows of the tables that it knows, value by value, with all checks. A
//! file that lacks one of these tables or columns is rejected. Omitted objects and rows are counted and reported.
//! Reading is limited in time and in the size of a value; a row with a larger value is omitted.

mod rows;
mod source;
#[cfg(test)]
mod tests;

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use crate::open::{connect, create_private};
use crate::{CopyError, OpenError, ReadRow, Schema, disable_wal};
use source::{Object, Source, TABLE, TRIGGER};

/// The new database's page cache: rows arrive in no index order.
const CACHE_KIB: i64 = 65_536;
/// Largest accepted `autoincrement` value; beyond it no row could be added.
const MAX_NUMBER: i64 = 9_000_000_000_000_000;
/// Maximum number of reported names, and of characters in each.
const MAX_NAMED: usize = 20;
const MAX_CHARACTERS: usize = 80;

/// Which parts of the file were copied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Each table with its row counts.
    pub tables: Vec<TableRows>,
    /// Triggers, views, tables, indexes and columns that are not ours, at most `MAX_NAMED`.
    pub left_out: Vec<String>,
    /// Triggers of ours that the file lacks or has in another form: their effects may be missing.
    #[serde(skip)]
    pub triggers: Vec<String>,
}

/// How many rows of a table were copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRows {
    /// Its name.
    pub table: String,
    /// In the file.
    pub found: u64,
    /// In the new database.
    pub taken: u64,
    /// Some of the rows that fail the table's checks, with the failed check.
    pub refused: Vec<String>,
}

impl Rebuilt {
    /// Rows in the file.
    #[must_use]
    pub fn found(&self) -> u64 {
        self.tables.iter().map(|table| table.found).sum()
    }

    /// Rows in the new database.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.tables.iter().map(|table| table.taken).sum()
    }
}

/// Creates a database at the unused path `to` from the rows of `from`, with the same schema version. It is a single
/// file, and is on disk when this returns.
///
/// # Errors
/// [`CopyError`]; no file remains then.
pub fn rebuild(from: &Path, to: &Path, schema: &Schema) -> Result<Rebuilt, CopyError> {
    if !create_private(to)? {
        return Err(CopyError::Exists(to.to_owned()));
    }
    fill(from, to, schema).inspect_err(|_| crate::remove(to))
}

fn fill(from: &Path, to: &Path, schema: &Schema) -> Result<Rebuilt, CopyError> {
    let write = |error: rusqlite::Error| OpenError::from_sqlite(to, &error);
    let source = Source::open(from)?;
    let mut target = make(to, schema, source.version(schema)?).map_err(write)?;
    let (ours, theirs) = (source::objects(&target).map_err(write)?, source.objects()?);
    let foreign = theirs.iter().filter(|object| !ours.iter().any(|other| other.same_as(object))).map(Object::shown);
    let altered = ours.iter().filter(|object| object.kind == TRIGGER && !theirs.contains(object));
    let mut rebuilt = Rebuilt { triggers: altered.map(|object| object.name.clone()).collect(), ..Rebuilt::default() };
    let mut left_out: Vec<_> = foreign.collect();
    let tables: Vec<_> = ours.iter().filter(|object| object.kind == TABLE).collect();
    let mut columns = Vec::new();
    for table in &tables {
        if !theirs.iter().any(|other| other.same_as(table)) {
            return Err(source.tampered(format!("has no table {}", table.name)).into());
        }
        let (ours, theirs) = (source::columns(&target, &table.name).map_err(write)?, source.columns(&table.name)?);
        if let Some(missing) = ours.iter().find(|name| !theirs.contains(name)) {
            return Err(source.tampered(format!("has no column {missing} in its table {}", table.name)).into());
        }
        let foreign = theirs.iter().filter(|name| !ours.contains(name));
        left_out.extend(foreign.map(|name| shown(&format!("column {}.{name}", table.name))));
        columns.push(ours);
    }
    rebuilt.left_out = some_of(left_out);
    source.check(&tables, &theirs)?;
    let tx = target.transaction().map_err(write)?;
    for (table, columns) in tables.iter().zip(columns) {
        rebuilt.tables.push(rows::copy(&source, &tx, to, &table.name, columns)?);
    }
    // A number that was used once must not be used again, even if its row is gone.
    let numbers = if has_autoincrement(&tx).map_err(write)? { source.numbers(MAX_NUMBER) } else { Vec::new() };
    for (name, seq) in numbers {
        tx.execute("update sqlite_sequence set seq = ?2 where name = ?1 and seq < ?2", (&name, seq)).map_err(write)?;
        let add = "insert into sqlite_sequence (name, seq) select ?1, ?2
            where exists (select 1 from sqlite_master where name = ?1 and sql like '%autoincrement%')
              and not exists (select 1 from sqlite_sequence where name = ?1)";
        tx.execute(add, (&name, seq)).map_err(write)?;
    }
    tx.commit().map_err(write)?;
    finish(target, to, from)?;
    Ok(rebuilt)
}

/// Whether this version has `autoincrement` tables.
fn has_autoincrement(target: &Connection) -> rusqlite::Result<bool> {
    target.prepare("select 1 from sqlite_master where name = 'sqlite_sequence'")?.exists([])
}

/// Creates the tables of this version without triggers, which are created when the database is opened.
fn make(to: &Path, schema: &Schema, version: i64) -> rusqlite::Result<Connection> {
    let target = connect(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // The caller syncs the finished file to disk; an unfinished one is useless.
    target.pragma_update(None, "synchronous", "off")?;
    target.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // The rows were checked when they were written. Orphans from a shell must not prevent a restore.
    target.pragma_update(None, "foreign_keys", false)?;
    for migration in schema.migrations.iter().filter(|migration| migration.version <= version) {
        target.execute_batch(&format!("begin immediate; {} commit;", migration.sql))?;
    }
    target.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    Ok(target)
}

fn finish(target: Connection, to: &Path, from: &Path) -> Result<(), CopyError> {
    let write = |error: rusqlite::Error| OpenError::from_sqlite(to, &error);
    disable_wal(&target).map_err(write)?;
    let message: String = target.query_row("pragma integrity_check(1)", [], |row| row.read(0)).map_err(write)?;
    if message != "ok" {
        return Err(CopyError::Damaged { path: from.to_owned(), message });
    }
    drop(target);
    let synced = std::fs::File::open(to).and_then(|file| file.sync_all());
    Ok(synced.map_err(|error| OpenError::from_system(to, &error))?)
}

/// Escapes text from an untrusted file for a terminal.
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
