//! Refunds at head office: a refund never changes, its parts add up, and its rows follow from its document.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet, coffee, refund};

const DAY: &str = "2026-11-23";
const TABLES: [&str; 4] = ["refunds", "refund_lines", "refund_tenders", "refund_taxes"];

struct Shop {
    hub: TestHub,
    outlet: TestOutlet,
    version: i64,
}

impl Shop {
    /// A hub with a coffee that was given back in part.
    async fn start() -> Self {
        let hub = TestHub::start().await;
        let outlet = hub.outlet("JKT-001").await;
        let mut shop = Self { hub, outlet, version: 0 };
        let sale = shop.outlet.order(1, &coffee("a"));
        assert!(shop.outlet.push(&[sale]).await.is_empty());
        assert!(shop.send(Some(&refund("r", "a", DAY, 5_000))).await.is_empty());
        shop
    }

    /// Sends the next version of the refund, or its deletion; returns the results.
    async fn send(&mut self, document: Option<&Value>) -> Vec<Value> {
        self.version += 1;
        let version = self.version;
        let item = match document {
            Some(document) => json!({"entity_type": "refund", "entity_id": "r", "version": version, "data": document}),
            None => json!({"entity_type": "refund", "entity_id": "r", "version": version, "operation": "delete"}),
        };
        let item = self.outlet.item(item);
        self.outlet.push(&[item]).await
    }

    /// Every row of the tables.
    async fn rows(&self) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        for table in TABLES {
            let names: Vec<_> = columns(table).into_iter().map(|(name, _)| name).collect();
            all.push(self.hub.rows(&names.join(","), &format!("from {table} order by 1")).await);
        }
        all
    }
}

