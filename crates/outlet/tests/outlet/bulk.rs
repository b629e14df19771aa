//! Changes of many products: preview, one transaction, undo.

use std::collections::BTreeMap;

use access::audit::Author;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shop::bulk;
use testkit::{Answer, TestHub, TestOutlet};

const PATH: &str = "/api/v1/products/bulk";

/// An outlet with three products: one has a price of its own here, one has variants.
async fn shop() -> TestOutlet {
    let outlet = TestOutlet::alone().await;
    outlet
        .shell()
        .execute_batch(
            r#"delete from products; delete from categories;
             insert into categories (id, name) values ('k', 'Kopi');
             insert into products (id, name, price, category_id, variants) values
               ('own', 'Es Teh', 8000, null, '[]'),
               ('plain', 'Kopi', 12345, 'k', '[]'),
               ('sizes', 'Latte', 20000, 'k', '[{"id": "s", "name": "Kecil", "price": 20000, "available": true},
                 {"id": "l", "name": "Besar", "price": 25000, "available": true}]');
             insert into outlet_products (id, price) values ('own', 10000)"#,
        )
        .unwrap();
    outlet
}

/// Price, chain's price, availability and prices of variants of each product.
async fn products(outlet: &TestOutlet) -> BTreeMap<String, Value> {
    let rows = outlet.admin().get("/api/v1/products").await.data().clone();
    let values = |row: &Value| {
        let variants: Vec<_> = row["variants"].as_array().unwrap().iter().map(|v| v["price"].clone()).collect();
        json!([row["price"], row["chain_price"], row["available"], variants])
    };
    rows.as_array().unwrap().iter().map(|row| (row["id"].as_str().unwrap().to_owned(), values(row))).collect()
}

async fn change(outlet: &TestOutlet, body: Value) -> Answer {
    outlet.admin().post(PATH, &body).await
}

