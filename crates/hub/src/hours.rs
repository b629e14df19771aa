//! Hours that the hub has run. Retention is counted in these hours, so a clock that jumps deletes nothing too early.
//!
//! Nodes that share a database count together: after an hour by its monotonic clock, a node increments the count only if it
//! is unchanged. So each hour is counted once, however many nodes run, and never before it has passed.

use store::{Fault, Tx};

const CURRENT: &str = "select hour from hub_hours where id = 1";
const FIRST: &str = "insert into hub_hours (id, hour) values (1, 1) on conflict (id) do nothing";
const NEXT: &str = "update hub_hours set hour = ?1 + 1 where id = 1 and hour = ?1";

/// The number of hours.
///
/// # Errors
/// The database failed.
pub fn current(tx: &mut Tx<'_>) -> Result<i64, Fault> {
    Ok(tx.first(CURRENT, &[], |row| row.int(0))?.unwrap_or(0))
}

/// Counts an hour that has passed since this node read the number `seen` (none: the node has just started); returns the
/// current number.
///
/// # Errors
/// The database failed.
pub fn passed(tx: &mut Tx<'_>, seen: Option<i64>) -> Result<i64, Fault> {
    match seen {
        None => 0,
        Some(0) => tx.execute(FIRST, &[])?,
        Some(seen) => tx.execute(NEXT, &[seen.into()])?,
    };
    current(tx)
}
