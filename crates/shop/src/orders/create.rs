//! Creates an order: prices, charges and number in one transaction. Lines and payments are written before the order
//! itself, so that the triggers queue it once.

use access::session::CurrentUser;
use domain::cart::{self, Cart, CartRefused};
use domain::{IdSeries, Money, OrderStatus, OrderType};
use jiff::Timestamp;
use protocol::limits::MAX_ENTITY_BYTES;
use protocol::rule::{Rule, disabled};
use protocol::validate::display_text;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::Fault;
use uuid::Uuid;
use web::{ApiError, Code, Word, time};

use crate::orders::lines::{self, NewLine};
use crate::orders::pay::{self, Tender};
use crate::orders::{Charge, Order, number};
use crate::{charges, json_list, settings};

/// A requested order, checked as far as possible without the database.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// From the till, or created by the handler. The ids of lines, charges and first payments count up from it, which
    /// makes the order compress well.
    pub id: Uuid,
    /// Dine in, take away or delivery.
    pub order_type: OrderType,
    /// Table of the guests.
    pub table_number: Option<String>,
    /// Name of the guest.
    pub customer_name: Option<String>,
    /// Number of guests, at least 1.
    pub pax: Option<i64>,
    /// At least one line.
    pub lines: Vec<NewLine>,
    /// Payments with the order, in this sequence.
    pub payments: Vec<Tender>,
    /// The total that the till shows, before cash rounding.
    pub expected_total: Option<Money>,
}

/// Creates an order. `code` is used in its number if the outlet has none in its settings.
///
/// # Errors
/// 409 `id_taken` or `total_changed`, 422 `invalid_quantity`, `amount_too_large`, `overpaid`, `order_too_large`, and the refusals of
/// `lines::price`.
pub fn create(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    mut new: NewOrder,
    code: Option<&str>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    check_new(tx, &new.id.to_string())?;
    let mut ids = IdSeries::from(new.id);
    let (payments, expected_total) = (std::mem::take(&mut new.payments), new.expected_total);
    let shop = settings::shop(tx)?;
    let mut order = draft(tx, new, &mut ids, &shop, now)?;
    check_total(expected_total, Money(order.total))?;
    order.cashier_id = Some(user.id.clone());
    let code = shop.outlet_code.as_deref().or(code).unwrap_or("OUTLET");
    order.order_number = number::next(tx, code, shop.day.date_at(now))?;
    for tender in payments {
        if !order.is_due() {
            return Err(Code::Overpaid.because("total"));
        }
        let payment = pay::apply(&mut order, user, tender, shop.rounding, &mut ids, now)?;
        order.payments.push(payment);
    }
    check_size(&order, RESERVED_BYTES)?;
    insert(tx, &order)?;
    for warning in &order.warnings {
        tracing::warn!(order_id = order.id, %warning, "a charge is omitted from an order");
    }
    Ok(order)
}

/// The order at the prices and charges in force: not stored, without a number, a cashier and payments.
///
/// # Errors
/// 422 `invalid_quantity`, `amount_too_large`, and the refusals of `lines::price`.
pub(crate) fn draft(
    tx: &Transaction<'_>,
    new: NewOrder,
    ids: &mut IdSeries,
    shop: &settings::Shop,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let id = ids.next_text();
    let date = shop.day.date_at(now);
    let (lines, cart_lines) = lines::price(tx, &new.lines, ids)?;
    let cart::InForce { charges: rates, mut skipped } = charges::in_force(tx, date, new.order_type)?;
    let cart = Cart { lines: &cart_lines, discounts: &[], charges: &rates };
    let (totals, fit) = cart::totals_ignoring_invalid(cart).map_err(cart_refused)?;
    skipped.extend(rates[fit..].iter().map(|charge| cart::SkippedCharge {
        id: charge.id.clone(),
        name: charge.name.clone(),
        reason: CartRefused::Overflow(domain::Overflow),
    }));
    if disabled(Rule::InvalidChargeSkipped)
        && let Some(charge) = skipped.first()
    {
        return Err(cart_refused(charge.reason));
    }
    let mut order = Order {
        id,
        order_number: String::new(),
        business_date: date.to_string(),
        status: Word::Known(OrderStatus::Open),
        version: 1,
        order_type: Word::Known(new.order_type),
        table_number: new.table_number,
        customer_name: new.customer_name,
        pax: new.pax,
        cashier_id: None,
        subtotal: totals.order.subtotal.0,
        discount: totals.order.discount.0,
        service: totals.order.service.0,
        tax: totals.order.tax.0,
        tax_included: totals.order.tax_included.0,
        rounding: 0,
        total: totals.order.total().0,
        paid: 0,
        void_reason: None,
        void_requested_by: None,
        voided_by: None,
        created_at: time::text(now),
        paid_at: None,
        voided_at: None,
        lines,
        charges: Vec::with_capacity(totals.charges.len()),
        payments: Vec::new(),
        warnings: skipped.iter().map(charges::message).collect(),
    };
    for (position, amount) in (1..).zip(&totals.charges) {
        let rate = &rates[amount.charge];
        order.charges.push(Charge {
            id: ids.next_text(),
            position,
            charge_id: rate.id.clone(),
            name: display_text(rate.name.clone()),
            kind: Word::Known(rate.kind),
            rate_bp: rate.rate_bp,
            base: amount.base.0,
            amount: amount.amount.0,
            inclusive: rate.inclusive,
        });
    }
    Ok(order)
}

