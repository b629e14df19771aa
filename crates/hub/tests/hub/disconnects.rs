//! Clients that disconnect in the middle of requests: all permits are released, and each request is executed
//! completely, with its hints, or not at all.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use hub::Config;
use serde_json::{Value, json};
use store::Fault;
use testkit::{Http, PATIENCE, TestHub, all_free, eventually, figure, hang_up_everywhere, raw_connection, request};
use tokio::io::AsyncWriteExt;

use crate::app::{TestOutlet, coffee};

#[tokio::test(flavor = "multi_thread")]
async fn disconnects_at_any_moment_leak_nothing() {
    let hub = TestHub::configured(Config::default()).await;
    let (boss, known) = (hub.boss().await, hub.add_outlet("JKT-001").await);
    let product = json!({"name": "Kopi Susu", "price": 22_000, "tax_group": "pbjt"});
    let product = boss.post("/v1/hq/products", &product).await.data()["id"].as_str().unwrap().to_owned();
    let mut outlet = TestOutlet::known(hub.hub().router(), &known.outlet_id, &known.api_key, "JKT-001");
    let items = [outlet.order(1, &coffee("o1")), outlet.order(1, &coffee("o2"))];
    let batch = outlet.batch(&items);

    let as_boss = |line: &str, body: &Value| request(line, Some(boss.token()), "", body.to_string().as_bytes());
    let as_outlet = |what: &str, body: &[u8]| {
        let (method, rest) = what.split_once(' ').unwrap();
        let line = format!("{method} /v1/outlets/{}/{rest}", known.outlet_id);
        request(&line, Some(&known.api_key), "", body)
    };
    let log_in = json!({"username": "boss", "password": "secret-secret"}).to_string();
    let mut requests = vec![
        request("POST /v1/hq/auth/login", None, "", log_in.as_bytes()),
        as_boss(&format!("PATCH /v1/hq/products/{product}"), &json!({"price": 23_000})),
        as_outlet("POST sync/batch", batch.to_string().as_bytes()),
    ];
    for rest in ["updates?wait=0", "updates?wait=30", "events", "entities", "documents", "snapshot"] {
        requests.push(as_outlet(&format!("GET {rest}"), b""));
    }
    for path in
        ["/v1/hq/orders?limit=500", "/v1/hq/products", "/openapi.json", "/docs/swagger-ui-bundle.js", "/metrics"]
    {
        requests.push(request(&format!("GET {path}"), Some(boss.token()), "", b""));
    }
    hang_up_everywhere(boss.base(), &requests).await;
    all_free(&boss).await;

    // The outlet got no answer and sends the same batch again: each order is stored once.
    outlet.post(&batch).await.ok();
    assert_eq!(hub.orders().await.len(), 2);
    assert_eq!(boss.get(&format!("/v1/hq/products/{product}")).await.data()["price"], 23_000);
    assert_eq!(outlet.get("snapshot").await.status, 200);
}

/// A change of head office reaches waiting outlets although the client disconnected while the change was written.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_wakes_outlets_although_its_client_disconnected() {
    let hub = TestHub::configured(Config::default()).await;
    let (boss, known) = (hub.boss().await, hub.add_outlet("JKT-001").await);
    let outlet = Http::new(boss.base()).with_token(&known.api_key);
    let waits = format!("/v1/outlets/{}/updates?wait=60", known.outlet_id);
    let (base, token) = (boss.base().to_owned(), boss.token().to_owned());
    // Close head office's connections, so that the others can be counted.
    drop(boss);
    let is = async |name: &str, value: u64| figure(&base, name).await == Some(value);

    let poll = tokio::spawn(async move { outlet.get(&waits).await });
    eventually("the outlet waits", || is("gerai_permits_in_use{of=\"polls\"}", 1)).await;

    // The writer is busy: the change is queued.
    let (go, wait) = mpsc::channel::<()>();
    let (at_work, mut is_at_work) = tokio::sync::mpsc::channel(1);
    let store = hub.hub().store().clone();
    let busy = tokio::spawn(async move {
        store
            .write(move |_| {
                let _ = at_work.try_send(());
                let _ = wait.recv_timeout(Duration::from_secs(60));
                Ok::<_, Fault>(())
            })
            .await
    });
    is_at_work.recv().await.unwrap();
    let product = json!({"name": "Kopi Susu", "price": 22_000, "tax_group": "pbjt"}).to_string();
    let change = request("POST /v1/hq/products", Some(&token), "", product.as_bytes());
    let mut client = raw_connection(&base).await;
    client.write_all(&change).await.unwrap();
    eventually("the change is queued", || is("gerai_permits_in_use{of=\"queued_writes\"}", 1)).await;
    drop(client);
    eventually("only the outlet is connected", || is("gerai_http_connections", 2)).await;
    let released = Instant::now();
    go.send(()).unwrap();
    busy.await.unwrap().unwrap();
    let page = poll.await.unwrap();
    assert_eq!(page.data()["changes"].as_array().map(Vec::len), Some(1), "{}", page.text);
    assert!(released.elapsed() < PATIENCE, "the poll timed out instead of being woken");
}
