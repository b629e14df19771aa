//! Finds endpoints to which the current heads were not delivered.

use std::collections::HashMap;

use jiff::Timestamp;
use store::{Fault, Tx};
use web::time;

use super::schedule::MAX_WAIT;
use crate::streams::heads;

/// Endpoints per query.
const PAGE: usize = 1_000;

const LIST: &str = "
    select w.outlet_id, w.delivered_cursor, w.next_try_at, w.failures from webhooks w
      join outlets o on o.outlet_id = w.outlet_id
    where w.outlet_id > ?1 and o.state = 'active'
    order by w.outlet_id
    limit ?2";

/// Due and waiting endpoints.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// Outlets whose endpoint is due, with their consecutive failures.
    pub now: HashMap<String, i64>,
    /// When the next waiting endpoint is due.
    pub next: Option<String>,
}

/// Checks all endpoints.
pub(super) fn due(tx: &mut Tx<'_>, at: Timestamp) -> Result<Due, Fault> {
    // No wait is longer: a later time was stored by a clock that ran ahead.
    let latest = time::text(at.saturating_add(MAX_WAIT).unwrap_or(at));
    let (mut due, mut after, at) = (Due::default(), String::new(), time::text(at));
    loop {
        let many = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let page = tx.all(LIST, &[(&after).into(), many.into()], |row| {
            Ok((row.string(0)?, row.string(1)?, row.string(2)?, row.int(3)?))
        })?;
        let full = page.len() == PAGE;
        for (outlet_id, delivered, next_try_at, failures) in page {
            after.clone_from(&outlet_id);
            if heads(tx, &outlet_id)?.to_string() == delivered {
                continue;
            }
            if next_try_at <= at || next_try_at > latest {
                due.now.insert(outlet_id, failures);
            } else if due.next.as_ref().is_none_or(|next| next_try_at < *next) {
                due.next = Some(next_try_at);
            }
        }
        if !full {
            return Ok(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn endpoints_are_listed_in_the_order_of_their_key() {
        plans::assert_keyed(LIST);
        plans::assert_unsorted(LIST);
    }
}
