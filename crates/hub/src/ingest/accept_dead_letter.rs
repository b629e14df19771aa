//! Applies a dead letter that reverses an acknowledged sale, after head office has accepted it.

use protocol::acknowledged::ACKNOWLEDGED_SALE;
use protocol::validate::Invalid;
use protocol::wire::Item;
use store::{Fault, Tx};
use web::messages::{Reason, ReasonCode};

use super::reprocess::{LOCK, batch_of};
use super::verdict::Verdict;
use super::{check, owned};
use crate::projections::Changes;

const FIND: &str = "
    select item, epoch_number from dead_letters
    where outlet_id = ?1 and batch_id = ?2 and item_no = ?3 and code = ?4 and discarded_at is null
      and resolved_at is null";
const ACCEPTED: &str = "
    update dead_letters set resolved_at = ?4, accepted_by = ?5, accept_reason = ?6
    where outlet_id = ?1 and batch_id = ?2 and item_no = ?3";

/// Who accepts it, when and why.
pub(crate) struct Decided<'a> {
    pub by: &'a str,
    pub at: &'a str,
    pub reason: &'a str,
}

/// The accepted item, by its entity and its seq in the outlet's queue.
#[derive(Debug)]
pub(crate) struct AcceptedItem {
    pub entity_type: String,
    pub entity_id: String,
    pub seq: i64,
}

/// Why a dead letter is not accepted. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAccepted {
    /// There is no open dead letter with the code `acknowledged_sale` under this key.
    #[error("no sale waits for a decision under this key")]
    NotOpen,
    /// The outlet's version breaks another rule, or is no longer newer.
    #[error("the outlet's version cannot be applied: {0}")]
    Unfit(Reason),
    /// The database.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Replaces the sale by the outlet's version, and records who decided it and why.
///
/// # Errors
/// [`NotAccepted`].
pub(crate) fn accept_dead_letter(
    tx: &mut Tx<'_>,
    (outlet_id, batch_id, item_no): (&str, &str, i64),
    decided: &Decided<'_>,
) -> Result<AcceptedItem, NotAccepted> {
    tx.lock(LOCK, &[outlet_id.into()])?;
    let key = [outlet_id.into(), batch_id.into(), item_no.into()];
    let mut args = key.to_vec();
    args.push(ACKNOWLEDGED_SALE.into());
    let found = tx.first(FIND, &args, |row| Ok((row.string(0)?, row.int(1)?)))?;
    let (json, epoch_number) = found.ok_or(NotAccepted::NotOpen)?;
    let item: Item<'_> = serde_json::from_str(&json)
        .map_err(|error| NotAccepted::Unfit(Reason::invalid("order", "", &Invalid::Unreadable(error.to_string()))))?;
    let batch = batch_of(epoch_number, batch_id.to_owned(), vec![item]);
    let [item] = &batch.items[..] else { return Err(NotAccepted::NotOpen) };
    if let Some(refusal) = check::refusal(item).unwrap_or_else(Some) {
        return Err(NotAccepted::Unfit(refusal.reason));
    }
    match owned::judge_accepted(tx, outlet_id, epoch_number, item)? {
        Verdict::Store(newer) => {
            let mut changes = Changes::default();
            if let Some(refusal) = owned::figures_refusal(tx, outlet_id, item, &newer, &mut changes)? {
                return Err(NotAccepted::Unfit(refusal.reason));
            }
            let arrival_no = owned::next_arrival(tx)?;
            owned::store(tx, outlet_id, &batch, item, &newer, &mut changes, arrival_no, decided.at)?;
            changes.write(tx, outlet_id)?;
        }
        Verdict::Refused(refusal) => return Err(NotAccepted::Unfit(refusal.reason)),
        _ => return Err(NotAccepted::Unfit(ReasonCode::NotNewer.into())),
    }
    let [outlet, batch_id, item_no] = key;
    tx.execute(ACCEPTED, &[outlet, batch_id, item_no, decided.at.into(), decided.by.into(), decided.reason.into()])?;
    Ok(AcceptedItem { entity_type: item.entity_type.to_string(), entity_id: item.entity_id.to_string(), seq: item.seq })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn the_item_is_found_by_its_key() {
        for sql in [FIND, ACCEPTED] {
            plans::assert_keyed(sql);
        }
    }
}
