//! Enrollment with a one-time code: once, in a new epoch, and repeatable when the answer was lost.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::Request;
use hub::outlets;
use serde_json::{Value, json};

use crate::app::{Reply, TestHub, coffee};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const KEY: &str = "a key that the outlet made, of 43 characters";

impl TestHub {
    async fn enroll_from(&self, address: IpAddr, body: &Value) -> Reply {
        let mut request = Request::post("/v1/enroll").body(body.to_string().into()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 50_000)));
        self.send(request).await
    }

    async fn enroll(&self, body: &Value) -> Reply {
        self.enroll_from(HERE, body).await
    }

    async fn new_code(&self, outlet: &str) -> String {
        let outlet = outlet.to_owned();
        let created = self.hub.store().write(move |tx| outlets::enroll_code(tx, &outlet, web::time::now())).await;
        created.unwrap().enroll_code
    }
}

fn key(name: &str) -> String {
    KEY.replace(' ', "-").replace("the-outlet", name)
}

fn enrollment(code: &str, epoch_id: &str, number: i64, key: &str) -> Value {
    json!({"code": code, "epoch_id": epoch_id, "epoch_number": number, "api_key": key})
}

#[tokio::test]
async fn a_new_outlet_enrolls_with_its_first_code() {
    let hub = TestHub::start().await;
    let added = hub.hub.store().write(|tx| outlets::add(tx, "JKT-001", "Kemang", web::time::now())).await.unwrap();
    // The code as somebody writes it down from a phone call.
    let code = added.enroll_code.to_lowercase().replace('-', " ").replace('0', "o");
    let answer = hub.enroll(&enrollment(&code, "born", 1, &key("one"))).await.ok();
    let epoch = json!({"number": 2, "id": "born"});
    assert_eq!(
        answer,
        json!({"outlet_id": added.outlet_id, "outlet_code": "JKT-001", "outlet_name": "Kemang", "epoch": epoch,
            "previous_chain": null})
    );
    let mut outlet = hub.outlet("JKT-002").await;
    (outlet.id, outlet.key, outlet.epoch) = (added.outlet_id, added.api_key, epoch);
    outlet.post(&outlet.batch(&[])).await.refused(401, "unauthorized");
    outlet.key = key("one");
    let page = outlet.pull("", "epoch=born").await;
    assert_eq!((page.chain.epoch.number, page.chain.position.batch_no), (2, 0));
    outlet.push(&[]).await;
    assert_eq!(hub.rows("batch_no", "from chains").await, ["1"]);
}

#[tokio::test]
async fn a_lost_enrollment_answer_is_repeated() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let mut broken = coffee("b");
    broken["total"] = 1.into();
    let items = [outlet.order(1, &coffee("a")), outlet.order(1, &broken)];
    outlet.push(&items).await;

    // The machine is replaced; its database comes from a backup.
    let code = hub.new_code("JKT-001").await;
    let request = enrollment(&code, "second epoch", 1, &key("new"));
    let lost = hub.enroll(&request).await.ok();
    assert_eq!(lost["epoch"], json!({"number": 2, "id": "second epoch"}));
    assert_eq!(lost["previous_chain"]["batch_id"].as_str(), outlet.last.as_deref());
    assert_eq!(lost["previous_chain"]["results"][0]["code"], "totals_do_not_add_up");
    assert_eq!(hub.enroll(&request).await.ok(), lost);

    // The power fails, the hub restarts, and the code has expired.
    let hub = hub.reopen(|_| {}).await;
    hub.execute("update outlets set enroll_code_expires_at = '2026-01-01T00:00:00.000Z'", None).await;
    assert_eq!(hub.enroll(&request).await.ok(), lost);
    hub.enroll(&enrollment(&code, "third epoch", 1, &key("new"))).await.refused(401, "invalid_enroll_code");
    hub.enroll(&enrollment(&code, "second epoch", 1, &key("thief"))).await.refused(401, "invalid_enroll_code");

    // The old machine is rejected; the new one begins a batch chain without the old one's history.
    outlet.connect_to(&hub);
    outlet.post(&outlet.batch(&[])).await.refused(401, "unauthorized");
    let mut new = outlet.clone();
    (new.key, new.epoch, new.no, new.last) = (key("new"), lost["epoch"].clone(), 0, None);
    let mut old = new.clone();
    old.epoch = outlet.epoch.clone();
    old.post(&old.batch(&[])).await.refused(409, "epoch_mismatch");
    new.get("updates?epoch=epoch%20of%20JKT-001").await.refused(409, "epoch_mismatch");
    let documents = new.get("documents?epoch=second%20epoch").await.ok();
    assert_eq!((&documents["documents"][0]["epoch_number"], &documents["chain"]["batch_no"]), (&json!(1), &json!(0)));
    let mut sold = coffee("a");
    sold["customer_name"] = "Ibu Sri".into();
    let items = [new.order(1, &sold)];
    new.push(&items).await;
    assert_eq!(hub.rows("epoch_number,version", "from documents").await, ["2|1"]);

    // A late copy gets the same answer and changes nothing.
    assert_eq!(hub.enroll(&request).await.ok(), lost);
    assert_eq!(hub.rows("batch_no,epoch_number", "from chains").await, ["1|2"]);
}

