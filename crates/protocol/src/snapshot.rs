//! Snapshot file: everything that an outlet may see, as JSON lines. `docs/protocol.md` shows an example.
//!
//! The first line is the [`Head`], then one [`SnapshotLine`] per entity, then an [`End`] with the number of entities
//! and their hash, so a cut or modified file is detected however it was transferred. Entities are sorted by [`rank`],
//! then by type and id.

use serde::{Deserialize, Serialize};

use crate::updates::{OwnedDocument, Update};
use crate::wire::Epoch;

/// Version of this file format. A reader rejects a higher one.
pub const FORMAT: u32 = 1;
/// Maximum bytes of a line.
pub const MAX_LINE_BYTES: usize = crate::limits::MAX_SNAPSHOT_LINE_BYTES;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`] of the writer.
    pub gerai_snapshot: u32,
    /// The outlet for which the file was made.
    pub outlet_id: String,
    /// When the file was made; only displayed.
    pub made_at: String,
    /// Where reading of the streams continues.
    pub cursor: String,
    /// The outlet's epoch that the hub knew.
    pub epoch: Epoch,
    /// The number of the outlet's last batch in that epoch.
    pub batch_no: i64,
    /// The id of that batch.
    pub batch_id: Option<String>,
}

/// A line after the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotLine {
    /// A shared entity, or its tombstone.
    Shared(Update),
    /// An outlet-owned entity.
    Owned(OwnedDocument),
    /// The last line.
    End(End),
}

/// Totals of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Lines with shared entities.
    pub shared: u64,
    /// Lines with outlet-owned entities.
    pub owned: u64,
    /// SHA-256 of every line before this one, with line ends, in hexadecimal.
    pub sha256: String,
}

/// Types that a shop needs to sell; they come first.
const FIRST: [&str; 13] = [
    "category",
    "product",
    "outlet_product",
    "charge",
    "outlet_charge",
    "tender",
    "menu",
    "outlet_menu",
    "price",
    "outlet_price",
    "user",
    "setting",
    "announcement",
];

/// The place of a shared type in the file: first the types that a shop needs to sell, then unknown types, customers,
/// outlet-owned documents (at [`OWNED_RANK`]), and last the types that refer to those.
#[must_use]
pub fn rank(entity_type: &str) -> usize {
    match FIRST.iter().position(|first| *first == entity_type) {
        Some(rank) => rank,
        None if crate::entity::is_executed(entity_type) => OWNED_RANK + 1,
        None if entity_type == "customer" => OWNED_RANK - 1,
        None => FIRST.len(),
    }
}

/// The rank of outlet-owned documents.
pub const OWNED_RANK: usize = FIRST.len() + 2;

/// Formats bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{ENTITIES, Owner};

    #[test]
    fn sales_data_comes_first_in_a_snapshot() {
        let mut types: Vec<_> = ENTITIES.iter().filter(|e| e.owner != Owner::Outlet).map(|e| e.name).collect();
        types.extend(["resolution", "decision", "voucher"]);
        types.sort_by_key(|name| rank(name));
        assert_eq!(types[..FIRST.len()], FIRST);
        assert_eq!(types[FIRST.len()..], ["voucher", "customer", "resolution", "decision"]);
        assert!(rank("customer") < OWNED_RANK && rank("resolution") > OWNED_RANK);
    }

    #[test]
    fn a_line_names_its_type() {
        let end = SnapshotLine::End(End { shared: 1, owned: 2, sha256: hex(&[0, 171]) });
        assert_eq!(serde_json::to_string(&end).unwrap(), r#"{"end":{"shared":1,"owned":2,"sha256":"00ab"}}"#);
    }
}
