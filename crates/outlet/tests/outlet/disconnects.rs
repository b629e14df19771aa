//! Clients that disconnect in the middle of a request: they leave no permit in use, and their request is executed
//! completely or not at all.

use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use sqlite::Fault;
use testkit::{TestOutlet, all_free, eventually, figure, hang_up_everywhere, raw_connection, request};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn disconnects_at_any_moment_leak_nothing() {
    let outlet = TestOutlet::alone().await;
    let manager = outlet.member("manager").await;
    let (admin, token) = (outlet.admin(), Some(manager.token()));
    let json = |line: &str, headers: &str, body: &Value| request(line, token, headers, body.to_string().as_bytes());
    let order = |id: &Uuid| json!({"id": id, "lines": [{"product_id": outlet.menu().products[0].0, "qty": 2}]});
    let orders: [Uuid; 3] = std::array::from_fn(|_| Uuid::now_v7());
    let voided = Uuid::now_v7();
    admin.post("/api/v1/orders", &order(&voided)).await.data();

    let mut requests: Vec<_> = orders
        .iter()
        .map(|id| json("POST /api/v1/orders", &format!("idempotency-key: {id}\r\n"), &order(id)))
        .collect();
    let void = json!({"reason": "test", "manager_pin": "2468"});
    requests.push(json(&format!("POST /api/v1/orders/{voided}/void"), "", &void));
    let log_in = json!({"username": "manager", "password": "2468"}).to_string();
    requests.push(request("POST /api/v1/auth/login", None, "", log_in.as_bytes()));
    for path in [
        "/api/v1/orders?limit=100",
        "/api/v1/products?limit=500",
        "/api/v1/sync/status",
        "/api/v1/sync/events",
        "/api/v1/events",
        "/openapi.json",
        "/docs/swagger-ui-bundle.js",
        "/metrics",
    ] {
        requests.push(request(&format!("GET {path}"), Some(admin.token()), "", b""));
    }
    hang_up_everywhere(admin.base(), &requests).await;
    all_free(admin).await;

    // A till without an answer repeats its request: each order exists once and complete.
    for id in orders {
        let again = manager.request("POST", "/api/v1/orders").header("idempotency-key", id.to_string());
        let answer = testkit::Http::send(again.body(order(&id).to_string())).await;
        assert_eq!(answer.data()["lines"].as_array().map(Vec::len), Some(1), "{}", answer.text);
    }
    let list = admin.get("/api/v1/orders?limit=100").await;
    assert_eq!(list.data().as_array().map(Vec::len), Some(orders.len() + 1));
    assert_eq!(manager.get("/api/v1/orders").await.status, 200);
}

/// A wrong PIN counts even if its client hangs up, and its permit is in use until then.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_counts_although_its_client_disconnected() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let failures = || -> i64 {
        let sql = "select coalesce(max(failed_in_a_row), 0) from sign_ins";
        outlet.shell().query_row(sql, [], |row| row.get(0)).expect("a sum")
    };
    let figure_is = async |name: &str, value: u64| figure(admin.base(), name).await == Some(value);
    // The writer is busy, so the attempt cannot be counted yet.
    let (go, wait) = mpsc::channel::<()>();
    let (at_work, mut is_at_work) = tokio::sync::mpsc::channel(1);
    let db = outlet.app().db.clone();
    let busy = tokio::spawn(async move {
        db.write(move |_| {
            let _ = at_work.try_send(());
            let _ = wait.recv_timeout(Duration::from_secs(60));
            Ok::<_, Fault>(())
        })
        .await
    });
    is_at_work.recv().await.expect("the writer is busy");
    let body = json!({"username": "admin", "password": "9999"}).to_string();
    let attempt = request("POST /api/v1/auth/login", None, "", body.as_bytes());
    let mut client = raw_connection(admin.base()).await;
    client.write_all(&attempt).await.expect("a server");
    eventually("the PIN was checked", || figure_is("gerai_permits_in_use{of=\"queued_writes\"}", 1)).await;
    let before = figure(admin.base(), "gerai_http_connections").await;
    drop(client);
    let is_gone = async || figure(admin.base(), "gerai_http_connections").await < before;
    eventually("its connection is gone", is_gone).await;
    assert!(
        figure_is("gerai_permits_in_use{of=\"log_ins\"}", 1).await,
        "its permit was released before it was counted"
    );
    go.send(()).expect("somebody waits");
    busy.await.expect("no panic").expect("no fault");
    all_free(admin).await;
    assert_eq!(failures(), 1);
}
