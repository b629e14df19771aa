//! Puts cash into a drawer or takes it out, without a sale.

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::{Money, MovementKind};
use jiff::Timestamp;
use protocol::limits::MAX_SHIFT_MOVEMENTS;
use rusqlite::Transaction;
use serde_json::json;
use uuid::Uuid;
use web::{ApiError, Code, Word, time};

use super::{Movement, Shift, get, get_open, save};
use crate::approvals::{Approved, Grant};
use crate::settings::shop::limits;

/// A movement to record.
#[derive(Debug, Clone)]
pub struct NewMovement {
    /// In, out, or to the safe.
    pub kind: MovementKind,
    /// Positive.
    pub amount: Money,
    /// Why; an approval has its own reason.
    pub reason: Option<String>,
}

/// Records a movement of an open shift. Taking out more than the limit of the shop in one shift needs an approval.
///
/// # Errors
/// 403 `approval_required`, 404, 409 `shift_closed` or `shift_full`, 412, 422 `invalid_text`.
pub fn add_movement(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    shift_id: &str,
    new: NewMovement,
    approved: Option<Approved>,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Shift, ApiError> {
    let mut shift = get_open(tx, shift_id, if_version)?;
    if shift.movements.len() >= MAX_SHIFT_MOVEMENTS {
        return Err(Code::ShiftFull.with("most", MAX_SHIFT_MOVEMENTS));
    }
    let (reason, approved_by) = if new.kind == MovementKind::Out && exceeds_limit(tx, &shift, new.amount)? {
        let grant = Grant::of(user, approved, new.reason)?;
        (Some(grant.reason), Some(grant.approved_by))
    } else {
        match approved {
            Some(Approved { by, reason }) => (Some(reason), Some(by)),
            None => (new.reason, None),
        }
    };
    let data = json!({
        "number": shift.shift_number, "drawer": shift.drawer_name, "kind": new.kind.as_str(), "amount": new.amount,
        "reason": reason,
    });
    let deed = Deed::new(AuditAction::CashMoved).to("shift", shift_id).approved_by(approved_by.as_deref());
    record(tx, user, deed.with(data), now)?;
    shift.movements.push(Movement {
        id: Uuid::now_v7().to_string(),
        kind: Word::Known(new.kind),
        amount: new.amount.0,
        reason,
        made_by: Some(user.id.clone()),
        approved_by,
        created_at: time::text(now),
    });
    save(tx, &shift)?;
    get(tx, shift_id)
}

/// Whether the cash taken out without approval in this shift would exceed the limit with this amount. All of it counts
/// together, so that several small amounts are no way around the limit.
fn exceeds_limit(tx: &Transaction<'_>, shift: &Shift, amount: Money) -> Result<bool, ApiError> {
    let Some(limit) = limits(tx)?.cash_out else { return Ok(false) };
    let of_shift = shift
        .movements
        .iter()
        .filter(|movement| movement.kind.known() == Some(MovementKind::Out) && movement.approved_by.is_none());
    let taken = Money::sum(of_shift.map(|movement| Money(movement.amount)).chain([amount]));
    Ok(taken.map_or(true, |taken| taken > limit))
}
