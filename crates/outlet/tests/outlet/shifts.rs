//! Shifts of cash drawers: which payments they receive, what should be in the drawer, and that a closed one never changes.

use serde_json::{Value, json};
use testkit::{Answer, Browser, Http, TestHub, TestOutlet};

struct Shop {
    outlet: TestOutlet,
    cashier: Http,
    approval: Value,
    drawer: String,
    /// Costs 1,000 without charges.
    product: String,
}

impl Shop {
    async fn of(outlet: TestOutlet) -> Self {
        let admin = outlet.admin();
        for charge in admin.all("/api/v1/charges?limit=100").await {
            admin.call("DELETE", &format!("/api/v1/charges/{}", text(&charge["id"])), &Value::Null).await.data();
        }
        let product = admin.post("/api/v1/products", &json!({"name": "Satuan", "price": 1_000})).await;
        let product = text(&product.data()["id"]);
        let drawer = text(&admin.post("/api/v1/drawers", &json!({"name": "Laci depan"})).await.data()["id"]);
        let cashier = outlet.member("cashier").await;
        let me = admin.get("/api/v1/auth/me").await;
        let approval = json!({"user_id": me.data()["user"]["id"], "pin": "1234", "reason": "Disetujui"});
        Self { cashier, approval, drawer, product, outlet }
    }

    async fn open() -> Self {
        Self::of(TestOutlet::alone().await).await
    }

    fn admin(&self) -> &Http {
        self.outlet.admin()
    }

    async fn open_shift(&self, by: &Http, drawer: &str, counted: i64) -> Value {
        by.post("/api/v1/shifts", &json!({"drawer_id": drawer, "opening": counted})).await.data().clone()
    }

    /// An open order of this total.
    async fn order(&self, total: i64) -> Value {
        let lines = json!({"lines": [{"product_id": self.product, "qty": total / 1_000}]});
        self.cashier.post("/api/v1/orders", &lines).await.data().clone()
    }

    async fn pay(&self, by: &Http, order: &Value, method: &str, amount: i64) -> Answer {
        by.post(&payments(order), &json!({"method": method, "amount": amount})).await
    }

    /// An order of this total, paid.
    async fn sell(&self, by: &Http, method: &str, total: i64) -> Value {
        let order = self.order(total).await;
        self.pay(by, &order, method, total).await.data().clone()
    }

    async fn report(&self, shift: &Value) -> Value {
        self.admin().get(&of(shift, "report")).await.data().clone()
    }

    async fn close(&self, shift: &Value, counted: i64) -> Value {
        self.cashier.post(&of(shift, "close"), &json!({"counted": counted})).await.data().clone()
    }

