//! Cancels a comparison that a person has requested.

use rusqlite::Transaction;

use crate::error::QueueError;
use crate::progress::range::{Scope, end_requested, running_comparison};
use crate::progress::snapshot;
use crate::pull::owned::set_child_indexes;

/// Cancels a comparison that only a person wants. What it has repaired stays; what it has not compared may differ, as
/// before. Returns whether no comparison of this scope runs any more: one that sync needs as well goes on, and so does a
/// snapshot.
///
/// # Errors
/// [`QueueError`].
pub fn cancel(tx: &Transaction<'_>, scope: Scope) -> Result<bool, QueueError> {
    // A snapshot has no ranges between which it could end; its file is applied as a whole.
    if scope == Scope::Owned || !snapshot::is_running(tx)? {
        end_requested(tx, scope)?;
    }
    let has_ended = running_comparison(tx, scope)?.is_none();
    if has_ended && scope == Scope::Owned {
        set_child_indexes(tx, false)?;
    }
    Ok(has_ended)
}
