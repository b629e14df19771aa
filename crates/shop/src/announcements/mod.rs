//! Announcements from head office. They arrive by sync and are read-only at the outlet.

pub mod http;

use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::time;

/// An announcement from head office.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Announcement {
    /// UUIDv7.
    pub id: String,
    /// Title.
    pub title: String,
    /// Text; may be empty.
    pub body: String,
    /// Start of the period, RFC 3339; null: no start.
    pub starts_at: Option<String>,
    /// End of the period, RFC 3339; null: until head office withdraws it.
    pub ends_at: Option<String>,
}

/// A page of the announcements in force at `now`, newest first; `before` is the last id of the previous page.
///
/// # Errors
/// The error from SQLite.
pub fn in_force(
    tx: &Transaction<'_>,
    before: Option<&str>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Announcement>, Fault> {
    // Timestamps may have different formats and are compared as times. An unreadable one hides nothing.
    let mut statement = tx.prepare_cached(
        "select id, title, body, starts_at, ends_at from announcements
         where (?1 is null or rowid < (select rowid from announcements where id = ?1)) and coalesce(julianday(starts_at) <= julianday(?3), true)
           and coalesce(julianday(ends_at) > julianday(?3), true)
         order by rowid desc limit ?2",
    )?;
    let rows = statement.query_map(params![before.map(raw), limit, time::text(now)], |row| {
        Ok(Announcement {
            id: row.id(0)?,
            title: row.read(1)?,
            body: row.read::<Option<String>>(2)?.unwrap_or_default(),
            starts_at: row.read(3)?,
            ends_at: row.read(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
