//! Changes of open orders: lines, details, sending, discounts, moving, merging, splitting, and voids of sent lines.

use serde_json::{Value, json};
use testkit::{Answer, Http, TestHub, TestOutlet};

/// A café with the chain's charges: service of 5 % and PBJT of 10 %.
struct Cafe {
    outlet: TestOutlet,
    cashier: Http,
    admin_id: String,
    products: Vec<String>,
}

const PRICES: [i64; 3] = [33_500, 27_900, 41_000];

impl Cafe {
    async fn of(outlet: TestOutlet) -> Self {
        let admin = outlet.admin().clone();
        for charge in admin.all("/api/v1/charges?limit=100").await {
            admin.call("DELETE", &format!("/api/v1/charges/{}", text(&charge["id"])), &Value::Null).await.data();
        }
        for (name, kind, rate_bp) in [("Layanan", "service", 500), ("PB1", "tax", 1_000)] {
            let charge = json!({"name": name, "kind": kind, "rate_bp": rate_bp, "tax_group": "pbjt"});
            admin.post("/api/v1/charges", &charge).await.data();
        }
        let mut products = Vec::new();
        for (n, price) in PRICES.iter().enumerate() {
            let product = json!({"name": format!("Menu {n}"), "price": price, "tax_group": "pbjt"});
            products.push(text(&admin.post("/api/v1/products", &product).await.data()["id"]));
        }
        let cashier = outlet.member("cashier").await;
        let me = admin.get("/api/v1/auth/me").await;
        let admin_id = text(&me.data()["user"]["id"]);
        Self { outlet, cashier, admin_id, products }
    }

    async fn open() -> Self {
        Self::of(TestOutlet::alone().await).await
    }

    fn lines(&self, quantities: &[i64]) -> Value {
        let lines = self.products.iter().zip(quantities).filter(|(_, qty)| **qty > 0);
        lines.map(|(id, qty)| json!({"product_id": id, "qty": qty})).collect::<Vec<_>>().into()
    }

    /// An open order with these quantities of the products.
    async fn order(&self, quantities: &[i64]) -> Value {
        let body = json!({"lines": self.lines(quantities), "table_number": "4"});
        self.cashier.post("/api/v1/orders", &body).await.data().clone()
    }

    async fn give(&self, order: &Value, discount: Value) -> Answer {
        self.cashier.post(&path(order, "discounts"), &discount).await
    }

