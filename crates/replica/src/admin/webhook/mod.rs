//! Head office's webhooks: a signed hint that there is something to pull. Nothing in one is taken as data.
//!
//! Whoever can reach the outlet can send one, so all that is done for an unsigned one is a comparison in memory: no
//! database, no log line. A signed one wakes whoever listens to the hub, and that is all.

pub mod http;

use serde::Deserialize;
use utoipa::ToSchema;

/// What a webhook says.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Webhook {
    /// `stream.head`; others mean nothing to this version.
    #[serde(rename = "type")]
    kind: String,
    /// Of `stream.head`: which stream has grown, and how far it is.
    #[serde(default)]
    #[schema(value_type = StreamHead)]
    data: serde_json::Value,
}

/// How far a stream of the hub is.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "only its shape is looked at: what is new is pulled, never taken from here")]
pub struct StreamHead {
    /// `catalog`, or `outlet:` and the outlet's id.
    stream: String,
    /// Its last number.
    n: i64,
}

/// What to do about a webhook that was believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// There may be something to pull.
    Pull,
    /// Nothing to this version.
    Nothing,
}

/// What a webhook means.
///
/// # Errors
/// It is not JSON, or not of that shape.
pub fn read(body: &[u8]) -> serde_json::Result<Means> {
    let message: Webhook = serde_json::from_slice(body)?;
    if message.kind != "stream.head" {
        return Ok(Means::Nothing);
    }
    StreamHead::deserialize(message.data).map(|_| Means::Pull)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_mean_something_or_are_refused(bytes in vec(any::<u8>(), 0..300), text: String, n: i64) {
            let _ = read(&bytes);
            let head = |data: serde_json::Value| serde_json::json!({"type": "stream.head", "data": data}).to_string();
            prop_assert_eq!(read(head(serde_json::json!({"stream": text, "n": n})).as_bytes()).ok(), Some(Means::Pull));
            prop_assert!(read(head(serde_json::json!(text)).as_bytes()).is_err());
        }
    }

    #[test]
    fn a_grown_stream_means_pull_and_what_is_not_known_means_nothing() {
        let means = |text: &str| read(text.as_bytes()).ok();
        let head = r#"{"type":"stream.head","timestamp":"…","data":{"stream":"catalog","n":41,"more":1}}"#;
        assert_eq!(means(head), Some(Means::Pull));
        assert_eq!(means(r#"{"type":"outlet.renamed"}"#), Some(Means::Nothing));
        assert_eq!(means(r#"{"type":"outlet.renamed","data":[1]}"#), Some(Means::Nothing));
        for text in ["", "{", "[]", "{}", r#"{"type":1}"#, r#"{"type":"stream.head"}"#] {
            assert_eq!(means(text), None, "{text}");
        }
        assert_eq!(means(r#"{"type":"stream.head","data":{"stream":"catalog","n":"41"}}"#), None);
    }
}
