//! Gives and takes back discounts and compliments of an open order.

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::limits::discount_needs_approval;
use domain::{BasisPoints, DiscountKind, IdSeries, Money};
use jiff::Timestamp;
use protocol::limits::MAX_DISCOUNTS;
use rusqlite::Transaction;
use serde_json::json;
use sqlite::Fault;
use web::{ApiError, Code, Problem, Word, time};

use crate::approvals::{Approved, Grant};
use crate::orders::calculate::calculate;
use crate::orders::edit::Edit;
use crate::orders::{Order, OrderDiscount};
use crate::settings;

/// A requested discount.
#[derive(Debug, Clone)]
pub struct NewDiscount {
    /// The line; `None`: the whole order.
    pub line_id: Option<String>,
    /// What is taken off.
    pub value: Value,
    /// Name on the receipt.
    pub name: Option<String>,
    /// Why; an approval has its own reason.
    pub reason: Option<String>,
}

/// What a discount takes off.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    /// A rate.
    Percent(BasisPoints),
    /// An amount.
    Amount(Money),
    /// Everything: a gift.
    Compliment,
}

impl Value {
    fn kind(self) -> DiscountKind {
        match self {
            Self::Percent(_) => DiscountKind::Percent,
            Self::Amount(_) => DiscountKind::Amount,
            Self::Compliment => DiscountKind::Compliment,
        }
    }
}

/// Gives a discount. A compliment, or discounts beyond the limit of the user's role, need an approval.
///
/// # Errors
/// The refusals of a change (404, 409, 412), 403 `approval_required`, 422 `invalid_discount`.
pub fn give(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    new: NewDiscount,
    approved: Option<Approved>,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    if edit.order.discounts.len() >= MAX_DISCOUNTS {
        return Err(Code::InvalidDiscount.field("discounts", Problem::TooManyEntries.with("most", MAX_DISCOUNTS)));
    }
    if let Some(line_id) = &new.line_id {
        edit.line(line_id)?;
    }
    add(&mut edit.order, user, new.clone(), &mut edit.ids, now);
    calculate(tx, &mut edit.order, &mut edit.ids)?;
    let is_gift = new.value.kind() == DiscountKind::Compliment;
    if is_gift || exceed_limit(tx, user, &edit.order, |_| true)? {
        let grant = Grant::of(user, approved, new.reason)?;
        if let Some(discount) = edit.order.discounts.last_mut() {
            approve(discount, &grant);
        }
    }
    if let Some(given) = edit.order.discounts.last() {
        record_given(tx, user, &edit.order, given, now)?;
    }
    edit.write(tx)
}

/// Adds a discount to an order in memory; its amount is calculated later.
pub(super) fn add(order: &mut Order, user: &CurrentUser, new: NewDiscount, ids: &mut IdSeries, now: Timestamp) {
    let (rate_bp, value) = match new.value {
        Value::Percent(rate) => (Some(rate.0), None),
        Value::Amount(amount) => (None, Some(amount.0)),
        Value::Compliment => (None, None),
    };
    let position = order.discounts.iter().map(|given| given.position).max().unwrap_or(0) + 1;
    order.discounts.push(OrderDiscount {
        id: ids.next_text(),
        position,
        line_id: new.line_id,
        kind: Word::Known(new.value.kind()),
        name: new.name,
        rate_bp,
        value,
        amount: 0,
        reason: new.reason,
        given_by: Some(user.id.clone()),
        approved_by: None,
        created_at: time::text(now),
    });
}

/// Approves the discounts of a new, calculated order, if they need it: compliments, or more than the limit of the role.
///
/// # Errors
/// 403 `approval_required`, 422 `invalid_text`.
pub(super) fn approve_new(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order: &mut Order,
    approved: Option<Approved>,
) -> Result<(), ApiError> {
    let is_gift = |given: &OrderDiscount| given.kind.known() == Some(DiscountKind::Compliment);
    if !order.discounts.iter().any(is_gift) && !exceed_limit(tx, user, order, |_| true)? {
        return Ok(());
    }
    let reason = order.discounts.iter().find_map(|given| given.reason.clone());
    let grant = Grant::of(user, approved, reason)?;
    order.discounts.iter_mut().for_each(|discount| approve(discount, &grant));
    Ok(())
}

/// Records a discount or a compliment that an order has now.
pub(super) fn record_given(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order: &Order,
    given: &OrderDiscount,
    now: Timestamp,
) -> Result<(), Fault> {
    let action = match given.kind.known() {
        Some(DiscountKind::Compliment) => AuditAction::ComplimentGiven,
        _ => AuditAction::DiscountGiven,
    };
    record_discount(tx, user, action, (order, given), now)
}

fn record_discount(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    action: AuditAction,
    (order, given): (&Order, &OrderDiscount),
    now: Timestamp,
) -> Result<(), Fault> {
    let data = json!({
        "number": order.order_number, "discount_id": given.id, "line_id": given.line_id, "kind": given.kind,
        "name": given.name, "rate_bp": given.rate_bp, "amount": given.amount, "reason": given.reason,
    });
    let deed = Deed::new(action).to("order", &order.id).approved_by(given.approved_by.as_deref());
    record(tx, user, deed.with(data), now)
}

fn approve(discount: &mut OrderDiscount, grant: &Grant) {
    discount.reason = Some(grant.reason.clone());
    discount.approved_by = Some(grant.approved_by.clone());
}

/// Takes a discount back.
///
/// # Errors
/// The refusals of a change (404, 409, 412).
pub fn take_back(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    discount_id: &str,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    let at = edit.order.discounts.iter().position(|given| given.id == discount_id);
    let given = edit.order.discounts.remove(at.ok_or_else(|| Code::NotFound.because("discount"))?);
    record_discount(tx, user, AuditAction::DiscountRemoved, (&edit.order, &given), now)?;
    edit.finish(tx)
}

/// Refuses a change of lines after which the discounts that nobody approved exceed the limit of the user's role: adding
/// lines for a discount and removing them afterwards would be a way around it.
///
/// # Errors
/// 409 `discount_over_limit`.
pub(super) fn check_limit(tx: &Transaction<'_>, user: &CurrentUser, order: &Order) -> Result<(), ApiError> {
    let is_exceeded = exceed_limit(tx, user, order, |given| given.approved_by.is_none())?;
    if is_exceeded { Err(Code::DiscountOverLimit.into()) } else { Ok(()) }
}

/// Whether discounts exceed the limit of a role. Compliments do not count: each is approved.
fn exceed_limit(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order: &Order,
    counts: impl Fn(&OrderDiscount) -> bool,
) -> Result<bool, ApiError> {
    let given = order.discounts.iter().filter(|given| given.kind.known() != Some(DiscountKind::Compliment));
    let given = given.filter(|given| counts(given)).fold(0_i64, |sum, given| sum.saturating_add(given.amount));
    let limit = settings::shop::limits(tx)?.discount(user.role);
    Ok(discount_needs_approval(limit, Money(given), Money(order.subtotal)))
}
