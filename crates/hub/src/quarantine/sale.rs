//! Decides about an acknowledged sale that its outlet deleted or changed: either the hub keeps it and the outlet restores
//! it, or the outlet's version replaces it. Who, when and why are recorded with both versions.

use store::{Fault, Tx};

use web::Code;

use super::action::Action;
use super::decide;
use super::discard::discard;
use super::list::{DeadLetter, find};
use crate::catalog::{By, Refused};
use crate::ingest::{Decided, NotAccepted, accept_dead_letter};

/// Counts up to this number, so that a health check stays fast.
const MAX: i64 = 1_000;

const COUNT: &str = "
    select count(*) from (
      select 1 from dead_letters
      where code = 'acknowledged_sale' and discarded_at is null and resolved_at is null limit ?1) open";
const OUTLETS: &str = "
    select distinct o.code from dead_letters k join outlets o on o.outlet_id = k.outlet_id
    where k.code = 'acknowledged_sale' and k.discarded_at is null and k.resolved_at is null
    order by o.code limit 1000";

/// Counts sales that were deleted or changed at their outlets and await a decision, up to 1,000.
///
/// # Errors
/// The database failed.
pub(crate) fn count_sales(tx: &mut Tx<'_>) -> Result<i64, Fault> {
    Ok(tx.first(COUNT, &[MAX.into()], |row| row.int(0))?.unwrap_or(0))
}

/// Codes of their outlets.
///
/// # Errors
/// The database failed.
pub(crate) fn outlets_of_sales(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    tx.all(OUTLETS, &[], |row| row.string(0))
}

/// Decides about a sale in a dead letter, by outlet, batch and item number: accepts the outlet's version or keeps the
/// hub's.
///
/// # Errors
/// [`Refused`].
pub fn decide_sale(
    tx: &mut Tx<'_>,
    key: (&str, &str, i64),
    accepts: bool,
    reason: &str,
    by: &mut By,
) -> Result<(), Refused> {
    if accepts { accept(tx, key, reason, by).map(drop) } else { discard(tx, key, reason, by).map(drop) }
}

/// Replaces a sale by the outlet's version, and makes the outlet send it again.
///
/// # Errors
/// [`Refused`].
pub(super) fn accept(
    tx: &mut Tx<'_>,
    key: (&str, &str, i64),
    reason: &str,
    by: &mut By,
) -> Result<DeadLetter, Refused> {
    let (who, at) = (by.name(), web::time::text(by.now));
    let decided = Decided { by: &who, at: &at, reason };
    let item = accept_dead_letter(tx, key, &decided).map_err(|refused| match refused {
        NotAccepted::NotOpen => Refused::NotFound(MISSING),
        NotAccepted::Unfit(reason) => Code::CannotBeAccepted.with("detail", reason.message()).into(),
        NotAccepted::Fault(fault) => Refused::Fault(fault),
    })?;
    // The outlet sends its version again and gets it acknowledged.
    decide::send(tx, key.0, (&item.entity_type, &item.entity_id, item.seq), Action::Retry, reason, by)?;
    find(tx, key.0, key.1, key.2)?.ok_or(Refused::NotFound(MISSING))
}

const MISSING: &str = "sale";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn only_sales_that_wait_for_a_decision_are_read() {
        plans::assert_reads(COUNT, "SCAN dead_letters USING INDEX dead_letters_sales");
    }
}
