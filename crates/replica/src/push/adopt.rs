//! The outlet's side of the chain rule: adopt the hub's position, apply the reply of the batch there, and requeue the
//! items that the hub lacks. A lost answer, a late batch and a restored hub are one case.

use jiff::Timestamp;
use protocol::chain::{self, HubPosition, SentBatch};
use protocol::rule::{Rule, disabled};
use protocol::wire::{Answer, Batch, ChainRow, EntityRef, Item, Token, change_id};
use rusqlite::{Transaction, params};
use serde_json::Value;
use sqlite::ReadRow;
use web::messages::ReasonCode;
use web::time;

use crate::batches::{find_batch, in_flight, parse, unpack};
use crate::chain::{is_hub_stop, stop};
use crate::entities::base::{Base, base, differs, drop_base, put_base};
use crate::error::QueueError;
use crate::push::abandon::{AfterAbandon, abandon};
use crate::push::auto_retry::note_hub_version;
use crate::push::reply::{ReplyCounts, apply_reply};
use crate::push::requeue::requeue;

/// Consequence of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Adopted {
    /// The batch in flight has its reply.
    Acknowledged(ReplyCounts),
    /// The hub is at another batch of this database; the items that it lacks are queued again.
    Requeued {
        /// Number of batches that the hub has lost.
        lost: usize,
    },
    /// The hub is at a batch that this database never sent: pushing has stopped.
    Fork,
}

/// Applies the answer to a batch; `None` if the hub has another epoch of this outlet.
///
/// # Errors
/// [`QueueError`].
pub fn apply_answer(tx: &Transaction<'_>, answer: &Answer, now: Timestamp) -> Result<Option<Adopted>, QueueError> {
    if crate::chain::chain(tx)?.epoch != answer.chain.epoch {
        stop(tx, &ReasonCode::EpochMismatch.into())?;
        return Ok(None);
    }
    let adopted = adopt_hub_position(tx, &answer.chain, now)?;
    note_hub_version(tx, answer.hub_version.as_deref())?;
    Ok(Some(adopted))
}

/// Adopts the position in the hub's chain row.
///
/// # Errors
/// [`QueueError`].
pub fn adopt_hub_position(tx: &Transaction<'_>, row: &ChainRow, now: Timestamp) -> Result<Adopted, QueueError> {
    let ours = crate::chain::chain(tx)?;
    let in_flight_batch = in_flight(tx)?;
    if let Some(in_flight_batch) = &in_flight_batch
        && row.position.batch_id.as_deref() == Some(in_flight_batch.batch_id.as_str())
        && in_flight_batch.previous_batch_id == ours.position.batch_id
    {
        let counts = apply_reply(tx, in_flight_batch, &row.results, now)?;
        set_position(tx, row)?;
        return Ok(Adopted::Acknowledged(counts));
    }
    let lost = match chain::compare_position(&row.position, ours.root_batch_id.as_deref(), &sent_batches(tx)?) {
        HubPosition::Fork => {
            stop(tx, &ReasonCode::Fork.into())?;
            return Ok(Adopted::Fork);
        }
        HubPosition::Known { lost } => lost,
    };
    let lost = if disabled(Rule::Requeue) { Vec::new() } else { lost };
    let answers_in_flight = in_flight_batch
        .as_ref()
        .is_some_and(|in_flight_batch| row.position.batch_id.as_deref() == Some(in_flight_batch.batch_id.as_str()));
    if let Some(in_flight_batch) = in_flight_batch.as_ref().filter(|_| !answers_in_flight) {
        abandon(tx, in_flight_batch, AfterAbandon::Requeue, now)?;
    }
    for batch_id in &lost {
        requeue_batch(tx, batch_id, now)?;
    }
    if let Some(batch_id) = &row.position.batch_id
        && let Some(adopted) = find_batch(tx, batch_id)?
        && (answers_in_flight || row.position != ours.position)
    {
        let counts = apply_reply(tx, &adopted, &row.results, now)?;
        set_position(tx, row)?;
        if answers_in_flight && lost.is_empty() {
            return Ok(Adopted::Acknowledged(counts));
        }
    }
    set_position(tx, row)?;
    Ok(Adopted::Requeued { lost: lost.len() })
}