    async fn set(&self, name: &str, value: Value) {
        let mut settings = self.admin().get("/api/v1/config/shop").await.data().clone();
        settings.as_object_mut().unwrap().remove("version");
        settings[name] = value;
        self.admin().call("PUT", "/api/v1/config/shop", &settings).await.data();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn of(shift: &Value, command: &str) -> String {
    format!("/api/v1/shifts/{}/{command}", text(&shift["id"]))
}

fn payments(order: &Value) -> String {
    format!("/api/v1/orders/{}/payments", text(&order["id"]))
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no number: {value}"))
}

/// The tenders add up to the sales and deposits (T24, T26, T34).
#[track_caller]
fn adds_up(report: &Value) {
    let tenders = report["tenders"].as_array().unwrap().iter();
    let received: i64 =
        tenders.map(|tender| int(&tender["payments"]) + int(&tender["reversals"]) - int(&tender["refunds"])).sum();
    let figure = |name: &str| int(&report[name]);
    let received = received + figure("refunded");
    assert_eq!(
        received,
        int(&report["sales"]["total"]) + figure("deposits_taken") - figure("deposits_used"),
        "{report}"
    );
}

#[tokio::test]
async fn a_drawer_has_what_was_put_into_it() {
    let shop = Shop::open().await;
    let shift = shop.open_shift(&shop.cashier, &shop.drawer, 500_000).await;
    assert_eq!((&shift["shift_number"], &shift["status"]), (&json!("Z0001"), &json!("open")));
    // T25: the change is not in the drawer.
    let order = shop.order(1_000_000).await;
    shop.pay(&shop.cashier, &order, "cash", 1_050_000).await.data();
    shop.sell(&shop.cashier, "cash", 234_000).await;
    // T27, T33: card and bank are not cash.
    shop.sell(&shop.cashier, "card", 80_000).await;
    shop.sell(&shop.cashier, "qris", 20_000).await;
    for (kind, amount) in [("in", 100_000), ("out", 250_000), ("drop", 500_000)] {
        let movement = json!({"kind": kind, "amount": amount, "reason": "Catatan"});
        shop.cashier.post(&of(&shift, "movements"), &movement).await.data();
    }
    let report = shop.report(&shift).await;
    let cash = json!({"opening": 500_000, "payments": 1_234_000, "refunds": 0, "paid_in": 100_000, "paid_out": 250_000,
        "dropped": 500_000, "expected": 1_084_000});
    assert_eq!(report["cash"], cash);
    adds_up(&report);
    let qris = report["tenders"].as_array().unwrap().iter().find(|tender| tender["method"] == "qris").unwrap();
    assert_eq!((&qris["payments"], &qris["unconfirmed"]), (&json!(20_000), &json!(20_000)));

    let counts = json!([{"denomination": 100_000, "pieces": 10}, {"denomination": 1_000, "pieces": 82},
        {"denomination": 500, "pieces": 0}]);
    let close = json!({"counts": counts, "left_in_drawer": 500_000, "tenders": [{"method": "card", "counted": 80_000}],
        "note": "Kurang dua ribu"});
    let closed = shop.cashier.post(&of(&shift, "close"), &close).await.data().clone();
    assert_eq!(
        (&closed["status"], &closed["expected"], &closed["counted"]),
        (&json!("closed"), &json!(1_084_000), &json!(1_082_000))
    );
    assert_eq!(closed["report"], report, "the figures at the close");
    let tender = |method: &str| {
        let found = closed["tenders"].as_array().unwrap().iter().find(|tender| tender["method"] == method).unwrap();
        (found["expected"].clone(), found["counted"].clone())
    };
    assert_eq!(tender("cash"), (json!(1_084_000), json!(1_082_000)));
    assert_eq!(tender("card"), (json!(80_000), json!(80_000)));
    assert_eq!(tender("qris"), (json!(20_000), Value::Null));

    // T28: the next shift begins with what was counted, beside what the last one left.
    let next = shop.open_shift(&shop.cashier, &shop.drawer, 499_000).await;
    assert_eq!((&next["shift_number"], &next["previous_shift_id"]), (&json!("Z0002"), &shift["id"]));
    assert_eq!((&next["opening_expected"], &next["opening_counted"]), (&json!(500_000), &json!(499_000)));
    assert_eq!(shop.report(&next).await["cash"]["expected"], 499_000);
}

#[tokio::test]
async fn payments_go_to_the_drawer_of_the_till() {
    let shop = Shop::open().await;
    let other = text(&shop.admin().post("/api/v1/drawers", &json!({"name": "Laci belakang"})).await.data()["id"]);
    let manager = shop.outlet.member("manager").await;
    let mine = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
    let theirs = shop.open_shift(&manager, &other, 0).await;
    // T29: each user's own shift; nobody's payments go to a shift by chance.
    let sale = shop.sell(&shop.cashier, "cash", 10_000).await;
    assert_eq!((&sale["payments"][0]["shift_id"], &sale["shift_id"]), (&mine["id"], &mine["id"]));
    assert_eq!(shop.sell(&manager, "cash", 5_000).await["payments"][0]["shift_id"], theirs["id"]);
    assert_eq!(shop.sell(shop.admin(), "cash", 1_000).await["payments"][0]["shift_id"], Value::Null);
    shop.close(&theirs, 5_000).await;
    assert_eq!(shop.report(&mine).await["cash"]["expected"], 10_000, "the other drawer does not matter");
    // The only open one.
    assert_eq!(shop.sell(shop.admin(), "cash", 1_000).await["payments"][0]["shift_id"], mine["id"]);
    let current = shop.cashier.get("/api/v1/shifts/current").await.data().clone();
    assert_eq!(current["id"], mine["id"]);
}

#[tokio::test]
async fn a_paired_till_uses_its_drawer() {
    let shop = Shop::open().await;
    let other = text(&shop.admin().post("/api/v1/drawers", &json!({"name": "Laci belakang"})).await.data()["id"]);
    let till = Browser::new(shop.admin().base());
    let code =
        text(&shop.admin().post("/api/v1/devices/pairing-codes", &json!({"name": "Kasir"})).await.data()["code"]);
    let paired = till.post("/api/v1/devices/pair", &json!({"code": code})).await;
    let device = format!("/api/v1/devices/{}", text(&paired.data()["device"]["id"]));
    till.log_in("/api/v1/auth/login", "cashier", "2468").await.data();
    let shift_of_a_sale = async || {
        let payment = json!({"method": "cash", "amount": 1_000});
        till.post(&payments(&shop.order(1_000).await), &payment).await.data()["payments"][0]["shift_id"].clone()
    };
    let set = shop.admin().call("PATCH", &device, &json!({"drawer_id": other})).await;
    assert_eq!(set.data()["drawer_id"], other);
    let mine = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
    // Its drawer has no open shift, so the payment goes to none.
    assert_eq!(shift_of_a_sale().await, Value::Null);
    let theirs = shop.open_shift(&shop.cashier, &other, 0).await;
    assert_eq!(shift_of_a_sale().await, theirs["id"]);
    shop.admin().call("PATCH", &device, &json!({"drawer_id": null})).await.data();
    shop.close(&theirs, 0).await;
    assert_eq!(shift_of_a_sale().await, mine["id"]);
    let unknown = json!({"drawer_id": "0199f3c2-8a00-7abc-8def-0123456789ff"});
    assert_eq!(shop.admin().call("PATCH", &device, &unknown).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn a_closed_shift_never_changes() {
    let shop = Shop::open().await;
    let shift = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
    let sale = shop.sell(&shop.cashier, "cash", 10_000).await;
    let closed = shop.close(&shift, 10_000).await;
    // T13, T14: a correction belongs to the shift in which it is made.
    let next = shop.open_shift(&shop.cashier, &shop.drawer, 10_000).await;
    let reverse = format!("{}/{}/reverse", payments(&sale), text(&sale["payments"][0]["id"]));
    let replace = json!({"reason": "Ternyata kartu", "replace_with": {"method": "card"}});
    let corrected = shop.cashier.post(&reverse, &replace).await.data().clone();
    assert_eq!((&corrected["payments"][1]["shift_id"], &corrected["shift_id"]), (&next["id"], &shift["id"]));
    let report = shop.report(&next).await;
    assert_eq!((&report["cash"]["expected"], &report["sales"]["orders"]), (&json!(0), &json!(0)));
    adds_up(&report);
    assert_eq!(shop.cashier.get(&format!("/api/v1/shifts/{}", text(&shift["id"]))).await.data(), &closed);

    let refused = shop.cashier.post(&of(&shift, "close"), &json!({"counted": 0})).await;
    assert_eq!(refused.refusal(), (409, "shift_closed"));
    assert_eq!(refused.body["args"]["by"], "cashier");
    let movement = json!({"kind": "in", "amount": 1_000, "reason": "Lupa"});
    assert_eq!(shop.cashier.post(&of(&shift, "movements"), &movement).await.refusal(), (409, "shift_closed"));
    // Nor in a shell.
    let id = text(&shift["id"]);
    for change in [
        "update shifts set counted = 0 where id = ?1",
        "delete from shifts where id = ?1",
        "update shift_counts set amount = 0 where shift_id = ?1",
        "delete from shift_tenders where shift_id = ?1",
        "insert into shift_movements (shift_id, id, kind, amount, created_at) values (?1, 'x', 'in', 1, '')",
        "insert into shift_counts (shift_id, id, kind, amount, created_at) values (?1, 'x', 'close', 1, '')",
    ] {
        let error = shop.outlet.shell().execute(change, [&id]).unwrap_err().to_string();
        assert!(error.contains("the shift is closed"), "{change}: {error}");
    }
}

#[tokio::test]
async fn a_refund_is_taken_from_the_drawer_of_its_shift() {
    let shop = Shop::open().await;
    let first = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
    let sale = shop.sell(&shop.cashier, "cash", 10_000).await;
    let closed = shop.close(&first, 10_000).await;
    // T13: sold in one shift, given back in the next one, which bears it.
    let second = shop.open_shift(&shop.cashier, &shop.drawer, 10_000).await;
    let refund = json!({"lines": [{"line_id": sale["lines"][0]["id"], "qty": 4}], "approval": shop.approval});
    let path = format!("/api/v1/orders/{}/refunds", text(&sale["id"]));
    let given = shop.cashier.post(&path, &refund).await.data().clone();
    assert_eq!((&given["shift_id"], &given["payments"][0]["shift_id"]), (&second["id"], &second["id"]));
    let report = shop.report(&second).await;
    assert_eq!((&report["cash"]["refunds"], &report["cash"]["expected"]), (&json!(4_000), &json!(6_000)));
    assert_eq!((&report["refunds"], &report["refunded"]), (&json!(1), &json!(4_000)));
    adds_up(&report);
    assert_eq!(shop.report(&first).await, closed["report"]);
    // T33: what goes back by card is no cash.
    let by_card = shop.sell(&shop.cashier, "card", 3_000).await;
    let refund = json!({"amount": 3_000, "approval": shop.approval});
    let path = format!("/api/v1/orders/{}/refunds", text(&by_card["id"]));
    shop.cashier.post(&path, &refund).await.data();
    assert_eq!(shop.report(&second).await["cash"]["expected"], 6_000);
    let counted = shop.close(&second, 6_000).await;
    let card = counted["tenders"].as_array().unwrap().iter().find(|tender| tender["method"] == "card").unwrap();
    assert_eq!((&card["refunds"], &card["expected"]), (&json!(3_000), &json!(0)));
    shop.set("shift_required", true.into()).await;
    let refund = json!({"amount": 1_000, "approval": shop.approval});
    let path = format!("/api/v1/orders/{}/refunds", text(&sale["id"]));
    assert_eq!(shop.cashier.post(&path, &refund).await.refusal(), (409, "shift_required"));
}

#[tokio::test]
async fn a_recount_is_added_and_the_first_count_stays() {
    let shop = Shop::open().await;
    let shift = shop.open_shift(&shop.cashier, &shop.drawer, 10_000).await;
    let recount = json!({"counted": 12_000, "reason": "Di bawah laci"});
    let early = shop.admin().post(&of(&shift, "recount"), &recount).await;
    assert_eq!(early.refusal(), (409, "shift_not_closed"));
    shop.close(&shift, 9_000).await;
    assert_eq!(shop.cashier.post(&of(&shift, "recount"), &recount).await.refusal(), (403, "approval_required"));
    let approved = json!({"counted": 12_000, "approval": shop.approval});
    let recounted = shop.cashier.post(&of(&shift, "recount"), &approved).await.data().clone();
    // T30, T31: any count is accepted, and the difference stays readable.
    assert_eq!((&recounted["counted"], &recounted["expected"]), (&json!(9_000), &json!(10_000)));
    let last = recounted["counts"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["kind"], &last["amount"], &last["reason"]),
        (&json!("recount"), &json!(12_000), &json!("Disetujui"))
    );
    assert_eq!(last["approved_by"], shop.approval["user_id"]);
}

#[tokio::test]
async fn a_drawer_has_one_open_shift() {
    let shop = Shop::open().await;
    let body = json!({"drawer_id": shop.drawer, "opening": [{"denomination": 500, "pieces": 0}]});
    let both = tokio::join!(shop.cashier.post("/api/v1/shifts", &body), shop.admin().post("/api/v1/shifts", &body));
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let refused = if both.0.status == 409 { both.0 } else { both.1 };
    assert_eq!(refused.refusal(), (409, "shift_open"));
    let shift = shop.cashier.get("/api/v1/shifts?status=open").await.data()[0].clone();
    let close = json!({"counted": 0});
    let (path, admin) = (of(&shift, "close"), shop.admin());
    let both = tokio::join!(shop.cashier.post(&path, &close), admin.post(&path, &close));
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "closed once");
    let unknown = json!({"drawer_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "opening": 0});
    assert_eq!(shop.cashier.post("/api/v1/shifts", &unknown).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn an_opening_is_a_sum_or_pieces() {
    let shop = Shop::open().await;
    let open = |opening: Value| {
        let body = json!({"drawer_id": shop.drawer, "opening": opening});
        async { shop.cashier.post("/api/v1/shifts", &{ body }).await }
    };
    for opening in [json!(-1), json!([]), json!([{"denomination": 0, "pieces": 1}])] {
        let refused = open(opening.clone()).await;
        assert_eq!(refused.refusal(), (422, "invalid_count"), "{opening}");
    }
    for opening in [json!("10000"), Value::Null, json!({"sum": 1}), json!([{"denomination": 1_000}])] {
        let refused = open(opening.clone()).await;
        assert_eq!(refused.status, 422, "{opening}");
        assert_eq!(refused.body["fields"][0]["path"], "opening", "{opening}");
    }
    let opened = open(json!([{"denomination": 50_000, "pieces": 3}])).await;
    assert_eq!(opened.data()["counts"][0]["amount"], 150_000);
}

#[tokio::test]
async fn a_drawer_names_its_shift_and_a_shift_its_report() {
    let shop = Shop::open().await;
    let path = format!("/api/v1/shifts/current?drawer_id={}", shop.drawer);
    assert_eq!(*shop.cashier.get(&path).await.data(), Value::Null);
    let shift = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
    assert_eq!(shop.cashier.get(&path).await.data()["id"], shift["id"]);
    let report = async |kind: &str| shop.cashier.get(&of(&shift, &format!("report?kind={kind}"))).await;
    assert_eq!(report("x").await.status, 200);
    assert_eq!(report("z").await.refusal(), (409, "shift_not_closed"));
    shop.close(&shift, 0).await;
    assert_eq!(report("z").await.status, 200);
    assert_eq!(report("x").await.refusal(), (409, "shift_closed"));
    assert_eq!(report("y").await.refusal(), (422, "invalid_query"));
    assert_eq!(*shop.cashier.get(&path).await.data(), Value::Null);
}

#[tokio::test]
async fn cash_needs_an_open_shift_if_the_shop_says_so() {
    let shop = Shop::open().await;
    shop.set("shift_required", true.into()).await;
    let order = shop.order(10_000).await;
    assert_eq!(shop.pay(&shop.cashier, &order, "cash", 10_000).await.refusal(), (409, "shift_required"));
    let with_cash =
        json!({"lines": [{"product_id": shop.product, "qty": 1}], "payments": [{"method": "cash", "amount": 1_000}]});
    assert_eq!(shop.cashier.post("/api/v1/orders", &with_cash).await.refusal(), (409, "shift_required"));
    let card = shop.pay(&shop.cashier, &order, "card", 4_000).await;
    assert_eq!(card.data()["paid"], 4_000);
    shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
    let paid = shop.pay(&shop.cashier, &order, "cash", 6_000).await;
    assert_eq!(paid.data()["status"], "paid");
}

#[tokio::test]
async fn a_cashier_counts_before_seeing_what_should_be_there() {
    let shop = Shop::open().await;
    let shift = shop.open_shift(&shop.cashier, &shop.drawer, 10_000).await;
    shop.sell(&shop.cashier, "cash", 5_000).await;
    shop.sell(&shop.cashier, "card", 5_000).await;
    let blind = shop.cashier.get(&of(&shift, "report")).await.data().clone();
    let methods: Vec<_> = blind["tenders"].as_array().unwrap().iter().map(|tender| tender["method"].clone()).collect();
    assert_eq!((&blind["cash"], methods), (&Value::Null, vec![json!("card")]));
    assert_eq!(blind["sales"], Value::Null, "the sales without the other methods are the cash");
    assert_eq!(shop.report(&shift).await["cash"]["expected"], 15_000);
    let closed = shop.close(&shift, 14_000).await;
    assert_eq!((&closed["expected"], &closed["counted"]), (&json!(15_000), &json!(14_000)));
    assert_eq!(shop.cashier.get(&of(&shift, "report")).await.data()["cash"]["expected"], 15_000);
    for (role, path) in [("waiter", "/api/v1/shifts"), ("kitchen", "/api/v1/shifts/current")] {
        let member = shop.outlet.member(role).await;
        assert_eq!(member.get(path).await.refusal(), (403, "forbidden"), "{role}");
    }
}

#[tokio::test]
async fn small_amounts_do_not_get_around_the_limit() {
    let shop = Shop::open().await;
    shop.set("cash_out_limit", 50_000.into()).await;
    let shift = shop.open_shift(&shop.cashier, &shop.drawer, 500_000).await;
    let movement = |kind: &str, amount: i64| json!({"kind": kind, "amount": amount, "reason": "Es batu"});
    let path = of(&shift, "movements");
    shop.cashier.post(&path, &movement("out", 30_000)).await.data();
    assert_eq!(shop.cashier.post(&path, &movement("out", 20_001)).await.refusal(), (403, "approval_required"));
    let approved = json!({"kind": "out", "amount": 20_001, "approval": shop.approval});
    let moved = shop.cashier.post(&path, &approved).await.data().clone();
    let last = moved["movements"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["approved_by"], &last["reason"]), (&shop.approval["user_id"], &json!("Disetujui")));
    shop.cashier.post(&path, &movement("out", 20_000)).await.data();
    shop.cashier.post(&path, &movement("drop", 400_000)).await.data();
    assert_eq!(shop.report(&shift).await["cash"]["expected"], 500_000 - 30_000 - 20_001 - 20_000 - 400_000);
    for (wrong, refusal) in [
        (json!({"kind": "out", "amount": 0, "reason": "x"}), (422, "invalid_amount")),
        (json!({"kind": "out", "amount": 1}), (422, "invalid_text")),
        (json!({"kind": "gift", "amount": 1, "reason": "x"}), (422, "invalid_kind")),
    ] {
        assert_eq!(shop.cashier.post(&path, &wrong).await.refusal(), refusal, "{wrong}");
    }
}

#[tokio::test]
async fn a_handover_closes_and_opens_with_one_count() {
    let shop = Shop::open().await;
    let shift = shop.open_shift(&shop.cashier, &shop.drawer, 10_000).await;
    shop.sell(&shop.cashier, "cash", 5_000).await;
    let body = json!({"counts": [{"denomination": 5_000, "pieces": 3}]});
    let both = shop.admin().post(&of(&shift, "handover"), &body).await.data().clone();
    assert_eq!((&both["closed"]["id"], &both["closed"]["status"]), (&shift["id"], &json!("closed")));
    let opened = &both["opened"];
    assert_eq!((&opened["opening_counted"], &opened["opening_expected"]), (&json!(15_000), &json!(15_000)));
    assert_eq!((&opened["counts"][0]["pieces"], &opened["shift_number"]), (&json!(3), &json!("Z0002")));
}

#[tokio::test]
async fn a_count_is_refused_if_it_cannot_be_one() {
    let shop = Shop::open().await;
    let shift = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
    for wrong in [
        json!({}),
        json!({"counted": -1}),
        json!({"counted": 1, "counts": [{"denomination": 1, "pieces": 1}]}),
        json!({"counts": []}),
        json!({"counts": [{"denomination": 0, "pieces": 1}]}),
        json!({"counts": [{"denomination": 1_000, "pieces": -1}]}),
        json!({"counts": [{"denomination": 1_000, "pieces": 1}, {"denomination": 1_000, "pieces": 2}]}),
        json!({"counts": [{"denomination": 1_000_000_000_000_000_i64, "pieces": 1_000_000_000_000_000_i64}]}),
        json!({"counted": 1_000, "left_in_drawer": 1_001}),
        json!({"counted": 1_000, "tenders": [{"method": "cash", "counted": 1}]}),
        json!({"counted": 1_000, "tenders": [{"method": "card", "counted": 1}, {"method": "card", "counted": 2}]}),
    ] {
        assert_eq!(shop.cashier.post(&of(&shift, "close"), &wrong).await.refusal(), (422, "invalid_count"), "{wrong}");
    }
    let open = shop.cashier.get(&format!("/api/v1/shifts/{}", text(&shift["id"]))).await;
    assert_eq!((&open.data()["status"], open.data()["counts"].as_array().unwrap().len()), (&json!("open"), 1));
}

#[tokio::test]
async fn a_clock_that_goes_back_moves_no_sale_to_a_counted_day() {
    let shop = Shop::open().await;
    let shift = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
    let ahead = "update shifts set business_date = '2099-01-02' where id = ?1";
    shop.outlet.shell().execute(ahead, [text(&shift["id"])]).unwrap();
    let sale = shop.sell(&shop.cashier, "cash", 1_000).await;
    assert_eq!((&sale["business_date"], &sale["paid_date"]), (&json!("2099-01-02"), &json!("2099-01-02")));
    shop.close(&shift, 1_000).await;
    assert_ne!(shop.sell(&shop.cashier, "cash", 1_000).await["business_date"], "2099-01-02");
}

#[tokio::test]
async fn deposits_are_named_in_both_shifts() {
    let shop = Shop::open().await;
    let first = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
    let order = shop.order(10_000).await;
    shop.pay(&shop.cashier, &order, "cash", 4_000).await.data();
    shop.sell(&shop.cashier, "cash", 3_000).await;
    let report = shop.report(&first).await;
    assert_eq!((&report["deposits_taken"], &report["sales"]["total"]), (&json!(4_000), &json!(3_000)));
    adds_up(&report);
    let closed = shop.close(&first, 7_000).await;
    let second = shop.open_shift(&shop.cashier, &shop.drawer, 7_000).await;
    shop.pay(&shop.cashier, &order, "card", 6_000).await.data();
    let report = shop.report(&second).await;
    assert_eq!((&report["deposits_used"], &report["sales"]["total"]), (&json!(4_000), &json!(10_000)));
    adds_up(&report);
    assert_eq!(shop.report(&first).await, closed["report"], "the first shift stays as it was counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_office_has_each_shift_with_its_count() {
    let hub = TestHub::start().await;
    let shop = Shop::of(TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await).await;
    let shift = shop.open_shift(&shop.cashier, &shop.drawer, 10_000).await;
    shop.sell(&shop.cashier, "cash", 5_000).await;
    shop.close(&shift, 14_000).await;
    let recount = json!({"counted": 15_000, "approval": shop.approval});
    let here = shop.cashier.post(&of(&shift, "recount"), &recount).await.data().clone();
    shop.outlet.synced().await;
    let boss = hub.boss().await;
    let there = boss.all("/v1/hq/shifts").await;
    assert_eq!(there.len(), 1);
    for field in ["id", "shift_number", "status", "expected", "counted", "business_date", "closed_by"] {
        assert_eq!(there[0][field], here[field], "{field}");
    }
    assert_eq!(there[0]["report"], here["report"]);
    let count = |shift: &Value| shift["counts"].as_array().unwrap().len();
    assert_eq!(count(&there[0]), 3);
    assert_eq!(there[0]["tenders"].as_array().unwrap().len(), 1);
    assert_eq!(there[0]["people"][text(&here["closed_by"])], "cashier");
    let one = boss.get(&format!("/v1/hq/shifts/{}", text(&shift["id"]))).await;
    assert_eq!(one.data(), &there[0]);
    assert_eq!(boss.get("/v1/hq/shifts/unknown").await.refusal(), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn head_office_finds_the_latest_shifts_and_those_that_differ() {
    let hub = TestHub::start().await;
    let shop = Shop::of(TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await).await;
    for counted in [0, 500, 0] {
        let shift = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
        shop.close(&shift, counted).await;
    }
    let open = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
    shop.outlet.synced().await;
    let boss = hub.boss().await;
    let today = text(&open["business_date"]);
    let outlet = text(&boss.all("/v1/hq/shifts?limit=1").await[0]["outlet_id"]);
    let found = async |query: &str| -> Vec<String> {
        let rows = boss.all(&format!("/v1/hq/shifts?{query}")).await;
        rows.iter().map(|shift| text(&shift["shift_number"])).collect()
    };
    assert_eq!(found("limit=2").await, ["Z0004", "Z0003", "Z0002", "Z0001"]);
    assert_eq!(found("differing=true").await, ["Z0002"]);
    assert_eq!(found(&format!("from={today}&to={today}&outlet_id={outlet}&limit=3")).await.len(), 4);
    assert_eq!(found("to=2020-01-01").await.len(), 0);
    assert_eq!(found("from=2099-01-01").await.len(), 0);
    assert_eq!(found("outlet_id=other").await.len(), 0);
    assert_eq!(boss.get("/v1/hq/shifts?from=2026-01-01&to=2027-06-01").await.refusal().0, 422);
}

#[tokio::test]
async fn lists_begin_with_the_latest() {
    let shop = Shop::open().await;
    for _ in 0..3 {
        let shift = shop.open_shift(&shop.cashier, &shop.drawer, 0).await;
        shop.close(&shift, 0).await;
    }
    let listed = shop.cashier.all("/api/v1/shifts?limit=1").await;
    let numbers: Vec<_> = listed.iter().map(|shift| shift["shift_number"].clone()).collect();
    assert_eq!(numbers, [json!("Z0003"), json!("Z0002"), json!("Z0001")]);
    let of_day = shop.cashier.all(&format!("/api/v1/shifts?date={}", text(&listed[0]["business_date"]))).await;
    assert_eq!(of_day.len(), 3);
    assert_eq!(shop.cashier.all("/api/v1/shifts?status=open").await.len(), 0);
    assert_eq!(shop.cashier.all(&format!("/api/v1/shifts?drawer_id={}", shop.drawer)).await.len(), 3);
    assert_eq!(shop.cashier.get("/api/v1/shifts?date=kemarin").await.refusal(), (422, "invalid_query"));
}
