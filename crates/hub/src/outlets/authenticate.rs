//! Which outlet a key opens.

use crate::store::{Fault, Tx};

/// Why a key does not open an outlet.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyRefused {
    #[error("the key is not known")]
    Unknown,
    #[error("the key belongs to another outlet")]
    AnothersKey,
    #[error("the outlet was revoked")]
    Revoked,
    #[error(transparent)]
    Fault(#[from] Fault),
}

const BY_KEY: &str = "select outlet_id, state from outlets where api_key_hash = ?1";

/// Lets the outlet's own key pass. Keys are found by their hash, so how long that takes tells nothing about them.
pub(crate) fn authenticate(tx: &mut Tx<'_>, outlet_id: &str, key_hash: &str) -> Result<(), KeyRefused> {
    let found =
        tx.first(BY_KEY, &[key_hash.into()], |row| Ok((row.text(0)? == outlet_id, row.text(1)? == "active")))?;
    match found {
        None => Err(KeyRefused::Unknown),
        Some((false, _)) => Err(KeyRefused::AnothersKey),
        Some((true, false)) => Err(KeyRefused::Revoked),
        Some((true, true)) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans;

    #[test]
    fn an_outlet_is_found_by_its_key() {
        plans::assert_keyed(BY_KEY);
    }
}