    fn approval(&self, reason: &str) -> Value {
        json!({"user_id": self.admin_id, "pin": "1234", "reason": reason})
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn path(order: &Value, command: &str) -> String {
    format!("/api/v1/orders/{}/{command}", text(&order["id"]))
}

fn line(order: &Value, at: usize) -> String {
    text(&order["lines"][at]["id"])
}

fn figures(order: &Value) -> [i64; 5] {
    ["subtotal", "discount", "service", "tax", "total"].map(|name| order[name].as_i64().unwrap())
}

/// The shares of the lines, discounts and charges add up to the order.
#[track_caller]
fn adds_up(order: &Value) {
    let sum = |list: &str, field: &str| -> i64 {
        order[list].as_array().unwrap().iter().map(|row| row[field].as_i64().unwrap()).sum()
    };
    assert_eq!(sum("lines", "amount"), order["subtotal"], "{order}");
    for field in ["discount", "service", "tax", "tax_included"] {
        assert_eq!(sum("lines", field), order[field], "{field} of {order}");
    }
    assert_eq!(sum("discounts", "amount"), order["discount"], "{order}");
    assert_eq!(
        sum("charges", "amount"),
        order["service"].as_i64().unwrap() + order["tax"].as_i64().unwrap(),
        "{order}"
    );
    let [subtotal, discount, service, tax, total] = figures(order);
    assert_eq!(subtotal - discount + service + tax + order["rounding"].as_i64().unwrap(), total, "{order}");
}

#[tokio::test]
async fn lines_are_added_changed_and_removed_until_they_are_sent() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1]).await;
    assert_eq!(figures(&order), [33_500, 0, 1_675, 3_518, 38_693]);
    let more = cafe.cashier.post(&path(&order, "lines"), &cafe.lines(&[0, 2])).await;
    let order = more.data().clone();
    assert_eq!(figures(&order), [89_300, 0, 4_465, 9_377, 103_142]);
    adds_up(&order);
    let second = format!("lines/{}", line(&order, 1));
    let change = json!({"qty": 1, "note": "tanpa es"});
    let order = cafe.cashier.call("PATCH", &path(&order, &second), &change).await.data().clone();
    assert_eq!((&order["lines"][1]["qty"], &order["lines"][1]["note"]), (&json!(1), &json!("tanpa es")));
    assert_eq!(order["lines"][1]["amount"], 27_900);
    adds_up(&order);

    let sent = cafe.cashier.call("POST", &path(&order, "send"), &Value::Null).await.data().clone();
    assert!(sent["lines"].as_array().unwrap().iter().all(|line| line["sent_at"].is_string()), "{sent}");
    for (method, body) in [("PATCH", json!({"qty": 3})), ("DELETE", Value::Null)] {
        let refused = cafe.cashier.call(method, &path(&order, &second), &body).await;
        assert_eq!(refused.refusal(), (409, "line_sent"), "{method}");
    }
    let third = cafe.cashier.post(&path(&order, "lines"), &cafe.lines(&[1])).await.data().clone();
    let again = cafe.cashier.call("POST", &path(&order, "send"), &Value::Null).await.data().clone();
    assert_eq!(again["lines"][0]["sent_at"], sent["lines"][0]["sent_at"], "it was sent once");
    assert!(third["lines"][2]["sent_at"].is_null() && again["lines"][2]["sent_at"].is_string());
    let order = cafe.cashier.post(&path(&order, "lines"), &cafe.lines(&[1])).await.data().clone();
    let removed = cafe.cashier.call("DELETE", &path(&order, &format!("lines/{}", line(&order, 3))), &Value::Null).await;
    assert_eq!(figures(removed.data()), figures(&again));
}

#[tokio::test]
async fn a_line_keeps_the_price_at_which_it_was_added() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1]).await;
    let dearer = json!({"price": 99_000});
    cafe.outlet.admin().call("PATCH", &format!("/api/v1/products/{}", cafe.products[0]), &dearer).await.data();
    let of_line = path(&order, &format!("lines/{}", line(&order, 0)));
    let prices = |order: &Value| {
        let lines = order["lines"].as_array().unwrap().iter();
        lines.map(|line| (line["qty"].as_i64().unwrap(), line["price"].as_i64().unwrap())).collect::<Vec<_>>()
    };
    let raised = cafe.cashier.call("PATCH", &of_line, &json!({"qty": 2})).await.data().clone();
    assert_eq!(prices(&raised), [(1, 33_500), (1, 99_000)]);
    let added = cafe.cashier.post(&path(&order, "lines"), &cafe.lines(&[1])).await.data().clone();
    assert_eq!(prices(&added), [(1, 33_500), (1, 99_000), (1, 99_000)]);
    adds_up(&added);
}

