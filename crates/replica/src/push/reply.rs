//! Settling a batch by the hub's reply, against the batch as it was stored.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use protocol::rule::{Rule, disabled};
use protocol::wire::{Batch, EntityRef, Item, ItemReply, Outcome, Token, change_id};
use rusqlite::{Transaction, params};
use serde_json::{Map, Value};
use sqlite::ReadRow;
use sqlite::text::raw;
use web::time;

use crate::batches::{Stored, parse, unpack};
use crate::entities::base::{Base, base, differs, put_base};
use crate::error::QueueError;
use crate::push::MAX_RETRIES;
use crate::push::adopt::lower_base;
use crate::push::compose::digest;
use crate::push::requeue::requeue;

/// What became of a batch's items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Acknowledged.
    pub synced: usize,
    /// Refused, with their reasons.
    pub refused: usize,
    /// The hub has changed them too; they wait until its version was read.
    pub conflicts: usize,
    /// The types of the entities in it.
    pub types: BTreeSet<String>,
}

/// Marks the rows of a batch as the hub's reply says, and tries again what was set aside meanwhile.
///
/// # Errors
/// [`QueueError`].
pub fn apply_reply(
    tx: &Transaction<'_>,
    stored: &Stored,
    results: &[ItemReply],
    now: Timestamp,
) -> Result<Settled, QueueError> {
    let json = unpack(&stored.body)?;
    let batch = parse(&json)?;
    let replies: HashMap<usize, &ItemReply> = results.iter().map(|reply| (reply.item, reply)).collect();
    let now_text = time::text(now);
    let mut settled = Settled::default();
    let as_it_is_now = disabled(Rule::StoredBatch).then(|| ACKNOWLEDGE.replace("?3", "version"));
    let mut acknowledge = tx.prepare_cached(as_it_is_now.as_deref().unwrap_or(ACKNOWLEDGE))?;
    for (number, item) in batch.items.iter().enumerate() {
        let reply = replies.get(&number).copied();
        if !settled.types.contains(item.entity_type.as_ref()) {
            settled.types.insert(item.entity_type.to_string());
        }
        match reply.map_or(Outcome::Applied, |reply| reply.outcome) {
            Outcome::Applied | Outcome::Duplicate => {
                let token = reply.and_then(|reply| reply.token.as_ref());
                let n = token.map(|token| token.n);
                acknowledge.execute(params![item.entity_type, item.entity_id, item.version, now_text, n])?;
                if keep_base(tx, &batch, number, token)? {
                    open_if_edited_back(tx, item)?;
                }
                settled.synced += 1;
            }
            Outcome::Conflict => {
                if disabled(Rule::MergeInPull) {
                    keep_base(tx, &batch, number, reply.and_then(|reply| reply.token.as_ref()))?;
                }
                take_out(tx, &batch, number)?;
                rebase_first(tx, item)?;
                settled.conflicts += 1;
            }
            Outcome::Rejected | Outcome::Stale => {
                refuse(tx, item, reply)?;
                settled.refused += 1;
            }
        }
    }
    retry_isolated(tx)?;
    forget_links(tx)?;
    tx.prepare_cached("update sync_chain set reported_digest = ?1 where id = 1 and reported_digest <> ?1")?
        .execute([digest(&batch.quarantined, &batch.unapplied)])?;
    tx.prepare_cached("update sync_batches set state = 'accepted', closed_at = ?2 where batch_id = ?1")?
        .execute(params![stored.batch_id, now_text])?;
    tx.prepare_cached("update sync_context set total_synced = total_synced + ?1 where id = 1")?
        .execute([settled.synced])?;
    tx.prepare_cached("update outlet_config set last_sync_at = ?1 where id = 1")?.execute([&now_text])?;
    Ok(settled)
}

/// The version that was sent is acknowledged; the row is done only if it has not changed since.
const ACKNOWLEDGE: &str = "
    update sync_state set acked_version = max(acked_version, ?3), synced_at = ?4, cloud_version = coalesce(?5, cloud_version),
      status = iif(version = ?3, 'success', status), batch_no = iif(version = ?3, null, batch_no),
      isolated = iif(version = ?3, 0, isolated), hub_suspected = iif(version = ?3, 0, hub_suspected),
      error_code = iif(version = ?3, null, error_code), error_message = iif(version = ?3, null, error_message)
    where entity_type = ?1 and entity_id = ?2";

/// A hub from before a restore had this change and has shown it; the hub of the reply never took it.
fn take_out(tx: &Transaction<'_>, batch: &Batch<'_>, number: usize) -> Result<(), QueueError> {
    let item = &batch.items[number];
    let shown = base(tx, &item.entity_type, &item.entity_id)?
        .is_some_and(|base| base.token.change_id == change_id(&batch.batch_id, number));
    if shown {
        lower_base(tx, batch, number)?;
    }
    Ok(())
}

/// The hub has changed it too: it waits until it no longer stands on the base that it was sent with. The merge happens
/// when the hub's version is read, and nowhere else.
fn rebase_first(tx: &Transaction<'_>, item: &Item<'_>) -> Result<(), QueueError> {
    let of = EntityRef::new(&*item.entity_type, &*item.entity_id);
    let dirty = tx
        .prepare_cached(
            "select 1 from sync_state where entity_type = ?1 and entity_id = ?2 and version > acked_version",
        )?
        .exists([&of.entity_type, &of.entity_id])?;
    if dirty {
        requeue(tx, &of, false)?;
        let base = item.base.as_ref().map_or("", |base| base.change_id.as_str());
        tx.prepare_cached("update sync_state set conflict_base = ?3 where entity_type = ?1 and entity_id = ?2")?
            .execute([&of.entity_type, &of.entity_id, base])?;
    }
    Ok(())
}

