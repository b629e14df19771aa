//! Records who makes a change, for conflict records: the capture triggers read it from `sync_context` while the work
//! runs.
//!
//! The author is set and reset within one savepoint, so neither another write of the same commit nor another process
//! ever sees it. A change without an author, such as one in the sqlite3 shell, is anonymous. Orders do not use this:
//! they contain their cashier, and a sale must not wait for the extra writes.

use rusqlite::{Transaction, params};

/// Runs `work`; its changes of shared entities are attributed to `actor`: a user's id, `terminal`, or `hq:` and a name.
///
/// # Errors
/// The error of `work`, or from SQLite.
pub fn signed<T, E: From<rusqlite::Error>>(
    tx: &Transaction<'_>,
    actor: &str,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    set_actor(tx, Some(actor))?;
    let result = work();
    // Also if the work failed: the surrounding transaction may continue.
    let reset = set_actor(tx, None);
    let value = result?;
    reset?;
    Ok(value)
}

fn set_actor(tx: &Transaction<'_>, actor: Option<&str>) -> rusqlite::Result<()> {
    tx.prepare_cached("update sync_context set actor = ?1 where id = 1")?.execute(params![actor]).map(drop)
}
