//! What travels from the hub to an outlet, as JSON. `docs/protocol.md` shows examples.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::cursor::Place;
use crate::rule::{Rule, disabled};
use crate::validate;
use crate::wire::{ChainRow, EntityRef, Token};

/// A version of an entity as the hub has it.
///
/// One that cannot be read stays an update, with [`Update::unreadable`]: it must not hide its neighbours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "Flat")]
pub struct Update {
    /// Which entity.
    #[serde(flatten)]
    pub of: EntityRef,
    /// The hub's version of it.
    pub token: Token,
    /// True: it was deleted; the document is what it was then.
    pub deleted: bool,
    /// All fields that the hub has, also those that this version does not know.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub document: Map<String, Value>,
    /// Who made this version: an outlet's id, or `hq:` and a user's name.
    pub changed_by: String,
    /// When, by that one's clock: for people.
    pub changed_at: String,
    /// Of what belongs to one outlet: the fields whose value that outlet's key wrote last, `deleted` among them; head office
    /// wrote the others. None: of the chain's, or the hub does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_outlet: Option<BTreeSet<String>>,
    /// Why the document is not in it: too large, too deep or damaged at the hub, or not to be read here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// An update in its place in a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "FlatInStream")]
pub struct StreamUpdate {
    /// `catalog`, or `outlet:` and the outlet's id.
    pub stream: String,
    /// Its place there.
    #[serde(flatten)]
    pub place: Place,
    /// What changed.
    #[serde(flatten)]
    pub update: Update,
}

/// [`StreamUpdate`] as it is read: with `flatten` serde would copy each document twice on the way.
#[derive(Deserialize)]
struct FlatInStream {
    stream: String,
    n: i64,
    row_id: String,
    entity_type: String,
    entity_id: String,
    token: Token,
    deleted: bool,
    document: Box<RawValue>,
    changed_by: String,
    changed_at: String,
    #[serde(default)]
    by_outlet: Option<BTreeSet<String>>,
    #[serde(default)]
    unreadable: Option<String>,
}

impl From<FlatInStream> for StreamUpdate {
    fn from(flat: FlatInStream) -> Self {
        let FlatInStream { stream, n, row_id, entity_type, entity_id, token, deleted, .. } = flat;
        let FlatInStream { document, changed_by, changed_at, by_outlet, unreadable, .. } = flat;
        let flat =
            Flat { entity_type, entity_id, token, deleted, document, changed_by, changed_at, by_outlet, unreadable };
        Self { stream, place: Place { n, row_id }, update: flat.into() }
    }
}

/// [`Update`] as it is read.
#[derive(Deserialize)]
struct Flat {
    entity_type: String,
    entity_id: String,
    token: Token,
    deleted: bool,
    document: Box<RawValue>,
    changed_by: String,
    changed_at: String,
    #[serde(default)]
    by_outlet: Option<BTreeSet<String>>,
    #[serde(default)]
    unreadable: Option<String>,
}

impl From<Flat> for Update {
    fn from(flat: Flat) -> Self {
        let Flat { entity_type, entity_id, token, deleted, document, changed_by, changed_at, by_outlet, unreadable } =
            flat;
        let of = EntityRef { entity_type, entity_id };
        let (document, unreadable) = document_or_reason(document.get(), unreadable);
        Self { of, token, deleted, document, changed_by, changed_at, by_outlet, unreadable }
    }
}

/// The document of a text, or none and why; `known` is a reason that the sender gave.
#[must_use]
pub fn document_or_reason(text: &str, known: Option<String>) -> (Map<String, Value>, Option<String>) {
    match (known, validate::readable(text)) {
        (None, Ok(document)) => (document, None),
        (_, Err(_)) if disabled(Rule::NamedUnreadable) => (Map::new(), None),
        (Some(reason), _) => (Map::new(), Some(reason)),
        (None, Err(invalid)) => (Map::new(), Some(invalid.to_string())),
    }
}

/// A page of the outlet's streams, read in one snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdatePage {
    /// Where the hub stands in the outlet's chain; `results` only if that is not where the request said.
    pub chain: ChainRow,
    /// The hub does not have exactly the cursor's row: read `…/entities` and go on from the cursor that comes with it.
    pub stream_reset: bool,
    /// Changes after the cursor, each stream's dense and in order.
    pub changes: Vec<StreamUpdate>,
    /// There is more behind this page.
    pub more: bool,
    /// The version of Gerai that the hub is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_version: Option<String>,
}

/// A range of everything that an outlet may see, in the order of `(entity_type, entity_id)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntityPage {
    /// Where the hub stood in the outlet's chain in that snapshot.
    pub chain: ChainRow,
    /// The streams' heads in the snapshot that this page was read from. Whoever reads all pages goes on from the
    /// first page's.
    pub cursor: String,
    /// Each entity in the range, tombstones too.
    pub entities: Vec<Update>,
    /// Where the range ends; none when it reaches to the end.
    pub next: Option<EntityRef>,
}

/// What the hub has of an outlet's own entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "FlatOwned")]
pub struct OwnedDocument {
    /// Which entity.
    #[serde(flatten)]
    pub of: EntityRef,
    /// The life of the outlet that it came from.
    pub epoch_number: i64,
    /// The outlet's count of its changes.
    pub version: i64,
    /// None: the outlet deleted it, or it is unreadable.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub document: Option<Map<String, Value>>,
    /// Why the document is not in it although there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// [`OwnedDocument`] as it is read.
#[derive(Deserialize)]
struct FlatOwned {
    entity_type: String,
    entity_id: String,
    epoch_number: i64,
    version: i64,
    document: Option<Box<RawValue>>,
    #[serde(default)]
    unreadable: Option<String>,
}

impl From<FlatOwned> for OwnedDocument {
    fn from(flat: FlatOwned) -> Self {
        let FlatOwned { entity_type, entity_id, epoch_number, version, document, unreadable } = flat;
        let (document, unreadable) = match document {
            None => (None, unreadable),
            Some(text) => match document_or_reason(text.get(), unreadable) {
                (document, None) => (Some(document), None),
                (_, reason) => (None, reason),
            },
        };
        Self { of: EntityRef { entity_type, entity_id }, epoch_number, version, document, unreadable }
    }
}

/// A range of an outlet's own entities, in the order of `(entity_type, entity_id)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnedPage {
    /// Where the hub stood in the outlet's chain in the snapshot that this page was read from.
    pub chain: ChainRow,
    /// Each of the outlet's entities in the range.
    pub documents: Vec<OwnedDocument>,
    /// Where the range ends; none when it reaches to the end.
    pub next: Option<EntityRef>,
}

/// An outlet's request to join, or to join again with a new life of its database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrollRequest {
    /// The one-time code that head office gave.
    pub code: String,
    /// Random, made by the outlet for this life.
    pub epoch_id: String,
    /// The number of the outlet's life so far.
    pub epoch_number: i64,
    /// Made by the outlet; the hub keeps its hash.
    pub api_key: String,
}

/// The hub's answer to [`EnrollRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrollResponse {
    /// Who this outlet is.
    pub outlet_id: String,
    /// For people.
    pub outlet_code: String,
    /// For people.
    pub outlet_name: String,
    /// The new life: its number is one more than any that outlet or hub knew.
    pub epoch: crate::wire::Epoch,
    /// Where the outlet's chain stood in the life before, with the kept reply; none for a new outlet.
    pub previous_chain: Option<ChainRow>,
}
