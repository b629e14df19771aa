//! The PostgreSQL database that is migrated into.

use jiff::Timestamp;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{ToSql, Type};
use postgres::{Client, Error};
use rusqlite::types::Value;
use web::{secret, time};

use super::source::{Rows, Source};
use super::table::Table;
use super::{MigrateError, Sum};
use crate::arg::Arg;
use crate::fault::Fault;
use crate::postgres::ConnectError;
use crate::schema::Schema;
use crate::{postgres as engine, row};

/// Limits of a chunk, in rows and bytes: small enough to repeat after an interruption, large enough for few commits.
const MAX_ROWS: u64 = 10_000;
const MAX_BYTES: usize = 4 << 20;

/// Advisory lock during a migration into a schema: "move" as a number.
const LOCK: i32 = 0x6d6f_7665;
/// A statement reads a whole table, and nobody else waits for it.
const SESSION: &str = "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0";

/// Source and progress of a migration. Complete are all tables whose name precedes table_name, and the rows of
/// table_name up to last_key (a JSON list). No node starts before ready_at is set. Only databases that were migrated
/// into have this table.
const PROGRESS: &str = r#"
    create table if not exists migrated_from (
      migration_id    text collate "C" primary key,
      place      text collate "C" not null,
      changes    bigint not null,
      table_name text collate "C" not null,
      last_key   text collate "C" not null,
      rows       bigint not null,
      begun_at   text collate "C" not null,
      ready_at   text collate "C"
    )"#;

/// A connection that holds the migration lock of its database.
pub(super) struct Target {
    client: Client,
    place: String,
}

/// A row of `migrated_from`.
#[derive(Debug)]
pub(super) struct Progress {
    pub migration_id: String,
    pub place: String,
    pub changes: i64,
    table_name: String,
    last_key: Vec<Value>,
    rows: u64,
    pub ready_at: Option<String>,
}

/// Refuses a database with an interrupted migration.
pub(crate) fn refuse_half_migrated(server: &engine::Server, client: &mut Client) -> Result<(), ConnectError> {
    let progress = progress(client).map_err(|error| server.unreachable(&error))?;
    match progress.filter(|progress| progress.ready_at.is_none()) {
        Some(progress) => Err(ConnectError::HalfMigrated { from: progress.place }),
        None => Ok(()),
    }
}

