//! Voids a line that was sent, or some of its pieces: the guest does not pay for it, and the order shows who decided so.

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::Money;
use domain::VoidKind;
use domain::audit::AuditAction;
use domain::cart::QtyScale;
use jiff::Timestamp;
use rusqlite::Transaction;
use serde_json::json;
use web::{ApiError, Code, Problem, Word, time};

use crate::approvals::{Approved, Grant};
use crate::kitchen::{counts, follow};
use crate::orders::edit::Edit;
use crate::orders::{Order, OrderLine};
use crate::printing::tickets;

/// What is voided.
#[derive(Debug, Clone)]
pub struct VoidLine {
    /// How much, in the line's scale; `None`: the whole line.
    pub qty: Option<i64>,
    /// What became of the goods.
    pub kind: VoidKind,
    /// Why; an approval has its own reason.
    pub reason: Option<String>,
}

/// Voids a line or some pieces of it. A part is cut off as a line of its own, which is void.
///
/// # Errors
/// The refusals of a change (404, 409, 412), 403 `approval_required`, 409 `line_not_sent`, 422 `invalid_quantity`.
pub fn void(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    (order_id, line_id): (&str, &str),
    what: VoidLine,
    approved: Option<Approved>,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let mut edit = Edit::open(tx, order_id, if_version)?;
    let line = edit.line(line_id)?;
    if line.sent_at.is_none() {
        return Err(Code::LineNotSent.into());
    }
    let grant = Grant::of(user, approved, what.reason)?;
    let voided_id = match what.qty {
        Some(qty) if qty != line.qty => {
            let part = cut(&mut edit, line_id, qty)?;
            follow::line_cut(tx, order_id, (line_id, &part), true)?;
            part
        }
        _ => line_id.to_owned(),
    };
    let line = edit.line(&voided_id)?;
    let data = json!({"line_id": line.id, "name": line.name, "qty": line.qty, "amount": line.amount, "kind": what.kind.as_str(), "reason": grant.reason});
    (line.amount, line.discount, line.service, line.tax, line.tax_included) = (0, 0, 0, 0, 0);
    line.void_kind = Some(Word::Known(what.kind));
    line.void_reason = Some(grant.reason);
    line.void_requested_by = Some(grant.requested_by);
    line.voided_by = Some(grant.approved_by.clone());
    line.voided_at = Some(time::text(now));
    edit.order.discounts.retain(|discount| discount.line_id.as_deref() != Some(voided_id.as_str()));
    let deed = Deed::new(AuditAction::LineVoided).to("order", order_id).approved_by(Some(&grant.approved_by));
    record(tx, user, deed.with(data), now)?;
    if what.kind == VoidKind::Returned {
        counts::give_back(tx, edit.order.lines.iter().filter(|line| line.id == voided_id))?;
    }
    let slips = follow::line_voided(tx, order_id, &voided_id, now)?;
    let order = edit.finish(tx)?;
    tickets::print(tx, &slips, now)?;
    Ok(order)
}

/// Cuts pieces off a line as a line of its own, and returns the id of the new line. The amounts of both add up to the
/// line's.
///
/// # Errors
/// 422 `invalid_quantity`: not less than the line has, or the line is weighed.
pub(super) fn cut(edit: &mut Edit, line_id: &str, qty: i64) -> Result<String, ApiError> {
    let id = edit.ids.next_text();
    let after = edit.order.lines.iter().map(|line| line.position).max().unwrap_or(0);
    let line = edit.line(line_id)?;
    let most = line.qty - 1;
    if line.qty_scale != QtyScale::Pieces.decimals() || qty < 1 || qty > most {
        return Err(Code::InvalidQuantity.field("qty", Problem::NotBetween.with("least", 1).with("most", most)));
    }
    let parts = Money(line.amount).share(&[Money(line.qty - qty), Money(qty)]);
    let part = OrderLine { id: id.clone(), position: after + 1, qty, amount: parts[1].0, ..line.clone() };
    (line.qty, line.amount) = (line.qty - qty, parts[0].0);
    edit.order.lines.push(part);
    Ok(id)
}
