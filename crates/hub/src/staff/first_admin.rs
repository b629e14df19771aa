//! The user that a new hub makes for itself: no default password exists.

use jiff::Timestamp;
use web::secret;

use super::Role;
use super::save::{NewUser, SaveRefused, save};
use crate::state::OpenError;
use crate::store::{Fault, Store, Tx};

/// Who can log in at first. The password is told this once.
#[derive(Debug, Clone)]
pub struct FirstAdmin {
    /// `admin`.
    pub username: String,
    /// Random.
    pub password: String,
}

/// Makes `admin` with a random password, if nobody can log in yet.
pub(crate) async fn make_first_admin(store: &Store, now: Timestamp) -> Result<Option<FirstAdmin>, OpenError> {
    if !store.read(nobody).await.map_err(SaveRefused::from)? {
        return Ok(None);
    }
    let password = secret::random();
    let password_hash = secret::hash_pin(password.clone()).await.map_err(|_| OpenError::Hashing)?;
    let username = "admin".to_owned();
    let user = NewUser { username: username.clone(), name: "Admin".to_owned(), role: Role::Admin, password_hash };
    // Asked again inside the transaction: two hubs may start on one database at the same time.
    let made = store.write(move |tx| if nobody(tx)? { save(tx, &user, now).map(|()| true) } else { Ok(false) }).await?;
    Ok(made.then_some(FirstAdmin { username, password }))
}

fn nobody(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    Ok(tx.first("select 1 from hq_users limit 1", &[], |_| Ok(()))?.is_none())
}
