//! What an outlet reports of its tills and kitchen screens, and of the sales that wait on them: shown to people, no
//! decision of sync depends on it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Maximum devices in one report.
pub const MAX_DEVICES: usize = 50;
/// Maximum characters of a text in it.
const MAX_CHARS: usize = 100;
/// More than any outlet has, small enough to add up.
const MAX_COUNT: i64 = 1_000_000_000;

/// The devices of an outlet that are not revoked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceReport {
    /// How many there are.
    pub device_count: i64,
    /// Sales that they have taken and not sent to the outlet yet.
    pub waiting: i64,
    /// When the oldest of these sales was made, RFC 3339 UTC by the device's clock; null if none waits.
    #[serde(default)]
    pub oldest_waiting_at: Option<String>,
    /// At most 50 of them, those with waiting sales first.
    pub devices: Vec<ReportedDevice>,
}

/// A till or a kitchen screen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportedDevice {
    /// Its id at the outlet.
    pub id: String,
    /// For people.
    pub name: String,
    /// `till` or `kitchen`.
    pub kind: String,
    /// Version of its page.
    #[serde(default)]
    pub app_version: Option<String>,
    /// When the outlet last heard of it, RFC 3339 UTC.
    #[serde(default)]
    pub last_seen_at: Option<String>,
    /// Sales that wait on it.
    pub waiting: i64,
    /// When the oldest of them was made.
    #[serde(default)]
    pub oldest_waiting_at: Option<String>,
}

impl DeviceReport {
    /// The report within its limits: whatever an outlet sends, the hub stores little, and times that are times.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.device_count = self.device_count.clamp(0, MAX_COUNT);
        bound(&mut self.waiting, &mut self.oldest_waiting_at);
        self.devices.truncate(MAX_DEVICES);
        for device in &mut self.devices {
            for text in [&mut device.id, &mut device.name, &mut device.kind] {
                *text = text.chars().take(MAX_CHARS).collect();
            }
            device.app_version = device.app_version.take().map(|text| text.chars().take(MAX_CHARS).collect());
            device.last_seen_at = device.last_seen_at.take().filter(|at| is_time(at));
            bound(&mut device.waiting, &mut device.oldest_waiting_at);
        }
        self
    }

    /// Whether the other report says the same, except when devices were last seen.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let plain = |report: &Self| {
            let mut report = report.clone();
            report.devices.iter_mut().for_each(|device| device.last_seen_at = None);
            report
        };
        plain(self) == plain(other)
    }
}

fn bound(waiting: &mut i64, oldest: &mut Option<String>) {
    *waiting = (*waiting).clamp(0, MAX_COUNT);
    *oldest = oldest.take().filter(|at| *waiting > 0 && is_time(at));
}

fn is_time(text: &str) -> bool {
    text.len() <= MAX_CHARS && text.parse::<Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2026-11-22T10:00:00.000Z";

    fn device(last_seen_at: &str, oldest_waiting_at: &str, waiting: i64) -> ReportedDevice {
        ReportedDevice {
            id: "d".into(),
            name: "Kasir".into(),
            kind: "till".into(),
            app_version: None,
            last_seen_at: Some(last_seen_at.into()),
            waiting,
            oldest_waiting_at: Some(oldest_waiting_at.into()),
        }
    }

    fn report(devices: Vec<ReportedDevice>) -> DeviceReport {
        DeviceReport { device_count: 1, waiting: 2, oldest_waiting_at: Some(AT.into()), devices }
    }

    #[test]
    fn a_report_within_its_limits_stays_as_it_is() {
        let report = report(vec![device(AT, AT, 2)]);
        assert_eq!(report.clone().bounded(), report);
    }

    #[test]
    fn an_excessive_report_is_cut_to_its_limits() {
        let long = ReportedDevice { name: "x".repeat(1_000), app_version: Some("é".repeat(200)), ..device(AT, AT, 1) };
        let bounded = report(vec![long; 1_000]).bounded();
        assert_eq!((bounded.devices.len(), bounded.devices[0].name.len()), (MAX_DEVICES, MAX_CHARS));
        assert_eq!(bounded.devices[0].app_version.as_ref().unwrap().chars().count(), MAX_CHARS);
        let odd = DeviceReport {
            device_count: -1,
            waiting: i64::MAX,
            oldest_waiting_at: Some("noon".into()),
            devices: vec![],
        };
        let expected = DeviceReport { device_count: 0, waiting: MAX_COUNT, oldest_waiting_at: None, devices: vec![] };
        assert_eq!(odd.bounded(), expected);
        let [odd] = report(vec![device("yesterday", AT, 0)]).bounded().devices.try_into().unwrap();
        assert_eq!((odd.last_seen_at, odd.oldest_waiting_at), (None, None), "nothing waits");
    }

    #[test]
    fn only_when_a_device_was_seen_makes_no_difference() {
        let first = report(vec![device(AT, AT, 2)]);
        assert!(first.is_like(&report(vec![device("2026-11-22T10:00:30.000Z", AT, 2)])));
        assert!(!first.is_like(&report(vec![device(AT, AT, 1)])) && !first.is_like(&report(vec![])));
    }
}
