//! Hours that the hub has run. What is kept for a time is kept for so many of these, so that no jump of a clock forgets it.
//!
//! Nodes that share a database count together: a node adds an hour only to the number that it saw an hour ago by its own
//! monotonic clock. So an hour is counted once, however many nodes run, and never before it has passed.

use store::{Fault, Tx};

const CURRENT: &str = "select hour from hub_hours where id = 1";
const FIRST: &str = "insert into hub_hours (id, hour) values (1, 1) on conflict (id) do nothing";
const NEXT: &str = "update hub_hours set hour = ?1 + 1 where id = 1 and hour = ?1";

/// How many there are.
///
/// # Errors
/// What the database said.
pub fn current(tx: &mut Tx<'_>) -> Result<i64, Fault> {
    Ok(tx.first(CURRENT, &[], |row| row.int(0))?.unwrap_or(0))
}

/// An hour has passed since this node saw the number `seen`, none: it has just started; says how many there are now.
///
/// # Errors
/// What the database said.
pub fn passed(tx: &mut Tx<'_>, seen: Option<i64>) -> Result<i64, Fault> {
    match seen {
        None => 0,
        Some(0) => tx.execute(FIRST, &[])?,
        Some(seen) => tx.execute(NEXT, &[seen.into()])?,
    };
    current(tx)
}
