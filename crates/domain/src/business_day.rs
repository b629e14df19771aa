//! The business day: the date that a sale belongs to at its outlet.
//!
//! A café that closes at 02:00 counts those two hours to the evening before. So the business date is the outlet's local
//! time minus its cut-off. Head office's reports use it, independent of the hub's time zone.
//!
//! The time and the zone are passed in: finding a zone by name reads files, which is left to the caller.

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A business date at an outlet: a calendar date without a zone. Its text and JSON form is `YYYY-MM-DD`, which sorts
/// correctly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDate(Date);

impl BusinessDate {
    /// Creates a business date.
    #[must_use]
    pub fn new(date: Date) -> BusinessDate {
        BusinessDate(date)
    }

    /// The calendar date.
    #[must_use]
    pub fn date(self) -> Date {
        self.0
    }

    /// Parses exactly `YYYY-MM-DD`; `None` for other texts and for days that do not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<BusinessDate> {
        // jiff also accepts other ISO 8601 forms; a date that is compared as text must have only one form.
        text.parse().ok().map(BusinessDate).filter(|date| date.to_string() == text)
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for BusinessDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BusinessDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BusinessDate, D::Error> {
        let text = String::deserialize(deserializer)?;
        BusinessDate::parse(&text)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"a date as YYYY-MM-DD"))
    }
}

/// When the business days of an outlet begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessDay {
    /// The outlet's zone, for example `Asia/Jakarta`.
    pub zone: TimeZone,
    /// Minutes after local midnight when the new business day begins; 240 is 04:00.
    pub cutoff_minutes: i64,
    /// No date is earlier: that of an open shift, so that a clock that goes back does not move sales to a counted day.
    pub not_before: Option<BusinessDate>,
}

impl BusinessDay {
    /// The business date at the time `now`.
    #[must_use]
    pub fn date_at(&self, now: Timestamp) -> BusinessDate {
        let cutoff = SignedDuration::from_secs(self.cutoff_minutes.saturating_mul(60));
        let date = BusinessDate(self.zone.to_datetime(now).saturating_sub(cutoff).date());
        self.not_before.map_or(date, |least| date.max(least))
    }

    /// When the business day of the time `now` ends and the next one begins.
    #[must_use]
    pub fn ends_at(&self, now: Timestamp) -> Timestamp {
        let cutoff = SignedDuration::from_secs(self.cutoff_minutes.saturating_mul(60));
        let next = self.date_at(now).0.saturating_add(Span::new().days(1));
        let end = self.zone.to_timestamp(next.to_datetime(Time::midnight()).saturating_add(cutoff));
        end.unwrap_or(Timestamp::MAX)
    }

    /// Minutes that the local time is ahead of UTC at the time `now`.
    #[must_use]
    pub fn utc_offset_minutes(&self, now: Timestamp) -> i32 {
        self.zone.to_offset(now).seconds() / 60
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};

    use super::*;

    fn date_at(zone: &str, cutoff_minutes: i64, now: &str) -> String {
        let day = BusinessDay { zone: TimeZone::get(zone).unwrap(), cutoff_minutes, not_before: None };
        day.date_at(now.parse().unwrap()).to_string()
    }

    #[test]
    fn the_day_turns_at_the_cut_off_in_each_zone() {
        for (zone, last, first) in [
            ("Asia/Jakarta", "2026-11-21T20:59:59.999Z", "2026-11-21T21:00:00Z"),
            ("Asia/Makassar", "2026-11-21T19:59:59.999Z", "2026-11-21T20:00:00Z"),
            ("Asia/Jayapura", "2026-11-21T18:59:59.999Z", "2026-11-21T19:00:00Z"),
        ] {
            assert_eq!(date_at(zone, 240, last), "2026-11-21", "{zone} before 04:00");
            assert_eq!(date_at(zone, 240, first), "2026-11-22", "{zone} from 04:00");
        }
    }

