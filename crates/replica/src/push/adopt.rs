//! The outlet's side of the one chain rule: stand where the hub stands, settle that batch with the kept reply, and open
//! again what the hub does not have. A lost answer, a late batch and a restored hub are one case.

use jiff::Timestamp;
use protocol::chain::{self, HubPosition, SentBatch};
use protocol::rule::{Rule, disabled};
use protocol::wire::{Answer, Batch, ChainRow, EntityRef, Item, Token, change_id};
use rusqlite::{Transaction, params};
use serde_json::Value;
use sqlite::ReadRow;
use web::time;

use crate::batches::{batch, parse, unpack, waiting};
use crate::chain::{FORK, OTHER_EPOCH, is_the_hubs, stop};
use crate::entities::base::{Base, base, differs, drop_base, put_base};
use crate::error::QueueError;
use crate::push::abandon::{AfterAbandon, abandon};
use crate::push::auto_retry::hub_is;
use crate::push::reply::{Settled, apply_reply};
use crate::push::requeue::requeue;

/// What an answer led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Adopted {
    /// The batch that was asked about is settled.
    Settled(Settled),
    /// The hub stands elsewhere, at a batch of ours: what it lacks is open again.
    Moved {
        /// Batches whose content the hub has lost.
        lost: usize,
    },
    /// The hub stands at a batch that is not ours: pushing has stopped.
    Fork,
}

/// Acts on the answer to a batch; none when the hub knows this outlet in another life.
///
/// # Errors
/// [`QueueError`].
pub fn answered(tx: &Transaction<'_>, answer: &Answer, now: Timestamp) -> Result<Option<Adopted>, QueueError> {
    if crate::chain::chain(tx)?.epoch != answer.chain.epoch {
        stop(tx, "epoch", OTHER_EPOCH)?;
        return Ok(None);
    }
    let accepted = adopt_hub_position(tx, &answer.chain, now)?;
    hub_is(tx, answer.hub_version.as_deref())?;
    Ok(Some(accepted))
}

/// Acts on the hub's chain row.
///
/// # Errors
/// [`QueueError`].
pub fn adopt_hub_position(tx: &Transaction<'_>, row: &ChainRow, now: Timestamp) -> Result<Adopted, QueueError> {
    let ours = crate::chain::chain(tx)?;
    let open = waiting(tx)?;
    if let Some(open) = &open
        && row.position.batch_id.as_deref() == Some(open.batch_id.as_str())
        && open.previous_batch_id == ours.position.batch_id
    {
        let settled = apply_reply(tx, open, &row.results, now)?;
        set_position(tx, row)?;
        return Ok(Adopted::Settled(settled));
    }
    let lost = match chain::compare_position(&row.position, ours.root_batch_id.as_deref(), &ledger(tx)?) {
        HubPosition::Fork => {
            stop(tx, "fork", FORK)?;
            return Ok(Adopted::Fork);
        }
        HubPosition::Known { lost } => lost,
    };
    let lost = if disabled(Rule::Requeue) { Vec::new() } else { lost };
    let settles_open =
        open.as_ref().is_some_and(|open| row.position.batch_id.as_deref() == Some(open.batch_id.as_str()));
    if let Some(open) = open.as_ref().filter(|_| !settles_open) {
        abandon(tx, open, AfterAbandon::Wait, "", now)?;
    }
    for batch_id in &lost {
        open_again(tx, batch_id, now)?;
    }
    if let Some(batch_id) = &row.position.batch_id
        && let Some(there) = batch(tx, batch_id)?
        && (settles_open || row.position != ours.position)
    {
        let settled = apply_reply(tx, &there, &row.results, now)?;
        set_position(tx, row)?;
        if settles_open && lost.is_empty() {
            return Ok(Adopted::Settled(settled));
        }
    }
    set_position(tx, row)?;
    Ok(Adopted::Moved { lost: lost.len() })
}

/// The hub was asked again where it stands: lifts a stop that was the hub's answer where its chain goes on from this
/// database's after all, in the same epoch and at a batch of ours. Says whether nothing is stopped now. Nothing is sent by
/// this, and the chain rule is applied to the next answer as ever.
///
/// # Errors
/// [`QueueError`].
pub fn recheck(tx: &Transaction<'_>, row: &ChainRow) -> Result<bool, QueueError> {
    let ours = crate::chain::chain(tx)?;
    let Some((code, _)) = &ours.stopped else { return Ok(true) };
    let joins = ours.epoch == row.epoch
        && chain::compare_position(&row.position, ours.root_batch_id.as_deref(), &ledger(tx)?) != HubPosition::Fork;
    if !joins || !is_the_hubs(code) || disabled(Rule::RefusalRetried) {
        return Ok(false);
    }
    crate::chain::go_on(tx)?;
    Ok(true)
}

