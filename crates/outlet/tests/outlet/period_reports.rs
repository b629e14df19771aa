//! Reports of a period: taxes, people, tenders; head office's equal the outlet's.

use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet};

struct Shop {
    outlet: TestOutlet,
    admin_id: String,
    product: String,
}

impl Shop {
    /// A shop with a tax of 10 % and a product of 10,000.
    async fn of(outlet: TestOutlet) -> Self {
        let admin = outlet.admin();
        for charge in admin.all("/api/v1/charges?limit=100").await {
            admin.call("DELETE", &format!("/api/v1/charges/{}", text(&charge["id"])), &Value::Null).await.data();
        }
        admin.post("/api/v1/charges", &json!({"name": "PB1", "kind": "tax", "rate_bp": 1_000})).await.data();
        let product = admin.post("/api/v1/products", &json!({"name": "Satuan", "price": 10_000})).await;
        let product = text(&product.data()["id"]);
        let me = admin.get("/api/v1/auth/me").await;
        let admin_id = text(&me.data()["user"]["id"]);
        Self { outlet, admin_id, product }
    }

    fn admin(&self) -> &Http {
        self.outlet.admin()
    }

    /// An order of this many pieces.
    async fn order(&self, qty: i64, more: Value) -> Value {
        let mut order = json!({"lines": [{"product_id": self.product, "qty": qty}]});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.admin().post("/api/v1/orders", &order).await.data().clone()
    }

    async fn pay(&self, order: &Value, method: &str) -> Value {
        let payment = json!({"method": method, "amount": order["total"]});
        self.admin().post(&of(order, "payments"), &payment).await.data().clone()
    }

    async fn report(&self, name: &str, date: &str) -> Vec<Value> {
        let path = format!("/api/v1/reports/{name}?from={date}&to={date}");
        self.admin().get(&path).await.data().as_array().unwrap().clone()
    }
}

/// A hub and a linked shop.
async fn chain() -> (TestHub, Shop) {
    let hub = TestHub::start().await;
    let shop = Shop::of(TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await).await;
    (hub, shop)
}

