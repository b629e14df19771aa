//! Revokes an outlet's key at once, for example after a theft. The outlet continues to sell and enrolls again with a new
//! code.

use jiff::Timestamp;
use store::Tx;

use super::find::{FindRefused, Outlet, find_active};
use super::history;

/// Prefix of the hash of a revoked key: requests with the key get a specific answer.
pub(super) const REVOKED: &str = "revoked:";

// An earlier enrollment code may have been stolen too.
const REVOKE_KEY: &str = "
    update outlets set
      api_key_hash = case when substr(api_key_hash, 1, 8) = ?2 then api_key_hash else ?2 || api_key_hash end,
      previous_key_hash = null, previous_key_until = null, enroll_code_hash = null, enroll_code_expires_at = null,
      enrolled_epoch_id = null, enrolled_answer = null
    where outlet_id = ?1";

/// Revokes the key, the previous key and an unused enrollment code. Idempotent.
///
/// # Errors
/// [`FindRefused`].
pub fn revoke_key(tx: &mut Tx<'_>, code_or_id: &str, now: Timestamp) -> Result<Outlet, FindRefused> {
    let outlet = find_active(tx, code_or_id)?;
    tx.execute(REVOKE_KEY, &[(&outlet.outlet_id).into(), REVOKED.into()])?;
    history::end_keys_except(tx, &outlet.outlet_id, "", &web::time::text(now))?;
    Ok(outlet)
}
