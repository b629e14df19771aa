//! What the hub's answers say of its clock: told to people, and nothing is decided by it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use protocol::clock;
use reqwest::header::{DATE, HeaderMap};

/// The hub's clock minus this machine's, as the last answer said it.
#[derive(Debug, Default)]
pub struct HubClock(Mutex<Option<i64>>);

impl HubClock {
    /// In milliseconds, to within a second or so; none: the hub has not answered yet.
    #[must_use]
    pub fn offset_ms(&self) -> Option<i64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an answer said that is certainly the hub's: what stands between may have another clock.
    pub(crate) fn note(&self, offset_ms: Option<i64>) {
        if offset_ms.is_some() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = offset_ms;
        }
    }
}

/// What an answer that came at `received` says by its `Date`.
pub(crate) fn offset_ms(headers: &HeaderMap, received: Timestamp) -> Option<i64> {
    let date = DateTimeParser::new().parse_timestamp(headers.get(DATE)?.as_bytes()).ok()?;
    Some(clock::offset_ms(date.as_millisecond(), received.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_compared_with_when_it_came() {
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
        assert_eq!(clock.offset_ms(), Some(7), "an answer that says nothing takes nothing back");
    }
}
