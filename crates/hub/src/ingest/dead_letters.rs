//! Stores dead letters: items that are rejected, stale or of an unknown type, as received. A rejected item is closed when a
//! later version of the same entity is applied.

use protocol::acknowledged::ACKNOWLEDGED_SALE;
use protocol::limits::MAX_ID_BYTES;
use protocol::rule::{Rule, disabled};
use protocol::wire::{Batch, Item, Outcome};
use store::{Fault, Tx};

use super::check::{self, cut, shown};
use super::verdict::{Refusal, Verdict};

// Numbers that no hub assigns, as a shell may write them, are ignored: the largest number has no successor.
const INSERT: &str = "
    insert into dead_letters
      (outlet_id, batch_id, item_no, entity_type, entity_id, outcome, code, args, message, item, received_at,
       epoch_number, stored_document, dead_letter_no)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
      (select coalesce(max(dead_letter_no), 0) + 1 from dead_letters where dead_letter_no < 9000000000000000))
    on conflict (outlet_id, batch_id, item_no) do nothing";

const ANY_OPEN: &str =
    "select 1 from dead_letters where outlet_id = ?1 and discarded_at is null and resolved_at is null limit 1";
const CLOSE: &str = "
    update dead_letters set resolved_at = ?4
    where outlet_id = ?1 and entity_type = ?2 and entity_id = ?3 and discarded_at is null and resolved_at is null
      and outcome <> 'unknown'";

/// A person decides about the latest reversal of a sale; earlier ones stay on record.
const SUPERSEDE: &str = "
    update dead_letters set resolved_at = ?4
    where outlet_id = ?1 and entity_type = ?2 and entity_id = ?3 and discarded_at is null and resolved_at is null
      and code = ?5";

/// Closes the dead letters of entities of which this batch applies a later version.
pub(super) fn close(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    batch: &Batch<'_>,
    verdicts: &[Verdict<'_>],
    now: &str,
) -> Result<(), Fault> {
    if tx.first(ANY_OPEN, &[outlet_id.into()], |_| Ok(()))?.is_none() {
        return Ok(());
    }
    let applied = |verdict: &Verdict<'_>| matches!(verdict, Verdict::Store(_) | Verdict::Change(_));
    for (item, _) in batch.items.iter().zip(verdicts).filter(|(_, verdict)| applied(verdict)) {
        let of = [item.entity_type.as_ref(), item.entity_id.as_ref()];
        tx.execute(CLOSE, &[outlet_id.into(), of[0].into(), of[1].into(), now.into()])?;
    }
    Ok(())
}

/// Stores an item as a dead letter if its verdict requires that: complete, so that it can be applied later; an invalid
/// one only as far as people can read it.
pub(super) fn store(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    batch: &Batch<'_>,
    item_no: usize,
    item: &Item<'_>,
    verdict: &Verdict<'_>,
    now: &str,
) -> Result<(), Fault> {
    if let Verdict::Refused(Refusal { reason, .. }) = verdict
        && reason.code() == ACKNOWLEDGED_SALE
    {
        let of = [item.entity_type.as_ref(), item.entity_id.as_ref()];
        tx.execute(SUPERSEDE, &[outlet_id.into(), of[0].into(), of[1].into(), now.into(), ACKNOWLEDGED_SALE.into()])?;
    }
    let (outcome, refusal) = match verdict {
        Verdict::Unknown if disabled(Rule::UnknownType) => return Ok(()),
        Verdict::Unknown => ("unknown", None),
        Verdict::Refused(refusal) if refusal.outcome == Outcome::Stale => ("stale", Some(refusal)),
        Verdict::Refused(refusal) => ("rejected", Some(refusal)),
        Verdict::Store(_) | Verdict::Change(_) | Verdict::Duplicate | Verdict::Conflict(_) => return Ok(()),
    };
    tx.execute(
        INSERT,
        &[
            outlet_id.into(),
            (&batch.batch_id).into(),
            i64::try_from(item_no).unwrap_or(i64::MAX).into(),
            (&cut(&item.entity_type, MAX_ID_BYTES)).into(),
            (&cut(&item.entity_id, MAX_ID_BYTES)).into(),
            outcome.into(),
            refusal.map(|Refusal { reason, .. }| reason.code()).into(),
            refusal.and_then(|Refusal { reason, .. }| reason.args_json()).as_deref().into(),
            refusal.map(|Refusal { reason, .. }| reason.text()).into(),
            (&shown(item, check::refusal(item).is_ok())).into(),
            now.into(),
            batch.epoch.number.into(),
            refusal.and_then(|Refusal { stored_document, .. }| stored_document.as_deref()).into(),
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn open_dead_letters_are_found_by_index() {
        plans::assert_reads(ANY_OPEN, "SEARCH dead_letters USING INDEX dead_letters_open (outlet_id=?)");
        for sql in [CLOSE, SUPERSEDE] {
            plans::assert_reads(
                sql,
                "SEARCH dead_letters USING INDEX dead_letters_open (outlet_id=? AND entity_type=? AND entity_id=?)",
            );
        }
    }
}
