//! QRIS: the shop's code, codes of payments, and statements of acquirers.

use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet, eventually};

/// A made-up merchant.
const STATIC: &str = "00020101021126640017ID.CO.EXAMPLE.WWW01189360099900000000010210G0000000010303UMI51440014ID.CO.QRIS.WWW0215ID10000000000010303UMI5204581253033605802ID5913WARUNG CONTOH6007JAKARTA61051011062070703A0163044446";
/// Golden figure 50.
const OF_92_400: &str = "00020101021226640017ID.CO.EXAMPLE.WWW01189360099900000000010210G0000000010303UMI51440014ID.CO.QRIS.WWW0215ID10000000000010303UMI5204581253033605405924005802ID5913WARUNG CONTOH6007JAKARTA61051011062070703A016304EB0F";

struct Shop {
    outlet: TestOutlet,
    cashier: Http,
    product: String,
}

impl Shop {
    async fn open() -> Self {
        Self::of(TestOutlet::alone().await).await
    }

    async fn of(outlet: TestOutlet) -> Self {
        let admin = outlet.admin();
        for row in admin.all("/api/v1/charges?limit=100").await {
            admin.call("DELETE", &format!("/api/v1/charges/{}", text(&row["id"])), &Value::Null).await.data();
        }
        let product = admin.post("/api/v1/products", &json!({"name": "Satuan", "price": 100})).await;
        let product = text(&product.data()["id"]);
        Self { cashier: outlet.member("cashier").await, product, outlet }
    }

    fn admin(&self) -> &Http {
        self.outlet.admin()
    }

    async fn set(&self, body: Value) -> testkit::Answer {
        self.admin().call("PUT", "/api/v1/config/qris", &body).await
    }

    async fn order(&self, total: i64) -> Value {
        let order = json!({"lines": [{"product_id": self.product, "qty": total / 100}]});
        self.cashier.post("/api/v1/orders", &order).await.data().clone()
    }

