//! Webhooks from head office: signed hints that something is new. The outlet uses no data from them.
//!
//! Anybody who can reach the outlet can send one, so an unsigned one causes only a comparison in memory: no database
//! access, no log line. A signed one wakes the listener and does nothing else.

pub mod http;

use serde::Deserialize;
use utoipa::ToSchema;

/// A webhook message.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Webhook {
    /// `stream.head`; other types have no effect in this version.
    #[serde(rename = "type")]
    kind: String,
    /// For `stream.head`: the stream that has grown, and its head.
    #[serde(default)]
    #[schema(value_type = StreamHead)]
    data: serde_json::Value,
}

/// The head of a stream.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "only its shape is checked: the data is pulled from the hub")]
pub struct StreamHead {
    /// `catalog`, or `outlet:` and the outlet's id.
    stream: String,
    /// Its last position.
    n: i64,
}

/// What to do about a valid webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookAction {
    /// Pull: something may be new.
    Pull,
    /// Nothing; this version does not know the type.
    Nothing,
}

/// Parses a webhook.
///
/// # Errors
/// Not JSON, or not of that shape.
pub fn read(body: &[u8]) -> serde_json::Result<WebhookAction> {
    let message: Webhook = serde_json::from_slice(body)?;
    if message.kind != "stream.head" {
        return Ok(WebhookAction::Nothing);
    }
    StreamHead::deserialize(message.data).map(|_| WebhookAction::Pull)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn random_bytes_are_parsed_or_rejected(bytes in vec(any::<u8>(), 0..300), text: String, n: i64) {
            let _ = read(&bytes);
            let head = |data: serde_json::Value| serde_json::json!({"type": "stream.head", "data": data}).to_string();
            prop_assert_eq!(read(head(serde_json::json!({"stream": text, "n": n})).as_bytes()).ok(), Some(WebhookAction::Pull));
            prop_assert!(read(head(serde_json::json!(text)).as_bytes()).is_err());
        }
    }

    #[test]
    fn a_stream_head_means_pull_and_unknown_types_nothing() {
        let action = |text: &str| read(text.as_bytes()).ok();
        let head = r#"{"type":"stream.head","timestamp":"…","data":{"stream":"catalog","n":41,"more":1}}"#;
        assert_eq!(action(head), Some(WebhookAction::Pull));
        assert_eq!(action(r#"{"type":"outlet.renamed"}"#), Some(WebhookAction::Nothing));
        assert_eq!(action(r#"{"type":"outlet.renamed","data":[1]}"#), Some(WebhookAction::Nothing));
        for text in ["", "{", "[]", "{}", r#"{"type":1}"#, r#"{"type":"stream.head"}"#] {
            assert_eq!(action(text), None, "{text}");
        }
        assert_eq!(action(r#"{"type":"stream.head","data":{"stream":"catalog","n":"41"}}"#), None);
    }
}
