//! Corrects payments. A payment is never changed, only confirmed: a wrong tender or a bounced payment is a row that takes
//! the amount back, and another one that replaces it.

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::{IdSeries, Method, Money, OrderStatus, PaymentStatus};
use jiff::Timestamp;
use rusqlite::Transaction;
use serde_json::json;
use uuid::Uuid;
use web::{ApiError, Code, Problem, Word, time};

use crate::approvals::{Approved, Grant};
use crate::orders::create::check_size;
use crate::orders::{Order, Payment, get, save};
use crate::tenders::{Chosen, Means};
use crate::version::check_version;
use crate::{settings, shifts};

/// How the guest really paid.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// What the guest paid with, or a tender that writes the payment off.
    pub means: Means,
    /// Reference of the bank or wallet.
    pub reference: Option<String>,
}

/// What says that the money of a payment has arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Reference of the bank or wallet, or its last digits.
    pub reference: Option<String>,
    /// The acquirer's statement has the payment, so a person need not have seen its notice.
    pub in_statement: bool,
}

/// Confirms that the money of a payment has arrived. A guest can show the picture of a QRIS payment that was never made, so the
/// person who confirms one names the acquirer's reference.
///
/// # Errors
/// 403 if somebody names a statement who may not see it, 404, 409 `already_confirmed` or `payment_reversed`, 412, 422
/// `reference_required`.
pub fn confirm(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    payment_id: &str,
    arrival: Arrival,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut order = read(tx, order_id, if_version)?;
    check_not_reversed(&order, payment_id)?;
    let payment = find(&mut order, payment_id)?;
    if payment.status.known() != Some(PaymentStatus::Unconfirmed) {
        return Err(Code::AlreadyConfirmed.into());
    }
    let Arrival { reference, in_statement } = arrival;
    if in_statement && !user.role.may_view_reports() {
        return Err(Code::Forbidden.because("role"));
    }
    if payment.method.known() == Some(Method::Qris) && reference.is_none() && !in_statement {
        let name = payment.tender_name.clone().unwrap_or_else(|| "QRIS".to_owned());
        return Err(Code::ReferenceRequired.with("name", name).field("reference", Problem::Missing));
    }
    payment.status = Word::Known(PaymentStatus::Confirmed);
    payment.confirmed_by = Some(user.id.clone());
    payment.confirmed_at = Some(time::text(now));
    if reference.is_some() {
        payment.reference = reference;
    }
    let data = json!({
        "payment_id": payment.id, "method": payment.method, "amount": payment.amount, "reference": payment.reference,
        "in_statement": in_statement,
    });
    record(tx, user, Deed::new(AuditAction::PaymentConfirmed).to("order", order_id).with(data), now)?;
    save(tx, &order)?;
    get(tx, order_id)
}

/// Takes a payment back, and replaces it by one of the same amount. Without a replacement the money goes back to the guest,
/// so the order must be open. On the day of the payment, another tender needs no approval; to write a payment off always does.
///
/// # Errors
/// 403 `approval_required`, 404, 409 `payment_reversed`, `replacement_required` or `shift_required`, 412, 422
/// `order_too_large`, and the refusals of [`Means`].
#[expect(clippy::too_many_arguments, reason = "each is one value of the command")]
pub fn reverse(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    payment_id: &str,
    replacement: Option<Replacement>,
    reason: Option<String>,
    approved: Option<Approved>,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut order = read(tx, order_id, if_version)?;
    check_not_reversed(&order, payment_id)?;
    let payment = find(&mut order, payment_id)?.clone();
    if replacement.is_none() && order.parse_status()? != OrderStatus::Open {
        return Err(Code::ReplacementRequired.into());
    }
    let shop = settings::shop(tx)?;
    let chosen = replacement.as_ref().map(|with| with.means.replace(tx, with.reference.as_deref()));
    let chosen = chosen.transpose().map_err(|refused| refused.within("replace_with"))?;
    let methods = payment.method.known().into_iter().chain(chosen.as_ref().map(|with| with.method));
    let mut shift = None;
    for method in methods {
        shift = shifts::for_payment(tx, user, &shop, method)?;
    }
    let date = shop.day.date_at(now).to_string();
    let paid_on = payment.business_date.as_ref().unwrap_or(&order.business_date);
    let is_correction = chosen.as_ref().is_some_and(|with| !with.writes_off) && *paid_on == date;
    let (reason, approved_by) = match (approved, reason) {
        (None, Some(reason)) if is_correction => (reason, None),
        (approved, reason) => {
            let grant = Grant::of(user, approved, reason)?;
            (grant.reason, Some(grant.approved_by))
        }
    };
    let mut ids = IdSeries::from(Uuid::now_v7());
    let row = |id: String, amount: i64| Payment {
        id,
        amount,
        rounding: 0,
        tendered: amount,
        change: 0,
        shift_id: shift.clone(),
        cashier_id: Some(user.id.clone()),
        business_date: Some(date.clone()),
        confirmed_by: None,
        confirmed_at: None,
        reason: Some(reason.clone()),
        approved_by: approved_by.clone(),
        created_at: time::text(now),
        ..payment.clone()
    };
    let reversal = Payment {
        status: Word::Known(PaymentStatus::Confirmed),
        reverses: Some(payment.id.clone()),
        ..row(ids.next_text(), -payment.amount)
    };
    order.payments.push(reversal);
    let replaced_by = chosen.as_ref().map(|with| json!({"method": with.method, "tender_name": with.tender_name}));
    if let Some(Chosen { method, tender_id, tender_name, writes_off }) = chosen {
        let status = if writes_off { PaymentStatus::Confirmed } else { method.initial_status() };
        order.payments.push(Payment {
            method: Word::Known(method),
            status: Word::Known(status),
            tender_id,
            tender_name,
            reference: replacement.and_then(|with| with.reference),
            ..row(ids.next_text(), payment.amount)
        });
    }
    order.paid =
        Money::sum(order.payments.iter().map(|payment| Money(payment.amount))).map_err(|_| Code::AmountTooLarge)?.0;
    check_size(&order, 0)?;
    save(tx, &order)?;
    let action = if replaced_by.is_some() { AuditAction::PaymentReplaced } else { AuditAction::PaymentReversed };
    let data = json!({
        "number": order.order_number, "payment_id": payment.id, "method": payment.method,
        "tender_name": payment.tender_name, "amount": payment.amount, "replaced_by": replaced_by, "reason": reason,
    });
    let deed = Deed::new(action).to("order", order_id).approved_by(approved_by.as_deref());
    record(tx, user, deed.with(data), now)?;
    get(tx, order_id)
}

fn read(tx: &Transaction<'_>, order_id: &str, if_version: Option<i64>) -> Result<Order, ApiError> {
    let order = get(tx, order_id)?;
    check_version(tx, "order", &order.id, if_version)?;
    Ok(order)
}

/// A payment that was received; a reversal is none.
fn find<'o>(order: &'o mut Order, payment_id: &str) -> Result<&'o mut Payment, ApiError> {
    let mut payments = order.payments.iter_mut();
    let found = payments.find(|payment| payment.id == payment_id && payment.reverses.is_none());
    found.ok_or_else(|| Code::NotFound.because("payment"))
}

fn check_not_reversed(order: &Order, payment_id: &str) -> Result<(), ApiError> {
    if order.payments.iter().any(|payment| payment.reverses.as_deref() == Some(payment_id)) {
        return Err(Code::PaymentReversed.into());
    }
    Ok(())
}
