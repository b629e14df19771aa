//! What the audit log says about master data: which values were created, changed or deleted, and by whom. Other deeds
//! are recorded by their commands.

use access::audit::{Author, Deed, record_change};
use domain::audit::AuditAction;
use rusqlite::Transaction;
use serde::Serialize;
use sqlite::Fault;
use web::time;

/// Records a change of master data: `None` before it exists or after it is deleted.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn changed<R: Serialize>(
    tx: &Transaction<'_>,
    by: Author<'_>,
    (entity, id): (&str, &str),
    (before, after): (Option<&R>, Option<&R>),
) -> Result<(), Fault> {
    let action = match (before, after) {
        (None, _) => AuditAction::Created,
        (_, None) => AuditAction::Deleted,
        _ => AuditAction::Changed,
    };
    record_change(tx, by, Deed::new(action).to(entity, id), (before, after), time::now())
}
