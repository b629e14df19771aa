//! The part of a file that a request asks for (RFC 9110, sections 13.1.5 and 14).

use axum::http::{HeaderMap, header};

/// The part to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The whole file.
    Whole,
    /// From this byte to that, inclusive.
    From(u64, u64),
    /// Nothing: the range begins after the end of the file.
    Outside,
}

/// The part that the headers ask for. Unsupported values (several ranges, other units) are ignored.
pub(super) fn part(headers: &HeaderMap, etag: &str, length: u64) -> Part {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(wanted) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else { return Part::Whole };
    if text(header::IF_RANGE).is_some_and(|had| had != etag) {
        return Part::Whole;
    }
    read(wanted.trim(), length).unwrap_or(Part::Whole)
}

/// The `ETag` of the download that a request resumes.
pub(super) fn resumed_etag(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::IF_RANGE)?.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')
}

fn read(wanted: &str, length: u64) -> Option<Part> {
    let (from, to) = wanted.split_once('-')?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    if from.is_empty() {
        let last = number(to)?;
        let outside = last == 0 || length == 0;
        return Some(if outside { Part::Outside } else { Part::From(length.saturating_sub(last), length - 1) });
    }
    let from = number(from)?;
    let to = if to.is_empty() { u64::MAX } else { number(to)? };
    if to < from {
        return None;
    }
    Some(if from >= length { Part::Outside } else { Part::From(from, to.min(length - 1)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str, if_range: Option<&str>) -> Part {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        if let Some(had) = if_range {
            headers.insert(header::IF_RANGE, had.parse().unwrap());
        }
        part(&headers, "\"e\"", 10)
    }

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        assert_eq!(part(&HeaderMap::new(), "\"e\"", 10), Part::Whole);
        for (range, part) in [
            ("bytes=0-", Part::From(0, 9)),
            ("bytes=3-5", Part::From(3, 5)),
            ("bytes=3-99", Part::From(3, 9)),
            ("bytes=-4", Part::From(6, 9)),
            ("bytes=-99", Part::From(0, 9)),
            ("bytes=10-", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=5-3", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=x-", Part::Whole),
            ("lines=1-", Part::Whole),
        ] {
            assert_eq!(of(range, None), part, "{range}");
        }
    }

    #[test]
    fn another_file_is_sent_whole() {
        assert_eq!(of("bytes=3-", Some("\"e\"")), Part::From(3, 9));
        assert_eq!(of("bytes=3-", Some("\"f\"")), Part::Whole);
        assert_eq!(of("bytes=3-", Some("W/\"e\"")), Part::Whole);
    }
}
