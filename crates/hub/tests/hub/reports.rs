//! Head office's reports: exact figures, and lists that show everything once.

use serde_json::{Value, json};

use crate::app::{TestHub, coffee, order, tax};

#[tokio::test]
async fn daily_figures_are_exact_and_tenders_sum_to_the_total() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    // The tax office's example, with rounding and two tenders.
    let mut full = order("full", "2026-11-21", "paid", &[("a", 50_000, 2)], &[("cash", 50_000), ("qris", 42_350)]);
    for (field, value) in [
        ("discount", 20_000),
        ("service", 4_000),
        ("tax", 8_400),
        ("tax_included", 99),
        ("rounding", -50),
        ("total", 92_350),
    ] {
        full[field] = value.into();
    }
    let void = order("void", "2026-11-21", "void", &[("a", 70_000, 1)], &[]);
    let open = order("open", "2026-11-21", "open", &[("a", 70_000, 1)], &[]);
    let next_day = order("next", "2026-11-22", "paid", &[("b", 1_000, 3)], &[("card", 3_000)]);
    let items = [one.order(1, &full), one.order(1, &void), one.order(1, &open), one.order(1, &next_day)];
    assert!(one.push(&items).await.is_empty());
    let item = [two.order(1, &order("two", "2026-11-22", "paid", &[("a", 10, 1)], &[("cash", 10)]))];
    two.push(&item).await;

    let token = hub.admin_token().await;
    let day = |outlet: &str, date: &str, figures: [i64; 7], tenders: Value| {
        let [orders, gross, discount, service, tax, rounding, total] = figures;
        json!({"outlet_id": outlet, "business_date": date, "orders": orders, "gross": gross, "discount": discount,
            "service": service, "tax": tax, "rounding": rounding, "total": total, "deposits_taken": 0, "deposits_used": 0, "refunds": 0, "refunded": 0,
            "by_tender": tenders, "overpaid": 0, "overpaid_by_tender": {}})
    };
    let first = day(
        &one.id,
        "2026-11-21",
        [1, 100_000, 20_000, 4_000, 8_400, -50, 92_350],
        json!({"cash": 50_000, "qris": 42_350}),
    );
    let second = day(&one.id, "2026-11-22", [1, 3_000, 0, 0, 0, 0, 3_000], json!({"card": 3_000}));
    let other = day(&two.id, "2026-11-22", [1, 10, 0, 0, 0, 0, 10], json!({"cash": 10}));
    let last_day = if one.id < two.id { [second.clone(), other] } else { [other, second.clone()] };
    let all = hub.get("/v1/hq/sales/daily?from=2026-11-01&to=2026-11-30", &token).await;
    assert_eq!(all.body, json!({"success": true, "data": [&first, &last_day[0], &last_day[1]], "next_cursor": null}));
    let path = format!("/v1/hq/sales/daily?from=2026-11-21&to=2026-11-21&outlet_id={}", one.id);
    assert_eq!(hub.get(&path, &token).await.ok(), json!([first]));
    let path = format!("/v1/hq/sales/daily?from=2026-11-22&to=2026-12-22&outlet_id={}", one.id);
    assert_eq!(hub.get(&path, &token).await.ok(), json!([second]));

    // The open order is paid, and head office accepts that the paid one is void: both days change by exactly that.
    let paid = with(
        order("open", "2026-11-21", "paid", &[("a", 70_000, 1)], &[("cash", 5_000), ("cash", 65_000)]),
        json!({"paid_date": "2026-11-22"}),
    );
    let paid = paid_on(paid, "2026-11-22");
    (full["status"], full["payments"]) = ("void".into(), json!([]));
    let items = [one.order(2, &paid), one.order(2, &full)];
    one.push(&items).await;
    accept_all(&hub, &token).await;
    let path = format!("/v1/hq/sales/daily?from=2026-11-01&to=2026-11-30&outlet_id={}", one.id);
    let moved = day(&one.id, "2026-11-22", [2, 73_000, 0, 0, 0, 0, 73_000], json!({"card": 3_000, "cash": 70_000}));
    assert_eq!(hub.get(&path, &token).await.ok(), json!([moved]));
}

/// The order, with all its payments on this day.
fn paid_on(mut order: Value, date: &str) -> Value {
    for payment in order["payments"].as_array_mut().unwrap() {
        payment["business_date"] = date.into();
    }
    order
}

