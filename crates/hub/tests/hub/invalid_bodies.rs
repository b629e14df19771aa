//! Bodies that no outlet sends: each is answered with 4xx and a stable code, and nothing is written.

use axum::http::header;
use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet, coffee, send};

async fn nothing_was_written(hub: &TestHub) {
    for table in ["chains", "documents", "dead_letters", "shared_entities", "streams", "sales", "daily_sales"] {
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
async fn malformed_bytes_are_refused() {
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
        ("/quarantined", json!("order")),
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
async fn an_invalid_batch_is_refused() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let item = [outlet.order(1, &coffee("a"))];
    let long = "x".repeat(129);
    let changes: Vec<(&str, Value)> = vec![
        ("/batch_no", json!(0)),
        ("/batch_no", json!(-1)),
        ("/batch_id", json!("")),
        ("/batch_id", json!(long)),
        ("/batch_id", json!("b\u{0}")),
        ("/epoch/id", json!("e\u{0}")),
        ("/previous_batch_id", json!("\u{0}")),
        ("/previous_batch_id", json!("")),
        ("/epoch/number", json!(0)),
        ("/epoch/id", json!("")),
        ("/complete_through", json!(-1)),
    ];
    for (pointer, value) in changes {
        let mut batch = outlet.batch(&item);
        *batch.pointer_mut(pointer).unwrap() = value.clone();
        let reply = outlet.post(&batch).await;
        assert_eq!(reply.body["error"], "invalid_batch", "{pointer} {value}: {}", reply.body);
        reply.refused(422, "invalid_batch");
    }
    let named = json!({"entity_type": "x", "entity_id": "x", "reason": ""});
    for list in ["quarantined", "unapplied"] {
        let mut batch = outlet.batch(&item);
        batch[list] = json!(vec![named.clone(); hub::ingest::MAX_ITEMS + 1]);
        outlet.post(&batch).await.refused(422, "invalid_batch");
    }
    let many: Vec<Value> = (0..=hub::ingest::MAX_ITEMS)
        .map(|n| outlet.item(json!({"entity_type": "x", "entity_id": n.to_string()})))
        .collect();
    outlet.post(&outlet.batch(&many)).await.refused(422, "invalid_batch");
    nothing_was_written(&hub).await;
}

/// The hub applies its neighbors, and lists the item with its reason.
#[tokio::test]
async fn an_invalid_item_is_rejected_alone() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let long = "x".repeat(100_000);
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let twice = r#"{"price":[1,2],"price":[1,3]}"#;
    let mut sold = 0;
    for (pointer, value, code) in [
        ("", json!("order"), "invalid_document"),
        ("", json!(null), "invalid_document"),
        ("/seq", json!(18_446_744_073_709_551_615_u64), "invalid_document"),
        ("/seq", json!(-5), "invalid_document"),
        ("/version", json!(0), "invalid_document"),
        ("/version", json!(i64::MIN), "invalid_document"),
        ("/version", json!(1.5), "invalid_document"),
        ("/operation", json!("upsert"), "invalid_document"),
        ("/entity_id", json!(7), "invalid_document"),
        ("/entity_id", json!(""), "invalid_document"),
        ("/entity_id", json!(long), "invalid_document"),
        ("/entity_type", json!(long), "invalid_document"),
        ("/entity_type", json!(["order"]), "invalid_document"),
        ("/occurred_at", json!(long), "invalid_document"),
        ("/unit", json!(-1), "invalid_document"),
        ("/base", json!("t"), "invalid_document"),
        ("/fields", json!({"price": [1]}), "invalid_document"),
        ("/fields", json!("TWICE"), "invalid_document"),
        ("/fields", json!({"price": [1, "DEEP"]}), "too_deep"),
        ("/data", json!("DEEP"), "too_deep"),
    ] {
        sold += 1;
        let mut items =
            [outlet.order(1, &coffee(&format!("bad {sold}"))), outlet.order(1, &coffee(&format!("good {sold}")))];
        match items[0].pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => items[0][&pointer[1..]] = value.clone(),
        }
        let batch = outlet.batch(&items);
        let body = batch.to_string().replace("\"TWICE\"", twice).replace("\"DEEP\"", &nested);
        let answer = send(&hub.router, outlet.request(body.into_bytes())).await.ok();
        outlet.advance(&batch);
        let shown = value.to_string().chars().take(40).collect::<String>();
        let results = &answer["chain"]["results"];
        assert_eq!((results[0]["item"].as_i64(), results.as_array().unwrap().len()), (Some(0), 1), "{pointer} {shown}");
        assert_eq!(
            (&results[0]["outcome"], &results[0]["code"]),
            (&json!("rejected"), &json!(code)),
            "{pointer} {shown}"
        );
        assert_eq!(hub.count("sales").await, sold, "{pointer} {shown}");
        assert_eq!(hub.count("dead_letters").await, sold, "{pointer} {shown}");
    }
    let list = hub.get("/v1/hq/quarantine?limit=100", &hub.admin_token().await).await.ok();
    assert_eq!(i64::try_from(list.as_array().unwrap().len()).unwrap(), sold);
}