#[tokio::test]
async fn a_sent_line_is_void_with_an_approval_whole_or_in_part() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[3, 1]).await;
    let of_line = |order: &Value, at: usize| path(order, &format!("lines/{}/void", line(order, at)));
    let void = json!({"qty": 1, "kind": "wasted", "approval": cafe.approval("Tumpah")});
    assert_eq!(cafe.cashier.post(&of_line(&order, 0), &void).await.refusal(), (409, "line_not_sent"));
    let order = cafe.cashier.call("POST", &path(&order, "send"), &Value::Null).await.data().clone();
    let without = json!({"kind": "wasted", "reason": "Tumpah"});
    assert_eq!(cafe.cashier.post(&of_line(&order, 0), &without).await.refusal(), (403, "approval_required"));
    let mut wrong = void.clone();
    wrong["approval"]["pin"] = json!("9999");
    assert_eq!(cafe.cashier.post(&of_line(&order, 0), &wrong).await.refusal(), (403, "wrong_manager_pin"));
    for qty in [0, -1, 4] {
        let refused = json!({"qty": qty, "kind": "wasted", "approval": cafe.approval("Tumpah")});
        assert_eq!(
            cafe.cashier.post(&of_line(&order, 0), &refused).await.refusal(),
            (422, "invalid_quantity"),
            "{qty}"
        );
    }
    let order = cafe.cashier.post(&of_line(&order, 0), &void).await.data().clone();
    assert_eq!(order["lines"].as_array().unwrap().len(), 3);
    assert_eq!((&order["lines"][0]["qty"], &order["lines"][0]["amount"]), (&json!(2), &json!(67_000)));
    let gone = &order["lines"][2];
    assert_eq!((&gone["qty"], &gone["amount"], &gone["void_kind"]), (&json!(1), &json!(0), &json!("wasted")));
    assert_eq!((&gone["void_reason"], &gone["voided_by"]), (&json!("Tumpah"), &json!(cafe.admin_id)));
    adds_up(&order);
    // A manager's own session needs only a reason.
    let own = json!({"kind": "returned", "reason": "Habis"});
    let order = cafe.outlet.admin().post(&of_line(&order, 1), &own).await.data().clone();
    assert_eq!(order["subtotal"], 67_000);
    assert_eq!(cafe.outlet.admin().post(&of_line(&order, 1), &own).await.refusal(), (409, "line_void"));
    let paid = json!({"method": "cash", "amount": order["total"]});
    let paid = cafe.cashier.post(&path(&order, "payments"), &paid).await.data().clone();
    assert_eq!(paid["status"], "paid");
    assert_eq!(cafe.outlet.admin().post(&of_line(&order, 0), &own).await.refusal(), (409, "already_paid"));
}

#[tokio::test]
async fn discounts_apply_in_turn_and_need_an_approval_beyond_the_limit_of_the_role() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1, 2, 1]).await;
    let of_line = json!({"kind": "amount", "value": 5_000, "line_id": line(&order, 0), "name": "Promo"});
    let order = cafe.give(&order, of_line).await.data().clone();
    assert_eq!((order["discount"].clone(), order["discounts"][0]["amount"].clone()), (json!(5_000), json!(5_000)));
    let five_percent = json!({"kind": "percent", "rate_bp": 500});
    let order = cafe.give(&order, five_percent.clone()).await.data().clone();
    // 5 % of 130,300 - 5,000.
    assert_eq!(order["discounts"][1]["amount"], 6_265);
    adds_up(&order);
    // Together more than 10 % of the order.
    assert_eq!(cafe.give(&order, five_percent).await.refusal(), (403, "approval_required"));
    let approved = json!({"kind": "percent", "rate_bp": 500, "approval": cafe.approval("Teman lama")});
    let order = cafe.give(&order, approved).await.data().clone();
    assert_eq!(
        (&order["discounts"][2]["approved_by"], &order["discounts"][2]["reason"]),
        (&json!(cafe.admin_id), &json!("Teman lama"))
    );
    adds_up(&order);
    let waiter = cafe.outlet.member("waiter").await;
    let small = json!({"kind": "amount", "value": 1});
    let other = cafe.order(&[1]).await;
    assert_eq!(waiter.post(&path(&other, "discounts"), &small).await.refusal(), (403, "approval_required"));

    let id = text(&order["discounts"][1]["id"]);
    let order =
        cafe.cashier.call("DELETE", &path(&order, &format!("discounts/{id}")), &Value::Null).await.data().clone();
    assert_eq!(order["discounts"].as_array().unwrap().len(), 2);
    adds_up(&order);
    let gone = cafe.cashier.call("DELETE", &path(&order, &format!("discounts/{id}")), &Value::Null).await;
    assert_eq!(gone.refusal(), (404, "not_found"));
    for invalid in [
        json!({"kind": "percent", "rate_bp": 10_001}),
        json!({"kind": "percent", "rate_bp": 0}),
        json!({"kind": "percent", "value": 5}),
        json!({"kind": "amount", "value": 0}),
        json!({"kind": "amount", "value": -5}),
        json!({"kind": "amount", "value": 5, "rate_bp": 5}),
        json!({"kind": "compliment", "value": 5}),
        json!({"kind": "gift"}),
    ] {
        assert_eq!(cafe.give(&order, invalid.clone()).await.refusal(), (422, "invalid_discount"), "{invalid}");
    }
}

