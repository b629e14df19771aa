//! The streams as outlets read them: nothing is skipped, and a hub that lost changes resets the stream.

use protocol::cursor::Cursor;
use protocol::updates::UpdatePage;
use serde_json::json;

use crate::app::{TestHub, coffee};
use crate::engine;

/// The cursor after a page.
pub fn behind(cursor: &str, page: &UpdatePage) -> String {
    let mut cursor: Cursor = if cursor.is_empty() { Cursor::default() } else { cursor.parse().unwrap() };
    for change in &page.changes {
        let place = if change.stream == "catalog" { &mut cursor.catalog } else { &mut cursor.outlet };
        assert_eq!(change.position.n, place.n + 1, "dense: {}", change.stream);
        *place = change.position.clone();
    }
    cursor.to_string()
}

fn ids(page: &UpdatePage) -> Vec<&str> {
    page.changes.iter().map(|change| change.update.of.entity_id.as_str()).collect()
}

#[tokio::test]
async fn an_outlet_reads_both_streams_page_by_page() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let items =
        [one.named("product", "p1", "Kopi"), one.named("setting", "outlet", "x"), one.named("product", "p2", "Teh")];
    one.push(&items).await;
    let items = [two.named("setting", "outlet", "y"), two.named("customer", "c1", "Ibu Sri")];
    two.push(&items).await;

    let whole = two.pull("", "").await;
    assert_eq!((ids(&whole), whole.more), (vec!["p1", "p2", "c1", "outlet"], false));
    let (mut cursor, mut pages) = (String::new(), Vec::new());
    loop {
        let page = two.pull(&cursor, "limit=1").await;
        cursor = behind(&cursor, &page);
        pages.extend(page.changes);
        if !page.more {
            break;
        }
    }
    assert_eq!(pages, whole.changes);
    assert_eq!(behind("", &whole), cursor);
    let nothing = two.pull(&cursor, "").await;
    assert!(nothing.changes.is_empty() && !nothing.more && !nothing.stream_reset);

    let first = &whole.changes[0];
    assert_eq!((first.stream.as_str(), &first.update.changed_by), ("catalog", &one.id));
    assert_eq!(first.update.changed_at, "2026-11-22T10:00:00.000Z");
    assert_eq!(json!(first.update.document), json!({"id": "p1", "name": "Kopi", "price": 1}));
    assert_eq!(first.update.token.change_id, format!("{}/0", one.last.clone().unwrap()));
    assert_eq!(whole.changes[3].stream, format!("outlet:{}", two.id));
}

#[tokio::test]
async fn a_page_has_the_chain_row_with_its_reply() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let new = outlet.pull("", "epoch=born").await;
    assert_eq!((new.chain.epoch.id.as_str(), new.chain.position.batch_no), ("born", 0));
    assert_eq!(new.chain.position.batch_id, None);

    let items = [outlet.named("product", "p1", "Kopi")];
    outlet.push(&items).await;
    let epoch = "epoch=epoch%20of%20JKT-001";
    let here = outlet.pull("", epoch).await;
    assert_eq!((here.chain.position.batch_id, here.chain.results), (outlet.last.clone(), vec![]));
    for at in ["", "&at=another"] {
        let chain = outlet.get(&format!("updates?{epoch}{at}")).await.ok()["chain"].clone();
        assert_eq!((chain["batch_no"].clone(), &chain["results"][0]["outcome"]), (json!(1), &json!("applied")), "{at}");
    }
    outlet.get("updates?epoch=another").await.refused(409, "epoch_mismatch");
    outlet.get("documents?epoch=another").await.refused(409, "epoch_mismatch");
    outlet.get("updates").await.ok();
    outlet.get("documents").await.ok();
}

#[tokio::test]
async fn a_hub_replaced_by_an_older_copy_resets_the_stream() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let items = [one.named("product", "p1", "Kopi")];
    one.push(&items).await;
    let early = behind("", &two.pull("", "").await);
    let hub = hub.reopen(engine::save_copy).await;
    one.connect_to(&hub);
    two.connect_to(&hub);
    let before = one.clone();
    let items = [one.named("product", "p2", "Teh")];
    one.push(&items).await;
    let late = behind("", &two.pull("", "").await);

    let hub = hub.reopen(engine::restore_copy).await;
    two.connect_to(&hub);
    let fewer = two.pull(&late, "").await;
    assert!(fewer.stream_reset && fewer.changes.is_empty() && !fewer.more, "it has fewer rows");
    let mut one = before;
    one.connect_to(&hub);
    let items = [one.named("product", "p3", "Susu")];
    one.push(&items).await;
    let as_many = two.pull(&late, "wait=60").await;
    assert!(as_many.stream_reset && as_many.changes.is_empty(), "it has another row of that number");
    assert_eq!(ids(&two.pull(&early, "").await), ["p3"], "changes from before the copy are still valid");

    // The way out: compare everything, and continue from the cursor of that list.
    let all = two.get("entities").await.ok();
    let found: Vec<_> = all["entities"].as_array().unwrap().iter().map(|e| e["entity_id"].clone()).collect();
    assert_eq!(found, ["p1", "p3"]);
    let from_there = two.pull(all["cursor"].as_str().unwrap(), "").await;
    assert!(!from_there.stream_reset && from_there.changes.is_empty());
}

