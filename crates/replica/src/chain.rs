//! The chain row: the epoch of this database, the last batch that the hub accepted, and why it does not push.

use protocol::wire::{Epoch, Position};
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

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
pub const OTHER_EPOCH: &str = "Head office knows this outlet in another life; enrol it again with 'gerai enroll'. \
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
