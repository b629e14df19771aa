//! The table in `docs/protocol.md` that says, for each field, which side's value wins.

use protocol::entity::{ENTITIES, Entity, Owner, Policy};

/// A row for each entity that two sides may change.
pub fn table() -> String {
    let mut table =
        "| `entity_type` | `cloud_wins` | `local_wins` | `manual` | deletion |\n|---|---|---|---|---|\n".to_owned();
    for entity in ENTITIES.iter().filter(|entity| entity.owner == Owner::Both) {
        let [cloud, local, manual] =
            [Policy::CloudWins, Policy::LocalWins, Policy::Manual].map(|policy| fields(entity, policy));
        let deletion = entity.deletion.as_str();
        table += &format!("| `{}` | {cloud} | {local} | {manual} | `{deletion}` |\n", entity.name);
    }
    table
}

fn fields(entity: &Entity, policy: Policy) -> String {
    let named = entity.fields.iter().filter(|field| field.policy == policy).map(|field| field.name);
    let named: Vec<_> = named.collect();
    if named.is_empty() { String::new() } else { format!("`{}`", named.join(" ")) }
}
