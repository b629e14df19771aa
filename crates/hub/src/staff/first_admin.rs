//! Creates the first user of a new hub, with a random password: there is no default password.

use std::io;

use jiff::Timestamp;
use store::{Fault, Store, Tx};
use web::secret;

use super::Role;
use super::save::{NewUser, SaveRefused, save};

/// The first user. The password is shown once.
#[derive(Debug, Clone)]
pub struct FirstAdmin {
    /// `admin`.
    pub username: String,
    /// Random.
    pub password: String,
}

/// Why the first user was not created.
#[derive(Debug, thiserror::Error)]
pub enum FirstAdminError {
    /// The user is refused, or the database failed.
    #[error("the first user cannot be created: {0}")]
    Save(#[from] SaveRefused),
    /// Argon2 failed.
    #[error("the first user's password cannot be hashed; the log says why")]
    Hashing,
    /// The password could not be shown.
    #[error("the first user's password cannot be shown, so the user was not created: {0}")]
    NotShown(io::Error),
}

impl From<Fault> for FirstAdminError {
    fn from(fault: Fault) -> Self {
        Self::Save(fault.into())
    }
}

/// Creates `admin` with a random password if there is no user. `show` gets it before the commit; if it fails, the user
/// is not created.
pub(crate) async fn create_first_admin(
    store: &Store,
    now: Timestamp,
    mut show: impl FnMut(&FirstAdmin) -> io::Result<()> + Send + 'static,
) -> Result<Option<FirstAdmin>, FirstAdminError> {
    if !store.read(has_no_users).await.map_err(SaveRefused::from)? {
        return Ok(None);
    }
    let password = secret::random();
    let password_hash = secret::hash_pin(password.clone()).await.map_err(|_| FirstAdminError::Hashing)?;
    let first = FirstAdmin { username: "admin".to_owned(), password };
    let role = Role::Admin;
    let user = NewUser { username: first.username.clone(), name: "Admin".to_owned(), role, password_hash };
    let (to_show, mut shown) = (first.clone(), false);
    let make = move |tx: &mut Tx<'_>| {
        // Checked again inside the transaction: two hubs may start on one database at the same time.
        if !has_no_users(tx)? {
            return Ok(false);
        }
        save(tx, &user, now)?;
        // A repeated transaction uses the same password.
        if !shown {
            show(&to_show).map_err(FirstAdminError::NotShown)?;
            shown = true;
        }
        Ok::<_, FirstAdminError>(true)
    };
    Ok(store.write(make).await?.then_some(first))
}

fn has_no_users(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    Ok(tx.first("select 1 from hq_users limit 1", &[], |_| Ok(()))?.is_none())
}
