//! Messages between an outlet and the hub, as JSON: batches and their answers. `docs/protocol.md` shows examples.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::validate::{self, Invalid};

pub use crate::validate::ChangedFields;

/// The lifetime of an outlet's database. A restored, cloned or replaced outlet gets the next number and a new id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Epoch {
    /// Counts the epochs of this outlet, from 1.
    pub number: i64,
    /// Random id, unique per epoch.
    pub id: String,
}

/// A position in the batch chain: the last accepted batch, or 0 without an id at the start of an epoch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// Consecutive numbers from 1 in each epoch; 0 before the first batch.
    pub batch_no: i64,
    /// The id of that batch.
    pub batch_id: Option<String>,
}

/// The hub's version of a shared entity. A number alone is ambiguous after a restore of the hub; number and id together
/// are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// Counts the hub's changes of this entity.
    pub n: i64,
    /// The change that created it: `{batch_id}/{item number}` for an outlet's change, a random id for head office's.
    pub change_id: String,
}

/// A batch of changes. It is composed once and stored before it is sent; a resend sends the same bytes.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Batch<'a> {
    /// The number of the sender's wire format.
    pub protocol: u32,
    /// The sender's epoch.
    pub epoch: Epoch,
    /// Consecutive within the epoch, from 1.
    pub batch_no: i64,
    /// UUIDv7.
    pub batch_id: String,
    /// The batch before this one; null for the first of an epoch.
    pub previous_batch_id: Option<String>,
    /// Every change up to this seq is in this or an earlier batch, or listed in `quarantined`.
    pub complete_through: i64,
    /// Entities with failed, isolated or discarded changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub quarantined: Vec<Quarantined>,
    /// Updates from the hub that could not be applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub unapplied: Vec<Unapplied>,
    /// The changed entities: at most 10,000, each once.
    #[serde(borrow)]
    pub items: Vec<Item<'a>>,
}

/// Names an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntityRef {
    /// Name of its declaration.
    pub entity_type: String,
    /// A UUIDv7 if Gerai created it.
    pub entity_id: String,
}

impl EntityRef {
    /// Names an entity.
    pub fn new(entity_type: impl Into<String>, entity_id: impl Into<String>) -> Self {
        Self { entity_type: entity_type.into(), entity_id: entity_id.into() }
    }
}

/// A quarantined entity of the outlet. Earlier versions sent only type and id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quarantined {
    /// Which.
    #[serde(flatten)]
    pub of: EntityRef,
    /// Its position in the outlet's queue, to which a decision of head office refers. A change or retry gives it a new
    /// one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Why it is not sent: `failed`, `isolated` or `discarded`; text because later versions may add others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Stable code of the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the reason names.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub args: Args,
    /// The reason in English, for a hub that does not know the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The arguments of a code's message, by name; the servers' catalogs have the text.
pub type Args = serde_json::Map<String, Value>;

/// Why an entity is quarantined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuarantineState {
    /// Rejected, or it failed repeatedly: it waits for a person or a newer hub.
    Failed,
    /// It makes requests fail and is retried alone.
    Isolated,
    /// A person decided not to send it.
    Discarded,
}

impl QuarantineState {
    /// As on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Isolated => "isolated",
            Self::Discarded => "discarded",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Failed, Self::Isolated, Self::Discarded].into_iter().find(|state| state.as_str() == name)
    }
}

/// An update that the outlet could not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unapplied {
    /// The entity.
    #[serde(flatten)]
    pub of: EntityRef,
    /// Its number at the outlet, from the counter of the queue. A retry or a newer update gives it a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// `retrying`, or `discarded` by a person's decision; text because later versions may add others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Stable code of the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the reason names.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub args: Args,
    /// Why it could not be applied, in English, for a hub that does not know the code.
    pub message: String,
}

/// State of an update that could not be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnappliedState {
    /// It is retried.
    Retrying,
    /// A person decided not to apply it.
    Discarded,
}

impl UnappliedState {
    /// As on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retrying => "retrying",
            Self::Discarded => "discarded",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Retrying, Self::Discarded].into_iter().find(|state| state.as_str() == name)
    }
}

