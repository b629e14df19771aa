//! Voids an open order, with a reason and a manager's approval.

use domain::order::may_void;
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use web::{ApiError, Code, time};

use crate::orders::pay::refused;
use crate::orders::{Order, get};

/// Who requested and approved a void.
#[derive(Debug)]
pub struct Approved {
    /// The user who requested it.
    pub requested_by: String,
    /// The user whose PIN approved it.
    pub approved_by: String,
}

/// Voids an open, unpaid order.
///
/// # Errors
/// 404, 409 `already_paid`, `order_voided` or `has_payments`, 412.
pub fn void(
    tx: &Transaction<'_>,
    order_id: &str,
    reason: &str,
    by: &Approved,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Order, ApiError> {
    let order = get(tx, order_id)?;
    crate::version::check_version(tx, "order", order_id, if_version)?;
    may_void(order.parse_status()?).map_err(refused)?;
    if !order.payments.is_empty() {
        return Err(Code::HasPayments.into());
    }
    tx.execute(
        "update orders set status = 'void', void_reason = ?2, void_requested_by = ?3, voided_by = ?4,
         voided_at = ?5 where id = ?1",
        params![order_id, reason, by.requested_by, by.approved_by, time::text(now)],
    )?;
    get(tx, order_id)
}
