//! The heads of all chains, for people: how far the hub has each log, and whether it is whole.

use protocol::audit::{BreakKind, Position};
use serde::Serialize;
use store::{Fault, Tx};
use utoipa::ToSchema;

use super::head::{broken_of, continues_of};

/// The head of a chain: the audit log of one life of an outlet's database.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditHead {
    pub outlet_id: String,
    pub outlet_code: String,
    pub chain_id: String,
    /// Number of the last event.
    pub n: i64,
    /// Hash of the last event.
    pub hash: String,
    /// The end of the earlier chain that this one continues, after a restore or an enrollment.
    pub continues: Option<Position>,
    /// Whether the earlier chain has events after that end: of a database that was replaced by a copy.
    pub forked: bool,
    /// Number of the first event that is not right; null: the chain is whole.
    pub broken_n: Option<i64>,
    /// What is wrong with it.
    pub broken_kind: Option<BreakKind>,
    /// When the hub noticed, RFC 3339 UTC.
    pub broken_at: Option<String>,
    /// When the last event arrived, RFC 3339 UTC.
    pub updated_at: String,
}

const LIST: &str = "
    select h.outlet_id, coalesce((select o.code from outlets o where o.outlet_id = h.outlet_id), ''), h.chain_id, h.n,
      h.hash, h.continues_chain_id, h.continues_n, h.continues_hash, h.broken_n, h.broken_kind, h.broken_at, h.updated_at,
      coalesce((select d.n from audit_heads d where d.outlet_id = h.outlet_id and d.chain_id = h.continues_chain_id), 0)
    from audit_heads h where (h.outlet_id, h.chain_id) > (?1, ?2) order by h.outlet_id, h.chain_id limit ?3";

/// At most `limit` heads after this outlet and chain.
///
/// # Errors
/// The database failed.
pub(super) fn list(tx: &mut Tx<'_>, [outlet_id, chain_id]: [&str; 2], limit: i64) -> Result<Vec<AuditHead>, Fault> {
    tx.all(LIST, &[outlet_id.into(), chain_id.into(), limit.into()], |row| {
        let (chain_id, continues) = (row.string(2)?, continues_of(row, 5)?);
        let broken = broken_of(chain_id.clone(), row, 8)?;
        let old = row.int(12)?;
        Ok(AuditHead {
            outlet_id: row.string(0)?,
            outlet_code: row.string(1)?,
            chain_id,
            n: row.int(3)?,
            hash: row.string(4)?,
            forked: continues.as_ref().is_some_and(|end| old > end.n),
            continues,
            broken_n: broken.as_ref().map(|broken| broken.n),
            broken_kind: broken.map(|broken| broken.kind),
            broken_at: row.maybe_string(10)?,
            updated_at: row.string(11)?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn heads_are_read_in_the_order_of_their_key() {
        plans::assert_unsorted(LIST);
        plans::assert_joins_by_key(LIST, "d");
    }
}
