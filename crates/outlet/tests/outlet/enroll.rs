//! An admin enrolls the running outlet over HTTP, as `gerai enroll` does at the terminal.

use hub::outlets;
use serde_json::{Value, json};
use testkit::{Answer, TestHub, TestOutlet, eventually};

async fn enroll(shop: &TestOutlet, hub_url: &str, code: &str) -> Answer {
    shop.admin().post("/api/v1/config/outlet/enroll", &json!({"cloud_api_url": hub_url, "code": code})).await
}

async fn config(shop: &TestOutlet) -> Value {
    shop.admin().get("/api/v1/config/outlet").await.data().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolled_outlet_syncs_without_a_restart_and_hides_its_key() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut shop = TestOutlet::alone().await;
    shop.sell().await;
    let enrolled = enroll(&shop, &format!("{}/", hub.url()), &added.enroll_code.to_lowercase()).await;
    let expected = json!([added.outlet_id, "JKT-001", "Test outlet", hub.url(), true, true]);
    let named = ["outlet_id", "outlet_code", "outlet_name", "cloud_api_url", "cloud_api_key_set", "sync_enabled"];
    assert_eq!(json!(named.map(|name| &enrolled.data()[name])), expected);
    let key: String = shop.shell().query_row("select cloud_api_key from outlet_config", [], |row| row.get(0)).unwrap();
    assert!(!enrolled.text.contains(&key) && !config(&shop).await.to_string().contains(&key));
    eventually("the sale is at the hub", || async { hub.orders().await.len() == 1 }).await;

    // A linked outlet stays with its hub.
    let other = TestHub::start().await;
    let code = other.add_outlet("JKT-001").await.enroll_code;
    let refused = enroll(&shop, &other.url(), &code).await;
    assert_eq!(refused.refusal(), (409, "already_enrolled"));
    assert!(refused.text.contains(&hub.url()), "{}", refused.text);
    assert_eq!(config(&shop).await["cloud_api_url"], hub.url());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_enrollment_names_its_cause_and_changes_nothing() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let shop = TestOutlet::alone().await;
    let before = config(&shop).await;
    assert_eq!(enroll(&shop, &hub.url(), "AAAA-BBBB-CCCC").await.refusal(), (401, "invalid_enroll_code"));
    for (url, code, field, expected) in
        [("http://hub", "X", "cloud_api_url", "invalid_url"), ("http://hub/v1", " ", "code", "invalid_text")]
    {
        let refused = enroll(&shop, url, code).await;
        assert_eq!(refused.refusal(), (422, expected));
        assert_eq!(refused.body["fields"][0]["path"], field, "{}", refused.text);
    }
    let nobody = enroll(&shop, "http://127.0.0.1:1/v1", &added.enroll_code).await;
    assert_eq!(nobody.refusal(), (502, "hub_unreachable"));
    assert!(nobody.text.contains("127.0.0.1:1"), "{}", nobody.text);
    let itself = shop.admin().base().to_owned();
    let not_a_hub = enroll(&shop, &format!("{itself}/v1"), &added.enroll_code).await;
    assert_eq!(not_a_hub.refusal(), (502, "hub_unreachable"));
    assert_eq!(config(&shop).await, before);
    // The right code still works.
    enroll(&shop, &hub.url(), &added.enroll_code).await.data();
    shop.synced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outlet_whose_key_was_revoked_enrolls_again() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut shop = TestOutlet::alone().await;
    enroll(&shop, &hub.url(), &added.enroll_code).await.data();
    shop.synced().await;
    let revoke = hub.hub().store().write(|tx| outlets::revoke_key(tx, "JKT-001", web::time::now()));
    revoke.await.unwrap();
    shop.sell().await;
    let state = async || shop.admin().get("/api/v1/status").await.data()["sync"]["state"].clone();
    eventually("the hub refuses the outlet", || async { state().await == "stopped" }).await;
    let make = hub.hub().store().write(|tx| outlets::enroll_code(tx, "JKT-001", web::time::now()));
    let code = make.await.unwrap().enroll_code;
    enroll(&shop, &hub.url(), &code).await.data();
    eventually("the sale is at the hub", || async { hub.orders().await.len() == 1 }).await;
}
