//! Splits an open order by line: pieces of it become orders of their own.
//!
//! The parts are allotted from one calculation of the whole, so they add up to it in every amount. A part that is changed
//! later is calculated alone; the others stay.

use access::session::CurrentUser;
use domain::cart::split::{Piece, SplitRefused, by_lines};
use domain::cart::{self, Amounts, ChargeAmount, Totals};
use domain::{DiscountKind, IdSeries, Money};
use jiff::Timestamp;
use rusqlite::Transaction;
use uuid::Uuid;
use web::{ApiError, Code, Problem, time};

use crate::kitchen::follow;
use crate::orders::calculate::{Input, set_amounts};
use crate::orders::create::cart_refused;
use crate::orders::edit::Edit;
use crate::orders::store::{insert_line, insert_root, move_line, replace};
use crate::orders::{Order, OrderDiscount, OrderLine, get, number, save};
use crate::settings;

/// Maximum number of orders that one command makes.
pub const MAX_PARTS: usize = 20;

/// Pieces that become a part of an order of their own.
#[derive(Debug, Clone)]
pub struct LinePart {
    /// The line.
    pub line_id: String,
    /// How much of it, in the line's scale; `None`: the whole line.
    pub qty: Option<i64>,
}

/// Splits an order; at least one line stays. Returns the order and the new ones.
///
/// # Errors
/// The refusals of a change (404, 409, 412), 409 `has_payments`, 422 `invalid_split`.
pub fn split(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    parts: &[Vec<LinePart>],
    code: Option<&str>,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Vec<Order>, ApiError> {
    let edit = Edit::open(tx, order_id, if_version)?;
    edit.without_payments()?;
    let source = edit.order;
    let input = Input::of(tx, &source)?;
    let pieces = pieces(&source, &input, parts)?;
    let allotted = by_lines(input.cart(), &whole(&source, &input)?, &pieces).map_err(refused)?;
    let shop = settings::shop(tx)?;
    let mut ids = IdSeries::from(Uuid::now_v7());
    let mut orders = vec![source.id.clone()];
    for (pieces, totals) in pieces.iter().zip(&allotted).skip(1) {
        let outlet = shop.outlet_code.as_deref().or(code).unwrap_or("OUTLET");
        let root = Order {
            id: Uuid::now_v7().to_string(),
            order_number: number::next(tx, outlet, input.date)?,
            cashier_id: Some(user.id.clone()),
            split_from: Some(source.id.clone()),
            created_at: time::text(now),
            lines: Vec::new(),
            discounts: Vec::new(),
            charges: Vec::new(),
            // A deposit that was taken back stays with the order that it was paid for.
            payments: Vec::new(),
            ..source.clone()
        };
        let part = Part { source: &source, input: &input, pieces, totals }.order(root, &mut ids);
        insert_root(tx, &part)?;
        for (line, piece) in part.lines.iter().zip(pieces) {
            let whole = &source.lines[input.live[piece.line]].id;
            if line.id != *whole {
                insert_line(tx, &source.id, line)?;
                follow::line_cut(tx, &source.id, (whole, &line.id), false)?;
            }
            move_line(tx, &source.id, &part.id, &line.id)?;
        }
        let table = source.table_number.as_deref();
        follow::lines_moved(tx, (&source.id, table), (&part.id, table), now)?;
        save(tx, &part)?;
        orders.push(part.id);
    }
    let void = source.lines.iter().filter(|line| line.voided_at.is_some()).cloned().collect();
    let root = Order { lines: void, discounts: Vec::new(), ..source.clone() };
    let rest = Part { source: &source, input: &input, pieces: &pieces[0], totals: &allotted[0] }.order(root, &mut ids);
    replace(tx, &source, &rest)?;
    orders.iter().map(|id| get(tx, id)).collect()
}

/// The pieces of each part: first the rest, then the new orders.
fn pieces(order: &Order, input: &Input, parts: &[Vec<LinePart>]) -> Result<Vec<Vec<Piece>>, ApiError> {
    let invalid = |field: String, problem: Problem| Code::InvalidSplit.field("parts", problem).within(&field);
    let mut left: Vec<i64> = input.live.iter().map(|&at| order.lines[at].qty).collect();
    let mut pieces = vec![Vec::new()];
    for (at, part) in parts.iter().enumerate() {
        let mut taken = Vec::with_capacity(part.len());
        for wanted in part {
            let line = input.live.iter().position(|&at| order.lines[at].id == wanted.line_id);
            let line = line.ok_or_else(|| invalid(format!("parts[{at}]"), Problem::NotFound))?;
            let qty = wanted.qty.unwrap_or(order.lines[input.live[line]].qty);
            left[line] = left[line].saturating_sub(qty);
            taken.push(Piece { line, qty });
        }
        pieces.push(taken);
    }
    pieces[0] = (0..).zip(left).filter(|(_, qty)| *qty > 0).map(|(line, qty)| Piece { line, qty }).collect();
    Ok(pieces)
}

/// The calculation of the whole order: as stored, or a new one if a charge of it is no longer in force.
fn whole(order: &Order, input: &Input) -> Result<Totals, ApiError> {
    let charge = |stored: &super::Charge| {
        let charge = input.charges().iter().position(|charge| charge.id == stored.charge_id)?;
        Some(ChargeAmount { charge, base: Money(stored.base), amount: Money(stored.amount) })
    };
    let Some(charges) = order.charges.iter().map(charge).collect() else {
        return cart::totals(input.cart()).map_err(cart_refused);
    };
    let amounts = |line: &OrderLine| Amounts {
        subtotal: Money(line.amount),
        discount: Money(line.discount),
        service: Money(line.service),
        tax: Money(line.tax),
        tax_included: Money(line.tax_included),
    };
    let lines: Vec<Amounts> = input.live.iter().map(|&at| amounts(&order.lines[at])).collect();
    let sum = Amounts::sum(lines.iter().copied()).map_err(|overflow| cart_refused(overflow.into()))?;
    let discounts = order.discounts.iter().map(|given| Money(given.amount)).collect();
    Ok(Totals { order: sum, lines, discounts, charges })
}

/// A part of an order.
struct Part<'a> {
    source: &'a Order,
    input: &'a Input,
    pieces: &'a [Piece],
    totals: &'a Totals,
}

