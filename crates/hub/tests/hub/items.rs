//! Results of single items: nothing sent is lost, doubled or overwritten, and a bad item blocks only itself.

use protocol::entity::{ENTITIES, Owner, SINGLE_ID, get};
use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet, coffee, order, required_fields, tax};
use crate::engine::field;

fn outcomes(results: &[Value]) -> Vec<(i64, &str, &str)> {
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
    results
        .iter()
        .map(|r| {
            let (outcome, code): (&str, &str) = (text(&r["outcome"]).leak(), text(&r["code"]).leak());
            (r["item"].as_i64().unwrap(), outcome, code)
        })
        .collect()
}

async fn started() -> (TestHub, TestOutlet) {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    (hub, outlet)
}

#[tokio::test]
async fn a_newer_version_applies_and_an_equal_or_stale_one_does_not() {
    let (hub, mut outlet) = started().await;
    let with = |note: &str| {
        let mut order = coffee("a");
        order["customer_name"] = note.into();
        order
    };
    let item = [outlet.order(2, &with("two"))];
    assert!(outlet.push(&item).await.is_empty());
    let item = [outlet.order(3, &with("three"))];
    assert!(outlet.push(&item).await.is_empty());
    let same = [outlet.order(3, &with("three"))];
    assert_eq!(outcomes(&outlet.push(&same).await), [(0, "duplicate", "")]);
    for (version, note) in [(3, "a clone's"), (2, "two")] {
        let other = [outlet.order(version, &with(note))];
        assert_eq!(outcomes(&outlet.push(&other).await), [(0, "stale", "not_newer")], "{note}");
    }
    assert_eq!(
        hub.rows(&format!("version,{}", field("document", &["customer_name"])), "from documents").await,
        ["3|three"]
    );
    assert_eq!(hub.rows("customer_name", "from sales").await, ["three"]);
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["1|20000"]);
    let columns = format!("outcome,code,{}", field("item", &["data", "customer_name"]));
    let dead_letters = hub.rows(&columns, "from dead_letters order by dead_letter_no, outlet_id, batch_id");
    assert_eq!(dead_letters.await, ["stale|not_newer|a clone's", "stale|not_newer|two"]);
}

#[tokio::test]
async fn a_document_is_stored_as_sent_with_unknown_fields() {
    let (hub, mut outlet) = started().await;
    let text = coffee("a").to_string().replacen('{', "{ \"of_a_newer_version\" : [1,  2.50, \"\\u00e9\"],", 1);
    let item = json!({"entity_type": "order", "entity_id": "a", "data": "HERE"});
    let batch = outlet.item(item);
    let body = outlet.batch(&[batch]).to_string().replace("\"HERE\"", &text);
    crate::app::send(&hub.router, outlet.request(body.into_bytes())).await.ok();
    assert_eq!(hub.rows("document", "from documents").await, [text]);
    let shown = hub.get("/v1/hq/orders/a", &hub.admin_token().await).await.ok();
    assert_eq!(shown["of_a_newer_version"], json!([1, 2.5, "é"]));
}

#[tokio::test]
async fn an_unknown_type_becomes_a_dead_letter_and_counts_as_applied() {
    let (hub, mut outlet) = started().await;
    let reservation = json!({"id": "r", "pax": 4});
    let items = [
        outlet.item(json!({"entity_type": "reservation", "entity_id": "r", "data": reservation})),
        outlet.order(1, &coffee("a")),
    ];
    assert!(outlet.push(&items).await.is_empty());
    let columns = format!("item_no,entity_type,entity_id,outcome,code,{}", field("item", &["data"]));
    let dead_letters = hub.rows(&columns, "from dead_letters");
    assert_eq!(dead_letters.await, [format!("0|reservation|r|unknown||{reservation}")]);
    assert_eq!(hub.count("sales").await, 1);
}

