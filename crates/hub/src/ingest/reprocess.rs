//! Reprocesses dead letters of types that this version knows and the version that received them did not: those of one batch
//! together, in order.
//!
//! They are judged like a batch and never replace a newer version: if the outlet has sent one since, the older item is
//! closed. A rejected item stays a dead letter, with the reason.

use jiff::Timestamp;
use protocol::acknowledged::ACKNOWLEDGED_SALE;
use protocol::entity::ENTITIES;
use protocol::validate::Invalid;
use protocol::wire::{Batch, Epoch, Item, Outcome};
use store::{Fault, Store, Tx};
use web::messages::{Reason, ReasonCode};

use super::accept::{Refused, apply, judge};
use super::verdict::{Refusal, Verdict};
use crate::catalog::stored;
use crate::streams::Hints;

const NEXT: &str = "
    select outlet_id, batch_id, epoch_number from dead_letters
    where entity_type = ?1 and outcome = 'unknown' and discarded_at is null and resolved_at is null
    order by dead_letter_no, outlet_id, batch_id limit 1";
const ITEMS: &str = "
    select item_no, item from dead_letters
    where outlet_id = ?1 and batch_id = ?2 and entity_type = ?3 and outcome = 'unknown' and discarded_at is null
      and resolved_at is null
    order by item_no";
pub(super) const LOCK: &str = "select 1 from outlets where outlet_id = ?1 /*pg for update*/";
const REPROCESSED: &str =
    "update dead_letters set resolved_at = ?4 where outlet_id = ?1 and batch_id = ?2 and item_no = ?3";
const REFUSED: &str = "
    update dead_letters set outcome = ?6, code = ?4, args = ?8, message = ?5, stored_document = ?7
    where outlet_id = ?1 and batch_id = ?2 and item_no = ?3";
const NEWER: &str = "
    select 1 from documents
    where outlet_id = ?1 and entity_type = ?2 and entity_id = ?3 and (epoch_number, version) > (?4, ?5)";

/// Reprocesses the dead letters of types that this version knows, one batch per transaction; returns their number.
///
/// # Errors
/// [`Refused`]; batches reprocessed before it stay applied.
pub(crate) async fn reprocess(store: &Store, hints: &Hints, now: Timestamp) -> Result<usize, Refused> {
    let mut items = 0;
    for entity in ENTITIES {
        while let Some((count, grown)) = store.write_locking(move |tx| reprocess_next(tx, entity.name, now)).await? {
            items += count;
            grown.iter().for_each(|stream| hints.changed(stream));
        }
    }
    Ok(items)
}

/// Reprocesses the dead letters of this type from one batch: returns their number and the streams that have grown;
/// `None` if there are no more.
///
/// # Errors
/// [`Refused`].
pub fn reprocess_next(
    tx: &mut Tx<'_>,
    entity_type: &str,
    now: Timestamp,
) -> Result<Option<(usize, Vec<String>)>, Refused> {
    let found = tx.first(NEXT, &[entity_type.into()], |row| Ok((row.string(0)?, row.string(1)?, row.int(2)?)))?;
    let Some((outlet_id, batch_id, epoch_number)) = found else { return Ok(None) };
    // Another node may reprocess it, or apply a batch of the outlet.
    tx.lock(LOCK, &[(&outlet_id).into()])?;
    let of_batch = [(&outlet_id).into(), (&batch_id).into(), entity_type.into()];
    let dead_letters = tx.all(ITEMS, &of_batch, |row| Ok((row.int(0)?, row.string(1)?)))?;
    let (mut numbers, mut items) = (Vec::new(), Vec::new());
    for (item_no, json) in &dead_letters {
        match serde_json::from_str::<Item<'_>>(json) {
            Ok(item) => {
                numbers.push(*item_no);
                items.push(item);
            }
            Err(error) => {
                let invalid = Invalid::Unreadable(error.to_string());
                let refusal = Refusal::rejected(Reason::invalid(entity_type, "", &invalid));
                refuse(tx, (&outlet_id, &batch_id, *item_no), &refusal)?;
            }
        }
    }
    let batch = batch_of(epoch_number, batch_id, items);
    let number = |place: usize| usize::try_from(numbers[place]).unwrap_or(usize::MAX);
    let verdicts = judge(tx, &outlet_id, &batch, number)?;
    let now = web::time::text(now);
    let (_, grown) = apply(tx, &outlet_id, &batch, &verdicts, &now)?;
    for ((item, verdict), item_no) in batch.items.iter().zip(&verdicts).zip(&numbers) {
        let at = (outlet_id.as_str(), batch.batch_id.as_str(), *item_no);
        match refusal(tx, &outlet_id, epoch_number, item, verdict)? {
            Some(refusal) => refuse(tx, at, &refusal)?,
            None => {
                tx.execute(REPROCESSED, &[at.0.into(), at.1.into(), at.2.into(), (&now).into()])?;
            }
        }
    }
    Ok(Some((dead_letters.len(), grown)))
}