/// Asserts that head office reports the same.
async fn is_also_at(hub: &TestHub, shop: &Shop, name: &str, date: &str, here: &[Value]) {
    shop.outlet.synced().await;
    let path = format!("/v1/hq/reports/{name}?from={date}&to={date}");
    let mut there = hub.boss().await.get(&path).await.data().as_array().unwrap().clone();
    for row in &mut there {
        row.as_object_mut().unwrap().remove("outlet_id");
    }
    assert_eq!(there, here, "{name}");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn of(order: &Value, command: &str) -> String {
    format!("/api/v1/orders/{}/{command}", text(&order["id"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_report_the_same_taxes() {
    let (hub, shop) = chain().await;
    let sold = shop.pay(&shop.order(3, json!({})).await, "cash").await;
    shop.order(1, json!({})).await;
    let refund = json!({"lines": [{"line_id": sold["lines"][0]["id"], "qty": 1}], "reason": "Tumpah"});
    shop.admin().post(&of(&sold, "refunds"), &refund).await.data();
    let date = text(&sold["paid_date"]);
    let here = shop.report("tax", &date).await;
    let expected = json!({"business_date": date, "name": "PB1", "rate_bp": 1_000, "inclusive": false, "base": 30_000,
        "amount": 3_000, "refunded_base": 10_000, "refunded_amount": 1_000});
    assert_eq!(here, [expected], "an open order is no sale");
    is_also_at(&hub, &shop, "tax", &date, &here).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_user_answers_for_what_was_given_away() {
    let (hub, shop) = chain().await;
    let gift = json!({"discounts": [{"kind": "compliment", "reason": "Ulang tahun"}]});
    shop.pay(&shop.order(1, gift).await, "cash").await;
    let discounted = shop.order(2, json!({"discounts": [{"kind": "percent", "rate_bp": 1_000}]})).await;
    let sold = shop.pay(&discounted, "cash").await;
    let refund = json!({"amount": 5_000, "reason": "Keluhan"});
    shop.admin().post(&of(&sold, "refunds"), &refund).await.data();
    let sent = shop.order(2, json!({})).await;
    let sent = shop.admin().post(&of(&sent, "send"), &Value::Null).await.data().clone();
    let line = format!("lines/{}/void", text(&sent["lines"][0]["id"]));
    let void = json!({"qty": 1, "kind": "wasted", "reason": "Tumpah"});
    shop.admin().post(&of(&sent, &line), &void).await.data();
    let void = json!({"reason": "Tamu pergi"});
    shop.admin().post(&of(&shop.order(4, json!({})).await, "void"), &void).await.data();
    let date = text(&sold["paid_date"]);
    let people = shop.report("people", &date).await;
    let deeds = |count: i64, amount: i64| json!({"count": count, "amount": amount});
    let expected = json!({"user_id": shop.admin_id, "name": people[0]["name"], "voided_orders": deeds(1, 40_000),
        "voided_lines": deeds(1, 10_000), "discounts": deeds(1, 2_000), "compliments": deeds(1, 10_000),
        "refunds": deeds(1, 5_000)});
    assert_eq!(people, [expected]);
    assert!(people[0]["name"].is_string());
    is_also_at(&hub, &shop, "people", &date, &people).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tenders_are_beside_what_was_counted() {
    let (hub, shop) = chain().await;
    let drawer = shop.admin().post("/api/v1/drawers", &json!({"name": "Laci"})).await.data()["id"].clone();
    let shift = shop.admin().post("/api/v1/shifts", &json!({"drawer_id": drawer, "opening": 50_000})).await;
    let shift = text(&shift.data()["id"]);
    let sold = shop.pay(&shop.order(3, json!({})).await, "cash").await;
    shop.pay(&shop.order(1, json!({})).await, "qris").await;
    let refund = json!({"lines": [{"line_id": sold["lines"][0]["id"], "qty": 1}], "reason": "Tumpah"});
    shop.admin().post(&of(&sold, "refunds"), &refund).await.data();
    // T12, T13: the refund takes from its tender, in the open shift.
    let closed = shop.admin().post(&format!("/api/v1/shifts/{shift}/close"), &json!({"counted": 72_000})).await;
    assert_eq!(closed.data()["expected"], 50_000 + 33_000 - 11_000);
    // A card that was rung up as cash.
    let wrong = shop.pay(&shop.order(2, json!({})).await, "cash").await;
    let reverse = of(&wrong, &format!("payments/{}/reverse", text(&wrong["payments"][0]["id"])));
    let card = json!({"reason": "Ternyata kartu", "replace_with": {"method": "card"}});
    shop.admin().post(&reverse, &card).await.data();
    let date = text(&sold["paid_date"]);
    let tenders = shop.report("tenders", &date).await;
    let of = |method: &str| tenders.iter().find(|tender| tender["method"] == method).unwrap().clone();
    let figures = |method: &str| {
        let tender = of(method);
        ["payments", "reversals", "refunds", "unconfirmed", "expected", "counted"].map(|name| tender[name].clone())
    };
    let cash = [json!(55_000), json!(-22_000), json!(11_000), json!(0), json!(72_000), json!(72_000)];
    assert_eq!(figures("cash"), cash);
    let qris = [json!(11_000), json!(0), json!(0), json!(11_000), json!(11_000), Value::Null];
    assert_eq!(figures("qris"), qris);
    is_also_at(&hub, &shop, "tenders", &date, &tenders).await;
}

/// The terminals of two banks are one method and two rows, also while one is renamed and after it was deleted.
#[tokio::test(flavor = "multi_thread")]
async fn each_tender_has_its_own_money_on_both_sides() {
    let (hub, shop) = chain().await;
    let admin = shop.admin();
    let tender = async |name: &str, method: &str| {
        text(&admin.post("/api/v1/tenders", &json!({"name": name, "method": method})).await.data()["id"])
    };
    let (bca, mandiri, notes) =
        (tender("BCA EDC", "card").await, tender("Mandiri EDC", "card").await, tender("Kas", "cash").await);
    let drawer = admin.post("/api/v1/drawers", &json!({"name": "Laci"})).await.data()["id"].clone();
    let shift = admin.post("/api/v1/shifts", &json!({"drawer_id": drawer, "opening": 0})).await;
    let shift = text(&shift.data()["id"]);
    let pay = async |order: Value, means: Value| {
        let mut payment = means;
        payment["amount"] = order["total"].clone();
        admin.post(&of(&order, "payments"), &payment).await.data().clone()
    };
    let first = pay(shop.order(1, json!({})).await, json!({"tender_id": bca})).await;
    pay(shop.order(2, json!({})).await, json!({"tender_id": mandiri, "method": "card"})).await;
    pay(shop.order(3, json!({})).await, json!({"method": "card"})).await;
    pay(shop.order(4, json!({})).await, json!({"tender_id": notes})).await;
    let renamed = json!({"name": "EDC BCA", "method": "card"});
    admin.call("PUT", &format!("/api/v1/tenders/{bca}"), &renamed).await.data();
    let sold = pay(shop.order(5, json!({})).await, json!({"tender_id": bca})).await;
    admin.call("DELETE", &format!("/api/v1/tenders/{bca}"), &Value::Null).await.data();
    // The deleted tender gives back what it took, and is counted.
    let refund = json!({"lines": [{"line_id": sold["lines"][0]["id"], "qty": 1}], "reason": "Tumpah"});
    let refund = admin.post(&of(&sold, "refunds"), &refund).await.data().clone();
    assert_eq!(
        (&refund["payments"][0]["tender_id"], &refund["payments"][0]["tender_name"]),
        (&json!(bca), &json!("EDC BCA"))
    );
    let counted = json!([{"tender_id": bca, "counted": 55_000}, {"tender_id": mandiri, "counted": 21_000}]);
    let close = json!({"counted": 44_000, "tenders": counted});
    let closed = admin.post(&format!("/api/v1/shifts/{shift}/close"), &close).await.data().clone();
    assert_eq!(closed["expected"], 44_000, "cash of every tender is in the drawer");
    assert_eq!(first["payments"][0]["tender_name"], "BCA EDC", "a payment keeps its name");

    let date = text(&sold["paid_date"]);
    let tenders = shop.report("tenders", &date).await;
    let row = |method: &str, id: Option<&str>| {
        let found = tenders.iter().find(|row| row["method"] == method && row["tender_id"].as_str() == id).unwrap();
        ["tender_name", "payments", "refunds", "expected", "counted"].map(|field| found[field].clone())
    };
    assert_eq!(tenders.len(), 5);
    assert_eq!(
        row("card", Some(&bca)),
        [json!("EDC BCA"), json!(66_000), json!(11_000), json!(55_000), json!(55_000)],
        "one row under the last name in the alphabet"
    );
    let none = Value::Null;
    assert_eq!(
        row("card", Some(&mandiri)),
        [json!("Mandiri EDC"), json!(22_000), json!(0), json!(22_000), json!(21_000)]
    );
    assert_eq!(row("card", None), [none.clone(), json!(33_000), json!(0), json!(33_000), none.clone()]);
    assert_eq!(row("cash", Some(&notes)), [json!("Kas"), json!(44_000), json!(0), none.clone(), none.clone()]);
    assert_eq!(row("cash", None), [none, json!(0), json!(0), json!(44_000), json!(44_000)]);
    is_also_at(&hub, &shop, "tenders", &date, &tenders).await;

    let today = admin.get("/api/v1/today").await.data()["by_tender"].clone();
    let mut here: Vec<_> = today.as_array().unwrap().clone();
    here.sort_by_key(|row| row["amount"].as_i64());
    let ids: Vec<_> = here.iter().map(|row| (row["tender_id"].as_str(), row["amount"].as_i64().unwrap())).collect();
    let expected = [
        (Some(mandiri.as_str()), 22_000),
        (None, 33_000),
        (Some(notes.as_str()), 44_000),
        (Some(bca.as_str()), 55_000),
    ];
    assert_eq!(ids, expected);
    let groups = hub.boss().await.get(&format!("/v1/hq/sales/by?group=tender&from={date}&to={date}")).await;
    let groups = groups.data().as_array().unwrap().clone();
    let keys: Vec<_> =
        groups.iter().map(|row| (text(&row["key"]), row["name"].clone(), row["amount"].as_i64())).collect();
    let of_bank = |id: &str, name: &str, amount: i64| (format!("card/{id}"), json!(name), Some(amount));
    assert_eq!(keys[0], of_bank(&bca, "EDC BCA", 66_000), "sales by tender are before refunds");
    assert!(keys.contains(&of_bank(&mandiri, "Mandiri EDC", 22_000)));
    assert!(keys.contains(&("card".to_owned(), Value::Null, Some(33_000))));
}

#[tokio::test]
async fn a_report_has_at_most_a_year() {
    let shop = TestOutlet::alone().await;
    for (query, code) in [
        ("from=2026-01-01&to=2027-01-02", "period_too_long"),
        ("from=2026-02-01&to=2026-01-31", "invalid_query"),
        ("from=kemarin&to=2026-01-01", "invalid_query"),
    ] {
        for name in ["tax", "people", "tenders"] {
            let refused = shop.admin().get(&format!("/api/v1/reports/{name}?{query}")).await;
            assert_eq!(refused.refusal(), (422, code), "{name} {query}");
        }
    }
    let cashier = shop.member("cashier").await;
    let path = "/api/v1/reports/tax?from=2026-01-01&to=2026-12-31";
    assert_eq!(cashier.get(path).await.refusal(), (403, "forbidden"));
    assert_eq!(shop.admin().get(path).await.data().as_array().unwrap().len(), 0);
}
