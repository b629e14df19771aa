//! Tenders of the chain: what pays with them, what they refuse, and which money goes back to them.

use serde_json::{Value, json};
use testkit::{Answer, Http, TestHub, TestOutlet, eventually};

struct Shop {
    outlet: TestOutlet,
    cashier: Http,
    approval: Value,
    /// Costs 10,000 without charges.
    product: String,
}

impl Shop {
    async fn open() -> Self {
        Self::of(TestOutlet::alone().await).await
    }

    async fn of(outlet: TestOutlet) -> Self {
        let admin = outlet.admin();
        for kind in ["charges", "tenders"] {
            for row in admin.all(&format!("/api/v1/{kind}?limit=100")).await {
                admin.call("DELETE", &format!("/api/v1/{kind}/{}", text(&row["id"])), &Value::Null).await.data();
            }
        }
        let product = admin.post("/api/v1/products", &json!({"name": "Satuan", "price": 10_000})).await;
        let product = text(&product.data()["id"]);
        let me = admin.get("/api/v1/auth/me").await;
        let approval = json!({"user_id": me.data()["user"]["id"], "pin": "1234", "reason": "Tidak masuk"});
        Self { cashier: outlet.member("cashier").await, approval, product, outlet }
    }

    fn admin(&self) -> &Http {
        self.outlet.admin()
    }

    /// A new tender with these fields.
    async fn tender(&self, name: &str, method: &str, more: Value) -> String {
        let body = with(json!({"name": name, "method": method}), &more);
        text(&self.admin().post("/api/v1/tenders", &body).await.data()["id"])
    }

    async fn order(&self, qty: i64) -> Value {
        let order = json!({"lines": [{"product_id": self.product, "qty": qty}]});
        self.cashier.post("/api/v1/orders", &order).await.data().clone()
    }

    /// Pays an order of 10,000.
    async fn pay(&self, means: Value) -> Answer {
        self.cashier.post(&of(&self.order(1).await, "payments"), &with(means, &json!({"amount": 10_000}))).await
    }
}

fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn of(order: &Value, command: &str) -> String {
    format!("/api/v1/orders/{}/{command}", text(&order["id"]))
}

/// Method, tender and its name of each payment.
fn tenders(order: &Value) -> Vec<(String, Option<String>, Option<String>)> {
    let maybe = |value: &Value| value.as_str().map(str::to_owned);
    let payments = order["payments"].as_array().unwrap().iter();
    payments.map(|row| (text(&row["method"]), maybe(&row["tender_id"]), maybe(&row["tender_name"]))).collect()
}

fn named(method: &str, id: &str, name: &str) -> (String, Option<String>, Option<String>) {
    (method.to_owned(), Some(id.to_owned()), Some(name.to_owned()))
}

#[tokio::test]
async fn a_tender_pays_by_its_method_and_the_payment_keeps_its_name() {
    let shop = Shop::open().await;
    let bca = shop.tender("BCA EDC", "card", json!({"opens_drawer": true, "position": 2})).await;
    let stored = shop.admin().get(&format!("/api/v1/tenders/{bca}")).await.data().clone();
    assert_eq!(
        (&stored["opens_drawer"], &stored["special"], &stored["position"]),
        (&json!(true), &Value::Null, &json!(2))
    );
    let paid = shop.pay(json!({"tender_id": bca})).await.data().clone();
    assert_eq!((&paid["status"], tenders(&paid)), (&json!("paid"), vec![named("card", &bca, "BCA EDC")]));
    let agreed = shop.pay(json!({"tender_id": bca, "method": "card"})).await.data().clone();
    assert_eq!(tenders(&agreed), [named("card", &bca, "BCA EDC")]);
    let plain = shop.pay(json!({"method": "card"})).await.data().clone();
    assert_eq!(tenders(&plain), [("card".to_owned(), None, None)]);
    // With the order, and as a deposit.
    let lines = json!([{"product_id": shop.product, "qty": 1}]);
    let at_once = json!({"lines": lines, "payments": [{"tender_id": bca, "amount": 4_000}]});
    let deposit = shop.cashier.post("/api/v1/orders", &at_once).await.data().clone();
    assert_eq!((&deposit["status"], tenders(&deposit)), (&json!("open"), vec![named("card", &bca, "BCA EDC")]));

    let path = format!("/api/v1/tenders/{bca}");
    shop.admin().call("PUT", &path, &json!({"name": "EDC BCA", "method": "card"})).await.data();
    assert_eq!(tenders(&shop.pay(json!({"tender_id": bca})).await.data().clone()), [named("card", &bca, "EDC BCA")]);
    shop.admin().call("DELETE", &path, &Value::Null).await.data();
    let later = shop.cashier.get(&format!("/api/v1/orders/{}", text(&paid["id"]))).await.data().clone();
    assert_eq!(tenders(&later), [named("card", &bca, "BCA EDC")], "a renamed and deleted tender keeps its old name");
}

