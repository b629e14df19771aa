//! The paper of a cash movement.

use jiff::Timestamp;
use paper::CashMovement;
use rusqlite::Transaction;

use super::{Letterhead, name};
use crate::shifts::{Movement, Shift};

/// The paper of a movement of a shift.
#[must_use]
pub fn cash_movement(
    tx: &Transaction<'_>,
    head: &Letterhead,
    shift: &Shift,
    movement: &Movement,
    now: Timestamp,
) -> CashMovement {
    CashMovement {
        seller: head.seller.clone(),
        shift_number: shift.shift_number.clone(),
        drawer: shift.drawer_name.clone(),
        kind: movement.kind.known(),
        amount: movement.amount,
        reason: movement.reason.clone(),
        by: name(tx, movement.made_by.as_deref()),
        approved_by: name(tx, movement.approved_by.as_deref()),
        time: head.stored_time(Some(&movement.created_at), now),
    }
}
