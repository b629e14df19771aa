//! Adds, changes and removes lines of an open order. Lines that were sent to be prepared are voided instead
//! ([`super::void_line`]).

use access::session::CurrentUser;
use domain::cart::{QtyScale, Quantity};
use domain::{ChosenOption, Money, PriceSource};
use jiff::Timestamp;
use protocol::limits::MAX_LINES;
use rusqlite::Transaction;
use web::{ApiError, Code, Problem, Word, time};

use crate::kitchen::{self, Slip, counts};
use crate::orders::create::cart_refused;
use crate::orders::edit::Edit;
use crate::orders::lines::{self, Item, NewLine};
use crate::orders::{Order, OrderLine};
use crate::prices::PriceList;
use crate::printing::tickets;
use crate::settings;

/// A change of a line; `None` leaves a value unchanged.
#[derive(Debug, Clone, Default)]
pub struct LineChange {
    /// The quantity in the line's scale. The line keeps its price; pieces that are added at another price are a new line.
    pub qty: Option<i64>,
    /// The note; the inner `None` removes it.
    pub note: Option<Option<String>>,
    /// The course; the inner `None` removes it.
    pub course: Option<Option<i64>>,
}

/// Adds lines at the prices of the moments at which they were added. Other lines keep their prices.
///
/// # Errors
/// The refusals of a change (404, 409, 412), those of a new order's lines, 409 `sold_out`.
pub fn add(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    new: &[NewLine],
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    let added = price(tx, user, &mut edit, new, now)?;
    append(tx, &mut edit, added)?;
    edit.finish(tx)
}

/// New lines for an order, at the prices of their moments.
fn price(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    edit: &mut Edit,
    new: &[NewLine],
    now: Timestamp,
) -> Result<Vec<OrderLine>, ApiError> {
    let price_list = price_list(tx, &edit.order)?;
    lines::price(tx, &user.id, &price_list, new, &mut edit.ids, now)
}

/// Puts new lines behind those of an order, and takes their pieces from the counts.
fn append(tx: &Transaction<'_>, edit: &mut Edit, mut added: Vec<OrderLine>) -> Result<(), ApiError> {
    if edit.order.lines.len() + added.len() > MAX_LINES {
        let too_many = Problem::TooManyEntries.with("most", MAX_LINES);
        return Err(Code::InvalidLines.field("lines", too_many));
    }
    let after = edit.order.lines.iter().map(|line| line.position).max().unwrap_or(0);
    for line in &mut added {
        line.position = line.position.saturating_add(after);
    }
    counts::take(tx, &added)?;
    edit.order.lines.append(&mut added);
    Ok(())
}

/// The prices for new lines of an order.
fn price_list(tx: &Transaction<'_>, order: &Order) -> Result<PriceList, ApiError> {
    let unreadable = || Code::UnreadableOrder.with("status", "order_type");
    let order_type = order.order_type.known().ok_or_else(unreadable)?;
    Ok(PriceList::read(tx, settings::shop(tx)?.day.zone, order_type, order.channel.as_deref())?)
}

/// Changes the quantity, the note or the course of a line that was not sent. The line keeps its price: if another one is in
/// force, what is added to it is a new line with the same choices, note and course.
///
/// # Errors
/// The refusals of a change (404, 409, 412), 409 `discount_over_limit`, `sold_out`, 422 `invalid_quantity`; for a larger
/// quantity also those of a new line.
pub fn change(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    (order_id, line_id): (&str, &str),
    change: LineChange,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    let line = edit.unsent_line(line_id)?;
    if let Some(note) = change.note {
        line.note = note;
    }
    if let Some(course) = change.course {
        line.course = course;
    }
    if let Some(qty) = change.qty {
        let line = line.clone();
        // An amount that was given, as by a barcode with a price, belongs to its quantity.
        if amount_of(&line, line.qty)? != Money(line.amount) {
            return Err(Code::InvalidQuantity.field("qty", Problem::GivenAmount));
        }
        match at_another_price(tx, user, &mut edit, &line, qty, now)? {
            Some(added) => append(tx, &mut edit, vec![added])?,
            None => {
                let amount = amount_of(&line, qty)?;
                counts::change_quantity(tx, &line, qty)?;
                let line = edit.unsent_line(line_id)?;
                (line.qty, line.amount) = (qty, amount.0);
            }
        }
    }
    edit.finish_within_limit(tx, user)
}

