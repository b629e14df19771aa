//! Charges by order type, and where an outlet differs from the chain.

use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet};

/// The charges of an order of 10,000, by name.
async fn charged(http: &Http, product: &str, order_type: &str) -> Vec<(String, i64)> {
    let order = json!({"lines": [{"product_id": product, "qty": 1}], "order_type": order_type});
    charges_of(http.post("/api/v1/orders", &order).await.data())
}

fn charges_of(order: &Value) -> Vec<(String, i64)> {
    let charges = order["charges"].as_array().unwrap().iter();
    charges.map(|charge| (text(&charge["name"]), charge["amount"].as_i64().unwrap())).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn named<const N: usize>(charges: [(&str, i64); N]) -> Vec<(String, i64)> {
    charges.map(|(name, amount)| (name.to_owned(), amount)).into()
}

/// Removes the charges of the sample; service on dine-in only, and a tax. The ids of both, and a product of 10,000.
async fn set_up(admin: &Http) -> (String, String, String) {
    for charge in admin.all("/api/v1/charges?limit=100").await {
        admin.call("DELETE", &format!("/api/v1/charges/{}", text(&charge["id"])), &Value::Null).await.data();
    }
    let service = json!({"name": "Layanan", "kind": "service", "rate_bp": 500, "order_types": ["dine_in"]});
    let service = admin.post("/api/v1/charges", &service).await.data().clone();
    assert_eq!((&service["order_types"], &service["outlet_active"]), (&json!(["dine_in"]), &Value::Null));
    let tax = json!({"name": "PB1", "kind": "tax", "rate_bp": 1_000});
    let tax = text(&admin.post("/api/v1/charges", &tax).await.data()["id"]);
    let product = admin.post("/api/v1/products", &json!({"name": "Satuan", "price": 10_000})).await;
    (text(&service["id"]), tax, text(&product.data()["id"]))
}

#[tokio::test]
async fn a_charge_applies_to_its_order_types() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let (service, _, product) = set_up(admin).await;
    assert_eq!(charged(admin, &product, "dine_in").await, named([("Layanan", 500), ("PB1", 1_050)]));
    assert_eq!(charged(admin, &product, "take_away").await, named([("PB1", 1_000)]));
    // Of an open order that changes its type, too.
    let order = json!({"lines": [{"product_id": product, "qty": 1}]});
    let id = text(&admin.post("/api/v1/orders", &order).await.data()["id"]);
    let changed = admin.call("PATCH", &format!("/api/v1/orders/{id}"), &json!({"order_type": "delivery"})).await;
    assert_eq!(charges_of(changed.data()), named([("PB1", 1_000)]));
    for (wrong, code) in
        [(json!(["catering"]), "invalid_order_type"), (json!(["dine_in", "dine_in"]), "invalid_order_type")]
    {
        let body = json!({"name": "Layanan", "kind": "service", "rate_bp": 500, "order_types": wrong});
        assert_eq!(admin.call("PUT", &format!("/api/v1/charges/{service}"), &body).await.refusal(), (422, code));
    }
    // An order type of a later version: the charge is omitted, and the order says so.
    let later = r#"update charges set order_types = '["catering"]' where id = ?1"#;
    outlet.shell().execute(later, [&service]).unwrap();
    let order = admin.post("/api/v1/orders", &order).await.data().clone();
    assert_eq!(charges_of(&order), named([("PB1", 1_000)]));
    assert_eq!(order["warnings"][0]["code"], "charge_ignored");
}

#[tokio::test]
async fn an_outlet_may_have_another_rate_or_be_exempt() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let (service, tax, product) = set_up(admin).await;
    let catalog = admin.get("/api/v1/till/catalog").await.data()["version"].clone();
    let of_outlet =
        async |charge: &str, body: Value| admin.call("PUT", &format!("/api/v1/charges/{charge}/outlet"), &body).await;
    let set = of_outlet(&tax, json!({"rate_bp": 700})).await;
    assert_eq!((&set.data()["rate_bp"], &set.data()["outlet_rate_bp"]), (&json!(1_000), &json!(700)));
    assert_eq!(charged(admin, &product, "take_away").await, named([("PB1", 700)]));
    assert_eq!(of_outlet(&service, json!({"active": false})).await.data()["outlet_active"], false);
    assert_eq!(charged(admin, &product, "dine_in").await, named([("PB1", 700)]));
    // Tills copy both changes.
    let changed = admin.get(&format!("/api/v1/till/catalog?since={}", text(&catalog))).await;
    assert_eq!(changed.data()["charges"].as_array().unwrap().len(), 2, "{}", changed.text);
    for rate_bp in [-1, 10_001, 1_001] {
        assert_eq!(of_outlet(&tax, json!({"rate_bp": rate_bp})).await.refusal(), (422, "invalid_charges"), "{rate_bp}");
    }
    assert_eq!(of_outlet("unknown", json!({})).await.refusal(), (404, "not_found"));
    of_outlet(&tax, json!({})).await.data();
    of_outlet(&service, json!({})).await.data();
    assert_eq!(charged(admin, &product, "dine_in").await, named([("Layanan", 500), ("PB1", 1_050)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn head_office_sets_the_rate_of_one_outlet() {
    let hub = TestHub::start().await;
    let kiosk = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let (service, tax, product) = set_up(kiosk.admin()).await;
    kiosk.synced().await;
    let boss = hub.boss().await;
    let path = |charge: &str| format!("/v1/hq/outlets/JKT-001/charges/{charge}");
    boss.call("PUT", &path(&service), &json!({"active": false})).await.data();
    boss.call("PUT", &path(&tax), &json!({"rate_bp": 500})).await.data();
    testkit::eventually("both changes have arrived", || async {
        charged(kiosk.admin(), &product, "dine_in").await == named([("PB1", 500)])
    })
    .await;
    assert_eq!(boss.all("/v1/hq/outlets/JKT-001/charges").await.len(), 2);
    assert_eq!(boss.call("PUT", &path(&tax), &json!({"rate_bp": 1_001})).await.refusal(), (422, "invalid_charges"));
    assert_eq!(boss.call("PUT", &path("unknown"), &json!({})).await.refusal(), (404, "not_found"));
    boss.call("DELETE", &path(&service), &Value::Null).await.data();
    testkit::eventually("service applies again", || async {
        charged(kiosk.admin(), &product, "dine_in").await.len() == 2
    })
    .await;
    let wrong = json!({"name": "X", "kind": "service", "rate_bp": 1, "order_types": ["catering"]});
    assert_eq!(boss.post("/v1/hq/charges", &wrong).await.refusal(), (422, "invalid_order_type"));
}
