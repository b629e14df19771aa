//! Every `complete_through` is true: every change in the outlet's queue up to it is acknowledged, in this batch, or
//! listed in the batch's `quarantined`.

use std::collections::BTreeSet;

use anyhow::Result;
use replica::batches::{StoredBatch, parse, unpack};

use crate::file::File;

pub(super) fn check(stored: &StoredBatch, file: &File) -> Result<Vec<String>> {
    let json = unpack(&stored.body)?;
    let batch = parse(&json)?;
    let sent = batch.items.iter().map(|item| format!("{} {}", item.entity_type, item.entity_id));
    let quarantined = batch
        .quarantined
        .iter()
        .map(|quarantined| format!("{} {}", quarantined.of.entity_type, quarantined.of.entity_id));
    let reported: BTreeSet<_> = sent.chain(quarantined).collect();
    let through = batch.complete_through;
    let pending = file.texts(&format!(
        "select entity_type || ' ' || entity_id from sync_state where version > acked_version and seq <= {through}"
    ))?;
    let missing = pending.into_iter().filter(|of| !reported.contains(of));
    Ok(missing.map(|of| format!("{} says complete through {through}, but {of} is pending", stored.batch_id)).collect())
}