#[tokio::test]
async fn a_duplicate_entity_or_seq_in_a_batch_is_rejected() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let first = outlet.order(1, &coffee("a"));
    let mut again = outlet.order(1, &coffee("a"));
    again["data"]["customer_name"] = "Sri".into();
    let mut same_place = outlet.order(1, &coffee("b"));
    same_place["seq"] = first["seq"].clone();
    let last = outlet.order(1, &coffee("c"));
    let results = outlet.push(&[first, again, same_place, last]).await;
    let refused: Vec<_> = results.iter().map(|result| (result["item"].as_i64(), &result["outcome"])).collect();
    assert_eq!(refused, [(Some(1), &json!("rejected")), (Some(2), &json!("rejected"))]);
    assert_eq!(hub.rows("entity_id", "from documents order by entity_id").await, ["a", "c"]);
    let open = hub.rows("entity_id", "from dead_letters where resolved_at is null order by item_no").await;
    assert_eq!(open, ["a", "b"]);
}

/// The hub shows as much of an outlet's report of its quarantine as it can read.
#[tokio::test]
async fn an_unreadable_report_blocks_no_sale() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let order = [outlet.order(1, &coffee("a"))];
    let mut batch = outlet.batch(&order);
    batch["quarantined"] = json!(["order", {"entity_type": "order", "entity_id": "h", "seq": "1"}]);
    batch["unapplied"] = json!([{"entity_type": "product", "entity_id": "n"}]);
    outlet.post(&batch).await.ok();
    assert_eq!(hub.count("sales").await, 1);
    let reported = hub.get("/v1/hq/quarantine/outlets", &hub.admin_token().await).await.ok();
    let reported = reported.to_string();
    for id in ["\"item 0\"", "\"h\"", "\"n\""] {
        assert!(reported.contains(id), "{id} in {reported}");
    }
}

