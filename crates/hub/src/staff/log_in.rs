//! Logging in: a try counts as wrong before the password is looked at, so that many at once gain nothing.

use jiff::{SignedDuration, Timestamp};

use crate::store::{Fault, Tx};

/// The user whom a try is about.
#[derive(Debug)]
pub(super) struct Candidate {
    pub id: String,
    pub username: String,
    pub name: String,
    pub role: String,
    pub password_hash: String,
    pub generation: i64,
}

/// Why a try is not even looked at.
#[derive(Debug, thiserror::Error)]
pub(super) enum TryRefused {
    #[error("locked for {seconds} seconds")]
    Locked { seconds: u32 },
    #[error(transparent)]
    Fault(#[from] Fault),
}

const BY_NAME: &str = "
    select id, username, name, role, password_hash, generation, failed_in_a_row, locked_until from hq_users
    where username = ?1 and active = 1";
const COUNT: &str = "update hq_users set failed_in_a_row = ?2, locked_until = ?3 where id = ?1";

/// Wrong passwords in a row beyond those of a PIN that nobody waits for: a password is longer, and a stranger who knows
/// only the name must not keep its owner out with a few requests.
const MORE_FREE_TRIES: u32 = 15;

fn wait_seconds(failed: i64) -> u32 {
    domain::pin::lock_seconds(u32::try_from(failed).unwrap_or(u32::MAX).saturating_sub(MORE_FREE_TRIES))
}

/// Counts a try; nobody answers to an unknown name.
pub(super) fn try_now(tx: &mut Tx<'_>, username: &str, now: Timestamp) -> Result<Option<Candidate>, TryRefused> {
    let found = tx.first(BY_NAME, &[username.into()], |row| {
        let candidate = Candidate {
            id: row.string(0)?,
            username: row.string(1)?,
            name: row.string(2)?,
            role: row.string(3)?,
            password_hash: row.string(4)?,
            generation: row.int(5)?,
        };
        let locked_until = row.maybe_text(7)?.and_then(|until| until.parse::<Timestamp>().ok());
        Ok((candidate, row.int(6)?, locked_until))
    })?;
    let Some((candidate, failed, locked_until)) = found else { return Ok(None) };
    // A lock that was stored under a clock that was ahead is no longer than one that begins now.
    let longest = SignedDuration::from_secs(wait_seconds(failed).into());
    let left = locked_until.map(|until| until.duration_since(now).min(longest));
    if let Some(left) = left.filter(SignedDuration::is_positive) {
        return Err(TryRefused::Locked { seconds: u32::try_from(left.as_secs() + 1).unwrap_or(u32::MAX) });
    }
    let failed = failed.saturating_add(1);
    let seconds = wait_seconds(failed);
    let until = (seconds > 0).then(|| now.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(now));
    let until = until.map(web::time::text);
    tx.execute(COUNT, &[(&candidate.id).into(), failed.into(), until.as_deref().into()])?;
    Ok(Some(candidate))
}

/// The password was right: nothing counts any more.
pub(super) fn succeeded(tx: &mut Tx<'_>, id: &str) -> Result<(), Fault> {
    tx.execute(COUNT, &[id.into(), 0.into(), crate::store::Arg::Null]).map(|_| ())
}
