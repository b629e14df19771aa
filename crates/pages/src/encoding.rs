//! Which encoding of a file a client gets, from `Accept-Encoding` (RFC 9110, 12.5.3).

use axum::http::{HeaderMap, header};

/// An encoding of files that are compressed ahead, beside the plain file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encoding {
    /// In `Content-Encoding`.
    pub(crate) name: &'static str,
    /// What its file is called besides the plain file's name.
    pub(crate) suffix: &'static str,
}

/// From the smallest file to the largest.
pub(crate) const ALL: [Encoding; 2] =
    [Encoding { name: "br", suffix: ".br" }, Encoding { name: "gzip", suffix: ".gz" }];

/// The encodings that a client accepts, the smallest first. The weights of a client only exclude: all decode fast enough.
pub(crate) fn accepted(headers: &HeaderMap) -> impl Iterator<Item = Encoding> {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<_> = values.flat_map(|value| value.split(',')).map(range).collect();
    ALL.into_iter().filter(move |encoding| {
        let named = ranges.iter().find(|(name, _)| *name == encoding.name);
        let named = named.or_else(|| ranges.iter().find(|(name, _)| name == "*"));
        named.is_some_and(|(_, is_accepted)| *is_accepted)
    })
}

/// `gzip;q=0.5` as its name and whether its weight is more than zero; an unreadable weight excludes.
fn range(word: &str) -> (String, bool) {
    let (name, weight) = word.split_once(';').unwrap_or((word, "q=1"));
    let weight = weight.trim().to_ascii_lowercase();
    let digits = weight.strip_prefix("q=").unwrap_or_default().trim();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_positive = digits.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    (name.trim().to_ascii_lowercase(), is_number && is_positive)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn names(values: &[&str]) -> Vec<&'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap());
        }
        accepted(&headers).map(|encoding| encoding.name).collect()
    }

    #[test]
    fn the_smallest_accepted_encoding_comes_first() {
        for (value, expected) in [
            ("gzip, deflate, br, zstd", vec!["br", "gzip"]),
            ("gzip", vec!["gzip"]),
            ("GZIP;q=0.1", vec!["gzip"]),
            ("*", vec!["br", "gzip"]),
            ("br;q=0, *", vec!["gzip"]),
            ("br;q=0.000, gzip;q=0.001", vec!["gzip"]),
        ] {
            assert_eq!(names(&[value]), expected, "{value}");
        }
        assert_eq!(names(&["br;q=0", "gzip"]), ["gzip"]);
    }

    #[test]
    fn without_an_accepted_encoding_the_file_is_sent_as_it_is() {
        assert!(names(&[]).is_empty());
        for value in ["", "identity", "deflate", "*;q=0", "gzip;q=0", "br;q=x", "gzip;v=1", ";;,", "brotli"] {
            assert!(names(&[value]).is_empty(), "{value}");
        }
    }
}
