//! Detects a second server that uses this outlet's key: a cloned machine, or one left running after its replacement.
//! Only the hub sees both and reports it in its answers. The last report is stored, so that doctor and health show it
//! without the server too.

use std::sync::{Mutex, PoisonError};

use reqwest::header::HeaderMap;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Db, Fault, ReadRow};
use web::messages::Message;
use web::{HealthCode, time};

use crate::error::QueueError;

/// The header that names this process.
pub(crate) const PROCESS: &str = "x-outlet-process";
/// The hub's header: `one` or `several`.
const PROCESSES: &str = "x-outlet-processes";

/// This process, and what the hub reports about others.
#[derive(Debug)]
pub struct DuplicateServer {
    process: String,
    reported: Mutex<Reported>,
}

#[derive(Debug, Default)]
struct Reported {
    duplicate: Option<bool>,
    stored: Option<bool>,
}

impl Default for DuplicateServer {
    fn default() -> Self {
        Self { process: format!("{:032x}", rand::random::<u128>()), reported: Mutex::default() }
    }
}

impl DuplicateServer {
    /// A random id, new at each start.
    pub(crate) fn process(&self) -> &str {
        &self.process
    }

    /// An answer without the header, or with another value, changes nothing.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        let duplicate = match headers.get(PROCESSES).map(|value| value.as_bytes()) {
            Some(b"one") => false,
            Some(b"several") => true,
            _ => return,
        };
        self.reported.lock().unwrap_or_else(PoisonError::into_inner).duplicate = Some(duplicate);
    }

    /// The report, if it is not stored yet.
    fn unstored(&self) -> Option<bool> {
        let reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.duplicate.filter(|_| reported.duplicate != reported.stored)
    }

    fn mark_stored(&self, duplicate: bool) {
        self.reported.lock().unwrap_or_else(PoisonError::into_inner).stored = Some(duplicate);
    }
}

/// Stores the hub's report if it has changed.
///
/// # Errors
/// The database failed.
pub async fn store(db: &Db, server: &DuplicateServer) -> Result<(), QueueError> {
    let Some(duplicate) = server.unstored() else { return Ok(()) };
    if duplicate {
        tracing::error!("{}", message(&time::text(time::now())));
    }
    let at = time::text(time::now());
    db.write_background(move |tx| {
        tx.prepare_cached(
            "insert into sync_duplicate_server (id, duplicate, since) values (1, ?1, ?2) on conflict (id) do update
                 set duplicate = excluded.duplicate, since = excluded.since where duplicate <> excluded.duplicate",
        )?
        .execute(params![duplicate, at])?;
        Ok::<_, QueueError>(())
    })
    .await?;
    server.mark_stored(duplicate);
    Ok(())
}

/// The hub's last report, and since when it is the same.
///
/// # Errors
/// The database failed.
pub fn find(tx: &Transaction<'_>) -> Result<Option<(bool, String)>, Fault> {
    let mut statement = tx.prepare_cached("select duplicate, since from sync_duplicate_server where id = 1")?;
    Ok(statement.query_row([], |row| Ok((row.read::<i64>(0)? != 0, row.read(1)?))).optional()?)
}

/// What is wrong and what to do.
#[must_use]
pub fn message(since: &str) -> Message {
    HealthCode::DuplicateServer.with("reason", "duplicate").with("since", since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_header_values_count() {
        let server = DuplicateServer::default();
        let note = |value: &str| {
            server.note(&HeaderMap::from_iter([("x-outlet-processes".parse().unwrap(), value.parse().unwrap())]));
            server.unstored()
        };
        assert_eq!(note("perhaps"), None);
        assert_eq!(note("several"), Some(true));
        server.mark_stored(true);
        assert_eq!((note("several"), note("none"), note("one")), (None, None, Some(false)));
        server.note(&HeaderMap::new());
        assert_eq!(server.unstored(), Some(false));
    }
}
