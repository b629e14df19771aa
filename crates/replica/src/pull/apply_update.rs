//! Applies one version from the hub: acknowledges this outlet's changes, merges others, and stores the result as the
//! new base.

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
use web::messages::{Reason, ReasonCode};
use web::time;

use crate::batches::{find_batch, parse, unpack};
use crate::entities::apply::{ApplyError, apply};
use crate::entities::base::{Base, base, differs, drop_base, local, local_fields, put_base, raw_document, version};
use crate::error::QueueError;
use crate::pull::bootstrap;
use crate::pull::decision::carry_out;
use crate::pull::fast_path::apply_fast;
use crate::push::adopt::remove_sent_change;
use crate::push::requeue::requeue;
use crate::unapplied::{self, UpdateSource, unreadable_document};
use crate::{conflicts, unreadable};

/// Result of an update.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpdateEffect {
    /// A row of the shop has changed.
    pub changed: bool,
    /// Fields that both sides had changed differently.
    pub overlaps: usize,
    /// It could not be applied and is stored for retries.
    pub unapplied: bool,
}

/// Applies a version, or stores it as unapplied.
///
/// # Errors
/// [`QueueError`].
pub fn apply_update(
    tx: &Transaction<'_>,
    update: &Update,
    source: UpdateSource,
    now: Timestamp,
) -> Result<UpdateEffect, QueueError> {
    let effect = match find(&update.of.entity_type) {
        Some(entity) if entity.owner != Owner::Outlet => {
            check_rules(entity, update).and_then(|()| merge_update(tx, entity, update, source, now))
        }
        Some(_) => Ok(UpdateEffect::default()),
        None if update.of.entity_type == conflicts::RESOLUTION => {
            conflicts::carry_out(tx, update, now)?;
            Ok(UpdateEffect::default())
        }
        None if update.of.entity_type == DECISION.name => {
            carry_out(tx, update, now)?;
            Ok(UpdateEffect::default())
        }
        None => {
            let unknown = ReasonCode::UnknownEntity.with("entity", &update.of.entity_type);
            Err(ApplyError::Refused(unknown.into()))
        }
    };
    match effect {
        Ok(effect) => {
            unapplied::delete(tx, &update.of)?;
            Ok(effect)
        }
        Err(ApplyError::Refused(reason)) => {
            if !disabled(Rule::UnappliedUpdate) {
                unapplied::store(tx, update, source, &reason, now)?;
            }
            Ok(UpdateEffect { unapplied: true, ..UpdateEffect::default() })
        }
        Err(ApplyError::Queue(error)) => Err(error),
    }
}

/// Whether a version may be written: the outlet checks the same rules as the hub. Deletions are always allowed.
fn check_rules(entity: &Entity, update: &Update) -> Result<(), ApplyError> {
    if update.deleted || disabled(Rule::OutletValidation) {
        return Ok(());
    }
    let id = &update.of.entity_id;
    if let Some(detail) = &update.unreadable {
        return Err(ApplyError::Refused(unreadable_document(&update.of, detail)));
    }
    validate::parsed_document(entity, id, &update.document)
        .map_err(|invalid| ApplyError::Refused(Reason::invalid(entity.name, id, &invalid)))
}

