//! The snapshot: everything that an outlet may see, as one file of JSON lines. `docs/protocol.md` shows it.
//!
//! First the [`Head`], then one [`Line`] for each entity, last an [`End`] that says how many there were and what they
//! hash to: a file that was cut or altered is known as such from itself, whatever way it came. Entities stand in the
//! order of [`place`] and within a type in that of their ids.

use serde::{Deserialize, Serialize};

use crate::updates::{OwnedDocument, Update};
use crate::wire::Epoch;

/// The number of this file format. A reader refuses a higher one.
pub const FORMAT: u32 = 1;
/// What a line may have.
pub const MAX_LINE: usize = crate::limits::MAX_SNAPSHOT_LINE_BYTES;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`] of the writer.
    pub gerai_snapshot: u32,
    /// Whose it is.
    pub outlet_id: String,
    /// For people.
    pub made_at: String,
    /// Where the streams go on.
    pub cursor: String,
    /// The life of the outlet that the hub knew.
    pub epoch: Epoch,
    /// How many batches of that life the hub had.
    pub batch_no: i64,
    /// The last of them.
    pub batch_id: Option<String>,
}

/// A line behind the first one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// What is shared, tombstones too.
    Shared(Update),
    /// What is the outlet's own.
    Owned(OwnedDocument),
    /// The last line.
    End(End),
}

/// What stood in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Lines of what is shared.
    pub shared: u64,
    /// Lines of what is the outlet's own.
    pub owned: u64,
    /// SHA-256 of every line before this one, line ends included, in hexadecimal digits.
    pub sha256: String,
}

/// What a shop needs in order to sell; it stands first.
const FIRST: [&str; 7] = ["category", "product", "outlet_product", "charge", "user", "setting", "announcement"];

/// Where a shared type stands in the file: what is needed in order to sell, what is unknown here, customers; and behind
/// the outlet's own documents, at [`OWN`], what refers to them.
#[must_use]
pub fn place(entity_type: &str) -> usize {
    match FIRST.iter().position(|first| *first == entity_type) {
        Some(place) => place,
        None if crate::entity::is_carried_out(entity_type) => OWN + 1,
        None if entity_type == "customer" => OWN - 1,
        None => FIRST.len(),
    }
}

/// Where the outlet's own documents stand.
pub const OWN: usize = FIRST.len() + 2;

/// Bytes in hexadecimal digits.
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
        types.sort_by_key(|name| place(name));
        assert_eq!(types[..7], FIRST);
        assert_eq!(types[7..], ["voucher", "customer", "resolution", "decision"]);
        assert!(place("customer") < OWN && place("resolution") > OWN);
    }

    #[test]
    fn a_line_says_what_it_is() {
        let end = Line::End(End { shared: 1, owned: 2, sha256: hex(&[0, 171]) });
        assert_eq!(serde_json::to_string(&end).unwrap(), r#"{"end":{"shared":1,"owned":2,"sha256":"00ab"}}"#);
    }
}
