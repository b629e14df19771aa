//! Goods sold by weight, typed in or read from the barcodes of a scale.

use serde_json::{Value, json};
use testkit::{Answer, Http, TestHub, TestOutlet};

/// A shop with a scale: beef by the kilogram, and bread by the piece.
struct Shop {
    outlet: TestOutlet,
    cashier: Http,
    beef: String,
    bread: String,
}

impl Shop {
    async fn of(outlet: TestOutlet) -> Self {
        let admin = outlet.admin();
        for charge in admin.all("/api/v1/charges?limit=100").await {
            admin.call("DELETE", &format!("/api/v1/charges/{}", text(&charge["id"])), &Value::Null).await.data();
        }
        let tax = json!({"name": "PB1", "kind": "tax", "rate_bp": 1_000, "tax_group": "pbjt"});
        admin.post("/api/v1/charges", &tax).await.data();
        let settings = json!({"zone": "Asia/Jakarta", "cutoff_minutes": 0, "cash_rounding_step": 0,
            "cash_rounding_mode": "nearest", "barcode_patterns": [{"pattern": "21IIIIIPPPPPC"},
                {"pattern": "22IIIIIPPPPPC", "factor": 100}, {"pattern": "23IIIIIWWWWWC"}]});
        admin.call("PUT", "/api/v1/config/shop", &settings).await.data();
        let product = async |product: Value| text(&admin.post("/api/v1/products", &product).await.data()["id"]);
        let beef = product(json!({"name": "Daging sapi", "price": 85_000, "unit": "kg", "qty_scale": 3,
            "scale_code": "123", "station": "kitchen"}))
        .await;
        let bread = product(json!({"name": "Roti", "price": 12_000, "scale_code": "00777"})).await;
        let cashier = outlet.member("cashier").await;
        Self { cashier, beef, bread, outlet }
    }

    async fn open() -> Self {
        Self::of(TestOutlet::alone().await).await
    }

    async fn order(&self, lines: Value) -> Answer {
        self.cashier.post("/api/v1/orders", &json!({"lines": lines})).await
    }

