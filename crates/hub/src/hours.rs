//! Hours that the hub has run. Retention is counted in these hours, so a clock that jumps deletes nothing too early.
//!
//! Nodes that share a database count together: after an hour by its monotonic clock, a node increments the count only if it
//! is unchanged. So each hour is counted once, however many nodes run, and never before it has passed.

use store::{Fault, Tx};

const CURRENT: &str = "select hour from hub_hours where id = 1";
const FIRST: &str = "insert into hub_hours (id, hour) values (1, 1) on conflict (id) do nothing";
const NEXT: &str = "update hub_hours set hour = ?1 + 1 where id = 1 and hour = ?1";

/// How many there are.
///
/// # Errors
/// The database's.
pub fn current(tx: &mut Tx<'_>) -> Result<i64, Fault> {
    Ok(tx.first(CURRENT, &[], |row| row.int(0))?.unwrap_or(0))
}

/// Counts an hour that has passed since this node saw the number `seen` (none: it has just started); returns the
/// current number.
///
/// # Errors
/// The database's.
pub fn passed(tx: &mut Tx<'_>, seen: Option<i64>) -> Result<i64, Fault> {
    match seen {
        None => 0,
        Some(0) => tx.execute(FIRST, &[])?,
        Some(seen) => tx.execute(NEXT, &[seen.into()])?,
    };
    current(tx)
}
