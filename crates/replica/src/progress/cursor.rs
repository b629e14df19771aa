//! How far the streams of the hub were read.

use protocol::cursor::{CATALOG, Cursor, StreamPosition};
use protocol::updates::UpdatePage;
use rusqlite::{Transaction, params};
use sqlite::ReadRow;

use crate::chain::chain;
use crate::error::QueueError;

/// What a request for a page said of the outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// How far the streams were read.
    pub cursor: Cursor,
    /// The random id of this life of the database.
    pub epoch_id: String,
    /// Where the outlet stood in its chain.
    pub at: Option<String>,
}

impl PullRequest {
    /// What a request for the page behind `page` says, if all of that one is taken.
    #[must_use]
    pub fn behind(&self, page: &UpdatePage) -> Self {
        let mut behind = self.clone();
        for change in &page.changes {
            place(&mut behind.cursor, &change.stream).clone_from(&change.position);
        }
        behind
    }
}

/// Reads what a request for the next page says.
///
/// # Errors
/// [`QueueError`].
pub fn ask(tx: &Transaction<'_>) -> Result<PullRequest, QueueError> {
    let chain = chain(tx)?;
    Ok(PullRequest { cursor: cursor(tx)?, epoch_id: chain.epoch.id, at: chain.position.batch_id })
}

/// How far the streams were read.
///
/// # Errors
/// [`QueueError`].
pub fn cursor(tx: &Transaction<'_>) -> Result<Cursor, QueueError> {
    let mut place = tx.prepare_cached("select n, row_id from sync_cursors where stream = ?1")?;
    let mut at = |stream| place.query_row([stream], |row| Ok(StreamPosition { n: row.read(0)?, row_id: row.read(1)? }));
    Ok(Cursor { catalog: at("catalog")?, outlet: at("outlet")? })
}

/// Keeps how far the streams were read.
pub(crate) fn put_cursor(tx: &Transaction<'_>, cursor: &Cursor) -> Result<(), QueueError> {
    let mut put = tx.prepare_cached(
        "update sync_cursors set n = ?2, row_id = ?3 where stream = ?1 and (n, row_id) is not (?2, ?3)",
    )?;
    for (stream, place) in [("catalog", &cursor.catalog), ("outlet", &cursor.outlet)] {
        put.execute(params![stream, place.n, place.row_id])?;
    }
    Ok(())
}

pub(crate) fn place<'c>(cursor: &'c mut Cursor, stream: &str) -> &'c mut StreamPosition {
    if stream == CATALOG { &mut cursor.catalog } else { &mut cursor.outlet }
}
