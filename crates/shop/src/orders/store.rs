//! Reads and writes orders with their rows.

use rusqlite::{OptionalExtension, Transaction};
use sqlite::Fault;
use sqlite::text::raw;
use web::{ApiError, Code};

use crate::orders::{Order, OrderLine};
use crate::stored::{self, Child, Roots, Stored};
use crate::{kitchen, refunds};

/// An order by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Order, ApiError> {
    let found = tx
        .prepare_cached(&format!("select {} from orders where id = ?1", Order::COLUMNS))?
        .query_row([raw(id)], |row| Order::read_from(row, 0))
        .optional()?
        .ok_or_else(|| Code::NotFound.because("order"))?;
    let mut found = [found];
    load_details(tx, &mut found)?;
    let [order] = found;
    Ok(order)
}

/// Reads what belongs to these orders, with one query for each table for any number of orders: versions, lines, discounts,
/// charges, payments and refunds.
pub(crate) fn load_details(tx: &Transaction<'_>, orders: &mut [Order]) -> Result<(), Fault> {
    if orders.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = orders.iter().map(|order| order.id.clone()).collect();
    let roots = Roots::of(&ids);
    roots.load_versions(tx, "order", orders, |order| &mut order.version)?;
    roots.load(tx, orders, "position, id", |order| &mut order.lines)?;
    roots.load(tx, orders, "position, id", |order| &mut order.discounts)?;
    roots.load(tx, orders, "position, id", |order| &mut order.charges)?;
    roots.load(tx, orders, "id", |order| &mut order.payments)?;
    refunds::load_into(tx, orders)
}

/// Writes an order with its rows: inserts new ones and replaces changed ones. Child rows come first, so that the triggers
/// queue a new order once.
pub(crate) fn save(tx: &Transaction<'_>, order: &Order) -> Result<(), Fault> {
    let parent = Some(order.id.as_str());
    stored::upsert(tx, parent, &order.lines)?;
    stored::upsert(tx, parent, &order.discounts)?;
    stored::upsert(tx, parent, &order.charges)?;
    stored::upsert(tx, parent, &order.payments)?;
    stored::upsert(tx, None, [order])
}

/// Inserts the root row of an order.
pub(crate) fn insert_root(tx: &Transaction<'_>, order: &Order) -> Result<(), Fault> {
    stored::upsert(tx, None, [order])
}

/// Inserts a line.
pub(crate) fn insert_line(tx: &Transaction<'_>, order_id: &str, line: &OrderLine) -> Result<(), Fault> {
    stored::upsert(tx, Some(order_id), [line])
}

/// Like [`save`], for an order that exists as `before`: also deletes the lines, discounts and charges that it no longer
/// has.
pub(crate) fn replace(tx: &Transaction<'_>, before: &Order, order: &Order) -> Result<(), Fault> {
    delete_missing(tx, &order.id, &before.lines, &order.lines)?;
    delete_missing(tx, &order.id, &before.discounts, &order.discounts)?;
    delete_missing(tx, &order.id, &before.charges, &order.charges)?;
    save(tx, order)
}

fn delete_missing<C: Child>(tx: &Transaction<'_>, order_id: &str, before: &[C], after: &[C]) -> Result<(), Fault> {
    let sql = format!("delete from {} where {} = ?1 and id = ?2", C::TABLE, C::PARENT);
    for row in before.iter().filter(|row| !after.iter().any(|left| left.id() == row.id())) {
        tx.prepare_cached(&sql)?.execute([order_id, row.id()])?;
    }
    Ok(())
}

/// Moves a line and its discounts to another order, behind those that are there. The rows move, so that sync sends both
/// orders as one unit. Its line on a ticket follows.
pub(crate) fn move_line(tx: &Transaction<'_>, from: &str, to: &str, line: &str) -> Result<(), Fault> {
    let last = |table: &str| format!("(select coalesce(max(position), 0) from {table} where order_id = ?2)");
    let lines = format!(
        "update order_lines set order_id = ?2, from_order_id = coalesce(from_order_id, ?1), position = {} + 1
         where order_id = ?1 and id = ?3",
        last("order_lines")
    );
    tx.prepare_cached(&lines)?.execute([from, to, line])?;
    let discounts = format!(
        "update order_discounts set order_id = ?2, position = position + {} where order_id = ?1 and line_id = ?3",
        last("order_discounts")
    );
    tx.prepare_cached(&discounts)?.execute([from, to, line])?;
    kitchen::follow::line_moved(tx, from, to, line)
}
