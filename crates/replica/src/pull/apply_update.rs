//! Applies one version from the hub: an own change acknowledges, a foreign one is merged, and what both agree on from now
//! on is kept as the base.

use std::collections::BTreeSet;

use jiff::Timestamp;
use protocol::entity::{DECISION, Entity, Owner, find};
use protocol::merge::{DELETED, Merged, Version, merge};
use protocol::origin::{self, merge_guarded};
use protocol::rule::{Rule, disabled};
use protocol::updates::Update;
use protocol::validate;
use protocol::wire::{EntityRef, Token};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, Value};
use sqlite::ReadRow;
use web::api_error::sentence;
use web::time;

use crate::batches::{batch, parse, unpack};
use crate::entities::apply::{ApplyError, apply};
use crate::entities::base::{
    Base, base, differs, document_as_it_is, drop_base, local, local_fields, put_base, version,
};
use crate::error::QueueError;
use crate::pull::bootstrap;
use crate::pull::decision::carry_out;
use crate::pull::fast_path::forward;
use crate::push::adopt::remove_own_change;
use crate::push::requeue::requeue;
use crate::unapplied::{self, UpdateSource};
use crate::{conflicts, unreadable};

/// What taking it changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// A row of the shop has changed.
    pub changed: bool,
    /// Fields that both sides had changed differently.
    pub overlaps: usize,
    /// It could not be applied and was kept.
    pub kept: bool,
}

/// Takes a version.
///
/// # Errors
/// [`QueueError`].
pub fn take(tx: &Transaction<'_>, update: &Update, came: UpdateSource, now: Timestamp) -> Result<Taken, QueueError> {
    let taken = match find(&update.of.entity_type) {
        Some(entity) if entity.owner != Owner::Outlet => {
            allowed(entity, update).and_then(|()| merge_update(tx, entity, update, came, now))
        }
        Some(_) => Ok(Taken::default()),
        None if update.of.entity_type == conflicts::RESOLUTION => {
            conflicts::carry_out(tx, update, now)?;
            Ok(Taken::default())
        }
        None if update.of.entity_type == DECISION.name => {
            carry_out(tx, update, now)?;
            Ok(Taken::default())
        }
        None => Err(ApplyError::Refused(format!(
            "This version of Gerai does not know entities of the type '{}'; it is applied after an upgrade.",
            update.of.entity_type
        ))),
    };
    match taken {
        Ok(taken) => {
            unapplied::forget(tx, &update.of)?;
            Ok(taken)
        }
        Err(ApplyError::Refused(reason)) => {
            if !disabled(Rule::UnappliedUpdate) {
                unapplied::keep(tx, update, came, &reason, now)?;
            }
            Ok(Taken { kept: true, ..Taken::default() })
        }
        Err(ApplyError::Queue(error)) => Err(error),
    }
}

/// Whether a version may be written here at all: this door keeps the same rules as those of the hub. A deletion is always
/// taken.
fn allowed(entity: &Entity, update: &Update) -> Result<(), ApplyError> {
    if update.deleted || disabled(Rule::OutletValidation) {
        return Ok(());
    }
    let reason = match &update.unreadable {
        Some(reason) => reason.clone(),
        None => match validate::parsed_document(entity, &update.of.entity_id, &update.document) {
            Ok(()) => return Ok(()),
            Err(invalid) => invalid.to_string(),
        },
    };
    Err(ApplyError::Refused(sentence(&format!("the {} is not taken: {reason}", entity.name))))
}

