//! One outlet: its summary, and how it joined.

use jiff::Timestamp;
use serde::Serialize;
use store::{Fault, Tx};
use utoipa::ToSchema;

use super::{OutletSummary, one};
use crate::outlets::{self, FindRefused, OutletDevices, OutletEpoch, OutletKey, SilentAfter};
use crate::version::VERSION;

/// An outlet with its keys, its epochs and its first sale.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutletDetail {
    #[serde(flatten)]
    summary: OutletSummary,
    /// When it last enrolled; null before. RFC 3339 UTC.
    enrolled_at: Option<String>,
    /// When its first paid order at the hub was paid, by the outlet's clock; null before.
    first_sale_at: Option<String>,
    /// When its enrollment code expires; null if no code is open.
    enroll_expires_at: Option<String>,
    versions: Versions,
    /// Its tills and kitchen screens, in its last report; null if it has never reported them.
    devices: Option<OutletDevices>,
    /// Its keys, newest first, at most 100. Keys themselves are stored as hashes and never shown again.
    keys: Vec<OutletKey>,
    /// The lifetimes of its database, newest first, at most 100.
    epochs: Vec<OutletEpoch>,
}

/// The versions of Gerai on both sides.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Versions {
    /// The outlet's, in its last report; null if it has never reported.
    outlet: Option<String>,
    /// This hub's.
    hub: String,
}

// The first paid order of the first business day with sales.
const FIRST_SALE: &str = "
    select coalesce(paid_at, created_at) from sales
    where outlet_id = ?1 and paid_date is not null
    order by paid_date, arrival_no, order_id
    limit 1";

/// The outlet with this code or id, also a revoked one.
///
/// # Errors
/// [`FindRefused`].
pub(super) fn find(
    tx: &mut Tx<'_>,
    code_or_id: &str,
    silent_after: SilentAfter,
    now: Timestamp,
) -> Result<OutletDetail, FindRefused> {
    let id = outlets::find(tx, code_or_id)?.outlet_id;
    let unknown = || FindRefused::Unknown(code_or_id.to_owned());
    let summary = one(tx, &id, silent_after, now)?.ok_or_else(unknown)?;
    let epochs = outlets::epochs(tx, &id)?;
    Ok(OutletDetail {
        enrolled_at: epochs.first().map(|epoch| epoch.began_at.clone()),
        first_sale_at: first_sale(tx, &id)?,
        enroll_expires_at: outlets::open_code(tx, &id, now)?,
        versions: Versions { outlet: summary.app_version.clone(), hub: VERSION.to_owned() },
        devices: outlets::devices(tx, &id)?,
        keys: outlets::keys(tx, &id, now)?,
        epochs,
        summary,
    })
}

fn first_sale(tx: &mut Tx<'_>, outlet_id: &str) -> Result<Option<String>, Fault> {
    tx.first(FIRST_SALE, &[outlet_id.into()], |row| row.string(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn the_first_sale_is_found_by_its_day() {
        plans::assert_keyed(FIRST_SALE);
    }
}