/// Dead letters as the batch that they arrived in.
pub(super) fn batch_of(epoch_number: i64, batch_id: String, items: Vec<Item<'_>>) -> Batch<'_> {
    Batch {
        protocol: protocol::PROTOCOL,
        epoch: Epoch { number: epoch_number, id: String::new() },
        batch_no: 0,
        batch_id,
        previous_batch_id: None,
        complete_through: 0,
        quarantined: Vec::new(),
        unapplied: Vec::new(),
        items,
    }
}

/// Why an item stays a dead letter; `None` if it was applied, or if the outlet has sent a newer version since.
fn refusal(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    epoch_number: i64,
    item: &Item<'_>,
    verdict: &Verdict<'_>,
) -> Result<Option<Refusal>, Fault> {
    let (entity_type, entity_id) = (item.entity_type.as_ref(), item.entity_id.as_ref());
    let args = [outlet_id.into(), entity_type.into(), entity_id.into(), epoch_number.into(), item.version.into()];
    match verdict {
        Verdict::Refused(refusal)
            if refusal.outcome == Outcome::Stale && refusal.reason.code() != ACKNOWLEDGED_SALE =>
        {
            let newer = tx.first(NEWER, &args, |_| Ok(()))?;
            Ok(newer.is_none().then(|| refusal.clone()))
        }
        Verdict::Refused(refusal) => Ok(Some(refusal.clone())),
        Verdict::Conflict(_) => {
            let theirs = [outlet_id, ""]
                .into_iter()
                .find_map(|scope| stored::find(tx, scope, entity_type, entity_id).transpose());
            let by_this_outlet = theirs.transpose()?.is_some_and(|stored| stored.changed_by == outlet_id);
            Ok((!by_this_outlet).then(|| Refusal::rejected(ReasonCode::Conflict)))
        }
        Verdict::Store(_) | Verdict::Change(_) | Verdict::Unknown | Verdict::Duplicate => Ok(None),
    }
}

fn refuse(tx: &mut Tx<'_>, at: (&str, &str, i64), refusal: &Refusal) -> Result<(), Fault> {
    let Refusal { reason, stored_document, .. } = refusal;
    let outcome = if reason.code() == ACKNOWLEDGED_SALE { "stale" } else { "rejected" };
    let reason_args = reason.args_json();
    let args = [
        at.0.into(),
        at.1.into(),
        at.2.into(),
        reason.code().into(),
        reason.text().into(),
        outcome.into(),
        stored_document.as_deref().into(),
        reason_args.as_deref().into(),
    ];
    tx.execute(REFUSED, &args)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn the_next_batch_is_found_by_index() {
        plans::assert_reads(NEXT, "SEARCH dead_letters USING INDEX dead_letters_unknown (entity_type=?)");
        plans::assert_unsorted(NEXT);
        for sql in [ITEMS, REPROCESSED, REFUSED, NEWER] {
            plans::assert_keyed(sql);
        }
    }
}