#[tokio::test]
async fn a_broken_order_blocks_only_itself() {
    let (hub, mut outlet) = started().await;
    let changed = |id: &str, field: &str, value: Value| {
        let mut order = coffee(id);
        order[field] = value;
        order
    };
    let items = [
        outlet.order(1, &coffee("a")),
        outlet.order(1, &changed("b", "total", json!("20000"))),
        outlet.order(1, &changed("c", "total", json!(20_001))),
        outlet.order(1, &changed("d", "subtotal", json!(i64::MAX))),
        outlet.order(1, &changed("e", "payments", json!([]))),
        outlet.item(json!({"entity_type": "order", "entity_id": "f"})),
        outlet.item(json!({"entity_type": "order", "entity_id": "g", "data": [1, 2]})),
        outlet.item(json!({"entity_type": "order", "entity_id": "h", "data": coffee("another")})),
        outlet.item(json!({"entity_type": "table", "entity_id": "i", "data": "no object"})),
        outlet.item(json!({"entity_type": "product", "entity_id": "j"})),
        outlet.item(json!({"entity_type": "table", "entity_id": "k", "data": {"id": "k", "name": "4"}})),
        outlet.order(1, &changed("l", "total", json!("\u{0}"))),
        outlet.order(1, &coffee("z")),
    ];
    let results = outlet.push(&items).await;
    let expected: Vec<(i64, &str, &str)> = vec![
        (1, "rejected", "invalid_document"),
        (2, "rejected", "totals_do_not_add_up"),
        (3, "rejected", "amount_too_large"),
        (4, "rejected", "totals_do_not_add_up"),
        (5, "rejected", "invalid_document"),
        (6, "rejected", "invalid_document"),
        (7, "rejected", "invalid_document"),
        (8, "rejected", "invalid_document"),
        (9, "rejected", "invalid_document"),
        (11, "rejected", "invalid_document"),
    ];
    assert_eq!(outcomes(&results), expected);
    for result in &results {
        let words = result["message"].as_str().unwrap();
        assert!(words.ends_with('.') && words.starts_with(char::is_uppercase), "{words}");
    }
    assert_eq!(hub.rows("entity_id", "from documents order by 1").await, ["a", "k", "z"]);
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["2|40000"]);
    assert_eq!(hub.count("dead_letters").await, 10);
    // Corrected and sent again, it is applied.
    let item = [outlet.order(2, &coffee("c"))];
    assert!(outlet.push(&item).await.is_empty());
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["3|60000"]);
}

#[tokio::test]
async fn a_unit_is_rejected_as_a_whole() {
    let (hub, mut outlet) = started().await;
    let mut broken = coffee("b");
    broken["total"] = 1.into();
    let first = [outlet.order(1, &coffee("twin"))];
    outlet.push(&first).await;
    let mut items = [
        outlet.order(1, &coffee("a")),
        outlet.order(1, &broken),
        outlet.order(1, &coffee("other unit")),
        outlet.order(1, &coffee("no unit")),
        outlet.item(json!({"entity_type": "reservation", "entity_id": "r", "data": {}})),
        outlet.order(1, &coffee("twin")),
    ];
    for (item, unit) in [(0, 1), (1, 1), (2, 2), (4, 1), (5, 1)] {
        items[item]["unit"] = unit.into();
    }
    let results = outlet.push(&items).await;
    let expected = [
        (0, "rejected", "unit_rejected"),
        (1, "rejected", "totals_do_not_add_up"),
        (4, "rejected", "unit_rejected"),
        (5, "duplicate", ""),
    ];
    assert_eq!(outcomes(&results), expected);
    assert_eq!(hub.rows("entity_id", "from documents order by 1").await, ["no unit", "other unit", "twin"]);
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["3|60000"]);
    assert_eq!(
        hub.rows("item_no,outcome", "from dead_letters order by 1").await,
        ["0|rejected", "1|rejected", "4|rejected"]
    );
}

#[tokio::test]
async fn a_unit_with_a_stale_item_is_rejected() {
    let (hub, mut outlet) = started().await;
    let first = [outlet.order(2, &coffee("a"))];
    outlet.push(&first).await;
    let mut items = [outlet.order(1, &coffee("a")), outlet.order(1, &coffee("b"))];
    items.iter_mut().for_each(|item| item["unit"] = 9.into());
    let results = outlet.push(&items).await;
    assert_eq!(outcomes(&results), [(0, "stale", "not_newer"), (1, "rejected", "unit_rejected")]);
    assert_eq!(hub.rows("entity_id,version", "from documents").await, ["a|2"]);
}

