//! Head office reports the same as the outlet: what people gave away, the money of each tender, payments taken back or not
//! confirmed, and what was counted in shifts.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Value, json};
use shop::reports::people::people;
use shop::reports::period::Period;
use shop::reports::tenders::tenders;

use crate::shop::Shop;
use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    if world.faults.garbage {
        return Ok(all);
    }
    for shop in &world.shops {
        let here = reported(shop)?;
        let there: BTreeSet<_> = world.hub.file.texts(&remote(&shop.outlet_id))?.into_iter().collect();
        if here != there {
            let (ours, theirs): (Vec<_>, Vec<_>) =
                (here.difference(&there).collect(), there.difference(&here).collect());
            all.push(format!("{} reports {ours:?}, the hub {theirs:?}", shop.name));
        }
    }
    Ok(all)
}

/// The outlet's reports of all days, one text for each figure that is not zero.
fn reported(shop: &Shop) -> Result<BTreeSet<String>> {
    let period: Period = serde_json::from_value(json!({"from": "0001-01-01", "to": "9999-12-31"}))?;
    let tx = shop.file.db()?.unchecked_transaction()?;
    let mut all = BTreeSet::new();
    for user in rows(&serde_json::to_value(people(&tx, period)?)?) {
        let id = user["user_id"].as_str().unwrap_or_default();
        let kinds = ["voided_orders", "voided_lines", "discounts", "compliments", "refunds"];
        for (kind, name) in kinds.iter().zip(["voided_order", "voided_line", "discount", "compliment", "refund"]) {
            if user[kind]["count"] != 0 {
                all.insert(format!("{id} {name} {} {}", user[kind]["count"], user[kind]["amount"]));
            }
        }
    }
    for tender in rows(&serde_json::to_value(tenders(&tx, period)?)?) {
        let (method, id) = (text(&tender["method"]), text(&tender["tender_id"]));
        let day = format!("{} {method} {id}", text(&tender["business_date"]));
        let received: i64 = ["payments", "reversals"].iter().filter_map(|field| tender[field].as_i64()).sum();
        if received != 0 {
            all.insert(format!("{day} received {received}"));
        }
        if tender["refunds"] != 0 {
            all.insert(format!("{day} gave back {}", tender["refunds"]));
        }
        if tender["reversals"] != 0 || tender["unconfirmed"] != 0 {
            all.insert(format!("{day} in doubt {} {}", tender["reversals"], tender["unconfirmed"]));
        }
        if !tender["expected"].is_null() {
            all.insert(format!("{day} counted {} {}", tender["expected"], tender["counted"]));
        }
    }
    Ok(all)
}

fn rows(report: &Value) -> &[Value] {
    report.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The same of the hub's tables.
fn remote(outlet_id: &str) -> String {
    format!(
        "select user_id || ' ' || kind || ' ' || sum(deeds) || ' ' || sum(amount) from sale_deeds
         where outlet_id = '{outlet_id}' group by user_id, kind
         union all
         select coalesce(cashier_id, '') || ' refund ' || count(*) || ' ' || sum(total) from refunds
         where outlet_id = '{outlet_id}' group by coalesce(cashier_id, '')
         union all
         select business_date || ' ' || method || ' ' || tender_id || ' received ' || sum(amount + overpaid)
         from daily_tenders where outlet_id = '{outlet_id}' group by business_date, method, tender_id
         having sum(amount + overpaid) <> 0
         union all
         select business_date || ' ' || method || ' ' || tender_id || ' gave back ' || sum(amount)
         from refund_tenders where outlet_id = '{outlet_id}' group by business_date, method, tender_id
         having sum(amount) <> 0
         union all
         select business_date || ' ' || method || ' ' || tender_id || ' in doubt ' || sum(reversed) || ' ' || sum(unconfirmed)
         from sale_tenders where outlet_id = '{outlet_id}' group by business_date, method, tender_id
         having sum(reversed) <> 0 or sum(unconfirmed) <> 0
         union all
         select business_date || ' ' || method || ' ' || tender_id || ' counted ' || sum(expected) || ' '
           || coalesce(sum(counted), 'null')
         from shift_tenders where outlet_id = '{outlet_id}' group by business_date, method, tender_id"
    )
}