#[tokio::test]
async fn a_pruned_stream_cannot_be_read_from_the_beginning() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    assert!(!outlet.pull("", "").await.stream_reset, "an empty stream is readable");
    let items = [outlet.named("product", "p1", "Kopi"), outlet.named("product", "p2", "Teh")];
    outlet.push(&items).await;
    let read = behind("", &outlet.pull("", "limit=1").await);
    assert!(!outlet.pull("0.~0.", "").await.stream_reset);
    hub.execute("delete from stream_entries where n = 1", None).await;
    assert!(outlet.pull("", "").await.stream_reset);
    assert!(outlet.pull("0.~0.", "").await.stream_reset);
    assert!(outlet.pull(&read, "").await.stream_reset);
}

#[tokio::test]
async fn a_page_stays_small_however_large_its_documents_are() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    // Four of them fit into a page.
    let fields = json!({"name": [null, "Kopi"], "price": [null, 1], "newer": [null, "x".repeat(500_000)]});
    let item = |n| json!({"entity_type": "product", "entity_id": format!("p{n}"), "fields": fields});
    let items: Vec<_> = (0..9).map(|n| outlet.item(item(n))).collect();
    outlet.push(&items).await;
    let (mut cursor, mut sizes) = (String::new(), Vec::new());
    loop {
        let page = outlet.pull(&cursor, "").await;
        cursor = behind(&cursor, &page);
        sizes.push(page.changes.len());
        if !page.more {
            break;
        }
    }
    assert_eq!(sizes, [4, 4, 1]);
}

#[tokio::test]
async fn invalid_queries_are_refused_with_their_code() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items = [outlet.named("product", "p1", "Kopi")];
    outlet.push(&items).await;
    let whole = behind("", &outlet.pull("", "").await);
    for length in 0..whole.len() {
        let reply = outlet.get(&format!("updates?cursor={}", &whole[..length])).await;
        if reply.status == 400 {
            reply.refused(400, "invalid_cursor");
        } else {
            // Cut inside the random id, the cursor is well formed but matches no row.
            assert!(reply.ok()["stream_reset"].as_bool().unwrap(), "{length}");
        }
    }
    for cursor in ["x", "1~2", "-1.a~0.", "9223372036854775808.a~0.", "1.a~0.%00", "%F0%9F%98%80", "1.a%27~0."] {
        outlet.get(&format!("updates?cursor={cursor}")).await.refused(400, "invalid_cursor");
    }
    assert!(outlet.get("updates?cursor=9223372036854775807.a~0.").await.ok()["stream_reset"].as_bool().unwrap());
    for query in [
        "updates?limit=0",
        "updates?limit=1001",
        "updates?limit=-1",
        "updates?limit=x",
        "updates?limit=1e3",
        "updates?limit=99999999999999999999",
        "updates?wait=61",
        "updates?wait=-1",
        "updates?wait=x",
        "updates?wait=18446744073709551615",
        "updates?limit=1&limit=2",
        "entities?limit=0",
        "entities?limit=1001",
        "entities?after_type=product",
        "entities?after_id=p",
        "documents?limit=0",
        "documents?after_id=p",
    ] {
        outlet.get(query).await.refused(422, "invalid_query");
    }
    outlet.get("entities/%FF/x").await.refused(400, "invalid_path");
    outlet.get("entities/product/nowhere").await.refused(404, "not_found");
    outlet.get("entities/nothing%00like/%27;--").await.refused(404, "not_found");
}

#[tokio::test]
async fn a_read_only_outlets_contact_is_stored_once_a_minute() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let last_contact = async || hub.rows("last_contact_at", "from outlets").await.remove(0);
    outlet.pull("", "").await;
    let first = last_contact().await;
    assert!(!first.is_empty());
    outlet.pull("", "").await;
    outlet.get("entities").await.ok();
    assert_eq!(last_contact().await, first);
    let long_ago = "update outlets set last_contact_at = '2026-01-01T00:00:00.000Z'";
    hub.execute(long_ago, None).await;
    outlet.pull("", "").await;
    assert!(last_contact().await >= first);
    let item = [outlet.order(1, &coffee("a"))];
    outlet.push(&item).await;
}
