//! Changes of head office, and the stream entries that outlets read.

use hub::outlets;
use serde_json::{Value, json};

use crate::app::{Reply, TestHub, TestOutlet};

struct Office {
    hub: TestHub,
    admin: String,
}

impl Office {
    async fn open() -> Self {
        let hub = TestHub::start().await;
        Self { admin: hub.admin_token().await, hub }
    }

    async fn ask(&self, what: &str, body: Value) -> Reply {
        self.hub.ask(what, &self.admin, &body, None).await
    }

    async fn make(&self, path: &str, body: Value) -> Value {
        self.ask(&format!("POST {path}"), body).await.created()
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        self.hub.get(path, &self.admin).await.ok().as_array().unwrap().clone()
    }

    /// Stream, number, type, version and whether it is deleted, of every row.
    async fn streams(&self) -> Vec<String> {
        self.hub.rows("stream,n,entity_type,token_n,deleted", "from stream_entries order by stream, n").await
    }

    async fn document(&self, entity_type: &str) -> Value {
        let rest = format!("from shared_entities where entity_type = '{entity_type}'");
        serde_json::from_str(&self.hub.rows("document", &rest).await[0]).unwrap()
    }
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

async fn push(outlet: &mut TestOutlet, item: Value) -> Value {
    let item = [outlet.item(item)];
    outlet.push(&item).await[0].clone()
}

#[tokio::test]
async fn each_product_change_appends_one_stream_entry() {
    let office = Office::open().await;
    let created = office.make("/v1/hq/products", json!({"name": " Kopi Susu ", "price": 22_000})).await;
    let id = created["id"].as_str().unwrap().to_owned();
    let expected = json!({"id": id, "name": "Kopi Susu", "price": 22_000, "category_id": null, "code": null,
        "barcode": null, "tax_group": "pbjt", "station": "none", "available": true, "variants": [],
        "modifier_groups": [], "position": 0, "image": null, "unit": null, "qty_scale": 0, "scale_code": null, "version": 1, "deleted": false, "changed_by": "hq:admin", "changed_at": created["changed_at"]});
    assert_eq!(created, expected);
    let path = format!("/v1/hq/products/{id}");
    let change = json!({"price": 24_000, "code": "K1"});
    let changed = office.ask(&format!("PATCH {path}"), change.clone()).await.ok();
    assert_eq!((&changed["price"], &changed["code"], &changed["version"]), (&json!(24_000), &json!("K1"), &json!(2)));
    // An unchanged product gets no new version.
    for same in [change, json!({}), json!({"price": 24_000, "barcode": null, "name": "Kopi Susu "})] {
        assert_eq!(office.ask(&format!("PATCH {path}"), same).await.ok(), changed);
    }
    let emptied = office.ask(&format!("PATCH {path}"), json!({"code": null})).await.ok();
    assert_eq!((&emptied["code"], &emptied["version"]), (&Value::Null, &json!(3)));
    assert_eq!(office.hub.get(&path, &office.admin).await.ok(), emptied);
    office.ask(&format!("DELETE {path}"), Value::Null).await;
    office.hub.get(&path, &office.admin).await.refused(404, "not_found");
    for what in ["DELETE", "PATCH"] {
        office.ask(&format!("{what} {path}"), json!({})).await.refused(404, "not_found");
    }
    assert_eq!(office.list("/v1/hq/products").await, Vec::<Value>::new());
    let tombstone = &office.list("/v1/hq/products?deleted=true").await[0];
    assert_eq!(
        (&tombstone["deleted"], &tombstone["version"], &tombstone["name"]),
        (&json!(true), &json!(4), &json!("Kopi Susu"))
    );
    let rows = (1..=4).map(|n| format!("catalog|{n}|product|{n}|{}", i64::from(n == 4))).collect::<Vec<_>>();
    assert_eq!(office.streams().await, rows);
    let ids = office.hub.rows("count(distinct change_id),count(distinct row_id)", "from stream_entries").await;
    assert_eq!(ids, ["4|4"]);
    // An id is used once.
    let again = json!({"id": id, "name": "Kopi", "price": 1});
    office.ask("POST /v1/hq/products", again).await.refused(409, "id_taken");
}

#[tokio::test]
async fn a_stale_if_match_changes_nothing() {
    let office = Office::open().await;
    let id = "01A204C6-6178-7523-9903-ECE36A4A5132";
    let created = office.make("/v1/hq/categories", json!({"id": id, "name": "Minuman"})).await;
    assert_eq!((&created["id"], &created["position"]), (&json!(id.to_lowercase()), &json!(0)));
    let path = format!("/v1/hq/categories/{}", id.to_lowercase());
    let ask = async |method: &str, body: Value, version| {
        office.hub.ask(&format!("{method} {path}"), &office.admin, &body, Some(version)).await
    };
    ask("PATCH", json!({"position": 2}), 1).await.ok();
    for version in [0, 1, 3] {
        ask("PATCH", json!({"position": 3}), version).await.refused(412, "version_mismatch");
        ask("DELETE", Value::Null, version).await.refused(412, "version_mismatch");
    }
    assert_eq!(office.streams().await.len(), 2);
    assert_eq!(ask("DELETE", Value::Null, 2).await.status, 200);
    assert_eq!(office.streams().await[2], "catalog|3|category|3|1");
}

/// The document that an outlet's own query returns for a row with these fields.
fn at_an_outlet(entity: &protocol::entity::Entity, document: &Value) -> Value {
    let shop = rusqlite::Connection::open_in_memory().unwrap();
    shop.execute_batch(include_str!("../../../../sql/schema/001_init.sql")).unwrap();
    let columns: Vec<_> = std::iter::once("id").chain(entity.fields.iter().map(|field| field.name)).collect();
    let values = columns.iter().map(|column| match &document[column] {
        Value::Null => rusqlite::types::Value::Null,
        Value::Bool(flag) => i64::from(*flag).into(),
        Value::Number(n) => n.as_i64().unwrap().into(),
        Value::Array(_) => document[column].to_string().into(),
        other => other.as_str().unwrap().to_owned().into(),
    });
    let marks = vec!["?"; columns.len()].join(", ");
    let insert = format!("insert or replace into {} ({}) values ({marks})", entity.table, columns.join(", "));
    shop.execute(&insert, rusqlite::params_from_iter(values)).unwrap();
    let id = document["id"].as_str().unwrap();
    let query = protocol::capture::document_query(entity);
    let text: String = shop.query_row(&query, [id], |row| row.get(0)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn documents_equal_those_of_the_outlets_query() {
    let office = Office::open().await;
    let mut outlet = office.hub.outlet("JKT-001").await;
    let product = office
        .make(
            "/v1/hq/products",
            json!({"name": "Teh", "price": 8_000, "available": false,
        "variants": [{"id": "hot", "name": "Panas", "price": 8_000}], "modifier_groups": [{"id": "sugar",
        "name": "Gula", "min_selections": 0, "max_selections": 1, "options": [{"id": "none", "name": "Tanpa Gula",
        "price_delta": -500}]}]}),
        )
        .await;
    office.make("/v1/hq/categories", json!({"name": "Minuman"})).await;
    let charge = json!({"name": "PPN", "kind": "tax", "rate_bp": 1_200, "base_num": 11, "base_den": 12,
        "tax_group": "ppn", "inclusive": true, "valid_from": "2027-01-01"});
    let charge = office.make("/v1/hq/charges", charge).await;
    office.make("/v1/hq/customers", json!({"name": "Budi", "phone": "0812"})).await;
    let tender = json!({"name": "GoFood", "method": "other", "special": "platform", "needs_reference": true});
    let tender = office.make("/v1/hq/tenders", tender).await;
    let menu = json!({"name": "Sore", "priority": 5, "order_types": ["delivery"], "channels": ["own", tender["id"]],
        "weekdays": [1, 7], "from_minute": 900, "to_minute": 60, "valid_to": "2027-01-01"});
    let menu = office.make("/v1/hq/menus", menu).await["id"].as_str().unwrap().to_owned();
    let price = json!({"product_id": product["id"], "variant_id": "hot", "price": 7_000});
    office.ask(&format!("PATCH /v1/hq/menus/{menu}/prices"), json!({"prices": [price]})).await.ok();
    office.ask(&format!("PUT /v1/hq/menus/{menu}/outlets"), json!({"outlet_ids": ["JKT-001"]})).await.ok();
    let planned = json!({"outlet_ids": ["JKT-001"], "valid_from": "2027-01-01T06:00", "prices": [price]});
    office.make("/v1/hq/price-changes", planned).await;
    let of = "/v1/hq/outlets/JKT-001";
    let own = format!("PUT {of}/charges/{}", charge["id"].as_str().unwrap());
    office.ask(&own, json!({"active": false, "rate_bp": 1_100})).await.ok();
    office.make(&format!("{of}/users"), json!({"username": "sari", "role": "cashier", "pin": "4711"})).await;
    office.make(&format!("{of}/announcements"), json!({"title": "Libur"})).await;
    let own = format!("PUT {of}/products/{}", product["id"].as_str().unwrap());
    office.ask(&own, json!({"price": 9_000})).await.ok();
    let fields = json!({"address": [null, null], "phone": [null, null], "tax_number": [null, null],
        "zone": [null, "Asia/Jakarta"], "cutoff_minutes": [null, 0], "cash_rounding_step": [null, 0],
        "cash_rounding_mode": [null, "nearest"], "receipt_footer": [null, null],
        "discount_limit_cashier_bp": [null, 1_000], "discount_limit_waiter_bp": [null, 0],
        "shift_required": [null, false], "cash_out_limit": [null, null], "refund_days": [null, 7], "qris_payload": [null, null],
        "qris_mode": [null, "amount_12"], "legal_name": [null, null], "branch_tax_number": [null, null],
        "regional_tax_number": [null, null], "receipt_url": [null, null], "print_receipt": [null, true],
        "barcode_patterns": [null, []]});
    push(&mut outlet, json!({"entity_type": "setting", "entity_id": "outlet", "fields": fields})).await;
    office.ask(&format!("PATCH {of}/settings"), json!({"cash_rounding_step": 500})).await.ok();
    for entity in protocol::entity::ENTITIES.iter().filter(|entity| entity.owner != protocol::entity::Owner::Outlet) {
        let document = office.document(entity.name).await;
        assert_eq!(at_an_outlet(entity, &document), document, "{}", entity.name);
    }
}

#[tokio::test]
async fn one_of_several_concurrent_changes_succeeds() {
    let office = Office::open().await;
    let id = office.make("/v1/hq/products", json!({"name": "Teh", "price": 8_000})).await["id"].clone();
    let path = format!("/v1/hq/products/{}", id.as_str().unwrap());
    let tries = (1..=10).map(|price| {
        let request = axum::http::Request::patch(&path)
            .header("authorization", format!("Bearer {}", office.admin))
            .header("if-match", "1")
            .body(json!({"price": price}).to_string().into())
            .unwrap();
        let router = office.hub.router.clone();
        tokio::spawn(async move { crate::app::send(&router, request).await.status.as_u16() })
    });
    let mut answers = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        answers.push(one.await.unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, [vec![200], vec![412; 9]].concat());
    assert_eq!(office.streams().await, ["catalog|1|product|1|0", "catalog|2|product|2|0"]);
}

#[tokio::test]
async fn head_office_edits_fields_and_unknown_fields_stay() {
    let office = Office::open().await;
    let mut outlet = office.hub.outlet("JKT-001").await;
    let fields = json!({"name": [null, "Kopi"], "price": [null, 20_000], "of_a_newer_version": [null, [1]]});
    let item = json!({"entity_type": "product", "entity_id": "p", "fields": fields});
    let first = push(&mut outlet, item).await["token"].clone();
    let shown = office.list("/v1/hq/products").await[0].clone();
    assert_eq!((&shown["version"], &shown["changed_by"], &shown["code"]), (&json!(1), &json!(outlet.id), &Value::Null));
    office.ask("PATCH /v1/hq/products/p", json!({"price": 24_000})).await.ok();
    let document = json!({"id": "p", "name": "Kopi", "price": 24_000, "of_a_newer_version": [1]});
    assert_eq!(office.document("product").await, document);
    // The outlet has not read it yet: its change does not overwrite head office's.
    let second = office.hub.rows("change_id", "from shared_entities").await[0].clone();
    let edit = json!({"entity_type": "product", "entity_id": "p", "base": first, "fields": {"price": [20_000, 1]}});
    let reply = push(&mut outlet, edit).await;
    assert_eq!(reply, json!({"item": 0, "outcome": "conflict", "token": {"n": 2, "change_id": second}}));
    assert_eq!(office.document("product").await, document);
    let edit = json!({"entity_type": "product", "entity_id": "p", "base": reply["token"],
        "fields": {"price": [24_000, 25_000]}});
    assert_eq!(push(&mut outlet, edit).await["token"]["n"], 3);
    assert_eq!(office.streams().await, ["catalog|1|product|1|0", "catalog|2|product|2|0", "catalog|3|product|3|0"]);
}

#[tokio::test]
async fn a_category_must_exist_and_goes_last() {
    let office = Office::open().await;
    let category = office.make("/v1/hq/categories", json!({"name": "Minuman"})).await["id"].clone();
    let nowhere = "01a204c6-6178-7523-9903-ece36a4a5132";
    let product = |category: Value| json!({"name": "Teh", "price": 8_000, "category_id": category});
    office.ask("POST /v1/hq/products", product(json!(nowhere))).await.refused(422, "unknown_category");
    office.ask("POST /v1/hq/products", product(json!("x"))).await.refused(422, "unknown_category");
    let created = office.make("/v1/hq/products", product(category.clone())).await;
    let delete = format!("DELETE /v1/hq/categories/{}", category.as_str().unwrap());
    office.ask(&delete, Value::Null).await.refused(409, "category_in_use");
    let change = format!("PATCH /v1/hq/products/{}", created["id"].as_str().unwrap());
    office.ask(&change, json!({"category_id": null})).await.ok();
    assert_eq!(office.ask(&delete, Value::Null).await.status, 200);
    office.ask(&change, json!({"category_id": category})).await.refused(422, "unknown_category");
    assert_eq!(office.streams().await.len(), 4);
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let office = Office::open().await;
    office.hub.outlet("JKT-001").await;
    let id = office.make("/v1/hq/products", json!({"name": "Teh", "price": 8_000})).await["id"].clone();
    let product = format!("PATCH /v1/hq/products/{}", id.as_str().unwrap());
    let users = "POST /v1/hq/outlets/JKT-001/users";
    let long = "x".repeat(201);
    let refused = [
        ("POST /v1/hq/products", json!({"name": "Teh"}), "invalid_body"),
        ("POST /v1/hq/products", json!({"name": "Teh", "price": "8000"}), "invalid_body"),
        ("POST /v1/hq/products", json!({"name": "Teh", "price": 1, "prise": 1}), "invalid_body"),
        ("POST /v1/hq/products", json!({"name": "Teh", "price": 1, "version": 1}), "invalid_body"),
        ("POST /v1/hq/products", json!({"name": "Teh", "price": -1}), "invalid_price"),
        ("POST /v1/hq/products", json!({"name": "Teh", "price": 1_000_000_000_000_001_i64}), "invalid_price"),
        ("POST /v1/hq/products", json!({"id": "1", "name": "Teh", "price": 1}), "invalid_id"),
        ("POST /v1/hq/products", json!({"name": "a\u{7}", "price": 1}), "invalid_text"),
        ("POST /v1/hq/products", json!(["Teh"]), "invalid_body"),
        (&product, json!({"name": long}), "invalid_text"),
        (&product, json!({"name": ""}), "invalid_text"),
        (&product, json!({"name": null}), "invalid_body"),
        (&product, json!({"available": 1}), "invalid_body"),
        (&product, json!({"tax_group": "vat"}), "invalid_tax_group"),
        (&product, json!({"station": "oven"}), "invalid_station"),
        (&product, json!({"id": id}), "invalid_body"),
        ("POST /v1/hq/charges", json!({"name": "x", "kind": "fee", "rate_bp": 1}), "invalid_kind"),
        ("POST /v1/hq/charges", json!({"name": "x", "kind": "tax", "rate_bp": 1_001}), "invalid_charges"),
        ("POST /v1/hq/charges", json!({"name": "x", "kind": "tax", "rate_bp": 1, "base_den": 0}), "invalid_charges"),
        ("POST /v1/hq/tenders", json!({"name": "BCA EDC"}), "invalid_body"),
        ("POST /v1/hq/tenders", json!({"name": "BCA EDC", "method": "cheque"}), "invalid_method"),
        ("POST /v1/hq/tenders", json!({"name": "BCA EDC", "method": "card", "special": "tip"}), "invalid_special"),
        (
            "POST /v1/hq/charges",
            json!({"name": "x", "kind": "tax", "rate_bp": 1, "valid_from": "soon"}),
            "invalid_date",
        ),
        (
            "POST /v1/hq/charges",
            json!({"name": "x", "kind": "service", "rate_bp": 1, "inclusive": true}),
            "invalid_charges",
        ),
        (users, json!({"username": "sari", "role": "boss", "pin": "4711"}), "invalid_role"),
        (users, json!({"username": "sari", "role": "cashier", "pin": "471"}), "invalid_pin"),
        (users, json!({"username": "sari", "role": "cashier", "pin": 4711}), "invalid_body"),
        (users, json!({"username": "sari", "role": "cashier", "pin_hash": "x"}), "invalid_body"),
        (
            "POST /v1/hq/outlets/JKT-001/announcements",
            json!({"title": "x", "starts_at": "2026-11-22T10:00:00Z", "ends_at": "2026-11-22T10:00:00+07:00"}),
            "invalid_time",
        ),
    ];
    for (what, body, code) in refused {
        office.ask(what, body.clone()).await.refused(422, code);
    }
    let path = product.strip_prefix("PATCH ").unwrap();
    let request = axum::http::Request::patch(path).header("authorization", format!("Bearer {}", office.admin));
    office
        .hub
        .send(request.header("if-match", "new").body("{}".into()).unwrap())
        .await
        .refused(400, "invalid_if_match");
    assert_eq!(office.streams().await.len(), 1);
}

#[tokio::test]
async fn charges_are_valid_on_every_day() {
    let office = Office::open().await;
    let tax = |name: &str, valid_from: Value| json!({"name": name, "kind": "tax", "rate_bp": 1_000, "valid_from": valid_from});
    let old = office.make("/v1/hq/charges", tax("PBJT", Value::Null)).await;
    office.ask("POST /v1/hq/charges", tax("PB1", Value::Null)).await.refused(422, "invalid_charges");
    // A later rate supersedes this one; two rates that begin on the same day conflict.
    office.make("/v1/hq/charges", tax("PBJT baru", json!("2099-01-01"))).await;
    office.ask("POST /v1/hq/charges", tax("PB1", json!("2099-01-01"))).await.refused(422, "invalid_charges");
    let change = format!("PATCH /v1/hq/charges/{}", old["id"].as_str().unwrap());
    office.ask(&change, json!({"rate_bp": 1_100})).await.refused(422, "invalid_charges");
    office.ask(&change, json!({"active": false})).await.ok();
    office.make("/v1/hq/charges", tax("PB1", Value::Null)).await;
    office.ask(&change, json!({"active": true})).await.refused(422, "invalid_charges");
    assert_eq!(office.streams().await.len(), 4);
}

#[tokio::test]
async fn outlet_users_have_pins_that_no_answer_shows() {
    let office = Office::open().await;
    let outlet = office.hub.outlet("JKT-001").await;
    office.hub.outlet("JKT-002").await;
    let path = "/v1/hq/outlets/JKT-001/users";
    let created = office.make(path, json!({"username": "sari", "role": "admin", "pin": "4711"})).await;
    let shown = ["active", "changed_at", "changed_by", "deleted", "id", "name", "role", "username", "version"];
    assert_eq!(keys(&created), shown);
    assert_eq!((&created["name"], &created["active"]), (&json!("sari"), &json!(true)));
    let hash = async || office.document("user").await["pin_hash"].as_str().unwrap().to_owned();
    let first = hash().await;
    assert!(web::secret::pin_matches("4711".to_owned(), first.clone()).await.unwrap());
    let one = format!("{path}/{}", created["id"].as_str().unwrap());
    let changed = office.ask(&format!("PATCH {one}"), json!({"pin": "081234"})).await.ok();
    assert!(hash().await != first && changed["version"] == 2);
    for reply in [office.hub.get(&one, &office.admin).await, office.hub.get(path, &office.admin).await] {
        assert!(!reply.body.to_string().contains("argon2"), "{}", reply.body);
    }
    // A username is unique among the active users of one outlet; one admin must remain.
    let twin = json!({"username": "sari", "role": "cashier", "pin": "4711"});
    office.ask(&format!("POST {path}"), twin.clone()).await.refused(409, "username_taken");
    office.make("/v1/hq/outlets/JKT-002/users", twin).await;
    for change in [json!({"role": "manager"}), json!({"active": false})] {
        office.ask(&format!("PATCH {one}"), change).await.refused(409, "last_admin");
    }
    office.ask(&format!("DELETE {one}"), Value::Null).await.refused(409, "last_admin");
    office.make(path, json!({"username": "budi", "role": "admin", "pin": "4711"})).await;
    assert_eq!(office.ask(&format!("DELETE {one}"), Value::Null).await.status, 200);
    let own = format!("from stream_entries where stream = 'outlet:{}' order by n", outlet.id);
    assert_eq!(office.hub.rows("n,token_n,deleted", &own).await, ["1|1|0", "2|2|0", "3|1|0", "4|3|1"]);
    assert_eq!(office.hub.rows("head", "from streams order by head").await, ["1", "4"]);
}

#[tokio::test]
async fn settings_can_change_after_the_outlet_has_sent_them() {
    let office = Office::open().await;
    let mut outlet = office.hub.outlet("JKT-001").await;
    let path = "/v1/hq/outlets/JKT-001/settings";
    office.hub.get(path, &office.admin).await.refused(404, "not_found");
    office.ask(&format!("PATCH {path}"), json!({"zone": "Asia/Makassar"})).await.refused(404, "not_found");
    let fields = json!({"zone": [null, "Asia/Jakarta"], "cutoff_minutes": [null, 0], "address": [null, "Jl. Sabang"],
        "cash_rounding_step": [null, 0], "cash_rounding_mode": [null, "nearest"]});
    push(&mut outlet, json!({"entity_type": "setting", "entity_id": "outlet", "fields": fields})).await;
    let body = json!({"zone": "asia/makassar", "cash_rounding_step": 100, "address": null});
    let changed = office.ask(&format!("PATCH {path}"), body).await.ok();
    assert_eq!(changed["zone"], "Asia/Makassar");
    assert_eq!((&changed["address"], &changed["cash_rounding_step"]), (&Value::Null, &json!(100)));
    assert_eq!(office.hub.get(path, &office.admin).await.ok(), changed);
    for (field, value, code) in [
        ("zone", json!("Mars/Olympus"), "invalid_zone"),
        ("cutoff_minutes", json!(1_440), "invalid_cutoff"),
        ("cash_rounding_step", json!(7), "invalid_rounding"),
        ("cash_rounding_mode", json!("off"), "invalid_rounding"),
    ] {
        office.ask(&format!("PATCH {path}"), json!({field: value})).await.refused(422, code);
    }
    assert_eq!(office.streams().await[1], format!("outlet:{}|2|setting|2|0", outlet.id));
}

#[tokio::test]
async fn an_outlet_price_is_set_removed_and_set_again() {
    let office = Office::open().await;
    let outlet = office.hub.outlet("JKT-001").await;
    let id = office.make("/v1/hq/products", json!({"name": "Teh", "price": 8_000})).await["id"].clone();
    let id = id.as_str().unwrap();
    let list = "/v1/hq/outlets/JKT-001/products";
    let path = format!("{list}/{id}");
    let nowhere = format!("PUT {list}/01a204c6-6178-7523-9903-ece36a4a5132");
    office.ask(&nowhere, json!({"price": 1})).await.refused(404, "not_found");
    let set = office.ask(&format!("PUT {path}"), json!({"price": 9_000, "available": false})).await.ok();
    assert_eq!((&set["price"], &set["available"], &set["version"]), (&json!(9_000), &json!(false), &json!(1)));
    // A missing field has the chain's value.
    let set = office.ask(&format!("PUT {path}"), json!({"price": 9_500})).await.ok();
    assert_eq!((&set["price"], &set["available"]), (&json!(9_500), &Value::Null));
    office.ask(&format!("PUT {path}"), json!({"price": 9_500, "available": null})).await.ok();
    office.hub.ask(&format!("PUT {path}"), &office.admin, &json!({}), Some(1)).await.refused(412, "version_mismatch");
    office.ask(&format!("PUT {path}"), json!({"price": -1})).await.refused(422, "invalid_price");
    assert_eq!(office.list(list).await, [set]);
    assert_eq!(office.ask(&format!("DELETE {path}"), Value::Null).await.status, 200);
    office.ask(&format!("DELETE {path}"), Value::Null).await.refused(404, "not_found");
    assert_eq!(office.list(list).await, Vec::<Value>::new());
    assert_eq!(office.ask(&format!("PUT {path}"), json!({"price": 1})).await.ok()["version"], 4);
    let rows = (1..=4).map(|n| format!("outlet:{}|{n}|outlet_product|{n}|{}", outlet.id, i64::from(n == 3)));
    assert_eq!(office.streams().await[1..], rows.collect::<Vec<_>>());
}

#[tokio::test]
async fn announcements_go_to_one_outlet_or_to_all_active_ones() {
    let office = Office::open().await;
    let mut ids = Vec::new();
    for code in ["JKT-001", "JKT-002", "JKT-003"] {
        ids.push(office.hub.outlet(code).await.id);
    }
    office.hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-003", web::time::now())).await.unwrap();
    let body = json!({"title": "Libur", "body": "Tutup", "starts_at": "2026-12-25T07:00:00+07:00"});
    let created = office.make("/v1/hq/outlets/JKT-001/announcements", body).await;
    assert_eq!((&created["starts_at"], &created["ends_at"]), (&json!("2026-12-25T00:00:00.000Z"), &Value::Null));
    let all = office.make("/v1/hq/announcements", json!({"outlet_ids": "all", "title": "Rapat"})).await;
    assert_eq!(all["outlets"], 2);
    let one = office.make("/v1/hq/announcements", json!({"outlet_ids": ["JKT-002", ids[1]], "title": "x"})).await;
    assert_eq!(one["outlets"], 1);
    for (whom, status, code) in [
        (json!("some"), 422, "invalid_body"),
        (Value::Null, 422, "invalid_body"),
        (json!(["JKT-001", "nowhere"]), 404, "not_found"),
        (json!([ids[2]]), 409, "outlet_revoked"),
    ] {
        office.ask("POST /v1/hq/announcements", json!({"outlet_ids": whom, "title": "x"})).await.refused(status, code);
    }
    let listed = office.list("/v1/hq/outlets/JKT-002/announcements").await;
    assert_eq!(listed.iter().map(|one| one["title"].as_str().unwrap()).collect::<Vec<_>>(), ["Rapat", "x"]);
    let path = format!("DELETE /v1/hq/outlets/JKT-001/announcements/{}", created["id"].as_str().unwrap());
    assert_eq!(office.ask(&path, Value::Null).await.status, 200);
    assert_eq!(office.list("/v1/hq/outlets/JKT-001/announcements").await.len(), 1);
    assert_eq!(office.hub.rows("head", "from streams order by head").await, ["2", "3"]);
}

#[tokio::test]
async fn an_announcement_is_changed_at_every_outlet_that_has_it() {
    let office = Office::open().await;
    for code in ["JKT-001", "JKT-002", "JKT-003", "JKT-004"] {
        office.hub.outlet(code).await;
    }
    let body = json!({"outlet_ids": ["JKT-001", "JKT-002", "JKT-003"], "title": "Rapat", "body": "Jam 9"});
    let created = office.make("/v1/hq/announcements", body).await;
    let id = created["id"].as_str().unwrap();
    office.ask(&format!("DELETE /v1/hq/outlets/JKT-002/announcements/{id}"), Value::Null).await;
    office.hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-003", web::time::now())).await.unwrap();
    let path = format!("PATCH /v1/hq/announcements/{id}");
    let change = json!({"title": "Rapat besar"});
    assert_eq!(office.ask(&path, change.clone()).await.ok(), json!({"id": id, "outlets": 1}));
    let listed = office.list("/v1/hq/outlets/JKT-001/announcements").await;
    assert_eq!((&listed[0]["title"], &listed[0]["body"]), (&json!("Rapat besar"), &json!("Jam 9")));
    assert_eq!(office.list("/v1/hq/outlets/JKT-004/announcements").await.len(), 0);
    // An unchanged announcement makes no entry.
    let before = office.streams().await;
    office.ask(&path, change.clone()).await.ok();
    assert_eq!(office.streams().await, before);
    office.ask(&path, json!({"title": ""})).await.refused(422, "invalid_text");
    office.ask(&path, json!({"tittle": "x"})).await.refused(422, "invalid_body");
    office
        .ask(&path, json!({"ends_at": "2020-01-01T00:00:00Z", "starts_at": "2020-01-02T00:00:00Z"}))
        .await
        .refused(422, "invalid_time");
    office.ask("PATCH /v1/hq/announcements/nowhere", change.clone()).await.refused(404, "not_found");
    let viewer = office.hub.viewer_token().await;
    office.hub.ask(&path, &viewer, &change, None).await.refused(403, "forbidden");
    assert_eq!(office.streams().await, before);
}

#[tokio::test]
async fn list_pages_continue_at_the_cursor() {
    let office = Office::open().await;
    for name in ["a", "b", "c", "d", "e"] {
        office.make("/v1/hq/customers", json!({"name": name})).await;
    }
    let whole = office.list("/v1/hq/customers").await;
    let mut seen = Vec::new();
    let mut path = "/v1/hq/customers?limit=2".to_owned();
    loop {
        let page = office.hub.get(&path, &office.admin).await.body;
        seen.extend(page["data"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/hq/customers?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((seen.len(), seen), (5, whole));
    office.hub.get("/v1/hq/customers?cursor=x", &office.admin).await.refused(400, "invalid_cursor");
    office.hub.get("/v1/hq/customers?limit=x", &office.admin).await.refused(422, "invalid_query");
}

#[tokio::test]
async fn variants_and_modifier_groups_are_replaced_as_whole_lists() {
    let office = Office::open().await;
    let large = json!({"available": true, "id": "large", "name": "Large", "price": 27_000});
    let option = json!({"available": true, "id": "oat", "name": "Oat", "price_delta": -1});
    let milk = json!({"id": "milk", "name": "Milk", "min_selections": 1, "max_selections": 3, "options": [option]});
    let said = json!({"name": "Latte", "price": 25_000, "modifier_groups": [milk],
        "variants": [{"price": 27_000, "name": " Large ", "id": "large", "code": " "}]});
    let created = office.make("/v1/hq/products", said).await;
    assert_eq!((&created["variants"], &created["modifier_groups"]), (&json!([large]), &json!([milk])));
    let path = format!("PATCH /v1/hq/products/{}", created["id"].as_str().unwrap());
    let same = json!({"variants": [{"id": "large", "name": "Large", "price": 27_000, "barcode": null}]});
    assert_eq!(office.ask(&path, same).await.ok(), created, "no version for what says the same");
    for (body, code) in [
        (json!({"variants": null}), "invalid_body"),
        (json!({"variants": {}}), "invalid_body"),
        (json!({"variants": [{"id": "l", "name": "L"}]}), "invalid_body"),
        (json!({"variants": [{"id": "l", "name": "L", "price": 1, "size": 2}]}), "invalid_body"),
        (json!({"variants": [large, large]}), "invalid_variants"),
        (json!({"modifier_groups": [milk, milk]}), "invalid_modifier_groups"),
        (
            json!({"modifier_groups": [{"id": "g", "name": "G", "min_selections": 0, "max_selections": 0, "options": [option]}]}),
            "invalid_modifier_groups",
        ),
    ] {
        office.ask(&path, body.clone()).await.refused(422, code);
    }
    let emptied = office.ask(&path, json!({"variants": []})).await.ok();
    assert_eq!((&emptied["variants"], &emptied["version"]), (&json!([]), &json!(2)));
    let viewer = office.hub.viewer_token().await;
    office.hub.ask(&path, &viewer, &json!({"variants": [large]}), None).await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_duplicate_code_barcode_or_phone_is_saved_with_a_warning() {
    let office = Office::open().await;
    let kopi = json!({"name": "Kopi", "price": 22_000, "code": "KP-1", "barcode": "8991234567"});
    assert_eq!(office.make("/v1/hq/products", kopi).await["warnings"], Value::Null);
    let twin = json!({"name": "Kopi Lagi", "price": 22_000, "code": "kp-1", "barcode": "8991234567"});
    let twin = office.make("/v1/hq/products", twin).await;
    let warnings = twin["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings.iter().all(|warning| warning["message"].as_str().unwrap().contains("'Kopi'")), "{warnings:?}");
    let path = format!("/v1/hq/products/{}", twin["id"].as_str().unwrap());
    let cured = office.ask(&format!("PATCH {path}"), json!({"code": null, "barcode": null})).await.ok();
    assert_eq!(cured["warnings"], Value::Null);
    office.make("/v1/hq/customers", json!({"name": "Rina", "phone": "0812-345 678"})).await;
    let twin = office.make("/v1/hq/customers", json!({"name": "Budi", "phone": "+62812345678"})).await;
    assert!(twin["warnings"][0]["message"].as_str().unwrap().contains("'Rina'"), "{twin}");
}

#[tokio::test]
async fn a_value_is_free_again_once_its_product_is_changed_or_deleted() {
    let office = Office::open().await;
    let tea = |name: &str| json!({"name": name, "price": 8_000, "code": "TEH-1"});
    let path = |made: &Value| format!("/v1/hq/products/{}", made["id"].as_str().unwrap());
    let first = office.make("/v1/hq/products", tea("Teh")).await;
    let second = office.make("/v1/hq/products", tea("Teh Lagi")).await;
    assert_eq!(second["warnings"].as_array().unwrap().len(), 1, "{second}");
    office.ask(&format!("PATCH {}", path(&first)), json!({"code": "TEH-2"})).await.ok();
    let priced = office.ask(&format!("PATCH {}", path(&second)), json!({"price": 9_000})).await.ok();
    assert_eq!(priced["warnings"], Value::Null, "{priced}");
    office.ask(&format!("DELETE {}", path(&second)), Value::Null).await.ok();
    assert_eq!(office.make("/v1/hq/products", tea("Teh Baru")).await["warnings"], Value::Null);
    assert_eq!(
        office.hub.rows("key", "from shared_values where field = 'code' order by key").await,
        ["teh-1", "teh-2"]
    );
}
