//! Bootstrap: the first read of all data of the hub into a new machine that replaces another.
//!
//! A new machine accepts the outlet's users, settings and prices from any author, since it has none. Entities that
//! head office did not write are listed until a person confirms them: anybody with the outlet's key may have sent them.

use access::audit::{Author, Deed, record};
use domain::audit::AuditAction;
use jiff::Timestamp;
use protocol::wire::EntityRef;
use rusqlite::{Transaction, params};
use serde::Serialize;
use serde_json::json;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;

use crate::error::QueueError;
use crate::progress::range;

/// An entity that a new machine read from the hub and that head office did not write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnreviewedEntity {
    /// `user`, `setting`, `outlet_product` or `outlet_charge`.
    pub entity_type: String,
    /// Id of the entity.
    pub entity_id: String,
    /// A user's name; for anything else the id.
    pub name: String,
    /// A user's role.
    pub role: Option<String>,
}

/// Whether this database belongs to a new machine that has not yet read everything from the hub.
pub(crate) fn is_new_machine(tx: &Transaction<'_>) -> Result<bool, QueueError> {
    Ok(tx.prepare_cached("select 1 from sync_chain where bootstrapped = 0")?.exists([])?)
}

/// Accepts the entity and lists it for review.
pub(crate) fn note_unreviewed(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    tx.prepare_cached("insert into sync_unreviewed (entity_type, entity_id) values (?1, ?2) on conflict do nothing")?
        .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

/// At the head of the streams: ends the bootstrap if nothing is left to compare.
pub(crate) fn finish(tx: &Transaction<'_>) -> Result<(), QueueError> {
    if range::next(tx)?.is_none() && !crate::progress::snapshot::is_running(tx)? {
        tx.prepare_cached("update sync_chain set bootstrapped = 1 where bootstrapped = 0")?.execute([])?;
    }
    Ok(())
}

/// The entities that nobody has confirmed, users first.
///
/// # Errors
/// The database failed.
pub fn list(tx: &Transaction<'_>) -> Result<Vec<UnreviewedEntity>, Fault> {
    let mut statement = tx.prepare_cached(
        "select t.entity_type, t.entity_id, u.username, u.role from sync_unreviewed t
         left join users u on t.entity_type = 'user' and u.id = t.entity_id
         order by t.entity_type desc, u.username, t.entity_id limit 1000",
    )?;
    let rows = statement.query_map([], |row| {
        let (entity_type, entity_id): (String, String) = (row.read(0)?, row.id(1)?);
        let name: Option<String> = row.read(2)?;
        Ok(UnreviewedEntity {
            name: name.unwrap_or_else(|| entity_id.clone()),
            role: row.read(3)?,
            entity_type,
            entity_id,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Confirms all of these entities; returns their number.
///
/// # Errors
/// The database failed.
pub fn confirm(tx: &Transaction<'_>) -> Result<usize, Fault> {
    Ok(tx.execute("delete from sync_unreviewed", params![])?)
}

/// Confirms all of these entities on a person's behalf.
///
/// # Errors
/// The database failed.
pub fn confirm_by<'a>(tx: &Transaction<'_>, by: impl Into<Author<'a>>, now: Timestamp) -> Result<usize, Fault> {
    let count = confirm(tx)?;
    record(tx, by, Deed::new(AuditAction::Confirmed).with(json!({"count": count})), now)?;
    Ok(count)
}
