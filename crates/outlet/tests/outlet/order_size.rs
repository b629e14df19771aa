//! Orders grow after the request: names are copied into them, and payments are added. None exceeds the size that all
//! readers accept, and each can be paid in full.

use protocol::limits::{MAX_ENTITY_BYTES, MAX_PAYMENTS};
use serde_json::{Value, json};
use testkit::{TestHub, TestOutlet};

const OPTIONS: usize = 40;

/// A product whose options have names of maximum length.
async fn wordy(outlet: &TestOutlet) -> String {
    let option = |n| json!({"id": format!("o{n}"), "name": "n".repeat(100), "price_delta": 0, "available": true});
    let options: Vec<Value> = (0..OPTIONS).map(option).collect();
    let group = json!({"id": "g", "name": "Group", "min_selections": 0, "max_selections": OPTIONS, "options": options});
    let product = json!({"name": "Wordy", "price": 100, "modifier_groups": [group]});
    outlet.admin().post("/api/v1/products", &product).await.data()["id"].as_str().unwrap().to_owned()
}

fn order_of(product: &str, lines: usize, payments: &Value) -> Value {
    let modifiers: Vec<Value> = (0..OPTIONS).map(|n| json!({"id": format!("o{n}")})).collect();
    json!({"lines": vec![json!({"product_id": product, "qty": 1, "modifiers": modifiers}); lines], "payments": payments})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_order_is_rejected_and_the_largest_is_sent() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let admin = outlet.admin();
    let product = wordy(&outlet).await;
    let (mut fits, mut refused) = (1, 500);
    let mut largest = Value::Null;
    while refused - fits > 1 {
        let lines = usize::midpoint(fits, refused);
        let answer = admin.post("/api/v1/orders", &order_of(&product, lines, &json!([]))).await;
        if answer.status == 201 {
            (fits, largest) = (lines, answer.data().clone());
        } else {
            assert_eq!(answer.refusal(), (422, "order_too_large"), "{lines} lines");
            refused = lines;
        }
    }
    let body = order_of(&product, refused, &json!([])).to_string();
    assert!(body.len() < MAX_ENTITY_BYTES / 2, "the request is small: {} bytes", body.len());
    // Payments make it larger, until only a payment of the full amount is accepted.
    let path = format!("/api/v1/orders/{}/payments", largest["id"].as_str().unwrap());
    let total = largest["total"].as_i64().unwrap();
    let one = json!({"method": "card", "amount": 1});
    let before = admin.post(&path, &one).await.data().clone();
    let bytes = before["payments"][0].to_string().len() + 1;
    let more = (MAX_ENTITY_BYTES - before.to_string().len() - (2 << 10)) / bytes - 2;
    let shell = outlet.shell();
    let copies = "with recursive n(n) as (values (1) union all select n + 1 from n where n < ?2)
        insert into payments (order_id, id, method, amount, rounding, tendered, change, status, cashier_id, created_at)
        select order_id, substr(id, 1, 32) || printf('%04d', n), method, amount, rounding, tendered, change, status,
          cashier_id, created_at from payments, n where order_id = ?1";
    let id = largest["id"].as_str().unwrap();
    shell.execute(copies, (id, i64::try_from(more).unwrap())).unwrap();
    shell.execute("update orders set paid = paid + ?2 where id = ?1", (id, i64::try_from(more).unwrap())).unwrap();
    let mut taken = 1 + i64::try_from(more).unwrap();
    loop {
        let answer = admin.post(&path, &one).await;
        if answer.status != 200 {
            assert_eq!(answer.refusal(), (422, "order_too_large"));
            break;
        }
        taken += 1;
        assert!(taken < total.min(1_000), "the order grows without limit");
    }
    let settled = admin.post(&path, &json!({"method": "card", "amount": total - taken})).await;
    assert_eq!(settled.data()["status"], "paid", "{taken} payments before");
    assert!(settled.data().to_string().len() > MAX_ENTITY_BYTES - (8 << 10), "it came close to the limit");
    outlet.synced().await;
    let at_hub = hub.orders().await;
    let at_hub = at_hub.iter().find(|order| order["id"] == largest["id"]).unwrap();
    assert_eq!((&at_hub["status"], &at_hub["paid"]), (&json!("paid"), &json!(total)));
    assert_eq!(outlet.status().await["failed_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_possible_payment_must_pay_an_order_in_full() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let admin = outlet.admin();
    let product = json!({"name": "Kopi", "price": 10_000});
    let product = admin.post("/api/v1/products", &product).await.data()["id"].clone();
    let order = |payments: Vec<Value>| json!({"lines": [{"product_id": product, "qty": 1}], "payments": payments});
    let one = json!({"method": "card", "amount": 1});
    let too_many = admin.post("/api/v1/orders", &order(vec![one.clone(); MAX_PAYMENTS])).await;
    assert_eq!(too_many.refusal(), (422, "order_too_large"), "no further payment would fit");
    let taken = admin.post("/api/v1/orders", &order(vec![one.clone(); MAX_PAYMENTS - 1])).await.data().clone();
    let path = format!("/api/v1/orders/{}/payments", taken["id"].as_str().unwrap());
    assert_eq!(admin.post(&path, &one).await.refusal(), (422, "order_too_large"));
    let due = taken["total"].as_i64().unwrap() - taken["paid"].as_i64().unwrap();
    let settled = admin.post(&path, &json!({"method": "card", "amount": due})).await;
    assert_eq!(settled.data()["payments"].as_array().unwrap().len(), MAX_PAYMENTS);
    outlet.synced().await;
    assert_eq!((hub.orders().await.len(), &outlet.status().await["failed_count"]), (1, &json!(0)));
}
