//! Decompresses the body of a request to the text of a batch, never beyond the limit.

use std::io::Read;

use axum::http::{HeaderMap, header};
use web::{ApiError, Code};

/// Bytes on the wire.
pub(super) const MAX_COMPRESSED: usize = protocol::limits::MAX_BATCH_PACKED_BYTES;
/// Bytes of JSON.
pub(super) const MAX_TEXT: usize = protocol::limits::MAX_BATCH_BYTES;
/// Maximum zstd window of a sender: 8 MiB, as RFC 8878 recommends.
const MAX_WINDOW_LOG: u32 = 23;

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Uncompressed JSON.
    Plain,
    /// zstd.
    Zstd,
}

/// The `Content-Encoding` of the body.
pub(super) fn packing(headers: &HeaderMap) -> Result<Packing, ApiError> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None | Some(b"identity") => Ok(Packing::Plain),
        Some(b"zstd") => Ok(Packing::Zstd),
        Some(_) => Err(Code::UnsupportedEncoding.because("batch")),
    }
}

/// The JSON text of a body.
///
/// # Errors
/// 400 `unreadable_body` or `malformed_json`, 413 `body_too_large`.
pub fn text(packing: Packing, body: &[u8]) -> Result<String, ApiError> {
    let bytes = match packing {
        Packing::Plain => body.to_vec(),
        Packing::Zstd => unpack(body)?,
    };
    String::from_utf8(bytes).map_err(malformed)
}

/// The error for a text that is not JSON.
pub(super) fn malformed(error: impl std::fmt::Display) -> ApiError {
    Code::MalformedJson.with("detail", error.to_string())
}

fn unpack(body: &[u8]) -> Result<Vec<u8>, ApiError> {
    let broken = |_| ApiError::from(Code::UnreadableBody);
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(broken)?;
    decoder.window_log_max(MAX_WINDOW_LOG).map_err(broken)?;
    // Batches shrink to about an eighth. A larger text is allocated only as it is decompressed.
    let mut text = Vec::with_capacity((body.len() * 12).min(MAX_TEXT));
    decoder.take(MAX_TEXT as u64 + 1).read_to_end(&mut text).map_err(broken)?;
    if text.len() > MAX_TEXT {
        return Err(Code::BodyTooLarge.into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_a_text_or_a_refusal(bytes in vec(any::<u8>(), 0..4_000), is_packed: bool) {
            let packing = if is_packed { Packing::Zstd } else { Packing::Plain };
            match text(packing, &bytes) {
                Ok(text) => prop_assert!(text.len() <= MAX_TEXT),
                Err(refused) => prop_assert!(["unreadable_body", "malformed_json"].contains(&refused.code())),
            }
        }

        #[test]
        fn a_packed_body_that_was_altered_is_a_text_or_a_refusal(
            words in vec("[a-z]{1,8}", 1..200), changes in vec((any::<Index>(), 1_u8..), 1..8),
        ) {
            let mut body = packed(words.join(" ").as_bytes());
            for (at, bits) in changes {
                let at = at.index(body.len());
                body[at] ^= bits;
            }
            match text(Packing::Zstd, &body) {
                Ok(text) => prop_assert!(text.len() <= MAX_TEXT),
                Err(refused) => {
                    let codes = ["unreadable_body", "malformed_json", "body_too_large"];
                    prop_assert!(codes.contains(&refused.code()), "{}", refused.code());
                }
            }
        }
    }

    #[test]
    fn a_body_with_a_window_above_8_mib_is_rejected() {
        let body = |window_log| {
            let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
            encoder.window_log(window_log).unwrap();
            std::io::Write::write_all(&mut encoder, &vec![b' '; 32 << 20]).unwrap();
            encoder.finish().unwrap()
        };
        assert!(text(Packing::Zstd, &body(MAX_WINDOW_LOG)).is_ok());
        assert_eq!(text(Packing::Zstd, &body(MAX_WINDOW_LOG + 1)).unwrap_err().code(), "unreadable_body");
    }

    fn packed(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 1).unwrap()
    }

    #[test]
    fn a_packed_body_unpacks_to_the_same_text() {
        for text in ["", "{}", &"x".repeat(1_000_000)] {
            assert_eq!(super::text(Packing::Zstd, &packed(text.as_bytes())).unwrap(), text);
            assert_eq!(super::text(Packing::Plain, text.as_bytes()).unwrap(), text);
        }
    }

    #[test]
    fn a_truncated_body_is_rejected() {
        let whole = packed(&serde_json::to_vec(&(0..500).collect::<Vec<_>>()).unwrap());
        for length in 1..whole.len() {
            let refused = text(Packing::Zstd, &whole[..length]).unwrap_err();
            assert_eq!(refused.code(), "unreadable_body", "{length}");
        }
    }

    #[test]
    fn a_decompression_bomb_stops_at_the_limit() {
        let bomb = packed(&vec![b' '; MAX_TEXT + 1]);
        assert!(bomb.len() < 100_000);
        assert_eq!(text(Packing::Zstd, &bomb).unwrap_err().code(), "body_too_large");
        assert!(text(Packing::Zstd, &packed(&vec![b' '; MAX_TEXT])).is_ok());
    }
}
