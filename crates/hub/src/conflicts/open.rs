//! Counts open conflicts.

use store::{Fault, Tx};

// Matches the index conflicts_open: outlets write documents without spaces, and escape quotes in values with a
// backslash.
const OF_OUTLET: &str = "
    select count(*) from documents
    where outlet_id = ?1 and entity_type = 'conflict' and deleted = 0
      and instr(document, '\"status\":\"open\"') > 0";

const OF_ALL: &str = "
    select count(*) from outlets o cross join documents d
    where d.outlet_id = o.outlet_id and o.state = 'active' and d.entity_type = 'conflict' and d.deleted = 0
      and instr(d.document, '\"status\":\"open\"') > 0";

/// The open records of an outlet, including those whose resolution the outlet has not carried out yet.
pub(crate) fn count_open(tx: &mut Tx<'_>, outlet_id: &str) -> Result<i64, Fault> {
    Ok(tx.first(OF_OUTLET, &[outlet_id.into()], |row| row.int(0))?.unwrap_or(0))
}

/// The open records of all active outlets.
pub(crate) fn count_all_open(tx: &mut Tx<'_>) -> Result<i64, Fault> {
    Ok(tx.first(OF_ALL, &[], |row| row.int(0))?.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn open_records_are_counted_without_reading_the_others() {
        plans::assert_reads(OF_OUTLET, "SEARCH documents USING INDEX conflicts_open (outlet_id=? AND entity_type=?)");
        plans::assert_reads(OF_ALL, "SEARCH d USING INDEX conflicts_open (outlet_id=? AND entity_type=?)");
    }
}
