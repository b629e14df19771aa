//! Sessions that ended before they expired. Stored, so that a restart does not revive them.

use jiff::Timestamp;
use rusqlite::{Transaction, params};
use sqlite::Fault;
use web::time;
use web::token::Claims;

/// Hours of running after which an expired session is forgotten. A session lasts for twelve hours; the rest is for a
/// clock that is set back.
const RETENTION_HOURS: i64 = 7 * 24;

/// Ends one session.
///
/// # Errors
/// The error from SQLite.
pub fn end(tx: &Transaction<'_>, session: &Claims) -> Result<(), Fault> {
    tx.prepare_cached("insert into ended_sessions (sid, expires_at) values (?1, ?2) on conflict (sid) do nothing")?
        .execute([&session.sid, &session.expires_at()])?;
    Ok(())
}

/// Counts an hour of running, and forgets sessions that have expired by the clock and ended long ago. A clock that is
/// wrong for a while revives none.
///
/// # Errors
/// The error from SQLite.
pub fn hour_passed(tx: &Transaction<'_>, now: Timestamp) -> Result<(), Fault> {
    tx.execute("update ended_sessions set hours = hours + 1 where hours < ?1", [RETENTION_HOURS])?;
    tx.execute(
        "delete from ended_sessions where hours >= ?1 and expires_at < ?2",
        params![RETENTION_HOURS, time::text(now)],
    )?;
    Ok(())
}
