//! Proves to an outlet that this hub knows its key, before the outlet sends the key.

use store::{Fault, Tx};

const HASHES: &str = "select api_key_hash, previous_key_hash from outlets where outlet_id = ?1";

/// A proof for each valid key of this outlet; none for an unknown outlet.
///
/// # Errors
/// The database failed.
pub(crate) fn key_proofs(tx: &mut Tx<'_>, outlet_id: &str, challenge: &str) -> Result<Vec<String>, Fault> {
    let hashes = tx.first(HASHES, &[outlet_id.into()], |row| Ok([Some(row.string(0)?), row.maybe_string(1)?]))?;
    let hashes = hashes.into_iter().flatten().flatten();
    Ok(hashes.map(|hash| web::secret::key_proof(&hash, challenge)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn an_outlet_is_found_by_its_id() {
        plans::assert_keyed(HASHES);
    }
}
