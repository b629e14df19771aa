//! Applies the hub's reply to the batch as it was stored.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use protocol::rule::{Rule, disabled};
use protocol::wire::{Batch, EntityRef, Item, ItemReply, Outcome, Token, change_id};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, Value};
use sqlite::ReadRow;
use sqlite::text::raw;
use web::messages::{Reason, ReasonCode};
use web::time;

use crate::batches::{StoredBatch, parse, unpack};
use crate::entities::base::{Base, base, differs, put_base};
use crate::error::QueueError;
use crate::history::Delays;
use crate::push::MAX_RETRIES;
use crate::push::adopt::lower_base;
use crate::push::compose::digest;
use crate::push::requeue::requeue;

/// The outcomes of a batch's items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyCounts {
    /// Acknowledged items.
    pub synced: usize,
    /// Items marked as failed.
    pub rejected: usize,
    /// Items that the hub has changed too; they wait until its version is read.
    pub conflicts: usize,
    /// Entity types in the batch.
    pub types: BTreeSet<String>,
    /// Times from the changes until now, of acknowledged items that have not changed again.
    pub delays: Delays,
}

/// Updates the rows of a batch by the hub's reply and retries the isolated items.
///
/// # Errors
/// [`QueueError`].
pub fn apply_reply(
    tx: &Transaction<'_>,
    stored: &StoredBatch,
    results: &[ItemReply],
    now: Timestamp,
) -> Result<ReplyCounts, QueueError> {
    let json = unpack(&stored.body)?;
    let batch = parse(&json)?;
    let replies: HashMap<usize, &ItemReply> = results.iter().map(|reply| (reply.item, reply)).collect();
    let now_text = time::text(now);
    let mut counts = ReplyCounts::default();
    let current_version = disabled(Rule::StoredBatch).then(|| ACKNOWLEDGE.replace("?3", "version"));
    let mut acknowledge = tx.prepare_cached(current_version.as_deref().unwrap_or(ACKNOWLEDGE))?;
    for (number, item) in batch.items.iter().enumerate() {
        let reply = replies.get(&number).copied();
        if !counts.types.contains(item.entity_type.as_ref()) {
            counts.types.insert(item.entity_type.to_string());
        }
        match reply.map_or(Outcome::Applied, |reply| reply.outcome) {
            Outcome::Applied | Outcome::Duplicate => {
                let token = reply.and_then(|reply| reply.token.as_ref());
                let n = token.map(|token| token.n);
                let parameters = params![item.entity_type, item.entity_id, item.version, now_text, n];
                let changed_at = acknowledge.query_row(parameters, |row| row.read::<Option<String>>(0)).optional()?;
                if let Some(changed_at) = changed_at.flatten().and_then(|at| at.parse::<Timestamp>().ok()) {
                    counts.delays.add(now.duration_since(changed_at));
                }
                if store_base(tx, &batch, number, token)? {
                    requeue_if_edited_back(tx, item)?;
                }
                counts.synced += 1;
            }
            Outcome::Conflict => {
                if disabled(Rule::MergeInPull) {
                    store_base(tx, &batch, number, reply.and_then(|reply| reply.token.as_ref()))?;
                }
                remove_from_base(tx, &batch, number)?;
                wait_for_rebase(tx, item)?;
                counts.conflicts += 1;
            }
            Outcome::Rejected | Outcome::Stale => {
                mark_failed(tx, item, reply)?;
                counts.rejected += 1;
            }
        }
    }
    retry_isolated(tx)?;
    delete_links(tx)?;
    tx.prepare_cached("update sync_chain set reported_digest = ?1 where id = 1 and reported_digest <> ?1")?
        .execute([digest(&batch.quarantined, &batch.unapplied)])?;
    tx.prepare_cached("update sync_batches set state = 'accepted', closed_at = ?2 where batch_id = ?1")?
        .execute(params![stored.batch_id, now_text])?;
    tx.prepare_cached("update sync_context set total_synced = total_synced + ?1 where id = 1")?
        .execute([counts.synced])?;
    tx.prepare_cached("update outlet_config set last_sync_at = ?1 where id = 1")?.execute([&now_text])?;
    Ok(counts)
}

/// Acknowledges the version that was sent; the row is done only if it has not changed meanwhile. Returns when that version
/// was made.
const ACKNOWLEDGE: &str = "
    update sync_state set acked_version = max(acked_version, ?3), synced_at = ?4, cloud_version = coalesce(?5, cloud_version),
      status = iif(version = ?3, 'success', status), batch_no = iif(version = ?3, null, batch_no),
      isolated = iif(version = ?3, 0, isolated), hub_suspected = iif(version = ?3, 0, hub_suspected),
      error_code = iif(version = ?3, null, error_code), error_args = iif(version = ?3, null, error_args),
      error_message = iif(version = ?3, null, error_message)
    where entity_type = ?1 and entity_id = ?2
    returning iif(version = ?3, changed_at, null)";

/// Removes a change that an earlier state of the hub had shown and that the hub of this reply, restored since, did not
/// apply.
fn remove_from_base(tx: &Transaction<'_>, batch: &Batch<'_>, number: usize) -> Result<(), QueueError> {
    let item = &batch.items[number];
    let was_shown = base(tx, &item.entity_type, &item.entity_id)?
        .is_some_and(|base| base.token.change_id == change_id(&batch.batch_id, number));
    if was_shown {
        lower_base(tx, batch, number)?;
    }
    Ok(())
}

