//! Head office's products: search, prices at all outlets, who has a change, and changes of many products.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use testkit::eventually;

use crate::app::{Reply, TestHub};
use crate::pull::behind;

const CATEGORY: &str = "01a204c6-6178-7523-9903-ece36a4a5100";

/// A hub with a category and these products: id, name, price, and further fields.
async fn shop(products: &[(u32, &str, i64, Value)]) -> (TestHub, String) {
    let hub = TestHub::start().await;
    let admin = hub.admin_token().await;
    let category = json!({"id": CATEGORY, "name": "Minuman"});
    hub.ask("POST /v1/hq/categories", &admin, &category, None).await.created();
    for (n, name, price, fields) in products {
        let mut product = json!({"id": id(*n), "name": name, "price": price});
        product.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        hub.ask("POST /v1/hq/products", &admin, &product, None).await.created();
    }
    (hub, admin)
}

fn id(n: u32) -> String {
    format!("01a204c6-6178-7523-9903-ece36a4a5{n:03}")
}

/// The number in an id.
fn number(row: &Value) -> String {
    let id = row["id"].as_str().unwrap();
    id[id.len() - 3..].trim_start_matches('0').to_owned()
}

#[tokio::test]
async fn products_are_searched_filtered_and_sorted_page_by_page() {
    let in_category = json!({"category_id": CATEGORY});
    let (hub, admin) = shop(&[
        (1, "Teh Tarik", 12_000, in_category.clone()),
        (2, "Kopi Susu", 22_000, json!({"category_id": CATEGORY, "code": "KS-01", "available": false})),
        (3, "kopi hitam", 15_000, json!({"barcode": "8991234567892"})),
        (4, "Roti Kopi", 15_000, json!({})),
        (5, "Donat", 9_000, json!({})),
    ])
    .await;
    hub.ask(&format!("DELETE /v1/hq/products/{}", id(5)), &admin, &Value::Null, None).await;
    let list = async |query: &str| {
        let (mut seen, mut cursor) = (String::new(), String::new());
        loop {
            let page = hub.get(&format!("/v1/hq/products?limit=2&{query}{cursor}"), &admin).await;
            assert_eq!(page.status, 200, "{query}: {}", page.body);
            seen.extend(page.body["data"].as_array().unwrap().iter().map(number));
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return seen,
            }
        }
    };
    for (query, found) in [
        ("", "1234"),
        ("q=kopi", "234"),
        ("q=KOPI&sort=name", "324"),
        ("q=kopi&sort=-name", "423"),
        ("q=ks-01", "2"),
        ("q=3456789", "3"),
        ("q=nothing", ""),
        ("sort=price", "1342"),
        ("sort=-price", "2341"),
        (&format!("category_id={CATEGORY}"), "12"),
        (&format!("category_id={CATEGORY}&available=true"), "1"),
        ("available=false", "2"),
        ("q=donat", ""),
        ("q=donat&deleted=true", "5"),
        ("sort=name&deleted=true", "53241"),
    ] {
        assert_eq!(list(query).await, found, "{query}");
    }
    let page = hub.get("/v1/hq/products?sort=name&limit=1", &admin).await.body;
    let cursor = page["next_cursor"].as_str().unwrap();
    hub.get(&format!("/v1/hq/products?sort=price&cursor={cursor}"), &admin).await.refused(400, "invalid_cursor");
    for query in ["sort=color", "available=maybe", "q=a%00"] {
        hub.get(&format!("/v1/hq/products?{query}"), &admin).await.refused(422, "invalid_query");
    }
}