fn merge_update(
    tx: &Transaction<'_>,
    entity: &Entity,
    update: &Update,
    came: UpdateSource,
    now: Timestamp,
) -> Result<Taken, ApplyError> {
    let of = &update.of;
    if forward(tx, entity, update, now)? {
        return Ok(Taken { changed: true, ..Taken::default() });
    }
    // The hub's present is older than an own change that it had accepted: it was restored, or did not have it yet when it
    // said so. Either way the change counts as an edit until the hub shows it.
    // The stream goes past an own change that it has not shown: the hub has lost that one.
    let own_on_top = match came {
        UpdateSource::ByComparison => remove_own_change(tx, of, &update.token)?,
        // What a hub only kept was not taken up where it shows somebody else's first.
        UpdateSource::ByStream if type_unknown_to_hub(tx, of)? && own_change(tx, update)?.is_none() => {
            remove_own_change(tx, of, &update.token)?
        }
        UpdateSource::ByStream => match base_not_shown(tx, update)? {
            Some(n) => remove_own_change(tx, of, &Token { n, ..update.token.clone() })?,
            None => false,
        },
    };
    let agreed = base(tx, &of.entity_type, &of.entity_id)?;
    if let Some(agreed) = &agreed {
        if agreed.token == update.token {
            seen(tx, of)?;
            if own_on_top {
                level(tx, of, update, now)?;
            }
            return match came {
                UpdateSource::ByComparison => uncaptured(tx, entity, update),
                UpdateSource::ByStream => Ok(Taken::default()),
            };
        }
        if came == UpdateSource::ByStream && update.token.n < agreed.token.n {
            named(tx, update)?;
            return Ok(Taken::default());
        }
    }
    let mut theirs = Base { token: update.token.clone(), fields: fields(update) };
    keep_absent_fields(entity, &mut theirs.fields, agreed.as_ref().map(|agreed| &agreed.fields));
    // A comparison may show what was sent before its answer comes; it acknowledges if the base is what that was made from.
    let acknowledged = own_change(tx, update)?.filter(|own| {
        came == UpdateSource::ByStream || agreed.as_ref().map(|agreed| &agreed.token) == own.made_from.as_ref()
    });
    if let Some(own) = acknowledged {
        put_base(tx, of, &theirs, false)?;
        accepted(tx, &update.token.change_id)?;
        acknowledge(tx, of, own.version)?;
        level(tx, of, update, now)?;
        return Ok(Taken::default());
    }
    let cloud = version(fields(update));
    let ours = present(tx, entity, of, agreed.is_some())?;
    let agreed = agreed.map(|agreed| version(agreed.fields));
    let unconfirmed = unconfirmed(tx, entity, update)?;
    let Merged { version: merged, overlaps } = match &ours {
        Some(ours) if unconfirmed.is_empty() => merge(entity, agreed.as_ref(), ours, &cloud),
        Some(ours) => merge_guarded(entity, agreed.as_ref(), ours, &cloud, &unconfirmed),
        None if unconfirmed.is_empty() => Merged { version: cloud, overlaps: vec![] },
        None => without_local_row(entity, &cloud, unconfirmed),
    };
    let changed = ours.as_ref() != Some(&merged) && !(ours.is_none() && merged.deleted);
    if changed {
        apply(tx, entity, &of.entity_id, &merged)?;
        bump_version(tx, of)?;
    }
    for overlap in overlaps.iter().filter(|_| !disabled(Rule::ConflictRecord)) {
        conflicts::record(tx, of, overlap, update, now)?;
    }
    if ours.is_none() {
        // The row was made by this document: what it does not say has the table's default, which is nobody's edit.
        let made = local(tx, entity, &of.entity_id)?.map(|made| made.fields);
        keep_absent_fields(entity, &mut theirs.fields, made.as_ref());
    }
    put_base(tx, of, &theirs, false)?;
    level(tx, of, update, now)?;
    if !overlaps.is_empty() {
        queue_after_conflict_record(tx, of)?;
    }
    conflicts::supersede(tx, of, now)?;
    Ok(Taken { changed, overlaps: overlaps.len(), kept: false })
}

