//! Snapshots: everything that an outlet may see, in one file.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use protocol::cursor::Cursor;
use protocol::snapshot::{Head, SnapshotLine, hex};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::app::{TestHub, TestOutlet, coffee, peer, send};
use crate::engine;

struct Download {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Download {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn lines(&self) -> (Head, Vec<SnapshotLine>) {
        let text = String::from_utf8(zstd::decode_all(&self.bytes[..]).unwrap()).unwrap();
        let mut lines = text.lines();
        let head = serde_json::from_str(lines.next().unwrap()).unwrap();
        (head, lines.map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    fn names(&self) -> Vec<String> {
        let name = |line: SnapshotLine| match line {
            SnapshotLine::Shared(update) => format!("{} {}", update.of.entity_type, update.of.entity_id),
            SnapshotLine::Owned(document) => format!("own {} {}", document.of.entity_type, document.of.entity_id),
            SnapshotLine::End(_) => "end".to_owned(),
        };
        self.lines().1.into_iter().map(name).collect()
    }
}

async fn get(hub: &TestHub, outlet: &TestOutlet, query: &str, headers: &[(&str, &str)]) -> Download {
    let mut request = Request::get(format!("/v1/outlets/{}/snapshot{query}", outlet.id))
        .header(header::AUTHORIZATION, format!("Bearer {}", outlet.key))
        .extension(peer());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = hub.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Download { status: parts.status, headers: parts.headers, bytes }
}

fn files(hub: &TestHub) -> Vec<String> {
    let entries = std::fs::read_dir(hub.config.snapshots.as_ref().unwrap()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_snapshot_has_the_outlets_data_with_sales_data_first() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let order = one.order(1, &coffee("o1"));
    let table = one.table("t1");
    let mut items = vec![order, table];
    for (entity_type, id) in [
        ("customer", "c1"),
        ("user", "u1"),
        ("setting", "outlet"),
        ("charge", "h1"),
        ("product", "p2"),
        ("product", "p1"),
        ("tender", "n1"),
    ] {
        items.push(one.named(entity_type, id, "x"));
    }
    one.push(&items).await;
    let others = [two.named("user", "u2", "y"), two.named("category", "k1", "y"), two.order(1, &coffee("o2"))];
    two.push(&others).await;
    let gone = json!({"entity_type": "product", "entity_id": "p2", "operation": "delete", "version": 2,
        "fields": {"deleted": [false, true]}, "base": {"n": 1, "change_id": format!("{}/6", one.last.clone().unwrap())}});
    let gone = [one.item(gone)];
    one.push(&gone).await;

    let download = get(&hub, &one, "", &[]).await;
    assert_eq!(download.status, StatusCode::OK);
    let expected = [
        "category k1",
        "product p1",
        "product p2",
        "charge h1",
        "tender n1",
        "user u1",
        "setting outlet",
        "customer c1",
    ];
    assert_eq!(download.names()[..8], expected);
    assert_eq!(download.names()[8..], ["own order o1", "own table t1", "end"]);
    let (head, lines) = download.lines();
    assert_eq!((head.outlet_id.as_str(), head.gerai_snapshot, head.batch_no), (one.id.as_str(), 1, 2));
    assert_eq!(head.batch_id, one.last);
    let SnapshotLine::Shared(p2) = &lines[2] else { panic!("{lines:?}") };
    assert!(p2.deleted && p2.token.n == 2, "tombstones too, with their tokens");
    let cursor: Cursor = head.cursor.parse().unwrap();
    assert_eq!((cursor.catalog.n, cursor.outlet.n), (7, 2));
    assert!(one.pull(&head.cursor, "").await.changes.is_empty(), "the stream continues at the end of the file");

    let hash = Sha256::digest(&download.bytes);
    assert_eq!(download.header("etag"), format!("\"{}\"", hex(&hash)));
    assert_eq!(download.header("content-length"), download.bytes.len().to_string());
    assert_eq!(download.header("accept-ranges"), "bytes");
    assert!(download.header("repr-digest").starts_with("sha-256=:") && download.header("repr-digest").ends_with("=:"));
}

#[tokio::test]
async fn a_large_snapshot_has_each_document_once() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    for from in (0..5_000).step_by(1_000) {
        let many: Vec<_> = (from..from + 1_000).map(|n| outlet.table(&format!("t{n:04}"))).collect();
        assert!(outlet.push(&many).await.is_empty());
    }
    let mut expected: Vec<_> = (0..5_000).map(|n| format!("own table t{n:04}")).collect();
    expected.push("end".to_owned());
    let names = get(&hub, &outlet, "", &[]).await.names();
    assert!(names == expected, "{} of {}", names.len(), expected.len());
}

#[tokio::test]
async fn a_cut_download_resumes_and_the_file_is_made_once() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items: Vec<Value> = (0..50).map(|n| outlet.named("product", &format!("p{n}"), &format!("Kopi {n}"))).collect();
    outlet.push(&items).await;
    let whole = get(&hub, &outlet, "", &[]).await;
    let more = [outlet.named("product", "later", "Teh")];
    outlet.push(&more).await;
    let etag = whole.header("etag").to_owned();
    let rest = get(&hub, &outlet, "", &[("range", "bytes=100-"), ("if-range", &etag)]).await;
    assert_eq!(rest.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(rest.header("content-range"), format!("bytes 100-{}/{}", whole.bytes.len() - 1, whole.bytes.len()));
    assert_eq!(rest.bytes, whole.bytes[100..]);
    let part = get(&hub, &outlet, "", &[("range", "bytes=3-5")]).await;
    assert_eq!((part.status, part.bytes.as_slice()), (StatusCode::PARTIAL_CONTENT, &whole.bytes[3..6]));
    let end = get(&hub, &outlet, "", &[("range", &format!("bytes={}-", whole.bytes.len())), ("if-range", &etag)]).await;
    assert_eq!(end.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(end.header("content-range"), format!("bytes */{}", whole.bytes.len()));
    let body: Value = serde_json::from_slice(&end.bytes).unwrap();
    assert_eq!(body["error"], "range_not_satisfiable");
    let other = get(&hub, &outlet, "", &[("range", "bytes=100-"), ("if-range", "\"another\"")]).await;
    assert_eq!((other.status, other.bytes), (StatusCode::OK, whole.bytes));
    assert_eq!(files(&hub).len(), 1, "one file for all of these");
}

#[tokio::test]
async fn concurrent_requests_get_the_same_snapshot() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let (a, b, c) = tokio::join!(get(&hub, &outlet, "", &[]), get(&hub, &outlet, "", &[]), get(&hub, &outlet, "", &[]));
    assert!(a.bytes == b.bytes && b.bytes == c.bytes);
    assert_eq!(files(&hub).len(), 1);
}

#[tokio::test]
async fn a_snapshot_newer_than_the_hubs_data_is_not_served() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let hub = hub.reopen(engine::save_copy).await;
    outlet.connect_to(&hub);
    let items = [outlet.named("product", "p1", "Kopi")];
    outlet.push(&items).await;
    let early = get(&hub, &outlet, "", &[]).await;
    assert_eq!(early.names(), ["product p1", "end"]);
    let hub = hub.reopen(engine::restore_copy).await;
    let etag = early.header("etag").to_owned();
    let late = get(&hub, &outlet, "", &[("range", "bytes=10-"), ("if-range", &etag)]).await;
    assert_eq!((late.status, late.names()), (StatusCode::OK, vec!["end".to_owned()]));
}

#[tokio::test]
async fn only_the_outlet_in_its_current_epoch_gets_a_snapshot() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let items = [one.named("product", "p1", "Kopi")];
    one.push(&items).await;
    let ask = |id: &str, key: &str| {
        let request = Request::get(format!("/v1/outlets/{id}/snapshot"));
        send(&hub.router, request.header(header::AUTHORIZATION, format!("Bearer {key}")).body(Body::empty()).unwrap())
    };
    ask(&one.id, &two.key).await.refused(403, "forbidden");
    ask(&one.id, "nonsense").await.refused(401, "unauthorized");
    one.get("snapshot?epoch=another").await.refused(409, "epoch_mismatch");
    assert_eq!(get(&hub, &one, "?epoch=epoch%20of%20JKT-001", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_export_writes_the_snapshot_and_overwrites_nothing() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items = [outlet.named("product", "p1", "Kopi"), outlet.order(1, &coffee("o1"))];
    outlet.push(&items).await;
    let file = hub.dir.path().join("stick.zst");
    let now = web::time::now();
    let saved = hub::snapshots::save(hub.hub.store(), "JKT-001", &file, now, |_| ()).await.unwrap();
    assert_eq!((saved.entities, &saved.outlet_id), (2, &outlet.id));
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(saved.sha256, hex(&Sha256::digest(&bytes)));
    let download = Download { status: StatusCode::OK, headers: HeaderMap::new(), bytes };
    assert_eq!(download.names(), get(&hub, &outlet, "", &[]).await.names());
    let again = hub::snapshots::save(hub.hub.store(), "JKT-001", &file, now, |_| ()).await.unwrap_err();
    assert!(again.to_string().contains("exists already"), "{again}");
    let other = hub::snapshots::save(hub.hub.store(), "JKT-009", &hub.dir.path().join("x"), now, |_| ()).await;
    assert!(other.unwrap_err().to_string().contains("no outlet with the code"));
    assert!(!hub.dir.path().join("x").exists() && !hub.dir.path().join("x.part").exists());
}
