//! Read positions of outlets, stored when they change and otherwise at most once a minute each: entries are deleted when
//! all outlets have read them, and head office sees which outlets have a change.
//!
//! An outlet requests the changes after its cursor when it has stored everything up to it, so a position is what the
//! outlet has applied, or has listed as unapplied.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use protocol::cursor::Cursor;
use store::{Fault, Tx};

use super::heads::reaches;
use crate::hours;

/// An idle outlet polls twice a minute; a fleet of them must not write all the time.
const RECORD_INTERVAL: Duration = Duration::from_secs(60);

/// The cursor of each outlet that this process last stored. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub(crate) struct ReadPositions(Arc<Mutex<HashMap<String, Stored>>>);

/// When a cursor was stored, and its numbers.
struct Stored {
    at: Instant,
    position: [i64; 2],
}

impl ReadPositions {
    /// Whether the position of this outlet should be stored now; marks it as stored.
    pub(super) fn is_due(&self, outlet_id: &str, cursor: &Cursor) -> bool {
        let position = [cursor.catalog.n, cursor.outlet.n];
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |stored: &Stored| stored.at.elapsed() < RECORD_INTERVAL && stored.position == position;
        let is_stored = recorded.get(outlet_id).is_some_and(is_recent);
        if !is_stored {
            recorded.insert(outlet_id.to_owned(), Stored { at: Instant::now(), position });
        }
        !is_stored
    }
}

const RECORD: &str = "
    insert into outlet_cursors as c (outlet_id, catalog_n, outlet_n, read_at, read_hour) values (?1, ?2, ?3, ?4, ?5)
    on conflict (outlet_id) do update set
      catalog_n = excluded.catalog_n, outlet_n = excluded.outlet_n, read_at = excluded.read_at,
      read_hour = excluded.read_hour,
      catalog_from_n = case when excluded.catalog_n > c.catalog_n then c.catalog_n
        when excluded.catalog_n < c.catalog_n then null else c.catalog_from_n end,
      catalog_moved_at = case when excluded.catalog_n > c.catalog_n then excluded.read_at
        when excluded.catalog_n < c.catalog_n then null else c.catalog_moved_at end";

/// Stores a cursor if the hub has its entries.
///
/// # Errors
/// The database failed.
pub(super) fn note_if_reached(tx: &mut Tx<'_>, outlet_id: &str, cursor: &Cursor, now: Timestamp) -> Result<(), Fault> {
    if reaches(tx, outlet_id, cursor)? { note(tx, outlet_id, cursor, now) } else { Ok(()) }
}

/// Stores a cursor, whose entries the hub must have.
///
/// # Errors
/// The database failed.
pub fn note(tx: &mut Tx<'_>, outlet_id: &str, cursor: &Cursor, now: Timestamp) -> Result<(), Fault> {
    let (now, hour) = (web::time::text(now), hours::current(tx)?);
    let places = [cursor.catalog.n.into(), cursor.outlet.n.into()];
    tx.execute(RECORD, &[outlet_id.into(), places[0], places[1], (&now).into(), hour.into()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outlets_position_is_stored_once_a_minute_and_when_it_moves() {
        let positions = ReadPositions::default();
        let is_due = |outlet: &str, cursor: &str| positions.is_due(outlet, &cursor.parse().unwrap());
        assert!(is_due("1", "4.a~0.") && !is_due("1", "4.a~0.") && is_due("2", "4.a~0."));
        assert!(is_due("1", "5.b~0.") && is_due("1", "5.b~1.c") && !is_due("1", "5.b~1.c"));
        assert!(is_due("1", "4.a~0."), "the outlet was restored");
    }
}
