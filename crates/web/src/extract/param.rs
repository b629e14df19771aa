//! One parameter of a path or a query, read as the type that the handler declares: text, a whole number, a boolean or
//! an enum value.

use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::invalid_value::InvalidValue;
use crate::Problem;

/// The text of a parameter.
pub(super) struct Param(pub String);

pub(super) type Refused = InvalidValue;

impl Param {
    /// Digits with an optional minus; no other notation of Rust.
    fn digits(&self) -> Result<&str, Refused> {
        let digits = self.0.strip_prefix('-').unwrap_or(&self.0);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Problem::NotANumber.with("found", self.0.as_str()).into());
        }
        Ok(&self.0)
    }

    fn out_of_range(&self) -> Refused {
        Problem::OutOfRange.with("found", self.0.as_str()).into()
    }
}

impl<'de> IntoDeserializer<'de, Refused> for Param {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! number {
    ($($method:ident $visit:ident $number:ty),+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            let number: $number = self.digits()?.parse().map_err(|_| self.out_of_range())?;
            visitor.$visit(number)
        }
    )+};
}

impl<'de> Deserializer<'de> for Param {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_string(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.0.as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            other => Err(Problem::NotABoolean.with("found", other).into()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_enum(serde::de::value::StringDeserializer::new(self.0))
    }

    number! {
        deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}
