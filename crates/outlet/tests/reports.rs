//! Figures of the outlet's sales.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use serde_json::{Value, json};
use testkit::{TestHub, TestOutlet};

async fn today(outlet: &TestOutlet) -> Value {
    outlet.admin().get("/api/v1/today").await.data().clone()
}

fn sum(rows: &Value, name: &str) -> i64 {
    rows.as_array().unwrap().iter().map(|row| row[name].as_i64().unwrap()).sum()
}

#[tokio::test]
async fn today_is_empty_before_the_first_sale() {
    let outlet = TestOutlet::alone().await;
    let found = today(&outlet).await;
    for name in ["orders", "sales", "average", "voids", "open_orders", "open_amount"] {
        assert_eq!(found[name], 0, "{name}");
    }
    for name in ["by_hour", "by_tender", "top_products"] {
        assert_eq!(found[name], json!([]), "{name}");
    }
    assert_eq!(found["same_day_last_week"], json!({"orders": 0, "sales": 0}));
    let cashier = outlet.member("cashier").await;
    assert_eq!(cashier.get("/api/v1/today").await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn todays_figures_are_those_of_head_office() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    let sold = outlet.sell_many(30).await;
    // An open order, paid in part, and a void one.
    let drink = outlet
        .admin()
        .post("/api/v1/products", &json!({"name": "Teh Botol", "price": 25_000, "tax_group": "none"}))
        .await;
    let drink = drink.data()["id"].clone();
    let open = outlet
        .admin()
        .post("/api/v1/orders", &json!({"lines": [{"product_id": drink, "qty": 2}]}))
        .await
        .data()
        .clone();
    let path = |order: &Value, end: &str| format!("/api/v1/orders/{}{end}", order["id"].as_str().unwrap());
    outlet.admin().post(&path(&open, "/payments"), &json!({"method": "cash", "amount": 10_000})).await.data();
    let void = outlet
        .admin()
        .post("/api/v1/orders", &json!({"lines": [{"product_id": drink, "qty": 1}]}))
        .await
        .data()
        .clone();
    outlet.admin().post(&path(&void, "/void"), &json!({"reason": "Salah pesan", "manager_pin": "1234"})).await.data();

    let found = today(&outlet).await;
    assert_eq!(found["business_date"], sold[0]["business_date"]);
    assert_eq!((&found["orders"], &found["voids"], &found["open_orders"]), (&json!(30), &json!(1), &json!(1)));
    assert_eq!(found["open_amount"], open["total"].as_i64().unwrap() - 10_000);
    let sales = sum(&json!(sold), "total");
    assert_eq!((found["sales"].as_i64(), sum(&found["by_tender"], "amount")), (Some(sales), sales));
    assert_eq!((sum(&found["by_hour"], "sales"), sum(&found["by_hour"], "orders")), (sales, 30));
    assert_eq!(found["average"].as_i64().unwrap(), (sales * 2 + 30) / 60, "rounded half up");
    let top = found["top_products"].as_array().unwrap();
    assert!(top.len() == 10 && top.windows(2).all(|pair| pair[0]["amount"].as_i64() >= pair[1]["amount"].as_i64()));
    let of_first: i64 = sold
        .iter()
        .flat_map(|order| order["lines"].as_array().unwrap())
        .filter(|line| line["product_id"] == top[0]["product_id"])
        .map(|line| line["amount"].as_i64().unwrap())
        .sum();
    assert_eq!(top[0]["amount"], of_first);

    outlet.synced().await;
    let date = found["business_date"].as_str().unwrap();
    let daily = hub.boss().await.get(&format!("/v1/hq/sales/daily?from={date}&to={date}")).await.data().clone();
    assert_eq!((&daily[0]["orders"], &daily[0]["total"]), (&found["orders"], &found["sales"]));
    let tenders = found["by_tender"].as_array().unwrap().iter();
    let tenders: serde_json::Map<_, _> =
        tenders.map(|tender| (tender["method"].as_str().unwrap().to_owned(), tender["amount"].clone())).collect();
    assert_eq!(daily[0]["by_tender"], Value::Object(tenders));
}

#[tokio::test]
async fn hours_are_local_and_last_week_is_the_same_weekday() {
    let outlet = TestOutlet::alone().await;
    let shop =
        json!({"zone": "Asia/Jayapura", "cutoff_minutes": 0, "cash_rounding_step": 0, "cash_rounding_mode": "nearest"});
    outlet.admin().call("PUT", "/api/v1/config/shop", &shop).await.data();
    let date: jiff::civil::Date = today(&outlet).await["business_date"].as_str().unwrap().parse().unwrap();
    let shell = outlet.shell();
    let add = |id: &str, date: jiff::civil::Date, status: &str, total: i64, paid_at: Option<&str>| {
        shell
            .execute(
                "insert into orders (id, order_number, business_date, status, order_type, subtotal, total, paid, created_at, paid_at)
                 values (?1, ?1, ?2, ?3, 'dine_in', ?4, ?4, iif(?3 = 'paid', ?4, 0), '2026-11-22T01:00:00.000Z', ?5)",
                rusqlite::params![id, date.to_string(), status, total, paid_at],
            )
            .unwrap();
        if status == "paid" {
            let payment = "insert into payments (order_id, id, method, amount, tendered, created_at) values (?1, 'p', 'qris', ?2, ?2, '')";
            shell.execute(payment, rusqlite::params![id, total]).unwrap();
        }
    };
    let day = |days: i64| date.saturating_sub(jiff::Span::new().days(days));
    add("noon", date, "paid", 7_000, Some("2026-11-22T03:10:00.000Z"));
    add("night", date, "paid", 5_000, Some("2026-11-22T15:59:59.999Z"));
    add("when", date, "paid", 1_000, Some("yesterday"));
    add("same weekday", day(7), "paid", 9_000, Some("2026-11-15T03:10:00.000Z"));
    add("void", day(7), "void", 4_000, None);
    add("other days", day(6), "paid", 3_000, None);
    add("old and open", day(6), "open", 2_000, None);
    let found = today(&outlet).await;
    assert_eq!((&found["orders"], &found["sales"]), (&json!(3), &json!(13_000)));
    let hours = json!([{"hour": 0, "orders": 1, "sales": 5_000}, {"hour": 12, "orders": 1, "sales": 7_000}]);
    assert_eq!(found["by_hour"], hours, "a payment without a readable time has no hour");
    assert_eq!(found["same_day_last_week"], json!({"orders": 1, "sales": 9_000}));
    assert_eq!((&found["open_orders"], &found["open_amount"]), (&json!(1), &json!(2_000)));
}