    async fn pay(&self, total: i64) -> Value {
        let order = self.order(total).await;
        let payment = json!({"method": "qris", "amount": total});
        self.cashier.post(&format!("/api/v1/orders/{}/payments", text(&order["id"])), &payment).await.data().clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn qris(order: &Value) -> String {
    format!("/api/v1/orders/{}/qris", text(&order["id"]))
}

#[tokio::test]
async fn a_code_carries_the_amount_that_is_due() {
    let shop = Shop::open().await;
    let order = shop.order(92_400).await;
    assert_eq!(shop.cashier.get(&qris(&order)).await.refusal(), (409, "qris_not_set"));
    let set = shop.set(json!({"payload": format!(" {STATIC}\n")})).await.data().clone();
    assert_eq!(set["merchant"], json!({"name": "WARUNG CONTOH", "city": "JAKARTA", "nmid": "ID1000000000001"}));
    assert_eq!(
        (&set["payload"], &set["mode"], &set["asks_for_tip"]),
        (&json!(STATIC), &json!("amount_12"), &json!(false))
    );
    let code = shop.cashier.get(&qris(&order)).await.data().clone();
    assert_eq!((&code["payload"], &code["amount"]), (&json!(OF_92_400), &json!(92_400)));
    assert_eq!(code["merchant"], set["merchant"]);
    let part = shop.cashier.get(&format!("{}?amount=40000", qris(&order))).await.data().clone();
    assert_eq!(part["amount"], 40_000);
    for amount in [0, -1, 92_401] {
        let refused = shop.cashier.get(&format!("{}?amount={amount}", qris(&order))).await;
        assert_eq!(refused.refusal(), (422, "invalid_amount"), "{amount}");
    }
    let payment = json!({"method": "qris", "amount": 92_400});
    shop.cashier.post(&format!("/api/v1/orders/{}/payments", text(&order["id"])), &payment).await.data();
    assert_eq!(shop.cashier.get(&qris(&order)).await.refusal(), (409, "already_paid"));
    let large = shop.order(10_000_100).await;
    let refused = shop.cashier.get(&qris(&large)).await;
    assert_eq!(refused.refusal(), (422, "invalid_amount"));
    assert!(refused.body["message"].as_str().unwrap().contains("Rp\u{a0}10.000.000"), "{}", refused.text);
    assert_eq!(shop.cashier.get(&format!("{}?amount=10000000", qris(&large))).await.status, 200);
}

/// A guest who is asked for a tip can send more than the bill.
#[tokio::test]
async fn a_code_that_asks_for_a_tip_makes_codes_that_do_not() {
    let shop = Shop::open().await;
    let order = shop.order(92_400).await;
    for payload in [
        // The guest is asked, a fixed fee, a fee of some percent.
        STATIC.replace("53033605802ID", "53033605502015802ID").replace("63044446", "6304F38C"),
        STATIC.replace("53033605802ID", "530336055020256035005802ID").replace("63044446", "6304206F"),
        STATIC.replace("53033605802ID", "530336055020357030055802ID").replace("63044446", "63048D97"),
    ] {
        let set = shop.set(json!({"payload": payload})).await.data().clone();
        assert_eq!((&set["payload"], &set["asks_for_tip"]), (&json!(payload), &json!(true)));
        let code = shop.cashier.get(&qris(&order)).await.data().clone();
        assert_eq!((&code["payload"], &code["amount"]), (&json!(OF_92_400), &json!(92_400)), "{payload}");
        // Nor do those that a till makes itself.
        let template = shop.cashier.get("/api/v1/till/catalog").await.data()["qris"].clone();
        let fields = text(&template["head"]) + "540592400" + &text(&template["tail"]) + "6304";
        assert_eq!(fields, OF_92_400[..OF_92_400.len() - 4], "{payload}");
    }
}

#[tokio::test]
async fn the_code_of_nobody_is_refused_and_a_change_is_recorded() {
    let shop = Shop::open().await;
    let wrong_crc = STATIC.replace("4446", "4447");
    for payload in ["halo", &STATIC[..50], &wrong_crc, &format!("{STATIC}{STATIC}"), OF_92_400] {
        let refused = shop.set(json!({"payload": payload})).await;
        assert_eq!((refused.refusal(), &refused.body["fields"][0]["path"]), ((422, "invalid_qris"), &json!("payload")));
    }
    let refused = shop.set(json!({"payload": STATIC, "mode": "dynamic"})).await;
    assert_eq!(refused.refusal(), (422, "invalid_qris"));
    assert_eq!(
        shop.cashier.call("PUT", "/api/v1/config/qris", &json!({"payload": STATIC})).await.refusal(),
        (403, "forbidden")
    );
    let settings = shop.admin().get("/api/v1/config/shop").await.data().clone();
    let set = shop.set(json!({"payload": STATIC, "mode": "static"})).await.data().clone();
    assert_eq!(set["version"], settings["version"].as_i64().unwrap() + 1);
    let catalog = shop.cashier.get("/api/v1/till/catalog").await.data().clone();
    assert_eq!((&catalog["qris"]["has_amount"], &catalog["qris"]["most"]), (&json!(false), &json!(10_000_000)));
    // The other settings are changed without the code, and the code stays.
    let mut body = settings.clone();
    body.as_object_mut().unwrap().remove("version");
    shop.admin().call("PUT", "/api/v1/config/shop", &body).await.data();
    assert_eq!(shop.admin().get("/api/v1/config/qris").await.data()["payload"], STATIC);
    let removed = shop.set(json!({"payload": null})).await.data().clone();
    assert_eq!((&removed["payload"], &removed["merchant"]), (&Value::Null, &Value::Null));
    let events = shop.admin().all("/api/v1/audit?action=changed").await;
    let after: Vec<_> = events.iter().map(|event| event["data"]["after"]["qris_payload"].clone()).collect();
    assert_eq!(after, [Value::Null, json!(STATIC)], "the latest first");
}

#[tokio::test]
async fn a_statement_proposes_and_a_person_confirms() {
    let shop = Shop::open().await;
    let first = shop.pay(92_400).await;
    let second = shop.pay(10_000).await;
    let other = shop.pay(20_000).await;
    let waiting = shop.admin().get("/api/v1/reports/unconfirmed").await.data().clone();
    let of = |row: &Value| (row["order_id"].clone(), row["amount"].clone(), row["age_days"].clone());
    assert_eq!(
        waiting.as_array().unwrap().iter().map(of).collect::<Vec<_>>(),
        [&first, &second, &other].map(|order| (order["id"].clone(), order["total"].clone(), json!(0)))
    );
    let at = |order: &Value| text(&order["payments"][0]["created_at"]);
    let file = format!(
        "Tanggal;Nominal;RRN\n{};92.400,00;'000111\n{};10.000;222\n{};77.000;333\nkemarin;1;444\n",
        at(&first),
        at(&second),
        at(&other)
    );
    let found = shop.admin().post("/api/v1/reports/unconfirmed/match", &json!({"file": file})).await.data().clone();
    let pairs = found["proposals"].as_array().unwrap().iter();
    let pairs: Vec<_> =
        pairs.map(|pair| (pair["payment"]["order_id"].clone(), pair["row"]["reference"].clone())).collect();
    assert_eq!(pairs, [(first["id"].clone(), json!("000111")), (second["id"].clone(), json!("222"))]);
    assert_eq!((&found["rows"][0]["reference"], &found["unreadable_lines"]), (&json!("333"), &json!([5])));
    assert_eq!(found["payments"][0]["order_id"], other["id"]);
    assert_eq!(shop.admin().get("/api/v1/reports/unconfirmed").await.data(), &waiting, "a proposal changes nothing");
    let payment = &found["proposals"][0]["payment"];
    let path = format!("/api/v1/orders/{}/payments/{}/confirm", text(&payment["order_id"]), text(&payment["id"]));
    let confirmed = shop.admin().post(&path, &json!({"reference": "000111"})).await.data().clone();
    assert_eq!(
        (&confirmed["payments"][0]["status"], &confirmed["payments"][0]["reference"]),
        (&json!("confirmed"), &json!("000111"))
    );
    assert_eq!(shop.admin().get("/api/v1/reports/unconfirmed").await.data().as_array().unwrap().len(), 2);
    let refused = shop.admin().post("/api/v1/reports/unconfirmed/match", &json!({"file": "a,b\n1,2\n"})).await;
    assert_eq!(refused.refusal(), (422, "invalid_settlement_file"));
    assert_eq!(shop.cashier.get("/api/v1/reports/unconfirmed").await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn a_payment_ages_from_its_business_date() {
    let shop = Shop::open().await;
    let (old, new) = (shop.pay(10_000).await, shop.pay(20_000).await);
    let today: jiff::civil::Date = text(&new["business_date"]).parse().unwrap();
    for days in [40, 1] {
        let date = today.saturating_sub(jiff::Span::new().days(days));
        let sql = "update payments set business_date = ?2 where order_id = ?1";
        shop.outlet.shell().execute(sql, [text(&old["id"]), date.to_string()]).unwrap();
        let waiting = shop.admin().get("/api/v1/reports/unconfirmed").await.data().clone();
        let ages: Vec<_> =
            waiting.as_array().unwrap().iter().map(|row| (&row["order_id"], row["age_days"].as_i64())).collect();
        assert_eq!(ages, [(&old["id"], Some(days)), (&new["id"], Some(0))]);
        assert_eq!(waiting[0]["business_date"], date.to_string());
    }
}

#[tokio::test]
async fn a_reversed_payment_needs_no_confirmation() {
    let shop = Shop::open().await;
    let order = shop.pay(10_000).await;
    let path = format!("/api/v1/orders/{}/payments/{}/reverse", text(&order["id"]), text(&order["payments"][0]["id"]));
    let cash = json!({"reason": "Ternyata tunai", "replace_with": {"method": "cash"}});
    shop.cashier.post(&path, &cash).await.data();
    assert_eq!(*shop.admin().get("/api/v1/reports/unconfirmed").await.data(), json!([]));
}

#[tokio::test]
async fn head_office_sets_the_code_of_an_outlet() {
    let hub = TestHub::start().await;
    let shop = Shop::of(TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await).await;
    let boss = hub.boss().await;
    let outlet = boss.all("/v1/hq/outlets").await[0]["id"].clone();
    let path = format!("/v1/hq/outlets/{}/settings", text(&outlet));
    eventually("the settings are at head office", || async { boss.get(&path).await.status == 200 }).await;
    let refused = boss.call("PATCH", &path, &json!({"qris_payload": "halo"})).await;
    assert_eq!(refused.refusal(), (422, "invalid_qris"));
    boss.call("PATCH", &path, &json!({"qris_payload": STATIC, "qris_mode": "amount_11"})).await.data();
    eventually("the outlet has the code", || async {
        let set = shop.admin().get("/api/v1/config/qris").await.data().clone();
        (&set["mode"], &set["merchant"]["name"]) == (&json!("amount_11"), &json!("WARUNG CONTOH"))
    })
    .await;
}
