//! Quarantined items and unapplied updates as each outlet reported them with its last batch, with head office's later
//! decisions.

use protocol::entity::DECISION;
use protocol::wire::{self, QuarantineState, UnappliedState};
use serde::Serialize;
use store::{Fault, Row, Tx};
use utoipa::ToSchema;
use web::Localized;
use web::messages::{Args, Reason, ShownReason, shown};

use super::action::{Action, item_id, update_id};
use crate::catalog::stored;

/// The quarantine of an outlet.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutletQuarantine {
    /// The outlet's id.
    pub outlet_id: String,
    /// The outlet's code.
    pub outlet_code: String,
    /// Quarantined items, at most 1,000.
    pub quarantined: Vec<ReportedItem>,
    /// Unapplied updates, at most 1,000.
    pub unapplied: Vec<UnappliedUpdate>,
    /// When it reported this, RFC 3339 UTC by the hub's clock.
    pub reported_at: String,
}

/// An item in an outlet's quarantine.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportedItem {
    /// The type of the entity.
    pub entity_type: String,
    /// The id of the entity.
    pub entity_id: String,
    /// Its seq in the outlet's queue; null, like all fields below, if the outlet's version does not report it.
    pub seq: Option<i64>,
    /// `failed`: rejected, or failing repeatedly; `isolated`: suspected of making requests fail and retried alone;
    /// `discarded`: a person decided not to send it.
    pub state: Option<String>,
    /// Stable code of the reason.
    pub code: Option<String>,
    /// What its message names.
    pub args: Args,
    /// The reason, in the language of `Accept-Language`.
    pub message: Option<Localized>,
    /// Head office's decision, until the outlet reports that it has carried it out.
    pub decided: Option<Action>,
}

/// A change of head office that an outlet could not apply.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnappliedUpdate {
    /// The type of the entity.
    pub entity_type: String,
    /// The id of the entity.
    pub entity_id: String,
    /// Its seq at the outlet; null, like `state`, if the outlet's version does not report it.
    pub seq: Option<i64>,
    /// `retrying`: it is retried; `discarded`: a person decided not to apply it.
    pub state: Option<String>,
    /// Why it could not be applied.
    #[serde(flatten)]
    pub reason: ShownReason,
    /// Head office's decision, until the outlet reports that it has carried it out.
    pub decided: Option<Action>,
}

const COLUMNS: &str =
    "c.outlet_id, coalesce((select o.code from outlets o where o.outlet_id = c.outlet_id), ''), c.quarantined,
      c.unapplied, c.updated_at";

fn page() -> String {
    format!(
        "select {COLUMNS} from chains c
         where c.outlet_id > ?1 and (c.quarantined <> '[]' or c.unapplied <> '[]') order by c.outlet_id limit ?2"
    )
}

fn one() -> String {
    format!("select {COLUMNS} from chains c where c.outlet_id = ?1")
}

