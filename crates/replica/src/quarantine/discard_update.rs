//! Discarding a change of head office that could not be applied: it is not tried any more.
//!
//! The entity stays as it is here, so it differs from head office's for good: it stays listed as discarded, here and there,
//! and a comparison shows it. Retry takes the discard back; so does a newer change of head office, and a comparison that
//! finds it again.

use jiff::Timestamp;
use protocol::secret::hide;
use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Transaction};
use serde_json::Value;
use sqlite::ReadRow;

use crate::quarantine::discard::DiscardRefused;
use crate::quarantine::record::{Entry, record};

/// Discards what is kept of an entity.
///
/// # Errors
/// [`DiscardRefused`].
pub fn discard_update(
    tx: &Transaction<'_>,
    of: &EntityRef,
    reason: &str,
    by: &str,
    now: Timestamp,
) -> Result<(), DiscardRefused> {
    let kept = tx
        .prepare_cached(
            "update sync_unapplied_updates set state = 'discarded'
             where entity_type = ?1 and entity_id = ?2 and state = 'retrying' returning reason, \"update\"",
        )?
        .query_row([&of.entity_type, &of.entity_id], |row| Ok((row.read::<String>(0)?, row.read::<String>(1)?)))
        .optional()?;
    let Some((why, update)) = kept else {
        let exists = "select 1 from sync_unapplied_updates where entity_type = ?1 and entity_id = ?2";
        let discarded = tx.prepare_cached(exists)?.exists([&of.entity_type, &of.entity_id])?;
        return Err(if discarded { DiscardRefused::AlreadyDiscarded } else { DiscardRefused::NoneKept });
    };
    let update: Value = serde_json::from_str(&update).unwrap_or_default();
    let entry = Entry {
        kind: "update",
        entity_type: &of.entity_type,
        entity_id: &of.entity_id,
        code: None,
        message: Some(&why),
        content: Some(hide(update)),
    };
    Ok(record(tx, &entry, reason, by, now)?)
}
