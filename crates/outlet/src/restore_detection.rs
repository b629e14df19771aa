//! A database that was restored from a copy: it does not know what was sold, numbered and sent after the copy was made.
//!
//! Selling goes on, in a number series of its own, so that no number is given twice. Nothing is sent until the outlet is
//! enrolled again: head office may have more of this outlet than the database has.

use domain::order::next_series;
use protocol::rule::{Rule, disabled};
use replica::chain::{RESTORED, stop};
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

use crate::high_water_mark::{HighWaterMark, here};

const SENTENCE: &str = "This database was restored from a copy: what this outlet sold after the copy was made is not in \
    it. Selling goes on, in a number series of its own; enrol this outlet again with 'gerai enroll' to send its sales.";

/// Compares a database with what last ran here. One that is not its continuation begins again; its number series.
///
/// # Errors
/// What SQLite said.
pub fn notice(tx: &Transaction<'_>, last: Option<&HighWaterMark>, random: u32) -> Result<Option<i64>, Fault> {
    let (here, Some(last)) = (here(tx)?, last) else { return Ok(None) };
    let same = here.epoch_id == last.epoch_id;
    let continues = if same { here.seq >= last.seq } else { here.epoch_number > last.epoch_number };
    if continues || disabled(Rule::Restored) {
        return Ok(None);
    }
    if same || has_pushed(tx)? {
        return begin_again(tx, Some(last), random).map(Some);
    }
    // A fresh database where another one was: nothing to stop, but it must not count as that one did.
    new_series(tx, Some(last), random).map(Some)
}

/// Stops pushing, and counts orders in a new series; which one. `last` is what last ran at this place.
///
/// # Errors
/// What SQLite said.
pub fn begin_again(tx: &Transaction<'_>, last: Option<&HighWaterMark>, random: u32) -> Result<i64, Fault> {
    stop(tx, RESTORED, SENTENCE)?;
    new_series(tx, last, random)
}

fn new_series(tx: &Transaction<'_>, last: Option<&HighWaterMark>, random: u32) -> Result<i64, Fault> {
    let here = here(tx)?;
    // Only the high-water mark of the same life has counted the series that were used here.
    let used = last.filter(|last| last.epoch_id == here.epoch_id).map(|last| last.series);
    let series = next_series(here.series, used, random);
    tx.execute("update number_series set series = ?1 where id = 1", [series])?;
    Ok(series)
}

fn has_pushed(tx: &Transaction<'_>) -> Result<bool, Fault> {
    let sql = "select batch_id is not null or exists (select 1 from sync_batches) from sync_chain where id = 1";
    Ok(tx.query_row(sql, [], |row| row.read(0))?)
}
