//! The chain row: the epoch of this database, the last batch that the hub accepted, and why pushing has stopped.

use protocol::wire::{Epoch, Position};
use rusqlite::{Transaction, params};
use sqlite::{Fault, ReadRow};
use web::messages::{Reason, ReasonCode};

/// The outlet's position in its batch chain.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Epoch of this database.
    pub epoch: Epoch,
    /// The last batch that the hub accepted.
    pub position: Position,
    /// This outlet's batch at which the previous epoch ended.
    pub root_batch_id: Option<String>,
    /// Why nothing is pushed until the outlet enrolls again.
    pub stopped: Option<Reason>,
}

/// Reads the chain row.
///
/// # Errors
/// The database failed.
pub fn chain(tx: &Transaction<'_>) -> Result<Chain, Fault> {
    let sql =
        "select epoch_number, epoch_id, batch_no, batch_id, root_batch_id, stopped_code, stopped_args, stopped_message
         from sync_chain where id = 1";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| {
        Ok(Chain {
            epoch: Epoch { number: row.read(0)?, id: row.id(1)? },
            position: Position { batch_no: row.read(2)?, batch_id: row.read(3)? },
            root_batch_id: row.read(4)?,
            stopped: Reason::read(row, 5)?,
        })
    })?)
}

/// Whether the stop came from the hub's answer. A later answer can lift such a stop: the hub may have run on another
/// database or an older copy. The outlet itself detects a restore, and that stop stays.
#[must_use]
pub fn is_hub_stop(stopped: &Reason) -> bool {
    stopped.code() != ReasonCode::Restored.as_str()
}

/// Stops pushing until the outlet enrolls again or the hub's answers match its chain again.
///
/// # Errors
/// The database failed.
pub fn stop(tx: &Transaction<'_>, reason: &Reason) -> Result<(), Fault> {
    let sql = "update sync_chain set stopped_code = ?1, stopped_args = ?2, stopped_message = ?3 where id = 1";
    tx.execute(sql, params![reason.code(), reason.args_json(), reason.text()])?;
    Ok(())
}

/// Lifts a [`stop`] after the link settings changed. A restored database stays stopped for every hub until it enrolls:
/// it would send an old state as a new one.
///
/// # Errors
/// The database failed.
pub fn lift_stop(tx: &Transaction<'_>) -> Result<(), Fault> {
    let sql = "update sync_chain set stopped_code = null, stopped_args = null, stopped_message = null where stopped_code <> ?1";
    tx.execute(sql, [ReasonCode::Restored.as_str()])?;
    Ok(())
}
