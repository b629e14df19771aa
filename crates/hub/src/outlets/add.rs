//! Adds an outlet.

use domain::{TextRefused, link, text};
use jiff::Timestamp;
use serde::Serialize;
use store::{Fault, Tx};
use web::secret;

use super::code as one_time;
use super::history::{self, KeyOrigin};
use crate::ids::new_id;

/// A new outlet with its secrets, which are shown once and stored only as hashes.
#[derive(Debug, Clone, Serialize)]
pub struct Added {
    /// UUIDv7.
    pub outlet_id: String,
    /// The code, as given.
    pub outlet_code: String,
    /// For people.
    pub outlet_name: String,
    /// The outlet's bearer token (`Authorization`).
    pub api_key: String,
    /// For `gerai enroll`; valid once.
    pub enroll_code: String,
    /// Expiry of the enrollment code.
    pub enroll_code_expires_at: String,
}

/// Why an outlet cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum AddRefused {
    /// The code is part of order numbers and receipts.
    #[error("an outlet's code has 1 to 32 letters, digits and hyphens, like JKT-001")]
    Code,
    /// A name for people.
    #[error("an outlet's name {0}")]
    Name(TextRefused),
    /// Two outlets with one code would give the same order numbers.
    #[error("an active outlet already has the code {code}; choose another, or revoke that outlet")]
    CodeTaken {
        /// The code.
        code: String,
    },
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

// Codes are compared without case, because people read and type them.
const FIND_CODE: &str = "select code from outlets where lower(code) = lower(?1) and state = 'active' limit 1";
const ADD: &str = "
    insert into outlets
      (outlet_id, code, name, state, api_key_hash, enroll_code_hash, enroll_code_expires_at, created_at)
    values (?1, ?2, ?3, 'active', ?4, ?5, ?6, ?7)";

/// Adds an outlet and generates its id, key and enrollment code.
///
/// # Errors
/// [`AddRefused`].
pub fn add(tx: &mut Tx<'_>, code: &str, name: &str, now: Timestamp) -> Result<Added, AddRefused> {
    let code = link::outlet_code(code).map_err(|_| AddRefused::Code)?;
    let name = text::NAME.clean(name).map_err(AddRefused::Name)?;
    if let Some(code) = tx.first(FIND_CODE, &[(&code).into()], |row| row.string(0))? {
        return Err(AddRefused::CodeTaken { code });
    }
    let added = Added {
        outlet_id: new_id(now),
        outlet_code: code,
        outlet_name: name,
        api_key: secret::random(),
        enroll_code: one_time::make(),
        enroll_code_expires_at: one_time::ends(now),
    };
    let (key_hash, now) = (secret::key_hash(&added.api_key), web::time::text(now));
    tx.execute(
        ADD,
        &[
            (&added.outlet_id).into(),
            (&added.outlet_code).into(),
            (&added.outlet_name).into(),
            (&key_hash).into(),
            (&one_time::hash(&added.enroll_code)).into(),
            (&added.enroll_code_expires_at).into(),
            (&now).into(),
        ],
    )?;
    history::add_key(tx, &added.outlet_id, &key_hash, KeyOrigin::Added, &now)?;
    Ok(added)
}
