//! Deleting old entries of the streams: only those that every active outlet has read; the entities stay. The chain's
//! stream is deleted in blocks of 50,000 numbers.

use hub::hours;
use hub::streams::SILENT_HOURS;
use serde_json::Value;
use store::Fault;

use crate::app::{TestHub, TestOutlet};

/// Reads a page and returns its end as a cursor; the next request tells the hub how far the outlet has read.
pub async fn read_to_end(outlet: &TestOutlet, cursor: &str) -> String {
    let page = outlet.pull(cursor, "limit=1000").await;
    let mut at: protocol::cursor::Cursor = if cursor.is_empty() { Default::default() } else { cursor.parse().unwrap() };
    for change in page.changes {
        if change.stream == "catalog" { at.catalog = change.position } else { at.outlet = change.position }
    }
    at.to_string()
}

/// The hub stores an outlet's read position once a minute; after a restart it stores the first one at once.
pub async fn report_positions(hub: TestHub, outlets: &mut [(&mut TestOutlet, &str)]) -> TestHub {
    let hub = hub.reopen(|_| ()).await;
    for (outlet, cursor) in outlets {
        outlet.connect_to(&hub);
        assert!(!outlet.pull(cursor, "").await.stream_reset);
    }
    hub
}

pub async fn push_products(outlet: &mut TestOutlet, from: usize, many: usize) {
    let items: Vec<Value> = (from..from + many).map(|n| outlet.named("product", &format!("p{n}"), "Kopi")).collect();
    outlet.push(&items).await;
}

/// As if this many changes of the chain had been made.
pub async fn set_head(hub: &TestHub, head: i64) {
    let sql = "update streams set head = ?1 where stream = 'catalog'";
    let moved: Result<usize, Fault> = hub.hub.store().write(move |tx| tx.execute(sql, &[head.into()])).await;
    assert_eq!(moved.unwrap(), 1);
}

pub async fn prune(hub: &TestHub) -> usize {
    hub::retain(hub.hub.store()).await.unwrap()
}

/// As if the hub had run for this many hours more.
async fn pass_hours(hub: &TestHub, hours: i64) {
    let passed = hub.hub.store().write(move |tx| {
        for _ in 0..hours {
            let seen = hours::current(tx)?;
            hours::passed(tx, Some(seen))?;
        }
        Ok::<_, Fault>(())
    });
    passed.await.unwrap();
}

#[tokio::test]
async fn entries_that_all_outlets_have_read_are_deleted_by_block() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    push_products(&mut one, 0, 1).await;
    let first = read_to_end(&one, "").await;
    set_head(&hub, 49_994).await;
    push_products(&mut one, 1, 5).await;
    assert_eq!(prune(&hub).await, 0, "nobody has read anything");
    let block_end = read_to_end(&one, &first).await;
    push_products(&mut one, 6, 5).await;
    let last = read_to_end(&two, &first).await;
    let hub = report_positions(hub, &mut [(&mut one, &block_end), (&mut two, &last)]).await;
    assert_eq!(prune(&hub).await, 0, "the slower one is still inside the block");

    let hub = report_positions(hub, &mut [(&mut one, &last), (&mut two, &last)]).await;
    let next_block = one.pull(&block_end, "limit=1").await.changes.remove(0).position;
    let within = format!("{}.{}~0.", next_block.n, next_block.row_id);
    let page = async |outlet: &TestOutlet| outlet.get(&format!("updates?limit=3&cursor={within}")).await.ok();
    let before = page(&one).await;
    assert_eq!(before["changes"].as_array().unwrap().len(), 3);
    assert_eq!(prune(&hub).await, 6);
    assert_eq!(prune(&hub).await, 0);
    assert_eq!(page(&one).await, before, "the remaining entries read as before");
    let left: Vec<_> = (50_000..50_005).map(|n| n.to_string()).collect();
    assert_eq!(hub.rows("n", "from stream_entries order by n").await, left, "a block that is not full stays");
    assert_eq!(hub.count("shared_entities").await, 11, "the entities stay");
    let three = hub.outlet("JKT-003").await;
    assert!(three.pull("", "").await.stream_reset, "a new one compares everything");
    assert!(one.pull(&block_end, "").await.stream_reset, "and so does a restored one");
    push_products(&mut two, 11, 1).await;
    assert_eq!(one.pull(&last, "").await.changes.len(), 1);
}

#[tokio::test]
async fn the_last_row_of_a_stream_stays_even_at_the_end_of_a_block() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    push_products(&mut outlet, 0, 1).await;
    let first = read_to_end(&outlet, "").await;
    set_head(&hub, 99_998).await;
    push_products(&mut outlet, 1, 1).await;
    let items = [outlet.named("user", "u1", "Sari"), outlet.named("user", "u2", "Budi")];
    outlet.push(&items).await;
    let last = read_to_end(&outlet, &first).await;
    let hub = report_positions(hub, &mut [(&mut outlet, &last)]).await;
    assert_eq!(prune(&hub).await, 2, "the first of each stream");
    assert_eq!(hub.rows("n", "from stream_entries order by n").await, ["2", "99999"]);
    assert!(!outlet.pull(&last, "").await.stream_reset);
}

