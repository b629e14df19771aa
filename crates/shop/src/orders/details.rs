//! Changes the details of an open order beside its lines: table, guest, type, channel, note.

use domain::{OrderStatus, OrderType};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction};
use sqlite::ReadRow;
use web::{ApiError, Code, Word};

use crate::kitchen::{Slip, follow};
use crate::orders::Order;
use crate::orders::edit::Edit;
use crate::printing::tickets;
use crate::tenders;

/// A change of an order; `None` leaves a value unchanged, and the inner `None` removes it.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// Table of the guests.
    pub table_number: Option<Option<String>>,
    /// How the guest receives the order; decides the charges.
    pub order_type: Option<OrderType>,
    /// The tender of the delivery platform that it came from. Lines keep their prices.
    pub channel: Option<Option<String>>,
    /// Id of the customer.
    pub customer_id: Option<Option<String>>,
    /// Name of the guest.
    pub customer_name: Option<Option<String>>,
    /// Number of guests.
    pub pax: Option<Option<i64>>,
    /// Note on the whole order.
    pub note: Option<Option<String>>,
}

/// Changes an order.
///
/// # Errors
/// The refusals of a change (404, 409, 412), 409 `has_payments` for another channel, 422 `unknown_customer`,
/// `unknown_channel`.
pub fn change(
    tx: &Transaction<'_>,
    order_id: &str,
    details: Details,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    let before = edit.order.clone();
    let Details { table_number, order_type, channel, customer_id, customer_name, pax, note } = details;
    if let Some(customer_id) = customer_id {
        // The guest's name on the receipt, unless the change has another one.
        let name = customer_id.as_deref().map(|id| customer(tx, id)).transpose()?;
        edit.order.customer_id = customer_id;
        if let Some(name) = name {
            edit.order.customer_name = Some(name);
        }
    }
    if let Some(channel) = channel.filter(|channel| *channel != edit.order.channel) {
        edit.without_payments()?;
        channel.as_deref().map_or(Ok(()), |id| tenders::check_channel(tx, id))?;
        edit.order.channel = channel;
    }
    set(&mut edit.order.table_number, table_number);
    set(&mut edit.order.customer_name, customer_name);
    set(&mut edit.order.pax, pax);
    set(&mut edit.order.note, note);
    if let Some(order_type) = order_type {
        edit.order.order_type = Word::Known(order_type);
    }
    let must_be_noticed = before.note != edit.order.note || before.order_type != edit.order.order_type;
    let changed = follow::details_changed(tx, order_id, must_be_noticed, now)?;
    let tables = (before.table_number.as_deref(), edit.order.table_number.as_deref());
    let mut slips = follow::table_changed(tx, order_id, tables, now)?;
    // The paper of a move has the new note too.
    let is_moved = |slip: &Slip| slips.iter().any(|moved| moved.ticket_id == slip.ticket_id);
    let changed: Vec<_> = changed.into_iter().filter(|slip| !is_moved(slip)).collect();
    slips.extend(changed);
    let order = edit.finish(tx)?;
    tickets::print(tx, &slips, now)?;
    Ok(order)
}

fn set<T>(value: &mut T, change: Option<T>) {
    if let Some(change) = change {
        *value = change;
    }
}

fn customer(tx: &Transaction<'_>, id: &str) -> Result<String, ApiError> {
    let name = tx.prepare_cached("select name from customers where id = ?1")?.query_row([id], |row| row.read(0));
    name.optional()?.ok_or_else(|| Code::UnknownCustomer.with("id", id))
}

/// Moves an order to another table.
///
/// # Errors
/// The refusals of a change (404, 409, 412), 409 `table_occupied`: an open order is at this table; merge them, or choose
/// another table.
pub fn move_to(
    tx: &Transaction<'_>,
    order_id: &str,
    table: &str,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    let sql = format!(
        "select order_number from orders where status = '{}' and table_number = ?1 and id <> ?2 order by rowid limit 1",
        OrderStatus::Open
    );
    let occupied = tx.prepare_cached(&sql)?.query_row([table, order_id], |row| row.read::<String>(0)).optional()?;
    if let Some(number) = occupied {
        return Err(Code::TableOccupied.with("table", table).with("number", number));
    }
    let before = edit.order.table_number.replace(table.to_owned());
    let slips = follow::table_changed(tx, order_id, (before.as_deref(), Some(table)), now)?;
    let order = edit.write(tx)?;
    tickets::print(tx, &slips, now)?;
    Ok(order)
}
