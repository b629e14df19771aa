//! Revokes an outlet: no key is valid for it any more, its code becomes free, and its data is kept.

use store::Tx;

use super::find::{FindRefused, Outlet, OutletState, find};

const REVOKE: &str = "
    update outlets set state = 'revoked', enroll_code_hash = null, enroll_code_expires_at = null,
      enrolled_epoch_id = null, enrolled_answer = null
    where outlet_id = ?1";

/// Revokes it. Idempotent.
///
/// # Errors
/// [`FindRefused`].
pub fn revoke(tx: &mut Tx<'_>, code_or_id: &str) -> Result<Outlet, FindRefused> {
    let outlet = find(tx, code_or_id)?;
    tx.execute(REVOKE, &[(&outlet.outlet_id).into()])?;
    Ok(Outlet { state: OutletState::Revoked, ..outlet })
}
