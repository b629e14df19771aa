//! Refunds: what goes back, to which tender, who may, and that nothing goes back twice.

use serde_json::{Value, json};
use testkit::{Answer, Fault, Http, TestOutlet, behind_proxy};

/// An outlet without charges, whose products have the prices of the test.
struct Shop {
    outlet: TestOutlet,
}

impl Shop {
    async fn open() -> Self {
        Self::of(TestOutlet::alone().await).await
    }

    async fn of(outlet: TestOutlet) -> Self {
        for charge in outlet.admin().all("/api/v1/charges?limit=100").await {
            let path = format!("/api/v1/charges/{}", charge["id"].as_str().unwrap());
            outlet.admin().call("DELETE", &path, &Value::Null).await.data();
        }
        let shop = Self { outlet };
        shop.rounding(0, "nearest").await;
        shop
    }

    fn admin(&self) -> &Http {
        self.outlet.admin()
    }

    async fn rounding(&self, step: i64, mode: &str) {
        self.set(json!({"cash_rounding_step": step, "cash_rounding_mode": mode})).await;
    }

    async fn set(&self, changes: Value) {
        let mut shop = self.admin().get("/api/v1/config/shop").await.data().clone();
        shop.as_object_mut().unwrap().remove("version");
        shop.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        self.admin().call("PUT", "/api/v1/config/shop", &shop).await.data();
    }

    async fn charge(&self, name: &str, kind: &str, rate_bp: i64) {
        let charge = json!({"name": name, "kind": kind, "rate_bp": rate_bp, "tax_group": "pbjt"});
        self.admin().post("/api/v1/charges", &charge).await.data();
    }

    async fn product(&self, price: i64, tax_group: &str) -> Value {
        let product = json!({"name": format!("Barang {price}"), "price": price, "tax_group": tax_group});
        self.admin().post("/api/v1/products", &product).await.data()["id"].clone()
    }

    /// An open order: price and quantity of each line.
    async fn order(&self, lines: &[(i64, i64)]) -> Value {
        let mut of_order = Vec::new();
        for (price, qty) in lines {
            of_order.push(json!({"product_id": self.product(*price, "pbjt").await, "qty": qty}));
        }
        self.admin().post("/api/v1/orders", &json!({"lines": of_order})).await.data().clone()
    }

    async fn pay(&self, order: &Value, payments: &[(&str, i64)]) -> Value {
        let mut paid = Value::Null;
        for (method, amount) in payments {
            let payment = json!({"method": method, "amount": amount});
            paid = self.admin().post(&of(order, "/payments"), &payment).await.data().clone();
        }
        assert_eq!(paid["status"], "paid", "{paid}");
        paid
    }

    async fn sold(&self, lines: &[(i64, i64)], payments: &[(&str, i64)]) -> Value {
        self.pay(&self.order(lines).await, payments).await
    }

    async fn try_refund(&self, order: &Value, mut body: Value) -> Answer {
        body["reason"] = "Salah pesan".into();
        self.admin().post(&of(order, "/refunds"), &body).await
    }

