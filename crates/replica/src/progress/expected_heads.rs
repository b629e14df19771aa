//! Stream heads at which a comparison read. Until the streams have shown each of them, the outlet cannot know that the
//! hub still has the versions that it read.
//!
//! A comparison takes many pages, and afterwards the streams continue at the head that the first page named. A later
//! page may contain a version from after that head. If the hub is then restored to a moment in between, it still has
//! the first head but not the version, and nothing else would reveal that. So each later head is stored, and the outlet
//! reads past it only if the stream shows that very row.

use protocol::cursor::{CATALOG, Cursor, StreamPosition};
use protocol::rule::{Rule, disabled};
use protocol::updates::UpdatePage;
use rusqlite::{Transaction, params};
use sqlite::ReadRow;

use crate::error::QueueError;

/// Stores the head `end` of a range in a comparison that began at `first`.
pub(crate) fn note(tx: &Transaction<'_>, first: &Cursor, end: &Cursor) -> Result<(), QueueError> {
    let mut put = tx.prepare_cached(
        "insert into sync_expected_heads (stream, n, row_id) values (?1, ?2, ?3) on conflict do nothing",
    )?;
    for (stream, first, end) in [("catalog", &first.catalog, &end.catalog), ("outlet", &first.outlet, &end.outlet)] {
        if first != end {
            put.execute(params![stream, end.n, end.row_id])?;
        }
    }
    Ok(())
}

/// Whether a page after `from` shows that the hub has lost a stored head. `is_last`: the hub had nothing more.
pub(crate) fn any_lost(
    tx: &Transaction<'_>,
    from: &Cursor,
    page: &UpdatePage,
    is_last: bool,
) -> Result<bool, QueueError> {
    if disabled(Rule::ExpectedHeads) {
        return Ok(false);
    }
    let mut statement = tx.prepare_cached("select stream, n, row_id from sync_expected_heads")?;
    let heads = statement.query_map([], |row| {
        let stream: String = row.read(0)?;
        Ok((stream == CATALOG, StreamPosition { n: row.read(1)?, row_id: row.read(2)? }))
    })?;
    for head in heads {
        let (is_catalog, end) = head?;
        let before = if is_catalog { &from.catalog } else { &from.outlet };
        let changes = page.changes.iter().filter(|change| (change.stream == CATALOG) == is_catalog);
        let rows = std::iter::once(before).chain(changes.map(|change| &change.position));
        if end.is_among(rows, is_last) == Some(false) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes the heads that the streams have shown up to this cursor.
pub(crate) fn delete_shown(tx: &Transaction<'_>, cursor: &Cursor) -> Result<(), QueueError> {
    tx.prepare_cached("delete from sync_expected_heads where n <= iif(stream = 'catalog', ?1, ?2)")?
        .execute([cursor.catalog.n, cursor.outlet.n])?;
    Ok(())
}

/// Deletes all heads: a new comparison begins.
pub(crate) fn clear(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute("delete from sync_expected_heads", [])?;
    Ok(())
}
