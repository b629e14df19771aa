//! One try at a PIN. The try is counted before the PIN is checked, so that many at once are not free.

use domain::pin::lock_seconds;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Fault, ReadRow};
use web::time;

/// What there is to check a PIN against.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The user's id.
    pub user_id: String,
    /// Argon2 hash of the PIN.
    pub pin_hash: String,
    /// The PIN is still the one that everybody knows.
    pub pin_initial: bool,
}

/// Why a try is not made.
#[derive(Debug)]
pub enum Refused {
    /// Too many wrong ones; wait.
    Locked {
        /// Seconds.
        seconds: i64,
    },
    /// The database.
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(error.into())
    }
}

/// Counts a try against a user, as if it were wrong; [`succeeded`] takes it back.
///
/// # Errors
/// [`Refused::Locked`].
pub fn begin(tx: &Transaction<'_>, user_id: &str, now: Timestamp) -> Result<(), Refused> {
    let (failed, until) = tx
        .query_row("select failed_in_a_row, locked_until from sign_ins where user_id = ?1", [user_id], |row| {
            Ok((row.read::<u32>(0)?, row.read::<Option<String>>(1)?))
        })
        .optional()?
        .unwrap_or((0, None));
    if let Some(until) = until.and_then(|u| u.parse::<Timestamp>().ok())
        && until > now
    {
        return Err(Refused::Locked { seconds: until.as_second() - now.as_second() + 1 });
    }
    let failed = failed + 1;
    let lock = i64::from(lock_seconds(failed));
    let until = (lock > 0).then(|| time::text(now + SignedDuration::from_secs(lock)));
    tx.execute(
        "insert into sign_ins (user_id, failed_in_a_row, locked_until) values (?1, ?2, ?3)
         on conflict (user_id) do update set failed_in_a_row = excluded.failed_in_a_row, locked_until = excluded.locked_until",
        params![user_id, failed, until],
    )?;
    Ok(())
}

/// The PIN was right: the tries before it no longer count. Returns the generation of the user's sessions.
///
/// # Errors
/// What SQLite said.
pub fn succeeded(tx: &Transaction<'_>, user_id: &str) -> Result<i64, Fault> {
    Ok(tx.query_row(
        "update sign_ins set failed_in_a_row = 0, locked_until = null where user_id = ?1 returning session_generation",
        [user_id],
        |row| row.read(0),
    )?)
}

/// Active users by user name; names are checked to be unique when they are given, but synced rows may repeat one.
///
/// # Errors
/// What SQLite said.
pub fn find(tx: &Transaction<'_>, username: &str) -> Result<Option<Candidate>, Fault> {
    let sql = "select id, pin_hash, pin_initial from users where username = ?1 and active = 1 order by id limit 1";
    Ok(tx.query_row(sql, [username], candidate).optional()?)
}

/// An active user by id.
///
/// # Errors
/// What SQLite said.
pub fn find_by_id(tx: &Transaction<'_>, user_id: &str) -> Result<Option<Candidate>, Fault> {
    let sql = "select id, pin_hash, pin_initial from users where id = ?1 and active = 1";
    Ok(tx.query_row(sql, [user_id], candidate).optional()?)
}

/// Everyone whose PIN approves what needs a manager.
///
/// # Errors
/// What SQLite said.
pub fn approvers(tx: &Transaction<'_>) -> Result<Vec<Candidate>, Fault> {
    let sql = "select id, pin_hash, pin_initial from users
        where role in ('admin', 'manager') and active = 1 order by id limit 20";
    Ok(tx.prepare(sql)?.query_map([], candidate)?.collect::<Result<_, _>>()?)
}

fn candidate(row: &rusqlite::Row<'_>) -> rusqlite::Result<Candidate> {
    Ok(Candidate { user_id: row.read(0)?, pin_hash: row.read(1)?, pin_initial: row.read(2)? })
}
