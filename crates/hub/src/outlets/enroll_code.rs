//! Issues a new enrollment code for an outlet whose machine was restored, cloned or replaced; the previous code becomes
//! invalid.

use jiff::Timestamp;
use serde::Serialize;
use store::{Fault, Tx};

use super::code;
use super::find::{FindRefused, find_active};

/// The code, which is shown once and stored only as a hash.
#[derive(Debug, Clone, Serialize)]
pub struct NewCode {
    /// The outlet's id.
    pub outlet_id: String,
    /// The outlet's code.
    pub outlet_code: String,
    /// The outlet's name.
    pub outlet_name: String,
    /// For `gerai enroll`; valid once.
    pub enroll_code: String,
    /// Expiry of the code.
    pub enroll_code_expires_at: String,
}

const OPEN: &str = "
    select enroll_code_expires_at from outlets
    where outlet_id = ?1 and state = 'active' and enroll_code_hash is not null and enrolled_epoch_id is null";
const PUT: &str = "
    update outlets set enroll_code_hash = ?2, enroll_code_expires_at = ?3, enrolled_epoch_id = null,
      enrolled_answer = null
    where outlet_id = ?1";

/// Issues a code.
///
/// # Errors
/// [`FindRefused`].
pub fn enroll_code(tx: &mut Tx<'_>, code_or_id: &str, now: Timestamp) -> Result<NewCode, FindRefused> {
    let outlet = find_active(tx, code_or_id)?;
    let (enroll_code, enroll_code_expires_at) = (code::make(), code::ends(now));
    let hash = code::hash(&enroll_code);
    tx.execute(PUT, &[(&outlet.outlet_id).into(), (&hash).into(), (&enroll_code_expires_at).into()])?;
    Ok(NewCode {
        outlet_id: outlet.outlet_id,
        outlet_code: outlet.code,
        outlet_name: outlet.name,
        enroll_code,
        enroll_code_expires_at,
    })
}

/// When the outlet's unused code expires; none if no code is valid.
pub(crate) fn open_code(tx: &mut Tx<'_>, outlet_id: &str, now: Timestamp) -> Result<Option<String>, Fault> {
    let until = tx.first(OPEN, &[outlet_id.into()], |row| row.maybe_string(0))?.flatten();
    Ok(until.filter(|until| code::is_open(until, now)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_code_is_found_by_its_outlet() {
        plans::assert_keyed(OPEN);
    }
}
