//! What came from the hub and could not be applied: kept as received, so that one bad change never blocks the rest, and
//! tried again.

use ::sync::entity::{Entity, Owner, find};
use ::sync::updates::Update;
use ::sync::wire::EntityRef;
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde::Serialize;
use serde_json::Value;
use sqlite::Fault;
use utoipa::ToSchema;
use web::time;

use super::apply::NotApplied;
use super::own;
use super::shared_state::change_id;
use super::take::{Came, take};
use crate::sync::queue::QueueError;

/// What could not be applied.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptUpdate {
    /// Which entity.
    entity_type: String,
    /// Which entity.
    entity_id: String,
    /// Why, in words.
    reason: String,
    /// As received.
    #[schema(value_type = Object)]
    update: Value,
    /// When.
    received_at: String,
}

impl KeptUpdate {
    /// Its place in the list.
    #[must_use]
    pub fn cursor(&self) -> String {
        format!("{}/{}", self.entity_type, self.entity_id)
    }
}

/// Tried again after a page, at the most.
const AT_ONCE: i64 = 50;

/// Keeps an update, the newest of each entity, and how it came: what a comparison has said of a base holds until that
/// base is another.
///
/// # Errors
/// [`QueueError`].
pub fn keep(tx: &Transaction<'_>, update: &Update, came: Came, reason: &str, now: Timestamp) -> Result<(), QueueError> {
    let compared_with = match came {
        Came::ByComparison => change_id(tx, &update.of)?,
        Came::ByStream => None,
    };
    tx.prepare_cached(
        "insert into sync_kept_updates (entity_type, entity_id, reason, \"update\", compared_with, received_at)
         values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (entity_type, entity_id) do update set reason = excluded.reason, \"update\" = excluded.\"update\",
           compared_with = coalesce(excluded.compared_with, compared_with),
           received_at = iif(\"update\" = excluded.\"update\", received_at, excluded.received_at)
         where reason <> excluded.reason or \"update\" <> excluded.\"update\"
           or coalesce(excluded.compared_with, compared_with) is not compared_with",
    )?
    .execute(params![
        update.of.entity_type,
        update.of.entity_id,
        reason,
        serde_json::to_string(update)?,
        compared_with,
        time::text(now)
    ])?;
    Ok(())
}

/// Forgets what a newer update has taken the place of.
///
/// # Errors
/// [`QueueError`].
pub fn forget(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    tx.prepare_cached("delete from sync_kept_updates where entity_type = ?1 and entity_id = ?2")?
        .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

/// Tries again what is kept, where there is much a part of it, each time another one; says how much could be applied now.
///
/// # Errors
/// [`QueueError`].
pub fn try_again(tx: &Transaction<'_>, now: Timestamp) -> Result<usize, QueueError> {
    let mut statement = tx.prepare_cached(
        "select \"update\", compared_with from sync_kept_updates order by entity_type, entity_id limit ?1 offset ?2",
    )?;
    let count: i64 = tx.prepare_cached("select count(*) from sync_kept_updates")?.query_row([], |row| row.get(0))?;
    // Nothing is written of a try, so chance says whose turn it is.
    let parts = ((count + AT_ONCE - 1) / AT_ONCE).max(1);
    let offset = now.as_millisecond().rem_euclid(parts) * AT_ONCE;
    let kept = statement
        .query_map([AT_ONCE, offset], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut applied = 0;
    for (json, compared_with) in kept {
        let update: Update = serde_json::from_str(&json)?;
        let still = compared_with.is_some() && compared_with == change_id(tx, &update.of)?;
        let came = if still { Came::ByComparison } else { Came::ByStream };
        applied += usize::from(match find(&update.of.entity_type).filter(|entity| entity.owner == Owner::Outlet) {
            Some(entity) => own_applied(tx, entity, &update, now)?,
            None => !take(tx, &update, came, now)?.kept,
        });
    }
    Ok(applied)
}

fn own_applied(tx: &Transaction<'_>, entity: &Entity, update: &Update, now: Timestamp) -> Result<bool, QueueError> {
    match own::take_kept(tx, entity, update, now) {
        Ok(()) => forget(tx, &update.of).map(|()| true),
        Err(NotApplied::Refused(reason)) => keep(tx, update, Came::ByStream, &reason, now).map(|()| false),
        Err(NotApplied::Queue(error)) => Err(error),
    }
}

/// A page of what is kept, by entity.
///
/// # Errors
/// What SQLite said.
pub fn list(tx: &Transaction<'_>, after: Option<&str>, limit: i64) -> Result<Vec<KeptUpdate>, Fault> {
    let (after_type, after_id) = after.and_then(|after| after.split_once('/')).unwrap_or_default();
    let mut statement = tx.prepare_cached(
        "select entity_type, entity_id, reason, \"update\", received_at from sync_kept_updates
         where (entity_type, entity_id) > (?1, ?2) order by entity_type, entity_id limit ?3",
    )?;
    let rows = statement.query_map(params![after_type, after_id, limit], |row| {
        let json: String = row.get(3)?;
        Ok(KeptUpdate {
            entity_type: row.get(0)?,
            entity_id: row.get(1)?,
            reason: row.get(2)?,
            update: serde_json::from_str(&json).unwrap_or_default(),
            received_at: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
