//! The examples of `docs/protocol.md`, sent to a real hub: an outdated page fails here.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use hub::outlets;
use serde_json::{Value, json};

use crate::app::TestHub;

const PAGE: &str = include_str!("../../../../docs/protocol.md");

/// Values that differ between hubs and times: only their type is compared.
const VOLATILE: [&str; 5] = ["time", "row_id", "cursor", "hub_version", "refused_by_version"];

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let open = format!("```{language}\n");
    PAGE.split(&open).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

/// Asserts the same keys, types and values, except those of [`VOLATILE`].
fn assert_same(at: &str, page: &Value, hub: &Value) {
    match (page, hub) {
        (Value::Object(page), Value::Object(hub)) => {
            let (mut named, mut found): (Vec<_>, Vec<_>) = (page.keys().collect(), hub.keys().collect());
            named.sort();
            found.sort();
            assert_eq!(named, found, "the members of {at}");
            for (name, value) in page {
                let at = format!("{at}.{name}");
                if VOLATILE.contains(&name.as_str()) {
                    assert!(value.is_string() && hub[name].is_string(), "{at}");
                } else {
                    assert_same(&at, value, &hub[name]);
                }
            }
        }
        (Value::Array(page), Value::Array(hub)) => {
            assert_eq!(page.len(), hub.len(), "{at}");
            for (no, (page, hub)) in page.iter().zip(hub).enumerate() {
                assert_same(&format!("{at}[{no}]"), page, hub);
            }
        }
        _ => assert_eq!(page, hub, "{at}"),
    }
}

#[tokio::test]
async fn the_documented_requests_get_the_documented_answers() {
    let hub = TestHub::start().await;
    let added = hub.hub.store().write(|tx| outlets::add(tx, "JKT-001", "Kemang", web::time::now())).await.unwrap();
    let (mut key, mut paths) = (String::new(), Vec::new());
    for block in blocks("http") {
        let block = block.replace("{outlet_id}", &added.outlet_id).replace("{code}", &added.enroll_code);
        let (asked, answer) = block.split_once("→ ").unwrap();
        let (line, body) = asked.split_once('\n').unwrap();
        let (status, answer) = answer.split_once('\n').unwrap();
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if path.contains("/outlets/") {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 50_000))));
        let reply = hub.send(request).await;
        assert_eq!(reply.status.as_u16().to_string(), status, "{line}: {}", reply.body);
        assert_same(line, &serde_json::from_str(answer).unwrap(), &reply.body);
        if path == "/v1/enroll" {
            let asked: Value = serde_json::from_str(body).unwrap();
            key = asked["api_key"].as_str().unwrap().to_owned();
        }
        paths.push(path.split('?').next().unwrap().replace(&added.outlet_id, "ID"));
    }
    let outlet = ["entities", "documents", "updates", "verify", "statement", "sync/batch"];
    for path in outlet.map(|what| format!("/v1/outlets/ID/{what}")) {
        assert!(paths.contains(&path), "the page has no example of {path}");
    }
}

#[tokio::test]
async fn the_documented_batch_and_changes_are_accepted() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let blocks = blocks("json");
    let batch: Value = serde_json::from_str(blocks[0]).unwrap();
    outlet.epoch = batch["epoch"].clone();
    let results = outlet.push(batch["items"].as_array().unwrap()).await;
    assert_eq!(results, Vec::<Value>::new(), "a plainly applied order is not listed");

    // Their bases come from another hub, so the hub reports conflicts: they are well formed, and of known types.
    let items: Vec<Value> = serde_json::Deserializer::from_str(blocks[1]).into_iter().map(Result::unwrap).collect();
    for reply in outlet.push(&items).await {
        assert_eq!(reply["outcome"], json!("conflict"), "{reply}");
    }
}
