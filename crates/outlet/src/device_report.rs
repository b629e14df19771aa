//! What this outlet reports to head office of its devices.

use protocol::devices::{DeviceReport, MAX_DEVICES, ReportedDevice};
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// The devices that are not revoked.
///
/// # Errors
/// The database failed.
pub(crate) fn of_devices(tx: &Transaction<'_>) -> Result<DeviceReport, Fault> {
    let sums = "select count(*), coalesce(sum(waiting), 0), min(iif(waiting > 0, oldest_waiting_at, null)) from devices
        where revoked_at is null";
    let (device_count, waiting, oldest_waiting_at) =
        tx.prepare_cached(sums)?.query_row([], |row| Ok((row.read(0)?, row.read(1)?, row.read(2)?)))?;
    let sql = "select id, name, kind, app_version, last_seen_at, waiting, oldest_waiting_at from devices
        where revoked_at is null order by waiting > 0 desc, id limit ?1";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map([MAX_DEVICES], |row| {
        Ok(ReportedDevice {
            id: row.id(0)?,
            name: row.read(1)?,
            kind: row.read(2)?,
            app_version: row.read(3)?,
            last_seen_at: row.read(4)?,
            waiting: row.read(5)?,
            oldest_waiting_at: row.read(6)?,
        })
    })?;
    let devices = rows.collect::<Result<_, _>>()?;
    // Values that the sqlite3 shell has written are bounded too.
    Ok(DeviceReport { device_count, waiting, oldest_waiting_at, devices }.bounded())
}
