//! A new key for an outlet; the old one opens nothing from then on.

use serde::Serialize;
use web::secret;

use super::find::{FindRefused, State, find};
use crate::store::Tx;

/// The new key; it is told this once and kept only as a hash.
#[derive(Debug, Clone, Serialize)]
pub struct Rotated {
    /// Whose.
    pub outlet_id: String,
    /// Whose.
    pub outlet_code: String,
    /// What the outlet sends as `Authorization: Bearer` from now on.
    pub api_key: String,
}

/// Makes it.
///
/// # Errors
/// [`FindRefused`].
pub fn rotate_key(tx: &mut Tx<'_>, code_or_id: &str) -> Result<Rotated, FindRefused> {
    let outlet = find(tx, code_or_id)?;
    if outlet.state == State::Revoked {
        return Err(FindRefused::Revoked(outlet.code));
    }
    let api_key = secret::random();
    let hash = secret::key_hash(&api_key);
    tx.execute(
        "update outlets set api_key_hash = ?2 where outlet_id = ?1",
        &[(&outlet.outlet_id).into(), (&hash).into()],
    )?;
    Ok(Rotated { outlet_id: outlet.outlet_id, outlet_code: outlet.code, api_key })
}
