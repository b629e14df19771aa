//! Almost valid orders, products and pages: nothing fails, and rejected input leaves nothing behind.

use protocol::updates::UpdatePage;
use replica::chain::chain;
use replica::progress::cursor;
use replica::pull::page;
use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{Http, Mutants, TestOutlet};
use web::time;

const CASES: u32 = 300;

/// Number of rows of each table, and the queue's position.
fn rows(db: &Connection) -> Vec<(String, i64)> {
    let mut names = db.prepare("select name from sqlite_master where type = 'table' order by name").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let number = |sql: &str| db.query_row(sql, [], |row| row.get(0)).unwrap();
    let mut rows: Vec<_> =
        names.into_iter().map(|name| (name.clone(), number(&format!("select count(*) from \"{name}\"")))).collect();
    rows.push(("the queue".to_owned(), number("select seq from sync_context")));
    rows
}

/// Posts mutants of `body`; created objects can be read as they were answered.
async fn post_mutants(outlet: &TestOutlet, path: &str, body: impl Fn() -> Value) {
    let (mut mutants, shell) = (Mutants::new(), outlet.shell());
    let (mut created, mut refused) = (0, 0);
    for _ in 0..CASES {
        let sent = mutants.of(&body());
        let before = rows(&shell);
        let answer = outlet.admin().post(path, &sent).await;
        if answer.status == 201 {
            created += 1;
            let one = format!("{path}/{}", answer.data()["id"].as_str().unwrap());
            let mut expected = answer.data().clone();
            // Warnings about duplicates are only in the answer to the change.
            expected.as_object_mut().unwrap().remove("warnings");
            assert_eq!(*outlet.admin().get(&one).await.data(), expected, "{sent}");
        } else {
            refused += 1;
            assert!(matches!(answer.status, 400 | 409 | 422), "{} {}: {sent}", answer.status, answer.text);
            assert_eq!(rows(&shell), before, "{} but parts of it were written: {sent}", answer.text);
        }
    }
    assert!(created > CASES / 20 && refused > CASES / 4, "{created} made, {refused} refused: a lopsided test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutated_order_is_created_whole_or_leaves_nothing() {
    let outlet = TestOutlet::alone().await;
    let (product, _) = outlet.menu().products[0].clone();
    post_mutants(&outlet, "/api/v1/orders", || {
        json!({"id": uuid::Uuid::now_v7().to_string(), "order_type": "dine_in", "table_number": "4", "customer_name": "Sari",
            "pax": 2, "payments": [{"method": "cash", "amount": 1}, {"method": "qris", "amount": 2}],
            "lines": [{"product_id": product, "qty": 1, "note": "es sedikit"}, {"product_id": product, "qty": 2}]})
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutated_product_is_created_whole_or_leaves_nothing() {
    let outlet = TestOutlet::alone().await;
    post_mutants(&outlet, "/api/v1/products", || {
        json!({"name": "Kopi Susu", "price": 22_000, "code": "K1", "barcode": "899", "tax_group": "pbjt", "station": "bar",
            "available": true,
            "variants": [{"id": "s", "name": "Small", "price": 20_000}, {"id": "l", "name": "Large", "price": 25_000}],
            "modifier_groups": [{"id": "milk", "name": "Milk", "min_selections": 0, "max_selections": 2, "options": [
                {"id": "oat", "name": "Oat", "price_delta": 5_000}, {"id": "soy", "name": "Soy", "price_delta": -100}]}]})
    })
    .await;
}

/// A page with one change of each kind.
fn page_of(epoch: &Value) -> Value {
    let change = |stream: &str, n: i64, entity_type: &str, id: &str, document: Value| {
        json!({"stream": stream, "n": n, "row_id": format!("row{n}"), "entity_type": entity_type, "entity_id": id,
            "token": {"n": n, "change_id": format!("change {n}")}, "deleted": false, "document": document,
            "changed_by": "hq:rina", "changed_at": "2026-11-22T19:40:39.677Z"})
    };
    let product = json!({"id": "p", "code": null, "barcode": null, "name": "Kopi", "category_id": "c", "price": 22_000,
        "tax_group": "pbjt", "station": "bar", "available": true, "variants": [], "modifier_groups": [],
        "position": 0});
    let user = json!({"id": "u", "username": "sari", "name": "Sari", "role": "cashier", "active": true,
        "pin_hash": "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$mMzgF4kXGPdW7fEAtCEQcY2Xd1zcxAOLyPnd8fZiD0g"});
    json!({
        "chain": {"epoch": epoch, "batch_no": 0, "batch_id": null, "results": []},
        "stream_reset": false,
        "changes": [
            change("catalog", 1, "category", "c", json!({"id": "c", "name": "Kopi", "position": 1})),
            change("catalog", 2, "product", "p", product),
            change("outlet:o", 1, "user", "u", user),
            change("outlet:o", 2, "resolution", "r", json!({"strategy": "cloud_wins", "by": "hq:rina", "at": "2026-11-22T19:40:39.677Z"})),
            change("outlet:o", 3, "decision", "order/x", json!({"entity_type": "order", "entity_id": "x", "seq": 1,
                "action": "retry", "reason": "", "by": "hq:rina", "at": "2026-11-22T19:40:39.677Z"})),
            change("catalog", 3, "voucher", "v", json!({"id": "v"})),
        ],
        "more": false, "hub_version": "0.1.0"
    })
}

#[test]
fn a_mutated_page_is_applied_with_its_cursor_or_not_at_all() {
    let dir = testkit::Scratch::new();
    let mut db = sqlite::open(&dir.path().join("pos.db"), &replica::capture::schema::SCHEMA).unwrap();
    let mut mutants = Mutants::new();
    let (mut read, mut refused) = (0, 0);
    for _ in 0..CASES * 3 {
        let tx = db.transaction().unwrap();
        let request = cursor::pull_request(&tx).unwrap();
        let epoch = serde_json::to_value(chain(&tx).unwrap().epoch).unwrap();
        let sent = mutants.of(&page_of(&epoch));
        let Ok(page) = serde_json::from_value::<UpdatePage>(sent.clone()) else {
            refused += 1;
            continue;
        };
        let result = page::apply(&tx, &request, &page, time::now());
        assert!(result.is_ok(), "one invalid update blocks the others: {result:?}: {sent}");
        read += 1;
        let guard: Option<String> =
            tx.query_row("select applying_type from sync_context", [], |row| row.get(0)).unwrap();
        assert_eq!(guard, None, "local changes would not be captured: {sent}");
        let (after, at) = (rows(&tx), cursor::cursor(&tx).unwrap());
        let again = page::apply(&tx, &request, &page, time::now());
        assert!(again.is_ok(), "repeating the page: {again:?}: {sent}");
        assert_eq!(
            (rows(&tx), cursor::cursor(&tx).unwrap()),
            (after, at),
            "repeating the page changes something: {sent}"
        );
        // Each mutant starts from the same state.
        tx.rollback().unwrap();
    }
    assert!(read > CASES / 4 && refused > CASES / 4, "{read} read, {refused} refused: a lopsided test");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_json_is_rejected() {
    let outlet = TestOutlet::alone().await;
    let whole = json!({"name": "Kopi", "price": 1}).to_string();
    let send = |bytes: Vec<u8>| Http::send(outlet.admin().request("POST", "/api/v1/products").body(bytes));
    for cut in 0..whole.len() {
        assert_eq!(send(whole.as_bytes()[..cut].to_vec()).await.refusal(), (400, "malformed_json"), "{cut}");
        let mut bytes = whole.clone().into_bytes();
        bytes[cut] ^= 0x80;
        assert_eq!(send(bytes).await.refusal(), (400, "malformed_json"), "{cut}");
    }
}
