//! Reports which rows each commit of this process has changed, in memory and without a table of its own.
//!
//! Temporary triggers on the writer's connection note the keys of changed rows. They belong to that connection alone,
//! so they are in no file and in no backup. A change that is rolled back is not reported. What another process commits
//! is reported as [`Change::Unknown`], at the latest when the writer next checks its files.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// Keys reported of one table and commit; of more, only the table is reported.
pub const MAX_KEYS: usize = 200;
/// Keys noted in one commit, all tables together.
const MAX_NOTED: usize = 2_000;
/// The SQL function of the triggers. A schema cannot call it: it is not marked as innocuous.
const FUNCTION: &str = "gerai_changed";

/// A table whose changes are reported.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    /// Its name.
    pub table: &'static str,
    /// The column whose value is reported; `None`: only that the table has changed.
    pub key: Option<&'static str>,
    /// An update of other columns is not reported; empty: every update is.
    pub columns: &'static [&'static str],
}

/// What a commit has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Rows of a watched table.
    Rows {
        /// The place of the table in the list of watched tables.
        table: usize,
        /// Keys of the changed rows, in the order of the changes; `None`: too many, or the table reports no keys.
        keys: Option<Vec<String>>,
    },
    /// Another process has committed something.
    Unknown,
}

/// Receives the changes of a commit on the writer's thread, after its writes were answered: it must not block.
pub type Sink = Box<dyn Fn(Vec<Change>) + Send>;

/// Notes changes on the writer's connection.
pub(crate) struct Watcher {
    tables: &'static [Watched],
    sink: Sink,
    notes: Arc<Mutex<Notes>>,
    /// SQLite's count of other connections' commits at the last look.
    data_version: Option<i64>,
}

#[derive(Default)]
struct Notes {
    rows: Vec<(usize, String)>,
    /// Tables with changes whose keys were not noted.
    without_keys: Vec<usize>,
}

impl Notes {
    fn add(&mut self, table: usize, key: Option<String>) {
        match key {
            Some(key) if self.rows.len() < MAX_NOTED => self.rows.push((table, key)),
            _ if self.without_keys.contains(&table) => {}
            _ => self.without_keys.push(table),
        }
    }
}

impl Watcher {
    pub(crate) fn new(tables: &'static [Watched], sink: Sink) -> Self {
        Self { tables, sink, notes: Arc::default(), data_version: None }
    }

    /// Creates the triggers on a new connection. A table that is missing is not watched until the next connection.
    pub(crate) fn attach(&mut self, connection: &Connection) {
        let notes = Arc::clone(&self.notes);
        let note = move |context: &rusqlite::functions::Context<'_>| {
            let table = usize::try_from(context.get::<i64>(0)?).unwrap_or(usize::MAX);
            let key = match context.get_raw(1) {
                rusqlite::types::ValueRef::Null => None,
                rusqlite::types::ValueRef::Integer(key) => Some(key.to_string()),
                key => key.as_bytes().ok().map(|key| String::from_utf8_lossy(key).into_owned()),
            };
            notes.lock().unwrap_or_else(PoisonError::into_inner).add(table, key);
            Ok(None::<i64>)
        };
        if let Err(error) = connection.create_scalar_function(FUNCTION, 2, FunctionFlags::SQLITE_UTF8, note) {
            tracing::error!(%error, "changes of the database cannot be watched");
            return;
        }
        for (place, watched) in self.tables.iter().enumerate() {
            if let Err(error) = connection.execute_batch(&triggers(place, watched)) {
                tracing::error!(%error, table = watched.table, "changes of a table cannot be watched");
            }
        }
        self.data_version = data_version(connection);
    }

    /// Reports commits of other processes since the last look.
    pub(crate) fn look(&mut self, connection: &Connection) {
        let current = data_version(connection);
        if current.is_some() && std::mem::replace(&mut self.data_version, current) != current {
            (self.sink)(vec![Change::Unknown]);
        }
    }

    /// The number of notes, to return to if a job is rolled back.
    pub(crate) fn mark(&self) -> usize {
        self.notes().rows.len()
    }

    /// Discards the records after `mark`. A table recorded without keys stays recorded; readers then only read it once more.
    pub(crate) fn roll_back(&self, mark: usize) {
        self.notes().rows.truncate(mark);
    }

    /// Takes the notes of a transaction, which may have failed.
    pub(crate) fn take(&self) -> Vec<Change> {
        let Notes { rows, without_keys } = std::mem::take(&mut *self.notes());
        let mut by_table: BTreeMap<usize, Option<Vec<String>>> = BTreeMap::new();
        for (table, key) in rows {
            let keys = by_table.entry(table).or_insert_with(|| Some(Vec::new()));
            match keys {
                Some(known) if known.contains(&key) => {}
                Some(known) if known.len() < MAX_KEYS => known.push(key),
                _ => *keys = None,
            }
        }
        by_table.extend(without_keys.into_iter().map(|table| (table, None)));
        by_table.into_iter().map(|(table, keys)| Change::Rows { table, keys }).collect()
    }

    /// Reports the changes of a committed transaction.
    pub(crate) fn report(&self, changes: Vec<Change>) {
        if !changes.is_empty() {
            (self.sink)(changes);
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn data_version(connection: &Connection) -> Option<i64> {
    let mut statement = connection.prepare_cached("pragma data_version").ok()?;
    statement.query_row([], |row| row.get(0)).ok()
}

/// The triggers of a table. They call the function once per changed row, twice if its key changes.
fn triggers(place: usize, Watched { table, key, columns }: &Watched) -> String {
    let of = |row: &str| key.map_or_else(|| "null".to_owned(), |key| format!("{row}.{key}"));
    let (new, old) = (of("new"), of("old"));
    let is_changed: Vec<_> = columns.iter().map(|column| format!("new.{column} is not old.{column}")).collect();
    let when = if is_changed.is_empty() { String::new() } else { format!(" when {}", is_changed.join(" or ")) };
    let renamed =
        key.map_or_else(String::new, |_| format!(" select {FUNCTION}({place}, {old}) where {old} is not {new};"));
    let mut sql = String::new();
    for (event, body) in [
        ("insert", format!("select {FUNCTION}({place}, {new});")),
        ("delete", format!("select {FUNCTION}({place}, {old});")),
        ("update", format!("select {FUNCTION}({place}, {new});{renamed}")),
    ] {
        let when = if event == "update" { when.as_str() } else { "" };
        let name = format!("changed_{table}_{event}");
        let _ = writeln!(sql, "create temp trigger {name} after {event} on main.{table}{when} begin {body} end;");
    }
    sql
}
