//! Stored batches: made once, kept as the bytes that are sent.

use protocol::wire::Batch;
use rusqlite::{OptionalExtension, Row, Transaction};
use sqlite::{Fault, ReadRow};

use crate::error::QueueError;

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
        .prepare_cached(&format!("{STORED} where state = 'in_flight' order by id limit 1"))?
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
/// again once it is [given up](crate::push::abandon::abandon).
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
