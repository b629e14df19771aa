//! Events for the pages of head office: what changed, what a page missed, and when a stream ends.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::app::{TestHub, coffee};
use crate::long_poll::{Served, WELL_BEFORE_TIMEOUT, serve};

type Stream = BufReader<TcpStream>;

async fn open(served: &Served, token: &str, query: &str, last: Option<&str>) -> Stream {
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    let last = last.map_or_else(String::new, |id| format!("last-event-id: {id}\r\n"));
    let head = format!(
        "GET /v1/hq/events{query} HTTP/1.1\r\nauthorization: Bearer {token}\r\n{last}host: hub\r\nconnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    BufReader::new(socket)
}

/// The next event: its id, name and data.
async fn next(stream: &mut Stream) -> (String, String, Value) {
    let mut fields = [String::new(), String::new(), String::new()];
    loop {
        let mut line = String::new();
        let read = timeout(WELL_BEFORE_TIMEOUT, stream.read_line(&mut line)).await;
        assert_ne!(read.unwrap().unwrap(), 0, "the stream has ended");
        let line = line.trim_end();
        for (field, name) in fields.iter_mut().zip(["id:", "event:", "data:"]) {
            if let Some(value) = line.strip_prefix(name) {
                value.trim().clone_into(field);
            }
        }
        if line.is_empty() && !fields[2].is_empty() {
            let [id, name, data] = fields;
            return (id, name, serde_json::from_str(&data).unwrap());
        }
    }
}

/// The next event about this topic, as text.
async fn next_of(stream: &mut Stream, topic: &str) -> String {
    loop {
        let (_, name, data) = next(stream).await;
        if name == topic {
            return format!("{} {}", data["entity_type"].as_str().unwrap_or("any"), data["ids"]);
        }
    }
}

#[tokio::test]
async fn a_page_hears_of_sales_outlets_conflicts_and_products() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let (admin, viewer) = (hub.admin_token().await, hub.viewer_token().await);
    let served = serve(&hub.hub).await;
    let mut stream = open(&served, &viewer, "", None).await;
    let (_, name, hello) = next(&mut stream).await;
    assert_eq!((name.as_str(), hello["server_time"].is_string(), hello["version"].is_string()), ("hello", true, true));

    let items = [outlet.order(1, &coffee("a")), outlet.order(1, &coffee("b"))];
    outlet.push(&items).await;
    assert_eq!(next_of(&mut stream, "outlets").await, format!("outlet [\"{}\"]", outlet.id));
    assert_eq!(next_of(&mut stream, "sales").await, "order [\"a\",\"b\"]");
    let product = json!({"name": "Kopi", "price": 1});
    let product = hub.ask("POST /v1/hq/products", &admin, &product, None).await.created();
    assert_eq!(next_of(&mut stream, "catalog").await, format!("product [{}]", product["id"]));
    let conflict = json!({"id": "k", "entity_type": "customer", "entity_id": "c", "field": "name", "rule": "manual",
        "status": "open", "created_at": "2026-11-22T10:00:00.000Z"});
    let items = [outlet.item(json!({"entity_type": "conflict", "entity_id": "k", "data": conflict}))];
    outlet.push(&items).await;
    assert_eq!(next_of(&mut stream, "conflicts").await, "conflict [\"k\"]");
    let added = json!({"code": "JKT-002", "name": "Kedai"});
    let added = hub.ask("POST /v1/hq/outlets", &admin, &added, None).await.created();
    assert_eq!(next_of(&mut stream, "outlets").await, format!("outlet [{}]", added["outlet_id"]));
    served.stop.cancel();
    served.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_page_that_was_away_gets_what_it_missed_or_a_reset() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let admin = hub.admin_token().await;
    let served = serve(&hub.hub).await;
    let mut stream = open(&served, &admin, "?topics=sales,catalog", None).await;
    let (hello, ..) = next(&mut stream).await;
    let items = [outlet.order(1, &coffee("a"))];
    outlet.push(&items).await;
    let (first, ..) = next(&mut stream).await;
    drop(stream);
    let items = [outlet.order(1, &coffee("b")), outlet.named("product", "p", "Kopi")];
    outlet.push(&items).await;
    let mut back = open(&served, &admin, "?topics=sales", Some(&first)).await;
    assert_eq!(next(&mut back).await.1, "hello");
    assert_eq!(next_of(&mut back, "sales").await, "order [\"b\"]");
    let mut back = open(&served, &admin, &format!("?topics=sales&last_event_id={hello}"), None).await;
    assert_eq!(next(&mut back).await.1, "hello");
    assert_eq!(next_of(&mut back, "sales").await, "order [\"a\",\"b\"]");
    for unknown in ["1", "another-1"] {
        let mut back = open(&served, &admin, "", Some(unknown)).await;
        assert_eq!((next(&mut back).await.1, next(&mut back).await.1), ("hello".to_owned(), "reset".to_owned()));
    }
    hub.get("/v1/hq/events?topics=weather", &admin).await.refused(422, "invalid_query");
    served.stop.cancel();
    served.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_page_hears_nothing_after_its_session_has_ended() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let viewer = hub.viewer_token().await;
    let served = serve(&hub.hub).await;
    let mut stream = open(&served, &viewer, "", None).await;
    next(&mut stream).await;
    hub.hub.store().write(|tx| hub::staff::end_sessions(tx, "dewi")).await.unwrap();
    let items = [outlet.order(1, &coffee("a"))];
    outlet.push(&items).await;
    let mut rest = String::new();
    timeout(WELL_BEFORE_TIMEOUT, stream.read_to_string(&mut rest)).await.unwrap().unwrap();
    assert!(!rest.contains("data"), "{rest}");
    served.stop.cancel();
    served.task.await.unwrap().unwrap();
}
