//! The user that a new hub makes for itself: no default password exists.

use std::io;

use jiff::Timestamp;
use store::{Fault, Store, Tx};
use web::secret;

use super::Role;
use super::save::{NewUser, SaveRefused, save};
use crate::state::OpenError;

/// Who can log in at first. The password is told this once.
#[derive(Debug, Clone)]
pub struct FirstAdmin {
    /// `admin`.
    pub username: String,
    /// Random.
    pub password: String,
}

/// Makes `admin` with a random password, if nobody can log in yet. `show` is told it before the commit: a user whose
/// password could not be shown is not made.
pub(crate) async fn make_first_admin(
    store: &Store,
    now: Timestamp,
    mut show: impl FnMut(&FirstAdmin) -> io::Result<()> + Send + 'static,
) -> Result<Option<FirstAdmin>, OpenError> {
    if !store.read(nobody).await.map_err(SaveRefused::from)? {
        return Ok(None);
    }
    let password = secret::random();
    let password_hash = secret::hash_pin(password.clone()).await.map_err(|_| OpenError::Hashing)?;
    let first = FirstAdmin { username: "admin".to_owned(), password };
    let role = Role::Admin;
    let user = NewUser { username: first.username.clone(), name: "Admin".to_owned(), role, password_hash };
    let (told, mut shown) = (first.clone(), false);
    let make = move |tx: &mut Tx<'_>| {
        // Asked again inside the transaction: two hubs may start on one database at the same time.
        if !nobody(tx)? {
            return Ok(false);
        }
        save(tx, &user, now)?;
        // A transaction that is done again has the same password.
        if !shown {
            show(&told).map_err(OpenError::NotShown)?;
            shown = true;
        }
        Ok::<_, OpenError>(true)
    };
    Ok(store.write(make).await?.then_some(first))
}

fn nobody(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    Ok(tx.first("select 1 from hq_users limit 1", &[], |_| Ok(()))?.is_none())
}
