//! Numbers by which orders without a table are called.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{Answer, Http, TestOutlet};

struct Shop {
    outlet: TestOutlet,
    cashier: Http,
    product: String,
}

impl Shop {
    async fn open() -> Self {
        let outlet = TestOutlet::alone().await;
        let product = json!({"name": "Kopi", "price": 20_000, "station": "bar"});
        let created = outlet.admin().post("/api/v1/products", &product).await;
        let product = created.data()["id"].as_str().unwrap().to_owned();
        Self { cashier: outlet.member("cashier").await, outlet, product }
    }

    async fn order(&self, fields: Value) -> Value {
        self.send(&self.cashier, fields).await.data().clone()
    }

    async fn send(&self, till: &Http, fields: Value) -> Answer {
        let mut body = json!({"lines": [{"product_id": self.product, "qty": 1}]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        till.post("/api/v1/orders", &body).await
    }
}

fn path(order: &Value, command: &str) -> String {
    format!("/api/v1/orders/{}/{command}", order["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_order_without_a_table_gets_the_next_number_once() {
    let shop = Shop::open().await;
    assert_eq!(shop.order(json!({"order_type": "take_away"})).await["queue_no"], 1);
    assert_eq!(shop.order(json!({"table_number": "4"})).await["queue_no"], Value::Null);
    // At a counter, guests who eat here are called too.
    let second = shop.order(json!({})).await;
    assert_eq!(second["queue_no"], 2);
    let change = json!({"table_number": "7", "order_type": "dine_in"});
    let order_path = format!("/api/v1/orders/{}", second["id"].as_str().unwrap());
    let moved = shop.cashier.call("PATCH", &order_path, &change).await;
    assert_eq!(moved.data()["queue_no"], 2, "a table later leaves the number");
    let sent = shop.cashier.post(&path(&second, "send"), &json!({})).await;
    assert_eq!(sent.data()["queue_no"], 2);
    let tickets = shop.outlet.admin().get("/api/v1/kitchen/tickets").await;
    assert_eq!(tickets.data()[0]["queue_no"], 2);
}

#[tokio::test]
async fn a_void_order_keeps_its_number() {
    let shop = Shop::open().await;
    let first = shop.order(json!({})).await;
    let void = json!({"reason": "Salah pesan"});
    assert_eq!(shop.outlet.admin().post(&path(&first, "void"), &void).await.data()["queue_no"], 1);
    assert_eq!(shop.order(json!({})).await["queue_no"], 2);
}

#[tokio::test]
async fn a_repeated_request_has_the_same_number() {
    let shop = Shop::open().await;
    let body = json!({"lines": [{"product_id": shop.product, "qty": 1}]});
    let send = async || {
        let request = shop.cashier.request("POST", "/api/v1/orders").header("idempotency-key", "same");
        Http::send(request.body(body.to_string())).await.data()["queue_no"].clone()
    };
    assert_eq!((send().await, send().await), (json!(1), json!(1)));
    assert_eq!(shop.order(json!({})).await["queue_no"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn tills_at_the_same_time_get_different_numbers() {
    let shop = Shop::open().await;
    let mut sent = tokio::task::JoinSet::new();
    for till in [shop.cashier.clone(), shop.outlet.member("waiter").await] {
        for _ in 0..20 {
            let (till, body) = (till.clone(), json!({"lines": [{"product_id": shop.product, "qty": 1}]}));
            sent.spawn(async move { till.post("/api/v1/orders", &body).await.data()["queue_no"].as_i64().unwrap() });
        }
    }
    let numbers: BTreeSet<i64> = sent.join_all().await.into_iter().collect();
    assert_eq!(numbers, (1..=40).collect());
}

#[tokio::test]
async fn an_order_is_found_and_printed_by_its_number() {
    let shop = Shop::open().await;
    shop.order(json!({})).await;
    // A busy day: no order number and no date has these digits.
    shop.outlet.shell().execute("update orders set queue_no = 776", ()).unwrap();
    let order = shop.order(json!({"order_type": "take_away"})).await;
    let found = shop.cashier.get("/api/v1/orders/summary?q=777").await;
    let numbers: Vec<&Value> = found.data().as_array().unwrap().iter().map(|order| &order["queue_no"]).collect();
    assert_eq!(numbers, [777]);
    let paper = shop.cashier.get(&format!("{}?width=32&as=text", path(&order, "receipt"))).await;
    assert!(paper.text.contains("Antrean 777"), "{}", paper.text);
}
