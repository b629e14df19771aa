//! No false alarms: without restored or cloned databases no outlet has to enroll again, and without a restored hub no
//! batch counts as lost.

use anyhow::Result;

use crate::faults::Faults;
use crate::shop::Shop;

pub(super) fn check(faults: Faults, shop: &Shop) -> Result<Vec<String>> {
    let mut all = Vec::new();
    if !faults.outlet && !faults.clone && shop.must_enroll()? {
        let why = shop.chain()?.stopped.map_or("refused".to_owned(), |reason| reason.code().to_owned());
        all.push(format!("{} is stopped: {why}", shop.name));
    }
    if faults.only_one_epoch() {
        all.extend(shop.file.texts("select batch_id || ' counts as lost' from sync_batches where state = 'lost'")?);
    }
    Ok(all)
}
