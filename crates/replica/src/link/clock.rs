//! The hub's clock as its answers show it: displayed to people, never used for decisions.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use protocol::clock;
use reqwest::header::{DATE, HeaderMap};

/// The hub's clock minus this machine's, by the last answer.
#[derive(Debug, Default)]
pub struct HubClock(Mutex<Option<i64>>);

impl HubClock {
    /// In milliseconds, accurate to about a second; `None`: the hub has not answered yet.
    #[must_use]
    pub fn offset_ms(&self) -> Option<i64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the offset of an answer that is certainly the hub's: a proxy may have another clock.
    pub(crate) fn note(&self, offset_ms: Option<i64>) {
        if offset_ms.is_some() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = offset_ms;
        }
    }
}

/// The offset by the `Date` of an answer that arrived at `received`.
pub(crate) fn offset_ms(headers: &HeaderMap, received: Timestamp) -> Option<i64> {
    let date = DateTimeParser::new().parse_timestamp(headers.get(DATE)?.as_bytes()).ok()?;
    Some(clock::offset_ms(date.as_millisecond(), received.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_offset_comes_from_the_date_of_an_answer() {
        let received = "2026-11-22T10:00:00.500Z".parse().unwrap();
        let of = |date: &str| offset_ms(&HeaderMap::from_iter([(DATE, date.parse().unwrap())]), received);
        assert_eq!(of("Sun, 22 Nov 2026 10:00:00 GMT"), Some(0));
        assert_eq!(of("Sun, 22 Nov 2026 09:00:00 GMT"), Some(-3_600_000));
        for unreadable in ["", "gestern", "2026-11-22"] {
            assert_eq!(of(unreadable), None, "{unreadable}");
        }
        let clock = HubClock::default();
        clock.note(Some(7));
        clock.note(None);
        assert_eq!(clock.offset_ms(), Some(7), "an answer without a date changes nothing");
    }
}
