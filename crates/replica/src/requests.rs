//! What people ask of the worker. A request is a row, so that the terminal, another process and the API ask alike, and
//! none is lost with a crash.

use protocol::wire::EntityRef;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// A request that the worker has not served yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Rises.
    pub id: i64,
    /// The entity to send on its own; none: everything that waits.
    pub only: Option<EntityRef>,
}

/// Asks for a round at once; its id says when it is served: then the row is gone.
///
/// # Errors
/// What SQLite said.
pub fn trigger(tx: &Transaction<'_>) -> Result<i64, Fault> {
    Ok(tx.query_row("insert into sync_requests (kind) values ('trigger') returning id", [], |row| row.read(0))?)
}

/// What is asked for, oldest first.
///
/// # Errors
/// What SQLite said.
pub fn open(tx: &Transaction<'_>) -> Result<Vec<Request>, Fault> {
    let mut statement =
        tx.prepare_cached("select id, entity_type, entity_id from sync_requests order by id limit 100")?;
    let rows = statement.query_map([], |row| {
        let (entity_type, entity_id): (Option<String>, Option<String>) = (row.read(1)?, row.read(2)?);
        let only = entity_type.zip(entity_id).map(|(entity_type, entity_id)| EntityRef { entity_type, entity_id });
        Ok(Request { id: row.read(0)?, only })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// These are served.
///
/// # Errors
/// What SQLite said.
pub fn served(tx: &Transaction<'_>, through: i64) -> Result<(), Fault> {
    tx.execute("delete from sync_requests where id <= ?1", [through])?;
    Ok(())
}

/// Whether a request is still open.
///
/// # Errors
/// What SQLite said.
pub fn is_open(tx: &Transaction<'_>, id: i64) -> Result<bool, Fault> {
    Ok(tx.query_row("select exists (select 1 from sync_requests where id = ?1)", [id], |row| row.read(0))?)
}
