//! One order or refund, as its outlet sent it.

use std::collections::BTreeMap;

use protocol::validate;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{Fault, Tx};

/// The fields of the document, and those that the hub adds.
#[derive(Debug, Serialize)]
pub(crate) struct Received {
    outlet_id: String,
    outlet_code: String,
    /// The outlet's count of its changes.
    version: i64,
    received_at: String,
    #[serde(flatten)]
    document: BTreeMap<String, Box<RawValue>>,
}

// Ids are unique, but documents are keyed by outlet: one look-up per outlet.
const FIND: &str = "
    select o.outlet_id, o.code, d.version, d.received_at, d.document
    from outlets o cross join documents d
    where d.outlet_id = o.outlet_id and d.entity_type = ?1 and d.entity_id = ?2 and d.deleted = 0
    order by d.arrival_no desc limit 1";

/// The order or refund with this id; none if it was deleted or never arrived.
pub(crate) fn find(tx: &mut Tx<'_>, entity_type: &str, id: &str) -> Result<Option<Received>, Fault> {
    tx.first(FIND, &[entity_type.into(), id.into()], |row| {
        let mut document: BTreeMap<String, Box<RawValue>> = row.json_or_default(4)?;
        // An order from before the limits: shown as far as every reader can parse it.
        document.retain(|_, value| validate::check_size(value.get()).is_ok());
        for ours in ["outlet_id", "outlet_code", "version", "received_at"] {
            document.remove(ours);
        }
        Ok(Received {
            outlet_id: row.string(0)?,
            outlet_code: row.string(1)?,
            version: row.int(2)?,
            received_at: row.string(3)?,
            document,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn an_order_is_looked_up_once_for_each_outlet() {
        let by_key =
            "SEARCH d USING INDEX sqlite_autoindex_documents_1 (outlet_id=? AND entity_type=? AND entity_id=?)";
        plans::assert_reads(FIND, by_key);
    }
}
