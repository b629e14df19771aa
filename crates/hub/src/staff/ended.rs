//! Sessions that ended before they expired. Stored, so that a restart does not revive them, and every node knows.

use jiff::Timestamp;
use store::{Fault, Tx};
use web::token::Claims;

use crate::hours;

/// Hours of running after which an expired session is forgotten. A session lasts for twelve hours; the rest is for a
/// clock that is set back.
const RETENTION_HOURS: i64 = 7 * 24;

const END: &str = "insert into ended_sessions (sid, expires_at, hour) values (?1, ?2, ?3) on conflict (sid) do nothing";
const PRUNE: &str = "delete from ended_sessions where hour <= ?1 and expires_at < ?2";

/// Ends one session.
///
/// # Errors
/// The database's.
pub(super) fn end(tx: &mut Tx<'_>, session: &Claims) -> Result<(), Fault> {
    let hour = hours::current(tx)?;
    tx.execute(END, &[(&session.sid).into(), (&session.expires_at()).into(), hour.into()])?;
    Ok(())
}

/// Forgets sessions that have expired by the clock and ended long ago in hours of running. A clock that is wrong for a
/// while revives none.
///
/// # Errors
/// The database's.
pub fn prune(tx: &mut Tx<'_>, hour: i64, now: Timestamp) -> Result<(), Fault> {
    tx.execute(PRUNE, &[hour.saturating_sub(RETENTION_HOURS).into(), (&web::time::text(now)).into()])?;
    Ok(())
}
