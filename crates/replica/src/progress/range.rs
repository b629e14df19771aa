//! Running comparisons with all data of the hub, range by range. A crash loses at most the current range.

use jiff::Timestamp;
use protocol::wire::EntityRef;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::ReadRow;
use sqlite::text::is_escaped;
use web::time;

use crate::error::QueueError;

/// Scope of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Outlet-owned entities: after enrollment, before the first push.
    Rejoin,
    /// Outlet-owned, acknowledged entities: on request, while the outlet runs.
    Owned,
    /// Shared entities: after a stream reset, after a gap, or on request.
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

/// A running comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Scope of the comparison.
    pub scope: Scope,
    /// The end of the last compared range; empty names at the start.
    pub after: EntityRef,
    /// Where the streams continue after the last range; `None` at the start.
    pub cursor: Option<String>,
    /// The end of the comparison; `None`: compare to the end.
    pub to: Option<EntityRef>,
}

impl Comparison {
    /// Whether no range was compared yet.
    #[must_use]
    pub fn is_at_start(&self) -> bool {
        self.after.entity_type.is_empty()
    }
}

/// Begins a comparison that sync needs, unless one is running; nobody can cancel it then.
///
/// # Errors
/// [`QueueError`].
pub fn begin(tx: &Transaction<'_>, scope: Scope, now: Timestamp) -> Result<(), QueueError> {
    begin_for(tx, scope, false, now)
}

fn begin_for(tx: &Transaction<'_>, scope: Scope, requested: bool, now: Timestamp) -> Result<(), QueueError> {
    tx.prepare_cached(
        "insert into sync_reconcile (scope, requested, started_at) values (?1, ?2, ?3)
         on conflict (scope) do update set requested = min(requested, excluded.requested)",
    )?
    .execute(params![scope.as_str(), requested, time::text(now)])?;
    // The new comparison may use a snapshot again.
    tx.execute("delete from sync_snapshot where state = 'refused'", [])?;
    Ok(())
}

/// Begins to compare all outlet-owned entities. Replaces a comparison from an earlier epoch, which says nothing about
/// what the hub received since.
///
/// # Errors
/// [`QueueError`].
pub fn begin_rejoin(tx: &Transaction<'_>, now: Timestamp) -> Result<(), QueueError> {
    end(tx, Scope::Rejoin)?;
    begin(tx, Scope::Rejoin, now)
}

/// Begins to compare the acknowledged outlet-owned entities after `after` up to `to`, or all of them. A running one
/// restarts and compares all of them. `requested`: only a person wants it, who may cancel it.
///
/// # Errors
/// [`QueueError`].
pub fn begin_owned(
    tx: &Transaction<'_>,
    range: Option<(&EntityRef, Option<&EntityRef>)>,
    requested: bool,
    now: Timestamp,
) -> Result<(), QueueError> {
    let (after, to) = range.unzip();
    let to = to.flatten();
    tx.prepare_cached(
        "insert into sync_reconcile (scope, after_type, after_id, to_type, to_id, requested, started_at)
         values ('owned', coalesce(?1, ''), coalesce(?2, ''), ?3, ?4, ?5, ?6)
         on conflict (scope) do update set after_type = '', after_id = '', to_type = null, to_id = null,
           requested = min(requested, excluded.requested)",
    )?
    .execute(params![
        after.map(|of| &of.entity_type),
        after.map(|of| &of.entity_id),
        to.map(|of| &of.entity_type),
        to.map(|of| &of.entity_id),
        requested,
        time::text(now)
    ])?;
    Ok(())
}

/// Begins to compare the acknowledged outlet-owned entities from `first` to `last`.
///
/// # Errors
/// [`QueueError`].
pub fn begin_owned_between(
    tx: &Transaction<'_>,
    first: &EntityRef,
    last: &EntityRef,
    now: Timestamp,
) -> Result<(), QueueError> {
    // A range begins after an entity: find the last one before `first`.
    let sql = "select entity_type, entity_id from sync_state where (entity_type, entity_id) < (?1, ?2)
        order by entity_type desc, entity_id desc";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query_map([&first.entity_type, &first.entity_id], |row| {
        Ok(EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? })
    })?;
    let before = rows.find(ends_a_range).transpose()?;
    let start = EntityRef { entity_type: String::new(), entity_id: String::new() };
    begin_owned(tx, Some((before.as_ref().unwrap_or(&start), Some(last))), false, now)
}

