//! The user that a new hub makes for itself: no default password exists.

use jiff::Timestamp;

use super::save::{NewUser, SaveRefused, save};
use super::Role;
use crate::store::{Fault, Tx};

/// Who can log in at first. The password is told this once.
#[derive(Debug, Clone)]
pub struct FirstAdmin {
    /// `admin`.
    pub username: String,
    /// Random.
    pub password: String,
}

/// Whether nobody can log in yet.
pub(crate) fn nobody(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    Ok(tx.first("select 1 from hq_users limit 1", &[], |_| Ok(()))?.is_none())
}

/// Makes `admin`, if nobody can log in yet; says whether it did.
///
/// # Errors
/// The database's.
pub fn first_admin(tx: &mut Tx<'_>, password_hash: &str, now: Timestamp) -> Result<bool, SaveRefused> {
    if !nobody(tx)? {
        return Ok(false);
    }
    let user = NewUser {
        username: "admin".to_owned(),
        name: "Admin".to_owned(),
        role: Role::Admin,
        password_hash: password_hash.to_owned(),
    };
    save(tx, &user, now)?;
    Ok(true)
}
