//! JSON bodies. Objects must be objects at every depth, duplicate keys are rejected, and null is accepted only by
//! fields that declare it.
//!
//! serde's derived readers accept an array for an object and null for an optional field, and a map keeps the last of
//! two duplicate keys: all three would silently change the request.

use std::cell::RefCell;
use std::fmt;

use axum::extract::{FromRequest, Request};
use domain::nullable::{MAYBE_NULL, maybe_null};
use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

use super::invalid_value::InvalidValue;
use crate::{ApiError, Code, Problem, bodies};

/// A body from a person or a till. 400 if it is not JSON, 413 if it is too large, 422 if it is not valid.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body = bodies::read(request, state).await?;
        parse(&body).map(Self)
    }
}

/// A message from the other server: like [`Json`], but null counts as absent.
#[derive(Debug)]
pub struct Message<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Message<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body = bodies::read(request, state).await?;
        fit(Strict { value: value(&body)?, null_is_absent: true }).map(Self)
    }
}

/// Parses a body as [`Json`] does.
///
/// # Errors
/// 400 `malformed_json`, 422 `invalid_body`.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    fit(Strict { value: value(body)?, null_is_absent: false })
}

/// Reads a part of a body as [`Json`] does.
///
/// # Errors
/// 422 `invalid_body`.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, ApiError> {
    fit(Strict { value, null_is_absent: false })
}

fn value(body: &[u8]) -> Result<Value, ApiError> {
    let duplicate = RefCell::default();
    let mut read = serde_json::Deserializer::from_slice(body);
    let value = ReadUnique(&duplicate).deserialize(&mut read).and_then(|value| read.end().map(|()| value));
    value.map_err(|error| match (error.classify(), duplicate.take()) {
        (Category::Data, Some(key)) => Code::InvalidBody.field(key, Problem::Repeated),
        _ => Code::MalformedJson.with("detail", error.to_string()),
    })
}

fn fit<T: DeserializeOwned>(strict: Strict) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(strict).map_err(|error| {
        let path = error.path().to_string();
        error.into_inner().refusal(Code::InvalidBody, &path)
    })
}

/// Reads a nullable field of a change: with `#[serde(default)]`, absent is `None` and null is `Some(None)`.
///
/// # Errors
/// The error of the value.
pub fn changed<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    maybe_null(deserializer).map(Some)
}

/// Reads a JSON value without duplicate keys; stores a duplicate key here.
#[derive(Clone, Copy)]
struct ReadUnique<'a>(&'a RefCell<Option<String>>);

impl<'de> DeserializeSeed<'de> for ReadUnique<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadUnique<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self)?;
            if object.contains_key(&key) {
                self.0.replace(Some(key));
                return Err(A::Error::custom("a duplicate key"));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// Deserializes a value without conversions.
struct Strict {
    value: Value,
    null_is_absent: bool,
}

type Refused = InvalidValue;

impl Strict {
    fn refused(&self, expected: &dyn serde::de::Expected) -> Refused {
        let unexpected = match &self.value {
            Value::Null => Unexpected::Other("null"),
            Value::Bool(flag) => Unexpected::Bool(*flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(n), ..) => Unexpected::Unsigned(n),
                (_, Some(n), _) => Unexpected::Signed(n),
                (.., n) => Unexpected::Float(n.unwrap_or_default()),
            },
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Other("a list"),
            Value::Object(_) => Unexpected::Other("an object"),
        };
        Refused::invalid_type(unexpected, expected)
    }
}

