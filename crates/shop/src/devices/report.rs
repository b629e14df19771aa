//! What a device reports about itself.

use jiff::Timestamp;
use rusqlite::{Transaction, params};
use sqlite::Fault;
use sqlite::text::raw;
use web::time;

/// A report of a device.
#[derive(Debug, Clone)]
pub struct Report {
    /// Sales that it has not sent yet.
    pub waiting: i64,
    /// When the oldest of them was made, by the device's clock.
    pub oldest_waiting_at: Option<Timestamp>,
    /// Whether its browser has promised not to delete its data.
    pub persisted: Option<bool>,
    /// Version of its page.
    pub app_version: Option<String>,
}

/// Stores a report.
///
/// # Errors
/// The error from SQLite.
pub fn store(tx: &Transaction<'_>, device_id: &str, report: &Report, now: Timestamp) -> Result<(), Fault> {
    tx.prepare_cached(
        "update devices set last_seen_at = ?2, waiting = ?3, oldest_waiting_at = ?4, persisted = ?5, app_version = ?6
         where id = ?1",
    )?
    .execute(params![
        raw(device_id),
        time::text(now),
        report.waiting,
        report.oldest_waiting_at.filter(|_| report.waiting > 0).map(time::text),
        report.persisted,
        report.app_version
    ])?;
    Ok(())
}
