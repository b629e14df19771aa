//! Discards a dead letter. If it would reverse a sale, the hub asks the outlet to restore the hub's version.

use store::Tx;

use web::Code;

use super::decide;
use super::list::{DeadLetter, find};
use crate::catalog::{By, Refused};

const DISCARD: &str = "
    update dead_letters set discarded_by = ?4, discarded_at = ?5, discard_reason = ?6
    where outlet_id = ?1 and batch_id = ?2 and item_no = ?3 and discarded_at is null";

/// Removes a dead letter from the list and records who, when and why. Nothing is deleted.
///
/// # Errors
/// [`Refused`].
pub(super) fn discard(
    tx: &mut Tx<'_>,
    (outlet_id, batch_id, item_no): (&str, &str, i64),
    reason: &str,
    by: &mut By,
) -> Result<DeadLetter, Refused> {
    let (who, at) = (by.name(), web::time::text(by.now));
    let args = [outlet_id.into(), batch_id.into(), item_no.into(), (&who).into(), (&at).into(), reason.into()];
    let changed = tx.execute(DISCARD, &args)?;
    let dead_letter = find(tx, outlet_id, batch_id, item_no)?.ok_or(Refused::NotFound(MISSING))?;
    if changed == 0 {
        return Err(Code::AlreadyDiscarded.because("item").into());
    }
    if dead_letter.resolved_at.is_none() {
        decide::keep_sale(tx, &dead_letter, reason, by)?;
    }
    Ok(dead_letter)
}

const MISSING: &str = "item";
