//! Comparisons with everything that the hub has, range by range: which are under way, and where each stands. A crash loses
//! at most the range that was under way.

use jiff::Timestamp;
use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::ReadRow;
use sqlite::text::is_escaped;
use web::time;

use crate::error::QueueError;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The outlet's own: after it joined, before it pushes.
    Rejoin,
    /// The outlet's own that waits for nothing, while it runs: when someone asks.
    Owned,
    /// What outlets and head office share: after the streams were reset, after a gap, when someone asks.
    Shared,
}

impl Scope {
    fn as_str(self) -> &'static str {
        match self {
            Self::Rejoin => "rejoin",
            Self::Owned => "owned",
            Self::Shared => "shared",
        }
    }
}

/// A comparison under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// What is compared.
    pub scope: Scope,
    /// The end of the last range that was compared; empty names before the first.
    pub after: EntityRef,
    /// Where the tail of the streams begins once all ranges were compared; none before the first.
    pub cursor: Option<String>,
    /// Where it ends; none: at the end of all.
    pub to: Option<EntityRef>,
}

impl UnderWay {
    /// Nothing was compared yet.
    #[must_use]
    pub fn is_at_start(&self) -> bool {
        self.after.entity_type.is_empty()
    }
}

/// Begins a comparison, unless it is under way.
///
/// # Errors
/// [`QueueError`].
pub fn begin(tx: &Transaction<'_>, scope: Scope, now: Timestamp) -> Result<(), QueueError> {
    tx.prepare_cached("insert into sync_reconcile (scope, started_at) values (?1, ?2) on conflict do nothing")?
        .execute([scope.as_str(), &time::text(now)])?;
    // Another comparison may go by a snapshot again.
    tx.execute("delete from sync_snapshot where state = 'refused'", [])?;
    Ok(())
}

/// Begins to compare all that is the outlet's own. One that a life before this one had begun says nothing of what the hub
/// has had since.
///
/// # Errors
/// [`QueueError`].
pub fn begin_own(tx: &Transaction<'_>, now: Timestamp) -> Result<(), QueueError> {
    end(tx, Scope::Rejoin)?;
    begin(tx, Scope::Rejoin, now)
}

/// Begins to compare what is the outlet's own and settled, behind `after` up to `to`, or all of it. One that is under way
/// begins again, with all.
///
/// # Errors
/// [`QueueError`].
pub fn begin_settled(
    tx: &Transaction<'_>,
    range: Option<(&EntityRef, Option<&EntityRef>)>,
    now: Timestamp,
) -> Result<(), QueueError> {
    let (after, to) = range.unzip();
    let to = to.flatten();
    tx.prepare_cached(
        "insert into sync_reconcile (scope, after_type, after_id, to_type, to_id, started_at)
         values ('owned', coalesce(?1, ''), coalesce(?2, ''), ?3, ?4, ?5)
         on conflict (scope) do update set after_type = '', after_id = '', to_type = null, to_id = null",
    )?
    .execute(params![
        after.map(|of| &of.entity_type),
        after.map(|of| &of.entity_id),
        to.map(|of| &of.entity_type),
        to.map(|of| &of.entity_id),
        time::text(now)
    ])?;
    Ok(())
}

/// Begins to compare what is the outlet's own and settled, from `first` to `last`.
///
/// # Errors
/// [`QueueError`].
pub fn begin_settled_between(
    tx: &Transaction<'_>,
    first: &EntityRef,
    last: &EntityRef,
    now: Timestamp,
) -> Result<(), QueueError> {
    // It begins behind an entity: the last one before the first.
    let sql = "select entity_type, entity_id from sync_state where (entity_type, entity_id) < (?1, ?2)
        order by entity_type desc, entity_id desc";
    let mut before = tx.prepare_cached(sql)?;
    let mut before = before.query_map([&first.entity_type, &first.entity_id], |row| {
        Ok(EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? })
    })?;
    let before = before.find(ends_a_range).transpose()?;
    let start = EntityRef { entity_type: String::new(), entity_id: String::new() };
    begin_settled(tx, Some((before.as_ref().unwrap_or(&start), Some(last))), now)
}

/// An id that is no text has another place in the order of its bytes than in that of its escaped form.
pub(crate) fn ends_a_range(of: &rusqlite::Result<EntityRef>) -> bool {
    of.as_ref().map_or(true, |of| !is_escaped(&of.entity_id))
}

/// What a person may ask to be compared again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResyncScope {
    /// What outlets and head office share.
    Shared,
    /// What is the outlet's own.
    Owned,
    /// Both.
    All,
}

/// Compares again while the outlet runs; the worker does it.
///
/// # Errors
/// [`QueueError`].
pub fn again(tx: &Transaction<'_>, what: ResyncScope, now: Timestamp) -> Result<(), QueueError> {
    if what != ResyncScope::Shared {
        begin_settled(tx, None, now)?;
    }
    if what != ResyncScope::Owned {
        begin(tx, Scope::Shared, now)?;
    }
    Ok(())
}

/// Whether any comparison is under way.
///
/// # Errors
/// [`QueueError`].
pub fn any(tx: &Transaction<'_>) -> Result<bool, QueueError> {
    Ok(tx.prepare_cached("select exists (select 1 from sync_reconcile)")?.query_row([], |row| row.read(0))?)
}

/// The comparison of this scope, if it is under way.
///
/// # Errors
/// [`QueueError`].
pub fn under_way(tx: &Transaction<'_>, scope: Scope) -> Result<Option<UnderWay>, QueueError> {
    let sql = "select after_type, after_id, cursor, to_type, to_id from sync_reconcile where scope = ?1";
    let found = tx.prepare_cached(sql)?.query_row([scope.as_str()], |row| {
        let after = EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? };
        let to: (Option<String>, Option<String>) = (row.read(3)?, row.read(4)?);
        let to = to.0.zip(to.1).map(|(entity_type, entity_id)| EntityRef { entity_type, entity_id });
        Ok(UnderWay { scope, after, cursor: row.read(2)?, to })
    });
    Ok(found.optional()?)
}

/// The comparison that is to go on next: the outlet's own comes first. That of what is settled goes on between two
/// batches: see [`crate::reconcile::owned`].
///
/// # Errors
/// [`QueueError`].
pub fn next(tx: &Transaction<'_>) -> Result<Option<UnderWay>, QueueError> {
    Ok(match under_way(tx, Scope::Rejoin)? {
        Some(own) => Some(own),
        None => under_way(tx, Scope::Shared)?,
    })
}

/// A range was compared.
pub(crate) fn move_on(
    tx: &Transaction<'_>,
    scope: Scope,
    next: &EntityRef,
    cursor: Option<&str>,
) -> Result<(), QueueError> {
    tx.prepare_cached("update sync_reconcile set after_type = ?2, after_id = ?3, cursor = ?4 where scope = ?1")?
        .execute(params![scope.as_str(), next.entity_type, next.entity_id, cursor])?;
    Ok(())
}

/// The last range was compared.
pub(crate) fn end(tx: &Transaction<'_>, scope: Scope) -> Result<(), QueueError> {
    tx.execute("delete from sync_reconcile where scope = ?1", [scope.as_str()])?;
    Ok(())
}
