//! Frequent requests read no more rows of a large chain than of a small one: the server counts the rows, in tables with
//! realistic statistics.

use hub::Config;
use serde_json::json;

use crate::app::{TestHub, TestOutlet, coffee, order};
use crate::engine::wait_for_statistics;
use crate::pull::behind;

/// Twenty outlets that have sold for three years, and the chain's shared entities. `n` counts from 0.
const CHAIN: &str = "
    insert into outlets (outlet_id, code, name, state, api_key_hash, created_at)
      select 'x' || n, 'X-' || n, 'Kedai', 'active', 'hash of ' || n, '2026-01-01T00:00:00.000Z' from generate_series(0, 19) n;
    insert into chains (outlet_id, epoch_number, epoch_id, batch_no, batch_id, complete_through, quarantined, results, updated_at)
      select 'x' || n, 1, 'epoch', 1, 'b', 1, '[]', '[]', '' from generate_series(0, 19) n;
    insert into outlet_cursors select 'x' || n, 1, 1, '', 0 from generate_series(0, 19) n;
    create temporary table day as select 'x' || outlet as outlet_id, (date '2024-01-01' + n)::text as business_date, n
      from generate_series(0, 19) outlet, generate_series(0, 1095) n;
    insert into daily_sales select outlet_id, business_date, 9, 9, 0, 0, 0, 0, 9, 0, 0 from day;
    insert into daily_tenders select outlet_id, business_date, 'cash', '', '', 9, 0 from day;
    insert into daily_products select outlet_id, business_date, 'coffee', 0, 'Kopi', 9, 9 from day;
    insert into daily_taxes select outlet_id, business_date, 'PBJT', 1000, 0, 9, 1 from day;
    insert into statements select outlet_id, business_date, 1, 1, '{}', '' from day;
    insert into sales select outlet_id, business_date, n, 'o' || n, 'number', 'paid', 'dine_in', null, null,
      9, 0, 0, 0, 0, 0, 9, 9, '', '', business_date from day;
    insert into sale_lines select outlet_id, 'o' || n, 0, 'coffee', 'Kopi', 1, 0, 9, 9 from day;
    insert into sale_tenders select outlet_id, 'o' || n, business_date, 'cash', '', '', 9, 0, 0, 0 from day;
    insert into documents select outlet_id, 'order', 'o' || n, 1, 1, 0, '{}', '', '', 'b', n from day;
    insert into dead_letters (outlet_id, batch_id, item_no, entity_type, entity_id, outcome, item, received_at, epoch_number)
      select outlet_id, 'b', n, 'order', 'k' || n, 'rejected', '{}', '', 1 from day;
    insert into shared_entities select '', 'product', 'q' || n, 1, 'c', '{}', 0, 'hq:admin', '' from generate_series(0, 9999) n;
    insert into streams select 'outlet:x' || n, 500 from generate_series(0, 19) n;
    insert into streams values ('catalog', 19999);
    insert into stream_entries select 'outlet:x' || outlet, n, 'r', 'user', 'u' || n, 1, 'c', '{}', 0, '', ''
      from generate_series(0, 19) outlet, generate_series(1, 500) n;
    insert into stream_entries select 'catalog', n, 'r', 'product', 'q' || n, 1, 'c', '{}', 0, '', ''
      from generate_series(1, 19999) n;
    analyze";

/// Rows read so far, of tables and of indexes.
fn rows_read(url: &str) -> i64 {
    let rows = "select ((select sum(seq_tup_read) from pg_stat_user_tables)
      + (select sum(idx_tup_read) from pg_stat_user_indexes))::bigint";
    crate::engine::read(url, rows)
}

/// How many rows `work` reads.
async fn rows_read_by(
    hub: TestHub,
    outlet: &mut TestOutlet,
    work: impl AsyncFnOnce(&TestHub, &mut TestOutlet),
) -> (TestHub, i64) {
    let hub = hub.reopen(wait_for_statistics).await;
    outlet.connect_to(&hub);
    let before = rows_read(&hub.url);
    work(&hub, outlet).await;
    let hub = hub.reopen(wait_for_statistics).await;
    let rows = rows_read(&hub.url) - before;
    (hub, rows)
}

#[tokio::test]
async fn frequent_requests_read_no_whole_table() {
    // The server may prefer to read a small table whole; here it must use a key if it can.
    let url = format!("{}&options=-cenable_seqscan%3Doff", crate::engine::fresh_whole_database());
    let hub = TestHub::on(url, testkit::Scratch::new(), Config::default()).await;
    crate::engine::run(&hub.url, CHAIN);
    let mut outlet = hub.outlet("JKT-001").await;
    // More than five times each: then the server may choose a generic plan.
    const TIMES: i64 = 10;

    let (hub, ingest) = rows_read_by(hub, &mut outlet, async |_, outlet| {
        for n in 0..TIMES {
            let mut changed = coffee("same");
            changed["order_number"] = n.to_string().into();
            let mut refused = order(&format!("r{n}"), "2026-11-22", "paid", &[("coffee", 1, 1)], &[]);
            refused["total"] = 5.into();
            let items = [
                outlet.order(1, &coffee(&format!("o{n}"))),
                outlet.order(n + 1, &changed),
                outlet.order(1, &refused),
                outlet.named("product", &format!("p{n}"), "Kopi"),
                outlet.named("user", &format!("u{n}"), "Sari"),
            ];
            outlet.push(&items).await;
        }
    })
    .await;
    assert!(ingest < 200 * TIMES, "{TIMES} batches read {ingest} rows");

    let at = hub.rows("row_id", "from stream_entries where stream = 'catalog' and n = 19999").await.remove(0);
    let (hub, pages) = rows_read_by(hub, &mut outlet, async |_, outlet| {
        let mut cursor = format!("19999.{at}~0.");
        for _ in 0..TIMES {
            let page = outlet.pull(&cursor, "limit=1").await;
            assert!(!page.stream_reset && page.changes.len() == 1);
            cursor = behind(&cursor, &page);
        }
    })
    .await;
    assert!(pages < 200 * TIMES, "{TIMES} pages read {pages} rows");

    let token = hub.admin_token().await;
    let (hub, figures) = rows_read_by(hub, &mut outlet, async |hub, _| {
        for _ in 0..TIMES {
            let month = hub.get("/v1/hq/sales/daily?from=2025-03-01&to=2025-03-31", &token).await.ok();
            assert_eq!(month.as_array().unwrap().len(), 20 * 31);
        }
    })
    .await;
    let of_the_month = 2 * 20 * 31;
    assert!(figures < 2 * of_the_month * TIMES, "{TIMES} months read {figures} rows");

    let (hub, lists) = rows_read_by(hub, &mut outlet, async |hub, outlet| {
        for n in 0..TIMES {
            assert_eq!(hub.get("/v1/hq/orders?limit=50", &token).await.ok().as_array().unwrap().len(), 50);
            let day = json!({"business_date": "2026-11-22", "orders": n, "total": 0, "refunds": 0, "refunded": 0, "by_method": {}});
            outlet.ask("statement", &json!({"days": [{"settled": false, "statement": day}]})).await.ok();
        }
    })
    .await;
    assert!(lists < 400 * TIMES, "{TIMES} lists read {lists} rows");
    println!(
        "rows read: ingest {ingest}, pages {pages}, figures {figures}, lists {lists}; of {} sales",
        hub.count("sales").await
    );
}
