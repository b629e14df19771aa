//! Corrections of payments: confirmed, another tender, bounced, deposits taken back.

use serde_json::{Value, json};
use testkit::{Http, TestOutlet};

struct Till {
    outlet: TestOutlet,
    cashier: Http,
    approval: Value,
}

impl Till {
    async fn open() -> Self {
        let outlet = TestOutlet::alone().await;
        let cashier = outlet.member("cashier").await;
        let me = outlet.admin().get("/api/v1/auth/me").await;
        let approval = json!({"user_id": me.data()["user"]["id"], "pin": "1234", "reason": "Dicek di bank"});
        Self { outlet, cashier, approval }
    }

    /// An order of one product, paid like this; 0: in full.
    async fn paid_by(&self, method: &str, amount: i64) -> Value {
        let product = self.outlet.menu().products[0].0.clone();
        let order = json!({"lines": [{"product_id": product, "qty": 1}]});
        let order = self.cashier.post("/api/v1/orders", &order).await.data().clone();
        let amount = if amount == 0 { order["total"].clone() } else { amount.into() };
        let payment = json!({"method": method, "amount": amount, "reference": "R-1"});
        self.cashier.post(&of(&order, "payments"), &payment).await.data().clone()
    }
}

fn of(order: &Value, command: &str) -> String {
    format!("/api/v1/orders/{}/{command}", order["id"].as_str().unwrap())
}

fn payment(order: &Value, at: usize, command: &str) -> String {
    of(order, &format!("payments/{}/{command}", order["payments"][at]["id"].as_str().unwrap()))
}

fn amounts(order: &Value) -> Vec<(String, i64)> {
    let payments = order["payments"].as_array().unwrap().iter();
    payments.map(|p| (p["method"].as_str().unwrap().to_owned(), p["amount"].as_i64().unwrap())).collect()
}

#[tokio::test]
async fn a_person_confirms_a_payment_once() {
    let till = Till::open().await;
    let order = till.paid_by("qris", 0).await;
    assert_eq!(
        (&order["payments"][0]["status"], &order["payments"][0]["reference"]),
        (&json!("unconfirmed"), &json!("R-1"))
    );
    let confirm = payment(&order, 0, "confirm");
    // The reference that the guest showed is no proof; one that nobody can read neither.
    for (body, code) in [
        (json!({}), "reference_required"),
        (json!({"reference": null}), "reference_required"),
        (json!({"reference": "  "}), "reference_required"),
        (json!({"reference": "", "in_statement": false}), "reference_required"),
        (json!({"reference": "8".repeat(61)}), "invalid_text"),
    ] {
        let refused = till.cashier.post(&confirm, &body).await;
        assert_eq!(
            (refused.refusal(), &refused.body["fields"][0]["path"]),
            ((422, code), &json!("reference")),
            "{body}"
        );
    }
    assert_eq!(
        till.cashier.get(&format!("/api/v1/orders/{}", order["id"].as_str().unwrap())).await.data()["payments"][0]["status"],
        "unconfirmed"
    );
    let confirmed = till.cashier.post(&confirm, &json!({"reference": "8812"})).await.data().clone();
    let first = &confirmed["payments"][0];
    assert_eq!(
        (&first["status"], &first["reference"], &first["amount"]),
        (&json!("confirmed"), &json!("8812"), &order["total"])
    );
    assert!(first["confirmed_by"].is_string() && first["confirmed_at"].is_string());
    assert_eq!(till.cashier.post(&confirm, &json!({})).await.refusal(), (409, "already_confirmed"));
    let unknown = of(&order, "payments/0199f3c2-8a00-7abc-8def-0123456789ff/confirm");
    assert_eq!(till.cashier.post(&unknown, &json!({})).await.refusal(), (404, "not_found"));
    let waiter = till.outlet.member("waiter").await;
    assert_eq!(waiter.post(&confirm, &json!({})).await.refusal(), (403, "forbidden"));
    // The acquirer's own statement needs no reference beside it, but only who may read statements can name it.
    let order = till.paid_by("qris", 0).await;
    let (confirm, body) = (payment(&order, 0, "confirm"), json!({"in_statement": true}));
    assert_eq!(till.cashier.post(&confirm, &body).await.refusal(), (403, "forbidden"));
    let stated = till.outlet.admin().post(&confirm, &body).await.data().clone();
    assert_eq!(
        (&stated["payments"][0]["status"], &stated["payments"][0]["reference"]),
        (&json!("confirmed"), &json!("R-1"))
    );
}