/// The days of all outlets, in short: orders, total, deposits, and tenders.
async fn days(hub: &TestHub, token: &str) -> Vec<String> {
    let days = hub.get("/v1/hq/sales/daily?from=2026-11-01&to=2026-11-30", token).await.ok();
    let short = |day: &Value| {
        let date = &day["business_date"].as_str().unwrap()[8..];
        let deposits = format!("+{} -{}", day["deposits_taken"], day["deposits_used"]);
        format!(
            "{date}: {} {} {deposits} {} {}",
            day["orders"], day["total"], day["by_tender"], day["overpaid_by_tender"]
        )
    };
    days.as_array().unwrap().iter().map(short).collect()
}

/// T35: a tab that is paid after midnight counts on the day on which it was paid.
#[tokio::test]
async fn a_tab_counts_on_the_day_on_which_it_was_paid() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let token = hub.admin_token().await;
    let tab = order("tab", "2026-11-21", "open", &[("a", 70_000, 1)], &[]);
    let items = [outlet.order(1, &tab)];
    assert!(outlet.push(&items).await.is_empty());
    assert_eq!(days(&hub, &token).await, [""; 0]);
    let mut paid = with(
        paid_on(order("tab", "2026-11-21", "paid", &[("a", 70_000, 1)], &[("cash", 70_000)]), "2026-11-22"),
        json!({"paid_date": "2026-11-22", "paid_at": "2026-11-21T18:00:00.000Z", "cashier_id": "sari"}),
    );
    paid["charges"] = json!([tax("PBJT", 1_000, 63_636, 6_364)]);
    let items = [outlet.order(2, &paid)];
    assert!(outlet.push(&items).await.is_empty());
    assert_eq!(days(&hub, &token).await, [r#"22: 1 70000 +0 -0 {"cash":70000} {}"#]);
    let taxes = hub.rows("business_date,name,rate_bp,inclusive,base,amount", "from daily_taxes").await;
    assert_eq!(taxes, ["2026-11-22|PBJT|1000|1|63636|6364"]);
    for group in ["hour", "cashier", "channel", "outlet", "day", "product", "tender"] {
        let of_day = async |date: &str| {
            let path = format!("/v1/hq/sales/by?group={group}&from={date}&to={date}");
            hub.get(&path, &token)
                .await
                .ok()
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["amount"].as_i64().unwrap())
                .sum()
        };
        let found: [i64; 2] = [of_day("2026-11-21").await, of_day("2026-11-22").await];
        assert_eq!(found, [0, 70_000], "{group}");
    }
    let listed = hub.get("/v1/hq/orders", &token).await.ok()[0].clone();
    assert_eq!((&listed["business_date"], &listed["paid_date"]), (&json!("2026-11-21"), &json!("2026-11-22")));
    // The statement of both days.
    let statement = outlet.get("statement?from=2026-11-01&to=2026-11-30").await.ok();
    let day = json!({"business_date": "2026-11-22", "orders": 1, "total": 70_000, "refunds": 0, "refunded": 0, "by_method": {"cash": 70_000}});
    assert_eq!(statement["days"], json!([day]));
    // An acknowledged sale stays on its day.
    let moved = with(paid.clone(), json!({"paid_date": "2026-11-21"}));
    let items = [outlet.order(3, &moved)];
    assert_eq!(outlet.push(&items).await[0]["code"], "acknowledged_sale");
    let items = [outlet.order(3, &paid_on(paid, "2026-11-21"))];
    assert_eq!(outlet.push(&items).await[0]["code"], "acknowledged_sale");
    assert_eq!(days(&hub, &token).await, [r#"22: 1 70000 +0 -0 {"cash":70000} {}"#]);
}

#[tokio::test]
async fn a_deposit_counts_on_its_own_day_and_is_used_on_the_day_of_the_sale() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let token = hub.admin_token().await;
    let cake = |status: &str, payments: &[(&str, i64, &str)]| {
        let amounts: Vec<_> = payments.iter().map(|(method, amount, _)| (*method, *amount)).collect();
        let mut order = order("cake", "2026-11-20", status, &[("cake", 100_000, 1)], &amounts);
        for (payment, (.., date)) in order["payments"].as_array_mut().unwrap().iter_mut().zip(payments) {
            payment["business_date"] = (*date).into();
        }
        order
    };
    let deposit = ("qris", 30_000, "2026-11-20");
    let items = [outlet.order(1, &cake("open", &[deposit]))];
    assert!(outlet.push(&items).await.is_empty());
    let taken = r#"20: 0 0 +30000 -0 {"qris":30000} {}"#;
    assert_eq!(days(&hub, &token).await, [taken]);
    let settled = |more: &[(&str, i64, &str)]| {
        let payments: Vec<_> = [deposit, ("cash", 70_000, "2026-11-22")].iter().chain(more).copied().collect();
        with(cake("paid", &payments), json!({"paid_date": "2026-11-22"}))
    };
    let items = [outlet.order(2, &settled(&[]))];
    assert!(outlet.push(&items).await.is_empty());
    let sold = r#"22: 1 100000 +0 -30000 {"cash":70000} {}"#;
    assert_eq!(days(&hub, &token).await, [taken, sold]);
    // Paid at another copy too, the day after: that day has no sale.
    let items = [outlet.order(3, &settled(&[("card", 70_000, "2026-11-23")]))];
    assert!(outlet.push(&items).await.is_empty());
    assert_eq!(days(&hub, &token).await, [taken, sold, r#"23: 0 0 +0 -0 {} {"card":70000}"#]);
    let verified = hub.hub.verify_figures(false).await.unwrap();
    assert!(verified.differing.is_empty() && verified.days == 3, "{verified:?}");
    let statement = outlet.get("statement?from=2026-11-01&to=2026-11-30").await.ok();
    let methods: Vec<_> = statement["days"].as_array().unwrap().iter().map(|day| day["by_method"].clone()).collect();
    assert_eq!(methods, [json!({"qris": 30_000}), json!({"cash": 70_000}), json!({"card": 70_000})]);
}

/// The clock was set back: the payment is dated before the order.
#[tokio::test]
async fn an_order_paid_before_the_day_on_which_it_was_taken_adds_up() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let token = hub.admin_token().await;
    let mut sale = order("o", "2026-11-22", "paid", &[("a", 50_000, 1)], &[("cash", 20_000), ("cash", 30_000)]);
    sale["paid_date"] = "2026-11-20".into();
    sale["payments"][1]["business_date"] = "2026-11-20".into();
    let items = [outlet.order(1, &sale)];
    assert!(outlet.push(&items).await.is_empty());
    let expected = [r#"20: 1 50000 +0 -20000 {"cash":30000} {}"#, r#"22: 0 0 +20000 -0 {"cash":20000} {}"#];
    assert_eq!(days(&hub, &token).await, expected);
    let verified = hub.hub.verify_figures(false).await.unwrap();
    assert!(verified.differing.is_empty(), "{verified:?}");
}

/// Head office accepts every reversal.
async fn accept_all(hub: &TestHub, token: &str) {
    for letter in hub.get("/v1/hq/quarantine", token).await.ok().as_array().unwrap() {
        let place = ["outlet_id", "batch_id"].map(|part| letter[part].as_str().unwrap().to_owned()).join("/");
        let ask = format!("POST /v1/hq/quarantine/{place}/{}/accept", letter["item_no"]);
        hub.ask(&ask, token, &json!({"reason": "A mistake."}), None).await.ok();
    }
}

#[tokio::test]
async fn orders_are_shown_as_sent_including_void_ones() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let mut sent = order("o", "2026-11-22", "void", &[("a", 7_000, 2), ("b", 500, 1)], &[("cash", 5_000)]);
    sent["charges"] = json!([{"id": "c", "position": 0, "charge_id": "t", "name": "PB1", "kind": "tax", "rate_bp": 1000,
        "base": 0, "amount": 0, "inclusive": false}]);
    sent["outlet_code"] = "not the outlet's code".into();
    let items = [outlet.order(3, &sent)];
    outlet.push(&items).await;
    let token = hub.admin_token().await;
    let mut shown = hub.get("/v1/hq/orders/o", &token).await.ok();
    let object = shown.as_object_mut().unwrap();
    assert!(object.remove("received_at").unwrap().as_str().unwrap().ends_with('Z'));
    assert_eq!(object.remove("outlet_id").unwrap(), json!(outlet.id));
    assert_eq!(object.remove("outlet_code").unwrap(), "JKT-001");
    assert_eq!(object.remove("version").unwrap(), 3);
    sent.as_object_mut().unwrap().remove("outlet_code");
    assert_eq!(shown, sent);

    let listed = hub.get("/v1/hq/orders", &token).await.ok()[0].clone();
    for field in ["id", "order_number", "business_date", "status", "order_type", "table_number", "total", "paid"] {
        assert_eq!(listed[field], sent[field], "{field}");
    }
    assert_eq!(listed["outlet_code"], "JKT-001");
    hub.get("/v1/hq/orders/unknown", &token).await.refused(404, "not_found");
    let delete = json!({"entity_type": "order", "entity_id": "o", "operation": "delete", "version": 4});
    let items = [outlet.item(delete)];
    outlet.push(&items).await;
    hub.get("/v1/hq/orders/o", &token).await.refused(404, "not_found");
    assert_eq!(hub.get("/v1/hq/orders", &token).await.ok(), json!([]));
}

/// Every page, with a new sale in between: each row from before is shown once.
async fn pages(hub: &TestHub, path: &str, token: &str, key: impl Fn(&Value) -> String) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    let (_, limit) = path.split_once("limit=").unwrap();
    let limit: usize = limit.split('&').next().unwrap().parse().unwrap();
    loop {
        let page = hub.get(&format!("{path}{cursor}"), token).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let data = page.body["data"].as_array().unwrap();
        seen.extend(data.iter().map(&key));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return seen,
        }
        assert_eq!(data.len(), limit, "only the last page is short");
    }
}