#[tokio::test]
async fn a_compliment_costs_nothing_and_is_reported_at_list_price() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1, 1]).await;
    let gift = json!({"kind": "compliment", "line_id": line(&order, 0)});
    assert_eq!(cafe.give(&order, gift.clone()).await.refusal(), (403, "approval_required"));
    let mut approved = gift;
    approved["approval"] = cafe.approval("Ulang tahun");
    let order = cafe.give(&order, approved).await.data().clone();
    assert_eq!(figures(&order), [61_400, 33_500, 1_395, 2_930, 32_225]);
    adds_up(&order);
    // The rest too: then nothing is due, and a payment of nothing settles it.
    let rest = json!({"kind": "compliment", "approval": cafe.approval("Ulang tahun")});
    let order = cafe.give(&order, rest).await.data().clone();
    assert_eq!(order["total"], 0);
    let settled = cafe.cashier.post(&path(&order, "payments"), &json!({"method": "cash", "amount": 0})).await;
    assert_eq!(settled.data()["status"], "paid");
}

#[tokio::test]
async fn details_change_and_another_type_has_other_charges() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1]).await;
    let customer = cafe.outlet.admin().post("/api/v1/customers", &json!({"name": "Bu Rina"})).await;
    let change = json!({"table_number": null, "order_type": "take_away", "pax": 2, "note": "bungkus",
        "customer_id": customer.data()["id"]});
    let of = format!("/api/v1/orders/{}", text(&order["id"]));
    let changed = cafe.cashier.call("PATCH", &of, &change).await.data().clone();
    for (field, value) in [
        ("table_number", Value::Null),
        ("order_type", json!("take_away")),
        ("pax", json!(2)),
        ("note", json!("bungkus")),
        ("customer_name", json!("Bu Rina")),
    ] {
        assert_eq!(changed[field], value, "{field}");
    }
    for (body, code) in [
        (json!({"pax": 0}), "invalid_pax"),
        (json!({"order_type": "drive_in"}), "invalid_order_type"),
        (json!({"customer_id": "0199f3c2-8a00-7abc-8def-0123456789ff"}), "unknown_customer"),
        (json!({"total": 1}), "invalid_body"),
    ] {
        assert_eq!(cafe.cashier.call("PATCH", &of, &body).await.refusal(), (422, code), "{body}");
    }
}

#[tokio::test]
async fn an_order_moves_to_a_free_table_only() {
    let cafe = Cafe::open().await;
    let (first, second) = (cafe.order(&[1]).await, cafe.order(&[0, 1]).await);
    let moved = cafe.cashier.post(&path(&first, "move"), &json!({"table_number": "7"})).await;
    assert_eq!(moved.data()["table_number"], "7");
    let occupied = cafe.cashier.post(&path(&second, "move"), &json!({"table_number": "7"})).await;
    assert_eq!(occupied.refusal(), (409, "table_occupied"));
    assert_eq!(occupied.body["args"]["number"], first["order_number"]);
}

