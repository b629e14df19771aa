//! Carries out head office's decision about a quarantined item or an unapplied update: an entity in the outlet's
//! stream.

use jiff::Timestamp;
use protocol::updates::Update;
use protocol::wire::EntityRef;
use rusqlite::{Transaction, params};
use serde_json::Value;
use sqlite::text::raw;

use crate::error::QueueError;
use crate::pull::retry;
use crate::push::requeue::{RetryRefused, retry};
use crate::quarantine::discard::{DiscardRefused, discard};
use crate::quarantine::discard_update::discard_update;
use crate::quarantine::sale;

const ITEM: &str = "select 1 from sync_state where entity_type = ?1 and entity_id = ?2 and seq = ?3
    and status in ('failed', 'discarded')";
const UPDATE: &str = "select 1 from sync_unapplied_updates where entity_type = ?1 and entity_id = ?2 and seq = ?3";

/// Carries out the decision; does nothing if the item or update has changed or was retried since, which assigned it
/// another seq.
///
/// # Errors
/// [`QueueError`].
pub fn carry_out(tx: &Transaction<'_>, update: &Update, now: Timestamp) -> Result<(), QueueError> {
    let text = |name: &str| update.document.get(name).and_then(Value::as_str).unwrap_or_default();
    let of = EntityRef::new(text("entity_type"), text("entity_id"));
    let seq = update.document.get("seq").and_then(Value::as_i64).unwrap_or_default();
    let exists = |sql| tx.prepare_cached(sql)?.exists(params![of.entity_type, raw(&of.entity_id), seq]);
    let (item_exists, update_exists) = (exists(ITEM)?, exists(UPDATE)?);
    if update.deleted || !(item_exists || update_exists) {
        return Ok(());
    }
    match text("action") {
        "keep" if item_exists => sale::keep_hub_version(tx, &of, now),
        "retry" if update_exists => retry::retry(tx, &of, text("by"), now).map(drop),
        "retry" => match retry(tx, seq, text("by"), now) {
            Ok(_) | Err(RetryRefused::NotFound | RetryRefused::NotFailed) => Ok(()),
            Err(RetryRefused::Fault(fault)) => Err(fault.into()),
        },
        "discard" => {
            let discarded = if update_exists {
                discard_update(tx, &of, text("reason"), text("by"), now)
            } else {
                discard(tx, seq, text("reason"), text("by"), now).map(drop)
            };
            match discarded {
                Ok(()) => Ok(()),
                Err(DiscardRefused::Queue(error)) => Err(error),
                Err(refused) => {
                    tracing::warn!(of = ?update.of, %refused, "head office's decision cannot be carried out");
                    Ok(())
                }
            }
        }
        other => {
            tracing::warn!(of = ?update.of, other, "unknown decision of head office");
            Ok(())
        }
    }
}