#[tokio::test]
async fn lists_of_orders_show_each_once_newest_first() {
    let hub = TestHub::start().await;
    let mut outlets = [hub.outlet("JKT-001").await, hub.outlet("JKT-002").await];
    let mut all = Vec::new();
    for n in 0..22_usize {
        let which = n % 3 % 2;
        let date = ["2026-11-20", "2026-11-21", "2026-11-22"][n % 5 % 3];
        // Some ids exist at both outlets.
        let id = format!("o{:02}", if n % 7 == 0 { n / 2 } else { n });
        if all.contains(&(date, id.clone(), outlets[which].id.clone())) {
            continue;
        }
        let paid = order(&id, date, "paid", &[("a", 1_000, 1)], &[("cash", 1_000)]);
        let outlet = &mut outlets[which];
        let items = [outlet.order(1, &paid)];
        if outlet.push(&items).await.is_empty() {
            all.push((date, id, outlet.id.clone()));
        }
    }
    all.reverse();
    let token = hub.admin_token().await;
    let key = |v: &Value| ["business_date", "id", "outlet_id"].map(|f| v[f].as_str().unwrap().to_owned()).join("|");
    let expected = |keep: &dyn Fn(&(&str, String, String)) -> bool| -> Vec<String> {
        all.iter().filter(|o| keep(o)).map(|(date, id, outlet)| format!("{date}|{id}|{outlet}")).collect()
    };
    let (one, two) = (&outlets[0].id, &outlets[1].id);
    assert!(all.len() > 15);
    assert_eq!(pages(&hub, "/v1/hq/orders?limit=3", &token, key).await, expected(&|_| true));
    for outlet in [one, two] {
        let path = format!("/v1/hq/orders?limit=3&outlet_id={outlet}");
        assert_eq!(pages(&hub, &path, &token, key).await, expected(&|o| &o.2 == outlet));
        let path = format!("/v1/hq/orders?limit=3&business_date=2026-11-21&outlet_id={outlet}");
        assert_eq!(pages(&hub, &path, &token, key).await, expected(&|o| &o.2 == outlet && o.0 == "2026-11-21"));
    }
    let path = "/v1/hq/orders?limit=3&business_date=2026-11-20";
    assert_eq!(pages(&hub, path, &token, key).await, expected(&|o| o.0 == "2026-11-20"));
    assert_eq!(hub.get("/v1/hq/orders?outlet_id=nobody", &token).await.ok(), json!([]));
}

