//! Compresses large answers of single routes, where the work already runs off the tasks that serve connections.

use std::io::Write;

use axum::http::{HeaderMap, header};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Smaller answers are not worth the work.
const MIN_BYTES: usize = 1 << 10;

/// Whether the client accepts gzip.
#[must_use]
pub fn is_accepted(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

/// The compressed bytes; `None` if they are too few.
#[must_use]
pub fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < MIN_BYTES {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn gzip_is_used_only_if_the_client_accepts_it() {
        for (accepted, is_used) in [
            (None, false),
            (Some("gzip"), true),
            (Some("br, GZIP;q=0.5"), true),
            (Some("deflate, gzip;q=1.0, *;q=0.5"), true),
            (Some("gzip;q=0"), false),
            (Some("gzip; q=0.000"), false),
            (Some("identity"), false),
            (Some(""), false),
        ] {
            let headers = accepted.map(|text| (header::ACCEPT_ENCODING, text.parse().unwrap()));
            assert_eq!(is_accepted(&headers.into_iter().collect()), is_used, "{accepted:?}");
        }
    }

    #[test]
    fn compressed_bytes_are_restored() {
        let bytes = b"Kopi Susu ".repeat(1_000);
        let compressed = compressed(&bytes).unwrap();
        assert!(compressed.len() < bytes.len() / 10);
        let mut restored = Vec::new();
        flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut restored).unwrap();
        assert_eq!(restored, bytes);
        assert_eq!(super::compressed(b"short"), None);
    }
}
