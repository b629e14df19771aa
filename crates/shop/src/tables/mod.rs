//! Dining tables by name, for the till to choose from. An order keeps the name it was given, not the table.

pub mod http;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code};

use crate::version::check_version;

/// Where guests sit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Table {
    /// UUIDv7.
    pub id: String,
    /// On the till; as `table_number` in orders.
    pub name: String,
    /// Part of the house.
    pub area: Option<String>,
    /// How many it seats.
    pub seats: Option<i64>,
    /// False: not in use now.
    pub active: bool,
    /// For `If-Match`.
    pub version: i64,
}

/// What a caller says of a table, checked.
#[derive(Debug)]
pub struct Fields {
    /// On the till.
    pub name: String,
    /// Part of the house.
    pub area: Option<String>,
    /// At least 1.
    pub seats: Option<i64>,
    /// False: not in use now.
    pub active: bool,
}

const SELECT: &str = "select t.id, t.name, t.area, t.seats, t.active, coalesce(s.version, 0) from tables t
    left join sync_state s on s.entity_type = 'table' and s.entity_id = t.id";

fn table(row: &Row<'_>) -> rusqlite::Result<Table> {
    Ok(Table {
        id: row.id(0)?,
        name: row.read(1)?,
        area: row.read(2)?,
        seats: row.read(3)?,
        active: row.read(4)?,
        version: row.read(5)?,
    })
}

/// A table by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Table, ApiError> {
    tx.prepare_cached(&format!("{SELECT} where t.id = ?1"))?
        .query_row([raw(id)], table)
        .optional()?
        .ok_or_else(|| Code::NotFound.because("table"))
}

/// A page of tables, by id.
///
/// # Errors
/// What SQLite said.
pub fn list(tx: &Transaction<'_>, after: &str, limit: i64) -> Result<Vec<Table>, Fault> {
    let mut statement = tx.prepare_cached(&format!("{SELECT} where t.id > ?1 order by t.id limit ?2"))?;
    Ok(statement.query_map(params![raw(after), limit], table)?.collect::<Result<_, _>>()?)
}

/// Makes a table.
///
/// # Errors
/// What SQLite said.
pub fn create(tx: &Transaction<'_>, fields: &Fields, id: Uuid) -> Result<Table, ApiError> {
    let id = id.to_string();
    tx.execute(
        "insert into tables (id, name, area, seats, active) values (?1, ?2, ?3, ?4, ?5)",
        params![id, fields.name, fields.area, fields.seats, fields.active],
    )?;
    get(tx, &id)
}

/// Changes a table.
///
/// # Errors
/// 404, 412.
pub fn update(tx: &Transaction<'_>, id: &str, fields: &Fields, if_version: Option<i64>) -> Result<Table, ApiError> {
    get(tx, id)?;
    check_version(tx, "table", id, if_version)?;
    tx.execute(
        "update tables set name = ?2, area = ?3, seats = ?4, active = ?5 where id = ?1",
        params![id, fields.name, fields.area, fields.seats, fields.active],
    )?;
    get(tx, id)
}

/// Deletes a table; orders keep its name.
///
/// # Errors
/// 404, 412.
pub fn delete(tx: &Transaction<'_>, id: &str, if_version: Option<i64>) -> Result<(), ApiError> {
    get(tx, id)?;
    check_version(tx, "table", id, if_version)?;
    tx.execute("delete from tables where id = ?1", [id])?;
    Ok(())
}
