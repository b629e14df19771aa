//! Discarding a change of head office that could not be applied: it is not tried any more.
//!
//! The entity stays as it is here. A comparison shows that it differs, and the change comes again when head office changes
//! the entity again or everything is compared.

use ::sync::wire::EntityRef;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction};
use serde_json::Value;
use web::ApiError;

use super::record::{Entry, record};

/// Forgets what was kept of an entity.
///
/// # Errors
/// 404.
pub fn discard_update(
    tx: &Transaction<'_>,
    of: &EntityRef,
    reason: &str,
    by: &str,
    now: Timestamp,
) -> Result<(), ApiError> {
    let kept = tx
        .prepare_cached(
            "delete from sync_kept_updates where entity_type = ?1 and entity_id = ?2 returning reason, \"update\"",
        )?
        .query_row([&of.entity_type, &of.entity_id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    let Some((why, update)) = kept else {
        return Err(ApiError::not_found(
            "No change of head office is kept for this entity; GET /api/v1/sync/kept lists them.",
        ));
    };
    let mut update: Value = serde_json::from_str(&update).unwrap_or_default();
    if let Some(document) = update.get_mut("document").and_then(Value::as_object_mut) {
        document.remove("pin_hash");
    }
    let entry = Entry {
        what: "update",
        entity_type: &of.entity_type,
        entity_id: &of.entity_id,
        code: None,
        message: Some(&why),
        content: Some(update),
    };
    Ok(record(tx, &entry, reason, by, now)?)
}
