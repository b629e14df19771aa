//! The outlet's cursor in the hub's streams.

use protocol::cursor::{CATALOG, Cursor, StreamPosition};
use protocol::updates::UpdatePage;
use rusqlite::{Transaction, params};
use sqlite::ReadRow;

use crate::chain::chain;
use crate::error::QueueError;

/// The outlet's state in a request for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// The outlet's cursor.
    pub cursor: Cursor,
    /// Id of the current epoch.
    pub epoch_id: String,
    /// Last batch that the hub accepted.
    pub at: Option<String>,
}

impl PullRequest {
    /// The request for the page after `page`, provided that all of `page` is applied.
    #[must_use]
    pub fn next(&self, page: &UpdatePage) -> Self {
        let mut next = self.clone();
        for change in &page.changes {
            position_mut(&mut next.cursor, &change.stream).clone_from(&change.position);
        }
        next
    }
}

/// The request for the next page.
///
/// # Errors
/// [`QueueError`].
pub fn pull_request(tx: &Transaction<'_>) -> Result<PullRequest, QueueError> {
    let chain = chain(tx)?;
    Ok(PullRequest { cursor: cursor(tx)?, epoch_id: chain.epoch.id, at: chain.position.batch_id })
}

/// The outlet's cursor.
///
/// # Errors
/// [`QueueError`].
pub fn cursor(tx: &Transaction<'_>) -> Result<Cursor, QueueError> {
    let mut position = tx.prepare_cached("select n, row_id from sync_cursors where stream = ?1")?;
    let mut at =
        |stream| position.query_row([stream], |row| Ok(StreamPosition { n: row.read(0)?, row_id: row.read(1)? }));
    Ok(Cursor { catalog: at("catalog")?, outlet: at("outlet")? })
}

/// Stores the outlet's cursor.
pub(crate) fn put_cursor(tx: &Transaction<'_>, cursor: &Cursor) -> Result<(), QueueError> {
    let mut put = tx.prepare_cached(
        "update sync_cursors set n = ?2, row_id = ?3 where stream = ?1 and (n, row_id) is not (?2, ?3)",
    )?;
    for (stream, position) in [("catalog", &cursor.catalog), ("outlet", &cursor.outlet)] {
        put.execute(params![stream, position.n, position.row_id])?;
    }
    Ok(())
}

pub(crate) fn position_mut<'c>(cursor: &'c mut Cursor, stream: &str) -> &'c mut StreamPosition {
    if stream == CATALOG { &mut cursor.catalog } else { &mut cursor.outlet }
}