#[tokio::test]
async fn two_copies_of_an_enrollment_make_one_epoch() {
    let hub = TestHub::start().await;
    let _ = hub.outlet("JKT-001").await;
    let request = enrollment(&hub.new_code("JKT-001").await, "born", 1, &key("one"));
    let (one, two) = tokio::join!(hub.enroll(&request), hub.enroll(&request));
    assert_eq!(one.ok(), two.ok());
    assert_eq!(hub.rows("epoch_number", "from chains").await, ["2"]);
}

#[tokio::test]
async fn the_new_epoch_is_above_both_sides_known_ones() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    outlet.push(&[]).await;
    for (known, expected) in [(1, 2), (1, 3), (0, 4), (9, 10), (10, 11)] {
        let code = hub.new_code("JKT-001").await;
        let answer = hub.enroll(&enrollment(&code, &format!("epoch {expected}"), known, &key("one"))).await.ok();
        assert_eq!(answer["epoch"]["number"], expected);
        assert!(answer["previous_chain"]["epoch"]["number"].as_i64().unwrap() < expected);
    }
}

#[tokio::test]
async fn wrong_used_and_expired_codes_get_the_same_refusal() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let _ = hub.outlet("JKT-002").await;
    let _ = hub.outlet("JKT-003").await;
    let _ = hub.outlet("JKT-004").await;
    let spent = hub.new_code("JKT-001").await;
    hub.enroll(&enrollment(&spent, "born", 1, &key("one"))).await.ok();
    let old = hub.new_code("JKT-002").await;
    hub.execute(
        "update outlets set enroll_code_expires_at = ?1 where code = 'JKT-002'",
        Some(web::time::text(web::time::now())),
    )
    .await;
    let replaced = hub.new_code("JKT-003").await;
    hub.new_code("JKT-003").await;
    let revoked = hub.new_code("JKT-004").await;
    hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-004", web::time::now())).await.unwrap();
    let mut words = Vec::new();
    for code in [&spent, &old, &replaced, &revoked, "AAAA-AAAA-AAAA", ""] {
        let reply = hub.enroll(&enrollment(code, "another", 1, &key("two"))).await;
        reply.refused(401, "invalid_enroll_code");
        words.push(reply.body.to_string());
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:?}");
    // A new code works.
    let new = hub.new_code(&outlet.id).await;
    hub.enroll(&enrollment(&spent, "born", 1, &key("one"))).await.refused(401, "invalid_enroll_code");
    hub.enroll(&enrollment(&new, "again", 1, &key("one"))).await.ok();
}

#[tokio::test]
async fn ten_wrong_codes_in_a_minute_block_only_their_address() {
    let hub = TestHub::start().await;
    let _ = hub.outlet("JKT-001").await;
    let request = enrollment(&hub.new_code("JKT-001").await, "born", 1, &key("one"));
    for _ in 0..12 {
        hub.enroll(&request).await.ok();
    }
    let wrong = enrollment("AAAA-AAAA-AAAA", "born", 1, &key("one"));
    for _ in 0..10 {
        hub.enroll(&wrong).await.refused(401, "invalid_enroll_code");
    }
    hub.enroll(&wrong).await.refused(429, "too_many_attempts");
    let reply = hub.enroll(&request).await;
    reply.refused(429, "too_many_attempts");
    let seconds: u32 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=61).contains(&seconds), "{seconds}");
    hub.enroll_from("10.0.0.2".parse().unwrap(), &request).await.ok();
}

#[tokio::test]
async fn an_invalid_enrollment_is_refused_and_the_code_stays_valid() {
    let hub = TestHub::start().await;
    let other = hub.outlet("JKT-002").await;
    let _ = hub.outlet("JKT-001").await;
    let code = hub.new_code("JKT-001").await;
    let good = enrollment(&code, "born", 1, &key("one"));
    for (field, value) in [
        ("api_key", json!("k".repeat(31))),
        ("api_key", json!("k".repeat(257))),
        ("api_key", json!("é".repeat(40))),
        ("api_key", json!(KEY)),
        ("api_key", json!(other.key)),
        ("epoch_id", json!("")),
        ("epoch_id", json!("e".repeat(129))),
        ("epoch_number", json!(-1)),
        ("epoch_number", json!(i64::MAX)),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        hub.enroll(&bad).await.refused(422, "invalid_enrollment");
    }
    for (field, value) in [("epoch_number", json!("1")), ("code", json!(null)), ("epoch_number", json!(1e30))] {
        let mut bad = good.clone();
        bad[field] = value;
        hub.enroll(&bad).await.refused(422, "invalid_body");
    }
    let mut request = Request::post("/v1/enroll").body("{".into()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(HERE, 50_000)));
    hub.send(request).await.refused(400, "malformed_json");
    assert_eq!(hub.count("chains").await, 0);
    hub.enroll(&good).await.ok();
    let stored = hub.rows("api_key_hash,enroll_code_hash,enrolled_answer", "from outlets").await.join("");
    assert!(!stored.contains(&key("one")) && !stored.contains(&code), "{stored}");
}
