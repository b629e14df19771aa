//! Head office's view of its outlets: presence, silence and problems.

use axum::body::Body;
use axum::http::Request;
use hub::webhooks;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet, coffee};
use crate::engine;

/// Sets an outlet's last contact to this many minutes ago.
async fn age_last_contact(hub: &TestHub, outlet: &TestOutlet, minutes: i64) -> String {
    let at = web::time::text(web::time::now() - SignedDuration::from_mins(minutes));
    let arg = format!("{at}{}", outlet.id);
    let sql = "update outlets set last_contact_at = substr(?1, 1, 24) where outlet_id = substr(?1, 25)";
    hub.execute(sql, Some(arg)).await;
    at
}

async fn listed(hub: &TestHub) -> Vec<Value> {
    hub.get("/v1/hq/outlets", &hub.admin_token().await).await.ok().as_array().unwrap().clone()
}

async fn health(hub: &TestHub) -> Value {
    hub.get("/v1/hq/health", &hub.viewer_token().await).await.ok()
}

fn codes(health: &Value) -> Vec<&str> {
    let reasons = health["reasons"].as_array().unwrap();
    for reason in reasons {
        let message = reason["message"].as_str().unwrap();
        assert!(message.ends_with('.') && message.len() > 20, "{message}");
    }
    reasons.iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

async fn gauges(hub: &TestHub) -> [String; 4] {
    let text = hub.send(Request::get("/metrics").body(Body::empty()).unwrap()).await.body.as_str().unwrap().to_owned();
    ["new", "active", "silent", "revoked"].map(|state| {
        let name = format!("gerai_hub_outlets{{state=\"{state}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&name)).unwrap_or("none").to_owned()
    })
}

#[tokio::test]
async fn a_stopped_outlet_is_silent_until_its_next_contact() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    assert_eq!(gauges(&hub).await, ["2", "0", "0", "0"]);
    one.push(&[]).await;
    two.push(&[]).await;
    assert_eq!(gauges(&hub).await, ["0", "2", "0", "0"]);
    assert_eq!(health(&hub).await["state"], "ready");
    age_last_contact(&hub, &one, 59).await;
    let since = age_last_contact(&hub, &two, 61).await;
    let seen = listed(&hub).await;
    let of = |n: usize| ["state", "presence", "silent_since"].map(|field| seen[n][field].clone());
    assert_eq!(of(0), [json!("active"), json!("active"), json!(null)]);
    assert_eq!(of(1), [json!("active"), json!("silent"), json!(since)]);
    assert_eq!(gauges(&hub).await, ["0", "1", "1", "0"]);
    let ill = health(&hub).await;
    assert_eq!((codes(&ill), &ill["silent_outlets"]), (vec!["outlets_silent"], &json!(["JKT-002"])));
    assert_eq!((&ill["state"], &ill["active_outlet_count"]), (&json!("degraded"), &json!(1)));
    // Any request counts as contact.
    two.get("updates").await.ok();
    assert_eq!(listed(&hub).await[1]["presence"], "active");
    age_last_contact(&hub, &two, 100_000).await;
    hub.hub.store().write(|tx| hub::outlets::revoke(tx, "JKT-002", web::time::now())).await.unwrap();
    assert_eq!(listed(&hub).await[1]["presence"], "revoked", "nobody expects it");
    assert_eq!((codes(&health(&hub).await), gauges(&hub).await), (vec![], ["0", "1", "0", "1"].map(str::to_owned)));
}

#[tokio::test]
async fn an_enrolled_outlet_without_contact_goes_silent() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let now = web::time::now();
    let code = hub.hub.store().write(move |tx| hub::outlets::enroll_code(tx, "JKT-001", now)).await.unwrap();
    let body = json!({"code": code.enroll_code, "epoch_id": "x", "epoch_number": 0, "api_key": "k".repeat(40)});
    let mut request = Request::post("/v1/enroll").body(Body::from(body.to_string())).unwrap();
    let peer: std::net::SocketAddr = "127.0.0.1:1".parse().unwrap();
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    assert_eq!(listed(&hub).await[0]["presence"], "new");
    hub.send(request).await.ok();
    let seen = &listed(&hub).await[0];
    assert_eq!((&seen["presence"], &seen["epoch_number"]), (&json!("active"), &json!(1)));
    age_last_contact(&hub, &outlet, 61).await;
    assert_eq!(listed(&hub).await[0]["presence"], "silent");
}

