//! Head office can trust its totals: any change to the tables that are calculated from documents is detected, reported
//! and repaired, and concurrent pushes cause no false alarm.

use axum::body::Body;
use axum::http::Request;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet, discount, order, tax};

const DAY: &str = "2026-11-22";
const NEXT_DAY: &str = "2026-11-23";
const TABLES: [&str; 9] = [
    "sales",
    "sale_lines",
    "sale_tenders",
    "sale_taxes",
    "sale_deeds",
    "daily_sales",
    "daily_tenders",
    "daily_products",
    "daily_taxes",
];

/// The name of every column, and whether it is text.
fn columns(table: &str) -> Vec<(String, bool)> {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(include_str!("../../src/schema/sqlite.sql")).unwrap();
    let mut columns = db.prepare("select name, type = 'TEXT' from pragma_table_info(?1) order by cid").unwrap();
    columns.query_map([table], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Every row of the tables.
async fn all(hub: &TestHub) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for table in TABLES {
        let names: Vec<_> = columns(table).into_iter().map(|(name, _)| name).collect();
        all.push(hub.rows(&names.join(","), &format!("from {table} order by 1")).await);
    }
    all
}

async fn run(hub: &TestHub, sql: String) -> usize {
    let done: Result<usize, store::Fault> = hub.hub.store().write(move |tx| tx.execute(&sql, &[])).await;
    done.unwrap()
}

async fn outlet_with_sales(hub: &TestHub, code: &str) -> TestOutlet {
    let mut outlet = hub.outlet(code).await;
    let lines = [("coffee", 20_000, 1), ("tea", 5_000, 2)];
    // Taken on the day, with a deposit, and paid on the next one.
    let mut tab = taxed(order("d", DAY, "paid", &lines, &[("card", 9_000), ("cash", 21_000)]));
    tab["paid_date"] = NEXT_DAY.into();
    tab["payments"][1]["business_date"] = NEXT_DAY.into();
    let items = [
        outlet.order(1, &sale_a()),
        outlet.order(1, &taxed(order("b", DAY, "paid", &lines[..1], &[("cash", 20_000)]))),
        outlet.order(1, &order("c", DAY, "open", &lines, &[("card", 1_000)])),
        outlet.order(1, &tab),
    ];
    assert!(outlet.push(&items).await.is_empty());
    outlet
}

/// With taxes of two rates, inside its prices, and discounts that came to nothing.
fn taxed(mut order: Value) -> Value {
    order["discounts"] = json!([discount("amount", 0), discount("compliment", 0)]);
    order["charges"] = json!([tax("PBJT", 1_000, 1_000, 100), tax("PPN", 1_100, 1_000, 110)]);
    order
}

fn sale_a() -> Value {
    let lines = [("coffee", 20_000, 1), ("tea", 5_000, 2)];
    let mut order = taxed(order("a", DAY, "paid", &lines, &[("card", 20_000), ("qris", 12_000)]));
    (order["payments"][0]["tender_id"], order["payments"][0]["tender_name"]) = ("bca".into(), "BCA EDC".into());
    order
}

/// Every way to alter a row of the order `a`, or of its day.
fn alterations(outlet_id: &str) -> Vec<String> {
    let mut alterations = Vec::new();
    for table in TABLES {
        let of =
            if table.starts_with("daily") { format!("business_date = '{DAY}'") } else { "order_id = 'a'".to_owned() };
        let key = match table {
            "sale_lines" => " and line_no = 0",
            "sale_tenders" | "daily_tenders" => " and method = 'card'",
            "daily_products" => " and product_id = 'tea'",
            "sale_taxes" | "daily_taxes" => " and name = 'PPN'",
            "sale_deeds" => " and kind = 'discount'",
            _ => "",
        };
        let row = format!("outlet_id = '{outlet_id}' and {of}{key}");
        let columns = columns(table);
        for (column, is_text) in &columns {
            let values: &[&str] = match (is_text, column.as_str()) {
                (true, "business_date" | "paid_date") => &["'2026-11-23'", "'2027-01-01'", "null"],
                (true, _) => &["'x'", "''"],
                (false, _) => &["COLUMN + 1", "-COLUMN - 7", "9223372036854775807"],
            };
            for value in values {
                let value = value.replace("COLUMN", column);
                // If the value is another row's key, the schema rejects it.
                alterations.push(format!("update {table} set {column} = {value} where {row}"));
            }
        }
        alterations.push(format!("delete from {table} where {row}"));
        alterations.push(format!("delete from {table} where outlet_id = '{outlet_id}'"));
        // Rows without a document.
        let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let last = columns.iter().rfind(|(name, _)| ["order_id", "business_date"].contains(&name.as_str())).unwrap();
        let other = |of: &str| {
            let values: Vec<_> = names.iter().map(|name| if *name == last.0 { of } else { name }).collect();
            format!("insert into {table} select {} from {table} where {row}", values.join(", "))
        };
        alterations.push(other("'2026-11-30'"));
        alterations.push(other("'zz'"));
    }
    alterations
}

#[tokio::test]
async fn altered_sales_and_figures_are_detected_and_recalculated() {
    let hub = TestHub::start().await;
    let one = outlet_with_sales(&hub, "JKT-001").await;
    outlet_with_sales(&hub, "JKT-002").await;
    let before = all(&hub).await;
    assert!(before.iter().all(|rows| rows.len() >= 4), "{before:?}");
    let mut altered = 0;
    for alteration in alterations(&one.id) {
        let sql = alteration.clone();
        let done: Result<usize, store::Fault> = hub.hub.store().write(move |tx| tx.execute(&sql, &[])).await;
        if !matches!(done, Ok(1..)) {
            continue;
        }
        altered += 1;
        if all(&hub).await == before {
            continue;
        }
        let found = hub.hub.verify_figures(false).await.unwrap();
        let codes: Vec<_> = found.differing.iter().map(|day| day.outlet_code.as_str()).collect();
        assert!(!codes.is_empty() && !codes.contains(&"JKT-002"), "{alteration}: {found:?}");
        hub.hub.verify_figures(true).await.unwrap();
        let after = all(&hub).await;
        for (table, (before, after)) in TABLES.iter().zip(before.iter().zip(&after)) {
            assert_eq!(before, after, "{alteration}: {table}");
        }
        let again = hub.hub.verify_figures(false).await.unwrap();
        assert!(again.differing.is_empty() && again.orders == 8, "{alteration}: {again:?}");
    }
    assert!(altered > 120, "only {altered} alterations were accepted");
}

#[tokio::test]
async fn a_recalculated_day_is_reported_in_health_and_metrics() {
    let hub = TestHub::start().await;
    outlet_with_sales(&hub, "JKT-001").await;
    let token = hub.admin_token().await;
    let health = async || hub.get("/v1/hq/health", &token).await.ok();
    let is_named = |health: &Value| health["reasons"].to_string().contains("figures_differ");
    hub.hub.verify_figures(true).await.unwrap();
    assert!(!is_named(&health().await));
    assert_eq!(run(&hub, format!("update daily_sales set total = total - 1 where business_date = '{DAY}'")).await, 1);
    hub.hub.verify_figures(true).await.unwrap();
    let report = health().await;
    assert!(is_named(&report) && report["state"] == "degraded", "{report}");
    assert_eq!(report["repaired_days"], json!([{"outlet_code": "JKT-001", "business_date": DAY}]));
    let metrics = hub.send(Request::get("/metrics").body(Body::empty()).unwrap()).await.body;
    assert!(metrics.as_str().unwrap().contains("gerai_hub_figure_repairs_total 1"), "{metrics}");
}

/// Nothing was altered: concurrent pushes show no difference.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_pushes_raise_no_false_alarm() {
    let hub = TestHub::start().await;
    let mut pushing = Vec::new();
    for code in ["JKT-001", "JKT-002"] {
        let mut outlet = outlet_with_sales(&hub, code).await;
        pushing.push(tokio::spawn(async move {
            for n in 0..60 {
                let (id, lines) = (format!("order {}", n % 20), [("coffee", 1_000 + n, 1), ("tea", 10 * n, 2)]);
                let paid = order(&id, DAY, "paid", &lines, &[("cash", 1_000 + 21 * n)]);
                let items =
                    [outlet.order(n + 1, &paid), outlet.order(1, &order(&format!("o{n}"), DAY, "open", &lines, &[]))];
                outlet.push(&items).await;
            }
        }));
    }
    let mut looks = 0;
    while looks < 3 || pushing.iter().any(|task| !task.is_finished()) {
        let verified = hub.hub.verify_figures(true).await.unwrap();
        assert!(verified.differing.is_empty(), "look {looks}: {verified:?}");
        looks += 1;
    }
    for task in pushing {
        task.await.unwrap();
    }
    let verified = hub.hub.verify_figures(false).await.unwrap();
    assert!(verified.differing.is_empty() && verified.orders > 100, "{verified:?}");
}

