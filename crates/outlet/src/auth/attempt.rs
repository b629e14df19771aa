//! Whom a PIN can be of.

use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Fault, ReadRow};

/// What there is to check a PIN against.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The user's id.
    pub user_id: String,
    /// Argon2 hash of the PIN.
    pub pin_hash: String,
}

/// The generation of a user's sessions.
///
/// # Errors
/// What SQLite said.
pub fn generation(tx: &Transaction<'_>, user_id: &str) -> Result<i64, Fault> {
    let sql = "select session_generation from sign_ins where user_id = ?1 and lane = ''";
    Ok(tx.query_row(sql, [user_id], |row| row.read(0)).optional()?.unwrap_or(1))
}

/// Active users by user name; names are checked to be unique when they are given, but synced rows may repeat one.
///
/// # Errors
/// What SQLite said.
pub fn find(tx: &Transaction<'_>, username: &str) -> Result<Option<Candidate>, Fault> {
    let sql = "select id, pin_hash from users where username = ?1 and active = 1 order by id limit 1";
    Ok(tx.query_row(sql, [username], candidate).optional()?)
}

/// An active user by id.
///
/// # Errors
/// What SQLite said.
pub fn find_by_id(tx: &Transaction<'_>, user_id: &str) -> Result<Option<Candidate>, Fault> {
    let sql = "select id, pin_hash from users where id = ?1 and active = 1";
    Ok(tx.query_row(sql, [user_id], candidate).optional()?)
}

/// Everyone whose PIN approves what needs a manager.
///
/// # Errors
/// What SQLite said.
pub fn approvers(tx: &Transaction<'_>) -> Result<Vec<Candidate>, Fault> {
    let sql = "select id, pin_hash from users
        where role in ('admin', 'manager') and active = 1 order by id limit 20";
    Ok(tx.prepare(sql)?.query_map([], candidate)?.collect::<Result<_, _>>()?)
}

fn candidate(row: &rusqlite::Row<'_>) -> rusqlite::Result<Candidate> {
    Ok(Candidate { user_id: row.read(0)?, pin_hash: row.read(1)? })
}
