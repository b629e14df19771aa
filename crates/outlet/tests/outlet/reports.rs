//! Figures of the outlet's sales.

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
    assert_eq!((found["sales"].as_i64(), sum(&found["by_tender"], "amount")), (Some(sales), sales + 10_000));
    assert_eq!((&found["deposits_taken"], &found["deposits_used"]), (&json!(10_000), &json!(0)));
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
    assert_eq!(daily[0]["deposits_taken"], 10_000);
}

/// An outlet of a hub whose business date is moved by its zone: 25 hours are between these zones.
struct Days {
    hub: TestHub,
    outlet: TestOutlet,
    product: Value,
}

const EARLIER: &str = "Pacific/Pago_Pago";
const LATER: &str = "Pacific/Kiritimati";

impl Days {
    async fn start() -> Self {
        let hub = TestHub::start().await;
        let added = hub.add_outlet("JKT-001").await;
        let outlet = TestOutlet::of(&hub.url(), &added).await;
        for charge in outlet.admin().all("/api/v1/charges?limit=100").await {
            let path = format!("/api/v1/charges/{}", charge["id"].as_str().unwrap());
            outlet.admin().call("DELETE", &path, &Value::Null).await.data();
        }
        let cake = json!({"name": "Kue ulang tahun", "price": 100_000, "tax_group": "none"});
        let product = outlet.admin().post("/api/v1/products", &cake).await.data()["id"].clone();
        Self { hub, outlet, product }
    }

    /// Moves to another zone, and returns its business date.
    async fn zone(&self, zone: &str, cutoff_minutes: i64) -> String {
        let shop = json!({"zone": zone, "cutoff_minutes": cutoff_minutes, "cash_rounding_step": 0,
            "cash_rounding_mode": "nearest"});
        self.outlet.admin().call("PUT", "/api/v1/config/shop", &shop).await.data();
        today(&self.outlet).await["business_date"].as_str().unwrap().to_owned()
    }

    async fn order(&self) -> Value {
        let order = json!({"lines": [{"product_id": self.product, "qty": 1}]});
        self.outlet.admin().post("/api/v1/orders", &order).await.data().clone()
    }

    async fn pay(&self, order: &Value, method: &str, amount: &Value) -> Value {
        let path = format!("/api/v1/orders/{}/payments", order["id"].as_str().unwrap());
        self.outlet.admin().post(&path, &json!({"method": method, "amount": amount})).await.data().clone()
    }

    /// Sales, deposits and payments of today, in short.
    async fn today(&self) -> String {
        let today = today(&self.outlet).await;
        let payments = sum(&today["by_tender"], "amount");
        let [sales, taken, used] =
            ["sales", "deposits_taken", "deposits_used"].map(|name| today[name].as_i64().unwrap());
        assert_eq!(payments, sales + taken - used, "{today}");
        format!("{} orders {sales} +{taken} -{used}", today["orders"])
    }

    /// The same of each day at head office, after both sides have compared these days.
    async fn at_head_office(&self, days: [&String; 2]) -> Vec<String> {
        self.outlet.synced().await;
        for day in days {
            let compared = self.outlet.admin().get(&format!("/api/v1/sync/statement?date={day}")).await.data().clone();
            assert_eq!((&compared["settled"], &compared["matches"]), (&json!(true), &json!(true)), "{compared}");
        }
        let daily = self
            .hub
            .boss()
            .await
            .get(&format!("/v1/hq/sales/daily?from={}&to={}", days[0], days[1]))
            .await
            .data()
            .clone();
        let short = |day: &Value| {
            let [orders, total] = ["orders", "total"].map(|name| day[name].clone());
            format!("{orders} orders {total} +{} -{}", day["deposits_taken"], day["deposits_used"])
        };
        daily.as_array().unwrap().iter().map(short).collect()
    }
}

/// T35, T36: a tab of the evening is paid after midnight, on the next business day.
#[tokio::test]
async fn a_tab_paid_the_next_morning_counts_on_that_day() {
    let days = Days::start().await;
    let evening = days.zone(EARLIER, 0).await;
    let tab = days.order().await;
    assert_eq!(days.today().await, "0 orders 0 +0 -0");
    let morning = days.zone(LATER, 0).await;
    assert!(evening < morning);
    let paid = days.pay(&tab, "cash", &tab["total"]).await;
    assert_eq!((&paid["business_date"], &paid["paid_date"]), (&json!(evening), &json!(morning)));
    assert_eq!((&paid["order_number"], &paid["payments"][0]["business_date"]), (&tab["order_number"], &json!(morning)));
    assert_eq!(days.today().await, "1 orders 100000 +0 -0");
    days.zone(EARLIER, 0).await;
    assert_eq!(days.today().await, "0 orders 0 +0 -0");
    assert_eq!(days.at_head_office([&evening, &morning]).await, ["1 orders 100000 +0 -0"]);
}

