//! What is open at each table.

use std::collections::HashMap;

use domain::OrderStatus;
use rusqlite::Transaction;
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;

/// A table in use, with its open orders.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TableState {
    /// Id of the table.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Part of the shop.
    pub area: Option<String>,
    /// Its open orders, the oldest first. None: the table is free.
    pub orders: Vec<OrderAtTable>,
}

/// An open order at a table.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderAtTable {
    /// UUIDv7.
    pub id: String,
    /// Number of the order for people.
    pub order_number: String,
    /// Number to call the order by, if it was created without a table.
    pub queue_no: Option<i64>,
    /// Amount due, in minor units (rupiah).
    pub total: i64,
    /// Amount paid, such as a deposit.
    pub paid: i64,
    /// When it was taken, RFC 3339 UTC.
    pub created_at: String,
    /// Who took it.
    pub cashier_name: Option<String>,
}

/// The tables in use by name, with what is open at them.
///
/// # Errors
/// The error from SQLite.
pub fn states(tx: &Transaction<'_>) -> Result<Vec<TableState>, Fault> {
    let mut at_tables = open_orders(tx)?;
    let sql = "select id, name, area from tables where active = 1 order by name, id";
    let mut statement = tx.prepare_cached(sql)?;
    let tables = statement.query_map([], |row| {
        let name: String = row.read(1)?;
        let orders = at_tables.remove(&name).unwrap_or_default();
        Ok(TableState { id: row.id(0)?, area: row.read(2)?, name, orders })
    })?;
    Ok(tables.collect::<Result<_, _>>()?)
}

/// The open orders by the name of their table.
fn open_orders(tx: &Transaction<'_>) -> Result<HashMap<String, Vec<OrderAtTable>>, Fault> {
    let sql = format!(
        "select o.table_number, o.id, o.order_number, o.queue_no, o.total, o.paid, o.created_at, u.name
         from orders o left join users u on u.id = o.cashier_id
         where o.status = '{}' and o.table_number is not null order by o.rowid",
        OrderStatus::Open
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut found: HashMap<String, Vec<OrderAtTable>> = HashMap::new();
    while let Some(row) = rows.next()? {
        found.entry(row.read(0)?).or_default().push(OrderAtTable {
            id: row.id(1)?,
            order_number: row.read(2)?,
            queue_no: row.read(3)?,
            total: row.read(4)?,
            paid: row.read(5)?,
            created_at: row.read(6)?,
            cashier_name: row.read(7)?,
        });
    }
    Ok(found)
}
