//! Head office's word on an item that is held back here: an entity in the outlet's own stream.

use ::sync::updates::Update;
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde_json::Value;

use super::discard::{DiscardRefused, discard};
use crate::sync::queue::QueueError;
use crate::sync::queue::reopen::{RetryRefused, retry};

/// Does what head office decided about an item; nothing where it has changed or was retried since, for then it stands
/// elsewhere in the queue.
///
/// # Errors
/// [`QueueError`].
pub fn carry_out(tx: &Transaction<'_>, update: &Update, now: Timestamp) -> Result<(), QueueError> {
    let word = |name: &str| update.document.get(name).and_then(Value::as_str).unwrap_or_default();
    let seq = update.document.get("seq").and_then(Value::as_i64).unwrap_or_default();
    let stands = tx
        .prepare_cached(
            "select 1 from sync_state where entity_type = ?1 and entity_id = ?2 and seq = ?3
             and status in ('failed', 'discarded')",
        )?
        .exists(params![word("entity_type"), word("entity_id"), seq])?;
    if update.deleted || !stands {
        return Ok(());
    }
    match word("action") {
        "retry" => match retry(tx, seq) {
            Ok(_) | Err(RetryRefused::NotFound | RetryRefused::NotFailed) => Ok(()),
            Err(RetryRefused::Fault(fault)) => Err(fault.into()),
        },
        "discard" => match discard(tx, seq, word("reason"), word("by"), now) {
            Ok(_) => Ok(()),
            Err(DiscardRefused::Queue(error)) => Err(error),
            Err(refused) => {
                tracing::warn!(of = ?update.of, %refused, "head office's decision does not fit");
                Ok(())
            }
        },
        other => {
            tracing::warn!(of = ?update.of, other, "this version does not know what head office has decided");
            Ok(())
        }
    }
}
