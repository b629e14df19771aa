//! Conflict records of outlets, and head office's resolutions.

use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet};

/// A record as an outlet sends it.
fn record(id: &str, status: &str) -> Value {
    json!({"id": id, "entity_type": "customer", "entity_id": "c", "field": "name", "base": "\"Budi\"",
        "local": "\"Budi S.\"", "cloud": "\"Pak Budi\"", "rule": "manual", "status": status, "local_by": "u7", "local_at": null,
        "cloud_by": "hq:rina", "cloud_at": "2026-11-22T10:00:00.000Z", "created_at": "2026-11-22T10:00:01.000Z",
        "resolved_at": null, "resolved_by": null})
}

async fn send(outlet: &mut TestOutlet, version: i64, records: &[Value]) {
    let items: Vec<_> = records
        .iter()
        .map(|data| {
            outlet.item(json!({"entity_type": "conflict", "entity_id": data["id"], "version": version, "data": data}))
        })
        .collect();
    assert!(outlet.push(&items).await.is_empty());
}

/// Id and status of each conflict.
fn shown(list: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(|one| format!("{} {}", text(&one["id"]), text(&one["status"]))).collect()
}

#[tokio::test]
async fn conflicts_of_all_outlets_are_listed_newest_first() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    send(&mut one, 1, &[record("r1", "open"), record("r3", "merged"), record("r4", "open")]).await;
    send(&mut two, 1, &[record("r2", "open"), record("r5", "resolved"), record("r6", "superseded")]).await;
    let admin = hub.admin_token().await;
    let list = async |query: &str| shown(&hub.get(&format!("/v1/hq/conflicts{query}"), &admin).await.ok());
    assert_eq!(list("").await, ["r4 open", "r2 open", "r1 open"]);
    assert_eq!(list(&format!("?outlet_id={}", one.id)).await, ["r4 open", "r1 open"]);
    assert_eq!(list("?status=merged").await, ["r3 merged"]);
    assert_eq!(list("?status=resolved").await, ["r5 resolved"]);
    assert_eq!(list("?status=superseded").await, ["r6 superseded"]);
    assert_eq!(list("?status=all").await.len(), 6);
    hub.get("/v1/hq/conflicts?status=maybe", &admin).await.refused(422, "invalid_query");
    // Page by page.
    for filter in ["limit=1".to_owned(), format!("limit=1&outlet_id={}", one.id)] {
        let whole = list(&format!("?{}", filter.replace("limit=1", "limit=500"))).await;
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = hub.get(&format!("/v1/hq/conflicts?{filter}{cursor}"), &admin).await.body;
            seen.extend(shown(&page["data"]));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, whole);
    }
    let whole = hub.get("/v1/hq/conflicts", &admin).await.ok()[2].clone();
    let mut expected = record("r1", "open");
    expected.as_object_mut().unwrap().extend(
        json!({"outlet_id": one.id, "outlet_code": "JKT-001", "strategy": null, "received_at": whole["received_at"]})
            .as_object()
            .unwrap()
            .clone(),
    );
    assert_eq!(whole, expected);
}

#[tokio::test]
async fn many_newer_records_hide_no_open_conflict() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let mut records: Vec<_> = (0..1_100).map(|n| record(&format!("r{n:04}"), "merged")).collect();
    records[3] = record("r0003", "open");
    records[700] = record("r0700", "open");
    send(&mut outlet, 1, &records).await;
    let admin = hub.admin_token().await;
    let page = hub.get("/v1/hq/conflicts?limit=1", &admin).await.body;
    assert_eq!(shown(&page["data"]), ["r0700 open"]);
    let rest = format!("/v1/hq/conflicts?cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(shown(&hub.get(&rest, &admin).await.ok()), ["r0003 open"]);
}