    async fn refund(&self, order: &Value, body: Value) -> Value {
        let answer = self.try_refund(order, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.data().clone()
    }

    async fn read(&self, order: &Value) -> Value {
        self.admin().get(&of(order, "")).await.data().clone()
    }
}

fn of(order: &Value, end: &str) -> String {
    format!("/api/v1/orders/{}{end}", order["id"].as_str().unwrap())
}

fn line(order: &Value, at: usize, qty: i64) -> Value {
    json!({"line_id": order["lines"][at]["id"], "qty": qty})
}

fn all_lines(order: &Value) -> Value {
    let lines = order["lines"].as_array().unwrap().iter();
    json!({"lines": lines.map(|line| json!({"line_id": line["id"], "qty": line["qty"]})).collect::<Vec<_>>()})
}

fn figures<const N: usize>(of: &Value, names: [&str; N]) -> [i64; N] {
    names.map(|name| of[name].as_i64().unwrap_or_else(|| panic!("{name} of {of}")))
}

/// Method, money and rounding of each payment.
fn payments(refund: &Value) -> Vec<(String, i64, i64)> {
    let payments = refund["payments"].as_array().unwrap().iter();
    payments
        .map(|p| {
            (p["method"].as_str().unwrap().to_owned(), p["amount"].as_i64().unwrap(), p["rounding"].as_i64().unwrap())
        })
        .collect()
}

fn payment(method: &str, amount: i64, rounding: i64) -> (String, i64, i64) {
    (method.to_owned(), amount, rounding)
}

/// Golden 38, T5, T6, T11: each piece gives back its share of discount, service and tax.
#[tokio::test]
async fn pieces_given_back_one_by_one_come_to_their_line() {
    let shop = Shop::open().await;
    shop.charge("Layanan", "service", 500).await;
    shop.charge("PBJT", "tax", 1_000).await;
    let order = shop.order(&[(18_500, 3), (22_000, 1)]).await;
    let discount = json!({"kind": "percent", "rate_bp": 1_000, "reason": "Langganan"});
    let order = shop.admin().post(&of(&order, "/discounts"), &discount).await.data().clone();
    let order = shop.pay(&order, &[("qris", 80_562)]).await;
    let mut tax = 0;
    for (service, of_tax) in [(833, 1_748), (832, 1_749), (833, 1_748)] {
        let refund = shop.refund(&order, json!({"lines": [line(&order, 0, 1)]})).await;
        let names = ["subtotal", "discount", "service", "tax", "rounding", "total"];
        assert_eq!(figures(&refund, names), [18_500, 1_850, service, of_tax, 0, 19_231]);
        let charge = |kind: &str| {
            refund["charges"].as_array().unwrap().iter().find(|charge| charge["kind"] == kind).unwrap().clone()
        };
        assert_eq!((&charge("service")["amount"], &charge("tax")["amount"]), (&json!(service), &json!(of_tax)));
        tax += charge("tax")["base"].as_i64().unwrap();
        assert_eq!(payments(&refund), [payment("qris", 19_231, 0)]);
    }
    let rest = shop.refund(&order, json!({"lines": [line(&order, 1, 1)]})).await;
    assert_eq!(rest["total"], 80_562 - 57_693);
    let taxes = order["charges"].as_array().unwrap().iter().find(|charge| charge["kind"] == "tax").unwrap();
    let of_rest = rest["charges"].as_array().unwrap().iter().find(|charge| charge["kind"] == "tax").unwrap();
    assert_eq!(tax + of_rest["base"].as_i64().unwrap(), taxes["base"].as_i64().unwrap());
    assert_eq!(shop.try_refund(&order, json!({"amount": 1})).await.refusal(), (409, "over_refund"));
}

/// Golden 39, T1: what was paid goes back, with the rounding.
#[tokio::test]
async fn the_whole_order_gives_back_what_was_paid() {
    let shop = Shop::open().await;
    shop.rounding(100, "nearest").await;
    let order = shop.sold(&[(92_449, 1)], &[("cash", 100_000)]).await;
    assert_eq!(order["paid"], 92_400);
    let refund = shop.refund(&order, all_lines(&order)).await;
    assert_eq!(payments(&refund), [payment("cash", 92_400, -49)]);
    assert_eq!(figures(&refund, ["subtotal", "rounding", "total"]), [92_449, -49, 92_400]);
}

/// Golden 40 to 42, T3: cash rounds on its own, mirrored; the last refund returns the rest; other methods are exact.
#[tokio::test]
async fn parts_round_in_cash_and_end_at_what_was_paid() {
    let shop = Shop::open().await;
    shop.rounding(100, "nearest").await;
    let order = shop.sold(&[(92_449, 1)], &[("cash", 92_400)]).await;
    for (amount, back, rounding) in [(46_225, 46_200, -25), (46_224, 46_200, -24)] {
        let refund = shop.refund(&order, json!({"amount": amount})).await;
        assert_eq!(payments(&refund), [payment("cash", back, rounding)]);
        assert_eq!((&refund["kind"], &refund["lines"][0]["qty"]), (&json!("amount"), &json!(0)));
    }
    let order = shop.sold(&[(92_449, 1)], &[("qris", 92_449)]).await;
    let in_cash = json!({"amount": 46_225, "payments": [{"method": "cash"}]});
    assert_eq!(payments(&shop.refund(&order, in_cash).await), [payment("cash", 46_200, -25)]);
    let exact = json!({"amount": 10_001, "payments": [{"method": "qris", "reference": "R-9"}]});
    let exact = shop.refund(&order, exact).await;
    assert_eq!(
        (payments(&exact), &exact["payments"][0]["reference"]),
        (vec![payment("qris", 10_001, 0)], &json!("R-9"))
    );
    shop.rounding(1_000, "up").await;
    let order = shop.sold(&[(92_001, 1)], &[("cash", 93_000)]).await;
    for (amount, back, rounding) in [(30_667, 30_000, -667), (61_334, 63_000, 1_666)] {
        let refund = shop.refund(&order, json!({"amount": amount})).await;
        assert_eq!(payments(&refund), [payment("cash", back, rounding)]);
    }
    assert_eq!(shop.read(&order).await["refunded"], 93_000);
}

/// T2, T14: each tender gives back what it took, or cash gives back for it; no other method does.
#[tokio::test]
async fn a_tender_gives_back_at_most_what_it_took() {
    let shop = Shop::open().await;
    shop.rounding(100, "nearest").await;
    let paid = [("card", 55_000), ("cash", 83_000)];
    let order = shop.sold(&[(138_030, 1)], &paid).await;
    let refund = shop.refund(&order, all_lines(&order)).await;
    let mut back = payments(&refund);
    back.sort();
    assert_eq!(back, [payment("card", 55_000, 0), payment("cash", 83_000, -30)]);

    let order = shop.sold(&[(138_030, 1)], &paid).await;
    let by = |payments: Value| json!({"amount": 60_000, "payments": payments});
    for (payments, left) in
        [(json!([{"method": "card"}]), 55_000), (json!([{"method": "transfer", "amount": 1}, {"method": "cash"}]), 0)]
    {
        let refused = shop.try_refund(&order, by(payments)).await;
        assert_eq!(
            (refused.refusal(), &refused.body["args"]["left"]),
            ((409, "tender_exceeded"), &json!({"rupiah": left}))
        );
    }
    for payments in [
        json!([{"method": "cash", "amount": 59_999}]),
        json!([{"method": "cash", "amount": 60_001}]),
        json!([{"method": "cash"}, {"method": "card"}]),
    ] {
        assert_eq!(shop.try_refund(&order, by(payments)).await.refusal(), (422, "invalid_refund"));
    }
    let both = by(json!([{"method": "card", "amount": 50_000}, {"method": "cash"}]));
    assert_eq!(payments(&shop.refund(&order, both).await), [payment("card", 50_000, 0), payment("cash", 10_000, 0)]);
    // The latest payment first: cash has 73,000 left, the card 5,000.
    let rest = shop.refund(&order, json!({"amount": 78_030})).await;
    let mut back = payments(&rest);
    back.sort();
    assert_eq!(back, [payment("card", 5_000, 0), payment("cash", 73_000, -30)]);
}

/// A corrected tender: the money goes back to the method that took it in the end.
#[tokio::test]
async fn a_reversed_payment_gives_nothing_back() {
    let shop = Shop::open().await;
    let order = shop.sold(&[(20_000, 1)], &[("cash", 20_000)]).await;
    let path = of(&order, &format!("/payments/{}/reverse", order["payments"][0]["id"].as_str().unwrap()));
    let correction = json!({"reason": "Ternyata kartu", "replace_with": {"method": "card"}});
    shop.admin().post(&path, &correction).await.data();
    let refund = shop.refund(&order, all_lines(&order)).await;
    assert_eq!(payments(&refund), [payment("card", 20_000, 0)]);
}

/// T7, T9, T10: change is no part of the sale; one of two pieces goes back; a line without tax gives back no tax.
#[tokio::test]
async fn each_line_gives_back_its_own() {
    let shop = Shop::open().await;
    shop.charge("PBJT", "tax", 1_000).await;
    let (taxed, free) = (shop.product(10_000, "pbjt").await, shop.product(10_000, "none").await);
    let lines = json!({"lines": [{"product_id": taxed, "qty": 2}, {"product_id": free, "qty": 1}]});
    let order = shop.admin().post("/api/v1/orders", &lines).await.data().clone();
    let order = shop.pay(&order, &[("cash", 50_000)]).await;
    let refund = shop.refund(&order, json!({"lines": [line(&order, 1, 1)]})).await;
    assert_eq!((figures(&refund, ["tax", "total"]), &refund["charges"]), ([0, 10_000], &json!([])));
    let mut one = line(&order, 0, 1);
    one["restock"] = true.into();
    let refund = shop.refund(&order, json!({"lines": [one]})).await;
    assert_eq!((figures(&refund, ["tax", "total"]), &refund["lines"][0]["restock"]), ([1_000, 11_000], &json!(true)));
    let refused = shop.try_refund(&order, json!({"amount": 11_001})).await;
    assert_eq!((refused.refusal(), &refused.body["args"]["left"]), ((409, "over_refund"), &json!({"rupiah": 11_000})));
}

/// T8: a line of two pieces is given back three times, in turn and from several tills at once.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_back_twice() {
    let shop = Shop::open().await;
    let order = shop.sold(&[(10_000, 2)], &[("cash", 20_000)]).await;
    let one = json!({"lines": [line(&order, 0, 1)]});
    shop.refund(&order, one.clone()).await;
    shop.refund(&order, one.clone()).await;
    let refused = shop.try_refund(&order, one).await;
    assert_eq!((refused.refusal(), &refused.body["args"]["left"]), ((409, "over_refund"), &json!(0)));

