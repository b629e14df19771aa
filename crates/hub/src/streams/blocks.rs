//! Blocks of the chain's stream. Both engines delete whole blocks; in PostgreSQL a block is a partition, which is
//! dropped. Any node creates partitions ahead. An entry without a partition is in the default partition, and is moved
//! when its partition is created.

use protocol::cursor::CATALOG;
use store::{Fault, Tx};

/// Numbers per block: about 35 MB.
pub(super) const SIZE: i64 = 50_000;
/// Number of partitions created ahead of the head.
const AHEAD: i64 = 2;

const HEAD: &str = "select head from streams where stream = ?1";
const FIRST: &str = "select n from stream_entries where stream = ?1 order by n limit 1";
/// The name of a partition has the number after its block's last one.
const PREFIX: &str = "stream_entries_catalog_below_";
const PARTITIONS: &str = "
    select substr(c.relname, length(cast(?1 as text)) + 1) from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'stream_entries_catalog'::regclass and starts_with(c.relname, cast(?1 as text))";
/// Excludes readers and writers. Waits for current readers, but briefly, so that later ones are not blocked for long.
const LOCK_TIMEOUT: &str = "set local lock_timeout = '300ms'";
const LOCK_EXCLUSIVE: &str = "lock table only stream_entries_catalog in access exclusive mode";

/// The first number of the block, of this size, that contains this number.
pub(super) fn begin_of(n: i64, size: i64) -> i64 {
    n - n % size
}

/// Creates the next missing partition; false if none is missing.
pub(super) fn create_next(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    if !tx.is_partitioned() || missing(tx)?.is_none() {
        return Ok(false);
    }
    tx.execute(LOCK_TIMEOUT, &[])?;
    tx.execute(LOCK_EXCLUSIVE, &[])?;
    // Another node may have created it while this one waited.
    let Some(from) = missing(tx)? else { return Ok(false) };
    let to = from + SIZE;
    for sql in [
        format!("create table {PREFIX}{to} (like stream_entries_catalog including all)"),
        format!(
            "with moved as (delete from stream_entries_catalog_default where n >= {from} and n < {to} returning *)
             insert into {PREFIX}{to} select * from moved"
        ),
        format!("alter table stream_entries_catalog attach partition {PREFIX}{to} for values from ({from}) to ({to})"),
    ] {
        tx.execute(&sql, &[])?;
    }
    Ok(true)
}

/// The first number of the next partition to create.
fn missing(tx: &mut Tx<'_>) -> Result<Option<i64>, Fault> {
    let head = tx.first(HEAD, &[CATALOG.into()], |row| row.int(0))?.unwrap_or(0);
    let from = match ends(tx)?.last() {
        Some(&end) => end,
        None => begin_of(tx.first(FIRST, &[CATALOG.into()], |row| row.int(0))?.unwrap_or(head), SIZE),
    };
    Ok(Some(from).filter(|&from| from < begin_of(head, SIZE) + (1 + AHEAD) * SIZE))
}

/// Drops the partitions of blocks that end at `to` or before; returns the number of entries in them.
pub(super) fn drop_below(tx: &mut Tx<'_>, to: i64) -> Result<usize, Fault> {
    if ends(tx)?.first().is_none_or(|&end| end > to) {
        return Ok(0);
    }
    tx.execute(LOCK_TIMEOUT, &[])?;
    tx.execute(LOCK_EXCLUSIVE, &[])?;
    let mut entries = 0;
    for end in ends(tx)?.into_iter().filter(|&end| end <= to) {
        entries += tx.first(&format!("select count(*) from {PREFIX}{end}"), &[], |row| row.int(0))?.unwrap_or(0);
        tx.execute(&format!("drop table {PREFIX}{end}"), &[])?;
    }
    Ok(usize::try_from(entries).unwrap_or(0))
}

/// The ends of the blocks that have partitions, in order.
fn ends(tx: &mut Tx<'_>) -> Result<Vec<i64>, Fault> {
    let names = tx.all(PARTITIONS, &[PREFIX.into()], |row| row.string(0))?;
    let mut ends: Vec<i64> = names.iter().filter_map(|end| end.parse().ok()).collect();
    ends.sort_unstable();
    Ok(ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_block_begins_at_a_multiple_of_its_size() {
        for (n, begin) in [(0, 0), (1, 0), (SIZE - 1, 0), (SIZE, SIZE), (SIZE + 1, SIZE), (2 * SIZE, 2 * SIZE)] {
            assert_eq!(begin_of(n, SIZE), begin, "of {n}");
        }
    }

    #[test]
    fn the_ends_of_a_stream_are_found_by_key() {
        for sql in [HEAD, FIRST] {
            plans::assert_keyed(sql);
        }
    }
}
