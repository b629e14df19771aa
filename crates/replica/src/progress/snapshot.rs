//! The state of a snapshot: being fetched, being applied, or none.

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
use crate::progress::range::{Scope, running_comparison};

/// A running snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotState {
    /// The file is being fetched; `ETag` of the part on disk.
    Fetching(Option<String>),
    /// The file was checked and is being applied.
    Applying(Applying),
}

/// A file that is being applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applying {
    /// Hash of its lines.
    pub content: String,
    /// Whether shared entities are applied too; false if this outlet has read further already.
    pub shared: bool,
    /// Lines that were applied.
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

/// Removes the files that a crash after the last transaction left beside a database without a running snapshot. Needs a
/// write transaction, because a command that begins a snapshot places its file within one.
///
/// # Errors
/// [`QueueError`].
pub fn tidy(tx: &Transaction<'_>, db: &Path) -> Result<(), QueueError> {
    if running_snapshot(tx)?.is_none() {
        for path in [file(db), part(db)] {
            let _ = std::fs::remove_file(path);
        }
    }
    Ok(())
}

/// Begins to fetch a snapshot, unless one was refused during this comparison; returns whether one is running.
///
/// # Errors
/// [`QueueError`].
pub fn request(tx: &Transaction<'_>, now: Timestamp) -> Result<bool, QueueError> {
    tx.execute(
        "insert into sync_snapshot (id, state, started_at) values (1, 'fetching', ?1) on conflict do nothing",
        [time::text(now)],
    )?;
    is_running(tx)
}

/// Whether a snapshot is running: pages of the streams wait for it.
///
/// # Errors
/// The database failed.
pub fn is_running(tx: &Transaction<'_>) -> Result<bool, QueueError> {
    let sql = "select 1 from sync_snapshot where state <> 'refused'";
    Ok(tx.prepare_cached(sql)?.exists([])?)
}

/// The running snapshot.
///
/// # Errors
/// [`QueueError`].
pub fn running_snapshot(tx: &Transaction<'_>) -> Result<Option<SnapshotState>, QueueError> {
    let sql = "select state, etag, content, shared, lines from sync_snapshot where state <> 'refused'";
    let found = tx.prepare_cached(sql)?.query_row([], |row| {
        Ok(match row.read::<String>(0)?.as_str() {
            "fetching" => SnapshotState::Fetching(row.read(1)?),
            _ => {
                let content: Option<String> = row.read(2)?;
                let content = content.unwrap_or_default();
                SnapshotState::Applying(Applying { content, shared: row.read(3)?, lines: row.read(4)? })
            }
        })
    });
    Ok(found.optional()?)
}

/// Stores the `ETag` of the file that is being fetched; `None`: the file on disk cannot be used.
pub(crate) fn set_etag(tx: &Transaction<'_>, etag: Option<&str>) -> Result<(), QueueError> {
    tx.execute("update sync_snapshot set etag = ?1 where state = 'fetching'", [etag])?;
    Ok(())
}

/// Abandons a snapshot: everything is compared range by range.
pub(crate) fn refuse(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute("update sync_snapshot set state = 'refused', etag = null, content = null", [])?;
    Ok(())
}

/// Ends the snapshot; a comparison may request another one.
pub(crate) fn clear(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute("delete from sync_snapshot", [])?;
    Ok(())
}

/// Begins to apply the checked file beside the database; returns the parts that are applied.
///
/// # Errors
/// [`QueueError`].
pub fn begin(tx: &Transaction<'_>, head: &Head, content: &str, now: Timestamp) -> Result<Parts, QueueError> {
    let parts = Parts { shared: has_news(tx, head)?, owned: owned_applies(tx, head)? };
    if !parts.shared && !parts.owned {
        clear(tx)?;
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

/// The parts of a snapshot that an outlet can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// The shared entities: the outlet has not read as far, or has to compare everything.
    pub shared: bool,
    /// The outlet's documents: it has just enrolled, and the hub has received nothing from this epoch.
    pub owned: bool,
}

fn has_news(tx: &Transaction<'_>, head: &Head) -> Result<bool, QueueError> {
    let ours = cursor::cursor(tx)?;
    let theirs = cursor_of(head)?;
    let is_newer = theirs.catalog.n >= ours.catalog.n && theirs.outlet.n >= ours.outlet.n && theirs != ours;
    let nothing_read = ours == Cursor::default();
    Ok(is_newer || nothing_read || running_comparison(tx, Scope::Shared)?.is_some())
}

/// Whether nothing was pushed since the file was made, so that its documents of the outlet are current.
pub(crate) fn owned_applies(tx: &Transaction<'_>, head: &Head) -> Result<bool, QueueError> {
    let ours = chain(tx)?;
    let same = ours.epoch == head.epoch && ours.position.batch_id == head.batch_id;
    Ok(same && running_comparison(tx, Scope::Rejoin)?.is_some())
}

pub(crate) fn cursor_of(head: &Head) -> Result<Cursor, QueueError> {
    head.cursor.parse().map_err(|error: protocol::cursor::InvalidCursor| QueueError::Unreadable(error.to_string()))
}
