//! The till's copy of the catalog: complete at first, then updated with the changes since its version.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet, eventually};

const PATH: &str = "/api/v1/till/catalog";
const LISTS: [&str; 8] = ["categories", "products", "charges", "tenders", "menus", "prices", "outlet_prices", "tables"];

/// A till's copy: the rows of each list by id, the settings, and the version.
#[derive(Debug, Clone, PartialEq)]
struct Copy {
    rows: BTreeMap<(&'static str, String), Value>,
    settings: Value,
    version: String,
}

impl Copy {
    async fn whole(http: &Http) -> Self {
        let answer = http.get(PATH).await.data().clone();
        assert_eq!(answer["full"], true);
        let none = json!({"categories": [], "products": [], "charges": [], "tenders": [], "menus": [], "prices": [],
            "outlet_prices": [], "tables": []});
        assert_eq!(answer["deleted"], none);
        let mut copy = Self { rows: BTreeMap::new(), settings: Value::Null, version: String::new() };
        copy.put(&answer);
        copy
    }

    fn put(&mut self, answer: &Value) {
        for list in LISTS {
            for row in answer[list].as_array().unwrap() {
                self.rows.insert((list, row["id"].as_str().unwrap().to_owned()), row.clone());
            }
        }
        self.settings = answer["settings"].clone();
        self.version = answer["version"].as_str().unwrap().to_owned();
    }

    async fn changes(&self, http: &Http) -> Value {
        http.get(&format!("{PATH}?since={}", self.version)).await.data().clone()
    }

