//! Forgetting entries of the streams: only what every outlet that counts is past, and nothing that they add up to.

use jiff::SignedDuration;
use serde_json::Value;

use crate::app::{TestHub, TestOutlet};

/// Asks from behind the last change that was read, so that the hub knows how far the outlet is.
async fn reads_on(outlet: &TestOutlet, cursor: &str) -> String {
    let page = outlet.pull(cursor, "limit=1000").await;
    let mut at: sync::cursor::Cursor = if cursor.is_empty() { Default::default() } else { cursor.parse().unwrap() };
    for change in page.changes {
        if change.stream == "catalog" { at.catalog = change.place } else { at.outlet = change.place }
    }
    at.to_string()
}

/// The hub writes down how far an outlet is once a minute; a hub that was started again does at once.
async fn asks(hub: TestHub, outlets: &mut [(&mut TestOutlet, &str)]) -> TestHub {
    let hub = hub.reopen(|_| ()).await;
    for (outlet, cursor) in outlets {
        outlet.goes_to(&hub);
        assert!(!outlet.pull(cursor, "").await.stream_reset);
    }
    hub
}

async fn push_products(outlet: &mut TestOutlet, from: usize, many: usize) {
    let items: Vec<Value> = (from..from + many).map(|n| outlet.named("product", &format!("p{n}"), "Kopi")).collect();
    outlet.push(&items).await;
}

async fn forget(hub: &TestHub, days: i64) -> usize {
    let now = web::time::now().checked_add(SignedDuration::from_hours(24 * days)).unwrap();
    hub::retain(hub.hub.store(), now).await.unwrap()
}

#[tokio::test]
async fn what_every_outlet_is_past_is_forgotten_and_everyone_reads_on() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    push_products(&mut one, 0, 5).await;
    assert_eq!(forget(&hub, 0).await, 0, "nobody has read anything");
    let at_five = reads_on(&one, "").await;
    push_products(&mut one, 5, 5).await;
    let at_ten = reads_on(&two, &reads_on(&two, "").await).await;
    let hub = asks(hub, &mut [(&mut one, &at_five), (&mut two, &at_ten)]).await;
    assert_eq!(forget(&hub, 0).await, 4, "the row that the slower one stands at stays");
    assert_eq!(forget(&hub, 0).await, 0);
    assert_eq!(one.pull(&at_five, "").await.changes.len(), 5);
    assert!(!two.pull(&at_ten, "").await.stream_reset);
    assert_eq!(hub.count("shared_entities").await, 10, "what they add up to stays");

    let hub = asks(hub, &mut [(&mut one, &at_ten), (&mut two, &at_ten)]).await;
    assert_eq!(forget(&hub, 0).await, 5);
    assert_eq!(hub.rows("n", "from stream_entries").await, ["10"], "never the last row");
    let three = hub.outlet("JKT-003").await;
    assert!(three.pull("", "").await.stream_reset, "a new one compares everything");
    assert!(one.pull(&at_five, "").await.stream_reset, "and so does one that was put back");
    push_products(&mut two, 10, 1).await;
    assert_eq!(one.pull(&at_ten, "").await.changes.len(), 1);
}

#[tokio::test]
async fn an_outlet_that_is_silent_for_35_days_or_revoked_holds_nothing_back() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    push_products(&mut one, 0, 3).await;
    let (nothing, all) = (reads_on(&one, "").await, reads_on(&two, &reads_on(&two, "").await).await);
    assert_eq!(nothing, all);
    let hub = asks(hub, &mut [(&mut one, ""), (&mut two, &all)]).await;
    assert_eq!(forget(&hub, 34).await, 0, "the first outlet has read nothing");
    assert_eq!(forget(&hub, 36).await, 0, "nobody counts: nothing is forgotten");
    let later = web::time::text(web::time::now().checked_add(SignedDuration::from_hours(24 * 36)).unwrap());
    let two_id = two.id.clone();
    let note = "update outlet_cursors set asked_at = ?1 where catalog_n > 0";
    hub.execute(note, Some(later)).await;
    assert_eq!(forget(&hub, 36).await, 2, "the silent one does not count, {two_id} does");

    push_products(&mut two, 3, 2).await;
    let end = reads_on(&two, &all).await;
    let hub = asks(hub, &mut [(&mut two, &end)]).await;
    hub.execute("update outlet_cursors set catalog_n = 0, asked_at = '9999' where outlet_id = ?1", Some(one.id)).await;
    assert_eq!(forget(&hub, 0).await, 0);
    hub.hub.store().write(|tx| hub::outlets::revoke(tx, "JKT-001")).await.unwrap();
    assert_eq!(forget(&hub, 0).await, 2);
}

#[tokio::test]
async fn an_outlets_own_stream_goes_by_that_outlet_alone() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    for outlet in [&mut one, &mut two] {
        let items: Vec<Value> = (0..3).map(|n| outlet.named("user", &format!("u{n}"), "Sari")).collect();
        outlet.push(&items).await;
    }
    let end = reads_on(&one, "").await;
    let hub = asks(hub, &mut [(&mut one, &end), (&mut two, "")]).await;
    assert_eq!(forget(&hub, 0).await, 2);
    let left = hub.rows("stream,n", "from stream_entries order by stream, n").await;
    assert_eq!(left.iter().filter(|row| row.contains(&two.id)).count(), 3, "{left:?}");
}

#[tokio::test]
async fn much_is_forgotten_a_little_at_a_time() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    push_products(&mut outlet, 0, 2_500).await;
    assert!(outlet.pull("", "").await.stream_reset, "so long a stream is not read from the beginning");
    let heads = outlet.get("entities?limit=1").await.ok();
    let end = heads["cursor"].as_str().unwrap().to_owned();
    let hub = asks(hub, &mut [(&mut outlet, &end)]).await;
    assert_eq!(forget(&hub, 0).await, 2_499);
    assert!(!outlet.pull(&end, "").await.stream_reset);
}
