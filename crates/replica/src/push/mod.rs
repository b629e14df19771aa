//! The queue as the worker uses it: make a batch, settle its answer, give it up, open again.
//!
//! The rows are the truth; everything here is one short transaction. A batch is made once and kept as the bytes that
//! are sent; what an answer means is worked out against those, never against the rows as they are now.

pub mod again;
pub mod compose;
pub mod give_up;
pub mod hold_back;
pub mod reopen;
pub mod settle;
pub mod stand;
pub mod store;

use protocol::wire::{Batch, Epoch, Position};
use rusqlite::{OptionalExtension, Row, Transaction};
use sqlite::{Fault, ReadRow};

pub use protocol::wire::EntityRef;

/// Tries before an item that makes requests fail counts as failed.
pub const MAX_RETRIES: i64 = 3;

/// Why a step of the queue did not happen.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The database.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A stored batch or document cannot be read: a bug, or a damaged file.
    #[error("a stored batch cannot be read: {0}")]
    Unreadable(String),
    /// Something changed since the batch was read; read again.
    #[error("the rows have changed since the batch was read")]
    Stale,
}

impl From<rusqlite::Error> for QueueError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<serde_json::Error> for QueueError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<QueueError> for web::ApiError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Fault(fault) => fault.into(),
            error => {
                tracing::error!(%error, "a step of sync has failed");
                Self::internal()
            }
        }
    }
}

impl From<std::io::Error> for QueueError {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Where this database stands with the hub.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Its life.
    pub epoch: Epoch,
    /// The last batch that the hub accepted.
    pub position: Position,
    /// Its own batch where the life before this one ended.
    pub root_batch_id: Option<String>,
    /// Why it does not push until it is enrolled again: code and words.
    pub stopped: Option<(String, String)>,
}

/// Reads the chain row.
///
/// # Errors
/// What SQLite said.
pub fn chain(tx: &Transaction<'_>) -> Result<Chain, Fault> {
    let sql = "select epoch_number, epoch_id, batch_no, batch_id, root_batch_id, stopped_code, stopped_message
         from sync_chain where id = 1";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| {
        let code: Option<String> = row.read(5)?;
        let message: Option<String> = row.read(6)?;
        Ok(Chain {
            epoch: Epoch { number: row.read(0)?, id: row.id(1)? },
            position: Position { batch_no: row.read(2)?, batch_id: row.read(3)? },
            root_batch_id: row.read(4)?,
            stopped: code.map(|code| (code, message.unwrap_or_default())),
        })
    })?)
}

/// As in `sync_chain.stopped_code`: this database was restored from a copy.
pub const RESTORED: &str = "restored";

/// Why nothing is sent where the hub knows another life of this database.
pub const OTHER_LIFE: &str = "Head office knows this outlet in another life; enrol it again with 'gerai enroll'. \
    Selling goes on.";

/// Why nothing is sent where the hub has batches that this database never sent.
pub const FORK: &str = "Head office has sales of this outlet that this database does not know: it is a restored or cloned \
    one. Selling goes on; enroll this outlet again with 'gerai enroll' to send its sales.";

/// Whether a stop is an answer of the hub's, which it may take back: it ran on another database, or on an older copy of its
/// own. What this database knows of itself, that it was restored, no hub takes back.
#[must_use]
pub fn is_the_hubs(stopped_code: &str) -> bool {
    stopped_code != RESTORED
}

/// Stops pushing until the outlet is enrolled again, or the hub's answers fit again.
///
/// # Errors
/// What SQLite said.
pub fn stop(tx: &Transaction<'_>, code: &str, message: &str) -> Result<(), Fault> {
    tx.execute("update sync_chain set stopped_code = ?1, stopped_message = ?2 where id = 1", [code, message])?;
    Ok(())
}

/// Takes [`stop`] back, for the link was changed; but a restored database sends nothing before it is enrolled again,
/// whatever the hub: it would send an old state as a new one.
///
/// # Errors
/// What SQLite said.
pub fn go_on(tx: &Transaction<'_>) -> Result<(), Fault> {
    let sql = "update sync_chain set stopped_code = null, stopped_message = null where stopped_code <> ?1";
    tx.execute(sql, [RESTORED])?;
    Ok(())
}