/// The sale of an unreadable document is unknown: the recorded sale stays.
#[tokio::test]
async fn an_unreadable_order_keeps_its_recorded_sale_and_is_reported() {
    let hub = TestHub::start().await;
    let mut outlet = outlet_with_sales(&hub, "JKT-001").await;
    let before = all(&hub).await;
    run(&hub, "update documents set document = '[' where entity_id = 'a'".to_owned()).await;
    let verified = hub.hub.verify_figures(true).await.unwrap();
    assert!(verified.differing.is_empty() && verified.unreadable.len() == 1, "{verified:?}");
    assert_eq!(all(&hub).await, before);
    let token = hub.admin_token().await;
    let health = hub.get("/v1/hq/health", &token).await.ok();
    assert_eq!(health["unreadable_orders"], json!([{"outlet_code": "JKT-001", "order_id": "a"}]));
    assert!(health["reasons"].to_string().contains("documents_unreadable"), "{health}");
    // The next version is readable.
    let again = [outlet.order(2, &sale_a())];
    assert!(outlet.push(&again).await.is_empty());
    hub.hub.verify_figures(true).await.unwrap();
    assert_eq!(all(&hub).await, before);
    assert_eq!(hub.get("/v1/hq/health", &token).await.ok()["unreadable_orders"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_recalculates_figures_altered_while_it_was_stopped() {
    let hub = TestHub::start().await;
    outlet_with_sales(&hub, "JKT-001").await;
    let before = all(&hub).await;
    for alter in ["update sale_lines set amount = 1", "delete from daily_tenders", "update sales set total = 1"] {
        run(&hub, alter.to_owned()).await;
    }
    let served = crate::long_poll::serve(&hub.hub).await;
    let begun = std::time::Instant::now();
    while all(&hub).await != before {
        assert!(begun.elapsed().as_secs() < 60, "not calculated again within a minute");
        tokio::task::yield_now().await;
    }
    served.stop.cancel();
    served.task.await.unwrap().unwrap();
}

/// A day that cannot be recalculated is reported, and delays no other day.
#[tokio::test]
async fn a_day_that_cannot_be_recalculated_is_reported() {
    let hub = TestHub::start().await;
    outlet_with_sales(&hub, "JKT-001").await;
    // The documents of two orders are damaged too, so their sales are unknown: the sum overflows.
    run(&hub, "update documents set document = '[' where entity_id in ('a', 'b')".to_owned()).await;
    run(&hub, "update sales set total = 9223372036854775807 where order_id in ('a', 'b')".to_owned()).await;
    run(&hub, "update daily_sales set total = 1".to_owned()).await;
    let verified = hub.hub.verify_figures(true).await.unwrap();
    let days = |days: &std::collections::BTreeSet<hub::DifferingDay>| {
        days.iter().map(|day| day.business_date.clone()).collect::<Vec<_>>()
    };
    assert_eq!(days(&verified.differing), [DAY, NEXT_DAY]);
    assert_eq!(days(&verified.unrepaired), [DAY]);
    assert_eq!(hub.rows("total", "from daily_sales where business_date = '2026-11-23'").await, ["30000"]);
}
