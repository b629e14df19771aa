//! Decides about an item or an unapplied update in an outlet's quarantine: the decision goes into the outlet's stream, and
//! the outlet carries it out.

use protocol::acknowledged::ACKNOWLEDGED_SALE;
use protocol::entity::DECISION;
use protocol::wire::{QuarantineState, UnappliedState};
use serde_json::{Map, Value};
use store::Tx;

use web::Code;

use super::action::{Action, item_id, update_id};
use super::list::DeadLetter;
use super::reported::{self, ReportedItem, UnappliedUpdate};
use crate::catalog::{self, At, By, Refused, SharedKind};

static KIND: SharedKind =
    SharedKind { entity: &DECISION, word: "decision", missing: "quarantined", fields: &[], check: catalog::no_rules };

/// Sends the outlet a decision about a quarantined item. The same decision again changes nothing; another one replaces
/// it, unless the outlet has carried it out.
///
/// It applies to the item as reported: the outlet ignores it if the item has changed or was retried since.
///
/// # Errors
/// [`Refused`].
pub fn decide(
    tx: &mut Tx<'_>,
    (outlet, entity_type, entity_id): (&str, &str, &str),
    action: Action,
    reason: &str,
    by: &mut By,
) -> Result<ReportedItem, Refused> {
    let at = At::find_to_change(tx, &KIND, outlet)?;
    let find =
        |tx: &mut Tx<'_>| reported::item(tx, &at.scope, entity_type, entity_id)?.ok_or(Refused::NotFound(KIND.missing));
    let item = find(tx)?;
    let (Some(seq), Some(state)) = (item.seq, item.state()) else { return Err(Code::OutletTooOld.into()) };
    match (state, action) {
        (QuarantineState::Failed, _) | (QuarantineState::Discarded, Action::Retry | Action::Keep) => {}
        (QuarantineState::Discarded, Action::Discard) => return Err(Code::AlreadyDiscarded.into()),
        (QuarantineState::Isolated, _) => return Err(Code::NotFailed.because("outlet").into()),
    }
    if item.decided == Some(action) {
        return Ok(item);
    }
    let decision = Decision { entity_type, entity_id, seq, action, reason };
    decision.put(tx, &at, &item_id(entity_type, entity_id), by)?;
    find(tx)
}

/// Sends the outlet a decision about an unapplied update, as [`decide`] does for an item.
///
/// # Errors
/// [`Refused`].
pub fn decide_update(
    tx: &mut Tx<'_>,
    (outlet, entity_type, entity_id): (&str, &str, &str),
    action: Action,
    reason: &str,
    by: &mut By,
) -> Result<UnappliedUpdate, Refused> {
    let at = At::find_to_change(tx, &KIND, outlet)?;
    let find = |tx: &mut Tx<'_>| {
        reported::update(tx, &at.scope, entity_type, entity_id)?.ok_or(Refused::NotFound(KIND.missing))
    };
    let update = find(tx)?;
    let (Some(seq), Some(state)) = (update.seq, update.state()) else { return Err(Code::OutletTooOld.into()) };
    if (state, action) == (UnappliedState::Discarded, Action::Discard) {
        return Err(Code::AlreadyDiscarded.into());
    }
    if update.decided == Some(action) {
        return Ok(update);
    }
    let decision = Decision { entity_type, entity_id, seq, action, reason };
    decision.put(tx, &at, &update_id(entity_type, entity_id), by)?;
    find(tx)
}

/// Sends the outlet a decision about an item with this seq, unless the outlet is revoked.
pub(super) fn send(
    tx: &mut Tx<'_>,
    outlet: &str,
    (entity_type, entity_id, seq): (&str, &str, i64),
    action: Action,
    reason: &str,
    by: &mut By,
) -> Result<(), Refused> {
    let at = match At::find_to_change(tx, &KIND, outlet) {
        Err(Refused::Outlet(_)) => return Ok(()),
        at => at?,
    };
    let decision = Decision { entity_type, entity_id, seq, action, reason };
    decision.put(tx, &at, &item_id(entity_type, entity_id), by)
}

/// If the discarded item would reverse a sale, makes the outlet restore the hub's version.
pub(super) fn keep_sale(tx: &mut Tx<'_>, dead_letter: &DeadLetter, reason: &str, by: &mut By) -> Result<(), Refused> {
    let seq = dead_letter.item.as_ref().and_then(|item| item["seq"].as_i64());
    match seq {
        Some(seq) if dead_letter.code.as_deref() == Some(ACKNOWLEDGED_SALE) => send(
            tx,
            &dead_letter.outlet_id,
            (&dead_letter.entity_type, &dead_letter.entity_id, seq),
            Action::Keep,
            reason,
            by,
        ),
        _ => Ok(()),
    }
}

/// The content of a decision in the stream.
struct Decision<'a> {
    entity_type: &'a str,
    entity_id: &'a str,
    seq: i64,
    action: Action,
    reason: &'a str,
}

impl Decision<'_> {
    fn put(&self, tx: &mut Tx<'_>, at: &At, id: &str, by: &mut By) -> Result<(), Refused> {
        let texts = [
            ("entity_type", self.entity_type),
            ("entity_id", self.entity_id),
            ("action", self.action.as_str()),
            ("reason", self.reason),
            ("by", &by.name()),
            ("at", &web::time::text(by.now)),
        ];
        let mut fields: Map<String, Value> =
            texts.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        fields.insert("seq".to_owned(), self.seq.into());
        catalog::put(tx, at, id, fields, None, by)?;
        Ok(())
    }
}
