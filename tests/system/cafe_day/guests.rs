//! What the parties of guests do: twelve stories, in turn.

use serde_json::{Value, json};
use testkit::Http;

use super::Cafe;
use super::sums::{int, text};

fn path(order: &Value, command: &str) -> String {
    format!("/api/v1/orders/{}/{command}", text(&order["id"]))
}

fn line(order: &Value, index: usize) -> &Value {
    &order["lines"][index]["id"]
}

async fn run(by: &Http, order: &Value, command: &str, body: Value) -> Value {
    by.post(&path(order, command), &body).await.data().clone()
}

/// Pays what is still due; cash in notes of 50,000.
async fn pay(by: &Http, order: &Value, method: &str) -> Value {
    let due = int(&order["total"]) - int(&order["paid"]);
    let amount = if method == "cash" { (due + 49_999) / 50_000 * 50_000 } else { due };
    let paid = run(by, order, "payments", json!({"method": method, "amount": amount})).await;
    assert_eq!(paid["status"], "paid", "{paid}");
    paid
}

impl Cafe {
    /// Serves one party from its order to its payment, or to whatever ends it.
    pub async fn serve(&mut self, party: usize) {
        let by = self.cashiers[party % 2].clone();
        let by = &by;
        match party % 12 {
            0 => {
                let order = self.order(by, &[1, 0, 2], json!({"order_type": "take_away"})).await;
                pay(by, &order, "cash").await;
            }
            1 => {
                let order = self.order(by, &[2, 1, 0], json!({"pax": 2})).await;
                pay(by, &order, "card").await;
            }
            2 => self.pays_by_confirmed_qris(by).await,
            3 => self.is_served_by_the_waiter(by, party).await,
            4 => self.gets_discounts(by).await,
            5 => self.gets_a_present(by).await,
            6 => self.sends_a_dish_back(by).await,
            7 => self.leaves_without_eating(by).await,
            8 => self.splits_the_bill(by).await,
            9 => self.joins_tables(by).await,
            10 => self.pays_a_deposit(by, party).await,
            _ => self.complains(by, party).await,
        }
    }

    /// A new order with these quantities of coffee, fried rice and toast.
    async fn order(&mut self, by: &Http, quantities: &[i64; 3], more: Value) -> Value {
        let products = [&self.coffee, &self.rice, &self.bread].into_iter().zip(quantities).filter(|(_, qty)| **qty > 0);
        let lines: Vec<_> = products.map(|(id, qty)| json!({"product_id": id, "qty": qty})).collect();
        let mut body = more;
        body["lines"] = lines.into();
        let order = by.post("/api/v1/orders", &body).await.data().clone();
        self.orders.push(text(&order["id"]));
        order
    }

    async fn pays_by_confirmed_qris(&mut self, by: &Http) {
        let order = self.order(by, &[2, 0, 1], json!({})).await;
        let paid = pay(by, &order, "qris").await;
        let confirm = format!("payments/{}/confirm", text(&paid["payments"][0]["id"]));
        let confirmed = run(by, &paid, &confirm, json!({"reference": "8812"})).await;
        assert_eq!(confirmed["payments"][0]["status"], "confirmed");
    }

    async fn is_served_by_the_waiter(&mut self, by: &Http, party: usize) {
        let waiter = self.waiter.clone();
        let order = self.order(&waiter, &[1, 1, 0], json!({"table_number": "4", "pax": 3})).await;
        run(&waiter, &order, "send", Value::Null).await;
        let order =
            run(&waiter, &order, "lines", json!([{"product_id": self.bread, "qty": 3, "note": "tanpa keju"}])).await;
        let change = path(&order, &format!("lines/{}", text(line(&order, 2))));
        let order = waiter.call("PATCH", &change, &json!({"qty": 2})).await.data().clone();
        let order = run(&waiter, &order, "send", Value::Null).await;
        run(&waiter, &order, "move", json!({"table_number": "7"})).await;
        let refused =
            waiter.post(&path(&order, "payments"), &json!({"method": "cash", "amount": order["total"]})).await;
        assert_eq!(refused.status, 403, "a waiter takes no money: {:?}", refused.body);
        pay(by, &order, if party % 24 == 3 { "cash" } else { "ewallet" }).await;
    }

    /// A promotion for a line, and more than a cashier may give for the order.
    async fn gets_discounts(&mut self, by: &Http) {
        let order = self.order(by, &[3, 2, 1], json!({})).await;
        let promotion = json!({"kind": "percent", "rate_bp": 500, "line_id": line(&order, 0), "name": "Promo kopi"});
        let order = run(by, &order, "discounts", promotion).await;
        let mut large = json!({"kind": "amount", "value": 33_335});
        assert_eq!(by.post(&path(&order, "discounts"), &large).await.refusal(), (403, "approval_required"));
        large["approval"] = self.approval.clone();
        let order = run(by, &order, "discounts", large).await;
        pay(by, &order, "cash").await;
    }

