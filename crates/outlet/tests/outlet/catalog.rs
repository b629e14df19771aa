//! Products and categories: search, sequence, color.

use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet, eventually};

/// An outlet without the sample menu.
async fn empty_shop() -> TestOutlet {
    let outlet = TestOutlet::alone().await;
    outlet.shell().execute_batch("delete from products; delete from categories").unwrap();
    outlet
}

async fn make(http: &Http, path: &str, body: Value) -> String {
    http.post(path, &body).await.data()["id"].as_str().unwrap().to_owned()
}

async fn names(http: &Http, query: &str) -> Vec<String> {
    let rows = http.all(&format!("/api/v1/products?limit=2{query}")).await;
    rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_found_by_any_part_and_sorted() {
    let outlet = empty_shop().await;
    let admin = outlet.admin();
    let drinks = make(admin, "/api/v1/categories", json!({"name": "Minuman"})).await;
    let sizes = json!([{"id": "l", "name": "Besar", "price": 30_000, "code": "KB-9", "barcode": "8990"}]);
    for product in [
        json!({"name": "Kopi Susu", "price": 22_000, "code": "KS-1", "category_id": drinks, "position": 2}),
        json!({"name": "es teh", "price": 8_000, "barcode": "899123", "category_id": drinks, "position": 1}),
        json!({"name": "Kopi Tubruk", "price": 12_000, "variants": sizes, "position": 2}),
        json!({"name": "Diskon 50% kue", "price": 8_000, "available": false}),
    ] {
        make(admin, "/api/v1/products", product).await;
    }
    // Price and availability in force here.
    let own =
        "insert into outlet_products (id, price, available) select id, 40000, 0 from products where name = 'es teh'";
    outlet.shell().execute(own, []).unwrap();
    let all = ["Kopi Susu", "es teh", "Kopi Tubruk", "Diskon 50% kue"];
    for (query, expected) in [
        ("", all.to_vec()),
        ("&q=KOPI", vec!["Kopi Susu", "Kopi Tubruk"]),
        ("&q=pi%20tu", vec!["Kopi Tubruk"]),
        ("&q=ks-", vec!["Kopi Susu"]),
        ("&q=9912", vec!["es teh"]),
        ("&q=kb-9", vec!["Kopi Tubruk"]),
        ("&q=besar", vec!["Kopi Tubruk"]),
        ("&q=50%25", vec!["Diskon 50% kue"]),
        ("&q=price", vec![]),
        ("&q=%20", all.to_vec()),
        ("&barcode=899123", vec!["es teh"]),
        ("&barcode=8990", vec!["Kopi Tubruk"]),
        ("&barcode=899", vec![]),
        (&format!("&category_id={drinks}"), vec!["Kopi Susu", "es teh"]),
        (&format!("&category_id={}", drinks.to_uppercase()), vec!["Kopi Susu", "es teh"]),
        ("&available=true", vec!["Kopi Susu", "Kopi Tubruk"]),
        ("&available=false", vec!["es teh", "Diskon 50% kue"]),
        ("&sort=name", vec!["Diskon 50% kue", "es teh", "Kopi Susu", "Kopi Tubruk"]),
        ("&sort=-name", vec!["Kopi Tubruk", "Kopi Susu", "es teh", "Diskon 50% kue"]),
        ("&sort=price", vec!["Diskon 50% kue", "Kopi Tubruk", "Kopi Susu", "es teh"]),
        ("&sort=-price", vec!["es teh", "Kopi Susu", "Kopi Tubruk", "Diskon 50% kue"]),
        ("&sort=position", vec!["Diskon 50% kue", "es teh", "Kopi Susu", "Kopi Tubruk"]),
        ("&sort=price&q=kopi&available=true", vec!["Kopi Tubruk", "Kopi Susu"]),
    ] {
        assert_eq!(names(admin, query).await, expected, "{query}");
    }
    for query in ["sort=newest", "available=yes", "q=%E2%80%AE", "barcode=%C3%A9", &format!("q={}", "x".repeat(101))] {
        let refused = admin.get(&format!("/api/v1/products?{query}")).await;
        assert_eq!(refused.refusal(), (422, "invalid_query"), "{query}");
        assert_eq!(refused.body["fields"][0]["path"], query.split('=').next().unwrap());
    }
    // In a sorted list, the place of a deleted product is unknown.
    let gone = admin.get("/api/v1/products?sort=name&cursor=gone").await;
    assert_eq!(gone.refusal(), (400, "invalid_cursor"));
    let rest = admin.get("/api/v1/products?cursor=0").await;
    assert_eq!(rest.data().as_array().unwrap().len(), all.len(), "the list by id continues");
}

#[tokio::test(flavor = "multi_thread")]
async fn products_with_equal_keys_are_listed_once_on_any_page() {
    let outlet = empty_shop().await;
    let insert = "insert into products (id, name, price) with recursive n(i) as (select 1 union all select i + 1 from n where i < 9)
        select 'p' || i, 'Kopi', 10000 from n";
    outlet.shell().execute(insert, []).unwrap();
    for sort in ["name", "-name", "price", "-price", "position"] {
        let rows = outlet.admin().all(&format!("/api/v1/products?limit=2&sort={sort}")).await;
        let mut ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        if sort.starts_with('-') {
            ids.reverse();
        }
        assert_eq!(ids, ["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"], "{sort}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn position_and_color_are_set_at_the_outlet_and_at_head_office() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let (admin, boss) = (outlet.admin(), hub.boss().await);
    for (path, at_hub, field, first, second) in [
        ("/api/v1/categories", "/v1/hq/categories", "color", json!("teal"), json!("rose")),
        ("/api/v1/products", "/v1/hq/products", "position", json!(3), json!(-4)),
    ] {
        let mut body = json!({"name": "Baru"});
        if field == "position" {
            body["price"] = json!(1_000);
        }
        let plain = admin.post(path, &body).await.data().clone();
        assert_eq!(plain[field], if field == "color" { Value::Null } else { json!(0) });
        body[field] = first.clone();
        let one = format!("/{}", plain["id"].as_str().unwrap());
        assert_eq!(admin.call("PUT", &format!("{path}{one}"), &body).await.data()[field], first);
        outlet.synced().await;
        assert_eq!(boss.get(&format!("{at_hub}{one}")).await.data()[field], first);
        boss.call("PATCH", &format!("{at_hub}{one}"), &json!({field: second})).await.data();
        eventually("head office's value is here", || async {
            admin.get(&format!("{path}{one}")).await.data()[field] == second
        })
        .await;
    }
    let purple = json!({"name": "Ungu", "color": "purple"});
    for (http, path) in [(admin, "/api/v1/categories"), (&boss, "/v1/hq/categories")] {
        let refused = http.post(path, &purple).await;
        assert_eq!(refused.refusal(), (422, "invalid_color"), "{}", refused.text);
        assert!(refused.body["message"].as_str().unwrap().contains("violet"), "{}", refused.text);
        http.post(path, &json!({"name": "Polos", "color": null})).await.data();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_rare_and_common_texts_among_many_products() {
    let outlet = empty_shop().await;
    outlet
        .shell()
        .execute_batch(
            r#"with recursive n (n) as (select 1 union all select n + 1 from n where n < 1500)
               insert into products (id, name, price, code, variants)
               select printf('p%05d', n), 'Kopi ' || n, 1000, 'SKU-' || n,
                 iif(n = 700, '[{"available":true,"id":"l","name":"Gelas 5\" besar","price":1}]', '[]') from n"#,
        )
        .unwrap();
    let found = async |text: &str| {
        let rows = outlet.admin().get(&format!("/api/v1/products?limit=3&q={text}")).await;
        rows.data().as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("KOPI").await, ["Kopi 1", "Kopi 2", "Kopi 3"]);
    assert_eq!(found("opi%201499").await, ["Kopi 1499"]);
    assert_eq!(found("sku-700").await, ["Kopi 700"]);
    assert_eq!(found("5%22%20bes").await, ["Kopi 700"]);
    assert!(found("available").await.is_empty(), "the names of JSON fields are no text of a product");
    assert!(found("kaviar").await.is_empty());
}