/// The name of every column, and whether it is text.
fn columns(table: &str) -> Vec<(String, bool)> {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(include_str!("../../src/schema/sqlite.sql")).unwrap();
    let mut columns = db.prepare("select name, type = 'TEXT' from pragma_table_info(?1) order by cid").unwrap();
    columns.query_map([table], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

fn with(change: impl Fn(&mut Value)) -> Value {
    let mut refund = refund("r", "a", DAY, 5_000);
    change(&mut refund);
    refund
}

#[tokio::test]
async fn a_refund_never_changes_and_the_sale_stays() {
    let mut shop = Shop::start().await;
    let before = shop.rows().await;
    let less = refund("r", "a", DAY, 4_000);
    let other_day = refund("r", "a", "2026-11-24", 5_000);
    let other_line = with(|refund| refund["lines"][0]["product_id"] = "tea".into());
    let other_tender = with(|refund| refund["payments"][0]["method"] = "card".into());
    let other_user = with(|refund| refund["cashier_id"] = "x".into());
    for version in [None, Some(&less), Some(&other_day), Some(&other_line), Some(&other_tender), Some(&other_user)] {
        let results = shop.send(version).await;
        let found = (&results[0]["outcome"], &results[0]["code"]);
        assert_eq!(found, (&json!("stale"), &json!("acknowledged_sale")), "{version:?}");
        assert!(
            results[0]["message"].as_str().unwrap().contains("number of r of 23 Nov 2026, Rp\u{a0}5.000 given back"),
            "{results:?}"
        );
        assert_eq!(shop.rows().await, before, "{version:?}");
    }
    // Sent again as it was.
    assert!(shop.send(Some(&refund("r", "a", DAY, 5_000))).await.is_empty());
    assert_eq!(shop.hub.rows("orders,total", "from daily_sales").await, ["1|20000"]);
    let token = shop.hub.admin_token().await;
    let daily = shop.hub.get(&format!("/v1/hq/sales/daily?from={DAY}&to={DAY}"), &token).await.ok();
    let day = &daily[0];
    assert_eq!((&day["orders"], &day["refunds"], &day["refunded"]), (&json!(0), &json!(1), &json!(5_000)));
    assert_eq!(day["by_tender"], json!({"cash": -5_000}));
    let listed = shop.hub.get("/v1/hq/refunds?from=2026-11-23", &token).await.ok();
    assert_eq!((&listed[0]["id"], &listed[0]["order_id"]), (&json!("r"), &json!("a")));
    assert_eq!(shop.hub.get("/v1/hq/refunds?to=2026-11-22", &token).await.ok(), json!([]));
}

#[tokio::test]
async fn a_refund_whose_parts_do_not_add_up_is_rejected() {
    let mut shop = Shop::start().await;
    type Change = fn(&mut Value);
    let wrong: [(&str, Change); 8] = [
        ("totals_do_not_add_up", |refund| refund["total"] = 4_999.into()),
        ("totals_do_not_add_up", |refund| refund["surplus"] = 1.into()),
        ("totals_do_not_add_up", |refund| refund["lines"][0]["amount"] = 4_999.into()),
        ("totals_do_not_add_up", |refund| refund["payments"][0]["amount"] = 4_999.into()),
        ("invalid_document", |refund| refund["total"] = (-1).into()),
        ("invalid_document", |refund| refund["business_date"] = "yesterday".into()),
        ("invalid_document", |refund| drop(refund.as_object_mut().unwrap().remove("order_id"))),
        ("figures_too_large", |refund| {
            let amount = json!(900_000_000_000_000_i64);
            (refund["total"], refund["subtotal"]) = (amount.clone(), amount.clone());
            (refund["lines"][0]["amount"], refund["payments"][0]["amount"]) = (amount.clone(), amount);
        }),
    ];
    for (n, (code, change)) in wrong.into_iter().enumerate() {
        let id = format!("w{n}");
        let mut document = refund(&id, "a", DAY, 5_000);
        change(&mut document);
        let item = shop.outlet.item(json!({"entity_type": "refund", "entity_id": id, "data": document}));
        let results = shop.outlet.push(&[item]).await;
        assert_eq!(
            (&results[0]["outcome"], &results[0]["code"]),
            (&json!("rejected"), &json!(code)),
            "{n} {results:?}"
        );
    }
    assert_eq!(shop.rows().await[0].len(), 1);
}

#[tokio::test]
async fn altered_refunds_are_detected_and_rewritten() {
    let shop = Shop::start().await;
    let before = shop.rows().await;
    let mut altered = 0;
    for table in TABLES {
        let mut alterations = vec![format!("delete from {table}")];
        for (column, is_text) in columns(table) {
            let values: &[&str] =
                if is_text { &["'x'", "'2026-11-30'"] } else { &["COLUMN + 1", "9223372036854775807"] };
            let values = values.iter().map(|value| value.replace("COLUMN", &column));
            alterations.extend(values.map(|value| format!("update {table} set {column} = {value}")));
        }
        for sql in alterations {
            let alteration = sql.clone();
            let done: Result<usize, store::Fault> = shop.hub.hub.store().write(move |tx| tx.execute(&sql, &[])).await;
            if !matches!(done, Ok(1)) {
                continue;
            }
            altered += 1;
            assert!(!shop.hub.hub.verify_figures(false).await.unwrap().differing.is_empty(), "{alteration}");
            shop.hub.hub.verify_figures(true).await.unwrap();
            assert_eq!(shop.rows().await, before, "{alteration}");
        }
    }
    assert!(altered > 60, "only {altered} alterations were accepted");
    // The rows of an unreadable document stay, and the outlet's next copy repairs it.
    let damage = "update documents set document = '[' where entity_id = 'r'";
    let done: Result<usize, store::Fault> = shop.hub.hub.store().write(move |tx| tx.execute(damage, &[])).await;
    assert_eq!(done.unwrap(), 1);
    let verified = shop.hub.hub.verify_figures(true).await.unwrap();
    assert!(verified.differing.is_empty() && verified.unreadable.len() == 1, "{verified:?}");
    assert_eq!(shop.rows().await, before);
    let mut shop = shop;
    let less = shop.send(Some(&refund("r", "a", DAY, 4_000))).await;
    assert_eq!(less[0]["code"], "acknowledged_sale");
    assert!(shop.send(Some(&refund("r", "a", DAY, 5_000))).await.is_empty());
    assert_eq!(shop.rows().await, before);
}