/// Bytes reserved for later changes of an order: payments, and the reason of a void.
const RESERVED_BYTES: usize = 64 << 10;

/// Rejects an order that would exceed the size limit of an entity with `reserved_bytes` more.
///
/// # Errors
/// 422 `order_too_large`.
pub(crate) fn check_size(order: &Order, reserved_bytes: usize) -> Result<(), ApiError> {
    let bytes = serde_json::to_vec(order).map_err(|_| ApiError::internal())?.len();
    if bytes + reserved_bytes <= MAX_ENTITY_BYTES {
        return Ok(());
    }
    Err(Code::OrderTooLarge.because("bytes").with("bytes", bytes).with("most", MAX_ENTITY_BYTES - reserved_bytes))
}

/// Refuses to take money for another total than the one that the till shows.
///
/// # Errors
/// 409 `total_changed`.
pub(crate) fn check_total(expected: Option<Money>, actual: Money) -> Result<(), ApiError> {
    match expected {
        Some(expected) if expected != actual => {
            Err(Code::TotalChanged.with("expected", expected).with("actual", actual))
        }
        _ => Ok(()),
    }
}

fn check_new(tx: &Transaction<'_>, id: &str) -> Result<(), ApiError> {
    let taken = tx.prepare_cached("select 1 from orders where id = ?1")?.query_row([id], |_| Ok(())).optional()?;
    match taken {
        None => Ok(()),
        Some(()) => Err(Code::IdTaken.because("order")),
    }
}

/// The refusal for an order whose total cannot be calculated.
pub(crate) fn cart_refused(refused: CartRefused) -> ApiError {
    match refused {
        CartRefused::QuantityNotPositive => Code::InvalidQuantity.field("lines", refused),
        CartRefused::Overflow(_) => Code::AmountTooLarge.into(),
        _ => Code::InvalidOrder.with("problem", refused),
    }
}

fn insert(tx: &Transaction<'_>, order: &Order) -> Result<(), Fault> {
    let mut line = tx.prepare_cached(
        "insert into order_lines (order_id, id, position, product_id, name, variant_id, variant_name, modifiers, price, qty,
         amount, tax_group, station, note) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    for l in &order.lines {
        line.execute(params![
            order.id,
            l.id,
            l.position,
            l.product_id,
            l.name,
            l.variant_id,
            l.variant_name,
            json_list::text(&l.modifiers)?,
            l.price,
            l.qty,
            l.amount,
            l.tax_group.as_str(),
            l.station.as_str(),
            l.note
        ])?;
    }
    let mut charge = tx.prepare_cached(
        "insert into order_charges (order_id, id, position, charge_id, name, kind, rate_bp, base, amount, inclusive)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for c in &order.charges {
        charge.execute(params![
            order.id,
            c.id,
            c.position,
            c.charge_id,
            c.name,
            c.kind.as_str(),
            c.rate_bp,
            c.base,
            c.amount,
            c.inclusive
        ])?;
    }
    for payment in &order.payments {
        payment.insert(tx, &order.id)?;
    }
    tx.prepare_cached(
        "insert into orders (id, order_number, business_date, status, order_type, table_number, customer_name, pax,
         cashier_id, subtotal, discount, service, tax, tax_included, rounding, total, paid, created_at, paid_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
    )?
    .execute(params![
        order.id,
        order.order_number,
        order.business_date,
        order.status.as_str(),
        order.order_type.as_str(),
        order.table_number,
        order.customer_name,
        order.pax,
        order.cashier_id,
        order.subtotal,
        order.discount,
        order.service,
        order.tax,
        order.tax_included,
        order.rounding,
        order.total,
        order.paid,
        order.created_at,
        order.paid_at
    ])?;
    Ok(())
}
