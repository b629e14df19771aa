//! Request fields that may be null. The strict reader of request bodies rejects null in all other fields.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Visitor};

/// The newtype name by which the strict reader recognizes a nullable field; other readers ignore it.
pub const MAYBE_NULL: &str = "gerai::MaybeNull";

/// Deserializes a field that may be null: null is `None`. With `#[serde(default)]` the field may also be missing.
///
/// # Errors
/// The error of the deserializer.
pub fn maybe_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    struct Read<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Read<T> {
        type Value = Option<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value or null")
        }
        fn visit_none<E>(self) -> Result<Option<T>, E> {
            Ok(None)
        }
        fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
            Option::deserialize(deserializer)
        }
    }
    deserializer.deserialize_newtype_struct(MAYBE_NULL, Read(PhantomData))
}