/// What head office did not write of an entity that belongs to this outlet; nothing before this database has once had all
/// that the hub has of it: a new machine takes the outlet's users from there, and names them.
pub(crate) fn unconfirmed(
    tx: &Transaction<'_>,
    entity: &Entity,
    update: &Update,
) -> Result<BTreeSet<String>, QueueError> {
    let unconfirmed = origin::unconfirmed(entity, update);
    if !unconfirmed.is_empty() && bootstrap::is_one(tx)? {
        bootstrap::took(tx, &update.of)?;
        return Ok(BTreeSet::new());
    }
    Ok(unconfirmed)
}

/// The outlet has never had it: where a part of it is not head office's it is not made.
fn without_local_row(entity: &Entity, cloud: &Version, mut unconfirmed: BTreeSet<String>) -> Merged {
    unconfirmed.insert(DELETED.to_owned());
    let never = Version { fields: Map::new(), deleted: true };
    merge_guarded(entity, None, &never, cloud, &unconfirmed)
}

/// What won goes up no earlier than the record that says so: a database that is restored between the two would have
/// overwritten the hub's value without a word. What is on its way from the version before will be answered `conflict`,
/// and so gets a later place by itself.
fn queue_after_conflict_record(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_state set seq = (select seq + 1 from sync_context where id = 1)
         where entity_type = ?1 and entity_id = ?2 and status = 'pending' and batch_no is null",
    )?
    .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

/// Both agree on the token; a row that differs all the same was changed behind the triggers' back. That counts as an edit,
/// but a row that is gone comes back, as do the hub's own words.
fn uncaptured(tx: &Transaction<'_>, entity: &Entity, update: &Update) -> Result<Taken, ApplyError> {
    let of = &update.of;
    if is_dirty(tx, of)? || !differs(tx, of)? {
        return Ok(Taken::default());
    }
    if entity.owner == Owner::Both && local(tx, entity, &of.entity_id)?.is_some() {
        capture(tx, of)?;
        return Ok(Taken::default());
    }
    apply(tx, entity, &of.entity_id, &version(fields(update)))?;
    bump_version(tx, of)?;
    Ok(Taken { changed: true, ..Taken::default() })
}

/// The hub's document as a base has it.
pub(crate) fn fields(update: &Update) -> Map<String, Value> {
    let mut fields = update.document.clone();
    fields.remove("id");
    fields.insert(DELETED.to_owned(), Value::Bool(update.deleted));
    fields
}

/// A field that the hub's document lacks says nothing, it does not mean null: what is known of it stays.
pub(crate) fn keep_absent_fields(entity: &Entity, fields: &mut Map<String, Value>, known: Option<&Map<String, Value>>) {
    let Some(known) = known else { return };
    for field in entity.fields {
        if let (false, Some(value)) = (fields.contains_key(field.name), known.get(field.name)) {
            fields.insert(field.name.to_owned(), value.clone());
        }
    }
}

/// The outlet's version; none where the outlet has never had the entity, which is not the same as having deleted it.
///
/// A row that cannot be read is not merged: what was written in its place would be nobody's, and what stands there lost.
fn present(tx: &Transaction<'_>, entity: &Entity, of: &EntityRef, agreed: bool) -> Result<Option<Version>, ApplyError> {
    if let Some(document) = document_as_it_is(tx, entity, &of.entity_id)? {
        if !document.exact {
            let found = unreadable::in_entity(tx, entity, &of.entity_id).map_err(QueueError::from)?;
            let words: Vec<_> = found.iter().map(ToString::to_string).collect();
            return Err(ApplyError::Refused(words.join(" ")));
        }
        return Ok(Some(version(local_fields(Some(&document.json))?)));
    }
    let waits = tx
        .prepare_cached(
            "select 1 from sync_state where entity_type = ?1 and entity_id = ?2 and version > acked_version",
        )
        .and_then(|mut s| s.exists([&of.entity_type, &of.entity_id]))
        .map_err(QueueError::from)?;
    Ok((agreed || waits).then(|| Version { fields: Map::new(), deleted: true }))
}

