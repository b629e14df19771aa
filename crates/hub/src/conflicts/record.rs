//! A conflict as the API shows it.

use protocol::secret::{self, HIDDEN, hide_text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Fault, Row};
use utoipa::ToSchema;

/// A field that an outlet and head office changed differently.
#[derive(Debug, Serialize, ToSchema)]
pub struct Conflict {
    /// The id of the outlet's record.
    pub(crate) id: String,
    pub(crate) outlet_id: String,
    pub(crate) outlet_code: String,
    /// `open`; `resolving`: head office has decided and the outlet does not know yet; `merged` by the rule;
    /// `resolved` by a person; `superseded` by a later change.
    pub(crate) status: String,
    /// Head office's resolution, `local` or `cloud`.
    pub(crate) strategy: Option<String>,
    /// The type of the entity.
    pub(crate) entity_type: Option<String>,
    pub(crate) entity_id: Option<String>,
    /// The field; `deleted` if one side deleted the entity.
    pub(crate) field: Option<String>,
    /// The base value.
    pub(crate) base: Option<String>,
    /// The outlet's value.
    pub(crate) local: Option<String>,
    /// Head office's value.
    pub(crate) cloud: Option<String>,
    /// `cloud_wins`, `local_wins` or `manual`; `manual_local`: the outlet's value is used until a person decides,
    /// because the other value was written with the outlet's key and not by head office; `union`: two epochs of the
    /// outlet had different child rows, and all are kept.
    pub(crate) rule: Option<String>,
    /// Who changed it at the outlet: a user id there, `terminal`, or `hq:` and a name; null if unknown.
    pub(crate) local_by: Option<String>,
    pub(crate) local_at: Option<String>,
    pub(crate) cloud_by: Option<String>,
    pub(crate) cloud_at: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) resolved_at: Option<String>,
    pub(crate) resolved_by: Option<String>,
    /// RFC 3339 UTC, by head office's clock: when the record's last change arrived.
    pub(crate) received_at: String,
}

/// The side whose value wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The outlet's.
    LocalWins,
    /// Head office's.
    CloudWins,
}

impl Strategy {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::LocalWins => "local_wins",
            Self::CloudWins => "cloud_wins",
        }
    }
}

/// The columns for [`read`]: outlet, code, record, document, arrival, and the document of the resolution.
pub(super) const COLUMNS: &str = "
    d.outlet_id, coalesce((select o.code from outlets o where o.outlet_id = d.outlet_id), ''), d.entity_id, d.document,
    d.received_at, (select r.document from shared_entities r
      where r.scope = d.outlet_id and r.entity_type = 'resolution' and r.entity_id = d.entity_id and r.deleted = 0)";

/// Reads a row of [`COLUMNS`]. A broken record is shown as far as it can be read: it must not hide the others.
pub(super) fn read(row: &Row<'_>) -> Result<Conflict, Fault> {
    let object = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
    let document = object(&row.text(3)?);
    let resolution = row.maybe_text(5)?.map(|text| object(&text)).unwrap_or_default();
    let word = |from: &Map<String, Value>, field: &str| match from.get(field) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    let of = |field| word(&document, field);
    let strategy = word(&resolution, "strategy");
    let status = of("status").unwrap_or_default();
    let secret = of("field").as_deref().is_some_and(secret::is_secret);
    let shown = |text: String| if secret { HIDDEN.to_owned() } else { hide_text(&text).into_owned() };
    let value = |field| of(field).map(shown);
    Ok(Conflict {
        outlet_id: row.string(0)?,
        outlet_code: row.string(1)?,
        id: row.string(2)?,
        status: if status == OPEN && strategy.is_some() { RESOLVING.to_owned() } else { status },
        strategy,
        entity_type: of("entity_type"),
        entity_id: of("entity_id"),
        field: of("field"),
        base: value("base"),
        local: value("local"),
        cloud: value("cloud"),
        rule: of("rule"),
        local_by: of("local_by"),
        local_at: of("local_at"),
        cloud_by: of("cloud_by"),
        cloud_at: of("cloud_at"),
        created_at: of("created_at"),
        resolved_at: of("resolved_at"),
        resolved_by: of("resolved_by"),
        received_at: row.string(4)?,
    })
}

pub(super) const OPEN: &str = "open";
pub(super) const RESOLVING: &str = "resolving";
