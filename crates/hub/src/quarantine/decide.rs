//! Head office's word on an item that an outlet holds back: it goes into the outlet's stream, and the outlet carries it out.

use serde::Serialize;
use serde_json::{Map, Value};
use sync::entity::DECISION;
use sync::wire::HeldState;
use utoipa::ToSchema;

use super::held::{self, HeldItem};
use crate::catalog::{self, At, By, Kind, Refused};
use crate::store::Tx;

static KIND: Kind = Kind {
    entity: &DECISION,
    word: "decision",
    missing: "this outlet did not say with its last batch that it holds this back; GET /v1/hq/quarantine/held lists what it did",
    fields: &[],
    check: catalog::anything,
};

/// What is to become of the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// It is sent again.
    Retry,
    /// It is not tried any more.
    Discard,
}

impl Action {
    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Retry, Self::Discard].into_iter().find(|action| action.as_str() == word)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Discard => "discard",
        }
    }
}

/// The id of a decision about an entity.
pub(super) fn id(entity_type: &str, entity_id: &str) -> String {
    format!("{entity_type}/{entity_id}")
}

/// Tells the outlet what is to become of an item. Saying the same again changes nothing; saying another thing before the
/// outlet has carried the first out replaces it.
///
/// It is about the item as the outlet told of it: one that has changed or was retried since is left alone.
///
/// # Errors
/// [`Refused`].
pub(super) fn decide(
    tx: &mut Tx<'_>,
    (outlet, entity_type, entity_id): (&str, &str, &str),
    action: Action,
    reason: &str,
    by: &mut By,
) -> Result<HeldItem, Refused> {
    let at = At::find_to_change(tx, &KIND, outlet)?;
    let find =
        |tx: &mut Tx<'_>| held::of(tx, &at.scope, entity_type, entity_id)?.ok_or(Refused::NotFound(KIND.missing));
    let item = find(tx)?;
    let (Some(seq), Some(state)) = (item.seq, item.state()) else {
        let message = "this outlet's version cannot carry that out; decide at the outlet, or upgrade it";
        return Err(Refused::Against { code: "outlet_too_old", message });
    };
    refuse_what_does_not_fit(state, action)?;
    if item.decided == Some(action) {
        return Ok(item);
    }
    let words = [
        ("entity_type", entity_type),
        ("entity_id", entity_id),
        ("action", action.as_str()),
        ("reason", reason),
        ("by", &by.name()),
        ("at", &web::time::text(by.now)),
    ];
    let mut fields: Map<String, Value> =
        words.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    fields.insert("seq".to_owned(), seq.into());
    catalog::put(tx, &at, &id(entity_type, entity_id), fields, None, by)?;
    find(tx)
}

fn refuse_what_does_not_fit(state: HeldState, action: Action) -> Result<(), Refused> {
    match (state, action) {
        (HeldState::Failed, _) | (HeldState::Discarded, Action::Retry) => Ok(()),
        (HeldState::Discarded, Action::Discard) => {
            let message = "it was discarded before; retry takes it back";
            Err(Refused::Against { code: "already_discarded", message })
        }
        (HeldState::SetAside, _) => {
            let message = "the outlet is trying it by itself; wait until it has failed or was sent";
            Err(Refused::Against { code: "not_failed", message })
        }
    }
}
