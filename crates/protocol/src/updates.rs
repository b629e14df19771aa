//! Messages from the hub to an outlet, as JSON. `docs/protocol.md` shows examples.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::cursor::StreamPosition;
use crate::rule::{Rule, disabled};
use crate::validate;
use crate::wire::{ChainRow, EntityRef, Token};

/// A version of a shared entity from the hub.
///
/// An unreadable one is still an update, with the reason in `unreadable`: it must not hide the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "Flat")]
pub struct Update {
    /// Which entity.
    #[serde(flatten)]
    pub of: EntityRef,
    /// The hub's version of it.
    pub token: Token,
    /// Whether it is deleted; the document is then its last content.
    pub deleted: bool,
    /// All fields that the hub has, including those that this version does not know.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub document: Map<String, Value>,
    /// Who made this version: an outlet's id, or `hq:` and a user's name.
    pub changed_by: String,
    /// When, RFC 3339 UTC by the author's clock; only displayed.
    pub changed_at: String,
    /// For entities of one outlet: the fields whose value the outlet's key wrote last, including `deleted`; head office
    /// wrote the others. Absent for entities of the chain, or if the hub does not report it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_outlet: Option<BTreeSet<String>>,
    /// Why the document is missing: too large, too deep, damaged at the hub, or unreadable here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// An update at its position in a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "FlatInStream")]
pub struct StreamUpdate {
    /// `catalog`, or `outlet:` and the outlet's id.
    pub stream: String,
    /// Its position there.
    #[serde(flatten)]
    pub position: StreamPosition,
    /// What changed.
    #[serde(flatten)]
    pub update: Update,
}

/// Input form of [`StreamUpdate`]: with `flatten`, serde would copy each document twice.
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
        Self { stream, position: StreamPosition { n, row_id }, update: flat.into() }
    }
}

/// Input form of [`Update`].
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

/// Parses a document, or returns why it is unreadable; `known` is a reason from the sender.
#[must_use]
pub fn document_or_reason(text: &str, known: Option<String>) -> (Map<String, Value>, Option<String>) {
    match (known, validate::read_stored(text)) {
        (None, Ok(document)) => (document, None),
        (_, Err(_)) if disabled(Rule::UnreadableReason) => (Map::new(), None),
        (Some(reason), _) => (Map::new(), Some(reason)),
        (None, Err(invalid)) => (Map::new(), Some(invalid.to_string())),
    }
}

/// A page of the outlet's streams, read in one snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdatePage {
    /// The outlet's chain row; `results` only if its position differs from the one in the request.
    pub chain: ChainRow,
    /// The hub no longer has the cursor's row: read `…/entities` and continue from the cursor that comes with it.
    pub stream_reset: bool,
    /// Changes after the cursor, consecutive and in order per stream.
    pub changes: Vec<StreamUpdate>,
    /// Whether there are more changes after this page.
    pub more: bool,
    /// The hub's version of Gerai.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_version: Option<String>,
}

/// A range of everything that an outlet may see, in the order of `(entity_type, entity_id)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntityPage {
    /// The outlet's chain row in the database snapshot of this page.
    pub chain: ChainRow,
    /// The heads of the streams in the database snapshot of this page. A reader of all pages continues from the first
    /// page's heads.
    pub cursor: String,
    /// Each entity in the range, including tombstones.
    pub entities: Vec<Update>,
    /// Where the range ends; null at the end of all.
    pub next: Option<EntityRef>,
}

/// The hub's version of an outlet-owned entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "FlatOwned")]
pub struct OwnedDocument {
    /// Which entity.
    #[serde(flatten)]
    pub of: EntityRef,
    /// The epoch that it came from.
    pub epoch_number: i64,
    /// The outlet's count of its changes.
    pub version: i64,
    /// As it was sent; null if the outlet deleted it or it is unreadable.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub document: Option<Map<String, Value>>,
    /// Why the document is missing although the entity exists: too large, too deep or damaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// Input form of [`OwnedDocument`].
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

/// A range of outlet-owned entities, in the order of `(entity_type, entity_id)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnedPage {
    /// The outlet's chain row in the database snapshot of this page.
    pub chain: ChainRow,
    /// Each of the outlet's entities in the range.
    pub documents: Vec<OwnedDocument>,
    /// Where the range ends; null at the end of all.
    pub next: Option<EntityRef>,
}

/// An outlet's request to enroll, the first time or in a new epoch of its database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrollRequest {
    /// The one-time code from head office.
    pub code: String,
    /// Random id of the new epoch, generated by the outlet: 1 to 128 bytes.
    pub epoch_id: String,
    /// The outlet's current epoch number.
    pub epoch_number: i64,
    /// Generated by the outlet: 32 to 256 ASCII characters. The hub stores its hash.
    pub api_key: String,
}

/// The outlet's identity and its new epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrollResponse {
    /// The outlet's id.
    pub outlet_id: String,
    /// For people.
    pub outlet_code: String,
    /// For people.
    pub outlet_name: String,
    /// The new epoch. Its number is one more than any that outlet or hub knew.
    pub epoch: crate::wire::Epoch,
    /// The outlet's chain row of the previous epoch, with the stored reply; null for a new outlet.
    pub previous_chain: Option<ChainRow>,
}
