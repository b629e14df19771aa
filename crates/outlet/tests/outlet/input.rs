//! Input has one canonical form or is rejected; it is never changed silently.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet};

async fn product(shop: &TestOutlet) -> Value {
    let created = shop.admin().post("/api/v1/products", &json!({"name": "Kopi", "price": 20_000})).await;
    created.data()["id"].clone()
}

#[tokio::test]
async fn an_id_is_found_in_any_notation() {
    let shop = TestOutlet::alone().await;
    let product = product(&shop).await;
    let product = product.as_str().unwrap();
    let order = "0199F3C2-8A00-7ABC-8DEF-0123456789AB";
    let body = json!({"id": order, "lines": [{"product_id": product.to_uppercase(), "qty": 1}]});
    let taken = shop.admin().post("/api/v1/orders", &body).await;
    assert_eq!(taken.data()["id"], order.to_lowercase());
    for written in [order.to_owned(), order.replace('-', ""), format!("%7B{order}%7D"), format!("urn:uuid:{order}")] {
        let found = shop.admin().get(&format!("/api/v1/orders/{written}")).await;
        assert_eq!(found.data()["id"], order.to_lowercase(), "{written}");
    }
    assert_eq!(shop.admin().post("/api/v1/orders", &body).await.refusal(), (409, "id_taken"));
}

#[tokio::test]
async fn a_product_created_in_the_shell_is_sold_by_its_id() {
    let shop = TestOutlet::alone().await;
    shop.shell().execute_batch("insert into products (id, name, price) values ('T1', 'Teh', 5000)").unwrap();
    assert_eq!(shop.admin().get("/api/v1/products/T1").await.data()["name"], "Teh");
    let order = json!({"lines": [{"product_id": "T1", "qty": 1}]});
    assert_eq!(shop.admin().post("/api/v1/orders", &order).await.status, 201);
    let new = json!({"id": "T2", "lines": [{"product_id": "T1", "qty": 1}]});
    assert_eq!(shop.admin().post("/api/v1/orders", &new).await.refusal(), (422, "invalid_id"));
}

