//! Who makes a change, for the record of a conflict: the triggers take it from `sync_context` while a piece of work is done.
//!
//! It is set and taken back within one savepoint, so that neither another write of the same commit nor another process ever
//! sees it. What nobody has signed, as a change in the sqlite3 shell, is nobody's. Orders are not signed: they say themselves
//! who made them, and selling must not wait for it.

use rusqlite::{Transaction, params};

/// Does `work`; what it changes of shared entities is by `who`: a user's id, `terminal`, or `hq:` and a name.
///
/// # Errors
/// What `work` returned, or SQLite said.
pub fn signed<T, E: From<rusqlite::Error>>(
    tx: &Transaction<'_>,
    who: &str,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    put(tx, Some(who))?;
    let done = work();
    // Also where the work was refused: what is done around it may go on.
    let taken_back = put(tx, None);
    let value = done?;
    taken_back?;
    Ok(value)
}

fn put(tx: &Transaction<'_>, who: Option<&str>) -> rusqlite::Result<()> {
    tx.prepare_cached("update sync_context set actor = ?1 where id = 1")?.execute(params![who]).map(drop)
}
