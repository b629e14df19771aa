//! A new key for an outlet. The one in use opens it until the new one is used, so that nobody must hurry.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use web::secret;

use super::find::{FindRefused, find_active};
use crate::store::Tx;

/// How long the key before opens the outlet if the new one is never used.
pub(super) const BOTH_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The new key; it is told this once and kept only as a hash.
#[derive(Debug, Clone, Serialize)]
pub struct Rotated {
    /// Whose.
    pub outlet_id: String,
    /// Whose.
    pub outlet_code: String,
    /// What the outlet sends as `Authorization: Bearer` from now on.
    pub api_key: String,
    /// Until when the key before opens the outlet, if the new one is not used earlier.
    pub previous_key_until: String,
}

// A new key that nobody used yet makes way; the key in use stays the previous one. One whose time is up, or was set by a
// clock that ran ahead, opens nothing (see `authenticate`), and does not open again.
const ROTATE: &str = "
    update outlets set
      previous_key_hash = case when previous_key_until > ?3 and previous_key_until <= ?4 then previous_key_hash
        else api_key_hash end,
      previous_key_until = ?4, api_key_hash = ?2
    where outlet_id = ?1";

/// Makes it.
///
/// # Errors
/// [`FindRefused`].
pub fn rotate_key(tx: &mut Tx<'_>, code_or_id: &str, now: Timestamp) -> Result<Rotated, FindRefused> {
    let outlet = find_active(tx, code_or_id)?;
    let api_key = secret::random();
    let hash = secret::key_hash(&api_key);
    let previous_key_until = web::time::text(now.saturating_add(BOTH_FOR).unwrap_or(now));
    let now = web::time::text(now);
    tx.execute(ROTATE, &[(&outlet.outlet_id).into(), (&hash).into(), (&now).into(), (&previous_key_until).into()])?;
    Ok(Rotated { outlet_id: outlet.outlet_id, outlet_code: outlet.code, api_key, previous_key_until })
}
