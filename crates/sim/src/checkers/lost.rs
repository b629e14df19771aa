//! No order, refund, line or payment is lost: each is at the hub, unless it existed only in data overwritten by a restore.

use std::collections::BTreeSet;

use anyhow::Result;
use protocol::wire::EntityRef;
use serde_json::{Map, Value};

use crate::file::File;
use crate::world::World;

/// The ids in an outlet's database.
pub(crate) fn ids_at_outlet(file: &File) -> Result<Vec<String>> {
    file.texts(
        "select id from orders union all select id from order_lines union all select id from payments
         union all select id from refunds union all select id from refund_lines
         union all select id from refund_payments",
    )
}

/// The ids of the lines and payments of a document.
pub(crate) fn parts(document: &Map<String, Value>) -> impl Iterator<Item = String> {
    let rows = |name| document.get(name).and_then(Value::as_array).into_iter().flatten();
    let ids = |row: &Value| row.get("id").and_then(Value::as_str).map(ToOwned::to_owned);
    rows("lines").chain(rows("payments")).filter_map(ids).collect::<Vec<_>>().into_iter()
}

/// The ids at the hub.
pub(crate) fn ids_at_hub(world: &World) -> Result<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    let documents = world.hub.documents()?;
    let is_money = |of: &EntityRef| ["order", "refund"].contains(&of.entity_type.as_str());
    for (_, of, document) in documents.iter().filter(|(_, of, _)| is_money(of)) {
        all.insert(of.entity_id.clone());
        all.extend(parts(document));
    }
    Ok(all)
}

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let at_hub = ids_at_hub(world)?;
    let missing = world.made.difference(&at_hub).filter(|id| !world.excused.contains(*id));
    Ok(missing.map(|id| format!("{id} is not at the hub")).collect())
}
