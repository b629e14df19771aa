//! Whether outlet and hub have the same, told without sending it: a count and a hash of each range of entities.
//!
//! Both sides feed the same entities in the same order and get the same text. A document counts by its meaning: read,
//! without what is null, its fields by name; so neither spacing nor order nor a field that was added later matters.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::merge::DELETED;
use crate::wire::{ChainRow, EntityRef, Token};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// What is the outlet's own.
    Owned,
    /// What outlets and head office share.
    Shared,
}

/// A range in the order of `(entity_type, entity_id)` by bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Range {
    /// It begins behind this entity; none: with the first.
    pub from: Option<EntityRef>,
    /// It ends with this entity; none: with the last.
    pub to: Option<EntityRef>,
}

/// What an outlet asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// What is compared.
    pub ownership: Ownership,
    /// The random id of this life of the outlet's database.
    pub epoch: Option<String>,
    /// At most [`MAX_RANGES`].
    pub ranges: Vec<Range>,
}

/// Ranges in one request at the most.
pub const MAX_RANGES: usize = 16;
/// Entities that the hub looks at in one range at the most.
pub const MAX_IN_RANGE: i64 = 5_000;

/// What the hub answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verified {
    /// Where the hub stood in the outlet's chain.
    pub chain: ChainRow,
    /// One for each range, in order.
    pub ranges: Vec<RangeDigest>,
}

/// What a range comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RangeDigest {
    /// Entities in it.
    pub count: i64,
    /// Of all of them; none: there are too many, so it is surely another one.
    pub hash: Option<String>,
}

/// Takes in the entities of a range, in their order.
#[derive(Debug, Clone, Default)]
pub struct Fingerprint {
    count: i64,
    hash: Sha256,
}

impl Fingerprint {
    /// Takes in one entity: what it is, its version as text, and the hash of its content.
    pub fn add(&mut self, of: &EntityRef, mark: &str, content: &str) {
        self.count += 1;
        for part in [of.entity_type.as_str(), of.entity_id.as_str(), mark, content] {
            self.hash.update((part.len() as u64).to_be_bytes());
            self.hash.update(part.as_bytes());
        }
    }

    /// What all of them come to.
    #[must_use]
    pub fn print(self) -> RangeDigest {
        RangeDigest { count: self.count, hash: Some(hex(&self.hash.finalize())) }
    }
}

/// The hash of an outlet-owned document; of a deleted one: empty.
#[must_use]
pub fn own_content(document: Option<&Map<String, Value>>) -> String {
    document.map_or_else(String::new, |document| content(&Value::Object(document.clone())))
}

/// The hash of a shared entity's fields: its id is in its name, and deletion is a field like any other.
#[must_use]
pub fn shared_content(mut fields: Map<String, Value>, deleted: bool) -> String {
    fields.remove("id");
    fields.insert(DELETED.to_owned(), Value::Bool(deleted));
    content(&Value::Object(fields))
}

/// The version of a shared entity as text.
#[must_use]
pub fn mark(token: &Token) -> String {
    format!("{}/{}", token.n, token.change_id)
}

fn content(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    hex(&Sha256::digest(text.as_bytes()))
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().filter(|(_, value)| !value.is_null()).collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, value) in fields {
                let _ = write!(text, "{}:", Value::from(name.as_str()));
                canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for value in values {
                canonical(value, text);
                text.push(',');
            }
            text.push(']');
        }
        plain => {
            let _ = write!(text, "{plain}");
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hash(value: &Value) -> String {
        own_content(value.as_object())
    }

    #[test]
    fn a_document_counts_by_its_meaning() {
        let one =
            json!({"id": "a", "name": "Kopi \"Susu\"", "price": 22000, "note": null, "lines": [{"id": 1, "x": null}]});
        let same: Value = serde_json::from_str(
            r#"{ "lines":[ {"id":1} ], "price" : 22000, "name":"Kopi \u0022Susu\u0022", "id":"a" }"#,
        )
        .unwrap();
        assert_eq!(hash(&one), hash(&same));
        for (field, other) in
            [("price", json!(22001)), ("price", json!("22000")), ("lines", json!([])), ("new", json!(0))]
        {
            let mut changed = one.clone();
            changed[field] = other;
            assert_ne!(hash(&one), hash(&changed), "{field}");
        }
        assert_ne!(hash(&json!({})), own_content(None));
        assert_ne!(hash(&json!({"l": [1, null]})), hash(&json!({"l": [1]})), "places in a list count");
    }

    #[test]
    fn deletion_counts_and_the_id_does_not() {
        let fields = |value: Value| value.as_object().unwrap().clone();
        let there = shared_content(fields(json!({"id": "p", "price": 1})), false);
        assert_eq!(there, shared_content(fields(json!({"price": 1, "deleted": false})), false));
        assert_ne!(there, shared_content(fields(json!({"price": 1})), true));
    }

    #[test]
    fn a_range_is_its_entities_their_versions_and_their_order() {
        let of = |id: &str| EntityRef { entity_type: "order".into(), entity_id: id.into() };
        let print = |parts: &[(&str, &str, &str)]| {
            let mut fingerprint = Fingerprint::default();
            parts.iter().for_each(|(id, mark, content)| fingerprint.add(&of(id), mark, content));
            fingerprint.print()
        };
        let one = print(&[("a", "1", "x"), ("b", "2", "y")]);
        assert_eq!((one.count, &one), (2, &print(&[("a", "1", "x"), ("b", "2", "y")])));
        let others: [&[(&str, &str, &str)]; 4] = [
            &[("b", "2", "y"), ("a", "1", "x")],
            &[("a", "1", "x")],
            &[("a", "1", "x"), ("b", "3", "y")],
            &[("a1", "", "x"), ("b", "2", "y")],
        ];
        for other in others {
            assert_ne!(one.hash, print(other).hash);
        }
    }
}
