//! All entities that an outlet may see, and all its documents at the hub: pages contain the same as one list.

use protocol::updates::{EntityPage, OwnedPage};
use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet, coffee, order};

/// All pages of a list with this page size.
async fn pages(outlet: &TestOutlet, list: &str, rows: &str, limit: usize) -> Vec<Value> {
    let (mut after, mut found) = (String::new(), Vec::new());
    loop {
        let page = outlet.get(&format!("{list}?limit={limit}{after}")).await.ok();
        let part = page[rows].as_array().unwrap().clone();
        assert!(part.len() == limit || page["next"].is_null(), "{}", part.len());
        found.extend(part);
        if page["next"].is_null() {
            return found;
        }
        let text = |name: &str| page["next"][name].as_str().unwrap().to_owned();
        after = format!("&after_type={}&after_id={}", text("entity_type"), text("entity_id"));
    }
}

async fn filled() -> (TestHub, TestOutlet, TestOutlet) {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let mut items: Vec<_> = (0..7).map(|n| one.named("product", &format!("p{n}"), "Kopi")).collect();
    items.extend((0..3).map(|n| one.named("user", &format!("u{n}"), "Sri")));
    items.push(one.named("category", "c", "Minum"));
    items.extend((0..4).map(|n| one.order(1, &coffee(&format!("o{n}")))));
    one.push(&items).await;
    let items = [two.named("user", "theirs", "Budi"), two.order(1, &coffee("theirs"))];
    two.push(&items).await;
    (hub, one, two)
}

#[tokio::test]
async fn an_outlet_lists_chain_and_outlet_entities_in_one_order() {
    let (_hub, mut one, two) = filled().await;
    let tombstone = one.item(json!({"entity_type": "product", "entity_id": "p3", "operation": "delete", "version": 2,
        "base": {"n": 1, "change_id": format!("{}/3", one.last.clone().unwrap())}, "fields": {"deleted": [false, true]}}));
    assert_eq!(one.push(&[tombstone]).await[0]["outcome"], "applied");

    let whole: EntityPage = serde_json::from_value(one.get("entities").await.ok()).unwrap();
    let of: Vec<_> = whole.entities.iter().map(|e| (e.of.entity_type.as_str(), e.of.entity_id.as_str())).collect();
    let products = (0..7).map(|n| format!("p{n}")).collect::<Vec<_>>();
    let mut expected = vec![("category", "c")];
    expected.extend(products.iter().map(|id| ("product", id.as_str())));
    expected.extend([("user", "u0"), ("user", "u1"), ("user", "u2")]);
    assert_eq!(of, expected);
    assert!(whole.next.is_none());
    let deleted: Vec<_> = whole.entities.iter().filter(|e| e.deleted).map(|e| e.of.entity_id.as_str()).collect();
    assert_eq!(deleted, ["p3"]);
    for limit in [1, 2, 3, 10, 11, 12] {
        assert_eq!(json!(pages(&one, "entities", "entities", limit).await), json!(whole.entities), "{limit}");
    }
    // The stream continues from the cursor of the first page.
    let tail = one.pull(&whole.cursor, "").await;
    assert!(!tail.stream_reset && tail.changes.is_empty());

    assert_eq!(one.get("entities/user/u1").await.ok(), json!(whole.entities[9]));
    assert_eq!(one.get("entities/product/p3").await.ok()["deleted"], true);
    two.get("entities/user/u1").await.refused(404, "not_found");
    assert_eq!(two.get("entities/user/theirs").await.ok()["changed_by"], two.id.as_str());
}

#[tokio::test]
async fn the_hub_lists_outlet_owned_documents_as_sent() {
    let (_hub, mut one, _) = filled().await;
    let open = order("o9", "2026-11-22", "open", &[("coffee", 20_000, 1)], &[]);
    let open = [one.order(1, &open)];
    one.push(&open).await;
    let gone = one.item(json!({"entity_type": "order", "entity_id": "o9", "operation": "delete", "version": 2}));
    let table = json!({"id": "t", "name": "Meja 1", "of_a_newer_version": 2.50});
    let table = one.item(json!({"entity_type": "table", "entity_id": "t", "data": table}));
    one.push(&[gone, table]).await;

    let answer = one.get("documents").await.ok();
    let whole: OwnedPage = serde_json::from_value(answer.clone()).unwrap();
    let of: Vec<_> = whole.documents.iter().map(|d| (d.of.entity_id.as_str(), d.version)).collect();
    assert_eq!(of, [("o0", 1), ("o1", 1), ("o2", 1), ("o3", 1), ("o9", 2), ("t", 1)]);
    assert!(whole.documents[4].document.is_none() && whole.next.is_none());
    assert_eq!(answer["documents"][0]["document"], coffee("o0"));
    assert_eq!(whole.documents[0].epoch_number, 1);
    assert_eq!(whole.chain.position.batch_id, one.last);
    for limit in [1, 2, 4, 5, 6] {
        assert_eq!(json!(pages(&one, "documents", "documents", limit).await), answer["documents"], "{limit}");
    }
}

#[tokio::test]
async fn an_unrepresentable_number_is_rejected_alone() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let table = outlet.item(json!({"entity_type": "table", "entity_id": "t", "data": {"id": "t", "seats": "HERE"}}));
    let body = outlet.batch(&[table]).to_string().replace("\"HERE\"", "1e999");
    let answer = crate::app::send(&hub.router, outlet.request(body.into_bytes())).await.ok();
    assert_eq!(answer["chain"]["results"][0]["code"], "invalid_document");
    let reply = outlet.get("documents").await;
    assert_eq!((reply.status.as_u16(), reply.body.to_string().contains("1e999")), (200, false), "{}", reply.body);
}
