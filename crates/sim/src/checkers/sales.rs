//! Head office keeps acknowledged sales: an order that the hub has had as paid stays paid there, on its day, with its lines,
//! its payments and no smaller a total, until head office itself accepts another version, or the hub's own backup is put
//! back.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Map, Value};

use crate::world::World;

/// Outlet and order.
pub(crate) type Key = (String, String);
/// The documents of paid orders, as the hub last had them.
pub(crate) type Acknowledged = BTreeMap<Key, Map<String, Value>>;

/// The paid orders that the hub has.
pub(crate) fn paid(world: &World) -> Result<Acknowledged> {
    let orders = world.hub.documents()?.into_iter().filter(|(_, of, _)| of.entity_type == "order");
    let paid = orders.filter(|(_, _, document)| document["status"] == "paid");
    Ok(paid.map(|(outlet, of, document)| ((outlet, of.entity_id), document)).collect())
}

/// `before`: what the hub had acknowledged.
pub(super) fn check(before: &Acknowledged, now: &Acknowledged) -> Vec<String> {
    let lost = before.iter().filter_map(|(key, before)| Some((key, what_is_lost(before, now.get(key))?)));
    lost.map(|((_, order), what)| format!("{order} was paid at the hub, and {what}")).collect()
}

fn what_is_lost(before: &Map<String, Value>, now: Option<&Map<String, Value>>) -> Option<String> {
    let Some(now) = now else { return Some("is not any more".to_owned()) };
    if before["business_date"] != now["business_date"] {
        return Some(format!("moved to {}", now["business_date"]));
    }
    let total = |of: &Map<String, Value>| of["total"].as_i64();
    if total(now) < total(before) {
        return Some(format!("came to {}, and now to {}", before["total"], now["total"]));
    }
    for list in ["lines", "payments"] {
        let rows = |of: &Map<String, Value>| -> Vec<(Value, Value)> {
            let rows = of[list].as_array().cloned().unwrap_or_default();
            rows.iter().map(|row| (row["id"].clone(), row["amount"].clone())).collect()
        };
        let here = rows(now);
        if let Some((id, amount)) = rows(before).into_iter().find(|row| !here.contains(row)) {
            return Some(format!("{id} of {amount} is not among its {list} any more"));
        }
    }
    None
}
