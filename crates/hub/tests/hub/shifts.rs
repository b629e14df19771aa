//! Shifts at head office: listed by business date, and their rows follow from their documents.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet, shift};

const TABLES: [&str; 2] = ["shifts", "shift_tenders"];

async fn send(outlet: &mut TestOutlet, shift: &Value) -> Vec<Value> {
    let item = outlet.item(json!({"entity_type": "shift", "entity_id": shift["id"], "data": shift}));
    outlet.push(&[item]).await
}

/// Every row of the tables.
async fn rows(hub: &TestHub) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for table in TABLES {
        all.push(hub.rows(&columns(table).join(","), &format!("from {table} order by 1")).await);
    }
    all
}

fn columns(table: &str) -> Vec<String> {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(include_str!("../../src/schema/sqlite.sql")).unwrap();
    let mut columns = db.prepare("select name from pragma_table_info(?1) order by cid").unwrap();
    columns.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

async fn run(hub: &TestHub, sql: String) -> Result<usize, store::Fault> {
    hub.hub.store().write(move |tx| tx.execute(&sql, &[])).await
}

/// A clock that goes back opens shifts on a date that is later than the clock, so their ids say nothing about the date.
#[tokio::test]
async fn shifts_are_listed_by_business_date_and_not_by_id() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let mut exact = shift("a", "2026-11-24");
    (exact["counted"], exact["tenders"][0]["counted"]) = (20_000.into(), 20_000.into());
    for shift in [&exact, &shift("z", "2026-11-22"), &shift("b", "2026-11-23"), &shift("c", "2026-11-23")] {
        assert!(send(&mut outlet, shift).await.is_empty());
    }
    let token = hub.admin_token().await;
    let ids = async |query: &str| -> Vec<Value> {
        let list = hub.get(&format!("/v1/hq/shifts?{query}"), &token).await.ok();
        list.as_array().unwrap().iter().map(|shift| shift["id"].clone()).collect()
    };
    assert_eq!(ids("").await, ["a", "c", "b", "z"]);
    assert_eq!(ids("from=2026-11-23&to=2026-11-23").await, ["c", "b"]);
    assert_eq!(ids("to=2026-11-22").await, ["z"]);
    assert_eq!(ids("differing=true").await, ["c", "b", "z"]);
    assert_eq!(ids(&format!("outlet_id={}&limit=2", outlet.id)).await, ["a", "c"]);
    let found = hub.get("/v1/hq/shifts/b", &token).await.ok();
    assert_eq!((&found["business_date"], &found["counted"]), (&json!("2026-11-23"), &json!(19_500)));
}

#[tokio::test]
async fn altered_shifts_are_detected_and_rewritten() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    send(&mut outlet, &shift("s", "2026-11-22")).await;
    let before = rows(&hub).await;
    assert_eq!(before[1].len(), 1);
    for table in TABLES {
        let mut alterations = vec![format!("delete from {table}")];
        alterations.extend(columns(table).iter().map(|column| match column.as_str() {
            "expected" | "counted" => format!("update {table} set {column} = {column} + 1"),
            _ => format!("update {table} set {column} = '2026-11-30'"),
        }));
        for alteration in alterations {
            assert_eq!(run(&hub, alteration.clone()).await.unwrap(), 1, "{alteration}");
            assert!(!hub.hub.verify_figures(false).await.unwrap().differing.is_empty(), "{alteration}");
            hub.hub.verify_figures(true).await.unwrap();
            assert_eq!(rows(&hub).await, before, "{alteration}");
        }
    }
}

#[tokio::test]
async fn an_unreadable_shift_is_rejected() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    type Change = fn(&mut Value);
    let wrong: [Change; 3] = [
        |shift| shift["business_date"] = "yesterday".into(),
        |shift| shift["id"] = "other".into(),
        |shift| shift["counted"] = i64::MAX.into(),
    ];
    for (no, change) in wrong.into_iter().enumerate() {
        let mut document = shift(&format!("w{no}"), "2026-11-22");
        change(&mut document);
        let item = json!({"entity_type": "shift", "entity_id": format!("w{no}"), "data": document});
        let item = outlet.item(item);
        assert_eq!(outlet.push(&[item]).await[0]["outcome"], "rejected", "{no}");
    }
    assert_eq!(hub.count("shifts").await, 0);
}