#[tokio::test]
async fn an_order_beyond_the_days_limit_is_rejected_alone() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let most = 1_000_000_000_000_000;
    // Lines that cancel out keep the order within its limits, and sum to one product beyond 64 bits.
    let lines = |gold: i64, times: usize| [("gold", gold, 1), ("lead", -gold, 1)].repeat(times);
    let order = |id: &str, lines: &[_]| crate::app::order(id, "2026-11-22", "paid", lines, &[]);
    let paid = |id: &str, date: &str, amount: i64| {
        crate::app::order(id, date, "paid", &[("tea", amount, 1)], &[("cash", amount)])
    };
    let half = most / 2 + 1;
    let items = [
        outlet.order(1, &coffee("before")),
        outlet.order(1, &order("a", &lines(most, 250))),
        outlet.order(1, &order("b", &lines(most / 4, 2))),
        // The day has space for one of these, not for two: the second is rejected, and accepted on another day.
        outlet.order(1, &paid("c", "2026-11-22", half)),
        outlet.order(1, &paid("d", "2026-11-22", half)),
        outlet.order(1, &paid("e", "2026-11-23", half)),
        outlet.order(1, &coffee("after")),
    ];
    let refused = |results: Vec<serde_json::Value>| -> Vec<_> {
        results.iter().map(|result| (result["item"].as_i64().unwrap(), result["code"].to_string())).collect()
    };
    let too_large = |item: i64| (item, "\"figures_too_large\"".to_owned());
    assert_eq!(refused(outlet.push(&items).await), [too_large(1), too_large(4)]);
    assert_eq!(hub.rows("order_id", "from sales order by order_id").await, ["after", "b", "before", "c", "e"]);
    let total = half + 40_000;
    assert_eq!(
        hub.rows("orders,total", "from daily_sales order by business_date").await,
        [format!("4|{total}"), format!("1|{half}")]
    );
    // Recorded sales count once: a change of the guest's name does not change the amount.
    let mut named = paid("c", "2026-11-22", half);
    named["customer_name"] = "Sri".into();
    let items = [outlet.order(2, &named), outlet.order(1, &paid("f", "2026-11-22", half))];
    assert_eq!(refused(outlet.push(&items).await), [too_large(1)]);
    // A day at its limit still accepts ordinary sales.
    let items = [outlet.order(1, &paid("g", "2026-11-22", most - total)), outlet.order(1, &coffee("h"))];
    assert!(outlet.push(&items).await.is_empty());
    let sold = hub.get("/v1/hq/sales/products?from=2026-11-01&to=2026-11-30", &hub.admin_token().await).await.ok();
    assert_eq!(sold[0]["product_id"], "tea");
}

#[tokio::test]
async fn too_long_reported_texts_are_cut_and_block_no_sale() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let order = [outlet.order(1, &coffee("a"))];
    let mut batch = outlet.batch(&order);
    let long = "é".repeat(5_000);
    batch["quarantined"] = json!([{"entity_type": "x", "entity_id": long, "seq": 1, "state": long, "code": long, "args": {"x": long}, "message": long}]);
    batch["unapplied"] = json!([{"entity_type": long, "entity_id": "x", "message": long}]);
    outlet.post(&batch).await.ok();
    assert_eq!(hub.count("sales").await, 1);
    let report = hub.get("/v1/hq/quarantine/outlets", &hub.admin_token().await).await.ok()[0].clone();
    let letters = |value: &Value| value.as_str().unwrap().chars().count();
    let quarantined = ["entity_id", "state", "code", "message"].map(|field| letters(&report["quarantined"][0][field]));
    assert_eq!(quarantined, [128, 128, 128, 1_000]);
    assert_eq!(report["quarantined"][0]["args"], json!({}));
    assert_eq!(["entity_type", "message"].map(|field| letters(&report["unapplied"][0][field])), [128, 1_000]);
}

#[tokio::test]
async fn a_verify_request_must_be_valid() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let order = [outlet.order(1, &coffee("a"))];
    outlet.push(&order).await;
    let whole = json!({"from": null, "to": null});
    let of = |epoch: Value, ranges: usize| json!({"ownership": "owned", "epoch": epoch, "ranges": vec![whole.clone(); ranges]});
    let epoch = outlet.epoch["id"].clone();
    let prints = outlet.ask("verify", &of(epoch.clone(), 16)).await.ok();
    assert_eq!(prints["ranges"].as_array().map(Vec::len), Some(16));
    assert_eq!(prints["ranges"][0]["count"], 1);
    outlet.ask("verify", &of(epoch.clone(), 17)).await.refused(422, "too_many_ranges");
    outlet.ask("verify", &of(json!("another epoch"), 1)).await.refused(409, "epoch_mismatch");
    for body in [
        json!({"ownership": "everybody's", "epoch": epoch, "ranges": []}),
        json!({"ownership": "owned", "epoch": epoch}),
        json!({"ownership": "owned", "epoch": epoch, "ranges": [{"from": "order", "to": null}]}),
    ] {
        outlet.ask("verify", &body).await.refused(422, "invalid_body");
    }
}