fn merge_update(
    tx: &Transaction<'_>,
    entity: &Entity,
    update: &Update,
    source: UpdateSource,
    now: Timestamp,
) -> Result<UpdateEffect, ApplyError> {
    let of = &update.of;
    if apply_fast(tx, entity, update, now)? {
        return Ok(UpdateEffect { changed: true, ..UpdateEffect::default() });
    }
    // If the hub's version is older than a change that it had accepted, the hub was restored, or a comparison read it
    // before the change arrived. Either way the change is an edit until the hub shows it. If the stream skips a change
    // that this outlet had pushed, the hub has lost it.
    let removed_newer = match source {
        UpdateSource::Comparison => remove_sent_change(tx, of, &update.token)?,
        // The hub stored the change only as a dead letter and now shows another writer's version first.
        UpdateSource::Stream if type_unknown_to_hub(tx, of)? && sent_change(tx, update)?.is_none() => {
            remove_sent_change(tx, of, &update.token)?
        }
        UpdateSource::Stream => match base_not_shown(tx, update)? {
            Some(n) => remove_sent_change(tx, of, &Token { n, ..update.token.clone() })?,
            None => false,
        },
    };
    let agreed = base(tx, &of.entity_type, &of.entity_id)?;
    if let Some(agreed) = &agreed {
        if agreed.token == update.token {
            mark_shown(tx, of)?;
            if removed_newer {
                refresh_dirty_state(tx, of, update, now)?;
            }
            return match source {
                UpdateSource::Comparison => repair_uncaptured(tx, entity, update),
                UpdateSource::Stream => Ok(UpdateEffect::default()),
            };
        }
        if source == UpdateSource::Stream && update.token.n < agreed.token.n {
            note_type_known(tx, update)?;
            return Ok(UpdateEffect::default());
        }
    }
    let mut theirs = Base { token: update.token.clone(), fields: fields(update) };
    keep_absent_fields(entity, &mut theirs.fields, agreed.as_ref().map(|agreed| &agreed.fields));
    // A comparison may show a change before its reply arrives; that acknowledges it only if the base is the one that it
    // was made from.
    let acknowledged = sent_change(tx, update)?.filter(|sent| {
        source == UpdateSource::Stream || agreed.as_ref().map(|agreed| &agreed.token) == sent.base_token.as_ref()
    });
    if let Some(sent) = acknowledged {
        put_base(tx, of, &theirs, false)?;
        mark_batch_shown(tx, &update.token.change_id)?;
        acknowledge(tx, of, sent.version)?;
        refresh_dirty_state(tx, of, update, now)?;
        return Ok(UpdateEffect::default());
    }
    let cloud = version(fields(update));
    let ours = local_or_deleted(tx, entity, of, agreed.is_some())?;
    let agreed = agreed.map(|agreed| version(agreed.fields));
    let unconfirmed = unconfirmed(tx, entity, update)?;
    let Merged { version: merged, overlaps } = match &ours {
        Some(ours) if unconfirmed.is_empty() => merge(entity, agreed.as_ref(), ours, &cloud),
        Some(ours) => merge_guarded(entity, agreed.as_ref(), ours, &cloud, &unconfirmed),
        None if unconfirmed.is_empty() => Merged { version: cloud, overlaps: vec![] },
        None => merge_without_local_row(entity, &cloud, unconfirmed),
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
        // The document created the row: columns that it lacks have the table's default, which is nobody's edit.
        let created = local(tx, entity, &of.entity_id)?.map(|created| created.fields);
        keep_absent_fields(entity, &mut theirs.fields, created.as_ref());
    }
    put_base(tx, of, &theirs, false)?;
    refresh_dirty_state(tx, of, update, now)?;
    if !overlaps.is_empty() {
        queue_after_conflict_record(tx, of)?;
    }
    conflicts::supersede(tx, of, now)?;
    Ok(UpdateEffect { changed, overlaps: overlaps.len(), unapplied: false })
}

/// Fields of an entity of this outlet that head office did not write. Empty until a new machine has read everything
/// from the hub: it accepts the outlet's users from there and lists them for review.
pub(crate) fn unconfirmed(
    tx: &Transaction<'_>,
    entity: &Entity,
    update: &Update,
) -> Result<BTreeSet<String>, QueueError> {
    let unconfirmed = origin::unconfirmed(entity, update);
    if !unconfirmed.is_empty() && bootstrap::is_new_machine(tx)? {
        bootstrap::note_unreviewed(tx, &update.of)?;
        return Ok(BTreeSet::new());
    }
    Ok(unconfirmed)
}

/// The outlet never had the entity: do not create it if head office did not write all of it.
fn merge_without_local_row(entity: &Entity, cloud: &Version, mut unconfirmed: BTreeSet<String>) -> Merged {
    unconfirmed.insert(DELETED.to_owned());
    let absent = Version { fields: Map::new(), deleted: true };
    merge_guarded(entity, None, &absent, cloud, &unconfirmed)
}

/// Queue the merged entity after its conflict record: a database restored between the two would otherwise overwrite the
/// hub's value without a trace. The previous version, if in flight, will be answered `conflict`, which assigns a later
/// seq.
fn queue_after_conflict_record(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_state set seq = (select seq + 1 from sync_context where id = 1)
         where entity_type = ?1 and entity_id = ?2 and status = 'pending' and batch_no is null",
    )?
    .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

/// Repairs a row that differs from its base although no trigger captured a change. The difference counts as an edit,
/// but a deleted row and hub-owned fields are restored.
fn repair_uncaptured(tx: &Transaction<'_>, entity: &Entity, update: &Update) -> Result<UpdateEffect, ApplyError> {
    let of = &update.of;
    if is_dirty(tx, of)? || !differs(tx, of)? {
        return Ok(UpdateEffect::default());
    }
    if entity.owner == Owner::Both && local(tx, entity, &of.entity_id)?.is_some() {
        capture(tx, of)?;
        return Ok(UpdateEffect::default());
    }
    apply(tx, entity, &of.entity_id, &version(fields(update)))?;
    bump_version(tx, of)?;
    Ok(UpdateEffect { changed: true, ..UpdateEffect::default() })
}

/// The hub's document as fields of a base.
pub(crate) fn fields(update: &Update) -> Map<String, Value> {
    let mut fields = update.document.clone();
    fields.remove("id");
    fields.insert(DELETED.to_owned(), Value::Bool(update.deleted));
    fields
}

/// A field that the hub's document lacks is unknown, not null: keep the known value.
pub(crate) fn keep_absent_fields(entity: &Entity, fields: &mut Map<String, Value>, known: Option<&Map<String, Value>>) {
    let Some(known) = known else { return };
    for field in entity.fields {
        if let (false, Some(value)) = (fields.contains_key(field.name), known.get(field.name)) {
            fields.insert(field.name.to_owned(), value.clone());
        }
    }
}