    for body in [json!({"lines": [line(&order, 0, 2)]}), json!({"amount": 20_000}), json!({"amount": 15_000})] {
        let order = shop.sold(&[(10_000, 2)], &[("cash", 20_000)]).await;
        let body = if body["lines"].is_null() { body } else { json!({"lines": [line(&order, 0, 2)]}) };
        let refund = || shop.try_refund(&order, body.clone());
        let answers = tokio::join!(refund(), refund(), refund(), refund());
        let mut answers: Vec<_> = [answers.0, answers.1, answers.2, answers.3].into_iter().collect();
        answers.sort_by_key(|answer| answer.status);
        assert_eq!(answers[0].status, 201);
        for refused in &answers[1..] {
            assert_eq!(refused.refusal(), (409, "over_refund"));
        }
        assert_eq!(shop.read(&order).await["refunded"], answers[0].data()["total"]);
    }
}

#[tokio::test]
async fn the_order_stays_and_shows_what_was_given_back() {
    let shop = Shop::open().await;
    let order = shop.sold(&[(10_000, 2)], &[("cash", 20_000)]).await;
    let refund = shop.refund(&order, json!({"lines": [line(&order, 0, 1)]})).await;
    let mut after = shop.read(&order).await;
    assert_eq!((&after["refunds"], &after["refunded"]), (&json!([refund]), &json!(10_000)));
    (after["refunds"], after["refunded"]) = (json!([]), 0.into());
    assert_eq!(after, order, "with its version");
    let number = refund["refund_number"].as_str().unwrap();
    assert!(
        number.ends_with("-R0001") && number.contains(&order["business_date"].as_str().unwrap().replace('-', "")),
        "{number}"
    );
    assert_eq!((&refund["order_date"], &refund["order_number"]), (&order["paid_date"], &order["order_number"]));
    let path = format!("/api/v1/refunds/{}", refund["id"].as_str().unwrap());
    assert_eq!(shop.admin().get(&path).await.data(), &refund);
    let next = shop.refund(&order, json!({"amount": 1_000})).await;
    let date = refund["business_date"].as_str().unwrap();
    let listed = shop.admin().all(&format!("/api/v1/refunds?business_date={date}&limit=1")).await;
    assert_eq!(listed, [next, refund], "the newest first");
    let of_order = |id: &Value| format!("/api/v1/refunds?order_id={}&limit=1", id.as_str().unwrap());
    assert_eq!(shop.admin().all(&of_order(&order["id"])).await, listed);
    assert_eq!(shop.admin().all(&of_order(&listed[0]["id"])).await, [] as [Value; 0]);
    assert_eq!(shop.admin().all("/api/v1/refunds?business_date=2020-01-01").await, [] as [Value; 0]);
    assert_eq!(shop.admin().get("/api/v1/refunds?business_date=x").await.refusal(), (422, "invalid_query"));
    assert_eq!(shop.admin().get("/api/v1/refunds/none").await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn a_written_refund_never_changes() {
    let shop = Shop::open().await;
    let order = shop.sold(&[(10_000, 2)], &[("cash", 20_000)]).await;
    shop.refund(&order, json!({"lines": [line(&order, 0, 1)]})).await;
    let shell = shop.outlet.shell();
    for sql in [
        "update refunds set total = 0",
        "update refunds set reason = 'x'",
        "update refund_lines set qty = 2",
        "update refund_payments set amount = 1",
        "delete from refunds",
        "delete from refund_lines",
        "delete from refund_payments",
    ] {
        let refused = shell.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("a refund never changes"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn a_refund_is_refused_with_its_reason() {
    let shop = Shop::open().await;
    let open = shop.order(&[(10_000, 1)]).await;
    assert_eq!(shop.try_refund(&open, json!({"amount": 1})).await.refusal(), (409, "not_paid"));
    shop.admin().post(&of(&open, "/void"), &json!({"reason": "x", "manager_pin": "1234"})).await.data();
    assert_eq!(shop.try_refund(&open, json!({"amount": 1})).await.refusal(), (409, "order_void"));
    let order = shop.order(&[(10_000, 1), (5_000, 1), (7_000, 1)]).await;
    let gift = json!({"kind": "compliment", "line_id": order["lines"][1]["id"], "reason": "Ulang tahun"});
    shop.admin().post(&of(&order, "/discounts"), &gift).await.data();
    shop.admin().post(&of(&order, "/send"), &Value::Null).await.data();
    let void = format!("/lines/{}/void", order["lines"][2]["id"].as_str().unwrap());
    shop.admin().post(&of(&order, &void), &json!({"kind": "wasted", "reason": "Jatuh"})).await.data();
    let order = shop.pay(&order, &[("cash", 10_000)]).await;
    let unknown = json!({"line_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "qty": 1});
    let of_lines = |lines: &[Value]| json!({"lines": lines});
    for (body, refusal) in [
        (of_lines(&[line(&order, 1, 1)]), (409, "nothing_to_refund")),
        (of_lines(&[line(&order, 2, 1)]), (409, "line_void")),
        (of_lines(&[unknown]), (404, "not_found")),
        (of_lines(&[line(&order, 0, 0)]), (422, "invalid_quantity")),
        (of_lines(&[line(&order, 0, 2)]), (409, "over_refund")),
        (of_lines(&[line(&order, 0, 1), line(&order, 0, 1)]), (422, "invalid_refund")),
        (of_lines(&[]), (422, "invalid_lines")),
        (json!({"amount": 0}), (422, "invalid_amount")),
        (json!({"amount": 10_001}), (409, "over_refund")),
        (json!({"amount": 1, "lines": [line(&order, 0, 1)]}), (422, "invalid_refund")),
        (json!({}), (422, "invalid_body")),
        (json!({"amount": 1, "payments": [{"method": "kartu"}]}), (422, "invalid_method")),
    ] {
        assert_eq!(shop.try_refund(&order, body.clone()).await.refusal(), refusal, "{body}");
    }
    let stale = shop.admin().request("POST", &of(&order, "/refunds")).header("if-match", "\"1\"");
    let stale = Http::send(stale.body(json!({"amount": 1, "reason": "x"}).to_string())).await;
    assert_eq!(stale.refusal(), (412, "version_mismatch"));
    assert_eq!(shop.read(&order).await["refunds"], json!([]));
}

#[tokio::test]
async fn a_cashier_needs_an_approval_and_a_recent_sale() {
    let shop = Shop::open().await;
    let order = shop.sold(&[(10_000, 2)], &[("cash", 20_000)]).await;
    let cashier = shop.outlet.member("cashier").await;
    let waiter = shop.outlet.member("waiter").await;
    let admin = shop.admin().get("/api/v1/auth/me").await.data()["user"]["id"].clone();
    let path = of(&order, "/refunds");
    let plain = json!({"amount": 1_000, "reason": "Terlambat"});
    assert_eq!(waiter.post(&path, &plain).await.refusal(), (403, "forbidden"));
    assert_eq!(cashier.post(&path, &plain).await.refusal(), (403, "approval_required"));
    let approval =
        |pin: &str| json!({"amount": 1_000, "approval": {"user_id": admin, "pin": pin, "reason": "Terlambat"}});
    assert_eq!(cashier.post(&path, &approval("9753")).await.refusal(), (403, "wrong_manager_pin"));
    let refund = cashier.post(&path, &approval("1234")).await.data().clone();
    let me = cashier.get("/api/v1/auth/me").await.data()["user"]["id"].clone();
    assert_eq!((&refund["cashier_id"], &refund["approved_by"], &refund["reason"]), (&me, &admin, &json!("Terlambat")));
    assert_eq!(shop.admin().post(&path, &json!({"amount": 1})).await.refusal(), (422, "invalid_text"));

    // Eight days old: too old for a cashier, even with an approval.
    let today: jiff::civil::Date = order["paid_date"].as_str().unwrap().parse().unwrap();
    let shell = shop.outlet.shell();
    let age = |days: i64| {
        let date = today.saturating_sub(jiff::Span::new().days(days)).to_string();
        shell.execute("update orders set paid_date = ?1", [date]).unwrap();
    };
    age(8);
    let refused = cashier.post(&path, &approval("1234")).await;
    assert_eq!((refused.refusal(), &refused.body["args"]["days"]), ((403, "refund_too_old"), &json!(7)));
    assert_eq!(shop.admin().post(&path, &plain).await.status, 201);
    age(7);
    assert_eq!(cashier.post(&path, &approval("1234")).await.status, 201);
    age(400);
    shop.set(json!({"refund_days": null})).await;
    assert_eq!(cashier.post(&path, &approval("1234")).await.status, 201);
    shop.set(json!({"refund_days": 0})).await;
    assert_eq!(cashier.post(&path, &approval("1234")).await.refusal(), (403, "refund_too_old"));
    let mut settings = shop.admin().get("/api/v1/config/shop").await.data().clone();
    settings.as_object_mut().unwrap().remove("version");
    for days in [-1, 3_651] {
        settings["refund_days"] = days.into();
        let refused = shop.admin().call("PUT", "/api/v1/config/shop", &settings).await;
        assert_eq!(refused.refusal(), (422, "invalid_limit"));
    }
    settings.as_object_mut().unwrap().remove("refund_days");
    let restored = shop.admin().call("PUT", "/api/v1/config/shop", &settings).await;
    assert_eq!(restored.data()["refund_days"], 7, "the default");
}

/// An order that was paid in two copies of a restored database: the excess goes back first, then the order.
#[tokio::test]
async fn what_was_paid_twice_goes_back_first() {
    let shop = Shop::open().await;
    let order = shop.sold(&[(10_000, 1)], &[("cash", 10_000)]).await;
    let id = order["id"].as_str().unwrap();
    shop.outlet
        .shell()
        .execute_batch(&format!(
            "begin;
             insert into payments (order_id, id, method, amount, tendered, created_at)
               values ('{id}', 'again', 'qris', 10000, 10000, '2999-01-01T00:00:00.000Z');
             update orders set paid = 20000 where id = '{id}';
             commit;"
        ))
        .unwrap();
    let refused = shop.try_refund(&order, json!({"amount": 20_001})).await;
    assert_eq!((refused.refusal(), &refused.body["args"]["left"]), ((409, "over_refund"), &json!({"rupiah": 20_000})));
    let excess = shop.refund(&order, json!({"amount": 10_000})).await;
    assert_eq!(
        (figures(&excess, ["surplus", "subtotal", "total"]), &excess["lines"]),
        ([10_000, 0, 10_000], &json!([]))
    );
    assert_eq!(payments(&excess), [payment("qris", 10_000, 0)]);
    let rest = shop.refund(&order, all_lines(&order)).await;
    assert_eq!(
        (figures(&rest, ["surplus", "total"]), payments(&rest)),
        ([0, 10_000], vec![payment("cash", 10_000, 0)])
    );
    assert_eq!(shop.try_refund(&order, json!({"amount": 1})).await.refusal(), (409, "over_refund"));
}

const EARLIER: &str = "Pacific/Pago_Pago";
const LATER: &str = "Pacific/Kiritimati";

/// T12, T13: given back on a later day, also while the hub cannot be reached: the day of the sale does not move, and head
/// office's figures are the outlet's.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_counts_on_its_own_day_at_both_sides_once() {
    let (hub, proxy, outlet) = behind_proxy().await;
    let shop = Shop::of(outlet).await;
    let today = async || shop.admin().get("/api/v1/today").await.data().clone();
    shop.set(json!({"zone": EARLIER})).await;
    let order = shop.sold(&[(100_000, 1), (30_000, 2)], &[("qris", 100_000), ("cash", 60_000)]).await;
    let first = today().await;
    shop.outlet.synced().await;
    proxy.set(Fault::Unplugged);
    shop.set(json!({"zone": LATER})).await;
    shop.refund(&order, json!({"lines": [line(&order, 1, 1)]})).await;
    let refund = shop.refund(&order, json!({"amount": 100_000})).await;
    let names = ["orders", "sales", "refunds", "refunded", "deposits_taken", "deposits_used"];
    let second = today().await;
    assert_eq!(figures(&second, names), [0, 0, 2, 130_000, 0, 0]);
    let tender = |of: &Value, method: &str| {
        let tenders = of["by_tender"].as_array().unwrap().iter();
        tenders
            .filter(|tender| tender["method"] == method)
            .map(|tender| tender["amount"].as_i64().unwrap())
            .sum::<i64>()
    };
    assert_eq!((tender(&second, "cash"), tender(&second, "qris")), (-60_000, -70_000));
    shop.set(json!({"zone": EARLIER})).await;
    assert_eq!(today().await, first, "the day of the sale");
    shop.set(json!({"zone": LATER})).await;
    proxy.set(Fault::None);
    shop.outlet.synced().await;
    let days = [&first, &second].map(|day| day["business_date"].as_str().unwrap().to_owned());
    for day in &days {
        let compared = shop.admin().get(&format!("/api/v1/sync/statement?date={day}")).await.data().clone();
        assert_eq!((&compared["settled"], &compared["matches"]), (&json!(true), &json!(true)), "{compared}");
    }
    let boss = hub.boss().await;
    let daily = boss.get(&format!("/v1/hq/sales/daily?from={}&to={}", days[0], days[1])).await.data().clone();
    let figures_of = ["orders", "total", "refunds", "refunded"];
    assert_eq!(figures(&daily[0], figures_of), [1, 160_000, 0, 0]);
    assert_eq!(figures(&daily[1], figures_of), [0, 0, 2, 130_000]);
    assert_eq!(daily[1]["by_tender"], json!({"cash": -60_000, "qris": -70_000}));
    let listed = boss.all(&format!("/v1/hq/refunds?order_id={}&limit=1", order["id"].as_str().unwrap())).await;
    assert_eq!((listed.len(), &listed[0]["id"]), (2, &refund["id"]));
    let at_hub = boss.get(&format!("/v1/hq/refunds/{}", refund["id"].as_str().unwrap())).await.data().clone();
    assert_eq!((&at_hub["lines"], &at_hub["payments"]), (&refund["lines"], &refund["payments"]));
    let products = boss.all(&format!("/v1/hq/sales/products?from={}&to={}", days[0], days[1])).await;
    let cheap = products.iter().find(|product| product["product_id"] == order["lines"][1]["product_id"]).unwrap();
    assert_eq!(figures(cheap, ["qty", "amount", "returned_qty"]), [2, 60_000, 1]);
    let returned: i64 = products.iter().map(|product| product["returned_amount"].as_i64().unwrap()).sum();
    assert_eq!(returned, 130_000);
    assert_eq!(boss.get(&format!("/v1/hq/orders/{}", order["id"].as_str().unwrap())).await.data()["paid"], 160_000);
    assert_eq!(boss.get("/v1/hq/refunds/none").await.refusal(), (404, "not_found"));
}
