//! Chains are dense: each batch that the hub took in follows the one before.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut last: BTreeMap<(&str, &str), (i64, &str)> = BTreeMap::new();
    let mut all = Vec::new();
    for taken in &world.hub.taken {
        let before = last.insert((&taken.outlet_id, &taken.epoch_id), (taken.batch_no, &taken.batch_id));
        let (no, id) = before.map_or((0, None), |(no, id)| (no, Some(id)));
        if taken.batch_no != no + 1 || taken.previous.as_deref() != id {
            all.push(format!(
                "{} has number {} and follows {:?}, after {no} {id:?}",
                taken.batch_id, taken.batch_no, taken.previous
            ));
        }
    }
    Ok(all)
}