#[tokio::test]
async fn a_statement_is_checked_against_figures_and_orders() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items = [outlet.order(1, &coffee("a")), outlet.order(1, &coffee("b"))];
    outlet.push(&items).await;
    let statement = json!({"business_date": "2026-11-22", "orders": 2, "total": 40_000, "refunds": 0, "refunded": 0, "by_method": {"cash": 40_000}});
    let report = json!({"days": [{"settled": true, "statement": statement}]});
    let same = async || {
        outlet.ask("statement", &report).await.ok();
        hub.rows("matches", "from statements").await == ["1"]
    };
    assert!(same().await);
    for (harm, end) in [
        ("update daily_sales set total = total - 1", "update daily_sales set total = total + 1"),
        ("update daily_tenders set amount = amount - 1", "update daily_tenders set amount = amount + 1"),
        ("update sales set status = 'void' where order_id = 'a'", "update sales set status = 'paid'"),
        (
            "update sales set total = total + 1 where order_id = 'b'",
            "update sales set total = total - 1 where order_id = 'b'",
        ),
        ("update sale_tenders set amount = 1 where order_id = 'a'", "update sale_tenders set amount = 20000"),
    ] {
        hub.execute(harm, None).await;
        assert!(!same().await, "nothing is said of {harm}");
        hub.execute(end, None).await;
        assert!(same().await, "{end}");
    }
}

#[tokio::test]
async fn a_statement_has_unique_dates_up_to_a_limit() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let day = |date: &str| {
        let statement =
            json!({"business_date": date, "orders": 1, "total": 0, "refunds": 0, "refunded": 0, "by_method": {}});
        json!({"settled": true, "statement": statement})
    };
    let dates: Vec<_> = (0..101).map(|n| format!("20{n:02}-01-01")).map(|date| date.replace("20100", "2100")).collect();
    let report = |dates: &[String]| json!({"days": dates.iter().map(|date| day(date)).collect::<Vec<_>>()});
    outlet.ask("statement", &report(&dates[..100])).await.ok();
    let stored = hub.count("statements").await;
    assert_eq!(stored, 100);
    // A statement without sales on both sides is not stored.
    let nothing =
        json!({"business_date": dates[0], "orders": 0, "total": 0, "refunds": 0, "refunded": 0, "by_method": {}});
    outlet.ask("statement", &json!({"days": [{"settled": true, "statement": nothing}]})).await.ok();
    assert_eq!(hub.count("statements").await, 99);
    outlet.ask("statement", &report(&dates[..1])).await.ok();
    outlet.ask("statement", &report(&dates)).await.refused(422, "invalid_statement");
    for no_date in ["", "2026-02-30", "20260101", "yesterday", "2026-1-1"] {
        let days = [dates[0].clone(), no_date.to_owned()];
        outlet.ask("statement", &report(&days)).await.refused(422, "invalid_statement");
    }
    let twice = [dates[0].clone(), dates[0].clone()];
    outlet.ask("statement", &report(&twice)).await.refused(422, "invalid_statement");
    outlet.ask("statement", &json!({"days": [{"settled": 1}]})).await.refused(422, "invalid_body");
    assert_eq!(hub.count("statements").await, stored);
    outlet.get("statement?from=2026-02-30&to=2026-03-01").await.refused(422, "invalid_query");
    outlet.get("statement?from=2026-03-02&to=2026-03-01").await.refused(422, "invalid_query");
}