#[tokio::test]
async fn a_deleted_order_leaves_the_tables_and_can_be_restored() {
    let (hub, mut outlet) = started().await;
    let mut open = order("a", "2026-11-22", "open", &[("coffee", 20_000, 1)], &[]);
    open["charges"] = json!([tax("PBJT", 1_000, 20_000, 0)]);
    let item = [outlet.order(1, &open)];
    outlet.push(&item).await;
    assert_eq!(hub.count("sale_taxes").await, 1);
    let delete = json!({"entity_type": "order", "entity_id": "a", "operation": "delete", "version": 2});
    let item = [outlet.item(delete)];
    assert!(outlet.push(&item).await.is_empty());
    assert_eq!(hub.rows("version,deleted,document", "from documents").await, ["2|1|"]);
    let parts = ["sales", "sale_lines", "sale_tenders", "sale_taxes", "sale_deeds"];
    for table in parts.into_iter().chain(["daily_sales", "daily_tenders", "daily_products", "daily_taxes"]) {
        assert_eq!(hub.count(table).await, 0, "{table}");
    }
    assert_eq!(outcomes(&outlet.push(&item).await), [(0, "duplicate", "")]);
    let item = [outlet.order(3, &coffee("a"))];
    assert!(outlet.push(&item).await.is_empty());
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["1|20000"]);
}

fn product(outlet: &mut TestOutlet, id: &str, base: &Value, fields: &Value) -> Value {
    let mut item = outlet.item(json!({"entity_type": "product", "entity_id": id, "fields": fields}));
    if !base.is_null() {
        item["base"] = base.clone();
    }
    item
}

#[tokio::test]
async fn a_shared_entity_is_compared_by_token_and_set_field_by_field() {
    let (hub, mut outlet) = started().await;
    let created = json!({"name": [null, "Kopi"], "price": [null, 20_000], "of_a_newer_version": [null, true]});
    let items = [product(&mut outlet, "p", &Value::Null, &created)];
    let results = outlet.push(&items).await;
    let first = json!({"n": 1, "change_id": format!("{}/0", outlet.last.clone().unwrap())});
    assert_eq!(results, [json!({"item": 0, "outcome": "applied", "token": first})]);

    let items = [product(&mut outlet, "p", &first, &json!({"price": [20_000, 22_000]}))];
    let second = outlet.push(&items).await[0]["token"].clone();
    assert_eq!(second["n"], 2);

    // Another outlet, with the old version: nothing is overwritten, and the reply has the hub's token only.
    let mut other = hub.outlet("JKT-002").await;
    for base in [&first, &Value::Null] {
        let items = [product(&mut other, "p", base, &json!({"price": [20_000, 1]}))];
        let results = other.push(&items).await;
        assert_eq!(results, [json!({"item": 0, "outcome": "conflict", "token": second})]);
    }
    // An entity that the hub lost: its base is unknown.
    let items = [product(&mut other, "lost", &first, &json!({"price": [20_000, 1]}))];
    assert_eq!(other.push(&items).await, [json!({"item": 0, "outcome": "conflict"})]);

    let document = json!({"id": "p", "name": "Kopi", "price": 22_000, "of_a_newer_version": true});
    let stored = hub.rows("scope,entity_id,token_n,deleted,document", "from shared_entities").await;
    assert_eq!(stored.len(), 1);
    let (keys, text) = stored[0].split_once("|{").unwrap();
    assert_eq!(keys, "|p|2|0");
    assert_eq!(serde_json::from_str::<Value>(&format!("{{{text}")).unwrap(), document);
    assert_eq!(hub.count("dead_letters").await, 0);

    let items = [product(&mut outlet, "p", &second, &json!({"deleted": [false, true]}))];
    assert_eq!(outlet.push(&items).await[0]["token"]["n"], 3);
    assert_eq!(hub.rows("token_n,deleted", "from shared_entities").await, ["3|1"]);
}

#[tokio::test]
async fn an_empty_change_keeps_the_token_and_appends_nothing() {
    let (hub, mut outlet) = started().await;
    let items = [outlet.named("product", "p", "Kopi")];
    let token = outlet.push(&items).await[0]["token"].clone();
    let items = [product(&mut outlet, "p", &token, &json!({}))];
    assert_eq!(outlet.push(&items).await, [json!({"item": 0, "outcome": "applied", "token": token})]);
    assert_eq!(hub.count("stream_entries").await, 1);
}

