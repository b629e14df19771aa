//! Acknowledged sales are kept: an order that was paid at the hub stays paid, on its day, with its lines, payments and
//! at least its total, and a refund stays as it is, until head office accepts another version or the hub's backup is restored.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Map, Value};

use crate::world::World;

/// Outlet and order.
pub(crate) type Key = (String, String);
/// The documents of paid orders and refunds, as the hub last had them.
pub(crate) type Acknowledged = BTreeMap<Key, Map<String, Value>>;

/// The paid orders and the refunds at the hub.
pub(crate) fn paid(world: &World) -> Result<Acknowledged> {
    let paid = world.hub.documents()?.into_iter().filter(|(_, of, document)| match of.entity_type.as_str() {
        "order" => document["status"] == "paid",
        "refund" => true,
        _ => false,
    });
    Ok(paid.map(|(outlet, of, document)| ((outlet, of.entity_id), document)).collect())
}

/// `before`: the acknowledged sales before.
pub(super) fn check(before: &Acknowledged, now: &Acknowledged) -> Vec<String> {
    let lost = before.iter().filter_map(|(key, before)| Some((key, describe_loss(before, now.get(key))?)));
    lost.map(|((_, order), what)| format!("{order} was paid at the hub, but {what}")).collect()
}

fn describe_loss(before: &Map<String, Value>, now: Option<&Map<String, Value>>) -> Option<String> {
    let Some(now) = now else { return Some("is no longer paid".to_owned()) };
    let date = |of: &Map<String, Value>| {
        let text = |name: &str| of.get(name).and_then(Value::as_str);
        text("paid_date").or(text("business_date")).map(str::to_owned)
    };
    if before["business_date"] != now["business_date"] || date(before) != date(now) {
        return Some(format!("moved to {} and {:?}", now["business_date"], date(now)));
    }
    let total = |of: &Map<String, Value>| of["total"].as_i64();
    if total(now) < total(before) {
        return Some(format!("its total fell from {} to {}", before["total"], now["total"]));
    }
    for list in ["lines", "payments"] {
        let rows = |of: &Map<String, Value>| -> Vec<(Value, Value)> {
            let rows = of[list].as_array().cloned().unwrap_or_default();
            rows.iter().map(|row| (row["id"].clone(), row["amount"].clone())).collect()
        };
        let rows_now = rows(now);
        if let Some((id, amount)) = rows(before).into_iter().find(|row| !rows_now.contains(row)) {
            return Some(format!("{id} of {amount} is no longer in its {list}"));
        }
    }
    None
}
