//! The users whose PIN is checked.

use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Fault, ReadRow};

/// A user with the hash of the PIN.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The user's id.
    pub user_id: String,
    /// Argon2 hash of the PIN.
    pub pin_hash: String,
    /// The user's session generation at the time of this hash: proving this PIN starts no session of a later
    /// generation.
    pub generation: i64,
}

/// The session generation of a user.
///
/// # Errors
/// The error from SQLite.
pub fn generation(tx: &Transaction<'_>, user_id: &str) -> Result<i64, Fault> {
    let sql = "select session_generation from sign_ins where user_id = ?1 and bucket = ''";
    Ok(tx.query_row(sql, [user_id], |row| row.read(0)).optional()?.unwrap_or(1))
}

/// The active user with a user name. Names are unique when they are entered, but synced rows may repeat one.
///
/// # Errors
/// The error from SQLite.
pub fn find(tx: &Transaction<'_>, username: &str) -> Result<Option<Candidate>, Fault> {
    let sql = format!("{CANDIDATES} where u.active = 1 and u.username = ?1 order by u.id limit 1");
    Ok(tx.query_row(&sql, [username], candidate).optional()?)
}

/// An active user by id.
///
/// # Errors
/// The error from SQLite.
pub fn find_by_id(tx: &Transaction<'_>, user_id: &str) -> Result<Option<Candidate>, Fault> {
    let sql = format!("{CANDIDATES} where u.active = 1 and u.id = ?1");
    Ok(tx.query_row(&sql, [user_id], candidate).optional()?)
}

/// All users whose PIN approves actions that need a manager. The limits on attempts depend on their number
/// ([`domain::throttle`]), so the list needs no limit.
///
/// # Errors
/// The error from SQLite.
pub fn approvers(tx: &Transaction<'_>) -> Result<Vec<Candidate>, Fault> {
    let sql = format!("{CANDIDATES} where u.active = 1 and u.role in ('admin', 'manager') order by u.id");
    Ok(tx.prepare(&sql)?.query_map([], candidate)?.collect::<Result<_, _>>()?)
}

const CANDIDATES: &str = "select u.id, u.pin_hash, coalesce(s.session_generation, 1) from users u
    left join sign_ins s on s.user_id = u.id and s.bucket = ''";

fn candidate(row: &rusqlite::Row<'_>) -> rusqlite::Result<Candidate> {
    Ok(Candidate { user_id: row.read(0)?, pin_hash: row.read(1)?, generation: row.read(2)? })
}