#[tokio::test]
async fn merged_orders_are_calculated_again_and_become_void() {
    let cafe = Cafe::open().await;
    let (first, second, third) = (cafe.order(&[1]).await, cafe.order(&[0, 2]).await, cafe.order(&[1]).await);
    cafe.cashier.call("POST", &path(&second, "send"), &Value::Null).await.data();
    let of_line = json!({"kind": "amount", "value": 1_000, "line_id": line(&third, 0)});
    cafe.give(&third, of_line).await.data();
    for (from, refusal) in [
        (json!([first["id"]]), (422, "invalid_merge")),
        (json!([second["id"], second["id"]]), (422, "invalid_merge")),
        (json!([]), (422, "invalid_merge")),
        (json!(["0199f3c2-8a00-7abc-8def-0123456789ff"]), (404, "not_found")),
    ] {
        let refused = cafe.cashier.post(&path(&first, "merge"), &json!({"from": from})).await;
        assert_eq!(refused.refusal(), refusal, "{from}");
    }
    let from = json!({"from": [second["id"], third["id"]]});
    let merged = cafe.cashier.post(&path(&first, "merge"), &from).await.data().clone();
    assert_eq!(merged["subtotal"], 33_500 + 2 * 27_900 + 33_500);
    assert_eq!(merged["discount"], 1_000);
    adds_up(&merged);
    let positions: Vec<_> = merged["lines"].as_array().unwrap().iter().map(|line| line["position"].clone()).collect();
    assert_eq!(positions, [1, 2, 3]);
    assert_eq!(merged["lines"][1]["from_order_id"], second["id"]);
    assert!(merged["lines"][1]["sent_at"].is_string(), "nothing is sent again");
    for empty in [&second, &third] {
        let empty = cafe.cashier.get(&format!("/api/v1/orders/{}", text(&empty["id"]))).await.data().clone();
        assert_eq!(
            (&empty["status"], &empty["merged_into"], &empty["total"]),
            (&json!("void"), &first["id"], &json!(0)),
            "{empty}"
        );
        assert_eq!(empty["lines"], json!([]));
    }
    // Money must not move between orders.
    let deposit = cafe.order(&[1]).await;
    cafe.cashier.post(&path(&deposit, "payments"), &json!({"method": "cash", "amount": 1_000})).await.data();
    let refused = cafe.cashier.post(&path(&first, "merge"), &json!({"from": [deposit["id"]]})).await;
    assert_eq!(refused.refusal(), (409, "has_payments"));
}

#[tokio::test]
async fn the_parts_of_a_split_add_up_to_the_order() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[3, 2, 1]).await;
    let discounted = json!({"kind": "amount", "value": 9_999, "approval": cafe.approval("Promo")});
    cafe.give(&order, discounted).await.data();
    let of_line =
        json!({"kind": "percent", "rate_bp": 333, "line_id": line(&order, 0), "approval": cafe.approval("Promo")});
    let order = cafe.give(&order, of_line).await.data().clone();
    let one_of_three = json!({"line_id": line(&order, 0), "qty": 1});
    let refusals = [
        json!([]),
        json!([[]]),
        json!([[{"line_id": "x"}]]),
        json!([[{"line_id": line(&order, 0), "qty": 4}]]),
        json!([[one_of_three, one_of_three]]),
        json!([[{"line_id": line(&order, 0)}, {"line_id": line(&order, 1)}, {"line_id": line(&order, 2)}]]),
    ];
    for parts in refusals {
        let refused = cafe.cashier.post(&path(&order, "split"), &json!({"parts": parts})).await;
        assert_eq!(refused.refusal(), (422, "invalid_split"), "{parts}");
    }
    let parts = json!([[one_of_three, {"line_id": line(&order, 1)}], [one_of_three]]);
    let split = cafe.cashier.post(&path(&order, "split"), &json!({"parts": parts})).await.data().clone();
    let orders = split["orders"].as_array().unwrap();
    assert_eq!(orders.len(), 3);
    for part in orders {
        adds_up(part);
    }
    let whole = figures(&order);
    let mut sums = [0; 5];
    for part in orders {
        for (sum, figure) in sums.iter_mut().zip(figures(part)) {
            *sum += figure;
        }
    }
    assert_eq!(sums, whole);
    assert_eq!(orders[0]["id"], order["id"]);
    assert_ne!(orders[1]["order_number"], orders[2]["order_number"]);
    assert_eq!((&orders[1]["split_from"], &orders[1]["lines"][0]["qty"]), (&order["id"], &json!(1)));
    // Each can be changed and paid alone.
    let paid = json!({"method": "qris", "amount": orders[2]["total"]});
    assert_eq!(cafe.cashier.post(&path(&orders[2], "payments"), &paid).await.data()["status"], "paid");
    let more = cafe.cashier.post(&path(&orders[1], "lines"), &cafe.lines(&[1])).await.data().clone();
    adds_up(&more);
}

