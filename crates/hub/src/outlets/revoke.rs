//! Revokes an outlet: its keys become invalid, its code becomes free, and its data stays.

use jiff::Timestamp;
use store::Tx;

use super::find::{FindRefused, Outlet, OutletState, find};
use super::history;

const REVOKE: &str = "
    update outlets set state = 'revoked', enroll_code_hash = null, enroll_code_expires_at = null,
      enrolled_epoch_id = null, enrolled_answer = null
    where outlet_id = ?1";

/// Revokes an outlet. Idempotent.
///
/// # Errors
/// [`FindRefused`].
pub fn revoke(tx: &mut Tx<'_>, code_or_id: &str, now: Timestamp) -> Result<Outlet, FindRefused> {
    let outlet = find(tx, code_or_id)?;
    tx.execute(REVOKE, &[(&outlet.outlet_id).into()])?;
    history::end_keys_except(tx, &outlet.outlet_id, "", &web::time::text(now))?;
    Ok(Outlet { state: OutletState::Revoked, ..outlet })
}
