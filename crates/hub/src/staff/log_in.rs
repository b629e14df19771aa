//! Finds the user who logs in.

use store::{Fault, Tx};

/// The user with the name of a log-in attempt.
#[derive(Debug)]
pub(super) struct Candidate {
    pub id: String,
    pub username: String,
    pub name: String,
    pub role: String,
    pub password_hash: String,
    pub generation: i64,
}

const BY_NAME: &str = "
    select id, username, name, role, password_hash, generation from hq_users where username = ?1 and active = 1";

/// The active user with this name.
pub(super) fn find(tx: &mut Tx<'_>, username: &str) -> Result<Option<Candidate>, Fault> {
    tx.first(BY_NAME, &[username.into()], |row| {
        Ok(Candidate {
            id: row.string(0)?,
            username: row.string(1)?,
            name: row.string(2)?,
            role: row.string(3)?,
            password_hash: row.string(4)?,
            generation: row.int(5)?,
        })
    })
}
