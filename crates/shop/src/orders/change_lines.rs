//! Adds, changes and removes lines of an open order. Lines that were sent to be prepared are voided instead
//! ([`super::void_line`]).

use access::session::CurrentUser;
use domain::Money;
use domain::cart::{QtyScale, Quantity};
use jiff::Timestamp;
use protocol::limits::MAX_LINES;
use rusqlite::Transaction;
use web::{ApiError, Code, Problem, time};

use crate::kitchen::{self, Slip, counts};
use crate::orders::create::cart_refused;
use crate::orders::edit::Edit;
use crate::orders::lines::{self, NewLine};
use crate::orders::{Order, OrderLine};
use crate::prices::PriceList;
use crate::printing::tickets;
use crate::settings;

/// A change of a line; `None` leaves a value unchanged.
#[derive(Debug, Clone, Default)]
pub struct LineChange {
    /// The quantity in the line's scale. The price stays.
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
    if edit.order.lines.len() + new.len() > MAX_LINES {
        let too_many = Problem::TooManyEntries.with("most", MAX_LINES);
        return Err(Code::InvalidLines.field("lines", too_many));
    }
    let after = edit.order.lines.iter().map(|line| line.position).max().unwrap_or(0);
    let price_list = price_list(tx, &edit.order)?;
    let mut added = lines::price(tx, &user.id, &price_list, new, &mut edit.ids, now)?;
    for line in &mut added {
        line.position = line.position.saturating_add(after);
    }
    counts::take(tx, &added)?;
    edit.order.lines.append(&mut added);
    edit.finish(tx)
}

/// The prices for new lines of an order.
fn price_list(tx: &Transaction<'_>, order: &Order) -> Result<PriceList, ApiError> {
    let unreadable = || Code::UnreadableOrder.with("status", "order_type");
    let order_type = order.order_type.known().ok_or_else(unreadable)?;
    Ok(PriceList::read(tx, settings::shop(tx)?.day.zone, order_type, order.channel.as_deref())?)
}

/// Changes the quantity, the note or the course of a line that was not sent.
///
/// # Errors
/// The refusals of a change (404, 409, 412), 409 `discount_over_limit`, `sold_out`, 422 `invalid_quantity`.
pub fn change(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    (order_id, line_id): (&str, &str),
    change: LineChange,
    if_version: Option<i64>,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    let line = edit.unsent_line(line_id)?;
    if let Some(qty) = change.qty {
        let scale = QtyScale::from_decimals(line.qty_scale).unwrap_or_default();
        let amount_of = |qty| (Quantity { qty, scale }).amount(Money(line.price)).map_err(cart_refused);
        // An amount that was given, as by a barcode with a price, belongs to its quantity.
        if amount_of(line.qty)? != Money(line.amount) {
            return Err(Code::InvalidQuantity.field("qty", Problem::GivenAmount));
        }
        let amount = amount_of(qty)?;
        counts::change_quantity(tx, line, qty)?;
        (line.qty, line.amount) = (qty, amount.0);
    }
    if let Some(note) = change.note {
        line.note = note;
    }
    if let Some(course) = change.course {
        line.course = course;
    }
    edit.finish_within_limit(tx, user)
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
