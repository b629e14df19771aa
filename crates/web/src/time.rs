//! Times at the edge: read from the clock here, passed in everywhere else.

use jiff::Timestamp;

/// Now, in whole milliseconds.
#[must_use]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// As it stands in tables and answers: RFC 3339, UTC, milliseconds.
#[must_use]
pub fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// As HTTP writes it in `Date`.
#[must_use]
pub fn http(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_a_z() {
        assert_eq!(text(Timestamp::from_millisecond(1_769_508_000_000).unwrap()), "2026-01-27T10:00:00.000Z");
        assert_eq!(text(Timestamp::from_millisecond(1_769_508_000_007).unwrap()), "2026-01-27T10:00:00.007Z");
    }
}
