//! Requests to the worker. Each is a row, so that terminal, API and other processes can make one and a crash loses
//! none.

use protocol::wire::EntityRef;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// A request that the worker has not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Increasing.
    pub id: i64,
    /// Individual push of this entity; `None`: everything that is pending.
    pub only: Option<EntityRef>,
}

/// Requests a round at once; returns the id of its row, which the worker deletes when it has served the request.
///
/// # Errors
/// The database failed.
pub fn trigger(tx: &Transaction<'_>) -> Result<i64, Fault> {
    Ok(tx.query_row("insert into sync_requests (kind) values ('trigger') returning id", [], |row| row.read(0))?)
}

/// Open requests, oldest first.
///
/// # Errors
/// The database failed.
pub fn list_open(tx: &Transaction<'_>) -> Result<Vec<Request>, Fault> {
    let mut statement =
        tx.prepare_cached("select id, entity_type, entity_id from sync_requests order by id limit 100")?;
    let rows = statement.query_map([], |row| {
        let (entity_type, entity_id): (Option<String>, Option<String>) = (row.read(1)?, row.read(2)?);
        let only = entity_type.zip(entity_id).map(|(entity_type, entity_id)| EntityRef { entity_type, entity_id });
        Ok(Request { id: row.read(0)?, only })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Deletes the served requests.
///
/// # Errors
/// The database failed.
pub fn delete_served(tx: &Transaction<'_>, through: i64) -> Result<(), Fault> {
    tx.execute("delete from sync_requests where id <= ?1", [through])?;
    Ok(())
}

/// Whether the worker has yet to serve a request.
///
/// # Errors
/// The database failed.
pub fn is_open(tx: &Transaction<'_>, id: i64) -> Result<bool, Fault> {
    Ok(tx.query_row("select exists (select 1 from sync_requests where id = ?1)", [id], |row| row.read(0))?)
}