/// A batch that waits for its answer.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its id.
    pub batch_id: String,
    /// Its place in the chain.
    pub batch_no: i64,
    /// The batch before it.
    pub previous_batch_id: Option<String>,
    /// Items in it.
    pub item_count: usize,
    /// The bytes that are sent.
    pub body: Vec<u8>,
}

impl Stored {
    /// Items in it, a unit counting as one.
    ///
    /// # Errors
    /// [`QueueError::Unreadable`].
    pub fn units(&self) -> Result<usize, QueueError> {
        let json = unpack(&self.body)?;
        let Batch { batch_id, items, .. } = parse(&json)?;
        if batch_id.is_empty() {
            // It cannot be sent, and nothing smaller can be made of it.
            return Ok(1);
        }
        let together: std::collections::HashSet<_> = items.iter().filter_map(|item| item.unit).collect();
        Ok(items.iter().filter(|item| item.unit.is_none()).count() + together.len())
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        batch_id: row.read(0)?,
        batch_no: row.read(1)?,
        previous_batch_id: row.read(2)?,
        item_count: row.read(3)?,
        body: row.read(4)?,
    })
}

const STORED: &str = "select batch_id, batch_no, previous_batch_id, item_count, body from sync_batches";

/// The batch that waits for its answer, if there is one: at most one does.
///
/// # Errors
/// What SQLite said.
pub fn waiting(tx: &Transaction<'_>) -> Result<Option<Stored>, Fault> {
    Ok(tx
        .prepare_cached(&format!("{STORED} where state = 'waiting' order by id limit 1"))?
        .query_row([], stored)
        .optional()?)
}

/// A batch that was ever made, by id.
///
/// # Errors
/// What SQLite said.
pub fn batch(tx: &Transaction<'_>, batch_id: &str) -> Result<Option<Stored>, Fault> {
    Ok(tx.prepare_cached(&format!("{STORED} where batch_id = ?1"))?.query_row([batch_id], stored).optional()?)
}

/// The JSON of a stored batch. One that somebody has edited reads as a batch of nothing, without an id: its rows are sent
/// again once it is [given up](give_up::give_up).
///
/// # Errors
/// None.
pub fn unpack(body: &[u8]) -> Result<Vec<u8>, QueueError> {
    Ok(zstd::decode_all(body).unwrap_or_else(|error| {
        tracing::error!(%error, "a stored batch cannot be unpacked; what was in it is sent again");
        NOTHING.to_vec()
    }))
}

/// A batch of nothing.
const NOTHING: &[u8] =
    br#"{"protocol":1,"epoch":{"number":1,"id":""},"batch_no":1,"batch_id":"","complete_through":0,"items":[]}"#;

/// Reads a stored batch; see [`unpack`].
///
/// # Errors
/// [`QueueError::Unreadable`].
pub fn parse(json: &[u8]) -> Result<Batch<'_>, QueueError> {
    if let Ok(batch) = serde_json::from_slice(json) {
        return Ok(batch);
    }
    tracing::error!("a stored batch cannot be read; what was in it is sent again");
    Ok(serde_json::from_slice(NOTHING)?)
}

/// Whether there is anything to send, settle, try without or tell.
///
/// # Errors
/// What SQLite said.
pub fn has_work(tx: &Transaction<'_>) -> Result<bool, Fault> {
    let sql =
        "select exists (select 1 from sync_state where status = 'pending' and set_aside = 0 and conflict_base is null)
        or exists (select 1 from sync_batches where state = 'waiting')
        or exists (select 1 from sync_state where set_aside = 1)";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.read::<bool>(0))? || compose::untold(tx)?)
}

/// The place in the queue that was given last.
///
/// # Errors
/// What SQLite said.
pub fn last_seq(tx: &Transaction<'_>) -> Result<i64, Fault> {
    Ok(tx.prepare_cached("select seq from sync_ctx where id = 1")?.query_row([], |row| row.read(0))?)
}

/// Names an entity.
#[must_use]
pub fn entity(entity_type: &str, entity_id: &str) -> EntityRef {
    EntityRef { entity_type: entity_type.to_owned(), entity_id: entity_id.to_owned() }
}
