//! The chain rule over HTTP: the hub records and applies a batch in one transaction.

use axum::http::{Request, header};
use serde_json::json;

use crate::app::{TestHub, coffee, send};
use crate::engine;

#[tokio::test]
async fn the_next_batch_is_stored_and_advances_the_position() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items = [outlet.order(1, &coffee("a")), outlet.order(1, &coffee("b"))];
    let batch = outlet.batch(&items);
    let data = outlet.post(&batch).await.ok();
    let chain = json!({"epoch": outlet.epoch, "batch_no": 1, "batch_id": batch["batch_id"], "results": []});
    assert_eq!(data, json!({"batch_id": batch["batch_id"], "chain": chain, "hub_version": env!("CARGO_PKG_VERSION")}));
    assert_eq!(hub.rows("entity_id,version,deleted", "from documents order by 1").await, ["a|1|0", "b|1|0"]);
    assert_eq!(hub.rows("batch_no,complete_through,quarantined", "from chains").await, ["1|2|[]"]);
}

#[tokio::test]
async fn a_repeated_batch_gets_the_same_reply_and_doubles_nothing() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let mut broken = coffee("b");
    broken["total"] = 1.into();
    let items = [outlet.order(1, &coffee("a")), outlet.order(1, &broken)];
    let batch = outlet.batch(&items);
    let first = outlet.post(&batch).await.ok();
    assert_eq!(first["chain"]["results"].as_array().unwrap().len(), 1);
    assert_eq!(outlet.post(&batch).await.ok(), first);
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["1|20000"]);
    assert_eq!(hub.count("dead_letters").await, 1);
}

#[tokio::test]
async fn two_concurrent_copies_are_stored_once() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items: Vec<_> = (0..50).map(|n| outlet.order(1, &coffee(&format!("o{n}")))).collect();
    let batch = outlet.batch(&items);
    let mut replies = <[_; 2]>::from(tokio::join!(outlet.post(&batch), outlet.post(&batch)));
    // One of the two may be answered with 429; its repetition gets the same answer.
    for reply in replies.iter_mut().filter(|reply| reply.status != 200) {
        reply.refused(429, "batch_in_progress");
        *reply = outlet.post(&batch).await;
    }
    let [one, two] = replies;
    assert_eq!(one.ok(), two.ok());
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["50|1000000"]);
}

#[tokio::test]
async fn a_batch_with_another_predecessor_gets_the_hubs_position() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let first = [outlet.order(1, &coffee("a"))];
    outlet.push(&first).await;
    let item = [outlet.order(1, &coffee("b"))];
    for (field, value) in [("batch_no", json!(3)), ("previous_batch_id", json!("another")), ("batch_no", json!(1))] {
        let mut batch = outlet.batch(&item);
        batch[field] = value;
        let reply = outlet.post(&batch).await;
        reply.refused(409, "chain_mismatch");
        assert_eq!(reply.body["data"]["batch_id"], batch["batch_id"]);
        assert_eq!(reply.body["data"]["chain"]["batch_no"], 1);
        assert_eq!(reply.body["data"]["chain"]["batch_id"].as_str(), outlet.last.as_deref());
    }
    assert_eq!(hub.count("documents").await, 1);
    outlet.push(&item).await;
    assert_eq!(hub.count("documents").await, 2);
}

#[tokio::test]
async fn another_epoch_must_enroll() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let first = [outlet.order(1, &coffee("a"))];
    outlet.push(&first).await;
    let mut clone = outlet.clone();
    for epoch in [json!({"number": 1, "id": "cloned"}), json!({"number": 2, "id": outlet.epoch["id"]})] {
        clone.epoch = epoch;
        let item = [clone.order(2, &coffee("a"))];
        let reply = clone.post(&clone.batch(&item)).await;
        reply.refused(409, "epoch_mismatch");
        assert!(reply.body["message"].as_str().unwrap().contains("gerai enroll"));
    }
    assert_eq!(hub.rows("version", "from documents").await, ["1"]);
}

#[tokio::test]
async fn a_new_outlets_position_is_zero_in_its_first_epoch() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let item = [outlet.order(1, &coffee("a"))];
    let mut later = outlet.batch(&item);
    later["batch_no"] = 7.into();
    later["previous_batch_id"] = "six".into();
    let reply = outlet.post(&later).await;
    reply.refused(409, "chain_mismatch");
    let start = json!({"epoch": outlet.epoch, "batch_no": 0, "batch_id": null, "results": []});
    assert_eq!(reply.body["data"]["chain"], start);
    let mut other = outlet.clone();
    other.epoch = json!({"number": 1, "id": "another"});
    other.post(&other.batch(&item)).await.refused(409, "epoch_mismatch");
    outlet.push(&item).await;
}