/// The outlet's version; `None` if the outlet never had the entity, as opposed to having deleted it.
///
/// An unreadable row is not merged: the merge would overwrite it with text that nobody wrote.
fn local_or_deleted(
    tx: &Transaction<'_>,
    entity: &Entity,
    of: &EntityRef,
    agreed: bool,
) -> Result<Option<Version>, ApplyError> {
    if let Some(document) = raw_document(tx, entity, &of.entity_id)? {
        if !document.exact {
            let found = unreadable::in_entity(tx, entity, &of.entity_id).map_err(QueueError::from)?;
            return Err(ApplyError::Refused(unreadable::reason(&found)));
        }
        return Ok(Some(version(local_fields(Some(&document.json))?)));
    }
    let is_pending = tx
        .prepare_cached(
            "select 1 from sync_state where entity_type = ?1 and entity_id = ?2 and version > acked_version",
        )
        .and_then(|mut s| s.exists([&of.entity_type, &of.entity_id]))
        .map_err(QueueError::from)?;
    Ok((agreed || is_pending).then(|| Version { fields: Map::new(), deleted: true }))
}

/// Bumps the version so that stale `If-Match` requests fail and a batch that was composed earlier is composed again. A
/// pending row stays pending; a row in flight has changed since it was sent.
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

/// A change as this outlet sent it.
pub(crate) struct SentChange {
    version: i64,
    base_token: Option<Token>,
}

/// The change as sent, if it is from a batch of this outlet.
pub(crate) fn sent_change(tx: &Transaction<'_>, update: &Update) -> Result<Option<SentChange>, QueueError> {
    let sent = update.token.change_id.split_once('/').filter(|_| !disabled(Rule::LocalChangeId));
    let Some((batch_id, number)) = sent else { return Ok(None) };
    let (Ok(number), Some(stored)) = (number.parse::<usize>(), find_batch(tx, batch_id)?) else { return Ok(None) };
    let json = unpack(&stored.body)?;
    let batch = parse(&json)?;
    let item = batch.items.get(number).filter(|item| {
        item.entity_type == update.of.entity_type.as_str() && item.entity_id == update.of.entity_id.as_str()
    });
    Ok(item.map(|item| SentChange { version: item.version, base_token: item.base.clone() }))
}

/// Notes that the hub has accepted the batch of this change even if its reply is lost, so that the change is sent again
/// if the hub loses it.
fn mark_batch_shown(tx: &Transaction<'_>, change_id: &str) -> Result<(), QueueError> {
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

/// Number of the base's token, if it came by a reply and the stream skips it with this update.
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

/// Whether the hub has never sent a version of this entity back, because it does not know the type.
fn type_unknown_to_hub(tx: &Transaction<'_>, of: &EntityRef) -> Result<bool, QueueError> {
    let sql =
        "select 1 from sync_bases b join sync_state s on s.entity_type = b.entity_type and s.entity_id = b.entity_id
        where b.entity_type = ?1 and b.entity_id = ?2 and b.awaits_stream = 1 and coalesce(s.cloud_version, 0) = 0";
    Ok(tx.prepare_cached(sql)?.exists([&of.entity_type, &of.entity_id])?)
}

/// Notes that the hub knows the type after all, so that a base can be compared.
fn note_type_known(tx: &Transaction<'_>, update: &Update) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_state set cloud_version = ?3 where entity_type = ?1 and entity_id = ?2 and coalesce(cloud_version, 0) = 0",
    )?
    .execute(params![update.of.entity_type, update.of.entity_id, update.token.n])?;
    Ok(())
}

/// Notes that the stream has shown the base's token.
fn mark_shown(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    tx.prepare_cached(
        "update sync_bases set awaits_stream = 0 where entity_type = ?1 and entity_id = ?2 and awaits_stream = 1",
    )?
    .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

/// Makes the row dirty exactly if the outlet's version differs from the base, after either has changed.
fn refresh_dirty_state(
    tx: &Transaction<'_>,
    of: &EntityRef,
    update: &Update,
    now: Timestamp,
) -> Result<(), QueueError> {
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
           retry_count = 0, error_code = null, error_args = null, error_message = null, conflict_base = null,
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

/// Captures a difference that the hub caused; author and time of the edit stay.
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

/// Handles an entity that the hub has lost: the outlet sends it whole, or deletes it if only the hub may write it.
///
/// # Errors
/// [`QueueError`].
pub fn requeue_lost(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    drop_base(tx, of)?;
    unapplied::delete(tx, of)?;
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
    // A hub-owned entity that the hub no longer has does not exist.
    if entity.owner == Owner::Hub {
        match apply(tx, entity, &of.entity_id, &Version { fields: Map::new(), deleted: true }) {
            Ok(()) => {}
            Err(ApplyError::Refused(reason)) => {
                tracing::error!(?of, %reason, "an entity that the hub has lost cannot be deleted here")
            }
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
