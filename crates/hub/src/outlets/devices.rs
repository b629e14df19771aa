//! The last report of an outlet about its devices, and the sales that wait on them. Shown to people only.

use jiff::Timestamp;
use protocol::devices::{DeviceReport, ReportedDevice};
use serde::Serialize;
use store::{Fault, Tx};
use utoipa::ToSchema;

use crate::json;

/// The devices of an outlet, as it last reported them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutletDevices {
    /// When, RFC 3339 UTC.
    pub reported_at: String,
    /// Devices that are not revoked.
    pub device_count: i64,
    /// At most 50 of them, those with waiting sales first.
    pub devices: Vec<ReportedDevice>,
}

const STORE: &str = "
    insert into device_reports (outlet_id, device_count, waiting, oldest_waiting_at, devices, reported_at)
    values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict (outlet_id) do update set
      device_count = excluded.device_count, waiting = excluded.waiting, oldest_waiting_at = excluded.oldest_waiting_at,
      devices = excluded.devices, reported_at = excluded.reported_at";
const FIND: &str = "select device_count, devices, reported_at from device_reports where outlet_id = ?1";
const WAITING: &str = "
    select o.code, d.waiting, d.oldest_waiting_at from device_reports d cross join outlets o
    where o.outlet_id = d.outlet_id and d.waiting > 0 and o.state = 'active'
    order by o.code limit 1000";

/// Replaces the outlet's last report.
///
/// # Errors
/// The database failed.
pub(super) fn store_report(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    report: &DeviceReport,
    now: Timestamp,
) -> Result<(), Fault> {
    let (devices, now) = (json::text(&report.devices), web::time::text(now));
    let oldest: Option<Timestamp> = report.oldest_waiting_at.as_ref().and_then(|at| at.parse().ok());
    let oldest = oldest.map(web::time::text);
    let args = [
        outlet_id.into(),
        report.device_count.into(),
        report.waiting.into(),
        oldest.as_deref().into(),
        (&devices).into(),
        (&now).into(),
    ];
    tx.execute(STORE, &args)?;
    Ok(())
}

/// The outlet's last report, if it has sent one.
///
/// # Errors
/// The database failed.
pub(crate) fn devices(tx: &mut Tx<'_>, outlet_id: &str) -> Result<Option<OutletDevices>, Fault> {
    tx.first(FIND, &[outlet_id.into()], |row| {
        Ok(OutletDevices { device_count: row.int(0)?, devices: row.json_or_default(1)?, reported_at: row.string(2)? })
    })
}

/// Sales that wait on the devices of an outlet.
pub(crate) struct WaitingSales {
    pub outlet_code: String,
    pub count: i64,
    /// When the oldest of them was made; null if it was not reported.
    pub oldest_at: Option<String>,
}

/// The outlets on whose devices sales wait, by code, at most 1,000.
///
/// # Errors
/// The database failed.
pub(crate) fn waiting_sales(tx: &mut Tx<'_>) -> Result<Vec<WaitingSales>, Fault> {
    tx.all(WAITING, &[], |row| {
        Ok(WaitingSales { outlet_code: row.string(0)?, count: row.int(1)?, oldest_at: row.maybe_string(2)? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_report_is_found_by_its_outlet() {
        plans::assert_keyed(FIND);
    }
}
