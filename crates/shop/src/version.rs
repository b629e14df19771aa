//! Versions of entities, which `If-Match` compares.

use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use web::{ApiError, Code};

/// The version of an entity: the outlet's count of its changes.
///
/// # Errors
/// The error from SQLite.
pub fn version(tx: &Transaction<'_>, entity_type: &str, id: &str) -> Result<i64, Fault> {
    let sql = "select version from sync_state where entity_type = ?1 and entity_id = ?2";
    Ok(tx.prepare_cached(sql)?.query_row(params![entity_type, raw(id)], |row| row.read(0)).optional()?.unwrap_or(0))
}

/// Refuses a change of an entity that has changed since the caller read it.
///
/// # Errors
/// 412 `version_mismatch`.
pub fn check_version(tx: &Transaction<'_>, entity_type: &str, id: &str, wanted: Option<i64>) -> Result<(), ApiError> {
    refuse_other_version(version(tx, entity_type, id)?, wanted)
}

/// Refuses if the version is not the expected one.
///
/// # Errors
/// 412 `version_mismatch`.
pub fn refuse_other_version(found: i64, wanted: Option<i64>) -> Result<(), ApiError> {
    match wanted {
        Some(wanted) if wanted != found => Err(Code::VersionMismatch.with("found", found).with("wanted", wanted)),
        _ => Ok(()),
    }
}