impl<'de> serde::de::IntoDeserializer<'de, Refused> for Strict {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let null_is_absent = self.null_is_absent;
        let part = |value| Self { value, null_is_absent };
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(n), ..) => visitor.visit_u64(n),
                (_, Some(n), _) => visitor.visit_i64(n),
                (.., n) => visitor.visit_f64(n.unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(list) => {
                let mut items = SeqDeserializer::new(list.into_iter().map(part));
                let read = visitor.visit_seq(&mut items)?;
                items.end().map(|()| read)
            }
            Value::Object(object) => {
                let mut entries = MapDeserializer::new(object.into_iter().map(|(key, value)| (key, part(value))));
                let read = visitor.visit_map(&mut entries)?;
                entries.end().map(|()| read)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.value {
            Value::Null if self.null_is_absent => visitor.visit_none(),
            Value::Null => Err(Problem::Null.into()),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Refused> {
        if name == MAYBE_NULL && self.value.is_null() {
            return visitor.visit_none();
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if self.value.is_object() { self.deserialize_any(visitor) } else { Err(self.refused(&"an object")) }
    }

    // serde's reader of maps would read null as an empty map.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.value.is_object() { self.deserialize_any(visitor) } else { Err(self.refused(&"an object")) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        match self.value {
            Value::String(word) => visitor.visit_enum(StringDeserializer::new(word)),
            _ => Err(self.refused(&format!("one of {}", words.join(", ")).as_str())),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        name: String,
        qty: Option<i64>,
        #[serde(default, deserialize_with = "maybe_null")]
        note: Option<String>,
        #[serde(default, deserialize_with = "changed")]
        table: Option<Option<String>>,
        #[serde(default)]
        lines: Vec<Line>,
        word: Option<Word>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Line {
        id: String,
        price: Option<i64>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Word {
        One,
    }

    fn refusal(body: &str) -> (u16, &'static str, String) {
        let refused = parse::<Order>(body.as_bytes()).unwrap_err();
        (refused.status().as_u16(), refused.code(), refused.message())
    }

    #[test]
    fn a_body_is_read_in_its_declared_encoding() {
        let body = br#"{"name":"a","qty":-2,"note":null,"table":null,"lines":[{"id":"x"}],"word":"one"}"#;
        let read: Order = parse(body).unwrap();
        let lines = vec![Line { id: "x".into(), price: None }];
        let table = Some(None);
        assert_eq!(read, Order { name: "a".into(), qty: Some(-2), note: None, table, lines, word: Some(Word::One) });
        assert_eq!(parse::<Order>(br#"{"name":"a"}"#).unwrap().table, None);
        assert_eq!(parse::<Order>(br#"{"name":"a","note":"b"}"#).unwrap().note.as_deref(), Some("b"));
    }

    #[test]
    fn only_an_object_is_read_as_an_object() {
        for body in [
            r#"["a"]"#,
            "[]",
            "null",
            "1",
            r#""a""#,
            r#"{"name":"a","lines":[["x",1]]}"#,
            r#"{"name":"a","lines":{"id":"x"}}"#,
            r#"{"name":"a","word":{"one":null}}"#,
        ] {
            let (status, code, message) = refusal(body);
            assert_eq!((status, code), (422, "invalid_body"), "{body}: {message}");
        }
        for body in ["null", "[]", "[[\"a\",1]]", "1"] {
            assert_eq!(parse::<Map<String, Value>>(body.as_bytes()).unwrap_err().code(), "invalid_body", "{body}");
        }
        for (body, expected) in [
            (r#"{"name":"a","lines":[["x",1]]}"#, "'lines[0]' must be an object, not a list."),
            ("[]", "'body' must be an object, not a list."),
            (r#"{"name":1}"#, "'name' must be a text, not 1."),
            (r#"{"name":"a","word":"two"}"#, "'word' must be one of one, not 'two'."),
        ] {
            assert_eq!(refusal(body).2, format!("The request body is not valid: {expected}"));
        }
    }

    #[test]
    fn an_invalid_field_is_reported_with_its_path() {
        for (body, path, code) in [
            (r#"{"name":"a","lines":[{"id":"x","price":"1"}]}"#, "lines[0].price", "wrong_type"),
            (r#"{"name":"a","lines":[{"price":1}]}"#, "lines[0].id", "missing"),
            (r#"{"name":"a","other":1}"#, "other", "unknown"),
            (r#"{"name":"a","qty":null}"#, "qty", "null"),
            (r#"{"name":"a","qty":9223372036854775808}"#, "qty", "out_of_range"),
            (r#"{"name":"a","name":"b"}"#, "name", "repeated"),
            (r#"{"qty":1}"#, "name", "missing"),
            ("[]", "", "wrong_type"),
        ] {
            let refused = parse::<Order>(body.as_bytes()).unwrap_err().into_body_in(crate::Language::Indonesian);
            let fields = refused.fields.unwrap();
            assert_eq!((fields[0].path.as_str(), fields[0].code.as_str()), (path, code), "{body}");
        }
    }

    #[test]
    fn null_is_rejected_unless_a_field_accepts_it() {
        for body in [
            r#"{"name":null}"#,
            r#"{"name":"a","qty":null}"#,
            r#"{"name":"a","lines":null}"#,
            r#"{"name":"a","lines":[null]}"#,
            r#"{"name":"a","lines":[{"id":"x","price":null}]}"#,
            r#"{"name":"a","word":null}"#,
        ] {
            assert_eq!(refusal(body).1, "invalid_body", "{body}");
        }
        let message: Order =
            fit(Strict { value: value(br#"{"name":"a","qty":null}"#).unwrap(), null_is_absent: true }).unwrap();
        assert_eq!(message.qty, None);
    }

    #[test]
    fn unusual_numbers_unknown_fields_and_duplicate_keys_are_rejected() {
        for body in [
            r#"{"name":"a","qty":"1"}"#,
            r#"{"name":"a","qty":1.0}"#,
            r#"{"name":"a","qty":1e3}"#,
            r#"{"name":"a","qty":-0}"#,
            r#"{"name":"a","qty":9223372036854775808}"#,
            r#"{"name":"a","qty":true}"#,
            r#"{"name":1}"#,
            r#"{"name":"a","other":1}"#,
            r#"{"name":"a","name":"b"}"#,
            r#"{"name":"a","lines":[{"id":"x","id":"y"}]}"#,
            r#"{"name":"a","lines":[{"id":"x","extra":1,"extra":2}]}"#,
        ] {
            assert_eq!(refusal(body).1, "invalid_body", "{body}");
        }
        assert_eq!(parse::<Map<String, Value>>(br#"{"a":1,"a":2}"#).unwrap_err().code(), "invalid_body");
        for body in ["", "{", r#"{"name":"a"} x"#, &"[".repeat(200)] {
            assert_eq!(refusal(body).1, "malformed_json", "{body}");
        }
    }
}