impl Part<'_> {
    /// Adds the rows of the part to an order. A whole line keeps its id; in the order that is split, so does the rest of a
    /// line.
    fn order(&self, mut order: Order, ids: &mut IdSeries) -> Order {
        let is_rest = order.id == self.source.id;
        for (piece, position) in self.pieces.iter().zip(1..) {
            let line = self.line(piece);
            let is_whole = piece.qty == line.qty;
            order.lines.push(OrderLine {
                id: if is_rest || is_whole { line.id.clone() } else { ids.next_text() },
                position: if is_rest { line.position } else { position },
                qty: piece.qty,
                from_order_id: if is_rest { line.from_order_id.clone() } else { Some(self.source.id.clone()) },
                ..line.clone()
            });
        }
        let first = order.lines.len() - self.pieces.len();
        for (given, amount) in self.source.discounts.iter().zip(&self.totals.discounts) {
            let line = given.line_id.as_ref().map(|id| self.pieces.iter().position(|piece| self.line(piece).id == *id));
            let line_id = match line {
                None if *amount == Money::ZERO && !is_rest => continue,
                None => None,
                Some(None) => continue,
                Some(Some(at)) => Some(order.lines[first + at].id.clone()),
            };
            let keeps_id = is_rest || (given.line_id.is_some() && line_id == given.line_id);
            order.discounts.push(OrderDiscount {
                id: if keeps_id { given.id.clone() } else { ids.next_text() },
                amount: amount.0,
                value: if given.kind.known() == Some(DiscountKind::Amount) { Some(amount.0) } else { given.value },
                line_id,
                ..given.clone()
            });
        }
        let lines: Vec<usize> = (first..order.lines.len()).collect();
        for (&at, amounts) in lines.iter().zip(&self.totals.lines) {
            order.lines[at].amount = amounts.subtotal.0;
        }
        set_amounts(&mut order, &lines, self.totals, self.input.charges(), ids);
        order
    }

    fn line(&self, piece: &Piece) -> &OrderLine {
        &self.source.lines[self.input.live[piece.line]]
    }
}

fn refused(refused: SplitRefused) -> ApiError {
    let problem = match refused {
        SplitRefused::EmptyPart => Problem::Empty,
        SplitRefused::RepeatedLine => Problem::Twice,
        SplitRefused::Weighed => Problem::Weighed,
        SplitRefused::UnknownLine | SplitRefused::OtherTotals => Problem::NotFound,
        SplitRefused::WrongQuantity => Problem::MoreThanThereIs,
        SplitRefused::Overflow(_) => return Code::AmountTooLarge.into(),
    };
    Code::InvalidSplit.field("parts", problem)
}