/// Lifts a stop that the hub caused if its chain now continues this database's chain: same epoch, and a batch of this
/// database. Returns whether pushing is allowed. Sends nothing; the chain rule applies to the next answer as usual.
///
/// # Errors
/// [`QueueError`].
pub fn recheck(tx: &Transaction<'_>, row: &ChainRow) -> Result<bool, QueueError> {
    let ours = crate::chain::chain(tx)?;
    let Some(stopped) = &ours.stopped else { return Ok(true) };
    let continues = ours.epoch == row.epoch
        && chain::compare_position(&row.position, ours.root_batch_id.as_deref(), &sent_batches(tx)?)
            != HubPosition::Fork;
    if !continues || !is_hub_stop(stopped) || disabled(Rule::RefusalRetried) {
        return Ok(false);
    }
    crate::chain::lift_stop(tx)?;
    Ok(true)
}

fn set_position(tx: &Transaction<'_>, row: &ChainRow) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_chain set batch_no = ?1, batch_id = ?2, reported_digest = iif(?2 is null, '', reported_digest) where id = 1",
    )?
    .execute(params![row.position.batch_no, row.position.batch_id])?;
    Ok(())
}

/// A batch that the hub has accepted: its reply was applied, or a stream has shown a change of it although the reply
/// was lost.
const ACCEPTED: &str = "(state = 'accepted' or (shown_by_stream = 1 and state <> 'lost'))";