#[tokio::test]
async fn orders_are_listed_by_arrival_not_by_the_tills_clock() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let of = |id: &str, date: &str, status: &str| order(id, date, status, &[("a", 1_000, 1)], &[("cash", 1_000)]);
    // A clock that ran ahead makes ids and dates that sort after all later ones.
    for (id, date) in [("z9", "2099-01-01"), ("a1", "1970-01-01"), ("m5", "2026-11-21")] {
        let items = [outlet.order(1, &of(id, date, if id == "a1" { "open" } else { "paid" }))];
        outlet.push(&items).await;
    }
    let token = hub.admin_token().await;
    let ids = async || {
        let listed = hub.get("/v1/hq/orders", &token).await.ok();
        listed.as_array().unwrap().iter().map(|sale| sale["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, ["m5", "a1", "z9"]);
    let items = [outlet.order(2, &of("a1", "2026-11-21", "paid")), outlet.order(1, &of("b2", "2026-11-21", "paid"))];
    outlet.push(&items).await;
    assert_eq!(ids().await, ["b2", "m5", "a1", "z9"], "a payment moves no order");
    assert_eq!(hub.count("sales").await, 4);
}

#[tokio::test]
async fn products_are_summed_over_the_period_best_first() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let sell = |id: &str, date: &str, lines: &[(&str, i64, i64)]| {
        let total = lines.iter().map(|(_, price, qty)| price * qty).sum();
        order(id, date, "paid", lines, &[("cash", total)])
    };
    let items = [
        one.order(1, &sell("1", "2026-11-20", &[("a", 100, 2), ("b", 300, 1), ("a", 100, 1)])),
        one.order(1, &sell("2", "2026-11-21", &[("a", 100, 1), ("c", 50, 1), ("d", 50, 1), ("e", 50, 1)])),
        one.order(1, &order("3", "2026-11-21", "void", &[("a", 100, 9)], &[])),
    ];
    one.push(&items).await;
    let items = [two.order(1, &sell("4", "2026-11-21", &[("b", 300, 5)]))];
    two.push(&items).await;
    let token = hub.admin_token().await;
    let key = |v: &Value| format!("{} {} {} {}", v["product_id"], v["name"], v["qty"], v["amount"]).replace('"', "");
    let path = "/v1/hq/sales/products?from=2026-11-20&to=2026-11-21&limit=3";
    let best = ["b name of b 6 1800", "a name of a 4 400", "c name of c 1 50", "d name of d 1 50", "e name of e 1 50"];
    assert_eq!(pages(&hub, path, &token, key).await, best);
    let path = format!("/v1/hq/sales/products?from=2026-11-20&to=2026-11-20&limit=3&outlet_id={}", one.id);
    assert_eq!(pages(&hub, &path, &token, key).await, ["a name of a 3 300", "b name of b 1 300"]);
}

#[tokio::test]
async fn outlets_are_listed_by_code() {
    let hub = TestHub::start().await;
    for code in ["C", "A", "E", "B", "D"] {
        hub.outlet(code).await;
    }
    let token = hub.admin_token().await;
    let key = |v: &Value| v["code"].as_str().unwrap().to_owned();
    assert_eq!(pages(&hub, "/v1/hq/outlets?limit=3", &token, key).await, ["A", "B", "C", "D", "E"]);
    let first = hub.get("/v1/hq/outlets?limit=1", &token).await.ok()[0].clone();
    assert_eq!(
        (&first["last_contact_at"], &first["acked_through"], &first["state"]),
        (&json!(null), &json!(0), &json!("active"))
    );
}

#[tokio::test]
async fn bad_queries_are_refused_with_a_message() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items = [outlet.order(1, &coffee("a")), outlet.order(1, &coffee("b"))];
    outlet.push(&items).await;
    let token = hub.admin_token().await;
    for path in [
        "/v1/hq/sales/daily",
        "/v1/hq/sales/daily?from=2026-11-01",
        "/v1/hq/sales/daily?from=2026-11-01&to=tomorrow",
        "/v1/hq/sales/daily?from=2026-02-30&to=2026-03-01",
        "/v1/hq/sales/daily?from=2026-11-02&to=2026-11-01",
        "/v1/hq/sales/products?from=2026-11-02&to=2026-11-01",
        "/v1/hq/orders?limit=many",
        "/v1/hq/orders?limit=-1",
        "/v1/hq/orders?business_date=20261122",
    ] {
        hub.get(path, &token).await.refused(422, "invalid_query");
    }
    hub.get("/v1/hq/sales/daily?from=2026-11-01&to=2027-11-01", &token).await.ok();
    // A cursor of another list is as invalid as an invented one.
    let page = hub.get("/v1/hq/orders?limit=1", &token).await.body;
    let cursor = page["next_cursor"].as_str().unwrap();
    for path in [
        "/v1/hq/orders?cursor=!!!".to_owned(),
        "/v1/hq/orders?cursor=e30".to_owned(),
        format!("/v1/hq/outlets?cursor={cursor}"),
        format!("/v1/hq/sales/products?from=2026-11-01&to=2026-11-02&cursor={cursor}"),
        // ["x","y"]: the amount is not a number.
        "/v1/hq/sales/products?from=2026-11-01&to=2026-11-02&cursor=WyJ4IiwieSJd".to_owned(),
    ] {
        hub.get(&path, &token).await.refused(400, "invalid_cursor");
    }
}