#[tokio::test]
async fn a_failure_inside_a_batch_leaves_nothing() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    hub.execute(engine::BREAK_LINES, None).await;
    let items = [outlet.order(1, &coffee("a")), outlet.order(1, &coffee("b")), outlet.order(1, &coffee("c"))];
    let batch = outlet.batch(&items);
    let reply = outlet.post(&batch).await;
    reply.refused(500, "internal_error");
    assert!(!reply.body.to_string().contains("fire"));
    for table in ["documents", "sales", "sale_lines", "sale_tenders", "daily_sales", "daily_tenders", "chains"] {
        assert_eq!(hub.count(table).await, 0, "{table}");
    }
    assert_eq!(hub.rows("last_contact_at", "from outlets").await, [""]);
    hub.execute(engine::MEND_LINES, None).await;
    assert_eq!(outlet.push(&items).await, Vec::<serde_json::Value>::new());
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["3|60000"]);
}

#[tokio::test]
async fn an_unsupported_protocol_version_asks_for_an_upgrade() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    for protocol in [0, 2, 99] {
        let mut batch = outlet.batch(&[]);
        batch["protocol"] = protocol.into();
        outlet.post(&batch).await.refused(426, "protocol_unsupported");
    }
    outlet.post(&json!({"protocol": 2, "of": "another shape"})).await.refused(426, "protocol_unsupported");
    assert_eq!(hub.count("chains").await, 0);
}

#[tokio::test]
async fn a_batch_carries_the_outlets_report() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let batch = json!({"quarantined": [{"entity_type": "order", "entity_id": "h"}]});
    let mut body = outlet.batch(&[]);
    body["quarantined"] = batch["quarantined"].clone();
    body["complete_through"] = 41.into();
    let mut request = outlet.request(body.to_string().into_bytes());
    let an_hour_ago = web::time::now() - jiff::SignedDuration::from_hours(1);
    request.headers_mut().insert("x-sent-at", web::time::text(an_hour_ago).parse().unwrap());
    request.headers_mut().insert("x-outlet-pending", "12".parse().unwrap());
    request.headers_mut().insert(header::USER_AGENT, "gerai/0.1.0 linux".parse().unwrap());
    send(&hub.router, request).await.ok();
    outlet.advance(&body);
    // A batch without a report, or with nonsense, is accepted and changes nothing of the previous report.
    let body = outlet.batch(&[]);
    let mut request = outlet.request(body.to_string().into_bytes());
    for name in ["x-sent-at", "x-outlet-pending", "user-agent"] {
        request.headers_mut().insert(name, "tomorrow".parse().unwrap());
    }
    send(&hub.router, request).await.ok();

    let report = hub.get("/v1/hq/outlets", &hub.admin_token().await).await.ok();
    let report = &report[0];
    let offset = report["clock_offset_ms"].as_i64().unwrap();
    assert!((3_600_000..3_660_000).contains(&offset), "{offset}");
    assert_eq!((&report["pending"], &report["app_version"]), (&json!(12), &json!("0.1.0")));
    assert_eq!(
        (&report["batch_no"], &report["acked_through"], &report["quarantined"]),
        (&json!(2), &json!(0), &json!([]))
    );
    assert!(report["last_contact_at"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn a_batch_may_be_compressed_or_not() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let item = [outlet.order(1, &coffee("a"))];
    let batch = outlet.batch(&item).to_string();
    let packed = zstd::encode_all(batch.as_bytes(), 1).unwrap();
    for (encoding, body) in [("zstd", packed), ("identity", batch.into_bytes())] {
        let mut request = outlet.request(body);
        request.headers_mut().insert(header::CONTENT_ENCODING, encoding.parse().unwrap());
        send(&hub.router, request).await.ok();
    }
    let path = format!("/v1/outlets/{}/sync/batch", outlet.id);
    let key = format!("Bearer {}", outlet.key);
    let request = Request::post(path).header("content-encoding", "br").header(header::AUTHORIZATION, key);
    send(&hub.router, request.body("x".into()).unwrap()).await.refused(415, "unsupported_encoding");
    assert_eq!(hub.count("documents").await, 1);
}