    fn grams(&self, qty: i64) -> Value {
        json!({"product_id": self.beef, "qty": qty, "qty_scale": 3})
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn path(order: &Value, command: &str) -> String {
    format!("/api/v1/orders/{}/{command}", text(&order["id"]))
}

/// Quantity, scale, unit and amount of each line.
fn sold(order: &Value) -> Value {
    let lines = order["lines"].as_array().unwrap().iter();
    lines.map(|line| json!([line["qty"], line["qty_scale"], line["unit"], line["amount"]])).collect()
}

#[tokio::test]
async fn a_barcode_names_the_product_the_quantity_and_the_amount() {
    let shop = Shop::open().await;
    // Price 15.750; in hundreds, 157.500; 345 grams; a price of a piece.
    let codes = ["2100123157501", "2200123015754", "2300123003451", "2100777035002"];
    let lines = codes.iter().map(|code| json!({"barcode": code})).collect();
    let answer = shop.order(lines).await;
    let order = answer.data();
    let beef = |qty, amount| json!([qty, 3, "kg", amount]);
    assert_eq!(sold(order), json!([beef(185, 15_750), beef(1_853, 157_500), beef(345, 29_325), [1, 0, null, 3_500]]));
    assert_eq!(order["subtotal"], 206_075);
    assert_eq!(order["lines"][3]["product_id"], json!(shop.bread));
    // The calculation without an order sells the same.
    let quote = json!({"lines": codes.map(|code| json!({"barcode": code}))});
    let quoted = shop.cashier.post("/api/v1/orders/quote", &quote).await;
    assert_eq!(quoted.data()["total"], order["total"]);
}

#[tokio::test]
async fn a_weight_is_sold_in_thousandths_and_rounded_once() {
    let shop = Shop::open().await;
    let answer = shop.order(json!([shop.grams(1_237), shop.grams(1)])).await;
    let order = answer.data();
    assert_eq!(sold(order), json!([[1_237, 3, "kg", 105_145], [1, 3, "kg", 85]]));
    let line = format!("lines/{}", text(&order["lines"][0]["id"]));
    let changed = shop.cashier.call("PATCH", &path(order, &line), &json!({"qty": 500})).await;
    assert_eq!(changed.data()["lines"][0]["amount"], 42_500);
}

#[tokio::test]
async fn a_code_that_cannot_be_sold_is_refused_with_its_reason() {
    let shop = Shop::open().await;
    let admin = shop.outlet.admin();
    for (code, reason, refused) in [
        ("2100123157502", "pattern", "unknown_barcode"),
        ("2900123157507", "pattern", "unknown_barcode"),
        ("8991234567892", "pattern", "unknown_barcode"),
        ("2100999157500", "product", "unknown_barcode"),
        ("2300777003459", "not_by_weight", "invalid_barcode"),
        ("2300123000009", "zero", "invalid_barcode"),
        ("2100123000005", "zero", "invalid_barcode"),
    ] {
        let code = with_check_digit(code, reason);
        let answer = shop.order(json!([{"barcode": code}])).await;
        assert_eq!(answer.refusal(), (422, refused), "{code}: {}", answer.body);
        assert_eq!(answer.body["args"]["reason"], reason, "{code}: {}", answer.body);
    }
    // A product without a price per kilogram.
    let free = json!({"name": "Tulang", "price": 0, "qty_scale": 3, "unit": "kg", "scale_code": "555"});
    admin.post("/api/v1/products", &free).await.data();
    let answer = shop.order(json!([{"barcode": with_check_digit("2300555003450", "x")}])).await;
    assert_eq!(answer.refusal(), (422, "invalid_barcode"));
    // Two products with one item code: neither is sold at the other's price.
    let double = json!({"name": "Daging impor", "price": 170_000, "qty_scale": 3, "unit": "kg", "scale_code": "00123"});
    admin.post("/api/v1/products", &double).await.data();
    let answer = shop.order(json!([{"barcode": "2100123157501"}])).await;
    assert_eq!((answer.refusal(), &answer.body["args"]["reason"]), ((422, "unknown_barcode"), &json!("several")));
    assert_eq!(shop.cashier.get("/api/v1/orders").await.data(), &json!([]), "nothing was recorded");
}

/// The code with the right check digit, except where its wrong digit is the case.
fn with_check_digit(code: &str, reason: &str) -> String {
    if reason == "pattern" {
        return code.to_owned();
    }
    let digits = &code[..12];
    let sum: u32 = digits.chars().zip([1, 3].into_iter().cycle()).map(|(d, by)| d.to_digit(10).unwrap() * by).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[tokio::test]
async fn a_weight_that_makes_no_sense_is_refused() {
    let shop = Shop::open().await;
    let (beef, bread) = (&shop.beef, &shop.bread);
    for (line, code) in [
        (shop.grams(0), "invalid_quantity"),
        (shop.grams(-185), "invalid_quantity"),
        (shop.grams(i64::MAX), "amount_too_large"),
        // Pieces of a weighed product, and grams of bread: a till with an old copy of the catalog.
        (json!({"product_id": beef, "qty": 1}), "invalid_quantity"),
        (json!({"product_id": bread, "qty": 185, "qty_scale": 3}), "invalid_quantity"),
        (json!({"product_id": beef, "qty": 1, "qty_scale": 2}), "invalid_quantity"),
        (json!({"product_id": beef}), "invalid_body"),
        (json!({"qty": 1}), "invalid_body"),
        (json!({"barcode": "2100123157501", "qty": 1}), "invalid_body"),
        (json!({"barcode": "2100123157501", "product_id": beef}), "invalid_body"),
        (json!({"barcode": ""}), "invalid_text"),
    ] {
        let answer = shop.order(json!([line])).await;
        assert_eq!(answer.refusal(), (422, code), "{line}: {}", answer.body);
    }
}

#[tokio::test]
async fn patterns_that_contradict_each_other_are_refused() {
    let shop = Shop::open().await;
    let body = |patterns: Value| {
        json!({"zone": "Asia/Jakarta", "cutoff_minutes": 0, "cash_rounding_step": 0, "cash_rounding_mode": "nearest",
            "barcode_patterns": patterns})
    };
    for patterns in [
        json!([{"pattern": "21IIIIIPPPPPC"}, {"pattern": "21IIIIIWWWWWC"}]),
        json!([{"pattern": "2IIIIIPPPPPPC"}, {"pattern": "29IIIIIPPPPPC"}]),
        json!([{"pattern": "89IIIIIPPPPPC"}]),
        json!([{"pattern": "21IIIIIPPPPPC", "factor": 0}]),
        json!([{"pattern": ""}]),
    ] {
        let answer = shop.outlet.admin().call("PUT", "/api/v1/config/shop", &body(patterns.clone())).await;
        assert_eq!(answer.refusal(), (422, "invalid_barcode_patterns"), "{patterns}");
    }
}

#[tokio::test]
async fn a_weighed_line_is_split_voided_and_given_back_as_a_whole() {
    let shop = Shop::open().await;
    let priced = json!({"barcode": "2100123157501"});
    let order = shop.order(json!([priced, shop.grams(500), {"product_id": shop.bread, "qty": 2}])).await.data().clone();
    let id = |at: usize| text(&order["lines"][at]["id"]);
    // The price of a barcode belongs to its quantity.
    let change = shop.cashier.call("PATCH", &path(&order, &format!("lines/{}", id(0))), &json!({"qty": 100})).await;
    assert_eq!(change.refusal(), (422, "invalid_quantity"));
    let part = json!({"parts": [[{"line_id": id(1), "qty": 250}]]});
    assert_eq!(shop.cashier.post(&path(&order, "split"), &part).await.refusal(), (422, "invalid_split"));
    let whole = json!({"parts": [[{"line_id": id(1)}]]});
    let split = shop.cashier.post(&path(&order, "split"), &whole).await;
    let parts = &split.data()["orders"];
    assert_eq!(
        (sold(&parts[0]), sold(&parts[1])),
        (json!([[185, 3, "kg", 15_750], [2, 0, null, 24_000]]), json!([[500, 3, "kg", 42_500]]))
    );
    let sent = shop.cashier.post(&path(&parts[1], "send"), &json!({})).await;
    let line = text(&sent.data()["lines"][0]["id"]);
    let admin = shop.outlet.admin();
    let part = json!({"qty": 100, "kind": "wasted", "reason": "Jatuh"});
    let refused = admin.post(&path(&parts[1], &format!("lines/{line}/void")), &part).await;
    assert_eq!(refused.refusal(), (422, "invalid_quantity"));
    let paid = json!({"method": "cash", "amount": 100_000});
    let paid = shop.cashier.post(&path(&parts[0], "payments"), &paid).await.data().clone();
    let refund = json!({"lines": [{"line_id": paid["lines"][0]["id"], "qty": 185}], "reason": "Basi"});
    let refund = admin.post(&path(&paid, "refunds"), &refund).await;
    let refunded = &refund.data()["lines"][0];
    assert_eq!((&refunded["qty"], &refunded["unit"], &refunded["amount"]), (&json!(185), &json!("kg"), &json!(15_750)));
    assert_eq!(refund.data()["total"], 17_325);
    let paper = shop.cashier.get(&format!("{}?width=32&as=text", path(&paid, "receipt"))).await;
    assert!(paper.text.contains("0,185 kg x 85.000"), "{}", paper.text);
}

#[tokio::test]
async fn head_office_counts_weighed_goods_apart_from_pieces() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let shop = Shop::of(outlet).await;
    let lines = json!([{"barcode": "2100123157501"}, shop.grams(500), {"product_id": shop.bread, "qty": 2}]);
    let sale = json!({"lines": lines, "payments": [{"method": "qris", "amount": 90_475}]});
    assert_eq!(shop.cashier.post("/api/v1/orders", &sale).await.data()["status"], "paid");
    shop.outlet.synced().await;
    let boss = hub.boss().await;
    let period = "from=2000-01-01&to=2000-12-31".replace("2000", &sale_year(&shop).await);
    let products = boss.get(&format!("/v1/hq/sales/products?{period}")).await;
    let sums = |row: &Value| json!([row["name"], row["qty"], row["weighed_qty"], row["amount"]]);
    let rows: Vec<Value> = products.data().as_array().unwrap().iter().map(sums).collect();
    assert_eq!(rows, [json!(["Daging sapi", 0, 685, 58_250]), json!(["Roti", 2, 0, 24_000])]);
    let groups = boss.get(&format!("/v1/hq/sales/by?group=category&{period}")).await;
    assert_eq!((&groups.data()[0]["qty"], &groups.data()[0]["weighed_qty"]), (&json!(2), &json!(685)));
}

/// The year of the shop's orders.
async fn sale_year(shop: &Shop) -> String {
    let orders = shop.cashier.get("/api/v1/orders?limit=1").await;
    text(&orders.data()[0]["business_date"])[..4].to_owned()
}