fn report(waiting: i64, oldest_waiting_at: &str) -> Value {
    let device = json!({"id": "d", "name": "Kasir depan", "kind": "till", "app_version": "0.1.0",
        "last_seen_at": "2026-11-22T10:00:00.000Z", "waiting": waiting, "oldest_waiting_at": oldest_waiting_at});
    json!({"device_count": 1, "waiting": waiting, "oldest_waiting_at": oldest_waiting_at, "devices": [device]})
}

async fn push_with_pending(hub: &TestHub, outlet: &mut TestOutlet, pending: &str) {
    let batch = outlet.batch(&[]);
    let mut request = outlet.request(batch.to_string().into_bytes());
    request.headers_mut().insert("x-outlet-pending", pending.parse().unwrap());
    hub.send(request).await.ok();
    outlet.advance(&batch);
}

#[tokio::test]
async fn an_outlet_has_all_sales_only_until_the_oldest_on_its_tills() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let seen = async || hub.get("/v1/hq/outlets/JKT-001", &hub.admin_token().await).await.ok();
    let of = |seen: &Value| {
        ["complete_until", "waiting_sale_count", "oldest_waiting_at", "devices"].map(|of| seen[of].clone())
    };
    assert_eq!(of(&seen().await), [Value::Null, Value::Null, Value::Null, Value::Null], "it has reported nothing");
    push_with_pending(&hub, &mut outlet, "0").await;
    let found = seen().await;
    assert_eq!(found["complete_until"], found["last_contact_at"]);

    let (old, new) = ("2026-11-22T07:32:00.000Z", "2126-11-22T07:32:00.000Z");
    outlet.ask("devices", &report(3, old)).await.ok();
    let found = seen().await;
    assert_eq!(of(&found)[..3], [json!(old), json!(3), json!(old)]);
    let devices = &found["devices"];
    assert_eq!((&devices["device_count"], &devices["devices"][0]["name"]), (&json!(1), &json!("Kasir depan")));
    assert!(devices["reported_at"].is_string());
    assert_eq!(listed(&hub).await[0]["waiting_sale_count"], 3);
    let ill = health(&hub).await;
    assert_eq!((codes(&ill), &ill["waiting_sale_count"]), (vec!["sales_on_devices"], &json!(3)));
    // A sale that waits for a moment is no problem.
    outlet.ask("devices", &report(2, new)).await.ok();
    let found = seen().await;
    assert_eq!((&found["complete_until"], &found["waiting_sale_count"]), (&found["last_contact_at"], &json!(2)));
    assert_eq!((codes(&health(&hub).await), hub.count("device_reports").await), (vec![], 1));
    // Nothing is complete while changes are pending, whatever asks next.
    push_with_pending(&hub, &mut outlet, "4").await;
    outlet.ask("devices", &report(0, old)).await.ok();
    let found = seen().await;
    assert_eq!(of(&found)[..3], [Value::Null, json!(0), Value::Null]);
    outlet.ask("devices", &json!({"device_count": "one"})).await.refused(422, "invalid_body");
    let revoked = hub.hub.store().write(|tx| hub::outlets::revoke(tx, "JKT-001", web::time::now())).await;
    revoked.unwrap();
    outlet.ask("devices", &report(1, old)).await.refused(403, "outlet_revoked");
    assert_eq!(health(&hub).await["waiting_sale_count"], 0);
}