fn set_position(tx: &Transaction<'_>, row: &ChainRow) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_chain set batch_no = ?1, batch_id = ?2, reported_digest = iif(?2 is null, '', reported_digest) where id = 1",
    )?
    .execute(params![row.position.batch_no, row.position.batch_id])?;
    Ok(())
}

/// A batch that the hub has accepted: its answer said so, or the streams have shown a change of it while the answer was lost.
const ACCEPTED: &str = "(state = 'accepted' or (shown_by_stream = 1 and state <> 'lost'))";

fn ledger(tx: &Transaction<'_>) -> Result<Vec<SentBatch>, QueueError> {
    let mut statement =
        tx.prepare_cached(&format!("select batch_id, predecessor_id, {ACCEPTED} from sync_batches order by id"))?;
    let rows = statement.query_map([], |row| {
        Ok(SentBatch { batch_id: row.read(0)?, predecessor_id: row.read(1)?, accepted: row.read(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A new life of this database begins where the hub's chain of the life before ended: what the hub lacks of that is open
/// again, and everything sent counts as sent only if the end is one of ours. Says which batch that is.
///
/// # Errors
/// [`QueueError`].
pub fn begin_again(
    tx: &Transaction<'_>,
    before: Option<&ChainRow>,
    now: Timestamp,
) -> Result<Option<String>, QueueError> {
    let ours = crate::chain::chain(tx)?;
    if let Some(open) = waiting(tx)? {
        abandon(tx, &open, AfterAbandon::Wait, "", now)?;
    }
    let root = before.and_then(|row| row.position.batch_id.clone());
    if let Some(row) = before
        && let HubPosition::Known { lost } =
            chain::compare_position(&row.position, ours.root_batch_id.as_deref(), &ledger(tx)?)
    {
        for batch_id in &lost {
            open_again(tx, batch_id, now)?;
        }
        return Ok(root.or(ours.root_batch_id));
    }
    tx.execute(&format!("update sync_batches set state = 'lost' where {ACCEPTED}"), [])?;
    Ok(None)
}

/// The hub has lost this batch: its entities are dirty again; own edits of shared ones count as edits again.
fn open_again(tx: &Transaction<'_>, batch_id: &str, now: Timestamp) -> Result<(), QueueError> {
    let Some(stored) = batch(tx, batch_id)? else { return Ok(()) };
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

/// The hub was restored. Which batches it has lost its chain row says; not so where this database has begun a new life
/// behind another one's back: then no batch of its lives before counts, and what they carried of shared entities is an
/// edit again wherever it is still thought to stand. Everything is compared after this, so what the hub has after all is
/// no edit. What such a batch has made is in no comparison, for nothing is agreed on of it any more: it waits again.
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

/// Takes out of a base what batches of one's own have put on top of the hub's version or in its place; says whether
/// there was any.
///
/// # Errors
/// [`QueueError`].
pub fn remove_own_change(tx: &Transaction<'_>, of: &EntityRef, there: &Token) -> Result<bool, QueueError> {
    let mut any = false;
    let own = |top: &Token| top.n >= there.n && top != there;
    while let Some(on_top) = base(tx, &of.entity_type, &of.entity_id)?.map(|base| base.token).filter(own) {
        let Some((batch_id, number)) = on_top.change_id.split_once('/') else { break };
        let (Ok(number), Some(stored)) = (number.parse::<usize>(), batch(tx, batch_id)?) else { break };
        let json = unpack(&stored.body)?;
        let sent = parse(&json)?;
        let same =
            |item: &Item<'_>| item.entity_type == of.entity_type.as_str() && item.entity_id == of.entity_id.as_str();
        if !sent.items.get(number).is_some_and(same) {
            break;
        }
        lower_base(tx, &sent, number)?;
        any = true;
        if base(tx, &of.entity_type, &of.entity_id)?.is_some_and(|base| base.token == on_top) {
            break;
        }
    }
    Ok(any)
}

/// Takes an own change out of the base, so that it is a local edit again with its old value as base.
///
/// The base is the version before only if nothing came on top of the change. Else it is none that the hub ever had, and
/// has the token of none, so that it is not taken for the hub's when the two are compared.
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
    let on_top = token.change_id == change_id(&lost.batch_id, number);
    if item.base.is_none() && on_top {
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
        let before = item.base.clone().filter(|_| on_top).unwrap_or(Token { n: 0, change_id: String::new() });
        put_base(tx, &of, &Base { token: before, fields: document }, false)?;
    }
    Ok(())
}
