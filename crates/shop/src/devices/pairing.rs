//! Pairs a device: a manager makes a code, the device sends it once.

use access::audit::{Author, Deed, record};
use access::device;
use domain::audit::AuditAction;
use domain::device::next_series;
use domain::{DefaultView, DeviceKind};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use serde_json::json;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code, time};

use super::{Device, Settings, code, get};

/// A pairing code, which is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairingCode {
    /// Eight letters and digits; valid once.
    #[schema(example = "K7M2X8V5")]
    pub code: String,
    /// In five minutes, RFC 3339 UTC.
    pub expires_at: String,
}

/// Makes a code for a device with these settings, and deletes expired codes.
///
/// # Errors
/// The error from SQLite.
pub fn make_code(
    tx: &Transaction<'_>,
    by: Author<'_>,
    settings: &Settings,
    now: Timestamp,
) -> Result<PairingCode, Fault> {
    let (code, expires_at) = (code::make(), code::ends(now));
    // Also those of a clock that ran ahead.
    tx.execute(
        "delete from pairing_codes where expires_at <= ?1 or expires_at > ?2",
        params![time::text(now), expires_at],
    )?;
    tx.execute(
        "insert into pairing_codes (code_hash, name, kind, default_view, lock_after_minutes, expires_at)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            code::hash(&code),
            settings.name,
            settings.kind.as_str(),
            settings.default_view.as_str(),
            settings.lock_after_minutes,
            expires_at
        ],
    )?;
    let data = json!({"name": settings.name, "kind": settings.kind.as_str()});
    record(tx, by, Deed::new(AuditAction::PairingCodeCreated).with(data), now)?;
    Ok(PairingCode { code, expires_at })
}

/// Whether this code is valid now.
///
/// # Errors
/// The error from SQLite.
pub fn is_valid(tx: &Transaction<'_>, code: &str, now: Timestamp) -> Result<bool, Fault> {
    Ok(find(tx, code, now)?.is_some())
}

/// Uses a code: the browser with this hash of its secret is paired. If it is paired already, by `known`, the hash of its
/// previous secret, it stays the same device: its number series and the sales that wait on it belong to it.
///
/// # Errors
/// 401 `invalid_pairing_code`.
pub fn pair(
    tx: &Transaction<'_>,
    code: &str,
    id: Uuid,
    secret_hash: &str,
    known: Option<&str>,
    now: Timestamp,
) -> Result<Device, ApiError> {
    let settings = find(tx, code, now)?.ok_or(Code::InvalidPairingCode)?;
    tx.execute("delete from pairing_codes where code_hash = ?1", [code::hash(code)])?;
    if let Some(paired) = known.map(|known| device::find(tx, known)).transpose()?.flatten() {
        tx.execute(
            "update devices set name = ?2, kind = ?3, default_view = ?4, lock_after_minutes = ?5, secret_hash = ?6
             where id = ?1",
            params![
                raw(&paired),
                settings.name,
                settings.kind.as_str(),
                settings.default_view.as_str(),
                settings.lock_after_minutes,
                secret_hash
            ],
        )?;
        return record_pairing(tx, &paired, now);
    }
    let id = id.to_string();
    tx.execute(
        "insert into devices (id, name, kind, default_view, lock_after_minutes, series, secret_hash, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            id,
            settings.name,
            settings.kind.as_str(),
            settings.default_view.as_str(),
            settings.lock_after_minutes,
            next_series(last_series(tx)?.as_deref()),
            secret_hash,
            time::text(now)
        ],
    )?;
    record_pairing(tx, &id, now)
}

fn record_pairing(tx: &Transaction<'_>, id: &str, now: Timestamp) -> Result<Device, ApiError> {
    let device = get(tx, id)?;
    let data = json!({"name": device.name, "kind": device.kind, "series": device.series});
    record(tx, Author::default(), Deed::new(AuditAction::DevicePaired).to("device", id).with(data), now)?;
    Ok(device)
}

/// The settings of a valid code, which is looked up by its hash.
fn find(tx: &Transaction<'_>, code: &str, now: Timestamp) -> Result<Option<Settings>, Fault> {
    let sql = "select name, kind, default_view, lock_after_minutes, expires_at from pairing_codes where code_hash = ?1";
    let found = tx
        .query_row(sql, [code::hash(code)], |row| {
            let (kind, view) = (row.read::<String>(1)?, row.read::<String>(2)?);
            let words = DeviceKind::parse(&kind).zip(DefaultView::parse(&view));
            Ok((row.read(0)?, words, row.read(3)?, row.read::<String>(4)?))
        })
        .optional()?;
    let Some((name, Some((kind, default_view)), lock_after_minutes, until)) = found else { return Ok(None) };
    Ok(code::is_open(&until, now).then_some(Settings { name, kind, default_view, lock_after_minutes }))
}

/// The series of the latest device; revoked ones count.
fn last_series(tx: &Transaction<'_>) -> Result<Option<String>, Fault> {
    let sql = "select series from devices where series <> '' and series not glob '*[^A-Z]*'
        order by length(series) desc, series desc limit 1";
    Ok(tx.query_row(sql, [], |row| row.read(0)).optional()?)
}
