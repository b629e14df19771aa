//! The status of the outlet, which every till reads every few seconds.

use serde_json::{Value, json};
use testkit::{Browser, Fault, TestOutlet, behind_proxy, eventually};

async fn status(outlet: &TestOutlet) -> Value {
    outlet.admin().get("/api/v1/status").await.data().clone()
}

fn codes(status: &Value) -> Vec<&str> {
    status["alarms"].as_array().unwrap().iter().map(|alarm| alarm["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_status_has_the_time_the_business_day_and_the_outlet() {
    let mut outlet = TestOutlet::alone().await;
    let shop = json!({"zone": "Asia/Makassar", "cutoff_minutes": 240, "cash_rounding_step": 0, "cash_rounding_mode": "nearest"});
    outlet.admin().call("PUT", "/api/v1/config/shop", &shop).await.data();
    outlet
        .admin()
        .call("PUT", "/api/v1/config/outlet", &json!({"outlet_code": "MKS-01", "outlet_name": "Losari"}))
        .await
        .data();
    let found = status(&outlet).await;
    let time = |name: &str| found[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let (now, end) = (time("server_time"), time("business_date_ends_at"));
    assert!(end > now && end.duration_since(now) <= jiff::SignedDuration::from_hours(24));
    assert!(found["business_date_ends_at"].as_str().unwrap().ends_with("T20:00:00.000Z"), "04:00 in Makassar");
    assert_eq!(outlet.sell().await["business_date"], found["business_date"]);
    assert_eq!((&found["utc_offset_minutes"], &found["version"]), (&json!(480), &json!(env!("CARGO_PKG_VERSION"))));
    assert_eq!((&found["outlet"]["code"], &found["outlet"]["name"]), (&json!("MKS-01"), &json!("Losari")));
    assert_eq!((&found["sync"]["state"], &found["sync"]["complete_until"]), (&json!("off"), &Value::Null));
}

#[tokio::test]
async fn the_line_of_sync_says_what_head_office_has() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    let found = status(&outlet).await;
    assert_eq!((&found["sync"]["state"], &found["sync"]["pending"]), (&json!("in_step"), &json!(0)));
    assert_eq!(found["sync"]["complete_until"], found["server_time"], "nothing is missing");
    assert!(found["sync"]["last_success_at"].is_string());

    proxy.set(Fault::Unplugged);
    let first = outlet.sell().await;
    outlet.sell().await;
    eventually("offline", || async { status(&outlet).await["sync"]["state"] == "offline" }).await;
    let found = status(&outlet).await;
    assert_eq!((&found["sync"]["pending"], &found["sync"]["failed"]), (&json!(2), &json!(0)));
    assert_eq!(found["sync"]["complete_until"], first["created_at"]);
    assert_eq!(codes(&found), Vec::<&str>::new(), "being offline is no alarm");
    drop(hub);
}

#[tokio::test]
async fn staff_sees_the_alarms_that_concern_it() {
    let outlet = TestOutlet::alone().await;
    let kitchen = outlet.member("kitchen").await;
    outlet
        .shell()
        .execute_batch(
            "update settings set zone = 'Asia/Bogor';
             insert into sync_conflicts (id, entity_type, entity_id, field, rule, status, created_at)
               values ('c', 'product', 'p', 'price', 'manual', 'open', '2026-11-22T10:00:00.000Z');",
        )
        .unwrap();
    let found = status(&outlet).await;
    assert_eq!(codes(&found), ["zone_unknown", "conflicts_open"]);
    let alarm = &found["alarms"][0];
    assert_eq!((&alarm["severity"], &alarm["args"]["zone"]), (&json!("warning"), &json!("Asia/Bogor")));
    let of_staff = kitchen.get("/api/v1/status").await.data().clone();
    assert_eq!(codes(&of_staff), ["zone_unknown"]);
    let request = kitchen.request("GET", "/api/v1/status").header("Accept-Language", "id");
    let message = testkit::Http::send(request).await.data()["alarms"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("Zona waktu"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_that_wait_on_a_device_count_and_it_needs_no_session() {
    let (_hub, _proxy, outlet) = behind_proxy().await;
    let till = Browser::new(outlet.admin().base());
    assert_eq!(till.get("/api/v1/status").await.refusal(), (401, "unauthorized"));
    let code = outlet.admin().post("/api/v1/devices/pairing-codes", &json!({"name": "Kasir"})).await.data().clone();
    let device = till.post("/api/v1/devices/pair", &json!({"code": code["code"]})).await.data()["device"].clone();
    let found = till.get("/api/v1/status").await.data().clone();
    assert_eq!(found["devices_waiting"], json!({"sales": 0, "devices": 0}));
    let report =
        json!({"waiting": 3, "oldest_waiting_at": "2026-11-22T07:32:00.000Z", "persisted": true, "app_version": "1"});
    till.post("/api/v1/devices/me/heartbeat", &report).await.data();
    let found = till.get("/api/v1/status").await.data().clone();
    assert_eq!(found["devices_waiting"], json!({"sales": 3, "devices": 1}));
    assert_eq!(found["sync"]["complete_until"], "2026-11-22T07:32:00.000Z", "head office cannot have these");
    let path = format!("/api/v1/devices/{}?force=true", device["id"].as_str().unwrap());
    outlet.admin().call("DELETE", &path, &Value::Null).await.data();
    assert_eq!(status(&outlet).await["devices_waiting"]["sales"], 0, "a revoked device does not count");
    assert_eq!(till.get("/api/v1/status").await.status, 401);
}