#[tokio::test]
async fn a_products_price_at_every_outlet_is_one_list() {
    let (hub, admin) = shop(&[(1, "Teh", 5_000, json!({}))]).await;
    for code in ["B", "A", "C", "D"] {
        hub.outlet(code).await;
    }
    let put = async |outlet: &str, body: Value, version: i64| {
        hub.ask(&format!("PUT /v1/hq/outlets/{outlet}/products/{}", id(1)), &admin, &body, Some(version)).await
    };
    put("A", json!({"price": 6_000}), 0).await.ok();
    put("B", json!({"available": false}), 0).await.ok();
    put("C", json!({"price": 1}), 0).await.ok();
    hub.ask(&format!("DELETE /v1/hq/outlets/C/products/{}", id(1)), &admin, &Value::Null, None).await;
    hub.hub.store().write(|tx| hub::outlets::revoke(tx, "D", web::time::now())).await.unwrap();
    let path = format!("/v1/hq/products/{}/outlets", id(1));
    let rows = hub.get(&path, &admin).await.ok();
    let text = |row: &Value| {
        let fields = ["code", "price", "available", "effective_price", "effective_available", "version"];
        fields.map(|field| row[field].to_string().replace('"', "")).join(" ")
    };
    let rows: Vec<_> = rows.as_array().unwrap().iter().map(text).collect();
    assert_eq!(rows, ["A 6000 null 6000 true 1", "B null false 5000 false 1", "C null null 5000 true 2"]);
    let first = hub.get(&format!("{path}?limit=1"), &admin).await.body;
    let next = hub.get(&format!("{path}?cursor={}", first["next_cursor"].as_str().unwrap()), &admin).await.body;
    assert_eq!((text(&first["data"][0]), next["data"].as_array().unwrap().len()), (rows[0].clone(), 2));
    // The version is the one that a change needs.
    put("C", json!({"price": 7_000}), 2).await.ok();
    for rest in ["outlets", "delivery"] {
        hub.get(&format!("/v1/hq/products/{}/{rest}", id(9)), &admin).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn an_outlet_has_a_change_when_it_asks_for_later_ones() {
    let (hub, admin) = shop(&[(1, "Teh", 5_000, json!({})), (2, "Kopi", 9_000, json!({}))]).await;
    let (one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let delivery = async |n: u32| {
        let rows = hub.get(&format!("/v1/hq/products/{}/delivery", id(n)), &admin).await.ok();
        let text = |row: &Value| {
            assert_eq!(row["applied"] == true, row["state"] == "applied", "{row}");
            let times = ["applied_at", "asked_at"].map(|time| if row[time].is_string() { "known" } else { "unknown" });
            format!("{} {} {}", row["state"].as_str().unwrap(), times[0], times[1])
        };
        rows.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(", ")
    };
    // Positions are stored beside the answers to outlets.
    let is = async |n: u32, expected: &str| {
        eventually(expected, || async { delivery(n).await == expected }).await;
    };
    is(1, "waiting unknown unknown, waiting unknown unknown").await;
    let page = one.pull("", "").await;
    is(1, "waiting unknown known, waiting unknown unknown").await;
    let cursor = behind("0.~0.", &page);
    one.pull(&cursor, "").await;
    is(1, "applied known known, waiting unknown unknown").await;
    // A position is stored as soon as it moves.
    let price = json!({"price": 6_000});
    hub.ask(&format!("PATCH /v1/hq/products/{}", id(1)), &admin, &price, None).await.ok();
    is(1, "waiting unknown known, waiting unknown unknown").await;
    is(2, "applied known known, waiting unknown unknown").await;
    let cursor = behind(&cursor, &one.pull(&cursor, "").await);
    one.pull(&cursor, "").await;
    is(1, "applied known known, waiting unknown unknown").await;
    // Only the last move of a position is known.
    is(2, "applied unknown known, waiting unknown unknown").await;
    // Entries that every outlet has read are deleted.
    let first = two.pull("", "").await;
    is(2, "applied unknown known, waiting unknown known").await;
    two.pull(&behind("0.~0.", &first), "").await;
    is(2, "applied unknown known, applied known known").await;
    hub.execute("delete from stream_entries where entity_id <> ?1", Some(id(1))).await;
    is(2, "applied unknown known, applied known known").await;
    // An outlet that cannot apply a change has asked for later ones too.
    let mut batch = two.batch(&[]);
    batch["unapplied"] =
        json!([{"entity_type": "product", "entity_id": id(1), "state": "retrying", "message": "Unknown."}]);
    two.post(&batch).await.ok();
    is(1, "applied known known, failed unknown known").await;
}

/// A bulk change with this key.
async fn bulk(hub: &TestHub, token: &str, key: &str, body: &Value) -> Reply {
    let request = Request::post("/v1/hq/products/bulk").header(header::AUTHORIZATION, format!("Bearer {token}"));
    hub.send(request.header("idempotency-key", key).body(Body::from(body.to_string())).unwrap()).await
}

fn rows(result: &Value, of: &str) -> Vec<String> {
    let rows = result[of].as_array().unwrap().iter();
    rows.map(|row| match of {
        "skipped" => format!("{} {}", number(row), row["reason"].as_str().unwrap()),
        _ => format!(
            "{} {}>{} {}>{}",
            number(row),
            row["old_price"],
            row["new_price"],
            row["old_available"],
            row["new_available"]
        ),
    })
    .collect()
}

#[tokio::test]
async fn many_prices_change_once_after_a_preview_and_are_undone() {
    let small = json!({"variants": [{"id": "s", "name": "Kecil", "price": 10_000}, {"id": "l", "name": "Besar", "price": 14_000}]});
    let (hub, admin) = shop(&[
        (1, "Teh", 5_000, json!({"category_id": CATEGORY})),
        (2, "Kopi", 9_000, small),
        (3, "Roti", 8_000, json!({"available": false})),
        (4, "Air", 0, json!({})),
    ])
    .await;
    let ten_percent = json!({"all": true, "price": {"percent_bp": 1_000, "round_to": 500}, "dry_run": true});
    let preview = bulk(&hub, &admin, "p", &ten_percent).await.ok();
    let expected = ["1 5000>5500 true>true", "2 9000>10000 true>true", "3 8000>9000 false>false"];
    assert_eq!(
        (rows(&preview, "changed"), &preview["change_id"]),
        (expected.map(str::to_owned).to_vec(), &Value::Null)
    );
    let variants = |result: &Value| {
        let variants = result["changed"][1]["variants"].as_array().unwrap().iter();
        variants.map(|v| format!("{} {}>{}", v["name"], v["old_price"], v["new_price"])).collect::<Vec<_>>()
    };
    assert_eq!(variants(&preview), ["\"Kecil\" 10000>11000", "\"Besar\" 14000>15500"]);
    assert_eq!(hub.count("bulk_changes").await, 0);
    let versions = async || {
        hub.rows("token_n", "from shared_entities where entity_type = 'product' order by entity_id").await.join("")
    };
    assert_eq!(versions().await, "1111");

    // A preview does not use the key up; a repeated change gets the first answer.
    let mut change = ten_percent;
    change["dry_run"] = false.into();
    let first = bulk(&hub, &admin, "k", &change).await.ok();
    assert_eq!((rows(&first, "changed"), variants(&first)), (rows(&preview, "changed"), variants(&preview)));
    assert_eq!(bulk(&hub, &admin, "k", &change).await.ok(), first);
    assert_eq!(versions().await, "2221");
    bulk(&hub, &admin, "k", &json!({"all": true, "available": true})).await.refused(422, "idempotency_key_reused");
    bulk(&hub, &admin, &"k".repeat(201), &change).await.refused(400, "invalid_idempotency_key");
    let kopi = hub.get(&format!("/v1/hq/products/{}", id(2)), &admin).await.ok();
    assert_eq!((&kopi["price"], &kopi["variants"][1]["price"]), (&json!(10_000), &json!(15_500)));

    let undo = format!("POST /v1/hq/products/bulk/{}/undo", first["change_id"].as_str().unwrap());
    let moved = json!({"price": 7_777});
    hub.ask(&format!("PATCH /v1/hq/products/{}", id(1)), &admin, &moved, None).await.ok();
    hub.ask(&format!("DELETE /v1/hq/products/{}", id(3)), &admin, &Value::Null, None).await;
    let undone = hub.ask(&undo, &admin, &Value::Null, None).await.ok();
    assert_eq!(rows(&undone, "changed"), ["2 10000>9000 true>true"]);
    assert_eq!(rows(&undone, "skipped"), ["1 changed_since", "3 deleted"]);
    let kopi = hub.get(&format!("/v1/hq/products/{}", id(2)), &admin).await.ok();
    assert_eq!((&kopi["price"], &kopi["variants"][1]["price"]), (&json!(9_000), &json!(14_000)));
    hub.ask(&undo, &admin, &Value::Null, None).await.refused(409, "already_undone");
}

#[tokio::test]
async fn products_that_cannot_change_are_skipped_with_a_reason() {
    let small = json!({"variants": [{"id": "s", "name": "Kecil", "price": 10_000}]});
    let (hub, admin) = shop(&[
        (1, "Teh", 5_000, json!({"category_id": CATEGORY})),
        (2, "Kopi", 9_000, small),
        (3, "Roti", 8_000, json!({})),
    ])
    .await;
    let ask = async |body: Value| hub.ask("POST /v1/hq/products/bulk", &admin, &body, None).await;
    let ids = json!([id(1), id(2), id(3), id(9), id(1)]);
    let set = ask(json!({"ids": ids, "price": {"set": 8_000}})).await.ok();
    assert_eq!(rows(&set, "changed"), ["1 5000>8000 true>true"], "once, and not what stays the same");
    assert_eq!(rows(&set, "skipped"), ["2 has_variants", "9 not_found"]);
    let less = ask(json!({"ids": ids, "price": {"add": -8_500}})).await.ok();
    assert_eq!(rows(&less, "skipped"), ["1 out_of_range", "3 out_of_range", "9 not_found"]);
    assert_eq!(rows(&less, "changed"), ["2 9000>500 true>true"]);
    let damaged = format!(
        "update shared_entities set document = '{{\"id\": \"x\", \"price\": \"many\"}}' where entity_id = '{}'",
        id(3)
    );
    hub.hub.store().write(move |tx| tx.execute(&damaged, &[])).await.unwrap();
    let sold_out = ask(json!({"category_id": CATEGORY, "available": false})).await.ok();
    assert_eq!(rows(&sold_out, "changed"), ["1 8000>8000 true>false"]);
    let all = ask(json!({"all": true, "available": false})).await.ok();
    assert_eq!(
        (rows(&all, "changed"), rows(&all, "skipped")),
        (vec!["2 500>500 true>false".into()], vec!["3 unreadable".to_owned()])
    );

    let too_old = format!("POST /v1/hq/products/bulk/{}/undo", all["change_id"].as_str().unwrap());
    hub.execute("insert into hub_hours values (1, 24) on conflict (id) do update set hour = excluded.hour", None).await;
    hub.ask(&too_old, &admin, &Value::Null, None).await.refused(404, "not_found");
    let many: Vec<_> = (0..2_001).map(|n: u32| format!("{n}")).collect();
    for (body, code) in [
        (json!({"all": true}), "invalid_body"),
        (json!({"available": true}), "invalid_body"),
        (json!({"all": true, "category_id": CATEGORY, "available": true}), "invalid_body"),
        (json!({"ids": many, "available": true}), "invalid_body"),
        (json!({"all": true, "price": {}}), "invalid_body"),
        (json!({"all": true, "price": {"set": 1, "add": 1}}), "invalid_body"),
        (json!({"all": true, "price": {"set": -1}}), "invalid_body"),
        (json!({"all": true, "price": {"percent_bp": -10_001}}), "invalid_body"),
        (json!({"all": true, "price": {"add": 1, "round_to": 0}}), "invalid_body"),
        (json!({"all": true, "price": {"plus": 1}}), "invalid_body"),
        (json!({"ids": [], "available": true}), "invalid_body"),
        (json!({"ids": [""], "available": true}), "invalid_id"),
        (json!({"category_id": id(1), "available": true}), "unknown_category"),
    ] {
        ask(body).await.refused(422, code);
    }
}