#[tokio::test]
async fn a_wrong_tender_is_replaced_and_the_order_stays_paid() {
    let till = Till::open().await;
    let order = till.paid_by("cash", 0).await;
    let total = order["total"].as_i64().unwrap();
    let reverse = payment(&order, 0, "reverse");
    let replace = json!({"reason": "Ternyata kartu", "replace_with": {"method": "card", "reference": "4471"}});
    assert_eq!(
        till.cashier.post(&reverse, &json!({"replace_with": {"method": "card"}})).await.refusal(),
        (403, "approval_required")
    );
    let corrected = till.cashier.post(&reverse, &replace).await.data().clone();
    assert_eq!(amounts(&corrected), [("cash".into(), total), ("cash".into(), -total), ("card".into(), total)]);
    assert_eq!(
        (&corrected["status"], &corrected["paid"], &corrected["total"]),
        (&json!("paid"), &json!(total), &json!(total))
    );
    assert_eq!(corrected["payments"][1]["reverses"], order["payments"][0]["id"]);
    assert_eq!(corrected["payments"][2]["reference"], "4471");
    assert_eq!(till.cashier.post(&reverse, &replace).await.refusal(), (409, "payment_reversed"));
    // The reversal is no payment.
    assert_eq!(till.cashier.post(&payment(&corrected, 1, "reverse"), &replace).await.refusal(), (404, "not_found"));
    // The replacement can be corrected in turn.
    let again = json!({"reason": "QRIS", "replace_with": {"method": "qris"}});
    let again = till.cashier.post(&payment(&corrected, 2, "reverse"), &again).await.data().clone();
    assert_eq!((again["payments"].as_array().unwrap().len(), &again["paid"]), (5, &json!(total)));
}

#[tokio::test]
async fn money_goes_back_only_with_an_approval_and_only_from_an_open_order() {
    let till = Till::open().await;
    let paid = till.paid_by("qris", 0).await;
    let with_approval = json!({"approval": till.approval});
    assert_eq!(
        till.cashier.post(&payment(&paid, 0, "reverse"), &with_approval).await.refusal(),
        (409, "replacement_required")
    );
    let deposit = till.paid_by("cash", 1_000).await;
    assert_eq!(deposit["status"], "open");
    let reverse = payment(&deposit, 0, "reverse");
    let without = json!({"reason": "Tidak jadi"});
    assert_eq!(till.cashier.post(&reverse, &without).await.refusal(), (403, "approval_required"));
    let returned = till.cashier.post(&reverse, &with_approval).await.data().clone();
    assert_eq!((&returned["paid"], &returned["status"]), (&json!(0), &json!("open")));
    assert_eq!(returned["payments"][1]["approved_by"], till.approval["user_id"]);
    let void = json!({"approval": till.approval});
    assert_eq!(till.cashier.post(&of(&deposit, "void"), &void).await.data()["status"], "void");
}

#[tokio::test]
async fn a_correction_on_a_later_day_needs_an_approval_and_counts_on_its_own_day() {
    let till = Till::open().await;
    let order = till.paid_by("cash", 0).await;
    let id = order["id"].as_str().unwrap();
    let shell = till.outlet.shell();
    shell.execute("update payments set business_date = '2026-01-05' where order_id = ?1", [id]).unwrap();
    let reverse = payment(&order, 0, "reverse");
    let replace = json!({"reason": "Ternyata kartu", "replace_with": {"method": "card"}});
    assert_eq!(till.cashier.post(&reverse, &replace).await.refusal(), (403, "approval_required"));
    let mut approved = json!({"replace_with": {"method": "card"}});
    approved["approval"] = till.approval.clone();
    let corrected = till.cashier.post(&reverse, &approved).await.data().clone();
    let dates: Vec<_> = corrected["payments"].as_array().unwrap().iter().map(|p| p["business_date"].clone()).collect();
    assert_eq!(dates, [json!("2026-01-05"), order["business_date"].clone(), order["business_date"].clone()]);
}