#[tokio::test]
async fn a_twice_paid_order_counts_once_with_a_separate_overpayment() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let mut twice = order("o", "2026-11-22", "paid", &[("a", 20_000, 1)], &[("cash", 20_000), ("qris", 20_000)]);
    twice["paid"] = 40_000.into();
    let items = [outlet.order(1, &order("o", "2026-11-22", "paid", &[("a", 20_000, 1)], &[("cash", 20_000)]))];
    outlet.push(&items).await;
    let items = [outlet.order(2, &twice)];
    assert!(outlet.push(&items).await.is_empty(), "money is never refused");
    let token = hub.admin_token().await;
    let day = hub.get("/v1/hq/sales/daily?from=2026-11-22&to=2026-11-22", &token).await.ok()[0].clone();
    assert_eq!((&day["orders"], &day["total"]), (&json!(1), &json!(20_000)));
    assert_eq!((&day["by_tender"], &day["overpaid"]), (&json!({"cash": 20_000}), &json!(20_000)));
    assert_eq!(day["overpaid_by_tender"], json!({"qris": 20_000}));
    let listed = hub.get("/v1/hq/orders", &token).await.ok()[0].clone();
    assert_eq!((&listed["total"], &listed["paid"]), (&json!(20_000), &json!(40_000)));
    // The reversal subtracts exactly the same.
    let items = [outlet.order(3, &order("o", "2026-11-22", "void", &[("a", 20_000, 1)], &[]))];
    outlet.push(&items).await;
    accept_all(&hub, &token).await;
    assert_eq!(hub.get("/v1/hq/sales/daily?from=2026-11-22&to=2026-11-22", &token).await.ok(), json!([]));
}

