//! Customer displays: a till publishes what its guest sees, and a display follows it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Browser, TestOutlet};

const DISPLAY: &str = "/api/v1/display";
const PUBLISH: &str = "/api/v1/devices/me/display";

async fn paired(outlet: &TestOutlet, name: &str, kind: &str) -> (Browser, String) {
    let made = outlet.admin().post("/api/v1/devices/pairing-codes", &json!({"name": name, "kind": kind})).await;
    let browser = Browser::new(outlet.admin().base());
    let answer = browser.post("/api/v1/devices/pair", &json!({"code": made.data()["code"]})).await;
    let id = answer.data()["device"]["id"].as_str().unwrap().to_owned();
    (browser, id)
}

fn coffee(total: i64) -> Value {
    json!({"lines": [{"name": "Kopi Susu", "qty": "1", "amount": total}], "total": total})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_follows_its_till_as_it_sells() {
    let outlet = TestOutlet::alone().await;
    let (till, id) = paired(&outlet, "Kasir depan", "till").await;
    let (display, display_id) = paired(&outlet, "Layar depan", "display").await;
    // Nobody looks yet, so nothing is kept.
    assert_eq!(till.call("PUT", PUBLISH, &coffee(1_000)).await.data()["followed"], false);
    let tills = display.get("/api/v1/display/tills").await.data().clone();
    assert_eq!(tills, json!([{"id": id, "name": "Kasir depan", "is_own": false}]));
    let path = format!("{DISPLAY}?till={id}");
    let first = display.get(&path).await.data().clone();
    assert_eq!((&first["version"], &first["view"]), (&json!(0), &Value::Null));
    assert_eq!(till.get("/api/v1/status").await.data()["display_followed"], true);

    let waits = tokio::spawn({
        let path = format!("{path}&after=0&wait=20");
        async move {
            let asked = Instant::now();
            (display.get(&path).await.data().clone(), asked.elapsed(), display)
        }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(till.call("PUT", PUBLISH, &coffee(18_000)).await.data()["followed"], true);
    let (seen, after, display) = waits.await.unwrap();
    assert_eq!((&seen["version"], &seen["view"]["total"]), (&json!(1), &json!(18_000)));
    assert!(after < Duration::from_secs(5), "{after:?}");
    // A display that was away asks with an old version and is answered at once.
    till.call("PUT", PUBLISH, &json!({"change": 2_000})).await.data();
    let seen = display.get(&format!("{path}&after=1&wait=20")).await.data().clone();
    assert_eq!(
        (&seen["version"], &seen["view"]["change"], &seen["view"]["lines"]),
        (&json!(2), &json!(2_000), &json!([]))
    );
    let again = display.get(&format!("{path}&after=2&wait=0")).await.data().clone();
    assert_eq!(again["version"], 2);

    // A second window of the till shows the till itself; a display is no till.
    assert_eq!(till.get(DISPLAY).await.data()["version"], 2);
    assert_eq!(display.get(DISPLAY).await.refusal(), (404, "not_found"));
    assert_eq!(display.get(&format!("{DISPLAY}?till={display_id}")).await.refusal(), (404, "not_found"));
    let revoked = outlet.admin().call("DELETE", &format!("/api/v1/devices/{id}"), &Value::Null).await;
    assert_eq!(revoked.status, 200);
    assert_eq!(display.get(&path).await.refusal(), (404, "not_found"), "a revoked till shows nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_a_payment_names_the_merchant_and_its_end() {
    let outlet = TestOutlet::alone().await;
    let (till, _) = paired(&outlet, "Kasir", "till").await;
    till.get(DISPLAY).await.data();
    let code = json!({"payload": "0002", "amount": 18_000, "merchant": "WARUNG CONTOH", "nmid": "ID1000000000001"});
    let before = web::time::now();
    till.call("PUT", PUBLISH, &json!({"qris": code})).await.data();
    let shown = till.get(DISPLAY).await.data()["view"]["qris"].clone();
    assert_eq!((&shown["payload"], &shown["nmid"]), (&json!("0002"), &json!("ID1000000000001")));
    let ends: jiff::Timestamp = shown["expires_at"].as_str().unwrap().parse().unwrap();
    let after = ends.duration_since(before).as_secs();
    assert!((299..330).contains(&after), "{after} s");
    // Only the server says when it ends.
    let mut forever = code;
    forever["expires_at"] = json!("2999-01-01T00:00:00Z");
    assert_eq!(till.call("PUT", PUBLISH, &json!({"qris": forever})).await.refusal(), (422, "invalid_body"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_till_sends_is_refused() {
    let outlet = TestOutlet::alone().await;
    let (till, _) = paired(&outlet, "Kasir", "till").await;
    let line = json!({"name": "x", "qty": "1", "amount": 1});
    for body in [
        json!({"lines": vec![line; 101]}),
        json!({"lines": [{"name": "x".repeat(601), "qty": "1", "amount": 1}]}),
        json!({"total": i64::MAX}),
        json!({"qris": {"payload": "0", "amount": 1, "merchant": "x", "nmid": "x".repeat(601)}}),
        json!({"html": "<b>"}),
    ] {
        assert_eq!(till.call("PUT", PUBLISH, &body).await.refusal(), (422, "invalid_body"), "{body}");
    }
    assert_eq!(till.get(&format!("{DISPLAY}?wait=31")).await.refusal(), (422, "invalid_query"));
    let stranger = Browser::new(outlet.admin().base());
    assert_eq!(stranger.call("PUT", PUBLISH, &json!({})).await.refusal(), (401, "not_paired"));
    assert_eq!(stranger.get(DISPLAY).await.refusal(), (401, "not_paired"));
}