#[tokio::test]
async fn each_problem_is_reported_with_advice_until_fixed() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let conflict = |status: &str| {
        json!({"id": "k", "entity_type": "customer", "entity_id": "c", "field": "name", "rule": "manual", "status": status,
            "created_at": "2026-11-22T10:00:00.000Z"})
    };
    let record = |outlet: &mut TestOutlet, version: i64, status: &str| {
        outlet.item(json!({"entity_type": "conflict", "entity_id": "k", "version": version, "data": conflict(status)}))
    };
    let items = [outlet.order(1, &coffee("a")), record(&mut outlet, 1, "open")];
    outlet.push(&items).await;
    let mut broken = coffee("b");
    broken["total"] = 1.into();
    let broken = [outlet.order(1, &broken)];
    outlet.push(&broken).await;
    let mut batch = outlet.batch(&[]);
    batch["quarantined"] = json!([{"entity_type": "order", "entity_id": "b"}]);
    outlet.post(&batch).await.ok();
    outlet.advance(&batch);
    let now = web::time::now();
    let set = move |tx: &mut store::Tx<'_>| webhooks::set_url(tx, "JKT-001", "https://pos.example.com", now);
    hub.hub.store().write(set).await.unwrap();
    hub.execute("update webhooks set state = 'failing'", None).await;
    let differs = "insert into statements values (?1, '2026-11-22', 1, 0, '{}', '2026-11-23T00:00:00.000Z')";
    hub.execute(differs, Some(outlet.id.clone())).await;

    let seen = &listed(&hub).await[0];
    let counts = ["open_conflict_count", "dead_letter_count", "epoch_number"].map(|field| seen[field].clone());
    assert_eq!(counts, [1, 1, 1], "{seen}");
    assert_eq!(seen["quarantined"].as_array().map(Vec::len), Some(1));
    let ill = health(&hub).await;
    assert_eq!(
        codes(&ill),
        ["items_quarantined", "dead_letters_open", "conflicts_open", "statement_differs", "webhooks_failing"]
    );
    assert_eq!(ill["differing_days"], json!([{"outlet_code": "JKT-001", "business_date": "2026-11-22"}]));
    assert_eq!((&ill["quarantining_outlets"], &ill["failing_webhooks"]), (&json!(["JKT-001"]), &json!(["JKT-001"])));
    assert_eq!((&ill["dead_letter_outlets"], &ill["unapplied_update_outlets"]), (&json!(["JKT-001"]), &json!([])));
    assert_eq!(ill["disk_free_bytes"].as_u64().is_some_and(|free| free > 0), engine::ON_THIS_DISK);
    assert!(ill["upkeep_error"].is_null());

    let settled = [record(&mut outlet, 2, "resolved")];
    outlet.push(&settled).await;
    hub.execute("update webhooks set state = 'active'", None).await;
    hub.execute("update statements set matches = 1", None).await;
    assert_eq!(codes(&health(&hub).await), ["dead_letters_open"]);
    let discard = "update dead_letters set discarded_by = 'hq:admin', discarded_at = 't', discard_reason = 'x'";
    hub.execute(discard, None).await;
    assert_eq!(codes(&health(&hub).await), [""; 0]);
    // The record stays, and awaits nobody.
    let seen = &listed(&hub).await[0];
    assert_eq!((&seen["open_conflict_count"], &seen["dead_letter_count"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn discarded_items_raise_no_alarm_and_unapplied_updates_do() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let quarantined = |state: &str| json!([{"entity_type": "order", "entity_id": "b", "seq": 1, "state": state}]);
    let unapplied = json!([{"entity_type": "voucher", "entity_id": "v", "reason": "An unknown type."}]);
    for (quarantined, unapplied, expected) in [
        (quarantined("discarded"), json!([]), &[][..]),
        (quarantined("failed"), json!([]), &["items_quarantined"]),
        (quarantined("discarded"), unapplied, &["updates_unapplied"]),
    ] {
        let mut batch = outlet.batch(&[]);
        (batch["quarantined"], batch["unapplied"]) = (quarantined, unapplied);
        outlet.post(&batch).await.ok();
        outlet.advance(&batch);
        assert_eq!(codes(&health(&hub).await), expected);
    }
}

#[tokio::test]
async fn an_unreadable_conflict_is_rejected_alone_and_not_counted() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let item = outlet.item(json!({"entity_type": "conflict", "entity_id": "k", "data": {"status": "open"}}));
    let mut batch = outlet.batch(&[item]).to_string();
    batch = batch.replace("{\"status\":\"open\"}", &format!("{{\"status\":\"open\",\"base\":{deep}}}"));
    crate::app::send(&hub.router, outlet.request(batch.into_bytes())).await.ok();
    assert_eq!(listed(&hub).await[0]["open_conflict_count"], 0);
}

#[tokio::test]
async fn an_outlet_is_found_by_id_or_code_unless_revoked() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let admin = hub.admin_token().await;
    let user = json!({"username": "sari", "role": "cashier", "pin": "4711"});
    hub.ask("POST /v1/hq/outlets/JKT-001/users", &admin, &user, None).await.created();
    for path in ["/v1/hq/outlets/JKT-001/users".to_owned(), format!("/v1/hq/outlets/{}/users", outlet.id)] {
        assert_eq!(hub.get(&path, &admin).await.ok().as_array().unwrap().len(), 1);
    }
    hub.get("/v1/hq/outlets/nowhere/users", &admin).await.refused(404, "not_found");
    hub.ask("POST /v1/hq/outlets/nowhere/users", &admin, &user, None).await.refused(404, "not_found");
    hub.hub.store().write(|tx| hub::outlets::revoke(tx, "JKT-001", web::time::now())).await.unwrap();
    let path = format!("POST /v1/hq/outlets/{}/users", outlet.id);
    hub.ask(&path, &admin, &Value::Null, None).await.refused(400, "malformed_json");
    hub.ask(&path, &admin, &user, None).await.refused(409, "outlet_revoked");
}

