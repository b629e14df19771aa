//! What travels between an outlet and the hub, as JSON. `docs/protocol.md` shows examples.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::validate::{self, Invalid};

/// One life of an outlet's database. A restored, cloned or replaced outlet gets the next number and a new id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Epoch {
    /// Counts the lives of this outlet, from 1.
    pub number: i64,
    /// Random: two lives never share it.
    pub id: String,
}

/// How far the chain of batches has come: the last accepted batch, or `0` and nothing at the start of an epoch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// Dense, from 1 in each epoch; 0 is known to everyone.
    pub batch_no: i64,
    /// The batch that stands there.
    pub batch_id: Option<String>,
}

/// The hub's version of a shared entity. A number alone is ambiguous after a restore; number and id are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// Counts the hub's changes of this entity.
    pub n: i64,
    /// Which change made it: `{batch_id}/{item number}` for an outlet's, random for head office's own.
    pub change_id: String,
}

/// A batch: made once, stored, then sent; a resend is the same bytes.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Batch<'a> {
    /// [`crate::PROTOCOL`] of the sender.
    pub protocol: u32,
    /// The sender's life.
    pub epoch: Epoch,
    /// Dense within the epoch, from 1.
    pub batch_no: i64,
    /// UUIDv7.
    pub batch_id: String,
    /// The batch before this one; none for the first of an epoch.
    pub previous_batch_id: Option<String>,
    /// Every change up to this seq is in this or an earlier batch, or named in `quarantined`.
    pub complete_through: i64,
    /// Entities with changes that were set aside, have failed or were discarded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub quarantined: Vec<Quarantined>,
    /// What came from the hub and could not be applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub unapplied: Vec<Unapplied>,
    /// What changed.
    #[serde(borrow)]
    pub items: Vec<Item<'a>>,
}

/// Names an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntityRef {
    /// Name of its declaration.
    pub entity_type: String,
    /// UUIDv7 where it was born in Gerai.
    pub entity_id: String,
}

impl EntityRef {
    /// Names an entity.
    pub fn new(entity_type: impl Into<String>, entity_id: impl Into<String>) -> Self {
        Self { entity_type: entity_type.into(), entity_id: entity_id.into() }
    }
}

/// An entity that the outlet holds back, and why. Versions before this one told of no more than the entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quarantined {
    /// Which.
    #[serde(flatten)]
    pub of: EntityRef,
    /// Its place in the outlet's queue: what a decision of head office is about. A change or a retry gives it another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Why it is not sent, as [`QuarantineState`] says it; a word, for a later version may know others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Stable code of the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The reason in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Why an entity is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuarantineState {
    /// Refused, or kept failing: a person or a newer hub is waited for.
    Failed,
    /// It makes requests fail and is tried on its own.
    Isolated,
    /// A person has decided that it is not sent.
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

/// An update that the outlet could not apply, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unapplied {
    /// Of which entity.
    #[serde(flatten)]
    pub of: EntityRef,
    /// Its number at the outlet, from the counter of the queue; another one when it was tried again or a newer one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// What becomes of it, as [`UnappliedState`] says it; a word, for a later version may know others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Why it could not be applied, in words.
    pub reason: String,
}

/// What becomes of an update that could not be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnappliedState {
    /// It is tried again.
    Retrying,
    /// A person has decided that it is not tried any more.
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

/// What an item says about its entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Never acknowledged before.
    Create,
    /// Changed.
    Update,
    /// The row is gone.
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

/// Old and new value of each changed field.
pub type ChangedFields = BTreeMap<String, (Value, Value)>;

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
    /// The outlet's count of this entity's changes.
    pub version: i64,
    /// Its place in the outlet's queue.
    pub seq: i64,
    /// When the outlet's clock says it changed: for people, never for a decision.
    #[serde(borrow)]
    pub occurred_at: Cow<'a, str>,
    /// Items with the same number were changed together and are refused together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<u32>,
    /// Outlet-owned: the whole document; absent for a delete.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub data: Option<&'a RawValue>,
    /// Shared: the token that the fields below were changed from; absent: the hub has never acknowledged one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Token>,
    /// Shared: old and new value of each field that differs from the base. Deletion is the field `deleted`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "validate::unique_fields")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub fields: Option<ChangedFields>,
    /// Only its names could be read: set by the reader, never sent.
    #[serde(skip)]
    pub unreadable: Option<Unreadable<'a>>,
}

/// An item that is none, as it came.
#[derive(Debug, Clone)]
pub struct Unreadable<'a> {
    /// Why it cannot be read.
    pub why: Invalid,
    /// What was sent.
    pub text: &'a str,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Stored, and counted in head office's figures.
    Applied,
    /// The hub had this very version already.
    Duplicate,
    /// Not newer than what the hub has, and different: kept for people to look at.
    Stale,
    /// The base is not the hub's present version.
    Conflict,
    /// A rule is broken: kept with its code and words.
    Rejected,
}

/// The answer to one item. Items that the reply does not list were plainly applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemReply {
    /// Its place in the batch, from 0.
    pub item: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// Stable code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The refusal in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Shared: the hub's version now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// Of a refusal: the version of Gerai that the hub was then; a newer one may take the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_by_version: Option<String>,
}

/// The hub's chain row: where it stands, and the reply that it kept for that batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainRow {
    /// The life it belongs to.
    pub epoch: Epoch,
    /// The last batch accepted.
    #[serde(flatten)]
    pub position: Position,
    /// Its reply: the items that were not plainly applied.
    pub results: Vec<ItemReply>,
}

/// The hub's answer to a batch, accepted or not: its chain row says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
    /// The batch that was asked about; an answer that names another one does not count.
    pub batch_id: String,
    /// Where the hub stands now.
    pub chain: ChainRow,
    /// The version of Gerai that the hub is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_version: Option<String>,
}

/// The hub's envelope around an [`Answer`], as far as an outlet reads it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// False beside an error.
    pub success: bool,
    /// Present on success, and on `chain_mismatch`.
    pub data: Option<T>,
    /// Stable code.
    #[serde(default)]
    pub error: Option<String>,
    /// In words.
    #[serde(default)]
    pub message: Option<String>,
}

/// Head office's address for an outlet's batches.
#[must_use]
pub fn batch_path(outlet_id: &str) -> String {
    format!("/outlets/{outlet_id}/sync/batch")
}

/// The change that an item of a batch makes to a shared entity.
#[must_use]
pub fn change_id(batch_id: &str, item: usize) -> String {
    format!("{batch_id}/{item}")
}
