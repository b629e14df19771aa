//! Read positions of outlets, stored at most once a minute each, so that entries that all outlets have read can be deleted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use protocol::cursor::Cursor;
use store::{Fault, Tx};

use crate::hours;

/// An idle outlet polls twice a minute; a fleet of them must not write all the time.
const RECORD_INTERVAL: Duration = Duration::from_secs(60);

/// When each outlet's cursor was written down last, in this process. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub(crate) struct ReadPositions(Arc<Mutex<HashMap<String, Instant>>>);

impl ReadPositions {
    /// Whether it is time to write down how far this outlet is; it then counts as done.
    pub(super) fn is_due(&self, outlet_id: &str) -> bool {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = recorded.get(outlet_id).is_some_and(|at| at.elapsed() < RECORD_INTERVAL);
        if !lately {
            recorded.insert(outlet_id.to_owned(), Instant::now());
        }
        !lately
    }
}

const NOTE: &str = "
    insert into outlet_cursors (outlet_id, catalog_n, outlet_n, read_at, read_hour) values (?1, ?2, ?3, ?4, ?5)
    on conflict (outlet_id) do update set
      catalog_n = excluded.catalog_n, outlet_n = excluded.outlet_n, read_at = excluded.read_at,
      read_hour = excluded.read_hour";

/// Writes down a cursor whose rows the hub has.
///
/// # Errors
/// The database's.
pub fn note(tx: &mut Tx<'_>, outlet_id: &str, cursor: &Cursor, now: Timestamp) -> Result<(), Fault> {
    let (now, hour) = (web::time::text(now), hours::current(tx)?);
    let places = [cursor.catalog.n.into(), cursor.outlet.n.into()];
    tx.execute(NOTE, &[outlet_id.into(), places[0], places[1], (&now).into(), hour.into()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlet_is_noted_once_a_minute_and_each_for_itself() {
        let asked = ReadPositions::default();
        assert!(asked.is_due("1") && !asked.is_due("1") && asked.is_due("2"));
    }
}
