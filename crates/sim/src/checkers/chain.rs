//! Batch chains are dense: each batch that the hub accepted follows its predecessor.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut last: BTreeMap<(&str, &str), (i64, &str)> = BTreeMap::new();
    let mut all = Vec::new();
    for batch in &world.hub.accepted_batches {
        let before = last.insert((&batch.outlet_id, &batch.epoch_id), (batch.batch_no, &batch.batch_id));
        let (no, id) = before.map_or((0, None), |(no, id)| (no, Some(id)));
        if batch.batch_no != no + 1 || batch.previous.as_deref() != id {
            all.push(format!(
                "{} has number {} and follows {:?}, after {no} {id:?}",
                batch.batch_id, batch.batch_no, batch.previous
            ));
        }
    }
    Ok(all)
}
