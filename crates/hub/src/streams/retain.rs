//! Forgetting entries of the streams that every outlet is past.
//!
//! An outlet that is silent for as long as outlets keep their own batches does not count: it is told `stream_reset` when
//! it comes back, and compares everything. Where nobody counts nothing is forgotten. The last row of a stream stays, so
//! that a cursor to it stands; so does what the entries added up to, tombstones too, in `shared_entities`.

use jiff::{SignedDuration, Timestamp};
use sync::cursor::{CATALOG, of_outlet};

use crate::store::{Fault, Store, Tx};

/// As long as outlets keep their batches.
const SILENT_FOR: SignedDuration = SignedDuration::from_hours(35 * 24);
/// Rows in one transaction: outlets push meanwhile.
const AT_ONCE: i64 = 1_000;

const ALL_ARE_PAST: &str = "
    select min(c.catalog_n) from outlet_cursors c join outlets o on o.outlet_id = c.outlet_id
    where o.state = 'active' and c.asked_at > ?1";
const EACH_IS_PAST: &str = "
    select c.outlet_id, c.outlet_n from outlet_cursors c join outlets o on o.outlet_id = c.outlet_id
    where o.state = 'active' and c.asked_at > ?1
    order by c.outlet_id";
const FIRST: &str = "select n from stream_entries where stream = ?1 order by n limit 1";
const LAST: &str = "select n from stream_entries where stream = ?1 order by n desc limit 1";
const FORGET: &str = "delete from stream_entries where stream = ?1 and n >= ?2 and n < ?3";

/// Forgets them, a few at a time; says how many there were.
///
/// # Errors
/// What the database said.
pub async fn retain(store: &Store, now: Timestamp) -> Result<usize, Fault> {
    let since = web::time::text(now.saturating_sub(SILENT_FOR).unwrap_or(now));
    let past = store.read(move |tx| past(tx, &since)).await?;
    let mut forgotten = 0;
    for (stream, n) in past {
        loop {
            let stream = stream.clone();
            let gone = store.write(move |tx| forget(tx, &stream, n)).await?;
            forgotten += gone;
            if gone == 0 {
                break;
            }
        }
    }
    Ok(forgotten)
}

/// Streams, and the row up to which each is read by everybody who counts.
fn past(tx: &mut Tx<'_>, since: &str) -> Result<Vec<(String, i64)>, Fault> {
    let all = tx.first(ALL_ARE_PAST, &[since.into()], |row| row.maybe_int(0))?.flatten();
    let mut past: Vec<_> = all.map(|n| (CATALOG.to_owned(), n)).into_iter().collect();
    past.extend(tx.all(EACH_IS_PAST, &[since.into()], |row| Ok((of_outlet(row.text(0)?), row.int(1)?)))?);
    Ok(past)
}

/// The row itself stays: somebody's cursor names it.
fn forget(tx: &mut Tx<'_>, stream: &str, past: i64) -> Result<usize, Fault> {
    let Some(first) = tx.first(FIRST, &[stream.into()], |row| row.int(0))? else { return Ok(0) };
    let last = tx.first(LAST, &[stream.into()], |row| row.int(0))?.unwrap_or(first);
    let to = past.min(last).min(first + AT_ONCE);
    if to <= first {
        return Ok(0);
    }
    tx.execute(FORGET, &[stream.into(), first.into(), to.into()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans;

    #[test]
    fn entries_are_found_by_their_key() {
        for sql in [FIRST, LAST, FORGET] {
            plans::assert_keyed(sql);
        }
    }
}
