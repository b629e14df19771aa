//! Items that are not applied, or not understood, kept as received: for people, and for a version that knows them.

use sync::wire::{Batch, Item, Outcome};

use super::chain::json;
use super::verdict::{Refusal, Verdict};
use crate::store::{Fault, Tx};

const KEEP: &str = "
    insert into kept_items
      (outlet_id, batch_id, item_no, entity_type, entity_id, outcome, code, message, item, received_at,
       epoch_number)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    on conflict (outlet_id, batch_id, item_no) do nothing";

/// Keeps an item, if its verdict asks for that.
///
/// The item is written again from what was read: the protocol's own fields in their order, `data` byte for byte.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    batch: &Batch<'_>,
    item_no: usize,
    item: &Item<'_>,
    verdict: &Verdict<'_>,
    now: &str,
) -> Result<(), Fault> {
    let (outcome, refusal) = match verdict {
        Verdict::Unknown => ("unknown", None),
        Verdict::Refused(refusal) if refusal.outcome == Outcome::KeptAside => ("kept_aside", Some(refusal)),
        Verdict::Refused(refusal) => ("rejected", Some(refusal)),
        Verdict::Store(_) | Verdict::Change(_) | Verdict::Duplicate | Verdict::Conflict(_) => return Ok(()),
    };
    tx.execute(
        KEEP,
        &[
            outlet_id.into(),
            (&batch.batch_id).into(),
            i64::try_from(item_no).unwrap_or(i64::MAX).into(),
            item.entity_type.as_ref().into(),
            item.entity_id.as_ref().into(),
            outcome.into(),
            refusal.map(|Refusal { code, .. }| *code).into(),
            refusal.map(|Refusal { message, .. }| message.as_str()).into(),
            (&json(item)).into(),
            now.into(),
            batch.epoch.number.into(),
        ],
    )?;
    Ok(())
}