#[tokio::test]
async fn every_applied_change_is_in_its_stream_without_gaps() {
    let (hub, mut one) = started().await;
    let mut two = hub.outlet("JKT-002").await;
    let fields = json!({"name": [null, "x"]});
    for round in 0..3 {
        for outlet in [&mut one, &mut two] {
            let id = |kind: &str| format!("{kind}{round}{}", &outlet.id[..36]);
            let (p, c) = (id("p"), id("c"));
            let items = [
                outlet.named("product", &p, "x"),
                // Ids of users may repeat between outlets.
                outlet.named("user", &format!("u{round}"), "x"),
                product(outlet, "p", &json!({"n": 9, "change_id": "lost"}), &fields),
                outlet.named("category", &c, "x"),
            ];
            let results = outlet.push(&items).await;
            assert_eq!(
                outcomes(&results),
                [(0, "applied", ""), (1, "applied", ""), (2, "conflict", ""), (3, "applied", "")]
            );
        }
    }
    let mut heads = vec!["catalog|12".to_owned(), format!("outlet:{}|3", one.id), format!("outlet:{}|3", two.id)];
    heads.sort();
    assert_eq!(hub.rows("stream,head", "from streams order by stream").await, heads);
    let catalog = hub.rows("n", "from stream_entries where stream = 'catalog' order by n").await;
    assert_eq!(catalog, (1..=12).map(|n| n.to_string()).collect::<Vec<_>>());
    let ids = hub.rows("count(distinct row_id),count(distinct change_id)", "from stream_entries").await;
    assert_eq!(ids, ["18|18"]);
    assert_eq!(hub.rows("count(distinct scope)", "from shared_entities where entity_type = 'user'").await, ["2"]);
}

#[tokio::test]
async fn a_too_deep_document_is_rejected_alone() {
    let (hub, mut outlet) = started().await;
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let items = [outlet.order(1, &coffee("a")), outlet.order(1, &coffee("b"))];
    let batch = outlet.batch(&items);
    let body = batch.to_string().replacen("\"charges\":[]", &format!("\"charges\":{nested}"), 1);
    let answer = crate::app::send(&hub.router, outlet.request(body.into_bytes())).await.ok();
    assert_eq!(outcomes(answer["chain"]["results"].as_array().unwrap()), [(0, "rejected", "too_deep")]);
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["1|20000"]);
}

/// PostgreSQL cannot store a NUL. A NUL must neither block a sale nor store it twice.
#[tokio::test]
async fn a_nul_in_a_text_is_accepted_and_in_an_id_rejected_alone() {
    let (hub, mut outlet) = started().await;
    let mut named = coffee("b");
    named["customer_name"] = "Bu \0 Sri".into();
    named["lines"][0]["name"] = "Ko\0pi".into();
    let items = [outlet.order(1, &coffee("a\0b")), outlet.order(1, &named), outlet.order(1, &coffee("good"))];
    let results = outlet.push(&items).await;
    assert_eq!(outcomes(&results), [(0, "rejected", "invalid_document")]);
    assert_eq!((hub.count("documents").await, hub.count("dead_letters").await), (2, 1));
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["2|40000"]);
    let again = [outlet.order(1, &named)];
    assert_eq!(outcomes(&outlet.push(&again).await), [(0, "duplicate", "")]);
}

/// Values that no field accepts, each in an item.
fn bad_items(outlet: &mut TestOutlet) -> Vec<Value> {
    let mut items = Vec::new();
    for entity in ENTITIES {
        for field in entity.fields {
            let id = format!("{}-{}", entity.name, field.name);
            let of = json!({"entity_type": entity.name, "entity_id": id});
            let mut item = outlet.item(of);
            match entity.owner {
                Owner::Hub => continue,
                Owner::Both => item["fields"] = json!({field.name: [null, {"a": [1]}]}),
                Owner::Outlet if entity.name == "order" => {
                    item["data"] = coffee(&id);
                    item["data"][field.name] = json!({"a": [1]});
                }
                Owner::Outlet => item["data"] = json!({"id": id, field.name: {"a": [1]}}),
            }
            items.push(item);
        }
    }
    items
}