/// Enrolls with a code, as `gerai enroll` does.
async fn enroll(hub: &TestHub, code: &Value, epoch_id: &str, key: &str) -> Value {
    let body = json!({"code": code, "epoch_id": epoch_id, "epoch_number": 0, "api_key": key});
    hub.send(Request::post("/v1/enroll").body(Body::from(body.to_string())).unwrap()).await.ok()
}

#[tokio::test]
async fn an_outlet_added_by_head_office_is_followed_until_its_first_sale() {
    let hub = TestHub::start().await;
    let admin = hub.admin_token().await;
    let body = json!({"code": " JKT-001 ", "name": " Kedai Kemang "});
    let added = hub.ask("POST /v1/hq/outlets", &admin, &body, None).await.created();
    assert_eq!((&added["code"], &added["name"]), (&json!("JKT-001"), &json!("Kedai Kemang")));
    assert!(!added.to_string().contains("api_key"), "the outlet generates its own key");
    let path = format!("/v1/hq/outlets/{}", added["outlet_id"].as_str().unwrap());
    let seen = hub.get(&path, &admin).await.ok();
    assert_eq!(seen, hub.get("/v1/hq/outlets/JKT-001", &admin).await.ok());
    assert_eq!((&seen["presence"], &seen["enroll_expires_at"]), (&json!("new"), &added["enroll_expires_at"]));
    assert_eq!([&seen["enrolled_at"], &seen["first_sale_at"], &seen["versions"]["outlet"]], [&Value::Null; 3]);
    assert_eq!((seen["keys"].as_array().unwrap().len(), &seen["keys"][0]["origin"]), (1, &json!("added")));
    let row = hub.get("/v1/hq/outlets", &admin).await.ok()[0].clone();
    for (field, value) in row.as_object().unwrap() {
        assert_eq!(&seen[field], value, "{field}");
    }

    // The first code was lost; a newer one replaces it.
    let code = hub.ask("POST /v1/hq/outlets/JKT-001/enroll-code", &admin, &Value::Null, None).await.ok();
    assert_eq!((&code["outlet_id"], &code["name"]), (&added["outlet_id"], &json!("Kedai Kemang")));
    let old = json!({"code": added["enroll_code"], "epoch_id": "e", "epoch_number": 0, "api_key": "k".repeat(40)});
    let old = hub.send(Request::post("/v1/enroll").body(Body::from(old.to_string())).unwrap()).await;
    old.refused(401, "invalid_enroll_code");
    let key = "k".repeat(40);
    let joined = enroll(&hub, &code["enroll_code"], "e", &key).await;
    assert_eq!(joined["outlet_name"], "Kedai Kemang");
    let seen = hub.get(&path, &admin).await.ok();
    assert_eq!((&seen["presence"], &seen["enroll_expires_at"]), (&json!("active"), &Value::Null));
    assert_eq!((&seen["epochs"][0]["number"], &seen["epochs"][0]["began_at"]), (&json!(1), &seen["enrolled_at"]));
    let origins: Vec<_> = seen["keys"].as_array().unwrap().iter().map(|key| &key["origin"]).collect();
    assert_eq!(origins.len(), 2);
    let ended = |origin: &str| {
        let keys = seen["keys"].as_array().unwrap();
        keys.iter().find(|key| key["origin"] == origin).unwrap()["ended_at"].is_string()
    };
    assert!(ended("added") && !ended("enrolled"), "{}", seen["keys"]);

    let mut outlet = TestOutlet::known(hub.router.clone(), added["outlet_id"].as_str().unwrap(), &key, "JKT-001");
    outlet.epoch = joined["epoch"].clone();
    let mut sold = coffee("first");
    sold["paid_at"] = "2026-11-22T10:05:00.000Z".into();
    let mut open = coffee("open");
    (open["status"], open["payments"], open["paid"]) = ("open".into(), json!([]), 0.into());
    let items = [outlet.order(1, &open), outlet.order(1, &sold), outlet.order(1, &coffee("second"))];
    outlet.push(&items).await;
    assert_eq!(hub.get(&path, &admin).await.ok()["first_sale_at"], "2026-11-22T10:05:00.000Z");
}

