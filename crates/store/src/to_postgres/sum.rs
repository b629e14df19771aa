//! Row count and hash of a table, the same for both engines.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::arg::{Arg, storable};

/// Row count and hash of a table, independent of row order because the rows' hashes are added. Text is hashed as
/// PostgreSQL stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Sum {
    /// Number of rows.
    pub rows: u64,
    /// Sum of the rows' hashes.
    #[serde(serialize_with = "hexadecimal")]
    pub hash: u128,
}

impl Sum {
    /// Adds a row.
    pub(super) fn add(&mut self, row: &[Arg<'_>]) {
        let mut hash = Sha256::new();
        let mut put = |kind: u8, bytes: &[u8]| {
            hash.update([kind]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        for value in row {
            match *value {
                Arg::Null => put(0, b""),
                Arg::Int(n) => put(1, &n.to_be_bytes()),
                Arg::Text(text) => put(2, storable(text).as_bytes()),
                Arg::Blob(bytes) => put(3, bytes),
                // Rows contain no lists.
                Arg::Texts(_) => {}
            }
        }
        let digest: [u8; 32] = hash.finalize().into();
        let half = digest.first_chunk::<16>().copied().unwrap_or_default();
        self.rows += 1;
        self.hash = self.hash.wrapping_add(u128::from_be_bytes(half));
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows with the hash {:032x}", self.rows, self.hash)
    }
}

fn hexadecimal<S: Serializer>(hash: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{hash:032x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[Arg<'_>]]) -> Sum {
        let mut sum = Sum::default();
        rows.iter().for_each(|row| sum.add(row));
        sum
    }

    #[test]
    fn every_value_of_every_row_counts_and_their_order_does_not() {
        let (one, two): ([Arg<'_>; 2], [Arg<'_>; 2]) = (["a".into(), 1.into()], ["b".into(), 2.into()]);
        assert_eq!(sum(&[&one, &two]), sum(&[&two, &one]));
        let others: [&[&[Arg<'_>]]; 7] = [
            &[&one],
            &[&one, &one],
            &[&one, &two, &two],
            // Swapped values.
            &[&["a".into(), 2.into()], &["b".into(), 1.into()]],
            &[&["a".into(), Arg::Null], &two],
            &[&["a".into(), "1".into()], &two],
            &[&["a1".into()], &two],
        ];
        for other in others {
            assert_ne!(sum(&[&one, &two]), sum(other), "{other:?}");
        }
        assert_eq!(sum(&[&["a\0".into()]]), sum(&[&["a\u{fffd}".into()]]), "as PostgreSQL has it");
    }
}
