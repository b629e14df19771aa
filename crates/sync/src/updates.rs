//! What travels from the hub to an outlet, as JSON. `docs/protocol.md` shows examples.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cursor::Place;
use crate::wire::{ChainRow, EntityRef, Token};

/// A version of an entity as the hub has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// Which entity.
    #[serde(flatten)]
    pub of: EntityRef,
    /// The hub's version of it.
    pub token: Token,
    /// True: it was deleted; the document is what it was then.
    pub deleted: bool,
    /// All fields that the hub has, also those that this version does not know.
    pub document: Map<String, Value>,
    /// Who made this version: an outlet's id, or `hq:` and a user's name.
    pub changed_by: String,
    /// When, by that one's clock: for people.
    pub changed_at: String,
}

/// An update in its place in a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Flat")]
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
struct Flat {
    stream: String,
    n: i64,
    row_id: String,
    entity_type: String,
    entity_id: String,
    token: Token,
    deleted: bool,
    document: Map<String, Value>,
    changed_by: String,
    changed_at: String,
}

impl From<Flat> for StreamUpdate {
    fn from(flat: Flat) -> Self {
        let Flat { stream, n, row_id, entity_type, entity_id, token, deleted, document, changed_by, changed_at } = flat;
        let of = EntityRef { entity_type, entity_id };
        let update = Update { of, token, deleted, document, changed_by, changed_at };
        Self { stream, place: Place { n, row_id }, update }
    }
}

/// A page of the outlet's streams, read in one snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
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
pub struct EntityPage {
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
pub struct OwnDocument {
    /// Which entity.
    #[serde(flatten)]
    pub of: EntityRef,
    /// The life of the outlet that it came from.
    pub epoch_number: i64,
    /// The outlet's count of its changes.
    pub version: i64,
    /// None: the outlet deleted it.
    pub document: Option<Map<String, Value>>,
}

/// A range of an outlet's own entities, in the order of `(entity_type, entity_id)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnPage {
    /// Where the hub stood in the outlet's chain in the snapshot that this page was read from.
    pub chain: ChainRow,
    /// Each of the outlet's entities in the range.
    pub documents: Vec<OwnDocument>,
    /// Where the range ends; none when it reaches to the end.
    pub next: Option<EntityRef>,
}

/// An outlet's request to join, or to join again with a new life of its database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrol {
    /// The one-time code that head office gave.
    pub code: String,
    /// Random, made by the outlet for this life.
    pub epoch_id: String,
    /// The number of the outlet's life so far.
    pub epoch_number: i64,
    /// Made by the outlet; the hub keeps its hash.
    pub api_key: String,
}

/// The hub's answer to [`Enrol`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Who this outlet is.
    pub outlet_id: String,
    /// For people.
    pub outlet_code: String,
    /// For people.
    pub outlet_name: String,
    /// The new life: its number is one more than any that outlet or hub knew.
    pub epoch: crate::wire::Epoch,
    /// Where the outlet's chain stood in the life before, with the kept reply; none for a new outlet.
    pub before: Option<ChainRow>,
}
