//! Taking an open order back, with a reason and a manager's approval.

use domain::order::may_void;
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use web::{ApiError, time};

use super::pay::refused;
use super::{Order, get};

/// Makes an open, unpaid order void.
///
/// # Errors
/// 404, 409 `already_paid`, `order_void` or `has_payments`, 412.
pub fn void(
    tx: &Transaction<'_>,
    order_id: &str,
    reason: &str,
    approved_by: &str,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let order = get(tx, order_id)?;
    crate::catalog::check_version(tx, "order", order_id, if_version)?;
    may_void(order.known_status()?).map_err(refused)?;
    if !order.payments.is_empty() {
        let message = "Part of this order is paid; money must never stand on a void order.";
        return Err(ApiError::conflict("has_payments", message));
    }
    tx.execute(
        "update orders set status = 'void', void_reason = ?2, voided_by = ?3, voided_at = ?4 where id = ?1",
        params![order_id, reason, approved_by, time::text(now)],
    )?;
    get(tx, order_id)
}