/// What happened to the entity of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// The hub has never acknowledged it.
    Create,
    /// Changed.
    Update,
    /// The row was deleted.
    Delete,
}

impl Operation {
    /// As on the wire and in `sync_queue.operation`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// One changed entity.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Item<'a> {
    /// Name of its declaration.
    #[serde(borrow)]
    pub entity_type: Cow<'a, str>,
    /// Its id.
    #[serde(borrow)]
    pub entity_id: Cow<'a, str>,
    /// Create, update or delete.
    pub operation: Operation,
    /// The outlet's count of this entity's changes, from 1.
    pub version: i64,
    /// Its position in the outlet's queue, from 1.
    pub seq: i64,
    /// When it changed, RFC 3339 UTC by the outlet's clock. Only displayed; no decision depends on it.
    #[serde(borrow)]
    pub occurred_at: Cow<'a, str>,
    /// Items with the same number were changed together and are rejected together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<u32>,
    /// Outlet-owned entities: the whole document; absent for a deletion.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub data: Option<&'a RawValue>,
    /// Shared entities: the token of the base; absent if the hub has never acknowledged one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Token>,
    /// Shared entities: old and new value of each field that differs from the base. Deletion is the field `deleted`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "validate::unique_fields")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub fields: Option<ChangedFields>,
    /// Set by the reader if only type and id could be read; never sent.
    #[serde(skip)]
    pub unreadable: Option<Unreadable<'a>>,
}

/// An item that cannot be read.
#[derive(Debug, Clone)]
pub struct Unreadable<'a> {
    /// Why it cannot be read.
    pub reason: Invalid,
    /// The item as sent.
    pub text: &'a str,
}

/// The hub's result for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Stored, and included in head office's figures.
    Applied,
    /// The hub already had this version.
    Duplicate,
    /// Not newer than the hub's version, and different: stored as a dead letter for review.
    Stale,
    /// The base is not the hub's current version.
    Conflict,
    /// It breaks a rule: stored as a dead letter with code and message.
    Rejected,
}

/// The result of one item. Items that a reply does not list were applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemReply {
    /// Its index in the batch, from 0.
    pub item: usize,
    /// Its outcome.
    pub outcome: Outcome,
    /// Stable code of the rejection: `invalid_document`, `missing_field`, `too_large`, `too_deep`, `totals_do_not_add_up`,
    /// `amount_too_large`, `figures_too_large`, `unit_rejected`, `not_newer`, `acknowledged_sale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the rejection names.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub args: Args,
    /// The rejection in English, for an outlet that does not know the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Shared entities: the hub's current version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// The version of Gerai at the hub that rejected it; a newer hub may accept the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_by_version: Option<String>,
}

/// The hub's chain row of an outlet: its position, and the reply to the batch at this position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainRow {
    /// The outlet's epoch.
    pub epoch: Epoch,
    /// The last batch accepted.
    #[serde(flatten)]
    pub position: Position,
    /// The reply to it: the items that were not simply applied, and applied shared
    /// ones.
    pub results: Vec<ItemReply>,
}

/// The hub's answer to a batch. Its chain row tells whether the batch was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
    /// The batch that was sent; the outlet ignores an answer that names another one.
    pub batch_id: String,
    /// The hub's chain row after this request.
    pub chain: ChainRow,
    /// The hub's version of Gerai.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_version: Option<String>,
}

/// The hub's JSON envelope around an [`Answer`], as far as an outlet reads it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// `false` if there is an error.
    pub success: bool,
    /// Present on success, and on `chain_mismatch`.
    pub data: Option<T>,
    /// Stable code.
    #[serde(default)]
    pub error: Option<String>,
    /// The arguments of the message.
    #[serde(default)]
    pub args: Args,
    /// A sentence.
    #[serde(default)]
    pub message: Option<String>,
}

/// The hub's path for an outlet's batches.
#[must_use]
pub fn batch_path(outlet_id: &str) -> String {
    format!("/outlets/{outlet_id}/sync/batch")
}

/// The change id of an item's change to a shared entity.
#[must_use]
pub fn change_id(batch_id: &str, item: usize) -> String {
    format!("{batch_id}/{item}")
}
