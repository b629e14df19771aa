//! The chain's stream in partitions: created ahead, dropped whole, without blocking anybody.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use hub::streams::{EpochRefused, PageRequest, page};
use store::Fault;

use crate::app::{TestHub, coffee};
use crate::retention::{prune, push_products, read_to_end, report_positions, set_head};

/// The partitions of the chain's stream, and the numbers in each.
async fn partitions(hub: &TestHub) -> Vec<String> {
    let sql = "select c.relname || '|' || pg_get_expr(c.relpartbound, c.oid)
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'stream_entries_catalog'::regclass order by length(c.relname), c.relname";
    let read: Result<Vec<String>, Fault> = hub.hub.store().read(move |tx| tx.all(sql, &[], |row| row.string(0))).await;
    let short = |row: &String| row.replace("stream_entries_catalog_", "").replace("FOR VALUES ", "");
    read.unwrap().iter().map(short).collect()
}

fn block(from: i64) -> String {
    let to = from + 50_000;
    format!("below_{to}|FROM ('{from}') TO ('{to}')")
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_created_ahead_once_and_dropped_whole() {
    let hub = TestHub::start().await;
    let other = hub::Hub::open(&hub.config, web::time::now()).await.unwrap().0;
    let mut outlet = hub.outlet("JKT-001").await;
    push_products(&mut outlet, 0, 3).await;
    assert_eq!(partitions(&hub).await, ["default|DEFAULT"]);
    let first = read_to_end(&outlet, "").await;
    let both = async |hub: &TestHub| {
        let (one, two) = tokio::join!(hub::retain(hub.hub.store()), hub::retain(other.store()));
        one.unwrap() + two.unwrap()
    };
    assert_eq!(both(&hub).await, 0);
    let default = "default|DEFAULT".to_owned();
    assert_eq!(partitions(&hub).await, [&default, &block(0), &block(50_000), &block(100_000)].map(String::clone));
    assert_eq!(hub.count("stream_entries_catalog_below_50000").await, 3, "earlier entries were moved");
    assert_eq!(hub.count("stream_entries_catalog_default").await, 0);

    set_head(&hub, 119_990).await;
    push_products(&mut outlet, 3, 4).await;
    let last = read_to_end(&outlet, &first).await;
    let hub = report_positions(hub, &mut [(&mut outlet, &last)]).await;
    assert_eq!(both(&hub).await, 3, "each entry is deleted by one node");
    assert_eq!(
        partitions(&hub).await,
        [&default, &block(100_000), &block(150_000), &block(200_000)].map(String::clone)
    );
    assert_eq!(hub.rows("min(n),max(n)", "from stream_entries").await, ["119991|119994"]);
    assert!(!outlet.pull(&last, "").await.stream_reset);
}

#[tokio::test]
async fn an_entry_without_a_partition_is_moved_once_one_exists() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    push_products(&mut outlet, 0, 1).await;
    let first = read_to_end(&outlet, "").await;
    prune(&hub).await;
    set_head(&hub, 299_998).await;
    push_products(&mut outlet, 1, 3).await;
    assert_eq!(hub.rows("n", "from stream_entries_catalog_default order by n").await, ["299999", "300000", "300001"]);
    let page = outlet.pull(&first, "").await;
    prune(&hub).await;
    assert_eq!(hub.count("stream_entries_catalog_default").await, 0);
    assert_eq!(hub.rows("n", "from stream_entries_catalog_below_350000 order by n").await, ["300000", "300001"]);
    assert_eq!(outlet.pull(&first, "").await, page);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_a_partition_disturbs_no_reader_and_delays_no_writer() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    push_products(&mut outlet, 0, 5).await;
    let first = read_to_end(&outlet, "").await;
    set_head(&hub, 50_000).await;
    push_products(&mut outlet, 5, 5).await;
    let last = read_to_end(&outlet, &first).await;
    let hub = report_positions(hub, &mut [(&mut outlet, &last)]).await;
    let all = PageRequest { cursor: first.parse().unwrap(), limit: 1_000, epoch_id: None, at: None };

    let (reads, is_reading) = mpsc::channel();
    let (go_on, goes_on) = mpsc::channel();
    let (id, store) = (outlet.id.clone(), hub.hub.store().clone());
    let reader = tokio::spawn(async move {
        let twice = store.read(move |tx| {
            let before = page(tx, &id, &all)?;
            reads.send(()).unwrap();
            goes_on.recv().unwrap();
            Ok::<_, EpochRefused>((before, page(tx, &id, &all)?))
        });
        twice.await
    });
    tokio::task::spawn_blocking(move || is_reading.recv().unwrap()).await.unwrap();
    let (pruned, pushed) = tokio::join!(prune(&hub), async {
        let started = Instant::now();
        let items = [outlet.order(1, &coffee("o1")), outlet.named("product", "p99", "Kopi")];
        outlet.push(&items).await;
        started.elapsed()
    });
    assert_eq!(pruned, 0, "the partition stays for the reader, until the next hour");
    assert!(pushed < Duration::from_secs(2), "{pushed:?}");
    go_on.send(()).unwrap();
    let (before, after) = reader.await.unwrap().unwrap_or_else(|refused| panic!("{refused}"));
    assert_eq!(before.changes.len(), 5);
    assert_eq!(before, after);
    assert_eq!(prune(&hub).await, 5);
}
