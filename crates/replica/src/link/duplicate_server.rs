//! Whether a second server runs with this outlet's key: a cloned machine, or one that was left running after its
//! replacement. Only the hub sees both. It says so in its answers, and what it said last is stored, so that doctor and health
//! tell the same, also without the server.

use std::sync::{Mutex, PoisonError};

use reqwest::header::HeaderMap;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Db, Fault, ReadRow};
use web::time;

use crate::error::QueueError;

/// The header that names this process.
pub(crate) const PROCESS: &str = "x-outlet-process";
/// The hub's header: `one` or `several`.
const PROCESSES: &str = "x-outlet-processes";

/// This process, and what the hub says of others.
#[derive(Debug)]
pub struct DuplicateServer {
    process: String,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    several: Option<bool>,
    stored: Option<bool>,
}

impl Default for DuplicateServer {
    fn default() -> Self {
        Self { process: format!("{:032x}", rand::random::<u128>()), said: Mutex::default() }
    }
}

impl DuplicateServer {
    /// A random id, another one after each start.
    pub(crate) fn process(&self) -> &str {
        &self.process
    }

    /// An answer without the header, or with another word, says nothing.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        let several = match headers.get(PROCESSES).map(|word| word.as_bytes()) {
            Some(b"one") => false,
            Some(b"several") => true,
            _ => return,
        };
        self.said.lock().unwrap_or_else(PoisonError::into_inner).several = Some(several);
    }

    /// What is to be stored.
    fn news(&self) -> Option<bool> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.several.filter(|_| said.several != said.stored)
    }

    fn stored(&self, several: bool) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).stored = Some(several);
    }
}

/// Stores what the hub has said, where that is news.
///
/// # Errors
/// What SQLite said.
pub async fn store(db: &Db, twins: &DuplicateServer) -> Result<(), QueueError> {
    let Some(several) = twins.news() else { return Ok(()) };
    if several {
        tracing::error!("{}", sentence(&time::text(time::now())));
    }
    let at = time::text(time::now());
    db.write_background(move |tx| {
        tx.prepare_cached(
            "insert into sync_duplicate_server (id, duplicate, since) values (1, ?1, ?2) on conflict (id) do update
                 set duplicate = excluded.duplicate, since = excluded.since where duplicate <> excluded.duplicate",
        )?
        .execute(params![several, at])?;
        Ok::<_, QueueError>(())
    })
    .await?;
    twins.stored(several);
    Ok(())
}

/// What the hub said last, and since when it says so.
///
/// # Errors
/// What SQLite said.
pub fn find(tx: &Transaction<'_>) -> Result<Option<(bool, String)>, Fault> {
    let mut statement = tx.prepare_cached("select duplicate, since from sync_duplicate_server where id = 1")?;
    Ok(statement.query_row([], |row| Ok((row.read::<i64>(0)? != 0, row.read(1)?))).optional()?)
}

/// What to do.
#[must_use]
pub fn sentence(since: &str) -> String {
    format!(
        "A second server runs with this outlet's key, head office says since {since}: one of them is a copy or was left \
         running, and what it sells does not reach head office. Find it and stop it; if that is not possible, enroll this one \
         again ('gerai enroll'): the key then opens nothing for the other."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hubs_two_words_say_anything() {
        let twins = DuplicateServer::default();
        let note = |word: &str| {
            twins.note(&HeaderMap::from_iter([("x-outlet-processes".parse().unwrap(), word.parse().unwrap())]));
            twins.news()
        };
        assert_eq!(note("perhaps"), None);
        assert_eq!(note("several"), Some(true));
        twins.stored(true);
        assert_eq!((note("several"), note("none"), note("one")), (None, None, Some(false)));
        twins.note(&HeaderMap::new());
        assert_eq!(twins.news(), Some(false));
    }
}