#[tokio::test]
async fn a_period_is_at_most_a_year() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let token = hub.admin_token().await;
    let of = format!("&outlet_id={}", outlet.id);
    for (path, more) in [("sales/daily", ""), ("sales/products", ""), ("statements", of.as_str())] {
        let get = async |period: &str| hub.get(&format!("/v1/hq/{path}?{period}{more}"), &token).await;
        get("from=2026-01-01&to=2027-01-01").await.ok();
        get("from=2024-02-29&to=2025-02-28").await.ok();
        get("from=9999-01-01&to=9999-12-31").await.ok();
        get("from=2026-01-01&to=2027-01-02").await.refused(422, "period_too_long");
        get("from=0001-01-01&to=9999-12-31").await.refused(422, "period_too_long");
        get("from=2027-01-01&to=2026-01-01").await.refused(422, "invalid_query");
    }
    outlet.get("statement?from=2026-01-01&to=2027-01-02").await.refused(422, "period_too_long");
    outlet.get("statement?from=2026-01-01&to=2027-01-01").await.ok();
}

/// An order with these fields beside those of [`order`].
fn with(mut order: Value, fields: Value) -> Value {
    order.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    order
}

#[tokio::test]
async fn orders_are_searched_by_number_table_customer_amount_and_period() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let sell = |id: &str, date: &str, price: i64, fields: Value| {
        with(order(id, date, "paid", &[("a", price, 1)], &[("cash", price)]), fields)
    };
    let number = |number: &str| json!({"order_number": number, "table_number": null});
    let items = [
        one.order(1, &sell("a", "2026-11-20", 10_000, number("JKT-001-20261120-0001"))),
        one.order(1, &sell("b", "2026-11-21", 20_000, number("JKT-001-20261121-0001"))),
        one.order(
            1,
            &sell("c", "2026-11-21", 30_000, json!({"table_number": "Teras 7", "customer_name": "Ibu Sri_%"})),
        ),
    ];
    one.push(&items).await;
    let items = [two.order(1, &sell("d", "2026-11-22", 40_000, number("JKT-002-20261122-0001")))];
    two.push(&items).await;
    let token = hub.admin_token().await;
    let found = async |query: &str| {
        let key = |sale: &Value| sale["id"].as_str().unwrap().to_owned();
        pages(&hub, &format!("/v1/hq/orders?limit=3&{query}"), &token, key).await.join("")
    };
    let of_one = format!("outlet_id={}", one.id);
    for (query, ids) in [
        ("q=0001", "dba"),
        ("q=jkt-001-20261121-0001", "b"),
        ("q=JKT-001-20261121-0001&from=2026-11-22", ""),
        ("q=%20teras%20", "c"),
        ("q=sri_%25", "c"),
        ("q=sri%25", ""),
        ("q=A", "ca"),
        ("q=%20", "dcba"),
        ("q=nobody", ""),
        ("min_total=20000&max_total=30000", "cb"),
        ("min_total=20001", "dc"),
        ("from=2026-11-21", "dcb"),
        ("to=2026-11-21", "cba"),
        ("from=2026-11-21&to=2026-11-21", "cb"),
        ("business_date=2026-11-21&from=2026-11-20&q=0001", "b"),
        (&format!("{of_one}&q=0001"), "ba"),
        (&format!("{of_one}&from=2026-11-21&max_total=20000"), "b"),
    ] {
        assert_eq!(found(query).await, ids, "{query}");
    }
    let long = "x".repeat(101);
    for query in ["from=2026-11-22&to=2026-11-21", "q=a%00b", &format!("q={long}"), "min_total=many"] {
        hub.get(&format!("/v1/hq/orders?{query}"), &token).await.refused(422, "invalid_query");
    }
    // In a period the newest business day comes first, whatever arrived last.
    let items = [two.order(1, &sell("late", "2026-11-20", 1, json!({})))];
    two.push(&items).await;
    assert_eq!(found("from=2026-11-20&to=2026-11-21").await, "cblatea");
    assert_eq!(found("").await, "latedcba");
}

