//! Fields of a body that take null. The reader of bodies refuses null everywhere else, so a field says so here.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Visitor};

/// The name by which a strict reader knows a field that takes null; other readers need no such name.
pub const MAYBE_NULL: &str = "gerai::MaybeNull";

/// Reads a field that may be null: null is `None`. With `#[serde(default)]` it may also be left out.
///
/// # Errors
/// What does not fit.
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
