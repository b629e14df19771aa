//! Progress of a running snapshot, for people who wait for it.

use std::path::Path;

use rusqlite::{OptionalExtension, Transaction};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;

use crate::link::Link;
use crate::progress::snapshot::{file, part};

/// A running snapshot.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnapshotProgress {
    /// `fetching` from the hub, or `applying`.
    state: &'static str,
    /// When it began, RFC 3339 UTC.
    started_at: String,
    /// Bytes received.
    fetched_bytes: u64,
    /// Size of the file; null until this process knows it.
    total_bytes: Option<u64>,
    /// Entities applied.
    applied_entities: u64,
    /// Entities in the file; null until this process has read it.
    total_entities: Option<u64>,
}

/// The running snapshot. Without a link, as from the terminal, totals are unknown.
///
/// # Errors
/// The database failed.
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
