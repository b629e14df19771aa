//! Outlet-owned items: stores the newest version unchanged and updates the projections.

use std::collections::{BTreeSet, HashMap};

use protocol::acknowledged::ACKNOWLEDGED_SALE;
use protocol::judge::{self, StoredVersion};
use protocol::wire::{Batch, Item, Operation, Outcome};
use store::{Arg, Fault, Tx};
use web::messages::ReasonCode;

use super::check::invalid_document;
use super::verdict::{NewVersion, Previous, Refusal, Verdict};
use crate::projections::{self, Changes, Rejection, Reversal, Source};

const FIND: &str = "
    select epoch_number, version, document, arrival_no from documents
    where outlet_id = ?1 and entity_type = ?2 and entity_id = ?3";
const ARRIVAL: &str = "
    select arrival_no from documents where outlet_id = ?1 and entity_type = ?2 and entity_id = ?3";
/// One more than the largest, which is the last entry of the index. Numbers that no hub assigns, as a shell may write
/// them, are ignored: the largest number has no successor.
const NEXT_ARRIVAL: &str = "select coalesce(max(arrival_no), 0) + 1 from sales where arrival_no < 9000000000000000";
const ADD: &str = "
    insert into documents (outlet_id, entity_type, entity_id, epoch_number, version, deleted, document, occurred_at,
      received_at, batch_id, arrival_no)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const REPLACE: &str = "
    update documents set epoch_number = ?4, version = ?5, deleted = ?6, document = ?7, occurred_at = ?8,
      received_at = ?9, batch_id = ?10
    where outlet_id = ?1 and entity_type = ?2 and entity_id = ?3";

const FIND_ALL: &str = "
    select entity_type, entity_id, epoch_number, version, document, arrival_no from documents
    where outlet_id = ?1 and entity_type = any(?2) and entity_id = any(?3)";

/// The stored versions of a batch's documents, prefetched with one query. May contain others with the same type or id.
pub(super) struct Prefetched(HashMap<(String, String), StoredDocument>);

struct StoredDocument {
    key: (i64, i64),
    document: Option<String>,
    arrival_no: i64,
}

/// Prefetches the documents of a batch if each statement is a round trip.
pub(super) fn prefetch(tx: &mut Tx<'_>, outlet_id: &str, batch: &Batch<'_>) -> Result<Option<Prefetched>, Fault> {
    if !tx.is_remote() {
        return Ok(None);
    }
    let ids: Vec<_> = batch.items.iter().map(|item| item.entity_id.as_ref()).collect();
    let types: BTreeSet<_> = batch.items.iter().map(|item| item.entity_type.as_ref()).collect();
    let types: Vec<_> = types.into_iter().collect();
    let found = tx.all(FIND_ALL, &[outlet_id.into(), Arg::Texts(&types), Arg::Texts(&ids)], |row| {
        let stored =
            StoredDocument { key: (row.int(2)?, row.int(3)?), document: row.maybe_string(4)?, arrival_no: row.int(5)? };
        Ok(((row.string(0)?, row.string(1)?), stored))
    })?;
    Ok(Some(Prefetched(found.into_iter().collect())))
}

/// Decides about an item of an outlet-owned type.
pub(super) fn judge<'b>(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    epoch_number: i64,
    item: &'b Item<'_>,
    prefetch: Option<&Prefetched>,
) -> Result<Verdict<'b>, Fault> {
    let document = match item.operation {
        Operation::Delete => None,
        Operation::Create | Operation::Update => item.data.map(|data| data.get()),
    };
    let compare = |current: StoredVersion<'_>, arrival_no: i64| {
        let outcome = judge::owned(Some(current), (epoch_number, item.version), document);
        let before = match current.document {
            Some(document) if outcome == Outcome::Applied => Previous::Document(document.to_owned(), arrival_no),
            _ => Previous::Deleted(arrival_no),
        };
        (outcome, before)
    };
    let (entity_type, entity_id) = (item.entity_type.as_ref(), item.entity_id.as_ref());
    let found = match prefetch {
        Some(Prefetched(all)) => {
            // PostgreSQL cannot store this character.
            let as_stored = |text: &str| text.replace('\0', "\u{fffd}");
            let stored = all.get(&(as_stored(entity_type), as_stored(entity_id)));
            stored.map(|StoredDocument { key, document, arrival_no }| {
                compare(StoredVersion { key: *key, document: document.as_deref() }, *arrival_no)
            })
        }
        None => tx.first(FIND, &[outlet_id.into(), entity_type.into(), entity_id.into()], |row| {
            let document = row.maybe_text(2)?;
            Ok(compare(StoredVersion { key: (row.int(0)?, row.int(1)?), document: document.as_deref() }, row.int(3)?))
        })?,
    };
    let (outcome, before) = found.unwrap_or((Outcome::Applied, Previous::Nothing));
    if outcome == Outcome::Applied
        && let Some(refusal) = reverses_acknowledged(tx, outlet_id, item, &before, document)?
    {
        return Ok(Verdict::Refused(refusal));
    }
    Ok(match outcome {
        Outcome::Applied => stores(item, document, before),
        Outcome::Duplicate => Verdict::Duplicate,
        outcome @ (Outcome::Stale | Outcome::Conflict | Outcome::Rejected) => {
            Verdict::Refused(Refusal { outcome, reason: ReasonCode::NotNewer.into(), stored_document: None })
        }
    })
}

