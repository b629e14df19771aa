//! Path parameters. UUIDs are normalized.

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

use super::param::{Param, Refused};
use crate::{ApiError, Code, Problem};

/// Path parameters; 400 if they are not valid.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let raw = RawPathParams::from_request_parts(parts, state).await.map_err(|error| unreadable(&error))?;
        let params = raw.iter().map(|(name, text)| (name.to_owned(), domain::ids::stored_as(text))).collect();
        serde_path_to_error::deserialize(Params(params)).map(Self).map_err(|error| {
            let path = error.path().to_string();
            error.into_inner().refusal(Code::InvalidPath, &path)
        })
    }
}

/// 400 `invalid_path` for a path that is not UTF-8.
#[must_use]
pub fn unreadable(rejection: &RawPathParamsRejection) -> ApiError {
    Code::InvalidPath.field("", Problem::Other.with("detail", rejection.body_text()))
}

/// The parameters in path order: one value, a tuple, or a struct.
struct Params(Vec<(String, String)>);

impl Params {
    fn only(mut self) -> Result<Param, Refused> {
        match (self.0.pop(), self.0.is_empty()) {
            (Some((_, text)), true) => Ok(Param(text)),
            _ => Err(Refused::custom("the handler reads one parameter")),
        }
    }
}

macro_rules! only {
    ($($method:ident),+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            self.only()?.$method(visitor)
        }
    )+};
}

impl<'de> Deserializer<'de> for Params {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.only()?.deserialize_any(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter().map(|(_, text)| Param(text))))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_map(MapDeserializer::new(self.0.into_iter().map(|(name, text)| (name, Param(text)))))
    }

    only! { deserialize_i32, deserialize_i64, deserialize_u16, deserialize_u32, deserialize_u64, deserialize_bool }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    fn params(of: &[(&str, &str)]) -> Params {
        Params(of.iter().map(|(name, text)| ((*name).to_owned(), domain::ids::stored_as(text))).collect())
    }

    #[test]
    fn a_uuid_is_normalized_and_other_ids_stay() {
        let id = "0199f3c2-8a00-7abc-8def-0123456789ff";
        for written in [id.to_uppercase(), format!("{{{id}}}"), id.replace('-', "")] {
            assert_eq!(String::deserialize(params(&[("id", &written)])).unwrap(), id);
        }
        let two = <(String, i64)>::deserialize(params(&[("outlet", "JKT-001"), ("no", "7")])).unwrap();
        assert_eq!(two, ("JKT-001".to_owned(), 7));
    }

    #[test]
    fn a_numeric_parameter_accepts_digits_only() {
        assert_eq!(i64::deserialize(params(&[("id", "12")])).unwrap(), 12);
        for invalid in ["", "x", "+1", "1.0", " 1", "99999999999999999999"] {
            assert!(i64::deserialize(params(&[("id", invalid)])).is_err(), "{invalid}");
        }
    }
}
