//! Read positions of outlets, stored at most once a minute each, so that entries can be deleted when all outlets have
//! read them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use protocol::cursor::Cursor;
use store::{Fault, Tx};

use crate::hours;

/// An idle outlet polls twice a minute; a fleet of them must not write all the time.
const RECORD_INTERVAL: Duration = Duration::from_secs(60);

/// When each outlet's cursor was last stored by this process. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub(crate) struct ReadPositions(Arc<Mutex<HashMap<String, Instant>>>);

impl ReadPositions {
    /// Whether the position of this outlet should be stored now; marks it as stored.
    pub(super) fn is_due(&self, outlet_id: &str) -> bool {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = recorded.get(outlet_id).is_some_and(|at| at.elapsed() < RECORD_INTERVAL);
        if !is_recent {
            recorded.insert(outlet_id.to_owned(), Instant::now());
        }
        !is_recent
    }
}

const RECORD: &str = "
    insert into outlet_cursors (outlet_id, catalog_n, outlet_n, read_at, read_hour) values (?1, ?2, ?3, ?4, ?5)
    on conflict (outlet_id) do update set
      catalog_n = excluded.catalog_n, outlet_n = excluded.outlet_n, read_at = excluded.read_at,
      read_hour = excluded.read_hour";

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
    fn each_outlets_position_is_stored_once_a_minute() {
        let positions = ReadPositions::default();
        assert!(positions.is_due("1") && !positions.is_due("1") && positions.is_due("2"));
    }
}