#[tokio::test]
async fn an_outlet_inactive_for_35_days_or_revoked_delays_no_retention() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    push_products(&mut one, 0, 1).await;
    let first = read_to_end(&one, "").await;
    set_head(&hub, 49_998).await;
    push_products(&mut one, 1, 2).await;
    let all = read_to_end(&two, &first).await;
    let hub = report_positions(hub, &mut [(&mut one, &first), (&mut two, &all)]).await;
    pass_hours(&hub, SILENT_HOURS - 1).await;
    assert_eq!(prune(&hub).await, 0, "the first outlet has read one change");
    pass_hours(&hub, 1).await;
    assert_eq!(prune(&hub).await, 0, "no active outlet: nothing is deleted");
    let hub = report_positions(hub, &mut [(&mut two, &all)]).await;
    assert_eq!(prune(&hub).await, 2, "the silent one does not count, the other does");
    one.connect_to(&hub);
    assert!(one.pull(&first, "").await.stream_reset, "it compares everything when it returns");

    set_head(&hub, 99_998).await;
    push_products(&mut two, 3, 2).await;
    let end = read_to_end(&two, &all).await;
    let hub = report_positions(hub, &mut [(&mut two, &end)]).await;
    let behind = "update outlet_cursors set catalog_n = 0, read_hour = 100000 where outlet_id = ?1";
    hub.execute(behind, Some(one.id)).await;
    assert_eq!(prune(&hub).await, 0);
    hub.hub.store().write(|tx| hub::outlets::revoke(tx, "JKT-001", web::time::now())).await.unwrap();
    assert_eq!(prune(&hub).await, 2);
}

#[tokio::test]
async fn a_wrong_clock_deletes_no_unread_entry() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    push_products(&mut one, 0, 1).await;
    let first = read_to_end(&one, "").await;
    set_head(&hub, 49_998).await;
    push_products(&mut one, 1, 2).await;
    let all = read_to_end(&two, &first).await;
    let hub = report_positions(hub, &mut [(&mut one, &first), (&mut two, &all)]).await;
    for (read_by_one, read_by_two) in [("1970-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"), ("9999", "")] {
        let set_read_at = "update outlet_cursors set read_at = ?1";
        hub.execute(set_read_at, Some(read_by_one.to_owned())).await;
        let set_read_at = "update outlet_cursors set read_at = ?1 where catalog_n > 1";
        hub.execute(set_read_at, Some(read_by_two.to_owned())).await;
        assert_eq!(prune(&hub).await, 0);
    }
    assert!(!one.pull(&first, "").await.stream_reset);
}

#[tokio::test]
async fn an_hour_is_counted_once_on_many_nodes() {
    let hub = TestHub::start().await;
    let passed = async |seen: i64| -> i64 {
        let passed: Result<i64, Fault> = hub.hub.store().write(move |tx| hours::passed(tx, Some(seen))).await;
        passed.unwrap()
    };
    assert_eq!(passed(0).await, 1);
    assert_eq!(passed(0).await, 1, "both nodes saw no hour; it is one hour");
    assert_eq!(passed(1).await, 2);
    assert_eq!(passed(1).await, 2, "the other node saw the previous hour half an hour ago");
    assert_eq!(passed(2).await, 3);
}

#[tokio::test]
async fn an_outlets_stream_is_pruned_by_that_outlets_reads_only() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    for outlet in [&mut one, &mut two] {
        let items: Vec<Value> = (0..3).map(|n| outlet.named("user", &format!("u{n}"), "Sari")).collect();
        outlet.push(&items).await;
    }
    let end = read_to_end(&one, "").await;
    let hub = report_positions(hub, &mut [(&mut one, &end), (&mut two, "")]).await;
    assert_eq!(prune(&hub).await, 2);
    let left = hub.rows("stream,n", "from stream_entries order by stream, n").await;
    assert_eq!(left.iter().filter(|row| row.contains(&two.id)).count(), 3, "{left:?}");
}

#[tokio::test]
async fn many_entries_are_deleted_in_chunks() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items: Vec<Value> = (0..2_500).map(|n| outlet.named("user", &format!("u{n}"), "Sari")).collect();
    outlet.push(&items).await;
    assert!(outlet.pull("", "").await.stream_reset, "a stream this long is not read from the beginning");
    let heads = outlet.get("entities?limit=1").await.ok();
    let end = heads["cursor"].as_str().unwrap().to_owned();
    let hub = report_positions(hub, &mut [(&mut outlet, &end)]).await;
    assert_eq!(prune(&hub).await, 2_499);
    assert!(!outlet.pull(&end, "").await.stream_reset);
}
