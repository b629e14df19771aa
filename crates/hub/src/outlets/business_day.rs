//! The business day of an outlet, from the settings that it has sent.

use std::borrow::Cow;

use domain::BusinessDay;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// The zone of an outlet that has never sent its settings: the default of its settings.
const DEFAULT_ZONE: &str = "Asia/Jakarta";

#[derive(Deserialize)]
struct Settings<'a> {
    #[serde(borrow)]
    zone: Cow<'a, str>,
    #[serde(default)]
    cutoff_minutes: i64,
}

/// When the business days of an outlet with this settings document begin. Without a readable one, as at a new outlet.
pub(crate) fn business_day(document: Option<&str>) -> BusinessDay {
    let settings: Option<Settings<'_>> = document.and_then(|document| serde_json::from_str(document).ok());
    let zone = settings.as_ref().and_then(|settings| TimeZone::get(&settings.zone).ok());
    BusinessDay {
        zone: zone.or_else(|| TimeZone::get(DEFAULT_ZONE).ok()).unwrap_or(TimeZone::UTC),
        cutoff_minutes: settings.map_or(0, |settings| settings.cutoff_minutes),
        not_before: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(document: Option<&str>, now: &str) -> String {
        business_day(document).date_at(now.parse().unwrap()).to_string()
    }

    #[test]
    fn the_date_changes_at_the_cut_off_of_the_outlets_clock() {
        let cafe = Some(r#"{"zone": "Asia/Jakarta", "cutoff_minutes": 240, "phone": null}"#);
        assert_eq!(date(cafe, "2026-11-21T18:00:00Z"), "2026-11-21", "01:00 in Jakarta");
        assert_eq!(date(cafe, "2026-11-21T21:00:00Z"), "2026-11-22", "04:00 in Jakarta");
        let east = Some(r#"{"zone": "Asia/Jayapura", "cutoff_minutes": 0}"#);
        assert_eq!(date(east, "2026-11-21T15:00:00Z"), "2026-11-22", "00:00 in Jayapura");
    }

    #[test]
    fn an_outlet_without_readable_settings_has_the_default() {
        for document in [None, Some("{"), Some("{}"), Some(r#"{"zone": "Asia/Atlantis"}"#), Some(r#"{"zone": 7}"#)] {
            assert_eq!(date(document, "2026-11-21T16:59:59Z"), "2026-11-21", "{document:?}");
            assert_eq!(date(document, "2026-11-21T17:00:00Z"), "2026-11-22", "{document:?}");
        }
    }
}