/// At most `limit` outlets with quarantined items or unapplied updates, after this one.
///
/// # Errors
/// [`Fault`].
pub fn list(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<OutletQuarantine>, Fault> {
    let reported = tx.all(&page(), &[after.into(), limit.into()], read)?;
    reported.into_iter().map(|reported| with_decisions(tx, reported)).collect()
}

/// The quarantined item of an outlet for an entity.
pub(super) fn item(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    entity_type: &str,
    entity_id: &str,
) -> Result<Option<ReportedItem>, Fault> {
    let Some(reported) = tx.first(&one(), &[outlet_id.into()], read)? else { return Ok(None) };
    let found =
        reported.quarantined.into_iter().find(|item| item.entity_type == entity_type && item.entity_id == entity_id);
    found.map(|item| item.with_decision(tx, outlet_id)).transpose()
}

/// The unapplied update of an outlet for an entity.
pub(super) fn update(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    entity_type: &str,
    entity_id: &str,
) -> Result<Option<UnappliedUpdate>, Fault> {
    let Some(reported) = tx.first(&one(), &[outlet_id.into()], read)? else { return Ok(None) };
    let mut unapplied = reported.unapplied.into_iter();
    let found = unapplied.find(|update| update.entity_type == entity_type && update.entity_id == entity_id);
    found.map(|update| update.with_decision(tx, outlet_id)).transpose()
}

fn read(row: &Row<'_>) -> Result<OutletQuarantine, Fault> {
    let (quarantined, unapplied): (Vec<wire::Quarantined>, Vec<wire::Unapplied>) =
        (row.json_or_default(2)?, row.json_or_default(3)?);
    Ok(OutletQuarantine {
        outlet_id: row.string(0)?,
        outlet_code: row.string(1)?,
        quarantined: quarantined.into_iter().map(ReportedItem::from).collect(),
        unapplied: unapplied.into_iter().map(UnappliedUpdate::from).collect(),
        reported_at: row.string(4)?,
    })
}

fn with_decisions(tx: &mut Tx<'_>, reported: OutletQuarantine) -> Result<OutletQuarantine, Fault> {
    let OutletQuarantine { outlet_id, quarantined, unapplied, .. } = reported;
    let quarantined =
        quarantined.into_iter().map(|item| item.with_decision(tx, &outlet_id)).collect::<Result<_, _>>()?;
    let unapplied = unapplied.into_iter().map(|update| update.with_decision(tx, &outlet_id));
    let unapplied = unapplied.collect::<Result<_, _>>()?;
    Ok(OutletQuarantine { outlet_id, quarantined, unapplied, ..reported })
}

impl ReportedItem {
    /// Its state; none if it is unknown or missing.
    pub(super) fn state(&self) -> Option<QuarantineState> {
        QuarantineState::parse(self.state.as_deref()?)
    }

    fn with_decision(self, tx: &mut Tx<'_>, outlet_id: &str) -> Result<Self, Fault> {
        let id = item_id(&self.entity_type, &self.entity_id);
        let decided = decided(tx, outlet_id, &id, self.seq, self.state() == Some(QuarantineState::Discarded))?;
        Ok(Self { decided, ..self })
    }
}

impl UnappliedUpdate {
    /// Its state; none if it is unknown or missing.
    pub(super) fn state(&self) -> Option<UnappliedState> {
        UnappliedState::parse(self.state.as_deref()?)
    }

    fn with_decision(self, tx: &mut Tx<'_>, outlet_id: &str) -> Result<Self, Fault> {
        let id = update_id(&self.entity_type, &self.entity_id);
        let decided = decided(tx, outlet_id, &id, self.seq, self.state() == Some(UnappliedState::Discarded))?;
        Ok(Self { decided, ..self })
    }
}

impl From<wire::Quarantined> for ReportedItem {
    fn from(wire::Quarantined { of, seq, state, code, args, message }: wire::Quarantined) -> Self {
        let (entity_type, entity_id) = (of.entity_type, of.entity_id);
        let is_explained = code.is_some() || message.is_some();
        let reason =
            is_explained.then(|| Reason::from_parts(code.unwrap_or_default(), args, message.unwrap_or_default()));
        let (code, args, message) = shown(reason);
        Self { entity_type, entity_id, seq, state, code, args, message, decided: None }
    }
}

impl From<wire::Unapplied> for UnappliedUpdate {
    fn from(wire::Unapplied { of, seq, state, code, args, message }: wire::Unapplied) -> Self {
        let reason = Reason::from_parts(code.unwrap_or_default(), args, message).into();
        Self { entity_type: of.entity_type, entity_id: of.entity_id, seq, state, reason, decided: None }
    }
}

/// A decision applies to one seq. If the seq has changed, the outlet has carried the decision out or the item no longer
/// exists.
fn decided(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    id: &str,
    seq: Option<i64>,
    is_discarded: bool,
) -> Result<Option<Action>, Fault> {
    Ok(stored::find_live(tx, outlet_id, DECISION.name, id)?
        .filter(|decision| seq.is_some() && decision.document.get("seq").and_then(|seq| seq.as_i64()) == seq)
        .and_then(|decision| Action::parse(decision.document.get("action")?.as_str()?))
        .filter(|action| !(*action == Action::Discard && is_discarded)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn outlets_are_read_in_the_order_of_their_key() {
        plans::assert_keyed(&page());
        plans::assert_keyed(&one());
    }
}