/// Whoever read the row before finds another version: `If-Match` notices, and a batch that was read before is read again.
/// What waits keeps waiting; what was on its way has changed since it was sent.
fn bump_version(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    if is_dirty(tx, of)? {
        return recapture(tx, of);
    }
    tx.prepare_cached(
        "update sync_state set version = version + 1, acked_version = acked_version + 1
         where entity_type = ?1 and entity_id = ?2",
    )?
    .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

fn is_dirty(tx: &Transaction<'_>, of: &EntityRef) -> Result<bool, QueueError> {
    let sql = "select 1 from sync_state where entity_type = ?1 and entity_id = ?2 and version > acked_version";
    Ok(tx.prepare_cached(sql)?.exists([&of.entity_type, &of.entity_id])?)
}

/// A change of ours, as it was sent.
pub(crate) struct OwnChange {
    version: i64,
    made_from: Option<Token>,
}

/// What was sent, if this is a change of a batch of ours.
pub(crate) fn own_change(tx: &Transaction<'_>, update: &Update) -> Result<Option<OwnChange>, QueueError> {
    let own = update.token.change_id.split_once('/').filter(|_| !disabled(Rule::LocalChangeId));
    let Some((batch_id, number)) = own else { return Ok(None) };
    let (Ok(number), Some(stored)) = (number.parse::<usize>(), batch(tx, batch_id)?) else { return Ok(None) };
    let json = unpack(&stored.body)?;
    let sent = parse(&json)?;
    let item = sent.items.get(number).filter(|item| {
        item.entity_type == update.of.entity_type.as_str() && item.entity_id == update.of.entity_id.as_str()
    });
    Ok(item.map(|item| OwnChange { version: item.version, made_from: item.base.clone() }))
}

/// The hub has accepted the batch of this change, whatever becomes of its answer: if the hub loses it, it goes again.
fn accepted(tx: &Transaction<'_>, change_id: &str) -> Result<(), QueueError> {
    let batch_id = change_id.split_once('/').map_or(change_id, |(batch_id, _)| batch_id);
    tx.prepare_cached("update sync_batches set shown_by_stream = 1 where batch_id = ?1 and shown_by_stream = 0 and state <> 'accepted'")?
        .execute([batch_id])?;
    Ok(())
}

fn acknowledge(tx: &Transaction<'_>, of: &EntityRef, sent_version: i64) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_state set acked_version = max(acked_version, min(version, ?3))
         where entity_type = ?1 and entity_id = ?2",
    )?
    .execute(params![of.entity_type, of.entity_id, sent_version])?;
    Ok(())
}

/// The number of the base, if it came by an answer and the stream goes past it with this update.
fn base_not_shown(tx: &Transaction<'_>, update: &Update) -> Result<Option<i64>, QueueError> {
    let EntityRef { entity_type, entity_id } = &update.of;
    Ok(tx
        .prepare_cached(
            "select token_n from sync_bases where entity_type = ?1 and entity_id = ?2 and awaits_stream = 1
               and change_id <> ?3 and token_n <= ?4",
        )?
        .query_row(params![entity_type, entity_id, update.token.change_id, update.token.n], |row| row.read(0))
        .optional()?)
}

/// The hub has never named a version of what it was sent: it did not know the type.
fn type_unknown_to_hub(tx: &Transaction<'_>, of: &EntityRef) -> Result<bool, QueueError> {
    let sql =
        "select 1 from sync_bases b join sync_state s on s.entity_type = b.entity_type and s.entity_id = b.entity_id
        where b.entity_type = ?1 and b.entity_id = ?2 and b.awaits_stream = 1 and coalesce(s.cloud_version, 0) = 0";
    Ok(tx.prepare_cached(sql)?.exists([&of.entity_type, &of.entity_id])?)
}

/// The hub knows the type after all, so that a base of it can be compared.
fn named(tx: &Transaction<'_>, update: &Update) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_state set cloud_version = ?3 where entity_type = ?1 and entity_id = ?2 and coalesce(cloud_version, 0) = 0",
    )?
    .execute(params![update.of.entity_type, update.of.entity_id, update.token.n])?;
    Ok(())
}

