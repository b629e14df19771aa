//! The chain row: the epoch of this database, the last batch that the hub accepted, and why pushing has stopped.

use protocol::wire::{Epoch, Position};
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

/// The outlet's position in its batch chain.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Epoch of this database.
    pub epoch: Epoch,
    /// The last batch that the hub accepted.
    pub position: Position,
    /// This outlet's batch at which the previous epoch ended.
    pub root_batch_id: Option<String>,
    /// Why nothing is pushed until the outlet enrolls again: code and message.
    pub stopped: Option<(String, String)>,
}

/// Reads the chain row.
///
/// # Errors
/// The database failed.
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

/// `sync_chain.stopped_code`: the database was restored from a copy.
pub const RESTORED: &str = "restored";

/// Stop message: the hub has another epoch of this outlet.
pub const OTHER_EPOCH: &str = "Head office knows another epoch of this outlet; enroll it again with 'gerai enroll'. \
    Selling goes on.";

/// Stop message: the hub has batches that this database never sent.
pub const FORK: &str = "Head office has sales of this outlet that this database does not know: it is a restored or cloned \
    one. Selling goes on; enroll this outlet again with 'gerai enroll' to send its sales.";

/// Whether the stop came from the hub's answer. The hub can take such a stop back: it may have run on another database
/// or an older copy. A stop after a restore is the outlet's own finding and stays.
#[must_use]
pub fn is_hub_stop(stopped_code: &str) -> bool {
    stopped_code != RESTORED
}

/// Stops pushing until the outlet enrolls again or the hub's answers match its chain again.
///
/// # Errors
/// The database failed.
pub fn stop(tx: &Transaction<'_>, code: &str, message: &str) -> Result<(), Fault> {
    tx.execute("update sync_chain set stopped_code = ?1, stopped_message = ?2 where id = 1", [code, message])?;
    Ok(())
}

/// Lifts a [`stop`] after the link settings changed. A restored database stays stopped until it enrolls, at any hub: it
/// would send an old state as a new one.
///
/// # Errors
/// The database failed.
pub fn lift_stop(tx: &Transaction<'_>) -> Result<(), Fault> {
    let sql = "update sync_chain set stopped_code = null, stopped_message = null where stopped_code <> ?1";
    tx.execute(sql, [RESTORED])?;
    Ok(())
}