#[tokio::test]
async fn invalid_bodies_and_queries_are_rejected() {
    let shop = TestOutlet::alone().await;
    let product = product(&shop).await;
    let path = format!("/api/v1/products/{}", product.as_str().unwrap());
    for body in
        [json!({"name": null}), json!({"price": null}), json!({"available": null}), json!({"price": 1.0}), json!([])]
    {
        assert_eq!(shop.admin().call("PATCH", &path, &body).await.refusal(), (422, "invalid_body"), "{body}");
    }
    let emptied = shop.admin().call("PATCH", &path, &json!({"code": null, "barcode": null, "category_id": null})).await;
    assert_eq!(emptied.data()["code"], Value::Null);
    for query in ["limit=0", "limit=501", "limit=-1", "limit=abc", "limit=", "limit=1&limit=1", "limt=1"] {
        let refused = shop.admin().get(&format!("/api/v1/products?{query}")).await;
        assert_eq!(refused.refusal(), (422, "invalid_query"), "{query}");
    }
    assert_eq!(shop.admin().get(&format!("{path}?x=1")).await.refusal(), (422, "invalid_query"));
    for list in ["products", "categories", "orders", "users", "sync/logs", "sync/unapplied"] {
        for cursor in ["", "%00", &"x".repeat(1_001)] {
            let refused = shop.admin().get(&format!("/api/v1/{list}?cursor={cursor}")).await;
            assert_eq!(refused.refusal(), (400, "invalid_cursor"), "{list} {cursor:?}");
        }
    }
    let packed = shop.admin().request("POST", "/api/v1/categories").header("content-encoding", "gzip");
    let packed = packed.header("content-type", "application/json").body(r#"{"name": "Kopi"}"#);
    assert_eq!(testkit::Http::send(packed).await.refusal(), (415, "unsupported_encoding"));
    let uncategorized = json!({"name": "Teh", "price": 5_000, "category_id": " "});
    assert_eq!(shop.admin().post("/api/v1/products", &uncategorized).await.data()["category_id"], Value::Null);
}

#[tokio::test]
async fn names_are_normalized_and_user_names_are_distinct() {
    let shop = TestOutlet::alone().await;
    let named = |name: &str| json!({"name": name, "price": 1});
    let created = shop.admin().post("/api/v1/products", &named(" Cafe\u{301} ")).await;
    assert_eq!(created.data()["name"], "Caf\u{e9}");
    for name in ["a\tb", "a\nb", "a\u{200b}b", "\u{202e}a", "\u{3164}"] {
        assert_eq!(
            shop.admin().post("/api/v1/products", &named(name)).await.refusal(),
            (422, "invalid_text"),
            "{name:?}"
        );
    }
    let user = |name: &str| json!({"username": name, "role": "cashier", "pin": "739158"});
    for second in ["Admin", "\u{ff41}dmin", "admi\u{301}n", " admin"] {
        assert_eq!(
            shop.admin().post("/api/v1/users", &user(second)).await.refusal(),
            (409, "username_taken"),
            "{second:?}"
        );
    }
    assert_eq!(shop.admin().post("/api/v1/users", &user("\u{430}dmin")).await.refusal(), (422, "invalid_text"));
}

#[tokio::test]
async fn invalid_link_settings_are_rejected() {
    let shop = TestOutlet::alone().await;
    let put = async |body: Value| shop.admin().call("PUT", "/api/v1/config/outlet", &body).await;
    for url in
        ["http://hub", "http://hub/v1?x", "http://hub/v1#x", "http://u:p@hub/v1", "ftp://hub/v1", "http://hub/v1/ping"]
    {
        assert_eq!(put(json!({"cloud_api_url": url})).await.refusal(), (422, "invalid_url"), "{url}");
    }
    for code in ["JKT/9", "\u{2615}", "A B"] {
        assert_eq!(put(json!({"outlet_code": code})).await.refusal(), (422, "invalid_outlet_code"), "{code}");
    }
    let whole = json!({"cloud_api_url": "HTTP://Hub:9090/v1/", "outlet_id": "x", "cloud_api_key": "k"});
    assert_eq!(put(whole).await.data()["cloud_api_url"], "http://hub:9090/v1");
    shop.shell().execute_batch("update outlet_config set cloud_api_url = 'hub:9090', sync_enabled = 1").unwrap();
    let refused = shop.admin().post("/api/v1/config/outlet/test", &json!({})).await;
    assert_eq!(refused.refusal(), (409, "cloud_not_configured"));
    assert!(refused.text.contains("cloud_api_url must begin with https://"), "{}", refused.text);
    product(&shop).await;
}

#[tokio::test]
async fn a_duplicate_code_barcode_or_phone_is_saved_with_a_warning() {
    let shop = TestOutlet::alone().await;
    let first = json!({"name": "Kopi", "price": 20_000, "code": "KP-1", "barcode": "8991234567"});
    assert_eq!(shop.admin().post("/api/v1/products", &first).await.data()["warnings"], Value::Null);
    let second = json!({"name": "Kopi Lagi", "price": 20_000, "code": "kp-1", "barcode": "8991234567"});
    let created = shop.admin().post("/api/v1/products", &second).await;
    let warnings = created.data()["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings.iter().all(|warning| warning["message"].as_str().unwrap().contains("'Kopi'")), "{warnings:?}");
    let path = format!("/api/v1/products/{}", created.data()["id"].as_str().unwrap());
    assert_eq!(shop.admin().get(&path).await.data()["warnings"], Value::Null);
    let corrected = shop.admin().call("PATCH", &path, &json!({"code": "KP-2", "barcode": null})).await;
    assert_eq!(corrected.data()["warnings"], Value::Null);
    let again = shop.admin().call("PATCH", &path, &json!({"code": " KP-1"})).await;
    assert_eq!(again.data()["warnings"].as_array().unwrap().len(), 1);

    let guest = |name: &str, phone: &str| json!({"name": name, "phone": phone});
    shop.admin().post("/api/v1/customers", &guest("Rina", "0812-345 678")).await.data();
    let other = shop.admin().post("/api/v1/customers", &guest("Budi", "+62 (812) 345679")).await;
    assert_eq!(other.data()["warnings"], Value::Null);
    let path = format!("/api/v1/customers/{}", other.data()["id"].as_str().unwrap());
    let second = shop.admin().call("PUT", &path, &guest("Budi", "+62 812 345678")).await;
    assert!(second.data()["warnings"][0]["message"].as_str().unwrap().contains("'Rina'"), "{}", second.text);
}

#[tokio::test]
async fn a_noncanonical_uuid_from_the_shell_is_rejected() {
    let shop = TestOutlet::alone().await;
    let shell = shop.shell();
    let id = "0199f3c2-8a00-7abc-8def-0123456789ab";
    for written in [id.to_uppercase(), id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}")] {
        let refused = shell.execute("insert into products (id, name, price) values (?1, 'Teh', 5000)", [&written]);
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("uuid_in_lower_case_with_hyphens"), "{written}: {message}");
    }
    for other in [id, "00000000-0000-0000-0000-000000000000", "T-1", "TEH-MANIS-1"] {
        shell.execute("insert into products (id, name, price) values (?1, 'Teh', 5000)", [other]).unwrap();
        assert_eq!(shop.admin().get(&format!("/api/v1/products/{other}")).await.data()["id"], other);
    }
}

