//! Lets one node at a time send to an endpoint.

use jiff::{SignedDuration, Timestamp};
use store::{Fault, Tx};
use web::time;

use super::schedule::MAX_WAIT;

/// Longer than an attempt takes. If the node dies during an attempt, another one repeats it after this.
const LEASE: SignedDuration = SignedDuration::from_secs(15);

// A node that checks later finds that the endpoint is not due.
const CLAIM: &str =
    "update webhooks set next_try_at = ?3 where outlet_id = ?1 and (next_try_at <= ?2 or next_try_at > ?4)";

/// Claims the attempt that is due; false if another node has it.
pub(super) fn claim(tx: &mut Tx<'_>, outlet_id: &str, now: Timestamp) -> Result<bool, Fault> {
    let (at, until) = (time::text(now), time::text(now.saturating_add(LEASE).unwrap_or(now)));
    let latest = time::text(now.saturating_add(MAX_WAIT).unwrap_or(now));
    Ok(tx.execute(CLAIM, &[outlet_id.into(), (&at).into(), (&until).into(), (&latest).into()])? > 0)
}
