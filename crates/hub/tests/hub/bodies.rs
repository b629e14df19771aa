//! Bodies that no outlet makes: each is a 4xx with a stable code, and nothing is written.

use axum::http::header;
use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet, coffee, send};

async fn nothing_was_written(hub: &TestHub) {
    for table in ["chains", "documents", "kept_items", "shared_entities", "streams", "sales", "daily_sales"] {
        assert_eq!(hub.count(table).await, 0, "{table}");
    }
    assert_eq!(hub.rows("last_contact_at", "from outlets").await, [""]);
}

async fn refused(hub: &TestHub, outlet: &TestOutlet, packing: &str, body: Vec<u8>, status: u16, code: &str) {
    let mut request = outlet.request(body);
    request.headers_mut().insert(header::CONTENT_ENCODING, packing.parse().unwrap());
    send(&hub.router, request).await.refused(status, code);
}

#[tokio::test]
async fn bytes_that_are_no_batch_are_refused() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let item = [outlet.order(1, &coffee("a"))];
    let batch = outlet.batch(&item).to_string();
    let packed = zstd::encode_all(batch.as_bytes(), 1).unwrap();
    let pack = |text: &[u8]| zstd::encode_all(text, 1).unwrap();

    for cut in [1, 4, packed.len() / 2, packed.len() - 1] {
        refused(&hub, &outlet, "zstd", packed[..cut].to_vec(), 400, "unreadable_body").await;
    }
    let mut flipped = packed.clone();
    flipped[0] ^= 1;
    refused(&hub, &outlet, "zstd", flipped, 400, "unreadable_body").await;
    refused(&hub, &outlet, "zstd", batch.clone().into_bytes(), 400, "unreadable_body").await;
    let tail = [packed.as_slice(), b"tail"].concat();
    refused(&hub, &outlet, "zstd", tail, 400, "unreadable_body").await;
    refused(&hub, &outlet, "zstd", pack(&vec![b' '; 65 * 1024 * 1024]), 413, "body_too_large").await;
    refused(&hub, &outlet, "identity", vec![b' '; 8 * 1024 * 1024 + 1], 413, "body_too_large").await;

    for text in ["", "no json", "{", "{]", "\"", &batch[..batch.len() - 1]] {
        refused(&hub, &outlet, "zstd", pack(text.as_bytes()), 400, "malformed_json").await;
    }
    let invalid = batch.replace("coffee", "cof\u{1}ee").into_bytes();
    refused(&hub, &outlet, "identity", invalid, 400, "malformed_json").await;
    let mut invalid = batch.clone().into_bytes();
    let place = batch.find("name of").unwrap();
    invalid[place] = 0xFF;
    refused(&hub, &outlet, "identity", invalid, 400, "malformed_json").await;
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = batch.replace("\"data\":", &format!("\"fields\":{{\"price\":[1,{nested}]}},\"data\":"));
    refused(&hub, &outlet, "zstd", pack(deep.as_bytes()), 400, "malformed_json").await;
    nothing_was_written(&hub).await;
}

#[tokio::test]
async fn a_batch_with_wrong_types_is_refused() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let item = [outlet.order(1, &coffee("a"))];
    for (pointer, value) in [
        ("/protocol", json!("1")),
        ("/protocol", json!(-1)),
        ("/epoch", json!(null)),
        ("/batch_no", json!(1.5)),
        ("/batch_no", json!("1")),
        ("/batch_id", json!(null)),
        ("/items", json!({})),
        ("/items/0", json!("order")),
        ("/items/0/seq", json!(18_446_744_073_709_551_615_u64)),
        ("/items/0/operation", json!("upsert")),
        ("/items/0/entity_id", json!(7)),
        ("/items/0/unit", json!(-1)),
        ("/items/0/fields", json!({"price": [1]})),
        ("/held", json!(["order"])),
    ] {
        let mut batch = outlet.batch(&item);
        match batch.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => {
                let (parent, field) = pointer.rsplit_once('/').unwrap();
                let parent = if parent.is_empty() { &mut batch } else { batch.pointer_mut(parent).unwrap() };
                parent[field] = value.clone();
            }
        }
        let reply = outlet.post(&batch).await;
        assert_eq!(reply.body["error"], "invalid_body", "{pointer} {value}: {}", reply.body);
        assert_eq!(reply.status, 422);
    }
    for body in [json!([]), json!(7), json!({}), json!(null)] {
        outlet.post(&body).await.refused(422, "invalid_body");
    }
    nothing_was_written(&hub).await;
}

#[tokio::test]
async fn a_batch_that_no_outlet_makes_is_refused() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let item = [outlet.order(1, &coffee("a"))];
    let long = "x".repeat(129);
    let changes: Vec<(&str, Value)> = vec![
        ("/batch_no", json!(0)),
        ("/batch_no", json!(-1)),
        ("/batch_id", json!("")),
        ("/batch_id", json!(long)),
        ("/previous_batch_id", json!("")),
        ("/epoch/number", json!(0)),
        ("/epoch/id", json!("")),
        ("/complete_through", json!(-1)),
        ("/items/0/seq", json!(-5)),
        ("/items/0/seq", json!(0)),
        ("/items/0/version", json!(0)),
        ("/items/0/version", json!(i64::MIN)),
        ("/items/0/entity_id", json!("")),
        ("/items/0/entity_type", json!(long)),
        ("/items/0/occurred_at", json!(long)),
    ];
    for (pointer, value) in changes {
        let mut batch = outlet.batch(&item);
        *batch.pointer_mut(pointer).unwrap() = value.clone();
        let reply = outlet.post(&batch).await;
        assert_eq!(reply.body["error"], "invalid_batch", "{pointer} {value}: {}", reply.body);
        reply.refused(422, "invalid_batch");
    }
    let twice = [item[0].clone(), item[0].clone()];
    outlet.post(&outlet.batch(&twice)).await.refused(422, "invalid_batch");
    let many: Vec<Value> = (0..=hub::ingest::MAX_ITEMS)
        .map(|n| outlet.item(json!({"entity_type": "x", "entity_id": n.to_string()})))
        .collect();
    outlet.post(&outlet.batch(&many)).await.refused(422, "invalid_batch");
    nothing_was_written(&hub).await;
}

#[tokio::test]
async fn figures_without_room_are_refused_and_not_wrapped() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let most = 1_000_000_000_000_000;
    let order = |id: &str, lines: usize| {
        // Lines that cancel out keep the order within its limits, and carry one product beyond 64 bits.
        let all = [("gold", most, 1), ("lead", -most, 1)].repeat(lines);
        crate::app::order(id, "2026-11-22", "paid", &all, &[])
    };
    let item = [outlet.order(1, &order("a", 9_300))];
    outlet.post(&outlet.batch(&item)).await.refused(422, "figures_too_large");
    nothing_was_written(&hub).await;
    let item = [outlet.order(1, &order("a", 9_200))];
    outlet.push(&item).await;
}