#[tokio::test]
async fn an_outlet_with_a_wrong_code_or_name_is_not_added() {
    let hub = TestHub::start().await;
    hub.outlet("JKT-001").await;
    let admin = hub.admin_token().await;
    let long = "x".repeat(1_000);
    for (body, status, code) in [
        (json!({"code": "jkt-001", "name": "Kemang"}), 409, "outlet_code_taken"),
        (json!({"code": "JKT 2", "name": "Kemang"}), 422, "invalid_outlet_code"),
        (json!({"code": "", "name": "Kemang"}), 422, "invalid_outlet_code"),
        (json!({"code": "JKT-2", "name": " "}), 422, "invalid_text"),
        (json!({"code": "JKT-2", "name": long}), 422, "invalid_text"),
        (json!({"code": "JKT-2"}), 422, "invalid_body"),
        (json!({"code": "JKT-2", "name": "Kemang", "api_key": "k"}), 422, "invalid_body"),
    ] {
        hub.ask("POST /v1/hq/outlets", &admin, &body, None).await.refused(status, code);
    }
    assert_eq!((hub.count("outlets").await, hub.count("outlet_keys").await), (1, 1));
}

#[tokio::test]
async fn a_rotated_key_ends_the_previous_one_at_its_first_use() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let admin = hub.admin_token().await;
    outlet.push(&[]).await;
    let rotate = async || hub.ask("POST /v1/hq/outlets/JKT-001/rotate-key", &admin, &Value::Null, None).await.ok();
    // Valid keys by the way that they came to be.
    let valid = async || {
        let keys = hub.get("/v1/hq/outlets/JKT-001", &admin).await.ok()["keys"].clone();
        let keys = keys.as_array().unwrap().iter().filter(|key| key["ended_at"].is_null());
        let mut keys: Vec<_> = keys.map(|key| key["origin"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    };
    rotate().await;
    let second = rotate().await;
    assert!(second["previous_key_until"].as_str().is_some_and(|until| until.ends_with('Z')));
    assert_eq!(valid().await, ["added", "rotated"], "the first new key was never used");
    outlet.push(&[]).await;
    outlet.key = second["api_key"].as_str().unwrap().to_owned();
    outlet.push(&[]).await;
    assert_eq!(valid().await, ["rotated"]);
    rotate().await;
    hub.execute("update outlets set previous_key_until = ?1", Some(web::time::text(web::time::now()))).await;
    assert_eq!(valid().await, ["rotated"], "the key in use has expired");
    hub.ask("POST /v1/hq/outlets/JKT-001/revoke-key", &admin, &Value::Null, None).await.ok();
    assert_eq!(valid().await, [""; 0]);
    assert_eq!(hub.count("outlet_keys").await, 4);
}

#[tokio::test]
async fn an_outlet_is_renamed_and_revoked_by_head_office() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let admin = hub.admin_token().await;
    let name = json!({"name": "Kedai Senopati"});
    let renamed = hub.ask("PATCH /v1/hq/outlets/JKT-001", &admin, &name, None).await.ok();
    assert_eq!(renamed, json!({"outlet_id": outlet.id, "code": "JKT-001", "name": "Kedai Senopati"}));
    assert_eq!(listed(&hub).await[0]["name"], "Kedai Senopati");
    for (body, code) in [(json!({"name": ""}), "invalid_text"), (json!({}), "invalid_body")] {
        hub.ask("PATCH /v1/hq/outlets/JKT-001", &admin, &body, None).await.refused(422, code);
    }
    hub.ask("PATCH /v1/hq/outlets/nowhere", &admin, &name, None).await.refused(404, "not_found");
    for _ in 0..2 {
        let path = format!("POST /v1/hq/outlets/{}/revoke", outlet.id);
        assert_eq!(hub.ask(&path, &admin, &Value::Null, None).await.ok()["code"], "JKT-001");
    }
    outlet.get("updates").await.refused(403, "outlet_revoked");
    let path = format!("/v1/hq/outlets/{}", outlet.id);
    let seen = hub.get(&path, &admin).await.ok();
    assert_eq!((&seen["presence"], seen["keys"][0]["ended_at"].is_string()), (&json!("revoked"), true));
    for rest in ["enroll-code", "rotate-key", "revoke-key"] {
        hub.ask(&format!("POST {path}/{rest}"), &admin, &Value::Null, None).await.refused(409, "outlet_revoked");
    }
    hub.ask(&format!("PATCH {path}"), &admin, &name, None).await.refused(409, "outlet_revoked");
    hub.get("/v1/hq/outlets/JKT-001", &admin).await.refused(404, "not_found");
}