impl Target {
    /// Connects, creates the tables, and excludes other migrations.
    pub fn open(url: &str, schema: &Schema) -> Result<Self, MigrateError> {
        let server = engine::Server::parse(url)?;
        let mut target = Self { client: server.connect()?, place: server.place() };
        engine::migrate(&server, &mut target.client, schema)?;
        let alone = format!("{SESSION}; select pg_advisory_lock({LOCK}, hashtext(current_schema()))");
        target.client.batch_execute(&alone).map_err(|error| match error.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE) => MigrateError::UnderWay { place: server.place() },
            _ => failed(&server.place())(error),
        })?;
        Ok(target)
    }

    /// Host and database, without the password.
    pub fn place(&self) -> String {
        self.place.clone()
    }

    /// Progress of the migration into this database, if any.
    pub fn progress(&mut self) -> Result<Option<Progress>, MigrateError> {
        let place = self.place();
        progress(&mut self.client).map_err(failed(&place))
    }

    /// The id of the current migration.
    pub fn migration_id(&mut self) -> Result<String, MigrateError> {
        Ok(self.current_progress()?.migration_id)
    }

    fn current_progress(&mut self) -> Result<Progress, MigrateError> {
        let gone = MigrateError::Target { place: self.place(), why: "its table migrated_from is empty".to_owned() };
        self.progress()?.ok_or(gone)
    }

    /// Refuses a database that contains data of a hub.
    pub fn must_be_empty(&mut self, tables: &[Table]) -> Result<(), MigrateError> {
        for table in names(tables) {
            let sql = format!("select exists (select 1 from {table})");
            if self.client.query_one(&sql, &[]).map_err(failed(&self.place))?.get(0) {
                return Err(MigrateError::NotEmpty { place: self.place(), table: table.to_owned() });
            }
        }
        Ok(())
    }

    /// Starts a migration: deletes all rows and stores the session secret.
    pub fn begin(
        &mut self,
        source: &Source,
        tables: &[Table],
        sessions_secret: &str,
        now: Timestamp,
    ) -> Result<(), MigrateError> {
        let emptied: Vec<_> = names(tables).collect();
        let mut begin = || {
            let mut tx = self.client.transaction()?;
            tx.batch_execute(&format!("{PROGRESS}; truncate migrated_from, {}", emptied.join(", ")))?;
            let add = "insert into migrated_from (migration_id, place, changes, table_name, last_key, rows, begun_at)
                       values ($1, $2, $3, '', '[]', 0, $4)";
            tx.execute(add, &[&secret::random(), &source.place(), &source.changes(), &time::text(now)])?;
            tx.execute("insert into node_secrets (name, value) values ('sessions', $1)", &[&sessions_secret])?;
            tx.commit()
        };
        begin().map_err(failed(&self.place))
    }

    /// Copies the missing rows; reports the row count after each transaction.
    pub fn copy(&mut self, source: &Source, tables: &[Table], mut report: impl FnMut(u64)) -> Result<(), MigrateError> {
        let progress = self.current_progress()?;
        let mut rows = progress.rows;
        for table in tables.iter().filter(|table| table.name >= progress.table_name) {
            let behind = if table.name == progress.table_name { &progress.last_key[..] } else { &[] };
            source.read(table, behind, |from| {
                loop {
                    match self.copy_some(table, from)? {
                        0 => return Ok(()),
                        more => rows += more,
                    }
                    report(rows);
                }
            })?;
        }
        // Without this, the first queries are planned without statistics.
        let all: Vec<_> = names(tables).collect();
        self.client.batch_execute(&format!("analyze {}", all.join(", "))).map_err(failed(&self.place))
    }

    /// Copies one chunk; returns its row count.
    fn copy_some(&mut self, table: &Table, from: &mut Rows<'_>) -> Result<u64, MigrateError> {
        let place = self.place.clone();
        let mut tx = self.client.transaction().map_err(failed(&place))?;
        let copy = format!("copy {} ({}) from stdin binary", table.name, table.list());
        let mut writer = BinaryCopyInWriter::new(tx.copy_in(&copy).map_err(failed(&place))?, &table.kinds());
        let (mut rows, mut bytes, mut last_key) = (0, 0, String::new());
        while rows < MAX_ROWS && bytes < MAX_BYTES {
            let Some(row) = from.next()? else { break };
            let values: Vec<_> = row.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
            writer.write(&values).map_err(failed(&place))?;
            bytes += row.iter().map(size).sum::<usize>();
            last_key = key(table, &row);
            rows += 1;
        }
        writer.finish().map_err(failed(&place))?;
        if rows > 0 {
            let update = "update migrated_from set table_name = $1, last_key = $2, rows = rows + $3";
            let more = i64::try_from(rows).unwrap_or(i64::MAX);
            tx.execute(update, &[&table.name, &last_key, &more]).map_err(failed(&place))?;
        }
        tx.commit().map_err(failed(&place))?;
        Ok(rows)
    }

    /// Row count and hash of a table.
    pub fn sum(&mut self, table: &Table) -> Result<Sum, MigrateError> {
        let mut sum = Sum::default();
        let sql = format!("select {} from {}", table.list(), table.name);
        let none: [&(dyn ToSql + Sync); 0] = [];
        let mut rows = self.client.query_raw(&sql, none).map_err(failed(&self.place))?;
        while let Some(row) = rows.next().map_err(failed(&self.place))? {
            let values: Vec<_> = (0..table.columns.len()).map(|n| value(&row, n, table)).collect::<Result<_, _>>()?;
            sum.add(&values);
        }
        Ok(sum)
    }

    /// Marks the database as ready for nodes.
    pub fn ready(&mut self, now: Timestamp) -> Result<(), MigrateError> {
        let done = self.client.execute("update migrated_from set ready_at = $1", &[&time::text(now)]);
        done.map(|_| ()).map_err(failed(&self.place))
    }
}

fn failed(place: &str) -> impl Fn(Error) -> MigrateError {
    let place = place.to_owned();
    move |error| MigrateError::Target { place: place.clone(), why: engine::chain(&error) }
}

/// All tables with data of a hub.
fn names(tables: &[Table]) -> impl Iterator<Item = &str> {
    tables.iter().map(|table| table.name.as_str()).chain(["node_secrets"])
}

fn progress(client: &mut Client) -> Result<Option<Progress>, Error> {
    if client.query_one("select to_regclass('migrated_from') is null", &[])?.get(0) {
        return Ok(None);
    }
    let sql = "select migration_id, place, changes, table_name, last_key, rows, ready_at from migrated_from";
    Ok(client.query_opt(sql, &[])?.map(|row| Progress {
        migration_id: row.get(0),
        place: row.get(1),
        changes: row.get(2),
        table_name: row.get(3),
        last_key: key_values(row.get(4)),
        rows: row.get::<_, i64>(5).unsigned_abs(),
        ready_at: row.get(6),
    }))
}

fn value<'r>(row: &'r postgres::Row, column: usize, table: &Table) -> Result<Arg<'r>, Fault> {
    Ok(match table.columns[column].kind {
        Type::INT8 => row::int(row, column)?.into(),
        Type::BYTEA => row::blob(row, column)?.into(),
        _ => row::text(row, column)?.into(),
    })
}

fn size(value: &Arg<'_>) -> usize {
    match value {
        Arg::Text(text) => text.len(),
        Arg::Blob(bytes) => bytes.len(),
        _ => 8,
    }
}

/// A row's key as JSON, which can represent the NUL that PostgreSQL's text cannot.
fn key(table: &Table, row: &[Arg<'_>]) -> String {
    let value = |&column: &usize| match row[column] {
        Arg::Int(n) => serde_json::Value::from(n),
        Arg::Text(text) => serde_json::Value::from(text),
        _ => serde_json::Value::Null,
    };
    serde_json::Value::from_iter(table.key.iter().map(value)).to_string()
}

fn key_values(json: &str) -> Vec<Value> {
    let values: Vec<serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    let value = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => Value::Text(text),
        other => other.as_i64().map_or(Value::Null, Value::Integer),
    };
    values.into_iter().map(value).collect()
}