#[tokio::test]
async fn a_tender_that_cannot_pay_is_refused_with_a_reason() {
    let shop = Shop::open().await;
    let bca = shop.tender("BCA EDC", "card", json!({"needs_reference": true})).await;
    let old = shop.tender("BRI EDC", "card", json!({"active": false})).await;
    let off = shop.tender("Hapus buku", "other", json!({"special": "writeoff"})).await;
    let unknown = "0199f3c2-8a00-7abc-8def-0123456789ff";
    for (means, code, field) in [
        (json!({}), "invalid_body", "method"),
        (json!({"tender_id": unknown}), "unknown_tender", "tender_id"),
        (json!({"tender_id": bca, "method": "qris", "reference": "1"}), "invalid_method", "method"),
        (json!({"tender_id": bca}), "reference_required", "reference"),
        (json!({"tender_id": bca, "reference": " "}), "reference_required", "reference"),
        (json!({"tender_id": old}), "tender_inactive", ""),
        (json!({"tender_id": off}), "tender_writes_off", ""),
    ] {
        let refused = shop.pay(means.clone()).await;
        assert_eq!(
            (refused.refusal(), refused.body["fields"][0]["path"].as_str().unwrap_or_default()),
            ((422, code), field),
            "{means}"
        );
    }
    let refused = shop.pay(json!({"tender_id": bca})).await;
    assert!(refused.body["message"].as_str().unwrap().contains("BCA EDC"), "{}", refused.body);
    // The payments of a new order say which one is wrong, and no order is created.
    let lines = json!([{"product_id": shop.product, "qty": 1}]);
    let payments = json!([{"method": "cash", "amount": 1_000}, {"tender_id": unknown, "amount": 9_000}]);
    let refused = shop.cashier.post("/api/v1/orders", &json!({"lines": lines, "payments": payments})).await;
    assert_eq!(
        (refused.refusal(), &refused.body["fields"][0]["path"]),
        ((422, "unknown_tender"), &json!("payments[1].tender_id"))
    );
    shop.pay(json!({"tender_id": bca, "reference": "4471"})).await.data();
    for (body, code) in [
        (json!({"name": "X", "method": "cheque"}), "invalid_method"),
        (json!({"name": "X", "method": "card", "special": "tip"}), "invalid_special"),
        (json!({"name": " ", "method": "card"}), "invalid_text"),
        (json!({"name": "X"}), "invalid_body"),
    ] {
        assert_eq!(shop.admin().post("/api/v1/tenders", &body).await.refusal(), (422, code), "{body}");
    }
    let body = json!({"name": "X", "method": "card"});
    assert_eq!(shop.cashier.post("/api/v1/tenders", &body).await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn a_correction_names_the_tender_and_a_write_off_needs_an_approval() {
    let shop = Shop::open().await;
    let (bca, mandiri) =
        (shop.tender("BCA EDC", "card", json!({})).await, shop.tender("Mandiri EDC", "card", json!({})).await);
    let off = shop.tender("Hapus buku", "other", json!({"special": "writeoff"})).await;
    let paid = shop.pay(json!({"tender_id": bca})).await.data().clone();
    let reverse =
        |order: &Value, at: usize| of(order, &format!("payments/{}/reverse", text(&order["payments"][at]["id"])));
    let other = json!({"reason": "Mesin sebelah", "replace_with": {"tender_id": mandiri}});
    let corrected = shop.cashier.post(&reverse(&paid, 0), &other).await.data().clone();
    let expected =
        [named("card", &bca, "BCA EDC"), named("card", &bca, "BCA EDC"), named("card", &mandiri, "Mandiri EDC")];
    assert_eq!(tenders(&corrected), expected);
    let wrong = json!({"reason": "X", "replace_with": {"tender_id": mandiri, "method": "cash"}});
    let refused = shop.cashier.post(&reverse(&corrected, 2), &wrong).await;
    assert_eq!(
        (refused.refusal(), &refused.body["fields"][0]["path"]),
        ((422, "invalid_method"), &json!("replace_with.method"))
    );

    let write_off = json!({"reason": "Tidak masuk", "replace_with": {"tender_id": off}});
    assert_eq!(shop.cashier.post(&reverse(&corrected, 2), &write_off).await.refusal(), (403, "approval_required"));
    let approved = json!({"approval": shop.approval, "replace_with": {"tender_id": off}});
    let written_off = shop.cashier.post(&reverse(&corrected, 2), &approved).await.data().clone();
    assert_eq!(written_off["status"], "paid");
    assert_eq!(tenders(&written_off)[4], named("other", &off, "Hapus buku"));
}

#[tokio::test]
async fn a_refund_goes_back_to_the_tender_that_took_the_money() {
    let shop = Shop::open().await;
    let (bca, mandiri) =
        (shop.tender("BCA EDC", "card", json!({})).await, shop.tender("Mandiri EDC", "card", json!({})).await);
    let order = shop.order(3).await;
    for (id, amount) in [(&bca, 20_000), (&mandiri, 10_000)] {
        shop.cashier.post(&of(&order, "payments"), &json!({"tender_id": id, "amount": amount})).await.data();
    }
    for id in [&bca, &mandiri] {
        shop.admin().call("DELETE", &format!("/api/v1/tenders/{id}"), &Value::Null).await.data();
    }
    let refund =
        async |body: Value| shop.admin().post(&of(&order, "refunds"), &with(json!({"reason": "Keluhan"}), &body)).await;
    let back = |refund: &Value| -> Vec<(String, i64)> {
        let rows = refund["payments"].as_array().unwrap().iter();
        rows.map(|row| (text(&row["tender_name"]), row["amount"].as_i64().unwrap())).collect()
    };
    let by = |id: &str, amount: i64| json!({"amount": amount, "payments": [{"tender_id": id}]});
    let first = refund(by(&bca, 5_000)).await.data().clone();
    assert_eq!(back(&first), [("BCA EDC".to_owned(), 5_000)]);
    let refused = refund(by(&mandiri, 10_001)).await;
    assert_eq!(
        (refused.refusal(), &refused.body["args"]["left"]),
        ((409, "tender_exceeded"), &json!({"rupiah": 10_000}))
    );
    let unknown = refund(by("0199f3c2-8a00-7abc-8def-0123456789ff", 1)).await;
    assert_eq!((unknown.refusal(), &unknown.body["args"]["left"]), ((409, "tender_exceeded"), &json!({"rupiah": 0})));
    let disagree = json!({"amount": 1, "payments": [{"tender_id": bca, "method": "cash"}]});
    assert_eq!(refund(disagree).await.refusal(), (422, "invalid_method"));
    // By method, and without a wish: the latest payment first.
    let by_method = refund(json!({"amount": 12_000, "payments": [{"method": "card"}]})).await.data().clone();
    assert_eq!(back(&by_method), [("Mandiri EDC".to_owned(), 10_000), ("BCA EDC".to_owned(), 2_000)]);
    let rest = refund(json!({"amount": 13_000})).await.data().clone();
    assert_eq!(back(&rest), [("BCA EDC".to_owned(), 13_000)]);
}

#[tokio::test]
async fn a_count_of_a_tender_is_refused_if_it_is_unknown_or_cash() {
    let shop = Shop::open().await;
    let notes = shop.tender("Kas", "cash", json!({})).await;
    let unused = shop.tender("BRI EDC", "card", json!({"active": false})).await;
    let drawer = shop.admin().post("/api/v1/drawers", &json!({"name": "Laci"})).await.data()["id"].clone();
    let shift = shop.cashier.post("/api/v1/shifts", &json!({"drawer_id": drawer, "opening": 0})).await;
    let close = format!("/api/v1/shifts/{}/close", text(&shift.data()["id"]));
    let unknown = "0199f3c2-8a00-7abc-8def-0123456789ff";
    for (tenders, code) in [
        (json!([{"tender_id": unknown, "counted": 1}]), "unknown_tender"),
        (json!([{"tender_id": notes, "counted": 1}]), "invalid_count"),
        (json!([{"tender_id": unused, "method": "qris", "counted": 1}]), "invalid_method"),
        (json!([{"tender_id": unused, "counted": 1}, {"tender_id": unused, "counted": 2}]), "invalid_count"),
        (json!([{"counted": 1}]), "invalid_body"),
    ] {
        let refused = shop.cashier.post(&close, &json!({"counted": 0, "tenders": tenders})).await;
        assert_eq!(refused.refusal(), (422, code), "{tenders}");
    }
    let counted = json!({"counted": 0, "tenders": [{"tender_id": unused, "counted": 5_000}]});
    let closed = shop.cashier.post(&close, &counted).await.data().clone();
    let row = closed["tenders"].as_array().unwrap().iter().find(|row| row["tender_id"] == json!(unused)).unwrap();
    assert_eq!((&row["expected"], &row["counted"], &row["tender_name"]), (&json!(0), &json!(5_000), &json!("BRI EDC")));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_keep_the_list_of_tenders() {
    let hub = TestHub::start().await;
    let shop = Shop::of(TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await).await;
    let boss = hub.boss().await;
    let made = json!({"name": "QRIS", "method": "qris"});
    let qris = text(&boss.post("/v1/hq/tenders", &made).await.data()["id"]);
    let path = format!("/api/v1/tenders/{qris}");
    eventually("head office's tender has arrived", || async { shop.admin().get(&path).await.status == 200 }).await;
    shop.pay(json!({"tender_id": qris})).await.data();
    boss.call("PATCH", &format!("/v1/hq/tenders/{qris}"), &json!({"active": false})).await.data();
    eventually("it is not accepted any more", || async {
        shop.admin().get(&path).await.data()["active"] == json!(false)
    })
    .await;
    assert_eq!(shop.pay(json!({"tender_id": qris})).await.refusal(), (422, "tender_inactive"));
    let bca = shop.tender("BCA EDC", "card", json!({"needs_reference": true})).await;
    shop.outlet.synced().await;
    let there = boss.get(&format!("/v1/hq/tenders/{bca}")).await.data().clone();
    assert_eq!((&there["name"], &there["needs_reference"]), (&json!("BCA EDC"), &json!(true)));
    boss.call("DELETE", &format!("/v1/hq/tenders/{bca}"), &Value::Null).await.data();
    let path = format!("/api/v1/tenders/{bca}");
    eventually("its deletion has arrived", || async { shop.admin().get(&path).await.status == 404 }).await;
}