    async fn gets_a_present(&mut self, by: &Http) {
        let order = self.order(by, &[1, 1, 1], json!({"customer_name": "Bu Ratna"})).await;
        let present = json!({"kind": "compliment", "line_id": line(&order, 2), "approval": self.approval});
        let order = run(by, &order, "discounts", present).await;
        pay(by, &order, "card").await;
    }

    async fn sends_a_dish_back(&mut self, by: &Http) {
        let order = self.order(by, &[0, 3, 1], json!({"table_number": "2"})).await;
        let order = run(by, &order, "send", Value::Null).await;
        let void = json!({"qty": 1, "kind": "wasted", "approval": self.approval});
        let order = run(by, &order, &format!("lines/{}/void", text(line(&order, 0))), void).await;
        pay(by, &order, "cash").await;
    }

    async fn leaves_without_eating(&mut self, by: &Http) {
        let order = self.order(by, &[2, 2, 0], json!({"table_number": "9"})).await;
        let void = run(by, &order, "void", json!({"approval": self.approval})).await;
        assert_eq!(void["status"], "void");
        let refused = by.post(&path(&order, "payments"), &json!({"method": "card", "amount": 1_000})).await;
        assert_eq!(refused.status, 409, "{:?}", refused.body);
    }

    async fn splits_the_bill(&mut self, by: &Http) {
        let order = self.order(by, &[3, 1, 2], json!({"table_number": "5"})).await;
        let parts = json!({"parts": [[{"line_id": line(&order, 0), "qty": 1}, {"line_id": line(&order, 1)}],
            [{"line_id": line(&order, 0), "qty": 1}]]});
        let split = run(by, &order, "split", parts).await["orders"].clone();
        let parts = split.as_array().unwrap();
        assert_eq!(parts.iter().map(|part| int(&part["total"])).sum::<i64>(), int(&order["total"]));
        for (part, method) in parts.iter().zip(["cash", "qris", "card"]) {
            if part["id"] != order["id"] {
                self.orders.push(text(&part["id"]));
            }
            pay(by, part, method).await;
        }
    }

    async fn joins_tables(&mut self, by: &Http) {
        let first = self.order(by, &[1, 0, 1], json!({"table_number": "10"})).await;
        let second = self.order(by, &[0, 2, 0], json!({"table_number": "11"})).await;
        let merged = run(by, &first, "merge", json!({"from": [second["id"]]})).await;
        assert_eq!(int(&merged["subtotal"]), int(&first["subtotal"]) + int(&second["subtotal"]));
        pay(by, &merged, "qris").await;
    }

    /// The last party of the day has paid a deposit for tomorrow.
    async fn pays_a_deposit(&mut self, by: &Http, party: usize) {
        let order = self.order(by, &[5, 5, 5], json!({"customer_name": "Pak Eko"})).await;
        let order = run(by, &order, "payments", json!({"method": "cash", "amount": 100_000})).await;
        assert_eq!((&order["status"], &order["paid"]), (&json!("open"), &json!(100_000)));
        if party + 12 < super::PARTIES {
            pay(by, &order, "card").await;
        }
    }

    /// A tender was wrong; later money goes back, for pieces or for an amount.
    async fn complains(&mut self, by: &Http, party: usize) {
        let order = self.order(by, &[3, 2, 1], json!({})).await;
        let paid = pay(by, &order, "cash").await;
        let reverse = format!("payments/{}/reverse", text(&paid["payments"][0]["id"]));
        let card = json!({"reason": "Ternyata kartu", "replace_with": {"method": "card", "reference": "4471"}});
        run(by, &paid, &reverse, card).await;
        let pieces = json!({"lines": [{"line_id": line(&order, 0), "qty": 1}], "approval": self.approval});
        let of_pieces = run(by, &order, "refunds", pieces.clone()).await;
        let amount = json!({"amount": 7_777, "payments": [{"method": "cash"}], "approval": self.approval});
        run(by, &order, "refunds", amount).await;
        if party % 24 == 11 {
            // The rest: nothing can go back after it.
            let lines: Vec<_> =
                [(0, 2), (1, 2), (2, 1)].map(|(at, qty)| json!({"line_id": line(&order, at), "qty": qty})).into();
            run(by, &order, "refunds", json!({"lines": lines, "approval": self.approval})).await;
            assert_eq!(by.post(&path(&order, "refunds"), &pieces).await.status, 409, "more than was sold: {of_pieces}");
        }
    }
}