/// Each entity that the shell may create, with `?1` for the id and `?2` for a unique word.
const SHELL_INSERTS: [(&str, &str); 18] = [
    ("category", "insert into categories (id, name) values (?1, 'Kategori ' || ?2)"),
    ("product", "insert into products (id, name, price) values (?1, 'Produk ' || ?2, 5000)"),
    ("outlet_product", "insert into outlet_products (id, price) values (?1, 5000 + ?2)"),
    ("outlet_charge", "insert into outlet_charges (id, rate_bp) values (?1, 5 + ?2)"),
    ("menu", "insert into menus (id, name) values (?1, 'Menu ' || ?2)"),
    ("outlet_menu", "insert into outlet_menus (id, active) values (?1, ?2 < 0)"),
    ("price", "insert into prices (id, product_id, menu_id, price) values (?1, 'p', 'm', 5000 + ?2)"),
    (
        "outlet_price",
        "insert into outlet_prices (id, product_id, price, valid_from) values (?1, 'p', 5000 + ?2, '2026-11-22T17:00')",
    ),
    ("customer", "insert into customers (id, name) values (?1, 'Tamu ' || ?2)"),
    ("table", "insert into tables (id, name) values (?1, 'Meja ' || ?2)"),
    ("tender", "insert into tenders (id, name, method) values (?1, 'Kartu ' || ?2, 'card')"),
    ("drawer", "insert into drawers (id, name) values (?1, 'Laci ' || ?2)"),
    (
        "printer",
        "insert into printers (id, name, kind, address, active) values (?1, 'Printer ' || ?2, 'bar', '127.0.0.1', 0)",
    ),
    (
        "shift",
        "insert into shifts (id, shift_number, drawer_id, drawer_name, status, business_date, opened_at, opening_counted)
        values (?1, 'Z' || ?2, 'laci', 'Laci', 'open', '2026-11-22', '2026-11-22T01:00:00.000Z', 0)",
    ),
    ("charge", "insert into charges (id, name, kind, rate_bp) values (?1, 'Biaya ' || ?2, 'service', 100)"),
    (
        "user",
        "insert into users (id, username, name, role, pin_hash)
        select ?1, 'orang' || ?2, 'Orang', 'cashier', pin_hash from users where username = 'admin'",
    ),
    ("order", ""),
    (
        "refund",
        "insert into refunds (id, refund_number, order_id, order_number, order_date, business_date, kind, total, reason, created_at)
        values (?1, 'R' || ?2, 'o', 'o', '2026-11-22', '2026-11-22', 'amount', 0, 'Sebab', '2026-11-22T01:00:00.000Z')",
    ),
];

