//! Head office's word on what is stuck here, an item or an update: an entity in the outlet's own stream.

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

/// Does what head office decided; nothing where the item or the update has changed or was retried since, for then it has
/// another seq.
///
/// # Errors
/// [`QueueError`].
pub fn carry_out(tx: &Transaction<'_>, update: &Update, now: Timestamp) -> Result<(), QueueError> {
    let word = |name: &str| update.document.get(name).and_then(Value::as_str).unwrap_or_default();
    let of = EntityRef::new(word("entity_type"), word("entity_id"));
    let seq = update.document.get("seq").and_then(Value::as_i64).unwrap_or_default();
    let stands = |sql| tx.prepare_cached(sql)?.exists(params![of.entity_type, raw(&of.entity_id), seq]);
    let (item, kept) = (stands(ITEM)?, stands(UPDATE)?);
    if update.deleted || !(item || kept) {
        return Ok(());
    }
    match word("action") {
        "keep" if item => sale::keep(tx, &of, now),
        "retry" if kept => retry::retry(tx, &of, now).map(drop),
        "retry" => match retry(tx, seq) {
            Ok(_) | Err(RetryRefused::NotFound | RetryRefused::NotFailed) => Ok(()),
            Err(RetryRefused::Fault(fault)) => Err(fault.into()),
        },
        "discard" => {
            let discarded = if kept {
                discard_update(tx, &of, word("reason"), word("by"), now)
            } else {
                discard(tx, seq, word("reason"), word("by"), now).map(drop)
            };
            match discarded {
                Ok(()) => Ok(()),
                Err(DiscardRefused::Queue(error)) => Err(error),
                Err(refused) => {
                    tracing::warn!(of = ?update.of, %refused, "head office's decision does not fit");
                    Ok(())
                }
            }
        }
        other => {
            tracing::warn!(of = ?update.of, other, "this version does not know what head office has decided");
            Ok(())
        }
    }
}
