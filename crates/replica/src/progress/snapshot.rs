//! The snapshot that is under way: wanted, being applied, or none.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use protocol::cursor::Cursor;
use protocol::snapshot::Head;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{ReadRow, sibling};
use web::time;

use crate::chain::chain;
use crate::error::QueueError;
use crate::progress::cursor;
use crate::progress::range::{Scope, under_way as comparison};

/// What has become of a snapshot so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnderWay {
    /// A file is being fetched: the `ETag` of the one that was begun.
    Wanted(Option<String>),
    /// The file is here and checked.
    Applying(Applying),
}

/// A file that is being applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applying {
    /// What its lines hash to.
    pub content: String,
    /// Also what is shared: false where this outlet has read further already.
    pub shared: bool,
    /// Lines that are applied.
    pub lines: u64,
}

/// The file beside a database.
#[must_use]
pub fn file(db: &Path) -> PathBuf {
    sibling(db, ".snapshot")
}

/// The file while it is being fetched.
#[must_use]
pub fn part(db: &Path) -> PathBuf {
    sibling(db, ".snapshot.part")
}

/// Removes what a crash between the last transaction and the removal has left beside a database for which no snapshot is
/// under way. In a transaction that writes: a command that begins one puts its file there in such a transaction.
///
/// # Errors
/// [`QueueError`].
pub fn tidy(tx: &Transaction<'_>, db: &Path) -> Result<(), QueueError> {
    if under_way(tx)?.is_none() {
        for path in [file(db), part(db)] {
            let _ = std::fs::remove_file(path);
        }
    }
    Ok(())
}

/// A snapshot is to be fetched, unless one was refused in this comparison; says whether.
///
/// # Errors
/// [`QueueError`].
pub fn want(tx: &Transaction<'_>, now: Timestamp) -> Result<bool, QueueError> {
    tx.execute(
        "insert into sync_snapshot (id, state, started_at) values (1, 'fetching', ?1) on conflict do nothing",
        [time::text(now)],
    )?;
    holds(tx)
}

/// Whether one is under way: pages of the streams wait for it.
///
/// # Errors
/// What SQLite said.
pub fn holds(tx: &Transaction<'_>) -> Result<bool, QueueError> {
    let sql = "select 1 from sync_snapshot where state <> 'refused'";
    Ok(tx.prepare_cached(sql)?.exists([])?)
}

/// The one that is under way.
///
/// # Errors
/// [`QueueError`].
pub fn under_way(tx: &Transaction<'_>) -> Result<Option<UnderWay>, QueueError> {
    let sql = "select state, etag, content, shared, lines from sync_snapshot where state <> 'refused'";
    let found = tx.prepare_cached(sql)?.query_row([], |row| {
        Ok(match row.read::<String>(0)?.as_str() {
            "fetching" => UnderWay::Wanted(row.read(1)?),
            _ => {
                let content: Option<String> = row.read(2)?;
                let content = content.unwrap_or_default();
                UnderWay::Applying(Applying { content, shared: row.read(3)?, lines: row.read(4)? })
            }
        })
    });
    Ok(found.optional()?)
}

/// A file with this `ETag` was begun; none: what was begun is of no use.
pub(crate) fn begun(tx: &Transaction<'_>, etag: Option<&str>) -> Result<(), QueueError> {
    tx.execute("update sync_snapshot set etag = ?1 where state = 'fetching'", [etag])?;
    Ok(())
}

/// No snapshot after all: everything is compared range by range.
pub(crate) fn refuse(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute("update sync_snapshot set state = 'refused', etag = null, content = null", [])?;
    Ok(())
}

/// Nothing is under way any more; a comparison that waited for it may ask for another one.
pub(crate) fn forget(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute("delete from sync_snapshot", [])?;
    Ok(())
}

/// The file beside the database is checked and is applied from now on. Says what of it.
///
/// # Errors
/// [`QueueError`].
pub fn begin(tx: &Transaction<'_>, head: &Head, content: &str, now: Timestamp) -> Result<Parts, QueueError> {
    let parts = Parts { shared: brings_news(tx, head)?, owned: own_applies(tx, head)? };
    if !parts.shared && !parts.owned {
        forget(tx)?;
        return Ok(parts);
    }
    tx.execute(
        "insert into sync_snapshot (id, state, content, shared, started_at) values (1, 'applying', ?1, ?2, ?3)
         on conflict (id) do update set state = 'applying', etag = null, content = excluded.content,
           shared = excluded.shared, lines = 0",
        params![content, parts.shared, time::text(now)],
    )?;
    Ok(parts)
}

/// What of a snapshot an outlet can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// What is shared: the outlet has not read as far, or is to compare everything.
    pub shared: bool,
    /// Its own documents: it has just joined, and the hub has had nothing of this life since.
    pub owned: bool,
}

fn brings_news(tx: &Transaction<'_>, head: &Head) -> Result<bool, QueueError> {
    let ours = cursor::cursor(tx)?;
    let theirs = cursor_of(head)?;
    let further = theirs.catalog.n >= ours.catalog.n && theirs.outlet.n >= ours.outlet.n && theirs != ours;
    let nothing_read = ours == Cursor::default();
    Ok(further || nothing_read || comparison(tx, Scope::Shared)?.is_some())
}

/// Nothing was pushed since the file was made: what it says of the outlet's own is what the hub has.
pub(crate) fn own_applies(tx: &Transaction<'_>, head: &Head) -> Result<bool, QueueError> {
    let ours = chain(tx)?;
    let same = ours.epoch == head.epoch && ours.position.batch_id == head.batch_id;
    Ok(same && comparison(tx, Scope::Rejoin)?.is_some())
}

pub(crate) fn cursor_of(head: &Head) -> Result<Cursor, QueueError> {
    head.cursor.parse().map_err(|error: protocol::cursor::InvalidCursor| QueueError::Unreadable(error.to_string()))
}
