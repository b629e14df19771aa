//! Gives money back for a paid order: pieces of its lines, or an amount without goods.
//!
//! Everything is checked in the transaction that writes the refund, so two tills together never give back more than was
//! sold.

use std::collections::HashMap;

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::cart::Amounts;
use domain::refund::{Limit, RefundRefused, allot, charge_amounts, pay_back, return_amount};
use domain::{BusinessDate, IdSeries, Method, Money, OrderStatus, RefundKind};
use jiff::Timestamp;
use rusqlite::Transaction;
use serde_json::json;
use web::{ApiError, Code, Problem, Word, time};

use crate::approvals::{Approved, Grant};
use crate::orders::{Order, number};
use crate::refunds::sold::{Sold, Tender};
use crate::refunds::{Refund, RefundCharge, RefundLine, RefundPayment, get, insert};
use crate::tenders::Means;
use crate::version::check_version;
use crate::{orders, printing, settings, shifts, tenders};

/// What is given back.
#[derive(Debug, Clone)]
pub struct NewRefund {
    /// Pieces, or an amount.
    pub what: What,
    /// How the money goes back; empty: to the tenders that took it, the latest first.
    pub payments: Vec<Payback>,
    /// Why; an approval has its own reason.
    pub reason: Option<String>,
}

/// Pieces of lines, or an amount without goods.
#[derive(Debug, Clone)]
pub enum What {
    /// Pieces of these lines, each once.
    Lines(Vec<ReturnedLine>),
    /// This amount, before cash rounding. What the guest paid beyond the total goes back first.
    Amount(Money),
}

/// Pieces of a line.
#[derive(Debug, Clone)]
pub struct ReturnedLine {
    /// The order's line.
    pub line_id: String,
    /// How much of it, in the line's scale.
    pub qty: i64,
    /// Whether the goods return to the stock.
    pub restock: bool,
}

/// Money that goes back by one method or tender.
#[derive(Debug, Clone)]
pub struct Payback {
    /// A method: its tenders, the latest first. A tender: one that took money of the order.
    pub means: Means,
    /// Before cash rounding; `None`: the rest.
    pub amount: Option<Money>,
    /// Reference of the bank or wallet.
    pub reference: Option<String>,
}

/// Gives back.
///
/// # Errors
/// 403 `approval_required` or `refund_too_old`, 404 (order or line), 409 `not_paid`, `order_void`, `line_void`,
/// `over_refund`, `nothing_to_refund`, `tender_exceeded`, `shift_required` or `unreadable_order`, 412, 422 `invalid_refund`,
/// `invalid_quantity` or `invalid_amount`.
#[expect(clippy::too_many_arguments, reason = "each is one value of the command")]
pub fn refund(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    new: NewRefund,
    approved: Option<Approved>,
    outlet_code: Option<&str>,
    if_version: Option<i64>,
    ids: &mut IdSeries,
    now: Timestamp,
) -> Result<Refund, ApiError> {
    let order = orders::get(tx, order_id)?;
    check_version(tx, "order", &order.id, if_version)?;
    match order.parse_status()? {
        OrderStatus::Paid => {}
        OrderStatus::Open => return Err(Code::NotPaid.into()),
        OrderStatus::Void => return Err(Code::OrderVoid.into()),
    }
    let grant = Grant::of(user, approved, new.reason)?;
    let shop = settings::shop(tx)?;
    let today = shop.day.date_at(now);
    let order_date = order.paid_date.clone().unwrap_or_else(|| order.business_date.clone());
    check_age(tx, user, &order_date, today)?;

    let sold = Sold::of(&order)?;
    let id = ids.next_text();
    let Goods { kind, lines, amounts, surplus } = goods(&sold, new.what, ids)?;
    let charges = charges(&order, &sold, &amounts, ids)?;
    let whole = Amounts::sum(amounts).map_err(|_| Code::AmountTooLarge)?;
    let unrounded = whole.total().checked_add(surplus).map_err(|_| Code::AmountTooLarge)?;
    let mut payments = payments(&sold, unrounded, &new.payments, shop.rounding, ids)?;
    let mut shift_id = None;
    for method in payments.iter().filter_map(|payment| payment.method.known()) {
        shift_id = shifts::for_payment(tx, user, &shop, method)?;
    }
    payments.iter_mut().for_each(|payment| payment.shift_id.clone_from(&shift_id));
    let total: i64 = payments.iter().map(|payment| payment.amount).sum();
    let outlet = shop.outlet_code.as_deref().or(outlet_code).unwrap_or("OUTLET");
    let refund = Refund {
        id,
        refund_number: number::next_refund(tx, outlet, today)?,
        order_id: order.id.clone(),
        order_number: order.order_number.clone(),
        order_date,
        business_date: today.to_string(),
        shift_id,
        kind: Word::Known(kind),
        subtotal: whole.subtotal.0,
        discount: whole.discount.0,
        service: whole.service.0,
        tax: whole.tax.0,
        tax_included: whole.tax_included.0,
        surplus: surplus.0,
        rounding: total - unrounded.0,
        total,
        reason: grant.reason,
        cashier_id: Some(grant.requested_by),
        approved_by: Some(grant.approved_by),
        created_at: time::text(now),
        lines,
        charges,
        payments,
    };
    insert(tx, &refund)?;
    let data = json!({
        "number": refund.refund_number, "order_id": refund.order_id, "order_number": refund.order_number,
        "total": refund.total, "reason": refund.reason,
    });
    let deed = Deed::new(AuditAction::Refunded).to("refund", &refund.id).approved_by(refund.approved_by.as_deref());
    record(tx, user, deed.with(data), now)?;
    printing::refund_made(tx, user, &refund, now)?;
    get(tx, &refund.id)
}

