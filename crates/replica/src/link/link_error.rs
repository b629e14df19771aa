//! The last failed request of each direction, stored until one succeeds: doctor, status, health and the terminal read
//! the same row, also after a restart and without a server.
//!
//! Nothing here stops sync: `protocol::session` schedules the next attempt, and there always is one.

use jiff::SignedDuration;
use rusqlite::{Transaction, params};
use serde::Serialize;
use sqlite::{Db, Fault, ReadRow};
use utoipa::ToSchema;
use web::messages::{Message, Reason, ShownReason};
use web::{Notice, time};

use crate::error::QueueError;
use crate::link::{Link, now_ms};

/// Kind of request. Each has its own row: a hub may accept batches and refuse to answer queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// A batch.
    Push,
    /// A query for changes or for the hub's position.
    Pull,
    /// Events of the audit log.
    Audit,
}

impl Direction {
    /// All directions.
    pub const ALL: &[Self] = &[Self::Push, Self::Pull, Self::Audit];

    fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Pull => "pull",
            Self::Audit => "audit",
        }
    }
}

/// A failed request to the hub.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SyncLinkError)]
pub struct LinkError {
    /// `push`: a batch; `pull`: a query for the hub's changes; `audit`: events of the audit log.
    pub direction: String,
    /// Whether the hub, or a program in its place, refuses this outlet; false: it could not be reached, or failed.
    pub refused: bool,
    /// What is wrong and what to do: a code of the hub, for example `outlet_revoked`, or of the link, for example
    /// `unreachable`.
    #[serde(flatten)]
    pub reason: ShownReason,
    /// When the first of the consecutive attempts failed, RFC 3339 UTC.
    pub since: String,
    /// When the last one failed.
    pub at: String,
    /// When the next attempt is due.
    pub next_try_at: Option<String>,
}

/// Stores a failed attempt, and when the next one in its direction is due.
///
/// # Errors
/// The database failed.
pub async fn store(
    db: &Db,
    link: &Link,
    direction: Direction,
    refused: bool,
    reason: &Reason,
) -> Result<(), QueueError> {
    link.note_error(direction);
    let due_ms = link.session(|session| match direction {
        Direction::Push => session.ready_at_ms(),
        Direction::Pull | Direction::Audit => session.pull_ready_at_ms(),
    });
    let wait = SignedDuration::from_millis(i64::try_from(due_ms.saturating_sub(now_ms())).unwrap_or(i64::MAX));
    let now = time::now();
    let (now_text, next_try_at) = (time::text(now), now.checked_add(wait).ok().map(time::text));
    let reason = reason.clone();
    db.write_background(move |tx| {
        tx.prepare_cached(
            "insert into sync_link_errors (direction, refused, code, args, message, since, at, next_try_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)
             on conflict (direction) do update set refused = excluded.refused, code = excluded.code, args = excluded.args,
               message = excluded.message, at = excluded.at, next_try_at = excluded.next_try_at",
        )?
        .execute(params![
            direction.as_str(),
            refused,
            reason.code(),
            reason.args_json(),
            reason.text(),
            now_text,
            next_try_at
        ])?;
        Ok::<_, QueueError>(())
    })
    .await
}

/// A request in this direction succeeded: deletes its error.
///
/// # Errors
/// The database failed.
pub async fn clear(db: &Db, link: &Link, direction: Direction) -> Result<(), QueueError> {
    if !link.clear_error(direction) {
        return Ok(());
    }
    let direction_name = direction.as_str();
    db.write_background(move |tx| {
        tx.prepare_cached("delete from sync_link_errors where direction = ?1")?.execute([direction_name])?;
        Ok::<_, QueueError>(())
    })
    .await
}

/// The current error of a push or a pull: refusals first, then the latest; `None` if the last request in each of these
/// directions succeeded.
///
/// # Errors
/// The database failed.
pub fn find(tx: &Transaction<'_>) -> Result<Option<LinkError>, Fault> {
    first(tx, "direction <> 'audit'")
}

/// Why the audit log could not be sent. It says nothing about sync, which goes on.
///
/// # Errors
/// The database failed.
pub fn of_audit(tx: &Transaction<'_>) -> Result<Option<LinkError>, Fault> {
    first(tx, "direction = 'audit'")
}

fn first(tx: &Transaction<'_>, condition: &str) -> Result<Option<LinkError>, Fault> {
    let mut statement = tx.prepare_cached(&format!(
        "select direction, refused, since, at, next_try_at, code, args, message from sync_link_errors
         where {condition} order by refused desc, rowid desc limit 1"
    ))?;
    let mut rows = statement.query_map([], |row| {
        Ok(LinkError {
            direction: row.read(0)?,
            refused: row.read(1)?,
            since: row.read(2)?,
            at: row.read(3)?,
            next_try_at: row.read(4)?,
            reason: Reason::read(row, 5)?.unwrap_or_default().into(),
        })
    })?;
    Ok(rows.next().transpose()?)
}

/// When the oldest current error of a push or a pull began.
///
/// # Errors
/// The database failed.
pub fn since(tx: &Transaction<'_>) -> Result<Option<String>, Fault> {
    Ok(tx
        .prepare_cached("select min(since) from sync_link_errors where direction <> 'audit'")?
        .query_row([], |row| row.read(0))?)
}

impl LinkError {
    /// The problem, since when, and when the next attempt is due.
    #[must_use]
    pub fn to_message(&self) -> Message {
        let message = self.reason.message.0.clone();
        if !self.refused {
            return message;
        }
        let message = Notice::RefusedSince.with("message", message).with("since", self.since.as_str());
        message.with("next", self.next_try_at.as_deref().unwrap_or("none"))
    }
}
