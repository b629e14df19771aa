//! Deletes stream entries that every outlet has read.
//!
//! An outlet that has not read for as long as outlets store their own batches does not count: when it returns it gets
//! `stream_reset` and compares everything. The hub's running hours decide this (`hours`), so a clock that jumps by
//! years makes no outlet inactive. If no outlet counts, nothing is deleted. The last entry of a stream stays, so that
//! cursors to it stay valid; the current versions and tombstones are in `shared_entities`. An outlet's stream is short
//! and is deleted row by row, the chain's in blocks.

use std::time::Duration;

use protocol::cursor::{CATALOG, of_outlet};
use protocol::rule::{Rule, disabled};
use store::{Fault, Store, Tx};

use super::blocks;
use crate::hours;

/// Hours of the hub's running: as many as outlets store their batches for.
pub const SILENT_HOURS: i64 = 35 * 24;
/// Rows per transaction, small because outlets push at the same time.
const BATCH: i64 = 1_000;
/// Attempts to lock a block that is in use; then it waits for the next hour.
const MAX_ATTEMPTS: usize = 3;
const RETRY_AFTER: Duration = Duration::from_millis(200);

const READ_BY_ALL: &str = "
    select min(c.catalog_n) from outlet_cursors c join outlets o on o.outlet_id = c.outlet_id
    where o.state = 'active' and c.read_hour > ?1";
const READ_BY_OUTLET: &str = "
    select c.outlet_id, c.outlet_n from outlet_cursors c join outlets o on o.outlet_id = c.outlet_id
    where o.state = 'active' and c.read_hour > ?1
    order by c.outlet_id";
const FIRST: &str = "select n from stream_entries where stream = ?1 order by n limit 1";
const LAST: &str = "select n from stream_entries where stream = ?1 order by n desc limit 1";
const DELETE: &str = "delete from stream_entries where stream = ?1 and n >= ?2 and n < ?3";

/// Creates partitions ahead, and deletes expired entries in small steps; returns their number.
///
/// # Errors
/// The database failed.
pub async fn retain(store: &Store) -> Result<usize, Fault> {
    create_partitions(store).await?;
    let fully_read = store.read(fully_read).await?;
    let mut deleted = 0;
    for (stream, n) in fully_read {
        loop {
            let stream = stream.clone();
            let gone = try_locked(store, move |tx| delete(tx, &stream, n, blocks::SIZE)).await?.unwrap_or(0);
            deleted += gone;
            if gone == 0 {
                break;
            }
        }
    }
    Ok(deleted)
}

/// Deletes entries in this transaction, with another block size: for the simulation, where no stream grows to a real
/// block.
///
/// # Errors
/// The database failed.
pub fn retain_in(tx: &mut Tx<'_>, block: i64) -> Result<usize, Fault> {
    let mut deleted = 0;
    for (stream, n) in fully_read(tx)? {
        deleted += delete(tx, &stream, n, block)?;
    }
    Ok(deleted)
}

/// Creates partitions for new entries. A node calls this before it serves, because a migration to PostgreSQL may have
/// inserted entries into the default partition, and a reader with an older transaction would miss them while they are
/// moved.
///
/// # Errors
/// The database failed.
pub async fn create_partitions(store: &Store) -> Result<(), Fault> {
    while try_locked(store, blocks::create_next).await?.unwrap_or(false) {}
    Ok(())
}

/// Runs work that needs a lock which excludes readers and writers; none if they did not release it in time.
async fn try_locked<T: Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, Fault> + Clone + Send + 'static,
) -> Result<Option<T>, Fault> {
    for _ in 0..MAX_ATTEMPTS {
        match store.write_locking(work.clone()).await {
            Err(Fault::Contended) => tokio::time::sleep(RETRY_AFTER).await,
            done => return done.map(Some),
        }
    }
    tracing::info!("streams were in use; deleting old entries in the next hour");
    Ok(None)
}

/// The streams, each with the last entry that every active outlet has read.
fn fully_read(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>, Fault> {
    let since = hours::current(tx)?.saturating_sub(SILENT_HOURS);
    let read_by_all =
        if disabled(Rule::EveryReader) { READ_BY_ALL.replace("min(", "max(") } else { READ_BY_ALL.into() };
    let all = tx.first(&read_by_all, &[since.into()], |row| row.maybe_int(0))?.flatten();
    let mut fully_read: Vec<_> = all.map(|n| (CATALOG.to_owned(), n)).into_iter().collect();
    fully_read.extend(tx.all(READ_BY_OUTLET, &[since.into()], |row| Ok((of_outlet(&row.text(0)?), row.int(1)?)))?);
    Ok(fully_read)
}

/// The entry `fully_read` itself stays, because cursors name it.
fn delete(tx: &mut Tx<'_>, stream: &str, fully_read: i64, block: i64) -> Result<usize, Fault> {
    let Some(first) = tx.first(FIRST, &[stream.into()], |row| row.int(0))? else { return Ok(0) };
    let last = tx.first(LAST, &[stream.into()], |row| row.int(0))?.unwrap_or(first);
    let in_blocks = stream == CATALOG;
    let to = if in_blocks { blocks::begin_of(fully_read.min(last), block) } else { fully_read.min(last) };
    if to <= first {
        return Ok(0);
    }
    if in_blocks && tx.is_partitioned() {
        return blocks::drop_below(tx, to);
    }
    tx.execute(DELETE, &[stream.into(), first.into(), to.min(first + BATCH).into()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn entries_are_found_by_their_key() {
        for sql in [FIRST, LAST, DELETE] {
            plans::assert_keyed(sql);
        }
    }
}
