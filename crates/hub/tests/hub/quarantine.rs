//! What the hub only keeps, and what outlets hold back.

use serde_json::{Value, json};

use crate::app::{TestHub, coffee};

/// Outlet, entity, outcome and code of each.
fn shown(list: &Value) -> Vec<String> {
    let columns = ["outlet_code", "entity_id", "outcome", "code"];
    let line = |kept: &Value| columns.map(|column| kept[column].as_str().unwrap_or("-").to_owned()).join(" ");
    list.as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn what_was_not_taken_is_listed_with_its_reason() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let mut broken = coffee("b");
    broken["total"] = 1.into();
    let unknown = json!({"entity_type": "reservation", "entity_id": "r", "data": {"pax": 4, "pin_hash": "$argon2id$"}});
    let items = [one.order(2, &coffee("a")), one.order(1, &broken), one.item(unknown)];
    one.push(&items).await;
    let older = [one.order(1, &coffee("a"))];
    one.push(&older).await;
    let product = [two.item(json!({"entity_type": "product", "entity_id": "p"}))];
    two.push(&product).await;
    // The hub's clock has only milliseconds: put them in order.
    let in_order = "update kept_items set received_at = '2026-11-22T10:00:0'
        || case entity_id when 'b' then 1 when 'r' then 2 when 'a' then 3 else 4 end || '.000Z'";
    hub.execute(in_order, None).await;
    let admin = hub.admin_token().await;
    let get = async |query: &str| hub.get(&format!("/v1/hq/quarantine{query}"), &admin).await.body;
    let all = [
        "JKT-002 p rejected unreadable_document",
        "JKT-001 a kept_aside not_newer",
        "JKT-001 r unknown -",
        "JKT-001 b rejected totals_do_not_add_up",
    ];
    let list = get("").await;
    assert_eq!(shown(&list["data"]), all);
    let of_one = format!("outlet_id={}", one.id);
    assert_eq!(shown(&get(&format!("?{of_one}")).await["data"]), all[1..]);
    for (filter, expected) in [("limit=1", &all[..]), (&format!("limit=1&{of_one}"), &all[1..])] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&format!("?{filter}{cursor}")).await;
            seen.extend(shown(&page["data"]));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, expected);
    }
    let kept = &list["data"][3];
    assert!(kept["message"].as_str().unwrap().ends_with('.'));
    assert_eq!((&kept["item"]["data"]["total"], &kept["item_no"]), (&json!(1), &json!(1)));
    assert_eq!(list["data"][2]["item"]["data"], json!({"pax": 4}));
    hub.get("/v1/hq/quarantine?cursor=x", &admin).await.refused(400, "invalid_cursor");
}

#[tokio::test]
async fn an_item_that_nests_too_deep_to_be_read_hides_no_other() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items = [
        outlet.item(json!({"entity_type": "reservation", "entity_id": "r", "data": "HERE"})),
        outlet.item(json!({"entity_type": "reservation", "entity_id": "s", "data": {}})),
    ];
    let nested = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let body = outlet.batch(&items).to_string().replace("\"HERE\"", &nested);
    crate::app::send(&hub.router, outlet.request(body.into_bytes())).await.ok();
    let list = hub.get("/v1/hq/quarantine", &hub.admin_token().await).await.ok();
    let items: Vec<_> = list.as_array().unwrap().iter().map(|kept| kept["item"].is_object()).collect();
    assert_eq!(items, [true, false]);
}

#[tokio::test]
async fn what_outlets_hold_back_is_as_they_last_said_it() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let held = json!([{"entity_type": "order", "entity_id": "o"}]);
    for outlet in [&one, &two] {
        let mut batch = outlet.batch(&[]);
        if outlet.id == one.id {
            batch["held"] = held.clone();
        }
        outlet.post(&batch).await.ok();
    }
    let admin = hub.admin_token().await;
    let list = hub.get("/v1/hq/quarantine/held", &admin).await.ok();
    let expected =
        json!([{"outlet_id": one.id, "outlet_code": "JKT-001", "held": held, "told_at": list[0]["told_at"]}]);
    assert_eq!(list, expected);
    one.moved_to(&one.batch(&[]));
    one.push(&[]).await;
    assert_eq!(hub.get("/v1/hq/quarantine/held", &admin).await.ok(), json!([]));
}