#[tokio::test]
async fn a_returned_deposit_stays_with_its_order_when_it_is_split() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1, 1]).await;
    let deposit = json!({"method": "cash", "amount": 10_000});
    let deposit = cafe.cashier.post(&path(&order, "payments"), &deposit).await.data()["payments"][0]["id"].clone();
    let reverse = path(&order, &format!("payments/{}/reverse", text(&deposit)));
    cafe.cashier.post(&reverse, &json!({"approval": cafe.approval("Batal")})).await.data();
    let parts = json!({"parts": [[{"line_id": line(&order, 1)}]]});
    let split = cafe.cashier.post(&path(&order, "split"), &parts).await.data()["orders"].clone();
    let payments = |order: &Value| order["payments"].as_array().unwrap().len();
    assert_eq!((payments(&split[0]), payments(&split[1])), (2, 0));
}

#[tokio::test]
async fn a_part_of_an_older_order_is_numbered_in_the_orders_day() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1, 1]).await;
    let yesterday = "update orders set business_date = '2026-01-05' where id = ?1";
    cafe.outlet.shell().execute(yesterday, [text(&order["id"])]).unwrap();
    let parts = json!({"parts": [[{"line_id": line(&order, 1)}]]});
    let split = cafe.cashier.post(&path(&order, "split"), &parts).await.data()["orders"].clone();
    assert_eq!(split[1]["business_date"], "2026-01-05");
    assert!(text(&split[1]["order_number"]).contains("20260105"), "{}", split[1]["order_number"]);
}

#[tokio::test]
async fn an_order_is_created_with_its_discounts() {
    let cafe = Cafe::open().await;
    let discounts =
        json!([{"kind": "percent", "rate_bp": 500, "line": 1, "name": "Promo"}, {"kind": "amount", "value": 1_000}]);
    let body = json!({"lines": cafe.lines(&[1, 2]), "discounts": discounts});
    let quote = cafe.cashier.post("/api/v1/orders/quote", &body).await.data().clone();
    let order = cafe.cashier.post("/api/v1/orders", &body).await.data().clone();
    assert_eq!(figures(&order), [89_300, 2_790 + 1_000, 4_276, 8_979, 98_765]);
    assert_eq!(figures(&quote), figures(&order));
    assert_eq!(order["discounts"][0]["line_id"], order["lines"][1]["id"]);
    adds_up(&order);
    // The same figures as by one command after the other.
    let later = cafe.order(&[1, 2]).await;
    cafe.give(&later, json!({"kind": "percent", "rate_bp": 500, "line_id": line(&later, 1)})).await.data();
    let later = cafe.give(&later, json!({"kind": "amount", "value": 1_000})).await.data().clone();
    assert_eq!(figures(&later), figures(&order));

    let gift = json!({"lines": cafe.lines(&[1]), "discounts": [{"kind": "compliment", "reason": "Ulang tahun"}]});
    assert_eq!(cafe.cashier.post("/api/v1/orders", &gift).await.refusal(), (403, "approval_required"));
    let half = json!({"lines": cafe.lines(&[1]), "discounts": [{"kind": "percent", "rate_bp": 5_000}]});
    assert_eq!(cafe.cashier.post("/api/v1/orders", &half).await.refusal(), (403, "approval_required"));
    assert_eq!(cafe.cashier.post("/api/v1/orders/quote", &half).await.data()["discount"], 16_750);
    let approved = |mut body: Value| {
        body["approval"] = cafe.approval("Ulang tahun");
        body
    };
    let given = cafe.cashier.post("/api/v1/orders", &approved(gift)).await.data().clone();
    assert_eq!((&given["total"], &given["discounts"][0]["approved_by"]), (&json!(0), &json!(cafe.admin_id)));
    for (wrong, code) in [
        (json!([{"kind": "percent", "rate_bp": 500, "line": 1}]), "invalid_discount"),
        (json!([{"kind": "percent"}]), "invalid_discount"),
        (json!([{"kind": "amount", "value": 0}]), "invalid_discount"),
    ] {
        let body = json!({"lines": cafe.lines(&[1]), "discounts": wrong});
        assert_eq!(cafe.cashier.post("/api/v1/orders", &body).await.refusal(), (422, code), "{wrong}");
    }
    // Refused orders are not stored.
    assert_eq!(cafe.cashier.all("/api/v1/orders/summary").await.len(), 3);
}

