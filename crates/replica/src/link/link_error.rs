//! Why the hub did not take the last request of a kind, stored until it takes one: doctor, status, health and the terminal
//! read the same row, also after a restart and without a server.
//!
//! Nothing here stops sync: `sync::session` says when the next try is due, and there always is one.

use jiff::SignedDuration;
use rusqlite::{Transaction, params};
use serde::Serialize;
use sqlite::{Db, Fault, ReadRow};
use utoipa::ToSchema;
use web::time;

use crate::error::QueueError;
use crate::link::{Link, now_ms};

/// What was asked of the hub. Each has a row of its own: a hub may take batches and refuse to show its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To take a batch.
    Push,
    /// To show its changes, or where it stands.
    Pull,
}

impl Direction {
    /// Both.
    pub const ALL: &[Self] = &[Self::Push, Self::Pull];

    fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Pull => "pull",
        }
    }
}

/// A request that the hub did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncLinkError)]
pub struct LinkError {
    /// push: a batch; pull: the hub's changes.
    pub direction: String,
    /// The hub, or a program that speaks as it, refuses this outlet; false: it could not be reached, or failed.
    pub refused: bool,
    /// The hub's code, for example `unauthorized` or `outlet_revoked`; `unreachable` or `failed` where it gave none.
    pub code: String,
    /// In words, with what to do.
    pub message: String,
    /// When the first try failed of those that have failed in a row, RFC 3339 UTC.
    pub since: String,
    /// When the latest did.
    pub at: String,
    /// When the next one is due.
    pub next_try_at: Option<String>,
}

/// Stores a failed try, and when the next one of its kind is due.
///
/// # Errors
/// What SQLite said.
pub async fn store(
    db: &Db,
    link: &Link,
    direction: Direction,
    refused: bool,
    code: &str,
    message: &str,
) -> Result<(), QueueError> {
    link.trouble(direction);
    let due_ms = link.session(|session| match direction {
        Direction::Push => session.ready_at_ms(),
        Direction::Pull => session.pull_ready_at_ms(),
    });
    let wait = SignedDuration::from_millis(i64::try_from(due_ms.saturating_sub(now_ms())).unwrap_or(i64::MAX));
    let now = time::now();
    let trouble = LinkError {
        direction: direction.as_str().to_owned(),
        refused,
        code: code.to_owned(),
        message: message.to_owned(),
        since: time::text(now),
        at: time::text(now),
        next_try_at: now.checked_add(wait).ok().map(time::text),
    };
    db.write_background(move |tx| Ok::<_, QueueError>(put(tx, &trouble)?)).await
}

fn put(tx: &Transaction<'_>, trouble: &LinkError) -> Result<(), Fault> {
    tx.prepare_cached(
        "insert into sync_link_errors (direction, refused, code, message, since, at, next_try_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         on conflict (direction) do update set refused = excluded.refused, code = excluded.code, message = excluded.message,
           at = excluded.at, next_try_at = excluded.next_try_at",
    )?
    .execute(params![
        trouble.direction,
        trouble.refused,
        trouble.code,
        trouble.message,
        trouble.since,
        trouble.at,
        trouble.next_try_at
    ])?;
    Ok(())
}

/// The hub took a request of this kind.
///
/// # Errors
/// What SQLite said.
pub async fn over(db: &Db, link: &Link, direction: Direction) -> Result<(), QueueError> {
    if !link.end_trouble(direction) {
        return Ok(());
    }
    let word = direction.as_str();
    db.write_background(move |tx| {
        tx.prepare_cached("delete from sync_link_errors where direction = ?1")?.execute([word])?;
        Ok::<_, QueueError>(())
    })
    .await
}

/// What is in trouble: refusals first, then the latest; none: the hub took the last request of each kind.
///
/// # Errors
/// What SQLite said.
pub fn find(tx: &Transaction<'_>) -> Result<Option<LinkError>, Fault> {
    let mut statement = tx.prepare_cached(
        "select direction, refused, code, message, since, at, next_try_at from sync_link_errors order by refused desc, rowid desc limit 1",
    )?;
    let mut rows = statement.query_map([], |row| {
        Ok(LinkError {
            direction: row.read(0)?,
            refused: row.read(1)?,
            code: row.read(2)?,
            message: row.read(3)?,
            since: row.read(4)?,
            at: row.read(5)?,
            next_try_at: row.read(6)?,
        })
    })?;
    Ok(rows.next().transpose()?)
}

/// Since when the hub has not taken what it was asked for.
///
/// # Errors
/// What SQLite said.
pub fn since(tx: &Transaction<'_>) -> Result<Option<String>, Fault> {
    Ok(tx.prepare_cached("select min(since) from sync_link_errors")?.query_row([], |row| row.read(0))?)
}

impl LinkError {
    /// The sentence for people, with when the next try is due.
    #[must_use]
    pub fn sentence(&self) -> String {
        let next = self.next_try_at.as_deref().map(|at| format!(" The next try is due at {at}.")).unwrap_or_default();
        if self.refused {
            format!("{} Since {}; it is tried again by itself.{next}", self.message, self.since)
        } else {
            self.message.clone()
        }
    }
}
