//! A database that has not yet read all that the hub has of its outlet: a new machine in the place of one that is gone.
//!
//! It takes the outlet's users, settings and prices from the hub whoever wrote them, for it has none of its own. What head
//! office did not write is named until a person has looked at it: whoever had the outlet's key may have sent it.

use protocol::entity::find;
use protocol::wire::EntityRef;
use rusqlite::{Transaction, params};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;

use crate::error::QueueError;
use crate::progress::range;

/// Something that a new machine took from the hub and that head office did not write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Taken {
    /// `user`, `setting` or `outlet_product`.
    pub entity_type: String,
    /// Which.
    pub entity_id: String,
    /// A user's name; of anything else its id.
    pub name: String,
    /// A user's role.
    pub role: Option<String>,
}

/// Whether this database belongs to a new machine that has not yet read everything the hub has.
pub(crate) fn is_one(tx: &Transaction<'_>) -> Result<bool, QueueError> {
    Ok(tx.prepare_cached("select 1 from sync_chain where bootstrapped = 0")?.exists([])?)
}

/// The new machine accepts this entity.
pub(crate) fn took(tx: &Transaction<'_>, of: &EntityRef) -> Result<(), QueueError> {
    tx.prepare_cached("insert into sync_unreviewed (entity_type, entity_id) values (?1, ?2) on conflict do nothing")?
        .execute([&of.entity_type, &of.entity_id])?;
    Ok(())
}

/// The head of the streams was reached: with nothing left to compare this database has all that the hub has.
pub(crate) fn has_read_all(tx: &Transaction<'_>) -> Result<(), QueueError> {
    if range::next(tx)?.is_none() && !crate::progress::snapshot::holds(tx)? {
        tx.prepare_cached("update sync_chain set bootstrapped = 1 where bootstrapped = 0")?.execute([])?;
    }
    Ok(())
}

/// What was taken and nobody has confirmed yet, users first.
///
/// # Errors
/// What SQLite said.
pub fn list(tx: &Transaction<'_>) -> Result<Vec<Taken>, Fault> {
    let mut statement = tx.prepare_cached(
        "select t.entity_type, t.entity_id, u.username, u.role from sync_unreviewed t
         left join users u on t.entity_type = 'user' and u.id = t.entity_id
         order by t.entity_type desc, u.username, t.entity_id limit 1000",
    )?;
    let rows = statement.query_map([], |row| {
        let (entity_type, entity_id): (String, String) = (row.read(0)?, row.id(1)?);
        let name: Option<String> = row.read(2)?;
        Ok(Taken { name: name.unwrap_or_else(|| entity_id.clone()), role: row.read(3)?, entity_type, entity_id })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A person has looked at what was taken, and knows it all; says how many there were.
///
/// # Errors
/// What SQLite said.
pub fn confirm(tx: &Transaction<'_>) -> Result<usize, Fault> {
    Ok(tx.execute("delete from sync_unreviewed", params![])?)
}

/// In words, for doctor and health; none: nothing was taken, or all is confirmed.
///
/// # Errors
/// What SQLite said.
pub fn sentence(tx: &Transaction<'_>) -> Result<Option<String>, Fault> {
    let taken = list(tx)?;
    if taken.is_empty() {
        return Ok(None);
    }
    let users: Vec<_> = taken
        .iter()
        .filter(|one| one.entity_type == "user")
        .map(|one| one.role.as_ref().map_or(one.name.clone(), |role| format!("{} ({role})", one.name)))
        .collect();
    let others = taken.iter().filter(|one| one.entity_type != "user" && find(&one.entity_type).is_some()).count();
    let users = if users.is_empty() { String::new() } else { format!(" Users: {}.", users.join(", ")) };
    let others = if others == 0 { String::new() } else { format!(" Settings and own prices: {others}.") };
    Ok(Some(format!(
        "This machine took from head office what was sent with this outlet's key before.{users}{others} Check that you know \
         them all, switch off who does not belong here, and say 'gerai sync unreviewed --confirm'."
    )))
}
