//! Counts the open dead letters of an outlet.

use store::{Fault, Tx};

/// Counts up to this number, so that the list of outlets stays fast.
const MAX: i64 = 1_000;

const COUNT: &str = "select count(*) from (select 1 from dead_letters where outlet_id = ?1 and discarded_at is null and resolved_at is null limit ?2) open";

/// Counts the open dead letters of this outlet, up to 1,000.
pub(crate) fn count(tx: &mut Tx<'_>, outlet_id: &str) -> Result<i64, Fault> {
    Ok(tx.first(COUNT, &[outlet_id.into(), MAX.into()], |row| row.int(0))?.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn dead_letters_are_counted_by_an_index() {
        plans::assert_reads(COUNT, "SEARCH dead_letters USING INDEX dead_letters_open (outlet_id=?)");
    }
}