#[test]
fn every_writable_entity_is_created_in_the_shell() {
    use protocol::entity::{ENTITIES, Owner};
    let created: BTreeSet<_> = SHELL_INSERTS.iter().map(|(name, _)| *name).collect();
    // Settings and conflict records have fixed ids.
    let ours = ENTITIES.iter().filter(|entity| entity.owner != Owner::Hub).map(|entity| entity.name);
    let missing: Vec<_> = ours.filter(|name| !created.contains(name)).collect();
    assert_eq!(missing, ["setting", "conflict"]);
}

/// Copies the rows of an order in a table to another order.
fn copy(shell: &Connection, table: &str, order_column: &str, from: &str, to: &str) -> rusqlite::Result<usize> {
    let mut columns = shell.prepare("select name from pragma_table_info(?1)")?;
    let columns: Vec<String> = columns.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let values = columns.iter().map(|column| match column.as_str() {
        column if column == order_column => "?2".to_owned(),
        // Ids of child rows have the maximum length.
        "id" => "substr(?2, 1, 100) || '-' || substr(id, -12)".to_owned(),
        column => column.to_owned(),
    });
    let values: Vec<_> = values.collect();
    let sql = format!(
        "insert into {table} ({}) select {} from {table} where {order_column} = ?1",
        columns.join(", "),
        values.join(", ")
    );
    shell.execute(&sql, [from, to])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_with_any_id_is_usable_or_rejected_at_insert() {
    let hub = TestHub::start().await;
    let shop = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let (shell, admin) = (shop.shell(), shop.admin());
    let product = &shop.menu().products[0].0;
    let order = json!({"lines": [{"product_id": product, "qty": 1}], "payments": []});
    let sold = admin.post("/api/v1/orders", &order).await.data()["id"].as_str().unwrap().to_owned();
    let (longest, too_long) = ("k".repeat(128), "k".repeat(129));
    let ids = [
        "kopi-1", "7", "KOPI-1", "meja 1", "a/b", "a?b#c", "%2F", "..", "'; --", "\"x\"", "null", "{}", " ", "é", "",
        "\t", "a\u{0}b", &longest, &too_long,
    ];
    let (mut created, mut refused) = (0, 0);
    for (n, id) in ids.into_iter().enumerate() {
        for (entity, sql) in SHELL_INSERTS {
            let written = match entity {
                "order" => ["order_lines", "order_charges", "payments"]
                    .iter()
                    .try_for_each(|table| copy(&shell, table, "order_id", &sold, id).map(drop))
                    .and_then(|()| copy(&shell, "orders", "id", &sold, id)),
                _ => shell.execute(sql, [id, &n.to_string()]),
            };
            if written.is_err() {
                refused += 1;
                continue;
            }
            created += 1;
            let what = format!("{entity} {id:?}");
            let order_answer = match entity {
                "category" => {
                    let product = json!({"name": "Dari rak", "price": 1, "category_id": id});
                    Some(admin.post("/api/v1/products", &product).await)
                }
                "product" | "outlet_product" => {
                    Some(admin.post("/api/v1/orders", &json!({"lines": [{"product_id": id, "qty": 1}]})).await)
                }
                // The charge applies to each order from now on.
                "charge" => Some(admin.post("/api/v1/orders", &order).await),
                "user" => {
                    let http = Http::new(admin.base()).log_in(&format!("orang{n}"), "1234").await;
                    Some(http.post("/api/v1/orders", &order).await)
                }
                _ => None,
            };
            if let Some(answer) = order_answer {
                assert_eq!(answer.status, 201, "{what}: {}", answer.text);
            }
            if entity == "charge" {
                shell.execute("update charges set active = 0 where id = ?1", [id]).unwrap();
            }
            shop.synced().await;
            let failed_items =
                "select coalesce(group_concat(entity_type || ' ' || entity_id || ': ' || error_message), '')
                from sync_state where version > acked_version";
            let failed_items: String = shell.query_row(failed_items, [], |row| row.get(0)).unwrap();
            assert_eq!(failed_items, "", "{what}");
        }
    }
    assert!(created >= 50 && refused >= 20, "{created} made, {refused} refused");
}
