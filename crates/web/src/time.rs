//! Times at the edge: the clock is read here and passed in everywhere else.

use jiff::Timestamp;

/// Range of [`now`] in milliseconds: 1970 to the beginning of 9998. More than a year remains until the end of
/// [`Timestamp`], so that adding a session, a lock or a retention period cannot overflow.
const CLOCK_MS: (i64, i64) = (0, 253_339_228_800_000);

/// The current time in whole milliseconds, capped at 9998.
#[must_use]
pub fn now() -> Timestamp {
    clamp(Timestamp::now())
}

fn clamp(now: Timestamp) -> Timestamp {
    let (first, last) = CLOCK_MS;
    Timestamp::from_millisecond(now.as_millisecond().clamp(first, last)).unwrap_or(now)
}

/// The form in tables and answers: RFC 3339, UTC, milliseconds.
#[must_use]
pub fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The form of HTTP's `Date` header.
#[must_use]
pub fn http(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_a_year_to_any_clock_does_not_overflow() {
        let year = jiff::SignedDuration::from_hours(24 * 365);
        for (clock, read) in [
            (Timestamp::MAX, "9998-01-01T00:00:00.000Z"),
            (Timestamp::MIN, "1970-01-01T00:00:00.000Z"),
            ("2038-01-19T03:14:08.0009Z".parse().unwrap(), "2038-01-19T03:14:08.000Z"),
        ] {
            let now = clamp(clock);
            assert_eq!(text(now), read);
            assert!(now.checked_add(year).is_ok() && now.checked_sub(year).is_ok());
        }
    }

    #[test]
    fn times_have_milliseconds_and_a_z() {
        assert_eq!(text(Timestamp::from_millisecond(1_769_508_000_000).unwrap()), "2026-01-27T10:00:00.000Z");
        assert_eq!(text(Timestamp::from_millisecond(1_769_508_000_007).unwrap()), "2026-01-27T10:00:00.007Z");
    }
}
