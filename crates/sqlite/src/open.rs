//! Opens a database and migrates it. Nothing changes unless the file is ours and not newer than this program.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::{BUSY_TIMEOUT, OpenError, ReadRow, open_private, text};

/// The writer's page cache. A smaller one makes each order reread pages on a busy day.
const WRITER_CACHE_KIB: i64 = 8_192;

/// A schema: its migrations in order, and a table that identifies an incomplete database as ours.
#[derive(Debug)]
pub struct Schema {
    /// In order of version, from 1. A released migration is never edited.
    pub migrations: &'static [Migration],
    /// A table of every database with this schema, even of one that was created in part with the sqlite3 shell.
    pub marker: &'static str,
}

/// One migration. Its SQL can be rerun without effect and records itself in `schema_migrations`.
#[derive(Debug)]
pub struct Migration {
    /// From 1.
    pub version: i64,
    /// The name in `schema_migrations`. The name of version 1 distinguishes the outlet's databases from the hub's.
    pub name: &'static str,
    /// Plain SQL.
    pub sql: &'static str,
}

/// Opens the writer's connection and migrates the schema.
///
/// # Errors
/// [`OpenError`]; the file is then unchanged.
pub fn open(path: &Path, schema: &Schema) -> Result<Connection, OpenError> {
    let is_new = create_private(path)?;
    prepare(path, schema).inspect_err(|_| {
        if is_new {
            let _ = std::fs::remove_file(path);
        }
    })
}

fn prepare(path: &Path, schema: &Schema) -> Result<Connection, OpenError> {
    let fail = |error: rusqlite::Error| OpenError::from_sqlite(path, &error);
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fail)?;
    let at = version(&connection, path, schema)?;
    if connection.is_readonly("main").map_err(fail)? {
        return Err(OpenError::ReadOnly { path: path.to_owned() });
    }
    prepare_writer(&connection).map_err(fail)?;
    for migration in schema.migrations.iter().filter(|m| m.version > at) {
        connection.execute_batch(&format!("begin immediate; {} commit;", migration.sql)).map_err(fail)?;
    }
    // SQLite writes this to disk although nothing changes: a full disk is found now, not at the first sale.
    connection.execute_batch("begin immediate; update schema_migrations set name = name; commit;").map_err(fail)?;
    Ok(connection)
}

/// Sets up a connection for writing.
pub(crate) fn prepare_writer(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)
}

/// Opens a connection with our settings: foreign keys on, busy timeout set.
///
/// # Errors
/// The error from SQLite.
pub fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // Without this, SQLite prepares a statement with a range again for each new value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // A schema may come from another program: it must not call functions with side effects or be edited except by SQL.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Creates the file if necessary, readable by its owner only because it contains the hub key. Returns whether it is
/// new.
pub(crate) fn create_private(path: &Path) -> Result<bool, OpenError> {
    match std::fs::metadata(path) {
        Ok(found) if found.permissions().readonly() => Err(OpenError::ReadOnly { path: path.to_owned() }),
        Ok(_) => Ok(false),
        Err(_) => open_private(path, std::fs::OpenOptions::new().write(true).create_new(true))
            .map(|_| true)
            .map_err(|error| OpenError::from_system(path, &error)),
    }
}

/// Checks read-only that a file is a complete database of this schema and not newer than this program.
///
/// # Errors
/// [`OpenError`].
pub fn recognize(path: &Path, schema: &Schema) -> Result<(), OpenError> {
    let fail = |error: rusqlite::Error| OpenError::from_sqlite(path, &error);
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(fail)?;
    match version(&connection, path, schema)? {
        0 => Err(OpenError::NotOurs { path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// Reads the version of a file's schema without running anything from it.
pub(crate) fn version(connection: &Connection, path: &Path, schema: &Schema) -> Result<i64, OpenError> {
    let fail = |error: rusqlite::Error| OpenError::from_sqlite(path, &error);
    let has = |name: &str| {
        let sql = "select 1 from sqlite_master where type = 'table' and name = ?1";
        connection.query_row(sql, [name], |_| Ok(())).optional().map(|found| found.is_some())
    };
    let known = schema.migrations.last().map_or(0, |m| m.version);
    let tables: i64 = connection
        .query_row("select count(*) from sqlite_master where type = 'table'", [], |row| row.get(0))
        .map_err(fail)?;
    if !has("schema_migrations").map_err(fail)? {
        let ours = tables == 0 || has(schema.marker).map_err(fail)?;
        return if ours { Ok(0) } else { Err(OpenError::NotOurs { path: path.to_owned() }) };
    }
    let first: Option<String> = connection
        .query_row("select name from schema_migrations where version = 1", [], |row| row.get(0))
        .optional()
        .map_err(fail)?;
    if first.as_deref().is_some_and(|first| schema.migrations.first().is_some_and(|m| m.name != first)) {
        return Err(OpenError::NotOurs { path: path.to_owned() });
    }
    let found: i64 = connection
        .query_row("select coalesce(max(version), 0) from schema_migrations", [], |row| row.get(0))
        .map_err(fail)?;
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    // Each start writes to this table, so a trigger on it would run code of another program.
    let hook =
        "select name from sqlite_master where type = 'trigger' and tbl_name = 'schema_migrations' collate nocase";
    if let Some(name) = connection.query_row(hook, [], |row| row.read::<String>(0)).optional().map_err(fail)? {
        let what = format!("has the trigger {} on schema_migrations", text::escape(name.as_bytes()));
        return Err(OpenError::Tampered { path: path.to_owned(), what });
    }
    Ok(found)
}
