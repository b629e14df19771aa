//! Calculates an open order from its rows: shares of lines, amounts of discounts and charges, totals.

use std::collections::HashMap;

use domain::cart::{self, Cart, Discount, DiscountValue, InForce, Line, QtyScale, Quantity, Totals};
use domain::{BasisPoints, BusinessDate, ChargeKind, DiscountKind, IdSeries, Money};
use protocol::rule::{Rule, disabled};
use protocol::validate::display_text;
use rusqlite::Transaction;
use web::{ApiError, Code, Word};

use crate::charges;
use crate::orders::create::cart_refused;
use crate::orders::{Charge, Order, OrderDiscount, OrderLine};

/// The input of a calculation, as read from an order.
#[derive(Debug)]
pub(super) struct Input {
    /// Indexes of the lines that are not void.
    pub live: Vec<usize>,
    /// The order's business date.
    pub date: BusinessDate,
    lines: Vec<Line>,
    discounts: Vec<Discount>,
    in_force: InForce,
}

impl Input {
    /// Reads the live lines and the discounts of an order, and the charges in force for it.
    ///
    /// # Errors
    /// 409 `unreadable_order`: a value that decides an amount is unknown.
    pub(super) fn of(tx: &Transaction<'_>, order: &Order) -> Result<Self, ApiError> {
        let unreadable = |field: &str| Code::UnreadableOrder.with("status", field);
        let date = BusinessDate::parse(&order.business_date).ok_or_else(|| unreadable("business_date"))?;
        let order_type = order.order_type.known().ok_or_else(|| unreadable("order_type"))?;
        let live: Vec<usize> = (0..order.lines.len()).filter(|&at| order.lines[at].voided_at.is_none()).collect();
        let lines = live.iter().map(|&at| line(&order.lines[at])).collect::<Option<_>>();
        let places: HashMap<&str, usize> =
            live.iter().enumerate().map(|(place, &at)| (order.lines[at].id.as_str(), place)).collect();
        let discounts = order.discounts.iter().map(|given| discount(given, &places)).collect::<Option<_>>();
        Ok(Self {
            lines: lines.ok_or_else(|| unreadable("lines"))?,
            discounts: discounts.ok_or_else(|| unreadable("discounts"))?,
            in_force: charges::in_force(tx, date, order_type)?,
            live,
            date,
        })
    }

    pub(super) fn cart(&self) -> Cart<'_> {
        Cart { lines: &self.lines, discounts: &self.discounts, charges: &self.in_force.charges }
    }

    /// The charges of the cart.
    pub(super) fn charges(&self) -> &[cart::Charge] {
        &self.in_force.charges
    }
}

fn line(line: &OrderLine) -> Option<Line> {
    let quantity = Quantity { qty: line.qty, scale: QtyScale::from_decimals(line.qty_scale)? };
    Some(Line { amount: Money(line.amount), quantity, tax_group: line.tax_group.known()? })
}

/// A discount with the place of its line.
fn discount(given: &OrderDiscount, places: &HashMap<&str, usize>) -> Option<Discount> {
    let value = match given.kind.known()? {
        DiscountKind::Percent => DiscountValue::Percent(BasisPoints(given.rate_bp?)),
        DiscountKind::Amount => DiscountValue::Amount(Money(given.value?)),
        DiscountKind::Compliment => DiscountValue::Compliment,
    };
    let line = given.line_id.as_deref().map(|id| places.get(id).copied());
    match line {
        None => Some(Discount { line: None, value }),
        Some(place) => Some(Discount { line: Some(place?), value }),
    }
}

/// Calculates the order and writes the result into its rows. Charges that cannot be calculated are omitted, with a
/// warning.
///
/// # Errors
/// 409 `unreadable_order`, 422 `invalid_quantity`, `amount_too_large` or `invalid_order`.
pub(super) fn calculate(tx: &Transaction<'_>, order: &mut Order, ids: &mut IdSeries) -> Result<(), ApiError> {
    let input = Input::of(tx, order)?;
    let (totals, fit) = cart::totals_ignoring_invalid(input.cart()).map_err(cart_refused)?;
    let mut skipped = input.in_force.skipped.clone();
    skipped.extend(input.charges()[fit..].iter().map(|charge| cart::SkippedCharge {
        id: charge.id.clone(),
        name: charge.name.clone(),
        reason: domain::Overflow.into(),
    }));
    if disabled(Rule::InvalidChargeSkipped)
        && let Some(charge) = skipped.first()
    {
        return Err(cart_refused(charge.reason));
    }
    for (discount, amount) in order.discounts.iter_mut().zip(&totals.discounts) {
        discount.amount = amount.0;
    }
    set_amounts(order, &input.live, &totals, input.charges(), ids);
    order.warnings = skipped.iter().map(charges::message).collect();
    Ok(())
}

/// Writes calculated amounts into the rows of an order; `lines` are the places of its lines. A charge that the order
/// already has keeps its id.
pub(super) fn set_amounts(
    order: &mut Order,
    lines: &[usize],
    totals: &Totals,
    charges: &[cart::Charge],
    ids: &mut IdSeries,
) {
    for (&at, amounts) in lines.iter().zip(&totals.lines) {
        let line = &mut order.lines[at];
        (line.discount, line.service) = (amounts.discount.0, amounts.service.0);
        (line.tax, line.tax_included) = (amounts.tax.0, amounts.tax_included.0);
    }
    let known: HashMap<String, String> = order.charges.drain(..).map(|charge| (charge.charge_id, charge.id)).collect();
    for (position, amount) in (1..).zip(&totals.charges) {
        let rate = &charges[amount.charge];
        order.charges.push(Charge {
            id: known.get(&rate.id).cloned().unwrap_or_else(|| ids.next_text()),
            position,
            charge_id: rate.id.clone(),
            name: display_text(rate.name.clone()),
            kind: Word::Known(rate.kind),
            rate_bp: rate.rate_bp,
            tax_group: (rate.kind == ChargeKind::Tax).then_some(Word::Known(rate.tax_group)),
            base: amount.base.0,
            amount: amount.amount.0,
            inclusive: rate.inclusive,
        });
    }
    let amounts = totals.order;
    (order.subtotal, order.discount, order.service) = (amounts.subtotal.0, amounts.discount.0, amounts.service.0);
    (order.tax, order.tax_included) = (amounts.tax.0, amounts.tax_included.0);
    order.total = amounts.total().0 + order.rounding;
}
