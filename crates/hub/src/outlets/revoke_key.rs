//! The end of an outlet's key at once: it was stolen. The outlet stays, sells on, and joins again with a new code.

use store::Tx;

use super::find::{FindRefused, Outlet, find_active};

/// Stands before the hash of a revoked key, so that it opens nothing and whoever has it is told so.
pub(super) const REVOKED: &str = "revoked:";

// An enrolment code that was made before may be in the same hands.
const REVOKE_KEY: &str = "
    update outlets set
      api_key_hash = case when substr(api_key_hash, 1, 8) = ?2 then api_key_hash else ?2 || api_key_hash end,
      previous_key_hash = null, previous_key_until = null, enroll_code_hash = null, enroll_code_expires_at = null,
      enrolled_epoch_id = null, enrolled_answer = null
    where outlet_id = ?1";

/// Revokes the key, the one before it and an enrolment code that waits; once more changes nothing.
///
/// # Errors
/// [`FindRefused`].
pub fn revoke_key(tx: &mut Tx<'_>, code_or_id: &str) -> Result<Outlet, FindRefused> {
    let outlet = find_active(tx, code_or_id)?;
    tx.execute(REVOKE_KEY, &[(&outlet.outlet_id).into(), REVOKED.into()])?;
    Ok(outlet)
}