#[tokio::test]
async fn removing_lines_is_no_way_around_the_limit_of_discounts() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1, 2]).await;
    let amount = json!({"kind": "amount", "value": 8_000});
    let order = cafe.give(&order, amount.clone()).await.data().clone();
    let second = path(&order, &format!("lines/{}", line(&order, 1)));
    let removed = cafe.cashier.call("DELETE", &second, &Value::Null).await;
    assert_eq!(removed.refusal(), (409, "discount_over_limit"));
    assert_eq!(cafe.cashier.call("PATCH", &second, &json!({"qty": 1})).await.refusal(), (409, "discount_over_limit"));
    assert_eq!(cafe.cashier.call("PATCH", &second, &json!({"qty": 3})).await.status, 200);
    // A manager has no limit.
    assert_eq!(cafe.outlet.admin().call("DELETE", &second, &Value::Null).await.status, 200);
}

#[tokio::test]
async fn lines_of_a_partly_paid_order_stay_above_what_is_paid() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1, 1]).await;
    cafe.cashier.post(&path(&order, "payments"), &json!({"method": "cash", "amount": 50_000})).await.data();
    let remove = path(&order, &format!("lines/{}", line(&order, 0)));
    assert_eq!(cafe.cashier.call("DELETE", &remove, &Value::Null).await.refusal(), (409, "total_below_paid"));
    let more = cafe.cashier.post(&path(&order, "lines"), &cafe.lines(&[1])).await.data().clone();
    assert_eq!(more["paid"], 50_000);
    adds_up(&more);
}

#[tokio::test]
async fn a_command_runs_once_per_key_and_only_on_the_expected_version() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1]).await;
    let lines = cafe.lines(&[1]).to_string();
    let add =
        || cafe.cashier.request("POST", &path(&order, "lines")).header("idempotency-key", "k1").body(lines.clone());
    let first = Http::send(add()).await.data().clone();
    assert_eq!(&first, Http::send(add()).await.data());
    assert_eq!(first["lines"].as_array().unwrap().len(), 2);
    let stale = cafe.cashier.request("POST", &path(&order, "lines")).header("if-match", "\"1\"").body(lines.clone());
    assert_eq!(Http::send(stale).await.refusal(), (412, "version_mismatch"));
    // A repeated request with another PIN gets the answer and tries no PIN.
    let gift =
        |pin: &str| json!({"kind": "compliment", "approval": {"user_id": cafe.admin_id, "pin": pin, "reason": "x"}});
    let give = |pin: &str| {
        let request = cafe.cashier.request("POST", &path(&order, "discounts")).header("idempotency-key", "k2");
        request.body(gift(pin).to_string())
    };
    let first = Http::send(give("1234")).await.data().clone();
    assert_eq!(&first, Http::send(give("9999")).await.data());
}

