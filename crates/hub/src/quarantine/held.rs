//! What outlets hold back: entities that they set aside or that have failed, as they said with their last batch.

use serde::Serialize;
use sync::wire::EntityRef;
use utoipa::ToSchema;

use crate::store::{Fault, Tx};

/// What an outlet holds back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Held {
    pub outlet_id: String,
    pub outlet_code: String,
    /// At most 1,000 are named.
    #[schema(value_type = Vec<crate::ingest::EntityRefShape>)]
    pub held: Vec<EntityRef>,
    /// RFC 3339 UTC, by head office's clock: when it said so.
    pub told_at: String,
}

const LIST: &str = "
    select c.outlet_id, coalesce((select o.code from outlets o where o.outlet_id = c.outlet_id), ''), c.held, c.updated_at
    from chains c where c.outlet_id > ?1 and c.held <> '[]' order by c.outlet_id limit ?2";

/// At most `limit` outlets that hold anything, after this one.
pub(crate) fn list(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<Held>, Fault> {
    tx.all(LIST, &[after.into(), limit.into()], |row| {
        Ok(Held { outlet_id: row.string(0)?, outlet_code: row.string(1)?, held: row.json(2)?, told_at: row.string(3)? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans;

    #[test]
    fn outlets_are_read_in_the_order_of_their_key() {
        plans::assert_keyed(LIST);
    }
}
