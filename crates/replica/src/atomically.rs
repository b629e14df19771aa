//! Work within a transaction that happens completely or not at all.

use rusqlite::Transaction;

use crate::error::QueueError;

/// Runs `work` completely or, if it fails, rolls it back; the transaction goes on.
///
/// # Errors
/// The error of `work`, or of the database.
pub(crate) fn atomically<T, E: From<QueueError>>(
    tx: &Transaction<'_>,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let execute = |sql: &str| tx.prepare_cached(sql).and_then(|mut s| s.execute([])).map_err(QueueError::from);
    execute("savepoint apply")?;
    let result = work();
    if result.is_err() {
        execute("rollback to apply")?;
    }
    execute("release apply")?;
    result
}
