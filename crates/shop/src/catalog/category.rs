//! Categories: how the menu is ordered.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code};

use crate::version::{check_version, version};

/// A group of products.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Category {
    /// UUIDv7.
    pub id: String,
    /// On the till.
    pub name: String,
    /// Order on the till, lowest first.
    pub position: i64,
    /// For `If-Match`.
    pub version: i64,
}

/// What a caller says of a category.
#[derive(Debug)]
pub struct Fields {
    /// On the till.
    pub name: String,
    /// Order on the till.
    pub position: i64,
}

/// A category by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Category, ApiError> {
    let found = tx
        .query_row("select id, name, position from categories where id = ?1", [raw(id)], |row| {
            Ok(Category { id: row.id(0)?, name: row.read(1)?, position: row.read(2)?, version: 0 })
        })
        .optional()?
        .ok_or_else(|| Code::NotFound.because("category"))?;
    Ok(Category { version: version(tx, "category", id)?, ..found })
}

/// A page of categories, by id.
///
/// # Errors
/// What SQLite said.
pub fn list(tx: &Transaction<'_>, after: &str, limit: i64) -> Result<Vec<Category>, Fault> {
    let sql = "select c.id, c.name, c.position, coalesce(s.version, 0) from categories c
        left join sync_state s on s.entity_type = 'category' and s.entity_id = c.id
        where c.id > ?1 order by c.id limit ?2";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![raw(after), limit], |row| {
        Ok(Category { id: row.id(0)?, name: row.read(1)?, position: row.read(2)?, version: row.read(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Makes a category.
///
/// # Errors
/// What SQLite said.
pub fn create(tx: &Transaction<'_>, fields: &Fields, id: Uuid) -> Result<Category, ApiError> {
    let id = id.to_string();
    tx.execute(
        "insert into categories (id, name, position) values (?1, ?2, ?3)",
        params![id, fields.name, fields.position],
    )?;
    get(tx, &id)
}

/// Changes a category.
///
/// # Errors
/// 404, 412.
pub fn update(tx: &Transaction<'_>, id: &str, fields: &Fields, if_version: Option<i64>) -> Result<Category, ApiError> {
    get(tx, id)?;
    check_version(tx, "category", id, if_version)?;
    tx.execute(
        "update categories set name = ?2, position = ?3 where id = ?1",
        params![id, fields.name, fields.position],
    )?;
    get(tx, id)
}

/// Deletes a category that no product is in.
///
/// # Errors
/// 404, 409 `category_in_use`, 412.
pub fn delete(tx: &Transaction<'_>, id: &str, if_version: Option<i64>) -> Result<(), ApiError> {
    get(tx, id)?;
    check_version(tx, "category", id, if_version)?;
    let used: bool =
        tx.query_row("select exists (select 1 from products where category_id = ?1)", [id], |row| row.read(0))?;
    if used {
        return Err(Code::CategoryInUse.into());
    }
    tx.execute("delete from categories where id = ?1", [id])?;
    Ok(())
}