    #[test]
    fn midnight_utc_has_no_effect() {
        for zone in ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"] {
            assert_eq!(date_at(zone, 240, "2026-11-21T23:59:59Z"), "2026-11-22");
            assert_eq!(date_at(zone, 240, "2026-11-22T00:00:00Z"), "2026-11-22");
        }
    }

    #[test]
    fn the_business_date_without_a_cut_off_is_the_local_date() {
        assert_eq!(date_at("Asia/Jakarta", 0, "2026-12-31T16:59:59Z"), "2026-12-31");
        assert_eq!(date_at("Asia/Jakarta", 0, "2026-12-31T17:00:00Z"), "2027-01-01");
    }

    #[test]
    fn a_day_ends_where_the_next_one_begins() {
        for (zone, cutoff_minutes) in [("Asia/Jakarta", 0), ("Asia/Jakarta", 240), ("Asia/Jayapura", 1_439), ("UTC", 0)]
        {
            let day = BusinessDay { zone: TimeZone::get(zone).unwrap(), cutoff_minutes, not_before: None };
            for now in
                ["2026-11-21T20:59:59.999Z", "2026-11-21T21:00:00Z", "2026-12-31T16:59:59Z", "2026-12-31T17:00:00Z"]
            {
                let now: Timestamp = now.parse().unwrap();
                let end = day.ends_at(now);
                let last = end - SignedDuration::from_millis(1);
                assert_eq!(
                    (day.date_at(last), day.date_at(end) > day.date_at(now)),
                    (day.date_at(now), true),
                    "{zone} {now}"
                );
            }
        }
        let day = BusinessDay { zone: TimeZone::get("Asia/Makassar").unwrap(), cutoff_minutes: 240, not_before: None };
        let now: Timestamp = "2026-11-21T19:59:00Z".parse().unwrap();
        assert_eq!((day.ends_at(now).to_string().as_str(), day.utc_offset_minutes(now)), ("2026-11-21T20:00:00Z", 480));
    }

    #[test]
    fn an_extreme_cut_off_does_not_panic() {
        for cutoff_minutes in [i64::MIN, i64::MAX] {
            for now in [Timestamp::MIN, Timestamp::MAX] {
                let day = BusinessDay { zone: TimeZone::UTC, cutoff_minutes, not_before: None };
                let _ = (day.date_at(now), day.ends_at(now));
            }
        }
    }

    #[test]
    fn a_date_has_one_text_form() {
        let date = BusinessDate::parse("2026-11-22").unwrap();
        assert_eq!(date.to_string(), "2026-11-22");
        assert_eq!(date, BusinessDate::new(jiff::civil::date(2026, 11, 22)));
        let refused = ["", "20261122", "2026-11-22T10:00", "2026-02-30", "22-11-2026", "2026-1-2", " 2026-11-22"];
        for text in refused {
            assert_eq!(BusinessDate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn json_uses_the_same_text() {
        struct AsSerialized(BusinessDate);
        impl fmt::Display for AsSerialized {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.serialize(f)
            }
        }
        let read = |text: &'static str| {
            let deserializer: StrDeserializer<'static, Error> = text.into_deserializer();
            BusinessDate::deserialize(deserializer)
        };
        let date = read("2026-11-22").unwrap();
        assert_eq!(AsSerialized(date).to_string(), "2026-11-22");
        assert!(read("2026-11-22T00:00").is_err());
    }

    #[test]
    fn no_date_is_before_that_of_an_open_shift() {
        let shift = BusinessDate::parse("2026-11-22").unwrap();
        let day = BusinessDay { zone: TimeZone::UTC, cutoff_minutes: 0, not_before: Some(shift) };
        for (now, date) in [("2026-11-20T12:00:00Z", "2026-11-22"), ("2026-11-23T12:00:00Z", "2026-11-23")] {
            assert_eq!(day.date_at(now.parse().unwrap()).to_string(), date);
        }
    }
}
