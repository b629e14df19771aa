//! Discards an unapplied update from head office: it is no longer retried.
//!
//! The entity stays as it is here and differs from head office's for good: both sides list it as discarded, and a
//! comparison shows it. A retry undoes the discard; so does a newer change from head office, or a comparison that finds
//! the update again.

use access::audit::{self, Author, Deed};
use domain::audit::AuditAction;
use jiff::Timestamp;
use protocol::secret::hide;
use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Transaction};
use serde_json::{Value, json};
use sqlite::ReadRow;
use web::messages::Reason;

use crate::quarantine::discard::DiscardRefused;
use crate::quarantine::record::{DiscardEntry, record};

/// Discards the unapplied update of an entity.
///
/// # Errors
/// [`DiscardRefused`].
pub fn discard_update<'a>(
    tx: &Transaction<'_>,
    of: &EntityRef,
    reason: &str,
    by: impl Into<Author<'a>>,
    now: Timestamp,
) -> Result<(), DiscardRefused> {
    let update_found = tx
        .prepare_cached(
            "update sync_unapplied_updates set state = 'discarded'
             where entity_type = ?1 and entity_id = ?2 and state = 'retrying' returning \"update\", code, args, message",
        )?
        .query_row([&of.entity_type, &of.entity_id], |row| Ok((row.read::<String>(0)?, Reason::read(row, 1)?)))
        .optional()?;
    let Some((update, quarantined_for)) = update_found else {
        let exists = "select 1 from sync_unapplied_updates where entity_type = ?1 and entity_id = ?2";
        let discarded = tx.prepare_cached(exists)?.exists([&of.entity_type, &of.entity_id])?;
        return Err(if discarded { DiscardRefused::AlreadyDiscarded } else { DiscardRefused::NoUpdate });
    };
    let update: Value = serde_json::from_str(&update).unwrap_or_default();
    let entry = DiscardEntry {
        kind: "update",
        entity_type: &of.entity_type,
        entity_id: &of.entity_id,
        quarantined_for,
        content: Some(hide(update)),
    };
    let by = by.into();
    record(tx, &entry, reason, by.name(), now)?;
    let deed = Deed::new(AuditAction::UpdateDiscarded).to(&of.entity_type, &of.entity_id);
    Ok(audit::record(tx, by, deed.with(json!({"reason": reason})), now)?)
}