/// A refused item waits for a person, unless it has changed since and is tried again anyway.
fn refuse(tx: &Transaction<'_>, item: &Item<'_>, reply: Option<&ItemReply>) -> Result<(), QueueError> {
    let (code, words, refused_by_version) = match reply {
        Some(reply) => (
            reply.code.as_deref().unwrap_or("refused"),
            reply.message.as_deref().unwrap_or("Head office has refused this change without a reason."),
            reply.refused_by_version.as_deref(),
        ),
        None => return Ok(()),
    };
    tx.prepare_cached(
        "update sync_state set status = 'failed', batch_no = null, isolated = 0, hub_suspected = 0, error_code = ?4,
           error_message = ?5, refused_by_version = ?6
         where entity_type = ?1 and entity_id = ?2 and version = ?3 and version > acked_version and status <> 'discarded'",
    )?
    .execute(params![item.entity_type, item.entity_id, item.version, code, words, refused_by_version])?;
    Ok(())
}

/// A shared entity's document as it was sent is what outlet and hub now agree on; says whether that is news. A newer
/// base is never lowered.
fn keep_base(
    tx: &Transaction<'_>,
    batch: &Batch<'_>,
    number: usize,
    token: Option<&Token>,
) -> Result<bool, QueueError> {
    let item = &batch.items[number];
    let Some(fields) = &item.fields else { return Ok(false) };
    let token = token.cloned().unwrap_or_else(|| Token {
        n: item.base.as_ref().map_or(0, |base| base.n) + 1,
        change_id: change_id(&batch.batch_id, number),
    });
    let of = EntityRef::new(&*item.entity_type, &*item.entity_id);
    let mut document: Map<String, Value> = match base(tx, &item.entity_type, &item.entity_id)? {
        Some(had) if disabled(Rule::BaseNeverLowered) => had.fields,
        Some(had) if had.token.n >= token.n => return Ok(false),
        // Not the version that the item was made from, so its fields do not make the hub's present one: that is fetched.
        Some(had) if item.base.as_ref() != Some(&had.token) => {
            put_base(tx, &of, &had, true)?;
            return Ok(false);
        }
        Some(had) => had.fields,
        None => Map::new(),
    };
    for (name, (_, new)) in fields {
        document.insert(name.clone(), new.clone());
    }
    put_base(tx, &of, &Base { token, fields: document }, true)?;
    Ok(true)
}

/// What was edited back after its batch was given up had nothing to send. The hub has that batch after all: against the
/// new base it is an edit.
fn open_if_edited_back(tx: &Transaction<'_>, item: &Item<'_>) -> Result<(), QueueError> {
    let of = EntityRef::new(&*item.entity_type, &*item.entity_id);
    let done = tx
        .prepare_cached(
            "select 1 from sync_state where entity_type = ?1 and entity_id = ?2 and status = 'success' and version > ?3",
        )?
        .exists(params![of.entity_type, of.entity_id, item.version])?;
    if done && differs(tx, &of)? {
        requeue(tx, &of, false)?;
        tx.prepare_cached("update sync_state set acked_version = ?3 where entity_type = ?1 and entity_id = ?2")?
            .execute(params![of.entity_type, of.entity_id, item.version])?;
    }
    Ok(())
}

/// A batch without them was accepted: what was set aside has had a counted try, unless the hub was in doubt then.
pub(crate) fn retry_isolated(tx: &Transaction<'_>) -> Result<(), QueueError> {
    let mut statement = tx.prepare_cached(
        "select entity_type, entity_id, hub_suspected, retry_count, error_message from sync_state where isolated = 1 order by seq",
    )?;
    let rows = statement
        .query_map([], |row| {
            let of = EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? };
            Ok((of, row.read::<bool>(2)?, row.read::<i64>(3)?, row.read::<Option<String>>(4)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    for (of, hub_suspected, tries, words) in rows {
        requeue(tx, &of, false)?;
        if hub_suspected {
            continue;
        }
        let status = if tries + 1 >= MAX_RETRIES { "failed" } else { "pending" };
        tx.prepare_cached(
            "update sync_state set retry_count = ?3, error_message = ?4, status = ?5,
               error_code = iif(?5 = 'failed', 'keeps_failing', null),
               refused_by_version = (select hub_version from sync_chain where id = 1)
             where entity_type = ?1 and entity_id = ?2",
        )?
        .execute(params![of.entity_type, raw(&of.entity_id), tries + 1, words, status])?;
    }
    Ok(())
}

/// A moved child links two entities until both are acknowledged. Whatever acknowledges an entity calls this, since no batch
/// may follow that would.
pub(crate) fn forget_links(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.prepare_cached(
        "delete from sync_links where
           not exists (select 1 from sync_state where entity_type = from_type and entity_id = from_id and version > acked_version)
           and not exists (select 1 from sync_state where entity_type = to_type and entity_id = to_id and version > acked_version)",
    )?
    .execute([])?;
    Ok(())
}