/// A cashier may give back for a limited time, even with an approval; a manager always.
fn check_age(tx: &Transaction<'_>, user: &CurrentUser, order_date: &str, today: BusinessDate) -> Result<(), ApiError> {
    let Some(days) = settings::shop::limits(tx)?.refund_days.filter(|_| !user.role.may_approve()) else {
        return Ok(());
    };
    let sold_on = BusinessDate::parse(order_date);
    let sold_on = sold_on.ok_or_else(|| Code::UnreadableOrder.with("status", "paid_date"))?;
    let age = today.date().since(sold_on.date()).map_or(i64::MAX, |span| i64::from(span.get_days()));
    if age <= days { Ok(()) } else { Err(Code::RefundTooOld.with("days", days).with("date", sold_on)) }
}

/// What goes back of the goods.
struct Goods {
    kind: RefundKind,
    lines: Vec<RefundLine>,
    /// Of each line of the order.
    amounts: Vec<Amounts>,
    surplus: Money,
}

fn goods(sold: &Sold<'_>, what: What, ids: &mut IdSeries) -> Result<Goods, ApiError> {
    let (kind, amounts, surplus, returned) = match what {
        What::Lines(returned) => (RefundKind::Lines, of_lines(sold, &returned)?, Money::ZERO, returned),
        What::Amount(amount) => {
            let (amounts, surplus) = of_amount(sold, amount)?;
            (RefundKind::Amount, amounts, surplus, Vec::new())
        }
    };
    let returned: HashMap<_, _> = returned.iter().map(|line| (line.line_id.as_str(), line)).collect();
    let mut lines = Vec::new();
    for (line, amounts) in sold.lines.iter().zip(&amounts) {
        let back = returned.get(line.id.as_str());
        if back.is_none() && *amounts == Amounts::ZERO {
            continue;
        }
        lines.push(RefundLine {
            id: ids.next_text(),
            order_line_id: line.id.clone(),
            product_id: line.product_id.clone(),
            name: line.name.clone(),
            qty: back.map_or(0, |back| back.qty),
            qty_scale: line.qty_scale,
            unit: line.unit.clone(),
            amount: amounts.subtotal.0,
            discount: amounts.discount.0,
            service: amounts.service.0,
            tax: amounts.tax.0,
            tax_included: amounts.tax_included.0,
            restock: back.is_some_and(|back| back.restock),
        });
    }
    Ok(Goods { kind, lines, amounts, surplus })
}

