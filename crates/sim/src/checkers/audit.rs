//! The audit log is whole at every outlet, and the hub has all of it.

use std::collections::BTreeMap;

use anyhow::Result;
use replica::audit::verify::verify;

use crate::file::File;
use crate::world::World;

/// Hashes of events by chain and number.
type Hashes = BTreeMap<(String, i64), String>;

fn hashes(file: &File, condition: &str) -> Result<Hashes> {
    let sql = format!("select chain_id, n, hash from audit_events {condition} order by chain_id, n");
    let mut statement = file.db()?.prepare(&sql)?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for shop in &world.shops {
        let name = &shop.name;
        let verdict = shop.file.tx(verify)?;
        if let Some(broken) = verdict.chains.iter().find_map(|chain| chain.broken.as_ref()) {
            all.push(format!("event {} of {} at {name} is {}", broken.n, broken.chain_id, broken.kind));
        }
        let of_outlet = format!("where outlet_id = '{}'", shop.outlet_id);
        let (local, remote) = (hashes(&shop.file, "")?, hashes(&world.hub.file, &of_outlet)?);
        // Two databases of one epoch write different events with one number, and the hub keeps the first.
        let one_database = !world.faults.outlet && !world.faults.clone;
        for ((chain_id, n), hash) in &local {
            match remote.get(&(chain_id.clone(), *n)) {
                None => all.push(format!("the hub lacks event {n} of {chain_id} of {name}")),
                Some(other) if other != hash && one_database => {
                    all.push(format!("event {n} of {chain_id} differs at {name} and at the hub"));
                }
                Some(_) => {}
            }
        }
        if one_database && remote.len() != local.len() {
            all.push(format!("{name} has {} events, the hub {}", local.len(), remote.len()));
        }
        let sql = format!("select chain_id || ' ' || broken_n from audit_heads {of_outlet} and broken_n is not null");
        if one_database && let Some(broken) = world.hub.file.texts(&sql)?.first() {
            all.push(format!("the hub says that the audit log of {name} is broken: {broken}"));
        }
    }
    Ok(all)
}
