//! Reports the outlet's devices to the hub: soon after something has changed, and rarely if only the time has passed.
//! An outlet without changes sends nothing.

use std::time::{Duration, Instant};

use protocol::devices::DeviceReport;

use crate::client::hub::Client;
use crate::settings::hub_link::Address;
use crate::state::Replica;

/// Minimum interval between two looks at the devices.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long the time of a device's last contact may be out of date at the hub.
const REFRESH_EVERY: Duration = Duration::from_secs(300);
/// Pause after a failed report.
const PAUSE: Duration = Duration::from_secs(60);

/// The last report to the hub, and when to look again.
#[derive(Debug)]
pub(crate) struct DeviceReports {
    sent: Option<(Instant, DeviceReport)>,
    next_look: Instant,
}

impl DeviceReports {
    /// Nothing was reported to this hub yet.
    pub(crate) fn new(now: Instant) -> Self {
        Self { sent: None, next_look: now }
    }

    fn is_due(&self, report: &DeviceReport, now: Instant) -> bool {
        let Some((sent_at, sent)) = &self.sent else { return true };
        !report.is_like(sent) || (report != sent && now.duration_since(*sent_at) >= REFRESH_EVERY)
    }

    /// Reports the devices if that is due. A failure delays the next attempt and nothing else.
    pub(crate) async fn send(&mut self, app: &Replica, client: &Client, address: &Address) {
        let now = Instant::now();
        if self.next_look > now {
            return;
        }
        self.next_look = now + LOOK_EVERY;
        let report = match app.db.read(app.devices).await {
            Ok(report) => report,
            Err(error) => {
                self.next_look = now + PAUSE;
                tracing::warn!(%error, "the devices cannot be read for head office; trying again");
                return;
            }
        };
        if !self.is_due(&report, now) {
            return;
        }
        match client.report_devices(address, &report).await {
            Ok(()) => self.sent = Some((now, report)),
            Err(error) => {
                self.next_look = now + PAUSE;
                tracing::debug!(%error, "the devices could not be reported to head office; trying again");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::devices::ReportedDevice;

    use super::*;

    #[test]
    fn a_change_is_reported_at_once_and_a_time_every_five_minutes() {
        let seen = |at: &str, waiting| {
            let device = ReportedDevice { last_seen_at: Some(at.to_owned()), waiting, ..ReportedDevice::default() };
            DeviceReport { device_count: 1, waiting, oldest_waiting_at: None, devices: vec![device] }
        };
        let start = Instant::now();
        let mut reports = DeviceReports::new(start);
        assert!(reports.is_due(&DeviceReport::default(), start), "the hub may have an older report");
        reports.sent = Some((start, seen("a", 0)));
        let later = start + REFRESH_EVERY;
        assert!(!reports.is_due(&seen("a", 0), later), "an idle outlet sends nothing");
        assert!(!reports.is_due(&seen("b", 0), start) && reports.is_due(&seen("b", 0), later));
        assert!(reports.is_due(&seen("a", 1), start));
    }
}
