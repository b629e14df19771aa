//! SlowReaderGuard a payment.
//!
//! Every order can be paid in full: a payment that leaves something due also leaves room for one more.

use access::session::User;
use domain::order::{StatusRefused, may_pay};
use domain::payment::{self, CashRounding, Method, PayRefused};
use domain::{IdSeries, Money, OrderStatus};
use jiff::Timestamp;
use protocol::limits::MAX_PAYMENTS;
use rusqlite::{Transaction, params};
use web::{ApiError, Code, Problem, time};

use crate::orders::create::check_size;
use crate::orders::{Order, Payment, get};
use crate::settings;

/// What the guest hands over.
#[derive(Debug, Clone, Copy)]
pub struct Tender {
    /// By which means.
    pub method: Method,
    /// Minor units.
    pub amount: Money,
}

/// Bytes of the last payment of an order, and more.
const LAST_PAYMENT_BYTES: usize = 2 << 10;

/// Takes a payment against an open order.
///
/// # Errors
/// 404, 409 `already_paid` or `order_voided`, 412, 422 `overpaid`, `invalid_amount` or `order_too_large`.
pub fn pay(
    tx: &Transaction<'_>,
    user: &User,
    order_id: &str,
    tender: Tender,
    if_version: Option<i64>,
    ids: &mut IdSeries,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut order = get(tx, order_id)?;
    crate::version::check_version(tx, "order", order_id, if_version)?;
    may_pay(order.parse_status()?).map_err(refused)?;
    let rounding = settings::shop(tx)?.rounding;
    let payment = take(&mut order, user, tender, rounding, ids, now)?;
    payment.insert(tx, order_id)?;
    order.payments.push(payment);
    check_size(&order, if order.is_due() { LAST_PAYMENT_BYTES } else { 0 })?;
    tx.prepare_cached(
        "update orders set rounding = ?2, total = ?3, paid = ?4, status = ?5, paid_at = ?6 where id = ?1",
    )?
    .execute(params![order_id, order.rounding, order.total, order.paid, order.status, order.paid_at])?;
    get(tx, order_id)
}

/// Enters a payment into an order in memory: its rounding, what is paid, and the status once it is settled.
pub(crate) fn take(
    order: &mut Order,
    user: &User,
    tender: Tender,
    rounding: CashRounding,
    ids: &mut IdSeries,
    now: Timestamp,
) -> Result<Payment, ApiError> {
    let taken =
        payment::apply(Money(order.total - order.paid), tender.method, tender.amount, rounding).map_err(pay_refused)?;
    order.rounding += taken.rounding.0;
    order.total += taken.rounding.0;
    order.paid += taken.amount.0;
    if taken.settles {
        order.status = OrderStatus::Paid.to_string();
        order.paid_at = Some(time::text(now));
    }
    if order.payments.len() + 1 + usize::from(order.is_due()) > MAX_PAYMENTS {
        return Err(Code::OrderTooLarge.because("payments").with("most", MAX_PAYMENTS));
    }
    Ok(Payment {
        id: ids.next_text(),
        method: tender.method.to_string(),
        amount: taken.amount.0,
        rounding: taken.rounding.0,
        tendered: taken.tendered.0,
        change: taken.change.0,
        // Nobody has matched an offline QRIS payment yet when it is taken.
        status: if tender.method == Method::Qris { "unconfirmed" } else { "confirmed" }.to_owned(),
        cashier_id: Some(user.id.clone()),
        created_at: time::text(now),
    })
}

/// Why an order takes no payment, or is not to be made void.
pub(crate) fn refused(refused: StatusRefused) -> ApiError {
    match refused {
        StatusRefused::AlreadyPaid => Code::AlreadyPaid.into(),
        StatusRefused::Void => Code::OrderVoid.into(),
    }
}

/// Why a tender is not taken.
pub(crate) fn pay_refused(refused: PayRefused) -> ApiError {
    match refused {
        PayRefused::NotPositive => Code::InvalidAmount.field("amount", Problem::NotPositive),
        PayRefused::Overflow => Code::InvalidAmount.field("amount", Problem::TooLarge),
        PayRefused::Overpaid { due } => Code::Overpaid.because("due").with("due", due),
    }
}
