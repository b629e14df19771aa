//! Stored batches: composed once, then sent as the same bytes on every attempt.

use protocol::wire::Batch;
use rusqlite::{OptionalExtension, Row, Transaction};
use sqlite::{Fault, ReadRow};

use crate::error::QueueError;

/// A batch in `sync_batches`.
#[derive(Debug, Clone)]
pub struct StoredBatch {
    /// UUIDv7.
    pub batch_id: String,
    /// Its number in the batch chain.
    pub batch_no: i64,
    /// The batch before it in the same epoch.
    pub previous_batch_id: Option<String>,
    /// Number of items.
    pub item_count: usize,
    /// Compressed JSON, exactly as sent.
    pub body: Vec<u8>,
}

impl StoredBatch {
    /// Number of items, with a unit counted as one.
    ///
    /// # Errors
    /// [`QueueError::Unreadable`].
    pub fn units(&self) -> Result<usize, QueueError> {
        let json = unpack(&self.body)?;
        let Batch { batch_id, items, .. } = parse(&json)?;
        if batch_id.is_empty() {
            // An unreadable batch can neither be sent nor be split.
            return Ok(1);
        }
        let unit_ids: std::collections::HashSet<_> = items.iter().filter_map(|item| item.unit).collect();
        Ok(items.iter().filter(|item| item.unit.is_none()).count() + unit_ids.len())
    }
}

fn read_batch(row: &Row<'_>) -> rusqlite::Result<StoredBatch> {
    Ok(StoredBatch {
        batch_id: row.read(0)?,
        batch_no: row.read(1)?,
        previous_batch_id: row.read(2)?,
        item_count: row.read(3)?,
        body: row.read(4)?,
    })
}

const SELECT_BATCH: &str = "select batch_id, batch_no, previous_batch_id, item_count, body from sync_batches";

/// The batch without an answer, if there is one. There is at most one.
///
/// # Errors
/// The database failed.
pub fn in_flight(tx: &Transaction<'_>) -> Result<Option<StoredBatch>, Fault> {
    Ok(tx
        .prepare_cached(&format!("{SELECT_BATCH} where state = 'in_flight' order by id limit 1"))?
        .query_row([], read_batch)
        .optional()?)
}

/// Any batch that this database has composed, by id.
///
/// # Errors
/// The database failed.
pub fn find_batch(tx: &Transaction<'_>, batch_id: &str) -> Result<Option<StoredBatch>, Fault> {
    Ok(tx
        .prepare_cached(&format!("{SELECT_BATCH} where batch_id = ?1"))?
        .query_row([batch_id], read_batch)
        .optional()?)
}

/// The JSON of a stored batch. A damaged body reads as an empty batch without an id;
/// [abandoning](crate::push::abandon::abandon) it queues its rows again.
///
/// # Errors
/// None.
pub fn unpack(body: &[u8]) -> Result<Vec<u8>, QueueError> {
    Ok(zstd::decode_all(body).unwrap_or_else(|error| {
        tracing::error!(%error, "a stored batch cannot be decompressed; its items are sent again");
        EMPTY_BATCH.to_vec()
    }))
}

/// Stands in for a batch that cannot be read.
const EMPTY_BATCH: &[u8] =
    br#"{"protocol":1,"epoch":{"number":1,"id":""},"batch_no":1,"batch_id":"","complete_through":0,"items":[]}"#;

/// Parses the JSON of a stored batch; see [`unpack`].
///
/// # Errors
/// [`QueueError::Unreadable`].
pub fn parse(json: &[u8]) -> Result<Batch<'_>, QueueError> {
    if let Ok(batch) = serde_json::from_slice(json) {
        return Ok(batch);
    }
    tracing::error!("a stored batch cannot be parsed; its items are sent again");
    Ok(serde_json::from_slice(EMPTY_BATCH)?)
}