async fn undo(outlet: &TestOutlet, change: &Value) -> Answer {
    let id = change["change_id"].as_str().unwrap();
    outlet.admin().post(&format!("{PATH}/{id}/undo"), &Value::Null).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_change_is_previewed_made_and_undone() {
    let outlet = shop().await;
    let before = products(&outlet).await;
    let body = json!({"all": true, "price": {"percent_bp": 1_000, "round_to": 500}, "available": false});
    let mut dry = body.clone();
    dry["dry_run"] = json!(true);
    let preview = change(&outlet, dry).await.data().clone();
    assert_eq!(preview["change_id"], Value::Null);
    assert_eq!(products(&outlet).await, before, "a preview changes nothing");
    let made = change(&outlet, body.clone()).await.data().clone();
    assert_eq!((&made["changed"], &made["skipped"]), (&preview["changed"], &json!([])));
    assert_eq!(
        made["changed"][2],
        json!({"id": "sizes", "name": "Latte", "old_price": 20_000, "new_price": 22_000, "old_available": true,
            "new_available": false, "variants": [
                {"id": "s", "name": "Kecil", "old_price": 20_000, "new_price": 22_000},
                {"id": "l", "name": "Besar", "old_price": 25_000, "new_price": 27_500}]})
    );
    let after = [
        ("own", json!([11_000, 8_000, false, []])),
        ("plain", json!([13_500, 13_500, false, []])),
        ("sizes", json!([22_000, 22_000, false, [22_000, 27_500]])),
    ];
    assert_eq!(products(&outlet).await, after.map(|(id, values)| (id.to_owned(), values)).into());
    // Availability is of this outlet, and the own price stays one.
    let own: Vec<(String, Option<i64>, i64)> = {
        let shell = outlet.shell();
        let mut rows = shell.prepare("select id, price, available from outlet_products order by id").unwrap();
        let read = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        read.collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(own, [("own".into(), Some(11_000), 0), ("plain".into(), None, 0), ("sizes".into(), None, 0)]);
    let undone = undo(&outlet, &made).await.data().clone();
    assert_eq!((undone["changed"].as_array().unwrap().len(), &undone["skipped"]), (3, &json!([])));
    assert_eq!(products(&outlet).await, before);
    assert_eq!(undo(&outlet, &made).await.refusal(), (409, "already_undone"));
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_skips_what_was_changed_since() {
    let outlet = shop().await;
    let made = change(&outlet, json!({"all": true, "price": {"add": 1_000}})).await.data().clone();
    let shell = outlet.shell();
    shell
        .execute_batch(
            "update products set price = 1 where id = 'plain';
             update products set available = 0, name = 'Latte Panas' where id = 'sizes';
             delete from products where id = 'own'",
        )
        .unwrap();
    let undone = undo(&outlet, &made).await.data().clone();
    let skipped = json!([{"id": "own", "name": null, "reason": "deleted"},
        {"id": "plain", "name": "Kopi", "reason": "changed_since"}]);
    assert_eq!(undone["skipped"], skipped);
    // The change was of prices: another name or availability does not prevent undoing it, and stays.
    assert_eq!(undone["changed"][0]["name"], "Latte Panas");
    let expected = [("plain", json!([1, 1, true, []])), ("sizes", json!([20_000, 20_000, false, [20_000, 25_000]]))];
    assert_eq!(products(&outlet).await, expected.map(|(id, values)| (id.to_owned(), values)).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_chosen_products_change_and_others_are_named() {
    let outlet = shop().await;
    outlet
        .shell()
        .execute_batch(
            "pragma ignore_check_constraints = on;
             insert into products (id, name, price, tax_group) values ('odd', 'Aneh', 1, 'vat')",
        )
        .unwrap();
    let changed = |answer: &Answer| -> Vec<(String, i64)> {
        let rows = answer.data()["changed"].as_array().unwrap().clone();
        rows.iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row["new_price"].as_i64().unwrap())).collect()
    };
    let answer = change(&outlet, json!({"category_id": "k", "price": {"set": 15_000}})).await;
    assert_eq!(changed(&answer), [("plain".to_owned(), 15_000)]);
    assert_eq!(answer.data()["skipped"], json!([{"id": "sizes", "name": "Latte", "reason": "has_variants"}]));
    let ids = json!(["plain", "own", "nothing", "odd", "own"]);
    let answer = change(&outlet, json!({"ids": ids, "price": {"add": -12_000}})).await;
    assert_eq!(changed(&answer), [("plain".to_owned(), 3_000)]);
    let skipped = json!([{"id": "nothing", "name": null, "reason": "not_found"},
        {"id": "odd", "name": "Aneh", "reason": "unreadable"}, {"id": "own", "name": "Es Teh", "reason": "out_of_range"}]);
    assert_eq!(answer.data()["skipped"], skipped);
    outlet.shell().execute("delete from products where id = 'odd'", []).unwrap();
    let nothing = change(&outlet, json!({"ids": ["plain"], "available": true})).await.data().clone();
    assert_eq!(nothing, json!({"change_id": null, "changed": [], "skipped": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_bulk_change_is_rejected() {
    let outlet = shop().await;
    let before = products(&outlet).await;
    let price = json!({"add": 1});
    for (body, field, code) in [
        (json!({"price": price}), "ids", "missing"),
        (json!({"all": false, "price": price}), "ids", "missing"),
        (json!({"ids": [], "price": price}), "ids", "entries_not_between"),
        (json!({"ids": ["plain"], "all": true, "price": price}), "all", "not_together"),
        (json!({"ids": ["plain"], "category_id": "k", "price": price}), "category_id", "not_together"),
        (json!({"all": true}), "price", "missing"),
        (json!({"all": true, "price": {}}), "price.set", "missing"),
        (json!({"all": true, "price": {"set": 1, "percent_bp": 1}}), "price.percent_bp", "not_together"),
        (json!({"all": true, "price": {"set": -1}}), "price", "not_between"),
        (json!({"all": true, "price": {"percent_bp": -10_001}}), "price.percent_bp", "not_between"),
        (json!({"all": true, "price": {"add": 1, "round_to": 0}}), "price.round_to", "not_between"),
        (json!({"all": true, "price": {"add": 1.5}}), "price.add", "wrong_type"),
        (json!({"all": true, "prices": price}), "prices", "unknown"),
    ] {
        let refused = change(&outlet, body.clone()).await;
        assert_eq!(refused.refusal(), (422, "invalid_body"), "{body}: {}", refused.text);
        let found = (&refused.body["fields"][0]["path"], &refused.body["fields"][0]["code"]);
        assert_eq!(found, (&json!(field), &json!(code)), "{body}");
    }
    let unknown = change(&outlet, json!({"category_id": "x", "price": price})).await;
    assert_eq!(unknown.refusal(), (422, "unknown_category"));
    assert_eq!(undo(&outlet, &json!({"change_id": "x"})).await.refusal(), (404, "not_found"));
    assert_eq!(products(&outlet).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_change_can_be_undone_for_a_day() {
    let outlet = shop().await;
    let mut shell = outlet.shell();
    let now: Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
    let hours = SignedDuration::from_hours;
    let all = bulk::BulkChange { target: bulk::Target::All, price: None, available: Some(false) };
    // The clock at the undo, in hours after that of the change; it may have been set back.
    for (later, is_undone) in [(0, true), (24, true), (-24, true), (25, false), (-25, false)] {
        let tx = shell.transaction().unwrap();
        let made = bulk::apply(&tx, Author::TERMINAL, &all, uuid::Uuid::now_v7(), now).unwrap();
        let undone = bulk::undo(&tx, Author::TERMINAL, &made.change_id.unwrap(), now + hours(later));
        assert_eq!(undone.map_err(|refused| refused.code()).is_ok(), is_undone, "{later}");
    }
    // A change at another time removes those that cannot be undone.
    for at in [now, now + hours(23), now + hours(100), now] {
        let tx = shell.transaction().unwrap();
        for available in [false, true] {
            let change = bulk::BulkChange { available: Some(available), ..all.clone() };
            bulk::apply(&tx, Author::TERMINAL, &change, uuid::Uuid::now_v7(), at).unwrap();
        }
        tx.commit().unwrap();
    }
    let stored = |shell: &rusqlite::Connection| -> i64 {
        shell.query_row("select count(*) from product_bulk_changes", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(stored(&shell), 2);
    let tx = shell.transaction().unwrap();
    for n in 0..150 {
        let change = bulk::BulkChange { available: Some(n % 2 == 1), ..all.clone() };
        bulk::apply(&tx, Author::TERMINAL, &change, uuid::Uuid::now_v7(), now).unwrap();
    }
    tx.commit().unwrap();
    assert_eq!(stored(&shell), 100, "the oldest are removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_change_reaches_head_office() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    outlet.synced().await;
    let made = change(&outlet, json!({"all": true, "price": {"percent_bp": 500, "round_to": 100}})).await;
    outlet.synced().await;
    let boss = hub.boss().await;
    for row in made.data()["changed"].as_array().unwrap() {
        let at_hub = boss.get(&format!("/v1/hq/products/{}", row["id"].as_str().unwrap())).await;
        assert_eq!(at_hub.data()["price"], row["new_price"]);
        assert!(at_hub.data()["changed_by"].as_str().is_some());
    }
}