#[tokio::test]
async fn sales_are_grouped_and_compared_with_the_week_before() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let admin = hub.admin_token().await;
    let drinks = json!({"id": "01a204c6-6178-7523-9903-ece36a4a5132", "name": "Minuman"});
    hub.ask("POST /v1/hq/categories", &admin, &drinks, None).await.created();
    let tea = json!({"id": "01a204c6-6178-7523-9903-ece36a4a5133", "name": "Teh", "price": 5_000, "category_id": drinks["id"]});
    let tea = hub.ask("POST /v1/hq/products", &admin, &tea, None).await.created()["id"].as_str().unwrap().to_owned();
    let user = json!({"id": "01a204c6-6178-7523-9903-ece36a4a5134", "username": "sari", "name": "Sari", "role": "cashier", "pin": "4711"});
    hub.ask("POST /v1/hq/outlets/JKT-001/users", &admin, &user, None).await.created();
    let zone = json!({"zone": "Asia/Makassar", "cutoff_minutes": 240, "cash_rounding_step": 0, "cash_rounding_mode": "nearest"});
    let setting = two.item(json!({"entity_type": "setting", "entity_id": "outlet",
        "fields": zone.as_object().unwrap().iter().map(|(name, value)| (name.clone(), json!([null, value]))).collect::<serde_json::Map<_, _>>()}));
    assert_eq!(two.push(&[setting]).await[0]["outcome"], "applied");

    let paid =
        |id: &str, date: &str, hour: u32, lines: &[(&str, i64, i64)], tenders: &[(&str, i64)], cashier: Value| {
            let at = format!("{date}T{hour:02}:59:59.999Z");
            with(order(id, date, "paid", lines, tenders), json!({"paid_at": at, "cashier_id": cashier}))
        };
    let sari = || user["id"].clone();
    let items = [
        one.order(1, &paid("1", "2026-11-15", 2, &[(&tea, 5_000, 1)], &[("cash", 5_000)], sari())),
        one.order(
            1,
            &paid("2", "2026-11-22", 2, &[(&tea, 5_000, 2), ("cake", 20_000, 1)], &[("cash", 30_000)], sari()),
        ),
        one.order(
            1,
            &paid("3", "2026-11-22", 3, &[("cake", 20_000, 1)], &[("qris", 15_000), ("cash", 5_000)], Value::Null),
        ),
        one.order(1, &order("void", "2026-11-22", "void", &[("cake", 90_000, 1)], &[])),
    ];
    one.push(&items).await;
    let items = [two.order(1, &paid("4", "2026-11-22", 2, &[(&tea, 5_000, 1)], &[("qris", 5_000)], Value::Null))];
    two.push(&items).await;

    let by = async |query: &str| {
        let rows = hub.get(&format!("/v1/hq/sales/by?{query}"), &admin).await.ok();
        let text = |row: &Value| {
            let figures = |of: &Value| format!("{} {} {}", of["orders"], of["qty"], of["amount"]);
            let compared = if row["last_week"].is_null() { String::new() } else { figures(&row["last_week"]) };
            let name = row["name"].as_str().unwrap_or("-");
            format!("{} {name}: {} | {compared}", row["key"].as_str().unwrap(), figures(row)).replace("null", "-")
        };
        rows.as_array().unwrap().iter().map(text).collect::<Vec<_>>()
    };
    let week = "from=2026-11-22&to=2026-11-22&compare=last_week";
    // 02:59 UTC is 09:59 in Jakarta and 10:59 in Makassar.
    assert_eq!(by(&format!("group=hour&{week}")).await, ["09 -: 1 - 30000 | 1 - 5000", "10 -: 2 - 25000 | 0 - 0"]);
    assert_eq!(
        by(&format!("group=category&{week}")).await,
        [
            " -: - 2 40000 | - 0 0".to_owned(),
            format!("{} Minuman: - 3 15000 | - 1 5000", drinks["id"].as_str().unwrap())
        ]
    );
    assert_eq!(
        by(&format!("group=tender&{week}")).await,
        ["cash -: - - 35000 | - - 5000", "qris -: - - 20000 | - - 0"]
    );
    assert_eq!(
        by(&format!("group=cashier&{week}")).await,
        [format!("{} Sari: 1 - 30000 | 1 - 5000", sari().as_str().unwrap()), " -: 2 - 25000 | 0 - 0".to_owned()]
    );
    assert_eq!(
        by(&format!("group=outlet&{week}")).await,
        [
            format!("{} JKT-001 Kedai JKT-001: 2 - 50000 | 1 - 5000", one.id),
            format!("{} JKT-002 Kedai JKT-002: 1 - 5000 | 0 - 0", two.id)
        ]
    );
    assert_eq!(by(&format!("group=day&{week}")).await, ["2026-11-22 -: 3 - 55000 | 1 - 5000"]);
    assert_eq!(
        by("group=product&from=2026-11-15&to=2026-11-22").await,
        ["cake name of cake: - 2 40000 | ".to_owned(), format!("{tea} name of {tea}: - 4 20000 | ")]
    );
    let of_two = format!("group=day&from=2026-11-16&to=2026-11-30&outlet_id={}", two.id);
    assert_eq!(by(&of_two).await, ["2026-11-22 -: 1 - 5000 | "]);
    // What sold a week ago and no longer sells is shown too.
    assert_eq!(by("group=day&from=2026-11-22&to=2026-11-29&compare=last_week").await.len(), 2);
    assert_eq!(
        by("group=tender&from=2026-11-23&to=2026-11-29&compare=last_week").await,
        ["cash -: - - 0 | - - 35000", "qris -: - - 0 | - - 20000"]
    );

    let key = |row: &Value| row["key"].as_str().unwrap().to_owned();
    for group in ["hour", "product", "outlet", "day"] {
        let path = format!("/v1/hq/sales/by?group={group}&from=2026-11-15&to=2026-11-22");
        let whole: Vec<_> = hub.get(&path, &admin).await.ok().as_array().unwrap().iter().map(key).collect();
        assert_eq!(pages(&hub, &format!("{path}&limit=1"), &admin, key).await, whole, "{group}");
    }
    for (query, status, code) in [
        ("group=hour&from=2026-11-01&to=2026-12-01", 200, ""),
        ("group=hour&from=2026-11-01&to=2026-12-02", 422, "period_too_long"),
        ("group=cashier&from=2026-11-01&to=2027-11-01", 422, "period_too_long"),
        ("group=day&from=2026-11-01&to=2027-11-01", 200, ""),
        ("group=day&from=2026-11-01&to=2027-11-02", 422, "period_too_long"),
        ("group=color&from=2026-11-01&to=2026-11-01", 422, "invalid_query"),
        ("group=day&from=2026-11-01&to=2026-11-01&compare=yesterday", 422, "invalid_query"),
        ("from=2026-11-01&to=2026-11-01", 422, "invalid_query"),
    ] {
        let reply = hub.get(&format!("/v1/hq/sales/by?{query}"), &admin).await;
        assert_eq!(
            (reply.status.as_u16(), reply.body["error"].as_str().unwrap_or_default()),
            (status, code),
            "{query}"
        );
    }
}

