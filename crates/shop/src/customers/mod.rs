//! Guests whom the shop wants to know again. An order keeps the name as it was said, not the customer.

pub mod http;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code};

use crate::duplicates;
use crate::version::check_version;

/// A guest.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Customer {
    /// UUIDv7.
    pub id: String,
    /// As the guest says it.
    pub name: String,
    /// As the guest says it.
    pub phone: Option<String>,
    /// As the guest says it.
    pub email: Option<String>,
    /// For the staff.
    pub note: Option<String>,
    /// For `If-Match`.
    pub version: i64,
    /// What somebody should look at, in words: a phone number that another one has too. In the answer to a change
    /// only; absent where there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub warnings: Vec<String>,
}

/// What a caller says of a customer, checked.
#[derive(Debug)]
pub struct Fields {
    /// As the guest says it.
    pub name: String,
    /// As the guest says it.
    pub phone: Option<String>,
    /// As the guest says it.
    pub email: Option<String>,
    /// For the staff.
    pub note: Option<String>,
}

const SELECT: &str = "select c.id, c.name, c.phone, c.email, c.note, coalesce(s.version, 0) from customers c
    left join sync_state s on s.entity_type = 'customer' and s.entity_id = c.id";

fn customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        id: row.id(0)?,
        name: row.read(1)?,
        phone: row.read(2)?,
        email: row.read(3)?,
        note: row.read(4)?,
        version: row.read(5)?,
        warnings: Vec::new(),
    })
}

/// A customer by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Customer, ApiError> {
    tx.prepare_cached(&format!("{SELECT} where c.id = ?1"))?
        .query_row([raw(id)], customer)
        .optional()?
        .ok_or_else(|| Code::NotFound.because("customer"))
}

/// A page of customers, by id.
///
/// # Errors
/// What SQLite said.
pub fn list(tx: &Transaction<'_>, after: &str, limit: i64) -> Result<Vec<Customer>, Fault> {
    let mut statement = tx.prepare_cached(&format!("{SELECT} where c.id > ?1 order by c.id limit ?2"))?;
    Ok(statement.query_map(params![raw(after), limit], customer)?.collect::<Result<_, _>>()?)
}

/// Makes a customer.
///
/// # Errors
/// What SQLite said.
pub fn create(tx: &Transaction<'_>, fields: &Fields, id: Uuid) -> Result<Customer, ApiError> {
    let id = id.to_string();
    tx.execute(
        "insert into customers (id, name, phone, email, note) values (?1, ?2, ?3, ?4, ?5)",
        params![id, fields.name, fields.phone, fields.email, fields.note],
    )?;
    written(tx, &id)
}

/// Changes a customer.
///
/// # Errors
/// 404, 412.
pub fn update(tx: &Transaction<'_>, id: &str, fields: &Fields, if_version: Option<i64>) -> Result<Customer, ApiError> {
    get(tx, id)?;
    check_version(tx, "customer", id, if_version)?;
    tx.execute(
        "update customers set name = ?2, phone = ?3, email = ?4, note = ?5 where id = ?1",
        params![id, fields.name, fields.phone, fields.email, fields.note],
    )?;
    written(tx, id)
}

/// A customer as just written, with what should be looked at.
fn written(tx: &Transaction<'_>, id: &str) -> Result<Customer, ApiError> {
    Ok(Customer { warnings: duplicates::warnings(tx, "customer", id)?, ..get(tx, id)? })
}

/// Deletes a customer; orders keep the name.
///
/// # Errors
/// 404, 412.
pub fn delete(tx: &Transaction<'_>, id: &str, if_version: Option<i64>) -> Result<(), ApiError> {
    get(tx, id)?;
    check_version(tx, "customer", id, if_version)?;
    tx.execute("delete from customers where id = ?1", [id])?;
    Ok(())
}