fn amount_of(line: &OrderLine, qty: i64) -> Result<Money, ApiError> {
    let scale = QtyScale::from_decimals(line.qty_scale).unwrap_or_default();
    (Quantity { qty, scale }).amount(Money(line.price)).map_err(cart_refused)
}

/// What a larger quantity adds to a line, as a line of its own, if its price is not that of the line any more. A price that a
/// person or a barcode gave is for all of the line.
fn at_another_price(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    edit: &mut Edit,
    line: &OrderLine,
    qty: i64,
    now: Timestamp,
) -> Result<Option<OrderLine>, ApiError> {
    let is_given = matches!(line.price_source, Some(Word::Known(PriceSource::Manual | PriceSource::Barcode)));
    if qty <= line.qty || is_given {
        return Ok(None);
    }
    let scale = QtyScale::from_decimals(line.qty_scale).unwrap_or_default();
    let quantity = Quantity { qty: qty - line.qty, scale };
    let chosen = line.modifiers.iter().map(|chosen| ChosenOption { id: chosen.id.clone(), qty: chosen.qty });
    let new = NewLine {
        item: Item::Product { id: line.product_id.clone(), quantity },
        variant_id: line.variant_id.clone(),
        modifiers: chosen.collect(),
        note: line.note.clone(),
        course: line.course,
        added_at: None,
    };
    let added = price(tx, user, edit, &[new], now)?.pop();
    Ok(added.filter(|added| added.price != line.price))
}

/// Removes a line that was not sent, with its discounts.
///
/// # Errors
/// The refusals of a change (404, 409, 412), 409 `discount_over_limit`.
pub fn remove(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    (order_id, line_id): (&str, &str),
    if_version: Option<i64>,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    let line = edit.unsent_line(line_id)?;
    counts::give_back(tx, [&*line])?;
    edit.order.lines.retain(|line| line.id != line_id);
    edit.order.discounts.retain(|discount| discount.line_id.as_deref() != Some(line_id));
    edit.finish_within_limit(tx, user)
}

/// Sends lines to be prepared, except those that were sent before: those of a course, or all. The stations get tickets.
/// Without such lines, nothing changes.
///
/// # Errors
/// The refusals of a change (404, 409, 412), 422 `unknown_course`.
pub fn send(
    tx: &Transaction<'_>,
    order_id: &str,
    course: Option<i64>,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    if let Some(course) = course
        && edit.order.lines.iter().all(|line| line.course != Some(course) || line.voided_at.is_some())
    {
        return Err(Code::UnknownCourse.with("course", course));
    }
    let unsent = unsent(&edit.order, |line| course.is_none() || line.course == course);
    mark_sent(&mut edit.order, &unsent, now);
    let slips = kitchen::send::send(tx, &edit.order, &unsent, now)?;
    let order = edit.write(tx)?;
    tickets::print(tx, &slips, now)?;
    Ok(order)
}

/// Sends what of a settled order was not sent: what is paid is made. Lines that nobody prepares stay as they are. Returns what
/// was made.
///
/// # Errors
/// The error from SQLite.
pub(super) fn send_settled(tx: &Transaction<'_>, order: &mut Order, now: Timestamp) -> Result<Vec<Slip>, ApiError> {
    let unsent = unsent(order, |line| kitchen::send::station(line).is_some());
    mark_sent(order, &unsent, now);
    Ok(kitchen::send::send(tx, order, &unsent, now)?)
}

/// The places of lines that can be sent.
fn unsent(order: &Order, wanted: impl Fn(&OrderLine) -> bool) -> Vec<usize> {
    let can_be_sent = |line: &OrderLine| line.sent_at.is_none() && line.voided_at.is_none() && wanted(line);
    order.lines.iter().enumerate().filter(|(_, line)| can_be_sent(line)).map(|(at, _)| at).collect()
}

fn mark_sent(order: &mut Order, lines: &[usize], now: Timestamp) {
    for &at in lines {
        order.lines[at].sent_at = Some(time::text(now));
    }
}