#[tokio::test]
async fn a_bad_value_in_any_field_blocks_only_itself() {
    let (hub, mut outlet) = started().await;
    let mut items = bad_items(&mut outlet);
    let bad = items.len();
    items.push(outlet.order(1, &coffee("good")));
    let price = json!({"name": [null, "Kopi"], "price": [null, 20_000]});
    items.push(outlet.item(json!({"entity_type": "product", "entity_id": "kopi", "fields": price})));
    let results = outlet.push(&items).await;
    let rejected = outcomes(&results);
    for (place, item) in items.iter().enumerate().take(bad) {
        let place = i64::try_from(place).unwrap();
        assert!(rejected.contains(&(place, "rejected", "invalid_document")), "{item}: {rejected:?}");
    }
    assert_eq!(hub.rows("entity_id", "from documents").await, ["good"]);
    assert_eq!(hub.rows("entity_id", "from shared_entities").await, ["kopi"]);
    assert_eq!(hub.rows("entity_id", "from stream_entries").await, ["kopi"]);
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["1|20000"]);
}

#[tokio::test]
async fn a_shared_entity_without_a_required_field_is_rejected_alone() {
    let (hub, mut outlet) = started().await;
    let (mut items, mut missing, mut good) = (Vec::new(), Vec::new(), Vec::new());
    for entity in ENTITIES.iter().filter(|entity| entity.owner == Owner::Both) {
        for name in required_fields(entity.name).keys() {
            let mut fields = required_fields(entity.name);
            fields.remove(name);
            let id = format!("{}-without-{name}", entity.name);
            items.push(outlet.item(json!({"entity_type": entity.name, "entity_id": id, "fields": fields})));
            missing.push(name.clone());
        }
        if let Some(first) = entity.fields.iter().find(|field| field.is_required()) {
            items.push(outlet.item(json!({"entity_type": entity.name, "entity_id": "nothing", "fields": {}})));
            missing.push(first.name.to_owned());
        }
    }
    for entity in ENTITIES.iter().filter(|entity| entity.owner == Owner::Both) {
        let id = if entity.is_single() { SINGLE_ID } else { "whole" };
        let of = json!({"entity_type": entity.name, "entity_id": id, "fields": required_fields(entity.name)});
        items.push(outlet.item(of));
        good.push(entity.name);
    }
    good.sort_unstable();
    let results = outlet.push(&items).await;
    for (place, name) in missing.iter().enumerate() {
        let words = results[place]["message"].as_str().unwrap_or_default();
        assert_eq!(
            (&results[place]["item"], &results[place]["outcome"], &results[place]["code"]),
            (&json!(place), &json!("rejected"), &json!("missing_field")),
            "{}",
            items[place]
        );
        assert!(words.contains(&format!("'{name}'")), "{words}");
    }
    assert!(results[missing.len()..].iter().all(|result| result["outcome"] == "applied"), "{results:?}");
    for table in ["shared_entities", "stream_entries"] {
        let rows = hub.rows("entity_type,entity_id", &format!("from {table} order by entity_type")).await;
        let whole = good.iter().map(|name| format!("{name}|{}", if *name == "setting" { SINGLE_ID } else { "whole" }));
        let whole: Vec<_> = whole.collect();
        assert_eq!(rows, whole, "{table}");
    }
    // A deletion is always accepted.
    let gone = json!({"entity_type": "category", "entity_id": "gone", "operation": "delete",
        "fields": {"deleted": [null, true]}});
    let gone = [outlet.item(gone)];
    let token = outlet.push(&gone).await[0]["token"].clone();
    // A restored entity must be complete, too.
    let mut back = outlet.item(json!({"entity_type": "category", "entity_id": "gone", "base": token,
        "fields": {"deleted": [true, false]}}));
    assert_eq!(outcomes(&outlet.push(&[back.clone()]).await), [(0, "rejected", "missing_field")]);
    back["fields"]["name"] = json!(["x", "x"]);
    assert_eq!(outcomes(&outlet.push(&[back]).await), [(0, "applied", "")]);
}