/// The amounts of each line of the order, for pieces of some of them.
fn of_lines(sold: &Sold<'_>, returned: &[ReturnedLine]) -> Result<Vec<Amounts>, ApiError> {
    let mut amounts = vec![Amounts::ZERO; sold.lines.len()];
    let mut seen = vec![false; sold.lines.len()];
    for (no, back) in returned.iter().enumerate() {
        let within = |refused: ApiError| refused.within(&format!("lines[{no}]"));
        let at = sold.lines.iter().position(|line| line.id == back.line_id);
        let at = at.ok_or_else(|| sold.missing(&back.line_id))?;
        if std::mem::replace(&mut seen[at], true) {
            return Err(Code::InvalidRefund.field("lines", Problem::Twice));
        }
        let (line, of_line) = (sold.lines[at], &sold.sold[at]);
        if of_line.sold.total() == Money::ZERO {
            return Err(Code::NothingToRefund.with("name", line.name.as_str()));
        }
        amounts[at] = of_line.return_qty(back.qty).map_err(|refused| match refused {
            RefundRefused::QuantityNotPositive => within(Code::InvalidQuantity.field("qty", Problem::NotPositive)),
            RefundRefused::QuantityTooLarge { left } => {
                Code::OverRefund.because("qty").with("name", line.name.as_str()).with("left", left)
            }
            refused => of_money(refused, Money::ZERO),
        })?;
    }
    Ok(amounts)
}

/// The amounts of each line, and of the surplus, which goes back first.
fn of_amount(sold: &Sold<'_>, amount: Money) -> Result<(Vec<Amounts>, Money), ApiError> {
    if amount <= Money::ZERO {
        return Err(of_money(RefundRefused::AmountNotPositive, Money::ZERO));
    }
    let surplus = amount.min(sold.surplus);
    let of_goods = Money(amount.0 - surplus.0);
    let amounts = if of_goods == Money::ZERO {
        vec![Amounts::ZERO; sold.lines.len()]
    } else {
        return_amount(&sold.sold, of_goods).map_err(|refused| of_money(refused, surplus))?
    };
    Ok((amounts, surplus))
}

/// The refusal of an amount; `more` can go back beside what the refusal names.
fn of_money(refused: RefundRefused, more: Money) -> ApiError {
    match refused {
        RefundRefused::AmountNotPositive => Code::InvalidAmount.field("amount", Problem::NotPositive),
        RefundRefused::AmountTooLarge { left } => {
            Code::OverRefund.because("amount").with("left", Money(left.0.max(0).saturating_add(more.0)))
        }
        RefundRefused::QuantityNotPositive => Code::InvalidQuantity.field("qty", Problem::NotPositive),
        RefundRefused::QuantityTooLarge { left } => Code::OverRefund.because("amount").with("left", left),
        RefundRefused::Overflow(_) => Code::AmountTooLarge.into(),
    }
}

fn charges(
    order: &Order,
    sold: &Sold<'_>,
    amounts: &[Amounts],
    ids: &mut IdSeries,
) -> Result<Vec<RefundCharge>, ApiError> {
    let back = charge_amounts(&sold.charges, &sold.sold, amounts).map_err(|refused| of_money(refused, Money::ZERO))?;
    let charges = order.charges.iter().zip(back);
    let given = charges.filter(|(_, (base, amount))| (*base, *amount) != (Money::ZERO, Money::ZERO));
    let row = |(charge, (base, amount)): (&orders::Charge, (Money, Money))| RefundCharge {
        id: ids.next_text(),
        charge_id: charge.charge_id.clone(),
        name: charge.name.clone(),
        kind: charge.kind.clone(),
        rate_bp: charge.rate_bp,
        tax_group: charge.tax_group.clone(),
        base: base.0.max(0),
        amount: amount.0.max(0),
        inclusive: charge.inclusive,
    };
    Ok(given.map(row).collect())
}

/// A part of the refund that one tender returns.
struct Part<'n> {
    tender: Tender,
    part: Money,
    reference: Option<&'n str>,
}

