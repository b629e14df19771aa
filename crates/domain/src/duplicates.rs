//! Values that people expect to be unique: product codes and barcodes, customers' phone numbers, user names.
//!
//! A duplicate is saved anyway: outlets that are offline cannot agree on who was first, and an import must not stop
//! halfway. The response contains a warning, and doctor lists all duplicates.

use crate::text::{look_alike_key, phone_key, text_key};

/// A field whose values should be unique.
#[derive(Debug, Clone, Copy)]
pub struct UniqueField {
    /// The entity's type.
    pub entity: &'static str,
    /// Its field.
    pub field: &'static str,
    /// Two values with the same key are the same to people.
    pub key: fn(&str) -> String,
    /// Duplicates are common and legitimate: a family shares a phone.
    pub often_shared: bool,
}

const fn field(entity: &'static str, field: &'static str, key: fn(&str) -> String) -> UniqueField {
    UniqueField { entity, field, key, often_shared: false }
}

/// All fields whose values should be unique.
pub const UNIQUE_FIELDS: [UniqueField; 4] = [
    field("product", "code", text_key),
    field("product", "barcode", text_key),
    UniqueField { often_shared: true, ..field("customer", "phone", phone_key) },
    field("user", "username", look_alike_key),
];

/// The fields of one entity type.
pub fn unique_fields(entity: &str) -> impl Iterator<Item = &'static UniqueField> {
    UNIQUE_FIELDS.iter().filter(move |field| field.entity == entity)
}

impl UniqueField {
    /// The key of a value; `None` if there is nothing to compare.
    #[must_use]
    pub fn key_of(&self, value: &str) -> Option<String> {
        Some((self.key)(value)).filter(|key| !key.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_look_the_same_have_the_same_key() {
        let of_field = |name: &str| UNIQUE_FIELDS.into_iter().find(|field| field.field == name).unwrap();
        for (name, one, other) in [
            ("code", "KP-1", "kp-1"),
            ("barcode", "8991234", "８９９１２３４"),
            ("phone", "0812-345 678", "+62 812345678"),
            ("username", "rina", "Rína"),
        ] {
            let field = of_field(name);
            assert_eq!(field.key_of(one), field.key_of(other), "{name}");
        }
        assert_ne!(of_field("code").key_of("KP-1"), of_field("code").key_of("KP-2"));
        assert_eq!(of_field("phone").key_of("+"), None);
    }
}