#[tokio::test]
async fn an_impossible_outlet_owned_entity_is_rejected_alone() {
    let (hub, mut outlet) = started().await;
    let (mut items, mut whole) = (Vec::new(), coffee("whole"));
    whole["charges"] = json!([tax("PB1", 0, 20_000, 0)]);
    whole["discounts"] = json!([{"id": "d", "position": 1, "kind": "percent", "rate_bp": 0, "amount": 0,
        "created_at": "2026-11-22T10:00:00.000Z"}]);
    let order = get("order");
    let roots = order.fields.iter().filter(|field| field.is_required()).map(|field| ("", field.name));
    let rows = order.children.iter().flat_map(|child| {
        let names = child.fields.iter().filter(|field| field.is_required()).map(|field| field.name);
        names.chain(["id"]).map(|name| (child.name, name))
    });
    for (list, name) in roots.chain(rows) {
        let mut lacking = whole.clone();
        lacking["id"] = json!(format!("without-{list}-{name}"));
        let of = if list.is_empty() { &mut lacking } else { &mut lacking[list][0] };
        of.as_object_mut().unwrap().remove(name);
        items.push(outlet.order(1, &lacking));
    }
    items.push(outlet.item(json!({"entity_type": "table", "entity_id": "t", "data": {"id": "t", "seats": 4}})));
    items.push(outlet.item(json!({"entity_type": "table", "entity_id": "u", "data": {"id": "u", "name": null}})));
    let refused = items.len();
    items.push(outlet.order(1, &whole));
    items.push(outlet.table("good"));
    let results = outlet.push(&items).await;
    assert!(refused > 20 && results.len() == refused, "{results:?}");
    assert!(results.iter().all(|result| result["outcome"] == "rejected"), "{results:?}");
    assert_eq!(results[refused - 2]["code"], "missing_field");
    assert_eq!(hub.rows("entity_id", "from documents order by entity_id").await, ["good", "whole"]);
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["1|20000"]);
}

#[tokio::test]
async fn an_id_that_no_outlet_can_store_is_always_rejected() {
    let (hub, mut outlet) = started().await;
    let mut items = Vec::new();
    for id in ["kopi☕", "café", "a\u{7f}", "0199F3C2-8A00-7ABC-8DEF-0123456789FF"] {
        items.push(outlet.named("product", id, "Kopi"));
        items.push(outlet.table(id));
        items.push(outlet.order(1, &coffee(id)));
    }
    items.push(outlet.named("setting", "another", "x"));
    let refused = items.len();
    items.push(outlet.named("setting", SINGLE_ID, "x"));
    items.push(outlet.named("product", "kopi 1", "Kopi"));
    let results = outlet.push(&items).await;
    let expected = (0..).take(refused).map(|place| (place, "rejected", "invalid_document"));
    assert_eq!(outcomes(&results)[..refused], expected.collect::<Vec<_>>());
    assert!(results[refused..].iter().all(|result| result["outcome"] == "applied"), "{results:?}");
    assert_eq!(hub.rows("entity_id", "from stream_entries order by entity_id").await, ["kopi 1", SINGLE_ID]);
    assert_eq!(hub.count("documents").await, 0);
    let token = hub.admin_token().await;
    let product = json!({"name": "Kopi", "price": 1, "category_id": "kopi☕"});
    hub.ask("POST /v1/hq/products", &token, &product, None).await.refused(422, "invalid_id");
}

#[tokio::test]
async fn an_oversized_document_becomes_a_dead_letter_and_is_shown_cut() {
    let (hub, mut outlet) = started().await;
    let large = "x".repeat(protocol::limits::MAX_ENTITY_BYTES + 1);
    let blob = json!({"name": [null, "Kopi"], "price": [null, 1], "blob": [null, large]});
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    // Each field is valid; together they exceed the limit.
    let modifiers = vec![json!({"id": "oat", "group_id": "milk", "name": "x".repeat(100), "price": 0, "qty": 1}); 60];
    let mut grown = order("grown", "2026-11-22", "paid", &[("coffee", 10, 1); 200], &[("cash", 2_000)]);
    for line in grown["lines"].as_array_mut().unwrap() {
        line["modifiers"] = modifiers.clone().into();
    }
    let items = [
        outlet.item(json!({"entity_type": "product", "entity_id": "p", "fields": blob})),
        outlet.item(json!({"entity_type": "table", "entity_id": "t", "data": {"id": "t", "name": "4", "x": "DEEP"}})),
        outlet.item(json!({"entity_type": "nobody_knows", "entity_id": "n", "data": "DEEP"})),
        outlet.item(json!({"entity_type": "table", "entity_id": "u", "data": {"id": "u", "name": "4", "x": large}})),
        outlet.order(1, &grown),
        outlet.order(1, &coffee("good")),
    ];
    let batch = outlet.batch(&items);
    let body = batch.to_string().replace("\"DEEP\"", &deep);
    let answer = crate::app::send(&hub.router, outlet.request(body.into_bytes())).await.ok();
    outlet.advance(&batch);
    let results = answer["chain"]["results"].as_array().unwrap().clone();
    let expected = [
        (0, "rejected", "too_large"),
        (1, "rejected", "too_deep"),
        (2, "rejected", "too_deep"),
        (3, "rejected", "too_large"),
        (4, "rejected", "too_large"),
    ];
    assert_eq!(outcomes(&results), expected);
    assert_eq!(hub.rows("entity_id", "from documents").await, ["good"]);
    assert_eq!(hub.count("shared_entities").await, 0);
    let dead_letters = hub.rows("length(item)", "from dead_letters").await;
    assert!(
        dead_letters.len() == 5 && dead_letters.iter().all(|bytes| bytes.parse::<usize>().unwrap() < 20_000),
        "{dead_letters:?}"
    );
    let list = hub.get("/v1/hq/quarantine", &hub.admin_token().await).await;
    assert!(list.ok().is_array());
}