/// Whether a range may end here. An id that is not text sorts differently by its bytes than in its escaped form.
pub(crate) fn ends_a_range(of: &rusqlite::Result<EntityRef>) -> bool {
    of.as_ref().map_or(true, |of| !is_escaped(&of.entity_id))
}

/// Scopes that a person can compare again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResyncScope {
    /// Shared entities.
    Shared,
    /// Outlet-owned entities.
    Owned,
    /// Both.
    All,
}

/// Begins comparisons for the worker to carry out while the outlet runs.
///
/// # Errors
/// [`QueueError`].
pub fn resync(tx: &Transaction<'_>, scope: ResyncScope, now: Timestamp) -> Result<(), QueueError> {
    if scope != ResyncScope::Shared {
        begin_owned(tx, None, true, now)?;
    }
    if scope != ResyncScope::Owned {
        begin_for(tx, Scope::Shared, true, now)?;
    }
    Ok(())
}

impl ResyncScope {
    /// Its comparisons.
    #[must_use]
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Shared => &[Scope::Shared],
            Self::Owned => &[Scope::Owned],
            Self::All => &[Scope::Owned, Scope::Shared],
        }
    }
}

/// The running comparisons that only a person wants.
///
/// # Errors
/// [`QueueError`].
pub fn requested(tx: &Transaction<'_>) -> Result<Option<ResyncScope>, QueueError> {
    let sql = "select count(*) filter (where scope = 'owned') > 0, count(*) filter (where scope = 'shared') > 0
        from sync_reconcile where requested = 1";
    let found = tx.prepare_cached(sql)?.query_row([], |row| Ok((row.read::<bool>(0)?, row.read::<bool>(1)?)))?;
    Ok(match found {
        (true, true) => Some(ResyncScope::All),
        (true, false) => Some(ResyncScope::Owned),
        (false, true) => Some(ResyncScope::Shared),
        (false, false) => None,
    })
}

/// Ends a comparison that only a person wants; one that sync needs as well goes on.
pub(crate) fn end_requested(tx: &Transaction<'_>, scope: Scope) -> Result<(), QueueError> {
    tx.execute("delete from sync_reconcile where scope = ?1 and requested = 1", [scope.as_str()])?;
    Ok(())
}

/// Whether any comparison is running.
///
/// # Errors
/// [`QueueError`].
pub fn any_running(tx: &Transaction<'_>) -> Result<bool, QueueError> {
    Ok(tx.prepare_cached("select exists (select 1 from sync_reconcile)")?.query_row([], |row| row.read(0))?)
}

/// The running comparison of this scope.
///
/// # Errors
/// [`QueueError`].
pub fn running_comparison(tx: &Transaction<'_>, scope: Scope) -> Result<Option<Comparison>, QueueError> {
    let sql = "select after_type, after_id, cursor, to_type, to_id from sync_reconcile where scope = ?1";
    let found = tx.prepare_cached(sql)?.query_row([scope.as_str()], |row| {
        let after = EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? };
        let to: (Option<String>, Option<String>) = (row.read(3)?, row.read(4)?);
        let to = to.0.zip(to.1).map(|(entity_type, entity_id)| EntityRef { entity_type, entity_id });
        Ok(Comparison { scope, after, cursor: row.read(2)?, to })
    });
    Ok(found.optional()?)
}

/// The comparison to continue next: first the one after enrollment. Acknowledged outlet-owned entities are compared
/// between two batches instead; see [`crate::reconcile::owned`].
///
/// # Errors
/// [`QueueError`].
pub fn next(tx: &Transaction<'_>) -> Result<Option<Comparison>, QueueError> {
    Ok(match running_comparison(tx, Scope::Rejoin)? {
        Some(rejoin) => Some(rejoin),
        None => running_comparison(tx, Scope::Shared)?,
    })
}

/// Moves a comparison to the next range.
pub(crate) fn advance(
    tx: &Transaction<'_>,
    scope: Scope,
    next: &EntityRef,
    cursor: Option<&str>,
) -> Result<(), QueueError> {
    tx.prepare_cached("update sync_reconcile set after_type = ?2, after_id = ?3, cursor = ?4 where scope = ?1")?
        .execute(params![scope.as_str(), next.entity_type, next.entity_id, cursor])?;
    Ok(())
}

/// Ends a comparison.
pub(crate) fn end(tx: &Transaction<'_>, scope: Scope) -> Result<(), QueueError> {
    tx.execute("delete from sync_reconcile where scope = ?1", [scope.as_str()])?;
    Ok(())
}