/// The hub has changed the entity too: the item waits until its base differs from the one that it was sent with. The
/// merge happens only when the hub's version is read.
fn wait_for_rebase(tx: &Transaction<'_>, item: &Item<'_>) -> Result<(), QueueError> {
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

/// A rejected item waits for a person, unless it has changed and is sent again anyway.
fn mark_failed(tx: &Transaction<'_>, item: &Item<'_>, reply: Option<&ItemReply>) -> Result<(), QueueError> {
    let Some(reply) = reply else { return Ok(()) };
    let reason = match (&reply.code, &reply.message) {
        (None, None) => ReasonCode::Refused.into(),
        (code, text) => Reason::from_parts(
            code.as_deref().unwrap_or_default(),
            reply.args.clone(),
            text.as_deref().unwrap_or_default(),
        ),
    };
    tx.prepare_cached(
        "update sync_state set status = 'failed', batch_no = null, isolated = 0, hub_suspected = 0, error_code = ?4,
           error_args = ?5, error_message = ?6, refused_by_version = ?7
         where entity_type = ?1 and entity_id = ?2 and version = ?3 and version > acked_version and status <> 'discarded'",
    )?
    .execute(params![
        item.entity_type,
        item.entity_id,
        item.version,
        reason.code(),
        reason.args_json(),
        reason.text(),
        reply.refused_by_version
    ])?;
    Ok(())
}

/// Stores the document as sent as the new base revision; returns whether the base changed. A newer base is never
/// lowered.
fn store_base(
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
        Some(previous) if disabled(Rule::BaseNeverLowered) => previous.fields,
        Some(previous) if previous.token.n >= token.n => return Ok(false),
        // The item was made from another version, so its fields do not complete the hub's current document, which is
        // fetched instead.
        Some(previous) if item.base.as_ref() != Some(&previous.token) => {
            put_base(tx, &of, &previous, true)?;
            return Ok(false);
        }
        Some(previous) => previous.fields,
        None => Map::new(),
    };
    for (name, (_, new)) in fields {
        document.insert(name.clone(), new.clone());
    }
    put_base(tx, &of, &Base { token, fields: document }, true)?;
    Ok(true)
}

/// An entity that was edited back after its batch was abandoned had nothing to send. Since the hub has that batch after
/// all, the entity differs from the new base, which makes it an edit.
fn requeue_if_edited_back(tx: &Transaction<'_>, item: &Item<'_>) -> Result<(), QueueError> {
    let of = EntityRef::new(&*item.entity_type, &*item.entity_id);
    let is_done = tx
        .prepare_cached(
            "select 1 from sync_state where entity_type = ?1 and entity_id = ?2 and status = 'success' and version > ?3",
        )?
        .exists(params![of.entity_type, of.entity_id, item.version])?;
    if is_done && differs(tx, &of)? {
        requeue(tx, &of, false)?;
        tx.prepare_cached("update sync_state set acked_version = ?3 where entity_type = ?1 and entity_id = ?2")?
            .execute(params![of.entity_type, of.entity_id, item.version])?;
    }
    Ok(())
}

/// The hub accepted a batch without the isolated items: each has had an attempt, which counts unless the hub itself was
/// suspected.
pub(crate) fn retry_isolated(tx: &Transaction<'_>) -> Result<(), QueueError> {
    let mut statement = tx.prepare_cached(
        "select entity_type, entity_id, hub_suspected, retry_count, error_code, error_args, error_message
         from sync_state where isolated = 1 order by seq",
    )?;
    let rows = statement
        .query_map([], |row| {
            let of = EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? };
            Ok((of, row.read::<bool>(2)?, row.read::<i64>(3)?, Reason::read(row, 4)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    for (of, hub_suspected, tries, reason) in rows {
        requeue(tx, &of, false)?;
        if hub_suspected {
            continue;
        }
        let has_failed = tries + 1 >= MAX_RETRIES;
        let reason = if has_failed { Some(keeps_failing(reason.unwrap_or_default())) } else { reason };
        tx.prepare_cached(
            "update sync_state set retry_count = ?3, status = ?4, error_code = ?5, error_args = ?6, error_message = ?7,
               refused_by_version = (select hub_version from sync_chain where id = 1)
             where entity_type = ?1 and entity_id = ?2",
        )?
        .execute(params![
            of.entity_type,
            raw(&of.entity_id),
            tries + 1,
            if has_failed { "failed" } else { "pending" },
            reason.as_ref().map(Reason::code),
            reason.as_ref().and_then(Reason::args_json),
            reason.as_ref().map(Reason::text)
        ])?;
    }
    Ok(())
}

fn keeps_failing(last: Reason) -> Reason {
    ReasonCode::KeepsFailing.with("count", MAX_RETRIES).with("problem", last.message()).into()
}

/// A moved child links two entities until both are acknowledged. Every function that acknowledges calls this, since no
/// other batch may follow.
pub(crate) fn delete_links(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.prepare_cached(
        "delete from sync_links where
           not exists (select 1 from sync_state where entity_type = from_type and entity_id = from_id and version > acked_version)
           and not exists (select 1 from sync_state where entity_type = to_type and entity_id = to_id and version > acked_version)",
    )?
    .execute([])?;
    Ok(())
}
