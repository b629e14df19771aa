//! All outlets, and how each is doing.

use serde::Serialize;
use sync::wire::EntityRef;
use utoipa::ToSchema;

use super::State;
use crate::store::{Fault, Tx};
use crate::webhooks;

/// An outlet, with what was last heard of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Heard {
    /// UUIDv7.
    pub id: String,
    /// Unique among active outlets.
    pub code: String,
    /// For people.
    pub name: String,
    /// Whether it may send.
    pub state: State,
    /// RFC 3339 UTC.
    pub created_at: String,
    /// When its last batch came; null before the first.
    pub last_contact_at: Option<String>,
    /// Every change of the outlet up to this one is at the hub, or is named in `held`.
    pub acked_through: i64,
    /// The last batch accepted.
    pub batch_no: i64,
    /// Entities that the outlet holds back: set aside or failed.
    #[schema(value_type = Vec<crate::ingest::EntityRefShape>)]
    pub held: Vec<EntityRef>,
    /// Changes that waited at the outlet when it last sent; null if it never said.
    pub pending: Option<i64>,
    /// The hub's clock minus the outlet's, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// The version of Gerai that runs there.
    pub app_version: Option<String>,
    /// How its webhook is doing; null if it has none.
    pub webhook: Option<webhooks::State>,
    /// What went wrong when the webhook was last tried; null when it arrived.
    pub webhook_error: Option<String>,
}

const LIST: &str = "
    select o.outlet_id, o.code, o.name, o.state, o.created_at, o.last_contact_at, coalesce(c.complete_through, 0),
      coalesce(c.batch_no, 0), coalesce(c.held, '[]'), o.pending_told, o.clock_offset_ms, o.app_version, w.state,
      w.last_error
    from outlets o left join chains c on c.outlet_id = o.outlet_id left join webhooks w on w.outlet_id = o.outlet_id
    where (o.code, o.outlet_id) > (?1, ?2)
    order by o.code, o.outlet_id
    limit ?3";

/// The outlets that follow this code and id, in their order, revoked ones too; at most `limit`.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, after: (&str, &str), limit: i64) -> Result<Vec<Heard>, Fault> {
    tx.all(LIST, &[after.0.into(), after.1.into(), limit.into()], |row| {
        Ok(Heard {
            id: row.string(0)?,
            code: row.string(1)?,
            name: row.string(2)?,
            state: State::of(row, 3)?,
            created_at: row.string(4)?,
            last_contact_at: row.maybe_string(5)?,
            acked_through: row.int(6)?,
            batch_no: row.int(7)?,
            held: row.json(8)?,
            pending: row.maybe_int(9)?,
            clock_offset_ms: row.maybe_int(10)?,
            app_version: row.maybe_string(11)?,
            webhook: webhooks::State::of(row, 12)?,
            webhook_error: row.maybe_string(13)?,
        })
    })
}
