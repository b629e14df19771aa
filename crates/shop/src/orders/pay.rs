//! Records a payment.
//!
//! Every order can be paid in full: a partial payment must leave enough space for one more payment.

use access::session::CurrentUser;
use domain::order::{StatusRefused, may_pay};
use domain::payment::{self, PayRefused};
use domain::{IdSeries, Money, OrderStatus};
use jiff::Timestamp;
use protocol::limits::MAX_PAYMENTS;
use rusqlite::Transaction;
use web::messages::Arg;
use web::{ApiError, Code, Problem, Word, time};

use crate::kitchen::{Slip, order_times};
use crate::orders::create::{check_size, check_total};
use crate::orders::{Order, Payment, change_lines, get, save};
use crate::tenders::{Chosen, Means};
use crate::{printing, settings, shifts, staff};

/// Money that the guest hands over.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// What the guest pays with.
    pub means: Means,
    /// Amount in minor units.
    pub amount: Money,
    /// Reference of the bank or wallet.
    pub reference: Option<String>,
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
/// 404, 409 `already_paid`, `order_void`, `shift_required` or `total_changed`, 412, 422 `overpaid`, `invalid_amount`,
/// `order_too_large`, and the refusals of [`Means`].
pub fn pay(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    new: NewPayment,
    expected: Expected,
    ids: &mut IdSeries,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut order = get(tx, order_id)?;
    crate::version::check_version(tx, "order", order_id, expected.version)?;
    may_pay(order.parse_status()?).map_err(|status| refused(tx, &order, status))?;
    check_total(expected.total, Money(order.total))?;
    let shop = settings::shop(tx)?;
    let (payment, slips) = apply(tx, &mut order, user, new, &shop, ids, now)?;
    order.payments.push(payment.clone());
    check_size(&order, if order.is_due() { LAST_PAYMENT_BYTES } else { 0 })?;
    save(tx, &order)?;
    let paid = get(tx, order_id)?;
    printing::order_settled(tx, user, &paid, std::slice::from_ref(&payment), &slips, now)?;
    Ok(paid)
}

/// Adds a payment to an order in memory: rounding, amount paid, and the status once it is settled. What was not sent to be
/// prepared is sent then. Returns the payment, and what was sent.
pub(crate) fn apply(
    tx: &Transaction<'_>,
    order: &mut Order,
    user: &CurrentUser,
    new: NewPayment,
    shop: &settings::Shop,
    ids: &mut IdSeries,
    now: Timestamp,
) -> Result<(Payment, Vec<Slip>), ApiError> {
    let Chosen { method, tender_id, tender_name, .. } = new.means.pay(tx, new.reference.as_deref())?;
    let shift = shifts::for_payment(tx, user, shop, method)?;
    let due = Money(order.total - order.paid);
    let applied = payment::apply(due, method, new.amount, shop.rounding).map_err(pay_refused)?;
    let date = shop.day.date_at(now).to_string();
    order.rounding += applied.rounding.0;
    order.total += applied.rounding.0;
    order.paid += applied.amount.0;
    let mut slips = Vec::new();
    if applied.settles {
        order.status = Word::Known(OrderStatus::Paid);
        order.paid_at = Some(time::text(now));
        order.paid_date = Some(date.clone());
        order.shift_id.clone_from(&shift);
        slips = change_lines::send_settled(tx, order, now)?;
        let times = order_times::times(tx, &order.id, now)?;
        (order.ready_at, order.served_at) = (times.ready_at, times.served_at);
    }
    if order.payments.len() + 1 + usize::from(order.is_due()) > MAX_PAYMENTS {
        return Err(Code::OrderTooLarge.because("payments").with("most", MAX_PAYMENTS));
    }
    let payment = Payment {
        id: ids.next_text(),
        method: Word::Known(method),
        amount: applied.amount.0,
        rounding: applied.rounding.0,
        tendered: applied.tendered.0,
        change: applied.change.0,
        status: Word::Known(method.initial_status()),
        tender_id,
        tender_name,
        reference: new.reference,
        shift_id: shift,
        cashier_id: Some(user.id.clone()),
        business_date: Some(date),
        confirmed_by: None,
        confirmed_at: None,
        reverses: None,
        reason: None,
        approved_by: None,
        created_at: time::text(now),
    };
    Ok((payment, slips))
}

/// The refusal of a command on an order with this status. A settled order says who took the last payment, and when.
pub(crate) fn refused(tx: &Transaction<'_>, order: &Order, status: StatusRefused) -> ApiError {
    match status {
        StatusRefused::AlreadyPaid => {
            let last = order.payments.iter().max_by_key(|payment| &payment.created_at);
            let by = last.and_then(|payment| payment.cashier_id.as_deref()).and_then(|id| staff::name_of(tx, id));
            let at = order.paid_at.clone().unwrap_or_default();
            let local_time = settings::local_time(tx, &at);
            let refused = Code::AlreadyPaid.with("by", by.unwrap_or_else(|| "unknown".to_owned()));
            refused.with("at", at).with("local_time", Arg::date(local_time))
        }
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
