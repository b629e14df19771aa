//! Set-up of a shop: charges, tables, customers, settings, and their effect on orders.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::MockConnectInfo;
use axum::http::{Method, Request, StatusCode};
use outlet::Outlet;
use outlet::config::Config;
use serde_json::{Value, json};
use sqlite::Fault;
use testkit::Scratch;
use tower::ServiceExt;

/// An outlet in its own folder, with the tokens of its users.
struct Shop {
    outlet: Outlet,
    router: Router,
    admin: String,
    cashier: String,
    kitchen: String,
    _dir: Scratch,
}

struct Answer {
    status: StatusCode,
    body: Value,
}

impl Answer {
    /// The data of an answer with this status.
    #[track_caller]
    fn data(&self, status: StatusCode) -> &Value {
        assert_eq!(self.status, status, "{}", self.body);
        &self.body["data"]
    }

    #[track_caller]
    fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.body["error"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.body["success"], false);
        let message = self.body["message"].as_str().unwrap();
        assert!(message.ends_with('.') && message.len() > 20, "{message}");
    }
}

impl Shop {
    async fn open() -> Self {
        let dir = Scratch::new();
        let config = Config { db_path: dir.path().join("pos.db"), ..Config::default() };
        let outlet = Outlet::open(config).await.unwrap();
        let router = outlet.router().layer(MockConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        let mut shop =
            Self { outlet, router, admin: String::new(), cashier: String::new(), kitchen: String::new(), _dir: dir };
        shop.admin = shop.log_in("admin", "1234").await;
        for (name, role) in [("sari", "cashier"), ("dapur", "kitchen")] {
            let user = json!({"username": name, "role": role, "pin": "4713"});
            shop.post("/api/v1/users", user).await.data(StatusCode::CREATED);
        }
        shop.cashier = shop.log_in("sari", "4713").await;
        shop.kitchen = shop.log_in("dapur", "4713").await;
        shop
    }

    async fn log_in(&self, username: &str, pin: &str) -> String {
        let body = json!({"username": username, "password": pin});
        let answer = self.request("", Method::POST, "/api/v1/auth/login", None, Some(body)).await;
        answer.data(StatusCode::OK)["token"].as_str().unwrap().to_owned()
    }

    async fn request(
        &self,
        token: &str,
        method: Method,
        path: &str,
        version: Option<i64>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer { status, body: serde_json::from_slice(&body).unwrap() }
    }

    // Requests of the admin:

    async fn get(&self, path: &str) -> Answer {
        self.request(&self.admin, Method::GET, path, None, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.request(&self.admin, Method::POST, path, None, Some(body)).await
    }

    async fn put(&self, path: &str, version: Option<i64>, body: Value) -> Answer {
        self.request(&self.admin, Method::PUT, path, version, Some(body)).await
    }

    async fn delete(&self, path: &str, version: Option<i64>) -> Answer {
        self.request(&self.admin, Method::DELETE, path, version, None).await
    }

    async fn sql(&self, sql: &'static str) {
        self.outlet.app().db.write(move |tx| Ok::<_, Fault>(tx.execute_batch(sql)?)).await.unwrap();
    }

    async fn number(&self, sql: &'static str) -> i64 {
        let read = move |tx: &sqlite::Transaction<'_>| Ok::<_, Fault>(tx.query_row(sql, [], |row| row.get(0))?);
        self.outlet.app().db.read(read).await.unwrap()
    }

    async fn product(&self, price: i64) -> String {
        let created = self.post("/api/v1/products", json!({"name": "Kopi Susu", "price": price})).await;
        created.data(StatusCode::CREATED)["id"].as_str().unwrap().to_owned()
    }

    async fn charge(&self, name: &str, kind: &str, rate_bp: i64, more: Value) -> Answer {
        let mut body = json!({"name": name, "kind": kind, "rate_bp": rate_bp});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post("/api/v1/charges", body).await
    }
}

fn with(body: &Value, field: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[field] = value;
    body
}

/// The life cycle of a resource, with every refusal that all resources share.
async fn test_life_cycle(shop: &Shop, path: &str, first: Value, second: Value) {
    shop.post(path, with(&first, "colour", json!("blue"))).await.refused(422, "invalid_body");
    shop.post(path, with(&first, "name", json!("  "))).await.refused(422, "invalid_text");
    assert_eq!(shop.get(path).await.data(StatusCode::OK), &json!([]), "nothing was written");

    let created = shop.post(path, first.clone()).await;
    let created = created.data(StatusCode::CREATED);
    assert_eq!(created["version"], 1);
    for (field, value) in first.as_object().unwrap() {
        assert_eq!(&created[field], value, "{field}");
    }
    let one = format!("{path}/{}", created["id"].as_str().unwrap());
    assert_eq!(shop.get(&one).await.data(StatusCode::OK), created);
    let list = shop.get(&format!("{path}?limit=1")).await;
    assert_eq!(list.data(StatusCode::OK), &json!([created]));
    let cursor = list.body["next_cursor"].as_str().unwrap();
    assert_eq!(shop.get(&format!("{path}?cursor={cursor}")).await.data(StatusCode::OK), &json!([]));

    let changed = shop.put(&one, Some(1), second.clone()).await;
    let changed = changed.data(StatusCode::OK);
    assert_eq!(changed["version"], 2);
    for (field, value) in second.as_object().unwrap() {
        assert_eq!(&changed[field], value, "{field}");
    }

    shop.put(&one, Some(1), first.clone()).await.refused(412, "version_mismatch");
    shop.delete(&one, Some(1)).await.refused(412, "version_mismatch");
    for (token, status, code) in
        [(&*shop.kitchen, 403, "forbidden"), ("", 401, "unauthorized"), ("forged", 401, "unauthorized")]
    {
        shop.request(token, Method::POST, path, None, Some(first.clone())).await.refused(status, code);
        shop.request(token, Method::PUT, &one, None, Some(first.clone())).await.refused(status, code);
        shop.request(token, Method::DELETE, &one, None, None).await.refused(status, code);
        // The role is checked before the body.
        shop.request(token, Method::POST, path, None, Some(json!("nonsense"))).await.refused(status, code);
    }
    shop.request("", Method::GET, path, None, None).await.refused(401, "unauthorized");
    shop.request("", Method::GET, &one, None, None).await.refused(401, "unauthorized");
    shop.request(&shop.cashier, Method::DELETE, &one, None, None).await.refused(403, "forbidden");
    assert_eq!(shop.get(&one).await.data(StatusCode::OK), changed, "a refusal changed something");

    assert_eq!(shop.delete(&one, Some(2)).await.status, StatusCode::OK);
    shop.get(&one).await.refused(404, "not_found");
    shop.put(&one, None, first).await.refused(404, "not_found");
    shop.delete(&one, None).await.refused(404, "not_found");
}

#[tokio::test]
async fn tables_support_create_read_update_and_delete() {
    let shop = Shop::open().await;
    let first = json!({"name": "12", "area": "Teras", "seats": 4, "active": true, "plan_x": 59, "plan_y": 0, "plan_w": 3,
        "plan_h": 12, "plan_shape": "round"});
    let second = json!({"name": "12A", "area": null, "seats": null, "active": false, "plan_x": null, "plan_y": null,
        "plan_w": 4, "plan_h": 3, "plan_shape": "square"});
    test_life_cycle(&shop, "/api/v1/tables", first.clone(), second).await;
    for seats in [0, -1, 1_001] {
        shop.post("/api/v1/tables", with(&first, "seats", json!(seats))).await.refused(422, "invalid_seats");
    }
    for (field, value) in [
        ("plan_x", json!(60)),
        ("plan_y", json!(-1)),
        ("plan_x", json!(null)),
        ("plan_w", json!(2)),
        ("plan_h", json!(13)),
        ("plan_shape", json!("oval")),
    ] {
        shop.post("/api/v1/tables", with(&first, field, value)).await.refused(422, "invalid_plan");
    }
    shop.request(&shop.cashier, Method::POST, "/api/v1/tables", None, Some(first)).await.refused(403, "forbidden");
    let listed = shop.request(&shop.kitchen, Method::GET, "/api/v1/tables", None, None).await;
    assert_eq!(listed.data(StatusCode::OK), &json!([]));
}

#[tokio::test]
async fn customers_support_create_read_update_and_delete() {
    let shop = Shop::open().await;
    let path = "/api/v1/customers";
    let first =
        json!({"name": "Ibu Ratna", "phone": "0812-3456", "email": "ratna@example.com", "note": "alergi kacang"});
    let second = json!({"name": "Ratna", "phone": null, "email": null, "note": null});
    test_life_cycle(&shop, path, first.clone(), second.clone()).await;

    // Users who may sell manage customers but cannot delete them; the kitchen cannot read them.
    let created = shop.request(&shop.cashier, Method::POST, path, None, Some(first)).await;
    let one = format!("{path}/{}", created.data(StatusCode::CREATED)["id"].as_str().unwrap());
    shop.request(&shop.cashier, Method::PUT, &one, Some(1), Some(second)).await.data(StatusCode::OK);
    shop.request(&shop.cashier, Method::GET, &one, None, None).await.data(StatusCode::OK);
    shop.request(&shop.cashier, Method::DELETE, &one, None, None).await.refused(403, "forbidden");
    shop.request(&shop.kitchen, Method::GET, path, None, None).await.refused(403, "forbidden");
    shop.request(&shop.kitchen, Method::GET, &one, None, None).await.refused(403, "forbidden");
}

#[tokio::test]
async fn charges_support_create_read_update_and_delete() {
    let shop = Shop::open().await;
    let path = "/api/v1/charges";
    let first = json!({
        "name": "PPN", "kind": "tax", "rate_bp": 1_200, "tax_group": "ppn", "base_num": 11, "base_den": 12,
        "inclusive": true, "position": 2, "valid_from": "2025-01-01", "active": true,
    });
    let second = json!({
        "name": "Layanan", "kind": "service", "rate_bp": 500, "service_base": "before_discount", "base_num": 1,
        "base_den": 1, "inclusive": false, "position": 1, "valid_from": null, "active": false,
    });
    test_life_cycle(&shop, path, first.clone(), second.clone()).await;

    for (field, value, code) in [
        ("kind", json!("tip"), "invalid_kind"),
        ("tax_group", json!("vat"), "invalid_tax_group"),
        ("service_base", json!("always"), "invalid_service_base"),
        ("valid_from", json!("2025-1-1"), "invalid_date"),
        ("valid_from", json!("2025-02-30"), "invalid_date"),
        ("rate_bp", json!(-1), "invalid_charges"),
        ("rate_bp", json!(10_001), "invalid_charges"),
        ("base_num", json!(0), "invalid_charges"),
        ("base_den", json!(0), "invalid_charges"),
        ("base_den", json!(10), "invalid_charges"),
        ("tax_group", json!("pbjt"), "invalid_charges"), // 12 %, but the law allows 10 %
    ] {
        // An inactive charge must be valid as well.
        for active in [true, false] {
            let body = with(&with(&first, "active", json!(active)), field, value.clone());
            shop.post(path, body).await.refused(422, code);
        }
    }
    shop.post(path, with(&second, "inclusive", json!(true))).await.refused(422, "invalid_charges");
    assert_eq!(shop.number("select count(*) from charges").await, 0);

    shop.request(&shop.cashier, Method::POST, path, None, Some(first)).await.refused(403, "forbidden");
    let listed = shop.request(&shop.kitchen, Method::GET, path, None, None).await;
    assert_eq!(listed.data(StatusCode::OK), &json!([]));
}

#[tokio::test]
async fn a_role_is_checked_before_the_body_and_in_the_transaction() {
    let shop = Shop::open().await;
    let product = shop.product(10_000).await;
    shop.post("/api/v1/users", json!({"username": "wayan", "role": "waiter", "pin": "4713"}))
        .await
        .data(StatusCode::CREATED);
    let waiter = shop.log_in("wayan", "4713").await;
    let orders = "/api/v1/orders";
    let order = json!({"lines": [{"product_id": product, "qty": 1}]});
    let paid = with(&order, "payments", json!([{"method": "cash", "amount": 10_000}]));

    // A waiter creates orders but records no payments.
    let taken = shop.request(&waiter, Method::POST, orders, None, Some(order.clone())).await;
    let one = format!("{orders}/{}", taken.data(StatusCode::CREATED)["id"].as_str().unwrap());
    shop.request(&waiter, Method::POST, orders, None, Some(paid)).await.refused(403, "forbidden");
    for path in [format!("{one}/payments"), "/api/v1/sync/trigger".to_owned(), "/api/v1/users".to_owned()] {
        shop.request(&waiter, Method::POST, &path, None, Some(json!("nonsense"))).await.refused(403, "forbidden");
    }
    for path in ["/api/v1/users", "/api/v1/config/outlet", "/api/v1/sync/status", "/api/v1/sync/queue"] {
        shop.request(&waiter, Method::GET, path, None, None).await.refused(403, "forbidden");
        shop.get(path).await.data(StatusCode::OK);
    }
    assert_eq!(shop.number("select count(*) from orders").await, 1);

    // A token outlives its session but is no longer accepted.
    assert_eq!(shop.request(&waiter, Method::POST, "/api/v1/auth/logout", None, None).await.status, StatusCode::OK);
    let void = json!({"reason": "salah", "manager_pin": "1234"});
    shop.request(&waiter, Method::GET, orders, None, None).await.refused(401, "unauthorized");
    shop.request(&waiter, Method::POST, orders, None, Some(order)).await.refused(401, "unauthorized");
    shop.request(&waiter, Method::POST, &format!("{one}/void"), None, Some(void.clone()))
        .await
        .refused(401, "unauthorized");
    let voided = shop.request(&shop.cashier, Method::POST, &format!("{one}/void"), Some(1), Some(void)).await;
    assert_eq!(voided.data(StatusCode::OK)["status"], "void");
    shop.put("/api/v1/tables/x", None, json!("nonsense")).await.refused(422, "invalid_body");
}

#[tokio::test]
async fn two_taxes_on_one_group_are_rejected_without_a_write() {
    let shop = Shop::open().await;
    shop.charge("PBJT", "tax", 1_000, json!({})).await.data(StatusCode::CREATED);
    shop.charge("PPN", "tax", 1_200, json!({"tax_group": "ppn", "base_num": 11, "base_den": 12}))
        .await
        .data(StatusCode::CREATED);
    shop.charge("Layanan", "service", 500, json!({})).await.data(StatusCode::CREATED);
    let disabled = shop.charge("PB1", "tax", 900, json!({"active": false})).await;
    let disabled = disabled.data(StatusCode::CREATED);
    let queued = "select seq from sync_context";
    let before = (shop.get("/api/v1/charges").await.body, shop.number(queued).await);

    let refused = shop.charge("PB1", "tax", 900, json!({})).await;
    refused.refused(422, "invalid_charges");
    let message = refused.body["message"].as_str().unwrap();
    assert!(message.contains("two taxes are set for one tax group"), "{message}");
    let one = format!("/api/v1/charges/{}", disabled["id"].as_str().unwrap());
    let enabled = json!({"name": "PB1", "kind": "tax", "rate_bp": 900});
    shop.put(&one, Some(1), enabled.clone()).await.refused(422, "invalid_charges");
    assert_eq!((shop.get("/api/v1/charges").await.body, shop.number(queued).await), before);

    // For another tax group it can be enabled.
    shop.put(&one, Some(1), with(&enabled, "tax_group", json!("none"))).await.data(StatusCode::OK);
}

#[tokio::test]
async fn a_future_rate_replaces_the_old_one_on_its_day() {
    let shop = Shop::open().await;
    shop.charge("PBJT", "tax", 1_000, json!({})).await.data(StatusCode::CREATED);
    shop.charge("PBJT", "tax", 900, json!({"valid_from": "2020-01-01"})).await.data(StatusCode::CREATED);
    shop.charge("PBJT", "tax", 800, json!({"valid_from": "2999-01-01"})).await.data(StatusCode::CREATED);
    let twice = shop.charge("PB1", "tax", 700, json!({"valid_from": "2999-01-01"})).await;
    twice.refused(422, "invalid_charges");
    assert!(twice.body["message"].as_str().unwrap().contains("1 Jan 2999"), "{}", twice.body);
    let product = shop.product(100_000).await;
    let order = shop.post("/api/v1/orders", json!({"lines": [{"product_id": product, "qty": 1}]})).await;
    assert_eq!(order.data(StatusCode::CREATED)["tax"], 9_000);
}

#[tokio::test]
async fn conflicting_taxes_from_sync_can_be_disabled_one_by_one() {
    let shop = Shop::open().await;
    shop.sql(
        "insert into charges (id, name, kind, rate_bp) values ('a', 'A', 'tax', 1000), ('b', 'B', 'tax', 900),
         ('c', 'C', 'tax', 800)",
    )
    .await;
    let disabled = json!({"name": "A", "kind": "tax", "rate_bp": 1_000, "active": false});
    shop.put("/api/v1/charges/a", None, disabled.clone()).await.data(StatusCode::OK);
    shop.put("/api/v1/charges/a", None, with(&disabled, "active", json!(true))).await.refused(422, "invalid_charges");
    assert_eq!(shop.delete("/api/v1/charges/b", None).await.status, StatusCode::OK);
    shop.put("/api/v1/charges/c", None, json!({"name": "C", "kind": "tax", "rate_bp": 700})).await.data(StatusCode::OK);
}

#[tokio::test]
async fn the_number_of_charges_is_limited_to_an_orders() {
    let shop = Shop::open().await;
    shop.sql(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 50)
         insert into charges (id, name, kind, rate_bp) select i, i, 'service', 1 from n",
    )
    .await;
    shop.charge("Layanan", "service", 500, json!({})).await.refused(422, "too_many_charges");
    assert_eq!(shop.number("select count(*) from charges").await, 50);
}

#[tokio::test]
async fn an_order_bears_the_charges_in_force() {
    let shop = Shop::open().await;
    let product = shop.product(50_000).await;
    shop.charge("PBJT", "tax", 1_000, json!({"position": 2, "valid_from": "2024-01-05"}))
        .await
        .data(StatusCode::CREATED);
    let service = shop.charge("Layanan", "service", 500, json!({"position": 1})).await;
    let service = service.data(StatusCode::CREATED);
    shop.charge("Nanti", "service", 100, json!({"valid_from": "2999-01-01"})).await.data(StatusCode::CREATED);
    shop.charge("Dulu", "service", 100, json!({"active": false})).await.data(StatusCode::CREATED);

    let order = json!({"lines": [{"product_id": product, "qty": 2}]});
    let taken = shop.request(&shop.cashier, Method::POST, "/api/v1/orders", None, Some(order.clone())).await;
    let taken = taken.data(StatusCode::CREATED);
    for (field, amount) in
        [("subtotal", 100_000), ("discount", 0), ("service", 5_000), ("tax", 10_500), ("total", 115_500)]
    {
        assert_eq!(taken[field], amount, "{field}");
    }
    let charges: Vec<_> = taken["charges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| json!([c["position"], c["name"], c["kind"], c["rate_bp"], c["base"], c["amount"]]))
        .collect();
    assert_eq!(
        charges,
        [json!([1, "Layanan", "service", 500, 100_000, 5_000]), json!([2, "PBJT", "tax", 1_000, 105_000, 10_500])]
    );
    assert_eq!(taken["charges"][0]["charge_id"], service["id"]);
    assert_eq!(shop.number("select count(*) from order_charges").await, 2);
    assert_eq!(shop.number("select sum(amount) from order_charges").await, 15_500);

    // An existing order keeps its charges; the next one has those in force.
    let path = format!("/api/v1/charges/{}", service["id"].as_str().unwrap());
    assert_eq!(shop.delete(&path, None).await.status, StatusCode::OK);
    let again = shop.get(&format!("/api/v1/orders/{}", taken["id"].as_str().unwrap())).await;
    assert_eq!(again.data(StatusCode::OK), taken);
    let next = shop.post("/api/v1/orders", order).await;
    assert_eq!(next.data(StatusCode::CREATED)["total"], 110_000);
}

#[tokio::test]
async fn a_quote_has_the_totals_of_the_order_and_stores_nothing() {
    let shop = Shop::open().await;
    let product = shop.product(33_330).await;
    shop.charge("Layanan", "service", 500, json!({"position": 1})).await.data(StatusCode::CREATED);
    shop.charge("PBJT", "tax", 1_000, json!({"position": 2})).await.data(StatusCode::CREATED);
    shop.put("/api/v1/config/shop", None, settings("Asia/Jakarta", 500, "nearest")).await.data(StatusCode::OK);

    let order = json!({"order_type": "take_away", "lines": [{"product_id": product, "qty": 3}]});
    let quoted = shop.request(&shop.cashier, Method::POST, "/api/v1/orders/quote", None, Some(order.clone())).await;
    let quoted = quoted.data(StatusCode::OK);
    assert_eq!(shop.number("select count(*) from orders").await, 0);
    assert_eq!(shop.number("select count(*) from order_numbers").await, 0, "a quote takes no number");

    let created = shop.post("/api/v1/orders", order).await;
    let created = created.data(StatusCode::CREATED);
    for field in ["subtotal", "discount", "service", "tax", "tax_included", "total"] {
        assert_eq!(quoted[field], created[field], "{field}");
    }
    for (list, field) in [("lines", "price"), ("lines", "amount"), ("charges", "base"), ("charges", "amount")] {
        assert_eq!(quoted[list][0][field], created[list][0][field], "{list} {field}");
    }
    let path = format!("/api/v1/orders/{}/payments", created["id"].as_str().unwrap());
    let paid = shop.post(&path, json!({"method": "cash", "amount": 200_000})).await;
    assert_eq!(paid.data(StatusCode::OK)["total"], quoted["cash_total"]);
    assert_ne!(quoted["total"], quoted["cash_total"]);

    let gone = json!({"lines": [{"product_id": "01a20500-0000-7000-8000-000000000000", "qty": 1}]});
    shop.post("/api/v1/orders/quote", gone).await.refused(422, "unknown_product");
    shop.request(&shop.kitchen, Method::POST, "/api/v1/orders/quote", None, None).await.refused(403, "forbidden");
}

fn settings(zone: &str, step: i64, mode: &str) -> Value {
    json!({"zone": zone, "cutoff_minutes": 0, "cash_rounding_step": step, "cash_rounding_mode": mode})
}

#[tokio::test]
async fn settings_are_validated_and_replaced_whole() {
    let shop = Shop::open().await;
    let path = "/api/v1/config/shop";
    let fresh = json!({
        "address": null, "phone": null, "tax_number": null, "zone": "Asia/Jakarta", "cutoff_minutes": 0,
        "cash_rounding_step": 0, "cash_rounding_mode": "nearest", "receipt_footer": null,
        "discount_limit_cashier_bp": 1_000, "discount_limit_waiter_bp": 0, "shift_required": false,
        "cash_out_limit": null, "refund_days": 7, "legal_name": null, "branch_tax_number": null,
        "regional_tax_number": null, "receipt_url": null, "print_receipt": true, "barcode_patterns": [],
        "version": 1,
    });
    assert_eq!(shop.request(&shop.kitchen, Method::GET, path, None, None).await.data(StatusCode::OK), &fresh);

    let full = json!({
        "address": "Jl. Sunset Road 8, Kuta", "phone": "0361-1234", "tax_number": "01.234.567.8-901.000",
        "zone": "asia/makassar", "cutoff_minutes": 240, "cash_rounding_step": 500, "cash_rounding_mode": "down",
        "receipt_footer": "Terima kasih!\nSampai jumpa", "discount_limit_cashier_bp": 2_500,
        "discount_limit_waiter_bp": 500, "shift_required": true, "cash_out_limit": 250_000, "refund_days": null, "legal_name": "PT Kopi", "branch_tax_number": "0812345678901000000001",
        "regional_tax_number": "P.2.001", "receipt_url": "https://kopi.example", "print_receipt": false,
        "barcode_patterns": [{"factor": 100, "pattern": "22IIIIIPPPPPC"}, {"factor": 1, "pattern": "23IIIIIWWWWWC"}],
    });
    let saved = with(&with(&full, "zone", json!("Asia/Makassar")), "version", json!(2));
    assert_eq!(shop.put(path, Some(1), full.clone()).await.data(StatusCode::OK), &saved);

    shop.put(path, Some(1), full.clone()).await.refused(412, "version_mismatch");
    for (field, value, code) in [
        ("zone", json!("WIB"), "invalid_zone"),
        ("zone", json!("Asia/Atlantis"), "invalid_zone"),
        ("zone", json!("+07:00"), "invalid_zone"),
        ("zone", json!("Etc/Unknown"), "invalid_zone"),
        ("zone", json!(""), "invalid_zone"),
        ("cutoff_minutes", json!(-1), "invalid_cutoff"),
        ("cutoff_minutes", json!(1_440), "invalid_cutoff"),
        ("cash_rounding_step", json!(25), "invalid_rounding"),
        ("cash_rounding_mode", json!("sideways"), "invalid_rounding"),
        ("discount_limit_cashier_bp", json!(-1), "invalid_limit"),
        ("discount_limit_waiter_bp", json!(10_001), "invalid_limit"),
        ("refund_days", json!(-1), "invalid_limit"),
        ("refund_days", json!(3_651), "invalid_limit"),
        ("receipt_footer", json!("\u{1b}@"), "invalid_text"),
        ("currency", json!("IDR"), "invalid_body"),
    ] {
        shop.put(path, None, with(&full, field, value)).await.refused(422, code);
    }
    shop.put(path, None, json!({"zone": "Asia/Jayapura"})).await.refused(422, "invalid_body");
    shop.request(&shop.cashier, Method::PUT, path, None, Some(json!("nonsense"))).await.refused(403, "forbidden");
    shop.request("", Method::GET, path, None, None).await.refused(401, "unauthorized");
    assert_eq!(shop.get(path).await.data(StatusCode::OK), &saved);

    // PUT replaces: absent fields are cleared.
    let bare = shop.put(path, Some(2), settings("Asia/Jakarta", 0, "nearest")).await;
    assert_eq!(bare.data(StatusCode::OK), &with(&fresh, "version", json!(3)));
}

#[tokio::test]
async fn deleted_settings_are_recreated() {
    let shop = Shop::open().await;
    shop.sql("delete from settings").await;
    let found = shop.get("/api/v1/config/shop").await;
    assert_eq!(found.data(StatusCode::OK)["zone"], "Asia/Jakarta");
    let saved = shop.put("/api/v1/config/shop", None, settings("Asia/Jayapura", 50, "up")).await;
    assert_eq!(saved.data(StatusCode::OK)["zone"], "Asia/Jayapura");
    assert_eq!(shop.number("select cash_rounding_step from settings where id = 'outlet'").await, 50);
}

#[tokio::test]
async fn the_zone_decides_the_business_date() {
    let shop = Shop::open().await;
    let order = json!({"lines": [{"product_id": shop.product(1_000).await, "qty": 1}]});
    let mut dates = Vec::new();
    // 25 hours apart, so the dates always differ.
    for zone in ["Pacific/Pago_Pago", "Pacific/Kiritimati"] {
        shop.put("/api/v1/config/shop", None, settings(zone, 0, "nearest")).await.data(StatusCode::OK);
        let taken = shop.post("/api/v1/orders", order.clone()).await;
        dates.push(taken.data(StatusCode::CREATED)["business_date"].as_str().unwrap().to_owned());
    }
    assert!(dates[0] < dates[1], "{dates:?}");
}

#[tokio::test]
async fn only_cash_is_rounded_by_the_shops_rule() {
    let shop = Shop::open().await;
    let product = shop.product(12_345).await;
    shop.charge("Layanan", "service", 500, json!({"position": 1})).await.data(StatusCode::CREATED);
    shop.charge("PBJT", "tax", 1_000, json!({"position": 2})).await.data(StatusCode::CREATED);
    // 12,345 + 617 (5 %) + 1,296 (10 % of 12,962) = 14,258
    for (step, mode, method, tendered, rounding, change) in [
        (0, "nearest", "cash", 20_000, 0, 5_742),
        (100, "nearest", "cash", 20_000, 42, 5_700),
        (100, "down", "cash", 14_200, -58, 0),
        (500, "up", "cash", 15_000, 242, 500),
        (1_000, "nearest", "cash", 14_000, -258, 0),
        (1_000, "nearest", "qris", 14_258, 0, 0),
    ] {
        let put = shop.put("/api/v1/config/shop", None, settings("Asia/Jakarta", step, mode)).await;
        assert_eq!(put.data(StatusCode::OK)["cash_rounding_step"], step);
        let order = json!({
            "lines": [{"product_id": product, "qty": 1}], "payments": [{"method": method, "amount": tendered}],
        });
        let taken = shop.request(&shop.cashier, Method::POST, "/api/v1/orders", None, Some(order)).await;
        let taken = taken.data(StatusCode::CREATED);
        assert_eq!((&taken["service"], &taken["tax"]), (&json!(617), &json!(1_296)));
        assert_eq!(
            (&taken["rounding"], &taken["total"]),
            (&json!(rounding), &json!(14_258 + rounding)),
            "{step} {mode}"
        );
        assert_eq!((&taken["status"], &taken["paid"]), (&json!("paid"), &taken["total"]));
        let payment = &taken["payments"][0];
        assert_eq!((&payment["rounding"], &payment["change"]), (&json!(rounding), &json!(change)), "{step} {mode}");
    }
}

// Differences of this outlet.

fn order_of(product: &str) -> Value {
    json!({"lines": [{"product_id": product, "qty": 1}]})
}

#[tokio::test]
async fn an_outlet_price_is_shown_sold_and_changed_locally() {
    let shop = Shop::open().await;
    let (overridden, standard) = (shop.product(20_000).await, shop.product(20_000).await);
    let insert = format!("insert into outlet_products (id, price) values ('{overridden}', 25000)");
    shop.sql(insert.leak()).await;
    let path = format!("/api/v1/products/{overridden}");
    let shown = shop.get(&path).await;
    let shown = shown.data(StatusCode::OK);
    assert_eq!((&shown["price"], &shown["chain_price"]), (&json!(25_000), &json!(20_000)));
    assert_eq!((&shown["available"], &shown["version"]), (&json!(true), &json!(2)));
    let listed = shop.get("/api/v1/products").await;
    assert_eq!(&listed.data(StatusCode::OK)[0], shown, "the list shows the same");
    let sold = shop.post("/api/v1/orders", order_of(&overridden)).await;
    assert_eq!(sold.data(StatusCode::CREATED)["lines"][0]["price"], 25_000);

    // Written back under a new name: neither price changes.
    let body = json!({"name": "Kopi Jumbo", "price": 25_000, "available": true});
    shop.put(&path, Some(2), body).await.data(StatusCode::OK);
    assert_eq!(shop.number("select count(*) from products where price = 20000").await, 2);
    assert_eq!(shop.number("select price from outlet_products").await, 25_000);

    let patched = shop.request(&shop.admin, Method::PATCH, &path, None, Some(json!({"price": 26_000}))).await;
    let patched = patched.data(StatusCode::OK);
    assert_eq!((&patched["price"], &patched["chain_price"]), (&json!(26_000), &json!(20_000)));
    let path = format!("/api/v1/products/{standard}");
    let patched = shop.request(&shop.admin, Method::PATCH, &path, None, Some(json!({"price": 21_000}))).await;
    assert_eq!(
        patched.data(StatusCode::OK)["chain_price"],
        21_000,
        "without its own price the outlet uses the chain's"
    );
    assert_eq!(shop.number("select count(*) from outlet_products").await, 1);
}

#[tokio::test]
async fn an_outlets_availability_overrides_the_chains_until_reset() {
    let shop = Shop::open().await;
    let product = shop.product(20_000).await;
    let path = format!("/api/v1/products/{product}");
    let patch = async |version, available: bool| {
        shop.request(&shop.admin, Method::PATCH, &path, version, Some(json!({"available": available}))).await
    };
    let sold_out = patch(Some(1), false).await;
    let sold_out = sold_out.data(StatusCode::OK);
    assert_eq!((&sold_out["available"], &sold_out["version"]), (&json!(false), &json!(2)));
    shop.post("/api/v1/orders", order_of(&product)).await.refused(422, "product_unavailable");
    patch(Some(1), true).await.refused(412, "version_mismatch");
    let queued = "select count(*) from sync_state where entity_type = 'product' and version > 1";
    assert_eq!(shop.number(queued).await, 0, "the chain's product was not touched");
    assert_eq!(shop.number("select available from products").await, 1);
    assert_eq!(shop.number("select available from outlet_products").await, 0);

    patch(Some(2), true).await.data(StatusCode::OK);
    assert_eq!(shop.number("select available is null from outlet_products").await, 1);
    shop.post("/api/v1/orders", order_of(&product)).await.data(StatusCode::CREATED);
    // Head office takes it off sale; this outlet still has stock.
    shop.sql("update products set available = 0").await;
    shop.post("/api/v1/orders", order_of(&product)).await.refused(422, "product_unavailable");
    patch(None, true).await.data(StatusCode::OK);
    shop.post("/api/v1/orders", order_of(&product)).await.data(StatusCode::CREATED);

    shop.request(&shop.cashier, Method::PATCH, &path, None, Some(json!({"available": false}))).await;
    assert_eq!(shop.get(&path).await.data(StatusCode::OK)["available"], true, "managers and admins only");
    shop.delete(&path, None).await;
    assert_eq!(shop.number("select count(*) from outlet_products").await, 0);
}

#[tokio::test]
async fn announcements_are_shown_during_their_period() {
    let shop = Shop::open().await;
    shop.sql(
        "insert into announcements (id, title, body, starts_at, ends_at) values
         ('1', 'always', 'Selamat pagi', null, null),
         ('2', 'over', '', null, '2020-01-01T00:00:00.000Z'),
         ('3', 'not yet', '', '2199-01-01T00:00:00.000Z', null),
         ('4', 'now, by another clock', '', strftime('%Y-%m-%dT%H:%M:%S+07:00', 'now', '+6 hours'), '2199-01-01'),
         ('5', 'unreadable', '', 'tomorrow', 'some day')",
    )
    .await;
    let titles = async |token: &str, path: &str| {
        let answer = shop.request(token, Method::GET, path, None, None).await;
        let data = answer.data(StatusCode::OK).as_array().unwrap().clone();
        data.iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = ["unreadable", "now, by another clock", "always"];
    assert_eq!(titles(&shop.kitchen, "/api/v1/announcements").await, all);
    assert_eq!(titles(&shop.cashier, "/api/v1/announcements?limit=1").await, all[..1]);
    assert_eq!(titles(&shop.cashier, "/api/v1/announcements?limit=5&cursor=5").await, all[1..]);
    let nobody = shop.request("", Method::GET, "/api/v1/announcements", None, None).await;
    nobody.refused(401, "unauthorized");
    assert_eq!(shop.number("select count(*) from sync_state where entity_type = 'announcement'").await, 0);
}

#[tokio::test]
async fn an_invalid_charge_is_omitted_and_reported() {
    let shop = Shop::open().await;
    let product = shop.product(50_000).await;
    shop.charge("PBJT", "tax", 1_000, json!({"position": 5})).await.data(StatusCode::CREATED);
    let order = || json!({"lines": [{"product_id": product, "qty": 1}]});
    let valid = shop.post("/api/v1/orders", order()).await;
    assert_eq!(valid.data(StatusCode::CREATED).get("warnings"), None);
    shop.sql(
        "insert into charges (id, name, kind, rate_bp, tax_group, base_num, base_den, valid_from, position) values
           ('c1', 'Besar', 'tax', 1000, 'pbjt', 9223372036854775807, 1, '2024-01-01', -9223372036854775808),
           ('c2', 'Dua', 'tax', 1000, 'pbjt', 1, 1, null, 9),
           ('c3', 'Hari', 'service', 1000, 'none', 1, 1, 'x', 0)",
    )
    .await;
    let taken = shop.post("/api/v1/orders", order()).await;
    let taken = taken.data(StatusCode::CREATED);
    assert_eq!((&taken["tax"], &taken["total"]), (&json!(5_000), &json!(55_000)), "{taken}");
    let warnings = taken["warnings"].to_string();
    assert!(["Besar", "Dua", "Hari"].iter().all(|name| warnings.contains(name)), "{warnings}");
    let health = shop.get("/api/v1/sync/health").await;
    let health = health.data(StatusCode::OK).to_string();
    assert!(health.contains("charges_ignored") && health.contains("Besar"), "{health}");
}
