//! Voids an open order, with a reason and a manager's approval.

use access::CurrentUser;
use access::audit::{Deed, record};
use domain::audit::AuditAction;
use domain::order::may_void;
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde_json::json;
use web::{ApiError, Code, time};

use crate::approvals::Grant;
use crate::kitchen::{counts, follow};
use crate::orders::pay::refused;
use crate::orders::{Order, OrderLine, get};
use crate::printing::tickets;

/// Voids an open order for which nothing is paid; a deposit that was taken back does not count.
///
/// # Errors
/// 404, 409 `already_paid`, `order_void` or `has_payments`, 412.
pub fn void(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    grant: &Grant,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let order = get(tx, order_id)?;
    crate::version::check_version(tx, "order", order_id, if_version)?;
    may_void(order.parse_status()?).map_err(|status| refused(tx, &order, status))?;
    if order.paid != 0 {
        return Err(Code::HasPayments.into());
    }
    tx.execute(
        "update orders set status = 'void', void_reason = ?2, void_requested_by = ?3, voided_by = ?4,
         voided_at = ?5 where id = ?1",
        params![order_id, grant.reason, grant.requested_by, grant.approved_by, time::text(now)],
    )?;
    let not_made = |line: &&OrderLine| line.sent_at.is_none() && line.voided_at.is_none();
    counts::give_back(tx, order.lines.iter().filter(not_made))?;
    tickets::print(tx, &follow::order_voided(tx, order_id, now)?, now)?;
    let deed = Deed::new(AuditAction::OrderVoided).to("order", &order.id).approved_by(Some(&grant.approved_by));
    let data = json!({"number": order.order_number, "total": order.total, "reason": grant.reason});
    record(tx, user, deed.with(data), now)?;
    get(tx, order_id)
}
