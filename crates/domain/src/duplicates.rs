//! Values that people expect only one to have: codes and barcodes of products, phone numbers of customers, user names.
//!
//! A duplicate is saved all the same: shops that are offline cannot agree on who was first, and an import must not stop in
//! the middle. The answer to the request has a warning, and doctor lists all duplicates.

use crate::text::{look_alike_key, phone_key, text_key};

/// A field whose values should differ.
#[derive(Debug, Clone, Copy)]
pub struct Distinct {
    /// The entity's type.
    pub entity: &'static str,
    /// Its field.
    pub field: &'static str,
    /// Two values with one key are the same for people.
    pub key: fn(&str) -> String,
    /// Several may have one for good reasons: a family has one phone.
    pub often_shared: bool,
}

const fn distinct(entity: &'static str, field: &'static str, key: fn(&str) -> String) -> Distinct {
    Distinct { entity, field, key, often_shared: false }
}

/// Every such field.
pub const DISTINCT: [Distinct; 4] = [
    distinct("product", "code", text_key),
    distinct("product", "barcode", text_key),
    Distinct { often_shared: true, ..distinct("customer", "phone", phone_key) },
    distinct("user", "username", look_alike_key),
];

/// Those of one type of entity.
pub fn of(entity: &str) -> impl Iterator<Item = &'static Distinct> {
    DISTINCT.iter().filter(move |distinct| distinct.entity == entity)
}

impl Distinct {
    /// The key of a value; none where there is nothing to compare.
    #[must_use]
    pub fn key_of(&self, value: &str) -> Option<String> {
        Some((self.key)(value)).filter(|key| !key.is_empty())
    }

    /// The warning for a value that another entity has already; `other` is that entity's name.
    #[must_use]
    pub fn warning(&self, value: &str, other: &str) -> String {
        let Self { entity, field, .. } = self;
        format!(
            "The {entity} '{other}' has this '{field}' too ({value}). It was saved; change one of them if it is wrong."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_people_take_for_one_have_one_key() {
        let of_field = |field: &str| DISTINCT.into_iter().find(|distinct| distinct.field == field).unwrap();
        for (field, one, other) in [
            ("code", "KP-1", "kp-1"),
            ("barcode", "8991234", "８９９１２３４"),
            ("phone", "0812-345 678", "+62 812345678"),
            ("username", "rina", "Rína"),
        ] {
            let distinct = of_field(field);
            assert_eq!(distinct.key_of(one), distinct.key_of(other), "{field}");
        }
        assert_ne!(of_field("code").key_of("KP-1"), of_field("code").key_of("KP-2"));
        assert_eq!(of_field("phone").key_of("+"), None);
        assert!(of_field("code").warning("KP-1", "Kopi").contains("'Kopi'"));
    }
}
