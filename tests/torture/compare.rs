//! Compares the answers to the tills, the outlet and head office, which must be equal.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Value, json};
use testkit::{Http, PATIENCE, eventually};

use crate::shop::{Orders, Shop};

/// Every order is on both sides once, as acknowledged, complete, with a unique number, and in the figures of its day. Shared
/// entities are equal, and doctor finds nothing.
pub async fn compare(shop: &Shop, boss: &Http) {
    let (name, sold) = (shop.server.name, shop.sold());
    let acknowledged: Vec<_> = sold.values().cloned().collect();
    let acknowledged = by_id(&acknowledged);
    let outlet_id = shop.server.env("OUTLET_ID");
    let at_outlet = shop.admin.http().all("/api/v1/orders?limit=500").await;
    let at_hub = boss.all(&format!("/v1/hq/orders?limit=500&outlet_id={outlet_id}")).await;
    assert!(
        by_id(&at_outlet) == acknowledged,
        "{name}: the outlet's orders are not {}",
        first_differences(&at_outlet, &acknowledged)
    );
    assert!(
        by_id(&at_hub) == acknowledged,
        "{name}: the hub's orders are not {}",
        first_differences(&at_hub, &acknowledged)
    );
    let numbers: BTreeSet<_> = at_hub.iter().map(|order| text(order, "order_number")).collect();
    assert_eq!(numbers.len(), at_hub.len(), "{name}: an order number is not unique");
    compare_details(shop, boss, &sold).await;
    compare_days(boss, outlet_id, &sold).await;
    compare_products(shop, boss).await;
    doctor_finds_nothing(shop).await;
}

/// Doctor checks the last round of sync, which may have ended under a wrong clock, so this runs another one first.
async fn doctor_finds_nothing(shop: &Shop) {
    let since = Instant::now();
    loop {
        shop.admin.send("POST", "/api/v1/sync/trigger", &json!({})).await;
        let output = shop.server.output(&["doctor", "--json", "--db", &shop.server.database.display().to_string()], "");
        if output.status.success() {
            let found: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(found["well"], true, "{}: {found}", shop.server.name);
            return;
        }
        assert!(since.elapsed() < PATIENCE, "{}: doctor finds: {output:?}", shop.server.name);
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no text '{field}' in {value}"))
}

fn number(value: &Value, field: &str) -> i64 {
    value[field].as_i64().unwrap_or_else(|| panic!("no number '{field}' in {value}"))
}

/// The fields that must be equal in the lists of till, outlet and hub.
fn figures(order: &Value) -> Vec<Value> {
    let fields = [
        "id",
        "order_number",
        "business_date",
        "paid_date",
        "status",
        "order_type",
        "table_number",
        "customer_name",
        "subtotal",
        "discount",
        "service",
        "tax",
        "rounding",
        "total",
        "paid",
        "created_at",
        "paid_at",
    ];
    fields.iter().map(|field| order[field].clone()).collect()
}

/// Orders by id; panics on a duplicate.
fn by_id(orders: &[Value]) -> BTreeMap<&str, Vec<Value>> {
    let found: BTreeMap<_, _> = orders.iter().map(|order| (text(order, "id"), figures(order))).collect();
    assert_eq!(found.len(), orders.len(), "an order is duplicated");
    found
}

/// The first differences as text.
fn first_differences(found: &[Value], acknowledged: &BTreeMap<&str, Vec<Value>>) -> String {
    let found = by_id(found);
    let missing: Vec<_> = acknowledged.iter().filter(|(id, _)| !found.contains_key(*id)).take(10).collect();
    let others: Vec<_> = found.iter().filter(|(id, order)| acknowledged.get(*id) != Some(order)).take(10).collect();
    format!(
        "the answers to the tills ({} orders, {} here)\nmissing: {missing:?}\nothers: {others:?}",
        acknowledged.len(),
        found.len()
    )
}

/// Refunds are documents of their own: the outlet shows an order with them, the hub serves the order as it was sent.
const NOT_IN_THE_DOCUMENT: [&str; 2] = ["refunds", "refunded"];

/// Compares lines, charges and payments of a sample.
async fn compare_details(shop: &Shop, boss: &Http, sold: &Orders) {
    for id in sold.keys().step_by(sold.len() / 40 + 1) {
        let at_outlet = shop.admin.http().get(&format!("/api/v1/orders/{id}")).await.data().clone();
        let at_hub = boss.get(&format!("/v1/hq/orders/{id}")).await.data().clone();
        let fields = at_outlet.as_object().unwrap().iter();
        for (field, value) in fields.filter(|(field, _)| !NOT_IN_THE_DOCUMENT.contains(&field.as_str())) {
            let rows = |array: &Value| {
                let mut rows = array.as_array().unwrap().clone();
                rows.sort_by_key(|row| text(row, "id").to_owned());
                rows
            };
            if value.is_array() {
                assert_eq!(rows(value), rows(&at_hub[field]), "{field} of {id}");
            } else {
                assert_eq!(*value, at_hub[field], "{field} of {id}");
            }
        }
    }
}

/// The daily figures are those of the paid orders, and their tenders add up.
async fn compare_days(boss: &Http, outlet_id: &str, sold: &Orders) {
    let mut days: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for order in sold.values().filter(|order| order["status"] == "paid") {
        let day = days.entry(text(order, "paid_date")).or_default();
        *day = (day.0 + 1, day.1 + number(order, "total"));
    }
    let (from, to) = (days.keys().next().unwrap(), days.keys().next_back().unwrap());
    let query = format!("/v1/hq/sales/daily?from={from}&to={to}&outlet_id={outlet_id}");
    let at_hub = boss.get(&query).await.data().as_array().unwrap().clone();
    let found: BTreeMap<_, _> =
        at_hub.iter().map(|day| (text(day, "business_date"), (number(day, "orders"), number(day, "total")))).collect();
    assert_eq!(found, days, "the daily figures of {outlet_id}");
    for day in &at_hub {
        let tenders: i64 = day["by_tender"].as_object().unwrap().values().map(|amount| amount.as_i64().unwrap()).sum();
        assert_eq!(tenders, number(day, "total"), "{day}");
    }
}

/// Products are equal on both sides after the last change has arrived.
async fn compare_products(shop: &Shop, boss: &Http) {
    eventually(&format!("{} has the same products as head office", shop.server.name), || async {
        let at_outlet = shop.admin.http().all("/api/v1/products?limit=500").await;
        products_by_id(&at_outlet) == products_by_id(&boss.all("/v1/hq/products?limit=500").await)
    })
    .await;
}

fn products_by_id(products: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let fields = ["name", "price", "barcode", "category_id", "station", "available"];
    let values = |product: &Value| fields.iter().map(|field| product[field].clone()).collect();
    products.iter().map(|product| (text(product, "id").to_owned(), values(product))).collect()
}
