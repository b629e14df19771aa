//! The ends of the streams that a comparison has seen: until the streams have shown each of these rows, nobody knows that the
//! hub still has what was taken.
//!
//! A comparison takes many pages, and the streams go on from the end that the first page named. A later page may have a
//! version from behind that place. A hub that is then restored to a moment in between still has the place, but not the
//! version, and nothing else tells the outlet. So each later end is stored, and the streams are read past it only if they
//! show that very row.

use protocol::cursor::{CATALOG, Cursor, StreamPosition};
use protocol::rule::{Rule, disabled};
use protocol::updates::UpdatePage;
use rusqlite::{Transaction, params};
use sqlite::ReadRow;

use crate::error::QueueError;

/// A range was read where the streams ended at `end`, in a comparison that began at `first`.
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

/// Whether the hub has lost one of them, as a page behind `from` shows. `is_last`: there was no more when it was read.
pub(crate) fn lost(tx: &Transaction<'_>, from: &Cursor, page: &UpdatePage, is_last: bool) -> Result<bool, QueueError> {
    if disabled(Rule::ExpectedHeads) {
        return Ok(false);
    }
    let mut statement = tx.prepare_cached("select stream, n, row_id from sync_expected_heads")?;
    let seen = statement.query_map([], |row| {
        let stream: String = row.read(0)?;
        Ok((stream == CATALOG, StreamPosition { n: row.read(1)?, row_id: row.read(2)? }))
    })?;
    for seen in seen {
        let (of_the_chain, end) = seen?;
        let before = if of_the_chain { &from.catalog } else { &from.outlet };
        let of_the_page = page.changes.iter().filter(|change| (change.stream == CATALOG) == of_the_chain);
        let rows = std::iter::once(before).chain(of_the_page.map(|change| &change.position));
        if end.is_among(rows, is_last) == Some(false) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The streams were read up to this cursor, and have shown what is stored up to there.
pub(crate) fn shown(tx: &Transaction<'_>, cursor: &Cursor) -> Result<(), QueueError> {
    tx.prepare_cached("delete from sync_expected_heads where n <= iif(stream = 'catalog', ?1, ?2)")?
        .execute([cursor.catalog.n, cursor.outlet.n])?;
    Ok(())
}

/// Everything is compared anew: what was seen before says nothing.
pub(crate) fn forget(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute("delete from sync_expected_heads", [])?;
    Ok(())
}
