//! Detects a database that was restored from a copy and lacks the sales, numbers and batches from after the copy.
//!
//! Sales continue in a new number series, so that no order number repeats. Pushing stops until the outlet is enrolled
//! again, because the hub may have data of this outlet that the database lacks.

use domain::order::next_series;
use protocol::rule::{Rule, disabled};
use replica::chain::stop;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};
use web::messages::ReasonCode;

use crate::high_water_mark::{HighWaterMark, current};

/// Compares a database with the mark of the one that last ran here. If it does not continue that one, starts a new
/// number series and returns it.
///
/// # Errors
/// The error from SQLite.
pub fn detect(tx: &Transaction<'_>, last: Option<&HighWaterMark>, random: u32) -> Result<Option<i64>, Fault> {
    let (current, Some(last)) = (current(tx)?, last) else { return Ok(None) };
    let same_epoch = current.epoch_id == last.epoch_id;
    let is_continuation = if same_epoch { current.seq >= last.seq } else { current.epoch_number > last.epoch_number };
    if is_continuation || disabled(Rule::Restored) {
        return Ok(None);
    }
    if same_epoch || has_pushed(tx)? {
        return mark_restored(tx, Some(last), random).map(Some);
    }
    // A new database in place of another one: nothing to stop, but it must not continue the other one's series.
    new_series(tx, Some(last), random).map(Some)
}

/// Stops pushing and starts a new number series, which is returned. `last` is the mark of the database that last ran
/// here.
///
/// # Errors
/// The error from SQLite.
pub fn mark_restored(tx: &Transaction<'_>, last: Option<&HighWaterMark>, random: u32) -> Result<i64, Fault> {
    stop(tx, &ReasonCode::Restored.into())?;
    new_series(tx, last, random)
}

fn new_series(tx: &Transaction<'_>, last: Option<&HighWaterMark>, random: u32) -> Result<i64, Fault> {
    let current = current(tx)?;
    // Only a mark of the same epoch has counted the series that were used here.
    let last_series = last.filter(|last| last.epoch_id == current.epoch_id).map(|last| last.series);
    let series = next_series(current.series, last_series, random);
    tx.execute("update number_series set series = ?1 where id = 1", [series])?;
    Ok(series)
}

fn has_pushed(tx: &Transaction<'_>) -> Result<bool, Fault> {
    let sql = "select batch_id is not null or exists (select 1 from sync_batches) from sync_chain where id = 1";
    Ok(tx.query_row(sql, [], |row| row.read(0))?)
}