#[tokio::test]
async fn a_settled_order_says_who_took_the_money() {
    let cafe = Cafe::open().await;
    let order = cafe.order(&[1]).await;
    cafe.cashier.post(&path(&order, "payments"), &json!({"method": "cash", "amount": 100_000})).await.data();
    let refused = cafe.outlet.admin().post(&path(&order, "lines"), &cafe.lines(&[1])).await;
    assert_eq!(refused.refusal(), (409, "already_paid"));
    assert_eq!(refused.body["args"]["by"], "cashier");
    assert!(refused.body["args"]["at"].as_str().unwrap().starts_with("20"), "{}", refused.text);
    let message = refused.body["message"].as_str().unwrap();
    let date = refused.body["args"]["local_time"]["date"].as_str().unwrap();
    assert!(message.contains(&date[11..]) && message.contains(&date[..4]) && !message.contains(date), "{message}");
    assert!(!message.contains('Z'), "a time by the shop's clock: {message}");
}

#[tokio::test]
async fn head_office_has_every_change_to_the_rupiah() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let cafe = Cafe::of(TestOutlet::of(&hub.url(), &added).await).await;
    let (first, second) = (cafe.order(&[3, 1]).await, cafe.order(&[1, 1, 2]).await);
    let merged = cafe.cashier.post(&path(&first, "merge"), &json!({"from": [second["id"]]})).await.data().clone();
    let gift = json!({"kind": "compliment", "line_id": line(&merged, 1), "approval": cafe.approval("Tamu tetap")});
    let merged = cafe.give(&merged, gift).await.data().clone();
    let parts = json!({"parts": [[{"line_id": line(&merged, 0), "qty": 2}]]});
    let split = cafe.cashier.post(&path(&merged, "split"), &parts).await.data()["orders"].clone();
    for order in split.as_array().unwrap() {
        let payment = json!({"method": "card", "amount": order["total"]});
        cafe.cashier.post(&path(order, "payments"), &payment).await.data();
    }
    // A void piece is no sale.
    let order = cafe.order(&[0, 3]).await;
    let order = cafe.cashier.call("POST", &path(&order, "send"), &Value::Null).await.data().clone();
    let void = json!({"qty": 1, "kind": "wasted", "approval": cafe.approval("Tumpah")});
    let order =
        cafe.cashier.post(&path(&order, &format!("lines/{}/void", line(&order, 0))), &void).await.data().clone();
    let payment = json!({"method": "card", "amount": order["total"]});
    cafe.cashier.post(&path(&order, "payments"), &payment).await.data();
    let summary = cafe.cashier.get("/api/v1/orders/summary?limit=1").await.data()[0].clone();
    assert_eq!((&summary["id"], &summary["items"]), (&order["id"], &json!(2)));
    cafe.outlet.synced().await;
    let boss = hub.boss().await;
    let today = cafe.outlet.admin().get("/api/v1/today").await.data().clone();
    let date = text(&merged["business_date"]);
    let sold = boss.get(&format!("/v1/hq/sales/products?from={date}&to={date}&limit=10")).await.data().clone();
    for list in [&today["top_products"], &sold] {
        let pieces = list.as_array().unwrap().iter().find(|product| product["product_id"] == cafe.products[1].as_str());
        assert_eq!(pieces.unwrap()["qty"], 1 + 1 + 2, "without the void piece: {list}");
    }
    for id in [&merged["id"], &second["id"], &split[1]["id"]] {
        let path = format!("/api/v1/orders/{}", text(id));
        let here = cafe.cashier.get(&path).await.data().clone();
        let there = boss.get(&format!("/v1/hq/orders/{}", text(id))).await.data().clone();
        for field in ["status", "subtotal", "discount", "service", "tax", "total", "paid"] {
            assert_eq!(there[field], here[field], "{field} of {here}");
        }
    }
    let compared = cafe.outlet.admin().get(&format!("/api/v1/sync/statement?date={date}")).await;
    assert_eq!(compared.data()["matches"], true, "{}", compared.text);
}