#[tokio::test]
async fn an_entity_from_before_the_limits_hides_no_neighbor() {
    let (hub, mut outlet) = started().await;
    let named = |outlet: &mut TestOutlet, id: &str| outlet.named("product", id, "Kopi");
    let items = [
        named(&mut outlet, "a"),
        named(&mut outlet, "b"),
        named(&mut outlet, "c"),
        outlet.table("t"),
        outlet.table("u"),
    ];
    assert_eq!(outlet.push(&items).await.len(), 3);
    let large = format!("{{\"id\":\"b\",\"x\":\"{}\"}}", "x".repeat(5 << 20));
    let deep = format!("{{\"id\":\"t\",\"x\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    hub.execute("update stream_entries set document = ?1 where entity_id = 'b'", Some(large.clone())).await;
    hub.execute("update shared_entities set document = ?1 where entity_id = 'b'", Some(large)).await;
    hub.execute("update documents set document = ?1 where entity_id = 't'", Some(deep)).await;
    let page = outlet.pull("", "limit=10").await;
    let seen: Vec<_> =
        page.changes.iter().map(|c| (c.update.of.entity_id.as_str(), c.update.unreadable.is_some())).collect();
    assert_eq!(seen, [("a", false), ("b", true), ("c", false)]);
    let entities = outlet.get("entities").await.ok();
    assert!(entities["entities"][1]["unreadable"].as_str().unwrap().contains("bytes"), "{entities}");
    let documents = outlet.get("documents").await.ok();
    let unreadable: Vec<_> =
        documents["documents"].as_array().unwrap().iter().map(|d| d["unreadable"].is_string()).collect();
    assert_eq!(unreadable, [true, false]);
    let token = hub.admin_token().await;
    assert!(hub.get("/v1/hq/products", &token).await.ok().is_array());
}

/// Figures come from the tables: the recorded sale is subtracted, whatever happened to the document.
#[tokio::test]
async fn an_order_with_a_damaged_document_is_counted_once() {
    let (hub, mut outlet) = started().await;
    let mut order =
        crate::app::order("a", "2026-11-22", "paid", &[("coffee", 20_000, 1)], &[("cash", 15_000), ("qris", 9_000)]);
    let first = [outlet.order(1, &order), outlet.order(1, &coffee("b"))];
    outlet.push(&first).await;
    for (version, damaged) in [(2, "["), (3, "{}"), (4, "{\"id\":\"a\",\"lines\":7}")] {
        hub.execute("update documents set document = ?1 where entity_id = 'a'", Some(damaged.to_owned())).await;
        // The next version differs only in a field without money, and repairs the document.
        order["customer_name"] = format!("Sri {version}").into();
        let second = [outlet.order(version, &order), outlet.order(version, &coffee("b"))];
        assert_eq!(outlet.push(&second).await, Vec::<Value>::new(), "{damaged}");
        assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["2|40000"], "{damaged}");
        let tenders = hub.rows("method,amount,overpaid", "from daily_tenders order by method").await;
        assert_eq!(tenders, ["cash|35000|0", "qris|5000|4000"], "{damaged}");
        assert_eq!(hub.rows("product_id,qty", "from daily_products").await, ["coffee|2"], "{damaged}");
        assert_eq!(hub.rows("order_id", "from sales order by order_id").await, ["a", "b"], "{damaged}");
        let documents = hub.rows("document", "from documents where entity_id = 'a'").await;
        assert_eq!(serde_json::from_str::<Value>(&documents[0]).unwrap(), order);
    }
}
