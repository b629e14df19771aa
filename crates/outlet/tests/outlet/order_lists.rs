//! Lists of orders: filters, sequence, pages, summaries; and the total that a till expects.

use serde_json::{Value, json};
use testkit::{Http, TestOutlet};

/// An outlet with one product, and the id of that product.
async fn shop() -> (TestOutlet, String) {
    let outlet = TestOutlet::alone().await;
    outlet.shell().execute_batch("delete from charges").unwrap();
    let product = outlet.admin().post("/api/v1/products", &json!({"name": "Kopi", "price": 10_000})).await;
    let id = product.data()["id"].as_str().unwrap().to_owned();
    (outlet, id)
}

async fn order(http: &Http, product: &str, qty: i64, more: Value) -> Value {
    let mut body = json!({"lines": [{"product_id": product, "qty": qty}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    http.post("/api/v1/orders", &body).await.data().clone()
}

/// The order numbers' sequences on all pages of two.
async fn listed(http: &Http, list: &str, query: &str) -> Vec<i64> {
    let rows = http.all(&format!("/api/v1/{list}?limit=2{query}")).await;
    let sequence = |row: &Value| row["order_number"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap();
    rows.iter().map(sequence).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_filtered_and_sorted_in_both_lists() {
    let (outlet, product) = shop().await;
    let (admin, cashier) = (outlet.admin().clone(), outlet.member("cashier").await);
    order(&admin, &product, 3, json!({"table_number": "A1", "customer_name": "Budi"})).await;
    let paid = json!([{"method": "cash", "amount": 50_000}]);
    order(&cashier, &product, 1, json!({"table_number": "A10", "payments": paid})).await;
    order(&admin, &product, 5, json!({"customer_name": "Siti Aminah", "table_number": "50%"})).await;
    let fourth = order(&cashier, &product, 1, json!({})).await;
    let void = json!({"reason": "salah", "manager_pin": "1234"});
    admin.post(&format!("/api/v1/orders/{}/void", fourth["id"].as_str().unwrap()), &void).await.data();
    order(&admin, &product, 3, json!({})).await;
    let shell = outlet.shell();
    shell.execute_batch("update orders set business_date = '2020-01-02', created_at = '2020-01-02T03:04:05.000Z' where table_number = 'A1'").unwrap();
    let (date, cashier_id) = (fourth["business_date"].as_str().unwrap(), fourth["cashier_id"].as_str().unwrap());

    for (query, expected) in [
        ("", vec![5, 4, 3, 2, 1]),
        ("&sort=-created_at", vec![5, 4, 3, 2, 1]),
        ("&sort=created_at", vec![1, 2, 3, 4, 5]),
        ("&sort=-total", vec![3, 5, 1, 4, 2]),
        ("&sort=total", vec![2, 4, 1, 5, 3]),
        ("&status=open", vec![5, 3, 1]),
        ("&status=paid", vec![2]),
        ("&status=void&sort=total", vec![4]),
        ("&table=A1", vec![1]),
        ("&table=", vec![5, 4, 3, 2, 1]),
        ("&q=a1", vec![2, 1]),
        ("&q=budi", vec![1]),
        ("&q=minah", vec![3]),
        ("&q=%25", vec![3]),
        ("&q=_", vec![]),
        ("&q=0002", vec![2]),
        ("&date=2020-01-02", vec![1]),
        (&format!("&date={date}&status=open"), vec![5, 3]),
        (&format!("&cashier={cashier_id}"), vec![4, 2]),
        ("&since=2020-01-02T03:04:05Z", vec![5, 4, 3, 2, 1]),
        ("&since=2020-01-02T10:04:06%2B07:00", vec![5, 4, 3, 2]),
        ("&min_total=20000", vec![5, 3, 1]),
        ("&min_total=20000&max_total=30000&sort=created_at", vec![1, 5]),
        ("&cursor=no-such-order", vec![]),
    ] {
        for list in ["orders", "orders/summary"] {
            assert_eq!(listed(&admin, list, query).await, expected, "{list}{query}");
        }
    }

    let summary = &admin.get("/api/v1/orders/summary?q=A10").await.data()[0].clone();
    let whole = &admin.get("/api/v1/orders?q=A10").await.data()[0].clone();
    for (name, value) in summary.as_object().unwrap() {
        match name.as_str() {
            "items" => assert_eq!(value, 1),
            "cashier_name" => assert_eq!(value, "cashier"),
            _ => assert_eq!(value, &whole[name], "{name}"),
        }
    }
    assert_eq!(admin.get("/api/v1/orders/summary?table=A1").await.data()[0]["items"], 3);
    assert!(!whole["lines"].as_array().unwrap().is_empty() && summary.get("lines").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_filter_of_orders_is_rejected() {
    let outlet = TestOutlet::alone().await;
    for query in [
        "status=closed",
        "sort=paid_at",
        "sort=",
        "date=2026-02-30",
        "date=1.2.2026",
        "since=yesterday",
        "min_total=1.5",
        "max_total=x",
        "after=1",
        &format!("q={}", "x".repeat(101)),
    ] {
        for list in ["orders", "orders/summary"] {
            let refused = outlet.admin().get(&format!("/api/v1/{list}?{query}")).await;
            assert_eq!(refused.refusal(), (422, "invalid_query"), "{query}: {}", refused.text);
            let field = query.split('=').next().unwrap();
            assert_eq!(refused.body["fields"][0]["path"], field, "{}", refused.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_orders_and_orders_of_a_day_are_found_by_index() {
    let outlet = TestOutlet::alone().await;
    let shell = outlet.shell();
    for (condition, index) in [("o.status = 'open'", "orders_open"), ("o.business_date = ?1", "orders_by_date")] {
        let sql =
            format!("explain query plan select o.rowid from orders o where {condition} order by o.rowid desc limit 50");
        let mut statement = shell.prepare(&sql).unwrap();
        let values: &[&str] = if statement.parameter_count() == 0 { &[] } else { &["2026-11-22"] };
        let steps = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
        let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
        assert!(steps[0].contains(index) && steps.len() == 1, "{steps:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_another_total_than_expected_is_refused() {
    let (outlet, product) = shop().await;
    let admin = outlet.admin();
    let body = |expected: i64| {
        json!({"lines": [{"product_id": product, "qty": 2}], "expected_total": expected,
            "payments": [{"method": "cash", "amount": 50_000}]})
    };
    let send = async |body: &Value, language: &str| {
        let request = admin.request("POST", "/api/v1/orders").header("idempotency-key", "one");
        Http::send(request.header("accept-language", language).body(body.to_string())).await
    };
    let refused = send(&body(18_000), "id").await;
    assert_eq!(refused.refusal(), (409, "total_changed"));
    assert_eq!(refused.body["args"], json!({"expected": {"rupiah": 18_000}, "actual": {"rupiah": 20_000}}));
    assert!(
        refused.body["message"].as_str().unwrap().starts_with("Totalnya sekarang Rp\u{a0}20.000, bukan Rp\u{a0}18.000"),
        "{}",
        refused.text
    );
    assert_eq!(admin.get("/api/v1/orders").await.data(), &json!([]), "nothing is recorded");

    // Cash rounding is not part of the expected total. The refusal was not stored under the key, and used no number.
    let settings =
        json!({"zone": "Asia/Jakarta", "cutoff_minutes": 0, "cash_rounding_step": 1_000, "cash_rounding_mode": "up"});
    admin.call("PUT", "/api/v1/config/shop", &settings).await.data();
    admin.call("PATCH", &format!("/api/v1/products/{product}"), &json!({"price": 10_100})).await.data();
    let taken = send(&body(20_200), "id").await;
    assert_eq!((&taken.data()["total"], &taken.data()["rounding"]), (&json!(21_000), &json!(800)));
    assert!(taken.data()["order_number"].as_str().unwrap().ends_with("-0001"), "{}", taken.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_for_another_total_than_expected_is_refused() {
    let (outlet, product) = shop().await;
    let admin = outlet.admin();
    let open = order(admin, &product, 2, json!({})).await;
    let path = format!("/api/v1/orders/{}", open["id"].as_str().unwrap());
    let pay = |expected: i64, amount: i64| json!({"method": "qris", "amount": amount, "expected_total": expected});
    let refused = admin.post(&format!("{path}/payments"), &pay(10_000, 10_000)).await;
    assert_eq!(refused.refusal(), (409, "total_changed"));
    assert_eq!(refused.body["args"]["actual"]["rupiah"], 20_000);
    assert_eq!(admin.get(&path).await.data(), &open, "nothing is recorded");
    // The total of the order, not the amount due.
    for (amount, status) in [(5_000, "open"), (15_000, "paid")] {
        let paid = admin.post(&format!("{path}/payments"), &pay(20_000, amount)).await;
        assert_eq!(paid.data()["status"], status);
    }
    // A settled order is reported as such, whatever total the till shows.
    let settled = admin.post(&format!("{path}/payments"), &pay(1, 1)).await;
    assert_eq!(settled.refusal(), (409, "already_paid"));
}

#[tokio::test]
async fn the_state_of_a_table_is_what_is_open_at_it() {
    let (outlet, product) = shop().await;
    let (admin, cashier) = (outlet.admin().clone(), outlet.member("cashier").await);
    outlet.shell().execute_batch("delete from tables").unwrap();
    for (name, area) in [("B1", json!("Teras")), ("A2", Value::Null), ("A1", Value::Null), ("A3", Value::Null)] {
        admin.post("/api/v1/tables", &json!({"name": name, "area": area, "active": name != "A3"})).await.data();
    }
    let at = |table: &str| json!({"table_number": table});
    let first = order(&cashier, &product, 2, at("A1")).await;
    let second = order(&admin, &product, 1, at("A1")).await;
    let paid = json!({"table_number": "A2", "payments": [{"method": "card", "amount": 10_000}]});
    order(&cashier, &product, 1, paid).await;
    order(&cashier, &product, 1, at("A3")).await;
    order(&cashier, &product, 1, at("Dua meja digabung")).await;
    let queued = order(&cashier, &product, 1, json!({})).await;
    let path = |order: &Value, command: &str| format!("/api/v1/orders/{}/{command}", order["id"].as_str().unwrap());
    cashier.post(&path(&queued, "move"), &at("B1")).await.data();
    cashier.post(&path(&first, "payments"), &json!({"method": "card", "amount": 5_000})).await.data();

    let me = |http: Http| async move { http.get("/api/v1/auth/me").await.data()["user"]["name"].clone() };
    let (by_admin, by_cashier) = (me(admin).await, me(cashier.clone()).await);
    let kitchen = outlet.member("kitchen").await;
    let states = kitchen.get("/api/v1/tables/state").await.data().clone();
    let names: Vec<_> = states.as_array().unwrap().iter().map(|table| (&table["name"], &table["area"])).collect();
    assert_eq!(names, [(&json!("A1"), &Value::Null), (&json!("A2"), &Value::Null), (&json!("B1"), &json!("Teras"))]);
    let open = |order: &Value, paid: i64, by: &Value| {
        json!({"id": order["id"], "order_number": order["order_number"], "queue_no": order["queue_no"],
            "total": order["total"], "paid": paid, "created_at": order["created_at"], "cashier_name": by})
    };
    assert_eq!(states[0]["orders"], json!([open(&first, 5_000, &by_cashier), open(&second, 0, &by_admin)]));
    assert_eq!((&states[1]["orders"], &queued["queue_no"]), (&json!([]), &json!(1)));
    assert_eq!(states[2]["orders"], json!([open(&queued, 0, &by_cashier)]));
}