/// The stream has shown the base's token.
fn seen(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_bases set awaits_stream = 0 where entity_type = ?1 and entity_id = ?2 and awaits_stream = 1",
    )?
    .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

/// Dirty means that the outlet's version differs from the base: brings the row in line with that after the base or the
/// version has changed.
fn level(tx: &Transaction<'_>, of: &EntityRef, update: &Update, now: Timestamp) -> Result<(), QueueError> {
    if differs(tx, of)? {
        if !is_dirty(tx, of)? && !disabled(Rule::CaptureMerge) {
            recapture(tx, of)?;
        }
        return Ok(());
    }
    tx.prepare_cached(
        "insert into sync_state (entity_type, entity_id, version, acked_version, seq, status, was_sent, cloud_version,
           changed_at, synced_at)
         values (?1, ?2, 1, 1, (select seq + 1 from sync_context where id = 1), 'success', 1, ?3, ?4, ?5)
         on conflict (entity_type, entity_id) do update set
           acked_version = version, status = 'success', was_sent = 1, batch_no = null, isolated = 0, hub_suspected = 0,
           retry_count = 0, error_code = null, error_message = null, conflict_base = null,
           cloud_version = excluded.cloud_version, synced_at = excluded.synced_at",
    )?
    .execute(params![of.entity_type, of.entity_id, update.token.n, update.changed_at, time::text(now)])?;
    Ok(())
}

fn capture(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    tx.prepare_cached("insert into sync_capture (entity_type, entity_id) values (?1, ?2)")?
        .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

/// Marks what differs because of the hub: the edit is still whose it was, and as old.
fn recapture(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    let edited = tx
        .prepare_cached("select changed_at, changed_by from sync_state where entity_type = ?1 and entity_id = ?2")?
        .query_row([&of.entity_type, &of.entity_id], |row| Ok((row.read::<String>(0)?, row.read::<Option<String>>(1)?)))
        .optional()?;
    capture(tx, of)?;
    if let Some((at, by)) = edited {
        tx.prepare_cached(
            "update sync_state set changed_at = ?3, changed_by = ?4 where entity_type = ?1 and entity_id = ?2",
        )?
        .execute(params![of.entity_type, of.entity_id, at, by])?;
    }
    Ok(())
}

/// The hub does not have this entity although something of it came from there: it was lost, and goes up whole.
///
/// # Errors
/// [`QueueError`].
pub fn lost(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    drop_base(tx, of)?;
    unapplied::forget(tx, of)?;
    let Some(entity) = find(&of.entity_type) else { return Ok(()) };
    let exists = tx
        .prepare_cached(&format!("select 1 from {} where id = ?1", entity.table))?
        .query_row([&of.entity_id], |_| Ok(()))
        .optional()?;
    if exists.is_none() {
        tx.prepare_cached("delete from sync_state where entity_type = ?1 and entity_id = ?2")?
            .execute([&of.entity_type, &of.entity_id])?;
        return Ok(());
    }
    // What head office alone writes and does not have any more is nowhere.
    if entity.owner == Owner::Hub {
        match apply(tx, entity, &of.entity_id, &Version { fields: Map::new(), deleted: true }) {
            Ok(()) => {}
            Err(ApplyError::Refused(reason)) => tracing::error!(?of, reason, "what the hub has lost stays here"),
            Err(ApplyError::Queue(error)) => return Err(error),
        }
    }
    if entity.owner == Owner::Both {
        capture(tx, of)?;
        requeue(tx, of, true)?;
        let sql = "update sync_state set conflict_base = null, cloud_version = null
            where entity_type = ?1 and entity_id = ?2";
        tx.prepare_cached(sql)?.execute([&of.entity_type, &of.entity_id])?;
    }
    Ok(())
}