#[tokio::test]
async fn a_deposit_counts_on_its_day_and_the_sale_on_the_day_of_the_rest() {
    let days = Days::start().await;
    let first = days.zone(EARLIER, 0).await;
    let cake = days.order().await;
    days.pay(&cake, "qris", &json!(30_000)).await;
    assert_eq!(days.today().await, "0 orders 0 +30000 -0");
    let second = days.zone(LATER, 0).await;
    assert_eq!(days.today().await, "0 orders 0 +0 -0");
    let paid = days.pay(&cake, "cash", &json!(70_000)).await;
    assert_eq!((&paid["status"], &paid["paid_date"]), (&json!("paid"), &json!(second)));
    assert_eq!(days.today().await, "1 orders 100000 +0 -30000");
    days.zone(EARLIER, 0).await;
    assert_eq!(days.today().await, "0 orders 0 +30000 -0", "the past day has not changed");
    assert_eq!(days.at_head_office([&first, &second]).await, ["0 orders 0 +30000 -0", "1 orders 100000 +0 -30000"]);
}

/// The clock is set back between the order and its payments: both sides still agree.
#[tokio::test]
async fn an_order_paid_after_the_clock_was_set_back_counts_on_the_earlier_day() {
    let days = Days::start().await;
    let later = days.zone(LATER, 0).await;
    let order = days.order().await;
    days.pay(&order, "qris", &json!(40_000)).await;
    let earlier = days.zone(EARLIER, 0).await;
    let paid = days.pay(&order, "cash", &json!(60_000)).await;
    assert_eq!((&paid["business_date"], &paid["paid_date"]), (&json!(later), &json!(earlier)));
    assert_eq!(days.today().await, "1 orders 100000 +0 -40000");
    days.zone(LATER, 0).await;
    assert_eq!(days.today().await, "0 orders 0 +40000 -0");
    assert_eq!(days.at_head_office([&earlier, &later]).await, ["1 orders 100000 +0 -40000", "0 orders 0 +40000 -0"]);
}

/// T35: the same moment is another business day in WIB, WITA and WIT.
#[tokio::test]
async fn a_payment_counts_on_the_business_day_of_the_outlets_zone() {
    let days = Days::start().await;
    let now = jiff::Timestamp::now();
    let minutes = |zone: &str| {
        let local = now.in_tz(zone).unwrap();
        i64::from(local.hour()) * 60 + i64::from(local.minute())
    };
    for zone in ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"] {
        // Ten minutes before and after the end of the business day.
        for (cutoff, ends) in [(minutes(zone) + 10, false), (minutes(zone) - 10, true)] {
            if !(0..1_440).contains(&cutoff) {
                continue;
            }
            let date = days.zone(zone, cutoff).await;
            let local = now.in_tz(zone).unwrap().date();
            let expected = if ends { local } else { local.yesterday().unwrap() };
            assert_eq!(date, expected.to_string(), "{zone} with the cut-off at minute {cutoff}");
            let order = days.order().await;
            let paid = days.pay(&order, "cash", &order["total"]).await;
            let dates = [&paid["business_date"], &paid["paid_date"], &paid["payments"][0]["business_date"]];
            assert_eq!(dates, [&json!(date); 3], "{zone}");
        }
    }
}

/// Rows of another program: a sale or a payment without a date counts on its order's; an excess is left out.
#[tokio::test]
async fn a_date_that_is_missing_is_the_orders() {
    let outlet = TestOutlet::alone().await;
    let date = today(&outlet).await["business_date"].as_str().unwrap().to_owned();
    let shell = outlet.shell();
    let add = |id: &str, status: &str, payments: &[(i64, Option<&str>)]| {
        let order = "insert into orders (id, order_number, business_date, status, order_type, subtotal, total, paid, created_at)
             values (?1, ?1, ?2, ?3, 'dine_in', 10000, 10000, ?4, '2026-11-22T01:00:00.000Z')";
        let paid: i64 = payments.iter().map(|(amount, _)| amount).sum();
        shell.execute(order, rusqlite::params![id, date, status, paid]).unwrap();
        for (n, (amount, date)) in payments.iter().enumerate() {
            let payment = "insert into payments (order_id, id, method, amount, tendered, business_date, created_at)
                 values (?1, ?2, 'qris', ?3, ?3, ?4, '')";
            shell.execute(payment, rusqlite::params![id, format!("{id}-{n}"), amount, date]).unwrap();
        }
    };
    add("plain", "paid", &[(10_000, None)]);
    add("twice", "paid", &[(10_000, None), (10_000, None)]);
    add("before", "paid", &[(4_000, Some("2026-01-02")), (6_000, None)]);
    add("open", "open", &[(1_000, None), (2_000, Some("2026-01-02"))]);
    let found = today(&outlet).await;
    assert_eq!((&found["orders"], &found["sales"]), (&json!(3), &json!(30_000)));
    assert_eq!((&found["deposits_taken"], &found["deposits_used"]), (&json!(1_000), &json!(4_000)));
    assert_eq!(sum(&found["by_tender"], "amount"), 27_000);
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