    /// Applies the changes since its version; returns how many rows were sent.
    async fn update(&mut self, http: &Http) -> usize {
        let answer = self.changes(http).await;
        assert_eq!(answer["full"], false, "{answer}");
        let mut sent = 0;
        for list in LISTS {
            for id in answer["deleted"][list].as_array().unwrap() {
                self.rows.remove(&(list, id.as_str().unwrap().to_owned()));
                sent += 1;
            }
            sent += answer[list].as_array().unwrap().len();
        }
        self.put(&answer);
        sent
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_kept_by_changes_equals_the_whole_catalog() {
    let outlet = TestOutlet::alone().await;
    let (http, shell) = (outlet.admin(), outlet.shell());
    let mut copy = Copy::whole(http).await;
    assert_eq!(copy.rows.keys().filter(|(list, _)| *list == "tables").count(), 12);
    assert_eq!(copy.update(http).await, 0, "nothing has changed");
    // The statement of any program, and the number of rows that a till reads for it.
    for (sql, rows) in [
        ("insert into categories (id, name, color) values ('k', 'Musim', 'rose')", 1),
        ("insert into products (id, name, price, category_id) values ('a', 'Kopi', 1, 'k'), ('b', 'Teh', 2, null)", 2),
        ("update products set price = 3 where id = 'a'", 1),
        ("insert into outlet_products (id, price, available) values ('b', 9, 0)", 1),
        ("update outlet_products set price = null where id = 'b'", 1),
        ("delete from outlet_products where id = 'b'", 1),
        ("insert into outlet_products (id, price) values ('nothing', 9)", 1),
        (
            "insert into products (id, name, price) values ('a', 'Es', 4) on conflict (id) do update set name = excluded.name",
            1,
        ),
        ("insert or replace into products (id, name, price) values ('a', 'Ganti', 5)", 1),
        ("update or ignore products set name = 'Sama' where id = 'a'", 1),
        ("update products set id = 'c' where id = 'a'", 2),
        ("update products set id = 'a' where id = 'c'; delete from products where id = 'b'", 3),
        ("insert into products (id, name, price) values ('b', 'Kembali', 6)", 1),
        ("update products set tax_group = 'ppn', available = 0 where id = 'b'", 1),
        ("insert into charges (id, name, kind, rate_bp, valid_from) values ('x', 'PBJT', 'tax', 500, '2999-01-01')", 1),
        ("update charges set active = 0 where id = 'x'", 1),
        ("delete from charges where id = 'x'", 1),
        ("insert into menus (id, name) values ('m', 'Sore')", 1),
        ("insert into outlet_menus (id, active) values ('m', 0)", 1),
        ("insert into prices (id, product_id, menu_id, price) values ('a', 'p', 'm', 1)", 1),
        ("update prices set price = 2", 1),
        ("insert into outlet_prices (id, product_id, price, valid_from) values ('a', 'p', 1, '2026-12-01T00:00')", 1),
        ("insert into tenders (id, name, method) values ('x', 'BCA EDC', 'card')", 1),
        ("update tenders set active = 0 where id = 'x'", 1),
        ("delete from tenders where id = 'x'", 1),
        ("update tables set active = 0 where name = '1'", 1),
        ("delete from tables", 12),
        ("update settings set receipt_footer = 'Terima kasih'", 0),
        ("delete from settings", 0),
        ("begin; update products set price = 7 where id = 'a'; rollback", 0),
        ("insert into customers (id, name) values ('x', 'Budi')", 0),
        ("delete from products; delete from categories where id = 'k'", 30 + 3),
    ] {
        let version = copy.version.clone();
        shell.execute_batch(sql).unwrap();
        assert_eq!(copy.update(http).await, rows, "{sql}");
        assert_eq!(copy, Copy::whole(http).await, "{sql}");
        let is_unchanged = sql.contains("rollback") || sql.contains("customers");
        assert_eq!(copy.version == version, is_unchanged, "{sql}: {version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_head_office_is_in_the_changes() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let (http, boss) = (outlet.admin(), hub.boss().await);
    outlet.synced().await;
    let mut copy = Copy::whole(http).await;
    let product = &outlet.menu().products[0].0;
    boss.call("PATCH", &format!("/v1/hq/products/{product}"), &json!({"price": 99_000})).await.data();
    eventually("the price is here", || async {
        http.get(&format!("/api/v1/products/{product}")).await.data()["price"] == 99_000
    })
    .await;
    let changes = copy.changes(http).await;
    assert_eq!((&changes["products"][0]["id"], &changes["products"][0]["price"]), (&json!(product), &json!(99_000)));
    boss.call("DELETE", &format!("/v1/hq/products/{product}"), &json!({})).await;
    eventually("it is deleted", || async { copy.changes(http).await["deleted"]["products"] == json!([product]) }).await;
    copy.update(http).await;
    assert_eq!(copy, Copy::whole(http).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_cannot_be_read_is_not_for_sale_at_the_till() {
    let outlet = TestOutlet::alone().await;
    outlet
        .shell()
        .execute_batch(
            "pragma ignore_check_constraints = on;
             insert into products (id, name, price, tax_group) values ('odd', 'Aneh', 1, 'vat')",
        )
        .unwrap();
    let copy = Copy::whole(outlet.admin()).await;
    let odd = &copy.rows[&("products", "odd".to_owned())];
    assert_eq!((&odd["available"], &odd["tax_group"]), (&json!(false), &json!("vat")));
    outlet.shell().execute("delete from products where id = 'odd'", []).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_catalog_is_answered_304_and_a_large_one_is_compressed() {
    let outlet = TestOutlet::alone().await;
    let http = outlet.admin();
    let get = async |path: &str, headers: &[(&str, &str)]| {
        let request =
            headers.iter().fold(http.request("GET", path), |request, (name, value)| request.header(*name, *value));
        request.send().await.unwrap()
    };
    let first = get(PATH, &[]).await;
    let header = |answer: &reqwest::Response, name: &str| {
        answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let etag = header(&first, "etag");
    assert_eq!(header(&first, "cache-control"), "private, no-cache");
    let body: Value = serde_json::from_slice(&first.bytes().await.unwrap()).unwrap();
    let version = body["data"]["version"].as_str().unwrap();
    assert_eq!(etag, format!("W/\"{version}\""));
    for path in [PATH.to_owned(), format!("{PATH}?since={version}")] {
        let unchanged = get(&path, &[("if-none-match", &etag)]).await;
        assert_eq!((unchanged.status().as_u16(), header(&unchanged, "etag")), (304, etag.clone()));
        assert!(unchanged.bytes().await.unwrap().is_empty());
    }
    let compressed = get(PATH, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(header(&compressed, "content-encoding"), "gzip");
    assert_eq!(header(&compressed, "vary"), "accept-encoding");
    let bytes = compressed.bytes().await.unwrap();
    assert!(bytes.len() < body.to_string().len() / 3 && bytes.starts_with(&[0x1f, 0x8b]), "{}", bytes.len());
    outlet.shell().execute("update tables set seats = 5 where name = '1'", []).unwrap();
    let changed = get(PATH, &[("if-none-match", &etag)]).await;
    assert_eq!(changed.status().as_u16(), 200);
    assert_ne!(header(&changed, "etag"), etag);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_unknown_here_gets_the_whole_catalog() {
    let outlet = TestOutlet::alone().await;
    let version = Copy::whole(outlet.admin()).await.version;
    let (epoch, n) = version.split_once('-').unwrap();
    let newer = format!("{epoch}-{}", n.parse::<i64>().unwrap() + 1);
    for since in [newer, format!("0123456789abcdef-{n}")] {
        assert_eq!(outlet.admin().get(&format!("{PATH}?since={since}")).await.data()["full"], true, "{since}");
    }
    for since in ["", "7", epoch, &format!("{epoch}-x")] {
        let refused = outlet.admin().get(&format!("{PATH}?since={since}")).await;
        assert_eq!(refused.refusal(), (422, "invalid_query"), "{since}");
    }
}

/// Whether the changes since this version are still known.
async fn is_known(outlet: &TestOutlet, copy: &Copy) -> bool {
    copy.changes(outlet.admin()).await["full"] == false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_begins_a_new_epoch() {
    let outlet = TestOutlet::alone().await;
    let folder = testkit::Scratch::new();
    let backup = folder.path().join("backup.db");
    outlet.shell().execute("vacuum into ?1", [backup.to_str().unwrap()]).unwrap();
    outlet.shell().execute("insert into products (id, name, price) values ('late', 'Kopi', 1)", []).unwrap();
    let copy = Copy::whole(outlet.admin()).await;
    let outlet = outlet.restart().await;
    assert!(is_known(&outlet, &copy).await, "a restart changes nothing");
    let outlet = outlet.replace_database(&backup).await;
    // As many changes as before the restore.
    outlet.shell().execute("insert into products (id, name, price) values ('other', 'Teh', 1)", []).unwrap();
    assert!(!is_known(&outlet, &copy).await);
    let whole = Copy::whole(outlet.admin()).await;
    assert!(!whole.rows.contains_key(&("products", "late".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_triggers_and_tables_begin_a_new_epoch() {
    let outlet = TestOutlet::alone().await;
    for damage in [
        "drop trigger sync_catalog_products_update; update products set price = price + 1",
        "drop view sync_catalog",
        "drop table catalog_changes",
        "drop table catalog_version",
        "delete from catalog_version; update products set price = price + 1",
    ] {
        let copy = Copy::whole(outlet.admin()).await;
        assert!(is_known(&outlet, &copy).await);
        let _ = outlet.shell().execute_batch(damage);
        let known = async || outlet.admin().get(&format!("{PATH}?since={}", copy.version)).await;
        eventually("the till copies everything again", || async {
            let answer = known().await;
            answer.status == 200 && answer.data()["full"] == true
        })
        .await;
        let mut copy = Copy::whole(outlet.admin()).await;
        outlet.shell().execute("update products set price = price + 1", []).unwrap();
        assert_eq!(copy.update(outlet.admin()).await, 30, "{damage}: changes are counted again");
    }
}
