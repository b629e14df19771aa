//! What head office has to say to its outlets. It comes by sync; nobody writes it here.

pub mod http;

use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::time;

/// Something that head office has to say.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Announcement {
    /// UUIDv7.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// In more of them; may be empty.
    pub body: String,
    /// RFC 3339; null: from the beginning.
    pub starts_at: Option<String>,
    /// RFC 3339; null: until it is taken back.
    pub ends_at: Option<String>,
}

/// A page of those in force at this time, newest first; `before` is the last id of the page before.
///
/// # Errors
/// What SQLite said.
pub fn in_force(
    tx: &Transaction<'_>,
    before: Option<&str>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Announcement>, Fault> {
    // Times come from elsewhere and are compared as times. One that cannot be read hides nothing.
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
