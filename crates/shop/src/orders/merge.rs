//! Merges open orders into one: its lines move there and the whole is calculated again. The others become void. The order has the
//! notes of all, so that the kitchen misses none.

use std::collections::HashSet;

use access::session::CurrentUser;
use domain::OrderStatus;
use domain::text::NOTE;
use jiff::Timestamp;
use protocol::limits::{MAX_DISCOUNTS, MAX_LINES};
use rusqlite::Transaction;
use web::{ApiError, Code, Problem, Word, text, time};

use crate::kitchen::follow;
use crate::orders::Order;
use crate::orders::edit::Edit;
use crate::orders::store::move_line;
use crate::printing::tickets;

/// Maximum number of orders that are merged at once.
pub const MAX_MERGED: usize = 20;

/// Merges orders into the one with this id.
///
/// # Errors
/// The refusals of a change, for each order, 409 `has_payments` or `has_discounts`, 422 `invalid_merge`, `invalid_text`: the notes
/// are too long for one.
pub fn merge(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    from: &[String],
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let into = Edit::open(tx, order_id, if_version)?;
    into.without_payments()?;
    if from.contains(&into.order.id) {
        return Err(Code::InvalidMerge.field("from", Problem::Itself));
    }
    let different: HashSet<&String> = from.iter().collect();
    if different.len() != from.len() {
        return Err(Code::InvalidMerge.field("from", Problem::Twice));
    }
    let mut notes = vec![into.order.note.clone()];
    let (mut lines, mut discounts) = (into.order.lines.len(), into.order.discounts.len());
    for id in from {
        let other = Edit::open(tx, id, None)?;
        other.without_payments()?;
        // Of which part of the whole would it be?
        if let Some(given) = other.order.discounts.iter().find(|given| given.line_id.is_none()) {
            let name = given.name.clone().unwrap_or_else(|| given.kind.to_string());
            return Err(Code::HasDiscounts.with("number", other.order.order_number.clone()).with("name", name));
        }
        lines += other.order.lines.len();
        discounts += other.order.discounts.len();
        if lines > MAX_LINES || discounts > MAX_DISCOUNTS {
            return Err(Code::InvalidMerge.field("from", Problem::TooManyEntries.with("most", MAX_LINES)));
        }
        if !notes.contains(&other.order.note) {
            notes.push(other.order.note.clone());
        }
        empty(tx, user, other, &into.order, now)?;
    }
    // Read again, with the lines that have moved here.
    let mut merged = Edit::open(tx, order_id, None)?;
    let mut changed = Vec::new();
    if notes.len() > 1 {
        let all: Vec<_> = notes.into_iter().flatten().collect();
        merged.order.note = Some(text::required("note", &all.join("\n"), NOTE)?);
        changed = follow::details_changed(tx, order_id, true, now)?;
    }
    let order = merged.finish(tx)?;
    tickets::print(tx, &changed, now)?;
    Ok(order)
}

/// Moves the lines of an order away, and voids it.
fn empty(tx: &Transaction<'_>, user: &CurrentUser, other: Edit, into: &Order, now: Timestamp) -> Result<(), ApiError> {
    let from = other.order.id.clone();
    for line in &other.order.lines {
        move_line(tx, &from, &into.id, &line.id)?;
    }
    let (table, into_table) = (other.order.table_number.as_deref(), into.table_number.as_deref());
    tickets::print(tx, &follow::lines_moved(tx, (&from, table), (&into.id, into_table), now)?, now)?;
    let mut other = Edit::open(tx, &from, None)?;
    other.order.status = Word::Known(OrderStatus::Void);
    other.order.merged_into = Some(into.id.clone());
    other.order.void_requested_by = Some(user.id.clone());
    other.order.voided_at = Some(time::text(now));
    other.finish(tx)?;
    Ok(())
}
