//! How far a snapshot that is under way has come, for people who wait for it.

use std::path::Path;

use rusqlite::{OptionalExtension, Transaction};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;

use crate::link::Link;
use crate::progress::snapshot::{file, part};

/// A snapshot that is under way.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnapshotProgress {
    /// `fetching` from the hub, or `applying` what has come.
    state: &'static str,
    /// Since when, RFC 3339 UTC.
    started_at: String,
    /// Bytes that are here.
    fetched_bytes: u64,
    /// Of how many; null until the hub has said so to this process.
    total_bytes: Option<u64>,
    /// Entities that are applied.
    applied_entities: u64,
    /// Of how many; null until this process has read the file.
    total_entities: Option<u64>,
}

/// The one that is under way. Without a link, as from the terminal, nothing is said of how much there is.
///
/// # Errors
/// What SQLite said.
pub fn progress(tx: &Transaction<'_>, link: Option<&Link>) -> Result<Option<SnapshotProgress>, Fault> {
    let sql = "select state = 'applying', lines, started_at from sync_snapshot where state <> 'refused'";
    let found =
        tx.prepare_cached(sql)?.query_row([], |row| Ok((row.read(0)?, row.read(1)?, row.read(2)?))).optional()?;
    let Some((applying, applied_entities, started_at)) = found else { return Ok(None) };
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    let db = Path::new(tx.path().unwrap_or_default());
    let totals = link.map(Link::snapshot_totals).unwrap_or_default();
    let fetched_bytes = bytes(&if applying { file(db) } else { part(db) });
    Ok(Some(SnapshotProgress {
        state: if applying { "applying" } else { "fetching" },
        started_at,
        fetched_bytes,
        total_bytes: if applying { Some(fetched_bytes) } else { totals.bytes },
        applied_entities,
        total_entities: totals.entities.filter(|_| applying),
    }))
}