/// Why the figures would be out of range if this version were stored.
pub(super) fn figures_refusal(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    item: &Item<'_>,
    newer: &NewVersion<'_>,
    changes: &mut Changes,
) -> Result<Option<Refusal>, Fault> {
    let Some(document) = &newer.projected else { return Ok(None) };
    let before = match &newer.before {
        Previous::Document(before, _) => Some(before.as_str()),
        Previous::Nothing | Previous::Deleted(_) => None,
    };
    let reserved = changes.reserve(tx, outlet_id, before, document)?;
    Ok(reserved.err().map(|rejection| rejected(item, &rejection)))
}

fn rejected(item: &Item<'_>, rejection: &Rejection) -> Refusal {
    Refusal::rejected(rejection.reason(&item.entity_type, &item.entity_id))
}

/// Decides about an item that reverses an acknowledged sale and that head office has accepted.
pub(super) fn judge_accepted<'b>(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    epoch_number: i64,
    item: &'b Item<'_>,
) -> Result<Verdict<'b>, Fault> {
    Ok(match judge(tx, outlet_id, epoch_number, item, None)? {
        Verdict::Refused(Refusal { reason, stored_document: Some(current), .. })
            if reason.code() == ACKNOWLEDGED_SALE =>
        {
            let document = item.data.filter(|_| item.operation != Operation::Delete).map(|data| data.get());
            let of = [outlet_id.into(), item.entity_type.as_ref().into(), item.entity_id.as_ref().into()];
            let arrival_no = tx.first(ARRIVAL, &of, |row| row.int(0))?.unwrap_or(0);
            stores(item, document, Previous::Document(current, arrival_no))
        }
        verdict => verdict,
    })
}

fn stores<'b>(item: &Item<'_>, document: Option<&'b str>, before: Previous) -> Verdict<'b> {
    match read(item, document) {
        Ok(projected) => Verdict::Store(Box::new(NewVersion { document, projected, before })),
        Err(refusal) => Verdict::Refused(refusal),
    }
}

/// Why a version that reverses an acknowledged sale is not stored until head office decides.
fn reverses_acknowledged(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    item: &Item<'_>,
    before: &Previous,
    document: Option<&str>,
) -> Result<Option<Refusal>, Fault> {
    let Previous::Document(current, arrival_no) = before else { return Ok(None) };
    let source = Source { outlet_id, entity_id: &item.entity_id, arrival_no: *arrival_no };
    let reversal = projections::reversal(tx, &item.entity_type, source, current, document)?;
    let Some(Reversal { sale, how, is_damaged }) = reversal else { return Ok(None) };
    let message = ReasonCode::AcknowledgedSale.with("sale", sale).with("change", how);
    let reason = message.with("damaged", if is_damaged { "yes" } else { "no" }).into();
    Ok(Some(Refusal { outcome: Outcome::Stale, reason, stored_document: Some(current.clone()) }))
}

/// Checks a document by the rules of its entity. Without a projection it only has to be an object.
fn read<'b>(item: &Item<'_>, document: Option<&'b str>) -> Result<Option<projections::Document<'b>>, Refusal> {
    let Some(document) = document else {
        return match item.operation {
            Operation::Delete => Ok(None),
            Operation::Create | Operation::Update => Err(invalid_document(item, "no_document")),
        };
    };
    if !document.starts_with('{') {
        return Err(invalid_document(item, "not_an_object"));
    }
    projections::read(&item.entity_type, document, &item.entity_id).map_err(|rejection| rejected(item, &rejection))
}

/// The number of the first order of a batch that arrives now.
pub(super) fn next_arrival(tx: &mut Tx<'_>) -> Result<i64, Fault> {
    Ok(tx.first(NEXT_ARRIVAL, &[], |row| row.int(0))?.unwrap_or(1))
}

/// Stores a document, and replaces the figures of its previous version. `arrival_no` is used if the hub has no earlier
/// version.
#[expect(clippy::too_many_arguments, reason = "all are columns of a document")]
pub(super) fn store(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    batch: &Batch<'_>,
    item: &Item<'_>,
    newer: &NewVersion<'_>,
    changes: &mut Changes,
    arrival_no: i64,
    now: &str,
) -> Result<(), Fault> {
    let arrival_no = match newer.before {
        Previous::Nothing => arrival_no,
        Previous::Deleted(first) | Previous::Document(_, first) => first,
    };
    let source = Source { outlet_id, entity_id: &item.entity_id, arrival_no };
    if let Previous::Document(before, _) = &newer.before {
        changes.subtract(tx, &item.entity_type, source, before)?;
    }
    let is_new = matches!(newer.before, Previous::Nothing);
    let sql = if is_new { ADD } else { REPLACE };
    let args: [Arg<'_>; 11] = [
        outlet_id.into(),
        item.entity_type.as_ref().into(),
        item.entity_id.as_ref().into(),
        batch.epoch.number.into(),
        item.version.into(),
        newer.document.is_none().into(),
        newer.document.into(),
        item.occurred_at.as_ref().into(),
        now.into(),
        (&batch.batch_id).into(),
        arrival_no.into(),
    ];
    tx.defer(sql, if is_new { &args } else { &args[..10] })?;
    newer.projected.as_ref().map_or(Ok(()), |document| changes.add(tx, source, document))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn documents_are_found_by_their_key() {
        for sql in [FIND, REPLACE, ARRIVAL] {
            plans::assert_keyed(sql);
        }
    }
}