#[tokio::test]
async fn a_resolution_enters_the_outlets_stream_until_it_is_applied() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    send(&mut outlet, 1, &[record("r1", "open"), record("r2", "merged")]).await;
    let admin = hub.admin_token().await;
    let resolve = async |id: &str, strategy: &str| {
        let path = format!("POST /v1/hq/conflicts/{id}/resolve");
        hub.ask(&path, &admin, &json!({"strategy": strategy}), None).await
    };
    resolve("nowhere", "local_wins").await.refused(404, "not_found");
    resolve("r1", "mine").await.refused(422, "invalid_body");
    resolve("r2", "local_wins").await.refused(409, "not_open");
    for _ in 0..2 {
        let shown = resolve("r1", "cloud_wins").await.ok();
        assert_eq!((&shown["status"], &shown["strategy"]), (&json!("resolving"), &json!("cloud_wins")));
    }
    let row = "stream,n,entity_type,entity_id,token_n,deleted";
    let first = format!("outlet:{}|1|resolution|r1|1|0", outlet.id);
    assert_eq!(hub.rows(row, "from stream_entries order by n").await, [first.as_str()]);
    let document: Value = serde_json::from_str(&hub.rows("document", "from stream_entries").await[0]).unwrap();
    assert_eq!(document, json!({"id": "r1", "strategy": "cloud_wins", "by": "hq:admin", "at": document["at"]}));
    // Another resolution before the outlet has read the first.
    assert_eq!(resolve("r1", "local_wins").await.ok()["strategy"], "local_wins");
    let second = first.replace("|1|resolution|r1|1|", "|2|resolution|r1|2|");
    assert_eq!(hub.rows(row, "from stream_entries order by n").await, [first, second]);
    let list = async |query: &str| shown(&hub.get(&format!("/v1/hq/conflicts{query}"), &admin).await.ok());
    assert_eq!(list("").await, ["r1 resolving"]);
    assert_eq!(list("?status=resolving").await, ["r1 resolving"]);
    // The outlet has applied it.
    send(&mut outlet, 2, &[record("r1", "resolved")]).await;
    assert_eq!(list("").await, Vec::<String>::new());
    assert_eq!(list("?status=resolved").await, ["r1 resolved"]);
    resolve("r1", "cloud_wins").await.refused(409, "not_open");
}

#[tokio::test]
async fn a_conflict_id_at_two_outlets_needs_the_outlet() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    send(&mut one, 1, &[record("r1", "open")]).await;
    send(&mut two, 1, &[record("r1", "open")]).await;
    let admin = hub.admin_token().await;
    let ask = async |body: Value| hub.ask("POST /v1/hq/conflicts/r1/resolve", &admin, &body, None).await;
    ask(json!({"strategy": "local_wins"})).await.refused(409, "ambiguous");
    ask(json!({"strategy": "local_wins", "outlet_id": "x"})).await.refused(404, "not_found");
    assert_eq!(ask(json!({"strategy": "local_wins", "outlet_id": two.id})).await.ok()["outlet_code"], "JKT-002");
    assert_eq!(hub.rows("stream", "from streams").await, [format!("outlet:{}", two.id)]);
}

#[tokio::test]
async fn a_broken_record_hides_nothing_and_no_hash_is_shown() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let mut pin = record("r2", "open");
    pin["field"] = "pin_hash".into();
    pin["local"] = "\"$argon2id$a\"".into();
    let mut gone = record("r3", "open");
    gone["field"] = "deleted".into();
    gone["cloud"] = "{\"pin_hash\":\"$argon2id$b\"}".into();
    send(&mut outlet, 1, &[pin, gone]).await;
    let reply = hub.get("/v1/hq/conflicts?status=all", &hub.admin_token().await).await;
    assert!(!reply.body.to_string().contains("argon2"), "{}", reply.body);
    let list = reply.ok();
    assert_eq!(shown(&list), ["r3 open", "r2 open"]);
    assert_eq!((&list[1]["local"], &list[0]["cloud"]), (&json!("(hidden)"), &json!(r#"{"pin_hash":"(hidden)"}"#)));
}