fn sent_batches(tx: &Transaction<'_>) -> Result<Vec<SentBatch>, QueueError> {
    let mut statement =
        tx.prepare_cached(&format!("select batch_id, predecessor_id, {ACCEPTED} from sync_batches order by id"))?;
    let rows = statement.query_map([], |row| {
        Ok(SentBatch { batch_id: row.read(0)?, predecessor_id: row.read(1)?, accepted: row.read(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Begins a new epoch where the hub's chain of the previous epoch ended, and returns the batch there. The items of the
/// previous epoch that the hub lacks are queued again. If the end is not a batch of this database, no earlier batch
/// counts as accepted.
///
/// # Errors
/// [`QueueError`].
pub fn begin_epoch(
    tx: &Transaction<'_>,
    previous: Option<&ChainRow>,
    now: Timestamp,
) -> Result<Option<String>, QueueError> {
    let ours = crate::chain::chain(tx)?;
    if let Some(in_flight_batch) = in_flight(tx)? {
        abandon(tx, &in_flight_batch, AfterAbandon::Requeue, now)?;
    }
    let root = previous.and_then(|row| row.position.batch_id.clone());
    if let Some(row) = previous
        && let HubPosition::Known { lost } =
            chain::compare_position(&row.position, ours.root_batch_id.as_deref(), &sent_batches(tx)?)
    {
        for batch_id in &lost {
            requeue_batch(tx, batch_id, now)?;
        }
        return Ok(root.or(ours.root_batch_id));
    }
    tx.execute(&format!("update sync_batches set state = 'lost' where {ACCEPTED}"), [])?;
    Ok(None)
}

/// Requeues a batch that the hub has lost: its entities are dirty again, and its edits of shared entities are local
/// edits again.
fn requeue_batch(tx: &Transaction<'_>, batch_id: &str, now: Timestamp) -> Result<(), QueueError> {
    let Some(stored) = find_batch(tx, batch_id)? else { return Ok(()) };
    let json = unpack(&stored.body)?;
    let lost = parse(&json)?;
    for (number, item) in lost.items.iter().enumerate() {
        let of = EntityRef { entity_type: item.entity_type.to_string(), entity_id: item.entity_id.to_string() };
        if item.fields.is_some() {
            lower_base(tx, &lost, number)?;
            if !differs(tx, &of)? {
                continue;
            }
        }
        requeue(tx, &of, true)?;
    }
    tx.prepare_cached("update sync_batches set state = 'lost', closed_at = ?2 where batch_id = ?1")?
        .execute(params![batch_id, time::text(now)])?;
    Ok(())
}

/// After the hub was restored: treats all edits in lost batches as unsent, including those of earlier epochs, which the
/// chain row does not cover when this database began a new epoch while another copy of it was in use.
///
/// The comparison that follows drops the edits that the hub has after all. An entity that such a batch created has no
/// base left and appears in no comparison, so it is queued again.
///
/// # Errors
/// [`QueueError`].
pub fn requeue_unshown_edits(tx: &Transaction<'_>) -> Result<(), QueueError> {
    let mut bodies = tx.prepare_cached("select body from sync_batches where state = 'lost' order by id desc")?;
    for body in bodies.query_map([], |row| row.get::<_, Vec<u8>>(0))? {
        let json = unpack(&body?)?;
        let lost = parse(&json)?;
        for (number, item) in lost.items.iter().enumerate() {
            let of = EntityRef::new(&*item.entity_type, &*item.entity_id);
            let agreed = base(tx, &of.entity_type, &of.entity_id)?.is_some();
            lower_base(tx, &lost, number)?;
            if agreed && base(tx, &of.entity_type, &of.entity_id)?.is_none() {
                requeue(tx, &of, true)?;
            }
        }
    }
    Ok(())
}

/// Removes from a base the changes of this outlet's batches that are newer than the hub's version or replace it.
/// Returns whether any were removed.
///
/// # Errors
/// [`QueueError`].
pub fn remove_sent_change(tx: &Transaction<'_>, of: &EntityRef, adopted: &Token) -> Result<bool, QueueError> {
    let mut removed = false;
    let is_newer = |token: &Token| token.n >= adopted.n && token != adopted;
    while let Some(newest) = base(tx, &of.entity_type, &of.entity_id)?.map(|base| base.token).filter(is_newer) {
        let Some((batch_id, number)) = newest.change_id.split_once('/') else { break };
        let (Ok(number), Some(stored)) = (number.parse::<usize>(), find_batch(tx, batch_id)?) else { break };
        let json = unpack(&stored.body)?;
        let sent = parse(&json)?;
        let is_entity =
            |item: &Item<'_>| item.entity_type == of.entity_type.as_str() && item.entity_id == of.entity_id.as_str();
        if !sent.items.get(number).is_some_and(is_entity) {
            break;
        }
        lower_base(tx, &sent, number)?;
        removed = true;
        if base(tx, &of.entity_type, &of.entity_id)?.is_some_and(|base| base.token == newest) {
            break;
        }
    }
    Ok(removed)
}

/// Removes one sent change from the base, so that it is a local edit again with its old value as base.
///
/// The result is the previous base revision only if the change was the last one. Otherwise the hub never had such a
/// version; its token is zero, so that no comparison mistakes it for the hub's.
pub(crate) fn lower_base(tx: &Transaction<'_>, lost: &Batch<'_>, number: usize) -> Result<(), QueueError> {
    if disabled(Rule::LostEdit) {
        return Ok(());
    }
    let item = &lost.items[number];
    let (Some(fields), Some(Base { token, fields: mut document })) =
        (&item.fields, base(tx, &item.entity_type, &item.entity_id)?)
    else {
        return Ok(());
    };
    let of = EntityRef::new(&*item.entity_type, &*item.entity_id);
    let is_newest = token.change_id == change_id(&lost.batch_id, number);
    if item.base.is_none() && is_newest {
        return drop_base(tx, &of);
    }
    let mut lowered = false;
    for (name, (old, new)) in fields {
        if document.get(name) == Some(new) {
            document.insert(name.clone(), Value::clone(old));
            lowered = true;
        }
    }
    if lowered {
        let previous = item.base.clone().filter(|_| is_newest).unwrap_or(Token { n: 0, change_id: String::new() });
        put_base(tx, &of, &Base { token: previous, fields: document }, false)?;
    }
    Ok(())
}
