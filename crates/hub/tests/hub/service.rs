//! The hub as a service: health, metrics, API description, start and stop.

use axum::body::Body;
use axum::http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use crate::app::{TestHub, coffee};

async fn get(hub: &TestHub, path: &str) -> crate::app::Reply {
    hub.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn ping_and_health_probes_need_no_credentials() {
    let hub = TestHub::start().await;
    let ping = get(&hub, "/v1/ping").await.ok();
    assert_eq!(ping["protocol"], 1);
    let time: jiff::Timestamp = ping["time"].as_str().unwrap().parse().unwrap();
    assert!(web::time::now().duration_since(time).as_secs().abs() < 60);
    assert_eq!(get(&hub, "/healthz").await.status, 200);
    assert_eq!(get(&hub, "/readyz").await.status, 200);
    get(&hub, "/v1/nowhere").await.refused(404, "not_found");
    hub.send(Request::delete("/v1/ping").body(Body::empty()).unwrap()).await.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn a_hub_with_a_closed_database_is_alive_but_accepts_nothing() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    hub.hub.store().close().await;
    let reply = outlet.post(&outlet.batch(&[])).await;
    reply.refused(503, "stopping");
    assert_eq!(reply.headers["retry-after"], "1");
    assert_eq!(get(&hub, "/healthz").await.status, 200);
}

#[tokio::test]
async fn metrics_count_committed_batches_and_items() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let mut broken = coffee("b");
    broken["total"] = 1.into();
    let items = [outlet.order(1, &coffee("a")), outlet.order(1, &broken)];
    let batch = outlet.batch(&items);
    outlet.post(&batch).await.ok();
    outlet.post(&batch).await.ok();
    let figures = get(&hub, "/metrics").await.body.as_str().unwrap().to_owned();
    for line in [
        "gerai_hub_batches_total{outcome=\"accepted\"} 1",
        "gerai_hub_batches_total{outcome=\"repeated\"} 1",
        "gerai_hub_items_total{outcome=\"applied\"} 1",
        "gerai_hub_items_total{outcome=\"rejected\"} 1",
        "gerai_hub_orders_stored_total 1",
        "route=\"/v1/outlets/{outlet_id}/sync/batch\"",
    ] {
        assert!(figures.contains(line), "{line} is not in\n{figures}");
    }
    assert!(!figures.contains(&outlet.id));
}

#[tokio::test]
async fn every_route_is_described_and_the_explorer_is_served() {
    let hub = TestHub::start().await;
    let described = get(&hub, "/openapi.json").await.body;
    assert_eq!(described, serde_json::to_value(hub::api()).unwrap());
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            let done = ["200", "201"].map(|status| operation["responses"][status].is_object());
            assert!(done.contains(&true), "{method} {path}");
        }
    }
    assert!(described["paths"]["/v1/outlets/{outlet_id}/sync/batch"]["post"].is_object());
    for named in described.to_string().split("#/components/schemas/").skip(1) {
        let name = named.split('"').next().unwrap();
        assert!(described["components"]["schemas"][name].is_object(), "{name} is not described");
    }
}

#[tokio::test]
async fn a_hub_serves_until_stopped() {
    let hub = TestHub::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = {
        let (hub, stop) = (hub.hub.clone(), stop.clone());
        tokio::spawn(async move { hub.serve(listener, stop).await })
    };
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(b"GET /v1/ping HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("x-request-id"), "{answer}");
    stop.cancel();
    serving.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    let closed = hub.hub.store().write(|tx| tx.execute("select 1", &[])).await;
    assert!(matches!(closed, Err(store::Fault::Sqlite(sqlite::Fault::Closed))));
}
