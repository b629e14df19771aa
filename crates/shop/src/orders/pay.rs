//! Records a payment.
//!
//! Every order can be paid in full: a partial payment must leave enough space for one more payment.

use access::session::CurrentUser;
use domain::order::{StatusRefused, may_pay};
use domain::payment::{self, CashRounding, Method, PayRefused};
use domain::{IdSeries, Money, OrderStatus};
use jiff::Timestamp;
use protocol::limits::MAX_PAYMENTS;
use rusqlite::{Transaction, params};
use web::{ApiError, Code, Problem, Word, time};

use crate::orders::create::{check_size, check_total};
use crate::orders::{Order, Payment, get};
use crate::settings;

/// Money that the guest hands over.
#[derive(Debug, Clone, Copy)]
pub struct Tender {
    /// Payment method.
    pub method: Method,
    /// Amount in minor units.
    pub amount: Money,
}

/// Upper bound for the size of an order's last payment, in bytes.
const LAST_PAYMENT_BYTES: usize = 2 << 10;

/// What the till knows of the order that it takes a payment for; `None`: anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected {
    /// The version in `If-Match`.
    pub version: Option<i64>,
    /// The total, before the cash rounding of this payment.
    pub total: Option<Money>,
}

/// Records a payment of an open order.
///
/// # Errors
/// 404, 409 `already_paid`, `order_voided` or `total_changed`, 412, 422 `overpaid`, `invalid_amount` or
/// `order_too_large`.
pub fn pay(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    tender: Tender,
    expected: Expected,
    ids: &mut IdSeries,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut order = get(tx, order_id)?;
    crate::version::check_version(tx, "order", order_id, expected.version)?;
    may_pay(order.parse_status()?).map_err(refused)?;
    check_total(expected.total, Money(order.total))?;
    let rounding = settings::shop(tx)?.rounding;
    let payment = apply(&mut order, user, tender, rounding, ids, now)?;
    payment.insert(tx, order_id)?;
    order.payments.push(payment);
    check_size(&order, if order.is_due() { LAST_PAYMENT_BYTES } else { 0 })?;
    tx.prepare_cached(
        "update orders set rounding = ?2, total = ?3, paid = ?4, status = ?5, paid_at = ?6 where id = ?1",
    )?
    .execute(params![order_id, order.rounding, order.total, order.paid, order.status.as_str(), order.paid_at])?;
    get(tx, order_id)
}

/// Adds a payment to an order in memory: rounding, amount paid, and the status once it is settled.
pub(crate) fn apply(
    order: &mut Order,
    user: &CurrentUser,
    tender: Tender,
    rounding: CashRounding,
    ids: &mut IdSeries,
    now: Timestamp,
) -> Result<Payment, ApiError> {
    let applied =
        payment::apply(Money(order.total - order.paid), tender.method, tender.amount, rounding).map_err(pay_refused)?;
    order.rounding += applied.rounding.0;
    order.total += applied.rounding.0;
    order.paid += applied.amount.0;
    if applied.settles {
        order.status = Word::Known(OrderStatus::Paid);
        order.paid_at = Some(time::text(now));
    }
    if order.payments.len() + 1 + usize::from(order.is_due()) > MAX_PAYMENTS {
        return Err(Code::OrderTooLarge.because("payments").with("most", MAX_PAYMENTS));
    }
    Ok(Payment {
        id: ids.next_text(),
        method: Word::Known(tender.method),
        amount: applied.amount.0,
        rounding: applied.rounding.0,
        tendered: applied.tendered.0,
        change: applied.change.0,
        status: Word::Known(tender.method.initial_status()),
        cashier_id: Some(user.id.clone()),
        created_at: time::text(now),
    })
}

/// The refusal for paying or voiding an order with this status.
pub(crate) fn refused(refused: StatusRefused) -> ApiError {
    match refused {
        StatusRefused::AlreadyPaid => Code::AlreadyPaid.into(),
        StatusRefused::Void => Code::OrderVoid.into(),
    }
}

/// The refusal for an invalid payment.
pub(crate) fn pay_refused(refused: PayRefused) -> ApiError {
    match refused {
        PayRefused::NotPositive => Code::InvalidAmount.field("amount", Problem::NotPositive),
        PayRefused::Overflow => Code::InvalidAmount.field("amount", Problem::TooLarge),
        PayRefused::Overpaid { due } => Code::Overpaid.because("due").with("due", due),
    }
}