#[tokio::test]
async fn each_outlet_has_the_business_date_of_its_own_clock_and_cut_off() {
    let hub = TestHub::start().await;
    let (mut cafe, mut east, _new) =
        (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await, hub.outlet("JKT-003").await);
    for (outlet, zone, cutoff) in [(&mut cafe, "Asia/Jakarta", 240), (&mut east, "Asia/Jayapura", 0)] {
        let mut settings = outlet.named("setting", "outlet", "x");
        settings["fields"].as_object_mut().unwrap().remove("name");
        settings["fields"]["zone"] = json!([null, zone]);
        settings["fields"]["cutoff_minutes"] = json!([null, cutoff]);
        assert_eq!(outlet.push(&[settings]).await[0]["outcome"], "applied");
    }
    let silent_after = hub::outlets::SilentAfter::default();
    for (now, dates) in [
        ("2026-11-21T14:59:59Z", ["2026-11-21", "2026-11-21", "2026-11-21"]),
        // 00:00 in the east, 22:00 in Jakarta.
        ("2026-11-21T15:00:00Z", ["2026-11-21", "2026-11-22", "2026-11-21"]),
        // 01:00 in Jakarta: the café's evening goes on.
        ("2026-11-21T18:00:00Z", ["2026-11-21", "2026-11-22", "2026-11-22"]),
        ("2026-11-21T21:00:00Z", ["2026-11-22", "2026-11-22", "2026-11-22"]),
    ] {
        let now = now.parse().unwrap();
        let read = hub.hub.store().read(move |tx| hub::reports::list_outlets(tx, ("", ""), 10, silent_after, now));
        let found = read.await.unwrap();
        assert_eq!(found.iter().map(|outlet| outlet.business_date.to_string()).collect::<Vec<_>>(), dates, "{now}");
    }
}
