//! Comparisons with everything that the hub has, range by range: which are under way, and where each stands. A crash loses
//! at most the range that was under way.

use ::sync::wire::EntityRef;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use web::time;

use crate::sync::queue::QueueError;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The outlet's own: after it joined, before it pushes.
    Own,
    /// What outlets and head office share: after the streams were reset, after a gap, when someone asks.
    Shared,
}

impl Scope {
    fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
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

/// The comparison of this scope, if it is under way.
///
/// # Errors
/// [`QueueError`].
pub fn under_way(tx: &Transaction<'_>, scope: Scope) -> Result<Option<UnderWay>, QueueError> {
    let sql = "select after_type, after_id, cursor from sync_reconcile where scope = ?1";
    let found = tx.prepare_cached(sql)?.query_row([scope.as_str()], |row| {
        let after = EntityRef { entity_type: row.get(0)?, entity_id: row.get(1)? };
        Ok(UnderWay { scope, after, cursor: row.get(2)? })
    });
    Ok(found.optional()?)
}

/// The comparison that is to go on next: the outlet's own comes first.
///
/// # Errors
/// [`QueueError`].
pub fn next(tx: &Transaction<'_>) -> Result<Option<UnderWay>, QueueError> {
    Ok(match under_way(tx, Scope::Own)? {
        Some(own) => Some(own),
        None => under_way(tx, Scope::Shared)?,
    })
}

/// A range was compared.
pub(super) fn move_on(
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
pub(super) fn end(tx: &Transaction<'_>, scope: Scope) -> Result<(), QueueError> {
    tx.execute("delete from sync_reconcile where scope = ?1", [scope.as_str()])?;
    Ok(())
}