#[tokio::test]
async fn unconfirmed_payments_age_by_outlet_until_somebody_confirms_them() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let today: jiff::civil::Date =
        jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Jakarta").unwrap()).date();
    let sale = |id: &str, days_ago: i64, amount: i64, status: &str| {
        let date = today.checked_sub(jiff::Span::new().days(days_ago)).unwrap().to_string();
        let mut sale = order(id, &date, "paid", &[("a", amount, 1)], &[("qris", amount)]);
        sale["payments"][0]["status"] = status.into();
        sale
    };
    let waiting = [("x", 1, 1_000), ("y", 5, 20_000), ("z", 30, 300_000)];
    let mut items: Vec<_> =
        waiting.iter().map(|(id, age, amount)| one.order(1, &sale(id, *age, *amount, "unconfirmed"))).collect();
    items.push(one.order(1, &sale("sure", 40, 9_000, "confirmed")));
    assert!(one.push(&items).await.is_empty());
    let item = [two.order(1, &sale("two", 2, 50, "unconfirmed"))];
    two.push(&item).await;
    let token = hub.admin_token().await;
    let row = |outlet: &str, age: i64, [recent, week, older]: [i64; 3]| {
        let oldest = today.checked_sub(jiff::Span::new().days(age)).unwrap().to_string();
        json!({"outlet_id": outlet, "oldest_date": oldest, "amount": recent + week + older, "up_to_1_day": recent,
            "up_to_7_days": week, "older": older})
    };
    let second = row(&two.id, 2, [0, 50, 0]);
    let all = hub.get("/v1/hq/reports/unconfirmed", &token).await.ok();
    assert_eq!(all, json!([row(&one.id, 30, [1_000, 20_000, 300_000]), second]));
    let items = [one.order(2, &sale("z", 30, 300_000, "confirmed"))];
    one.push(&items).await;
    let all = hub.get("/v1/hq/reports/unconfirmed", &token).await.ok();
    assert_eq!(all, json!([row(&one.id, 5, [1_000, 20_000, 0]), second]));
}
