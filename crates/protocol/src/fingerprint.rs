//! Compares entities of outlet and hub by count and hash per range, without sending them.
//!
//! Both sides feed the same entities in the same order and get the same digest. A document is hashed by its meaning:
//! parsed, without null values, fields sorted by name. So spacing, order, and fields that were added later do not
//! matter.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::merge::DELETED;
use crate::wire::{ChainRow, EntityRef, Token};

/// Which entities are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// Outlet-owned entities.
    Owned,
    /// Shared entities.
    Shared,
}

/// A range in the byte order of `(entity_type, entity_id)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Range {
    /// It begins after this entity; null: at the first.
    pub from: Option<EntityRef>,
    /// It ends with this entity; null: at the last.
    pub to: Option<EntityRef>,
}

/// An outlet's request to compare ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    /// Which entities are compared.
    pub ownership: Ownership,
    /// The random id of the outlet's current epoch.
    pub epoch: Option<String>,
    /// At most 16.
    pub ranges: Vec<Range>,
}

/// Maximum ranges in one request.
pub const MAX_RANGES: usize = 16;
/// Maximum entities that the hub reads for one range.
pub const MAX_IN_RANGE: i64 = 5_000;

/// The hub's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyResponse {
    /// The outlet's chain row at the time of the comparison.
    pub chain: ChainRow,
    /// One for each range, in order.
    pub ranges: Vec<RangeDigest>,
}

/// The digest of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RangeDigest {
    /// Number of entities; 5,001 means more than 5,000.
    pub count: i64,
    /// Hash of all entities; null: more than 5,000, so the sides differ.
    pub hash: Option<String>,
}

/// Calculates the digest of a range from its entities, in order.
#[derive(Debug, Clone, Default)]
pub struct Fingerprint {
    count: i64,
    hash: Sha256,
}

impl Fingerprint {
    /// Adds an entity: its type and id, its version as text, and the hash of its content.
    pub fn add(&mut self, of: &EntityRef, version: &str, content: &str) {
        self.count += 1;
        for part in [of.entity_type.as_str(), of.entity_id.as_str(), version, content] {
            self.hash.update((part.len() as u64).to_be_bytes());
            self.hash.update(part.as_bytes());
        }
    }

    /// The digest of all added entities.
    #[must_use]
    pub fn digest(self) -> RangeDigest {
        RangeDigest { count: self.count, hash: Some(hex(&self.hash.finalize())) }
    }
}

/// The hash of an outlet-owned document; empty for a deleted one.
#[must_use]
pub fn owned_content(document: Option<&Map<String, Value>>) -> String {
    document.map_or_else(String::new, |document| content(&Value::Object(document.clone())))
}

/// The hash of a shared entity's fields. The id is hashed separately, and deletion is a field like any other.
#[must_use]
pub fn shared_content(mut fields: Map<String, Value>, deleted: bool) -> String {
    fields.remove("id");
    fields.insert(DELETED.to_owned(), Value::Bool(deleted));
    content(&Value::Object(fields))
}

/// The version of a shared entity, as text.
#[must_use]
pub fn version_text(token: &Token) -> String {
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
        owned_content(value.as_object())
    }

    #[test]
    fn a_document_is_hashed_by_its_meaning() {
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
        assert_ne!(hash(&json!({})), owned_content(None));
        assert_ne!(hash(&json!({"l": [1, null]})), hash(&json!({"l": [1]})), "positions in a list count");
    }

    #[test]
    fn the_hash_includes_deletion_but_not_the_id() {
        let fields = |value: Value| value.as_object().unwrap().clone();
        let existing = shared_content(fields(json!({"id": "p", "price": 1})), false);
        assert_eq!(existing, shared_content(fields(json!({"price": 1, "deleted": false})), false));
        assert_ne!(existing, shared_content(fields(json!({"price": 1})), true));
    }

    #[test]
    fn a_digest_depends_on_entities_versions_and_order() {
        let of = |id: &str| EntityRef { entity_type: "order".into(), entity_id: id.into() };
        let digest = |parts: &[(&str, &str, &str)]| {
            let mut fingerprint = Fingerprint::default();
            parts.iter().for_each(|(id, version, content)| fingerprint.add(&of(id), version, content));
            fingerprint.digest()
        };
        let one = digest(&[("a", "1", "x"), ("b", "2", "y")]);
        assert_eq!((one.count, &one), (2, &digest(&[("a", "1", "x"), ("b", "2", "y")])));
        let others: [&[(&str, &str, &str)]; 4] = [
            &[("b", "2", "y"), ("a", "1", "x")],
            &[("a", "1", "x")],
            &[("a", "1", "x"), ("b", "3", "y")],
            &[("a1", "", "x"), ("b", "2", "y")],
        ];
        for other in others {
            assert_ne!(one.hash, digest(other).hash);
        }
    }
}