fn payments(
    sold: &Sold<'_>,
    refund: Money,
    requested: &[Payback],
    rounding: domain::CashRounding,
    ids: &mut IdSeries,
) -> Result<Vec<RefundPayment>, ApiError> {
    let parts = if requested.is_empty() { by_default(sold, refund) } else { as_requested(sold, refund, requested)? };
    let of_methods: Vec<_> = parts.iter().map(|part| (part.tender.method, part.part)).collect();
    let payouts = pay_back(sold.settlement, &of_methods, rounding).map_err(|refused| of_money(refused, Money::ZERO))?;
    let mut payments = Vec::with_capacity(parts.len());
    for (Part { tender, reference, .. }, payout) in parts.into_iter().zip(payouts) {
        // The last tender of an order can bear the rounding of another one's payment.
        if tender.method != Method::Cash && payout.amount > tender.money_left {
            return Err(exceeded(tender.money_left));
        }
        payments.push(RefundPayment {
            id: ids.next_text(),
            method: Word::Known(tender.method),
            tender_id: tender.tender_id,
            tender_name: tender.tender_name,
            amount: payout.amount.0,
            rounding: payout.rounding.0,
            reference: reference.map(str::to_owned),
            shift_id: None,
        });
    }
    Ok(payments)
}

/// Back to the tenders that took it, the latest first; what they cannot return goes back in cash.
fn by_default<'n>(sold: &Sold<'_>, refund: Money) -> Vec<Part<'n>> {
    let mut limits: Vec<_> = sold.tenders.iter().map(Tender::limit).collect();
    let (allotted, rest) = allot(&mut limits, refund, None);
    let part = |(at, part): (usize, Money)| Part { tender: sold.tenders[at].clone(), part, reference: None };
    let mut parts: Vec<_> = allotted.into_iter().map(part).collect();
    if rest > Money::ZERO || parts.is_empty() {
        match parts.iter_mut().find(|part| part.tender.method == Method::Cash) {
            Some(cash) => cash.part = Money(cash.part.0.saturating_add(rest.0)),
            None => parts.push(Part { tender: Tender::cash(), part: rest, reference: None }),
        }
    }
    parts
}

fn as_requested<'n>(sold: &Sold<'_>, refund: Money, requested: &'n [Payback]) -> Result<Vec<Part<'n>>, ApiError> {
    let named = Money::sum(requested.iter().filter_map(|back| back.amount)).map_err(|_| Code::AmountTooLarge)?;
    let open = requested.iter().filter(|back| back.amount.is_none()).count();
    if open > 1 {
        return Err(Code::InvalidRefund.field("payments.amount", Problem::Missing));
    }
    if named > refund || (open == 0 && named != refund) {
        let different = Problem::DifferentSum.with("total", refund).with("sum", named);
        return Err(Code::InvalidRefund.field("payments", different));
    }
    let mut tenders = sold.tenders.clone();
    if !tenders.iter().any(|tender| tender.method == Method::Cash) {
        tenders.push(Tender::cash());
    }
    let mut limits: Vec<Limit> = tenders.iter().map(Tender::limit).collect();
    let mut parts = Vec::new();
    for (no, back) in requested.iter().enumerate() {
        check_method(&tenders, &back.means).map_err(|refused| refused.within(&format!("payments[{no}]")))?;
        let wanted = back.amount.unwrap_or(Money(refund.0 - named.0));
        let chosen: Vec<_> = (0..tenders.len()).filter(|&at| tenders[at].is(&back.means)).collect();
        let (allotted, rest) = allot(&mut limits, wanted, Some(&chosen));
        if rest > Money::ZERO {
            return Err(exceeded(Money(wanted.0 - rest.0)));
        }
        let reference = back.reference.as_deref();
        parts.extend(allotted.into_iter().map(|(at, part)| Part { tender: tenders[at].clone(), part, reference }));
    }
    Ok(parts)
}

/// Refuses a method beside a tender that took the money by another one.
fn check_method(tenders: &[Tender], means: &Means) -> Result<(), ApiError> {
    let Means::Tender { id, method } = means else { return Ok(()) };
    let mut named = tenders.iter().filter(|tender| tender.tender_id.as_ref() == Some(id));
    match named.next() {
        Some(tender) if !named.any(|other| Some(other.method) == *method) => {
            tenders::check_method(*method, tender.method, tender.tender_name.as_deref().unwrap_or_default())
        }
        _ => Ok(()),
    }
}

fn exceeded(left: Money) -> ApiError {
    Code::TenderExceeded.with("left", Money(left.0.max(0)))
}
