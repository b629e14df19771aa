//! Devices: tills and kitchen screens, with their settings and what they last reported. A device is paired with a one-time
//! code and identified by its cookie until it is revoked.

pub mod code;
pub mod http;
pub mod pairing;
pub mod report;

use access::audit::{Author, Deed, record};
use domain::audit::AuditAction;
use domain::{DefaultView, DeviceKind};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use serde_json::json;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::{ApiError, Code, Word, time};

use crate::printing::printers;
use crate::{audit, shifts};

/// A till or a kitchen screen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Device {
    /// UUIDv7.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it is for.
    #[schema(value_type = DeviceKind)]
    pub kind: Word<DeviceKind>,
    /// What it shows first.
    #[schema(value_type = DefaultView)]
    pub default_view: Word<DefaultView>,
    /// Minutes without a touch before it locks. 0: never.
    pub lock_after_minutes: i64,
    /// The cash drawer at this till.
    pub drawer_id: Option<String>,
    /// The printer at this till.
    pub printer_id: Option<String>,
    /// Letters that no other device of this outlet has or had, for numbers that the device assigns.
    pub series: String,
    /// RFC 3339 UTC.
    pub created_at: String,
    /// When it last reported.
    pub last_seen_at: Option<String>,
    /// Sales that it has not sent yet, as last reported.
    pub waiting: i64,
    /// When the oldest of them was made, by the device's clock.
    pub oldest_waiting_at: Option<String>,
    /// Whether its browser has promised not to delete its data; null if unknown.
    pub persisted: Option<bool>,
    /// Version of its page.
    pub app_version: Option<String>,
    /// Since when it is revoked; null: it is paired.
    pub revoked_at: Option<String>,
}

/// The settings of a device that people choose.
#[derive(Debug, Clone)]
pub struct Settings {
    /// For people.
    pub name: String,
    /// What it is for.
    pub kind: DeviceKind,
    /// What it shows first.
    pub default_view: DefaultView,
    /// Minutes without a touch before it locks. 0: never.
    pub lock_after_minutes: i64,
}

const COLUMNS: &str = "id, name, kind, default_view, lock_after_minutes, drawer_id, series, created_at, last_seen_at,
    waiting, oldest_waiting_at, persisted, app_version, revoked_at, printer_id";

fn device_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: row.id(0)?,
        name: row.read(1)?,
        kind: Word::of(row.read(2)?),
        default_view: Word::of(row.read(3)?),
        lock_after_minutes: row.read(4)?,
        drawer_id: row.read(5)?,
        series: row.read(6)?,
        created_at: row.read(7)?,
        last_seen_at: row.read(8)?,
        waiting: row.read(9)?,
        oldest_waiting_at: row.read(10)?,
        persisted: row.read(11)?,
        app_version: row.read(12)?,
        revoked_at: row.read(13)?,
        printer_id: row.read(14)?,
    })
}

/// A device by id, if it exists.
///
/// # Errors
/// The error from SQLite.
pub fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Device>, Fault> {
    let sql = format!("select {COLUMNS} from devices where id = ?1");
    Ok(tx.prepare_cached(&sql)?.query_row([raw(id)], device_row).optional()?)
}

/// A device by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Device, ApiError> {
    find(tx, id)?.ok_or_else(|| Code::NotFound.because("device"))
}

/// A page of devices, ordered by id, revoked ones too.
///
/// # Errors
/// The error from SQLite.
pub fn list(tx: &Transaction<'_>, after: &str, limit: i64) -> Result<Vec<Device>, Fault> {
    let sql = format!("select {COLUMNS} from devices where id > ?1 order by id limit ?2");
    Ok(tx.prepare(&sql)?.query_map(params![raw(after), limit], device_row)?.collect::<Result<_, _>>()?)
}

/// Ids and names of the tills that are paired.
///
/// # Errors
/// The error from SQLite.
pub fn active_tills(tx: &Transaction<'_>) -> Result<Vec<(String, String)>, Fault> {
    let sql = "select id, name from devices where kind = 'till' and revoked_at is null order by name, id limit 1000";
    Ok(tx.prepare_cached(sql)?.query_map([], |row| Ok((row.id(0)?, row.read(1)?)))?.collect::<Result<_, _>>()?)
}

/// Changes of a device; `None` keeps a value.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// For people.
    pub name: Option<String>,
    /// What it is for.
    pub kind: Option<DeviceKind>,
    /// What it shows first.
    pub default_view: Option<DefaultView>,
    /// Minutes without a touch before it locks. 0: never.
    pub lock_after_minutes: Option<i64>,
    /// The cash drawer at this till; `Some(None)`: none.
    pub drawer_id: Option<Option<String>>,
    /// The printer at this till; `Some(None)`: none.
    pub printer_id: Option<Option<String>>,
}

/// Changes a device.
///
/// # Errors
/// 404 for the device, its drawer or its printer.
pub fn change(tx: &Transaction<'_>, by: Author<'_>, id: &str, change: &Change) -> Result<Device, ApiError> {
    let before = get(tx, id)?;
    if let Some(drawer) = change.drawer_id.as_ref() {
        if let Some(drawer) = drawer {
            shifts::drawer(tx, drawer)?;
        }
        tx.execute("update devices set drawer_id = ?2 where id = ?1", params![raw(id), drawer])?;
    }
    if let Some(printer) = change.printer_id.as_ref() {
        if let Some(printer) = printer {
            printers::check_exists(tx, printer)?;
        }
        tx.execute("update devices set printer_id = ?2 where id = ?1", params![raw(id), printer])?;
    }
    tx.execute(
        "update devices set name = coalesce(?2, name), kind = coalesce(?3, kind),
           default_view = coalesce(?4, default_view), lock_after_minutes = coalesce(?5, lock_after_minutes)
         where id = ?1",
        params![
            raw(id),
            change.name,
            change.kind.map(DeviceKind::as_str),
            change.default_view.map(DefaultView::as_str),
            change.lock_after_minutes
        ],
    )?;
    let after = get(tx, id)?;
    audit::changed(tx, by, ("device", id), (Some(&before), Some(&after)))?;
    Ok(after)
}

/// Revokes a device: its cookie is no longer valid, and the sessions that began on it end. Revoking it again changes
/// nothing.
///
/// # Errors
/// 404; 409 `device_has_sales` while it has sales to send, unless `force`.
pub fn revoke(tx: &Transaction<'_>, by: Author<'_>, id: &str, force: bool, now: Timestamp) -> Result<Device, ApiError> {
    let device = get(tx, id)?;
    if device.revoked_at.is_none() && device.waiting > 0 && !force {
        return Err(Code::DeviceHasSales.with("name", device.name).with("count", device.waiting));
    }
    if device.revoked_at.is_none() {
        tx.execute("update devices set revoked_at = ?2 where id = ?1", params![raw(id), time::text(now)])?;
        let data = json!({"name": device.name, "kind": device.kind, "waiting": device.waiting});
        record(tx, by, Deed::new(AuditAction::DeviceRevoked).to("device", id).with(data), now)?;
    }
    get(tx, id)
}
