//! The end of an outlet: no key opens it any more, its code is free again, what it sent stays.

use store::Tx;

use super::find::{FindRefused, Outlet, State, find};

const REVOKE: &str = "
    update outlets set state = 'revoked', enroll_code_hash = null, enroll_code_expires_at = null,
      enrolled_epoch_id = null, enrolled_answer = null
    where outlet_id = ?1";

/// Revokes it; once more changes nothing.
///
/// # Errors
/// [`FindRefused`].
pub fn revoke(tx: &mut Tx<'_>, code_or_id: &str) -> Result<Outlet, FindRefused> {
    let outlet = find(tx, code_or_id)?;
    tx.execute(REVOKE, &[(&outlet.outlet_id).into()])?;
    Ok(Outlet { state: State::Revoked, ..outlet })
}
