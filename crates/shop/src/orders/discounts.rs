//! Gives and takes back discounts and compliments of an open order.

use access::session::CurrentUser;
use domain::limits::discount_needs_approval;
use domain::{BasisPoints, DiscountKind, Money};
use jiff::Timestamp;
use protocol::limits::MAX_DISCOUNTS;
use rusqlite::Transaction;
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
    let id = edit.ids.next_text();
    let position = edit.order.discounts.iter().map(|given| given.position).max().unwrap_or(0) + 1;
    let (rate_bp, value) = match new.value {
        Value::Percent(rate) => (Some(rate.0), None),
        Value::Amount(amount) => (None, Some(amount.0)),
        Value::Compliment => (None, None),
    };
    edit.order.discounts.push(OrderDiscount {
        id,
        position,
        line_id: new.line_id,
        kind: Word::Known(new.value.kind()),
        name: new.name,
        rate_bp,
        value,
        amount: 0,
        reason: new.reason.clone(),
        given_by: Some(user.id.clone()),
        approved_by: None,
        created_at: time::text(now),
    });
    calculate(tx, &mut edit.order, &mut edit.ids)?;
    let given = edit.order.discounts.iter().filter(|given| given.kind.known() != Some(DiscountKind::Compliment));
    let given = given.fold(0_i64, |sum, given| sum.saturating_add(given.amount));
    let limit = settings::shop::limits(tx)?.discount(user.role);
    let needs_approval = new.value.kind() == DiscountKind::Compliment
        || discount_needs_approval(limit, Money(given), Money(edit.order.subtotal));
    if needs_approval {
        let grant = Grant::of(user, approved, new.reason)?;
        if let Some(discount) = edit.order.discounts.last_mut() {
            discount.reason = Some(grant.reason);
            discount.approved_by = Some(grant.approved_by);
        }
    }
    edit.write(tx)
}

/// Takes a discount back.
///
/// # Errors
/// The refusals of a change (404, 409, 412).
pub fn take_back(
    tx: &Transaction<'_>,
    order_id: &str,
    discount_id: &str,
    if_version: Option<i64>,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    let count = edit.order.discounts.len();
    edit.order.discounts.retain(|given| given.id != discount_id);
    if edit.order.discounts.len() == count {
        return Err(Code::NotFound.because("discount"));
    }
    edit.finish(tx)
}
