//! A user of head office, new or changed.

use jiff::Timestamp;

use super::Role;
use crate::outlets::new_id;
use crate::store::{Fault, Tx};

/// What a user is to be.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What they log in with; the same name again changes that user.
    pub username: String,
    /// For people.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// From [`web::secret::hash_pin`].
    pub password_hash: String,
}

/// Why a user cannot be saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveRefused {
    /// Nothing to log in with.
    #[error("a username has 1 to 64 characters and no spaces")]
    Username,
    /// The database.
    #[error(transparent)]
    Fault(#[from] Fault),
}

// A new password or role ends the sessions that began with the old one, and the lock of wrong tries with it.
const SAVE: &str = "
    insert into hq_users
      (id, username, name, role, password_hash, active, generation, failed_in_a_row, locked_until, created_at)
    values (?1, ?2, ?3, ?4, ?5, 1, 1, 0, null, ?6)
    on conflict (username) do update set
      name = excluded.name, role = excluded.role, password_hash = excluded.password_hash, active = 1,
      generation = hq_users.generation + 1, failed_in_a_row = 0, locked_until = null";

/// Adds the user, or changes the one with this username and ends their sessions.
///
/// # Errors
/// [`SaveRefused`].
pub fn save(tx: &mut Tx<'_>, user: &NewUser, now: Timestamp) -> Result<(), SaveRefused> {
    let length = user.username.chars().count();
    if !(1..=64).contains(&length) || user.username.contains(char::is_whitespace) {
        return Err(SaveRefused::Username);
    }
    let name = if user.name.trim().is_empty() { &user.username } else { user.name.trim() };
    tx.execute(
        SAVE,
        &[
            (&new_id(now)).into(),
            (&user.username).into(),
            name.into(),
            user.role.as_str().into(),
            (&user.password_hash).into(),
            (&web::time::text(now)).into(),
        ],
    )?;
    Ok(())
}
