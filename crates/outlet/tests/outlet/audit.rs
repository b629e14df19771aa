//! The audit log at the outlet: each deed leaves an event, a sale leaves none, and an edited log is noticed.

use std::collections::BTreeSet;

use outlet::{LocalAdmin, SyncEnv};
use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{Answer, Http, TestHub, TestOutlet};

/// Routes that write and leave no event, and why.
const WITHOUT_EVENT: [(&str, &str); 33] = [
    ("DELETE /api/v1/jobs/{id}", "ends a comparison"),
    ("DELETE /api/v1/orders/{id}/lines/{line_id}", "nothing was sent to be prepared"),
    ("PATCH /api/v1/orders/{id}", "no money"),
    ("PATCH /api/v1/orders/{id}/lines/{line_id}", "nothing was sent to be prepared"),
    ("POST /api/v1/auth/logout", "ends only the caller's session"),
    ("POST /api/v1/auth/logout-everywhere", "ends only the caller's sessions"),
    ("POST /api/v1/config/outlet/test", "writes nothing"),
    ("POST /api/v1/devices/me/heartbeat", "a report of the device"),
    ("POST /api/v1/jobs", "a comparison"),
    ("POST /api/v1/kitchen/lines/{id}/state", "the kitchen's work"),
    ("POST /api/v1/kitchen/tickets/{id}/ready", "the kitchen's work"),
    ("POST /api/v1/kitchen/tickets/{id}/served", "the kitchen's work"),
    ("POST /api/v1/kitchen/tickets/{id}/start", "the kitchen's work"),
    ("POST /api/v1/orders", "a sale; an event for each discount"),
    ("POST /api/v1/orders/quote", "writes nothing"),
    ("POST /api/v1/orders/{id}/lines", "a sale"),
    ("POST /api/v1/orders/{id}/merge", "the lines stay"),
    ("POST /api/v1/orders/{id}/move", "no money"),
    ("POST /api/v1/orders/{id}/payments", "a sale"),
    ("POST /api/v1/orders/{id}/receipt-link", "an address for the guest; what it shows is on the receipt"),
    ("POST /api/v1/orders/{id}/send", "no money"),
    ("POST /api/v1/printers/find", "writes nothing"),
    ("POST /api/v1/orders/{id}/split", "the lines stay"),
    ("POST /api/v1/reports/unconfirmed/match", "writes nothing"),
    ("PUT /api/v1/devices/me/display", "shown to the guest, not stored"),
    ("POST /api/v1/sync/resync", "a comparison"),
    ("POST /api/v1/sync/trigger", "sends what is pending anyway"),
    ("POST /api/v1/sync/unreviewed/confirm", "driven below only if something is unreviewed"),
    ("POST /api/v1/sync/verify", "a comparison"),
    ("POST /api/v1/webhooks/cloud", "a hint of head office"),
    ("POST /api/v1/config/outlet/enroll", "tested with a hub below"),
    ("POST /api/v1/sync/retry/{id}", "tested with a hub below"),
    ("POST /api/v1/sync/failed/retry", "tested with a hub below"),
];

fn writing_routes() -> BTreeSet<String> {
    let described = serde_json::to_value(outlet::routes::api()).unwrap();
    let mut routes = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|method| *method != "get") {
            routes.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    routes
}

/// The actions of the events after this seq.
fn actions(shell: &Connection, after: i64) -> Vec<String> {
    let sql = "select action from audit_events where seq > ?1 order by seq";
    let mut statement = shell.prepare(sql).unwrap();
    statement.query_map([after], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn last_seq(shell: &Connection) -> i64 {
    shell.query_row("select coalesce(max(seq), 0) from audit_events", [], |row| row.get(0)).unwrap()
}

/// The latest event's text.
fn latest(shell: &Connection) -> Value {
    let body: String =
        shell.query_row("select body from audit_events order by seq desc limit 1", [], |row| row.get(0)).unwrap();
    serde_json::from_str(&body).unwrap()
}

/// An outlet whose deeds are compared with its audit log.
struct Deeds {
    outlet: TestOutlet,
    driven: BTreeSet<String>,
}

impl Deeds {
    /// Sends a request to a route; each `{…}` of it stands for the next id. Its events must have these actions.
    async fn call(&mut self, route: &str, ids: &[&str], body: Value, expected: &[&str]) -> Value {
        let (method, path) = route.split_once(' ').unwrap();
        let request = self.outlet.admin().request(method, &filled(path, ids)).body(body.to_string());
        let before = last_seq(&self.outlet.shell());
        let answer = Http::send(request).await;
        self.note(route, before, &answer, expected)
    }

    fn note(&mut self, route: &str, before: i64, answer: &Answer, expected: &[&str]) -> Value {
        assert!((200..300).contains(&answer.status), "{route}: {} {}", answer.status, answer.text);
        assert_eq!(actions(&self.outlet.shell(), before), expected, "{route}");
        self.driven.insert(route.to_owned());
        answer.body["data"].clone()
    }

    /// Creates, replaces and deletes master data.
    async fn rows(&mut self, path: &str, new: Value, other: Value) {
        let created = self.call(&format!("POST {path}"), &[], new, &["created"]).await;
        let id = created["id"].as_str().unwrap();
        self.call(&format!("PUT {path}/{{id}}"), &[id], other.clone(), &["changed"]).await;
        self.call(&format!("PUT {path}/{{id}}"), &[id], other, &[]).await;
        self.call(&format!("DELETE {path}/{{id}}"), &[id], Value::Null, &["deleted"]).await;
    }

    async fn order(&self) -> Value {
        let product = &self.outlet.menu().products[0].0;
        let lines = json!({"lines": [{"product_id": product, "qty": 2}]});
        self.outlet.admin().post("/api/v1/orders", &lines).await.data().clone()
    }
}

fn filled(path: &str, ids: &[&str]) -> String {
    let mut ids = ids.iter();
    let parts = path.split('/').map(|part| if part.starts_with('{') { *ids.next().unwrap() } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// One transparent pixel, as lossless WebP.
const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";

#[tokio::test(flavor = "multi_thread")]
async fn every_route_that_writes_leaves_an_event_or_is_known_to_leave_none() {
    let mut deeds = Deeds { outlet: TestOutlet::alone().await, driven: BTreeSet::new() };
    catalog(&mut deeds).await;
    orders(&mut deeds).await;
    kitchen(&mut deeds).await;
    shifts(&mut deeds).await;
    people_and_devices(&mut deeds).await;
    papers(&mut deeds).await;
    sync(&mut deeds).await;
    let without: BTreeSet<String> = WITHOUT_EVENT.iter().map(|(route, _)| (*route).to_owned()).collect();
    let known: BTreeSet<String> = deeds.driven.union(&without).cloned().collect();
    assert_eq!(writing_routes(), known);
    let verdict = deeds.outlet.admin().get("/api/v1/audit/verify").await.data().clone();
    assert_eq!((verdict["whole"].as_bool(), verdict["chains"].as_array().unwrap().len()), (Some(true), 1));
}

async fn catalog(deeds: &mut Deeds) {
    deeds.rows("/api/v1/categories", json!({"name": "Teh"}), json!({"name": "Teh panas"})).await;
    deeds.rows("/api/v1/tables", json!({"name": "91"}), json!({"name": "92"})).await;
    deeds.rows("/api/v1/drawers", json!({"name": "Laci"}), json!({"name": "Laci depan"})).await;
    let charge = |rate_bp: i64| json!({"name": "Kemasan", "kind": "service", "rate_bp": rate_bp, "active": false});
    deeds.rows("/api/v1/charges", charge(100), charge(200)).await;
    let tender = |name: &str| json!({"name": name, "method": "card"});
    deeds.rows("/api/v1/tenders", tender("BCA EDC"), tender("EDC BCA")).await;
    // A customer's name does not get into the log.
    let created = deeds.call("POST /api/v1/customers", &[], json!({"name": "Ibu Sri"}), &["created"]).await;
    let id = created["id"].as_str().unwrap().to_owned();
    let event = latest(&deeds.outlet.shell());
    assert_eq!((&event["entity_id"], &event["data"]), (&json!(id), &Value::Null));
    deeds.call("PUT /api/v1/customers/{id}", &[&id], json!({"name": "Ibu Sri R."}), &["changed"]).await;
    deeds.call("DELETE /api/v1/customers/{id}", &[&id], Value::Null, &["deleted"]).await;

    let created = deeds.call("POST /api/v1/products", &[], json!({"name": "Jus", "price": 9_000}), &["created"]).await;
    let id = created["id"].as_str().unwrap().to_owned();
    deeds.call("PUT /api/v1/products/{id}", &[&id], json!({"name": "Jus jeruk", "price": 9_000}), &["changed"]).await;
    deeds.call("PATCH /api/v1/products/{id}", &[&id], json!({"price": 10_000}), &["price_changed"]).await;
    let event = latest(&deeds.outlet.shell());
    assert_eq!(event["data"]["before"]["price"], 9_000);
    assert_eq!(event["data"]["after"]["price"], 10_000);
    let all = json!({"ids": [id], "price": {"add": 500}});
    let changed = deeds.call("POST /api/v1/products/bulk", &[], all, &["prices_changed"]).await;
    let change = changed["change_id"].as_str().unwrap();
    deeds.call("POST /api/v1/products/bulk/{id}/undo", &[change], Value::Null, &["prices_restored"]).await;
    let route = "PUT /api/v1/products/{id}/image";
    let before = last_seq(&deeds.outlet.shell());
    let request = deeds.outlet.admin().request("PUT", &format!("/api/v1/products/{id}/image"));
    let (client, request) = request.build_split();
    let mut request = request.unwrap();
    request.headers_mut().insert("content-type", "image/webp".parse().unwrap());
    *request.body_mut() = Some(WEBP.to_vec().into());
    let answer = Http::send(reqwest::RequestBuilder::from_parts(client, request)).await;
    deeds.note(route, before, &answer, &["changed"]);
    deeds.call("DELETE /api/v1/products/{id}/image", &[&id], Value::Null, &["changed"]).await;
    deeds.call("DELETE /api/v1/products/{id}", &[&id], Value::Null, &["deleted"]).await;

    let charges = deeds.outlet.admin().get("/api/v1/charges").await.data().clone();
    let charge = charges[0]["id"].as_str().unwrap();
    deeds.call("PUT /api/v1/charges/{id}/outlet", &[charge], json!({"rate_bp": 700}), &["changed"]).await;
    deeds.outlet.shell().execute("insert into menus (id, name) values ('sore', 'Sore')", []).unwrap();
    deeds.call("PUT /api/v1/menus/{id}/outlet", &["sore"], json!({"active": false}), &["changed"]).await;
    let shop =
        json!({"zone": "Asia/Makassar", "cutoff_minutes": 0, "cash_rounding_step": 0, "cash_rounding_mode": "nearest"});
    deeds.call("PUT /api/v1/config/shop", &[], shop, &["changed"]).await;
    deeds.call("PUT /api/v1/config/qris", &[], json!({"payload": null, "mode": "static"}), &["changed"]).await;
}

async fn orders(deeds: &mut Deeds) {
    let order = deeds.order().await;
    let (id, line) = (order["id"].as_str().unwrap(), order["lines"][0]["id"].as_str().unwrap());
    let route = "POST /api/v1/orders/{id}/discounts";
    let given = deeds.call(route, &[id], json!({"kind": "amount", "value": 500}), &["discount_given"]).await;
    let discount = given["discounts"][0]["id"].as_str().unwrap();
    let route_back = "DELETE /api/v1/orders/{id}/discounts/{discount_id}";
    deeds.call(route_back, &[id, discount], Value::Null, &["discount_removed"]).await;
    let gift = json!({"kind": "compliment", "reason": "Tamu tetap"});
    deeds.call(route, &[id], gift, &["compliment_given"]).await;
    deeds.outlet.admin().post(&format!("/api/v1/orders/{id}/send"), &Value::Null).await.data();
    let void = json!({"kind": "wasted", "qty": 1, "reason": "Tumpah"});
    deeds.call("POST /api/v1/orders/{id}/lines/{line_id}/void", &[id, line], void, &["line_voided"]).await;
    deeds.call("POST /api/v1/orders/{id}/void", &[id], json!({"reason": "Batal"}), &["order_voided"]).await;
    let event = latest(&deeds.outlet.shell());
    assert_eq!(event["data"], json!({"number": order["order_number"], "total": 0, "reason": "Batal"}));
    assert!(event["actor_id"].is_string() && event["session"].is_string() && event["approved_by"].is_string());

    let pay = |method: &str, order: &Value| json!({"method": method, "amount": order["total"]});
    let order = deeds.order().await;
    let id = order["id"].as_str().unwrap();
    let paid = deeds.outlet.admin().post(&format!("/api/v1/orders/{id}/payments"), &pay("qris", &order)).await;
    let payment = paid.data()["payments"][0]["id"].as_str().unwrap().to_owned();
    let route = "POST /api/v1/orders/{id}/payments/{payment_id}/confirm";
    deeds.call(route, &[id, &payment], json!({"reference": "8812"}), &["payment_confirmed"]).await;
    let route = "POST /api/v1/orders/{id}/payments/{payment_id}/reverse";
    let other = json!({"reason": "Salah", "replace_with": {"method": "card"}});
    deeds.call(route, &[id, &payment], other, &["payment_replaced"]).await;
    let refund = json!({"amount": 100, "reason": "Kurang"});
    deeds.call("POST /api/v1/orders/{id}/refunds", &[id], refund, &["refunded"]).await;
    let order = deeds.order().await;
    let id = order["id"].as_str().unwrap();
    let part = json!({"method": "qris", "amount": 1_000});
    let paid = deeds.outlet.admin().post(&format!("/api/v1/orders/{id}/payments"), &part).await;
    let payment = paid.data()["payments"][0]["id"].as_str().unwrap().to_owned();
    deeds.call(route, &[id, &payment], json!({"reason": "Tidak masuk"}), &["payment_reversed"]).await;
}

async fn kitchen(deeds: &mut Deeds) {
    let dish = json!({"name": "Soto", "price": 20_000, "station": "kitchen"});
    let dish = deeds.outlet.admin().post("/api/v1/products", &dish).await.data()["id"].clone();
    let count = json!({"product_id": dish, "left": 5});
    deeds.call("PUT /api/v1/kitchen/availability", &[], count.clone(), &["left_counted"]).await;
    let event = latest(&deeds.outlet.shell());
    assert_eq!((&event["entity_id"], &event["data"]["left"]), (&dish, &json!(5)));
    deeds.call("PUT /api/v1/kitchen/availability", &[], count, &[]).await;
    let order = json!({"lines": [{"product_id": dish, "qty": 1}]});
    let order = deeds.outlet.admin().post("/api/v1/orders", &order).await.data()["id"].clone();
    let send = format!("/api/v1/orders/{}/send", order.as_str().unwrap());
    deeds.outlet.admin().post(&send, &json!({})).await.data();
    let ticket = deeds.outlet.admin().get("/api/v1/kitchen/tickets?limit=500").await.data().clone();
    let ticket = ticket.as_array().unwrap().iter().find(|ticket| ticket["order_id"] == order).unwrap()["id"].clone();
    let ticket = ticket.as_str().unwrap();
    deeds.outlet.admin().post(&format!("/api/v1/kitchen/tickets/{ticket}/ready"), &json!({})).await.data();
    deeds.call("POST /api/v1/kitchen/tickets/{id}/recall", &[ticket], Value::Null, &["ticket_recalled"]).await;
    let event = latest(&deeds.outlet.shell());
    assert_eq!((&event["entity_id"], &event["data"]["before"]), (&order, &json!("ready")));
}

async fn shifts(deeds: &mut Deeds) {
    let drawer = deeds.outlet.admin().post("/api/v1/drawers", &json!({"name": "Laci kas"})).await.data()["id"].clone();
    let new = json!({"drawer_id": drawer, "opening": 100_000});
    let shift = deeds.call("POST /api/v1/shifts", &[], new, &["shift_opened"]).await["id"].clone();
    let shift = shift.as_str().unwrap();
    let out = json!({"kind": "out", "amount": 5_000, "reason": "Es batu"});
    deeds.call("POST /api/v1/shifts/{id}/movements", &[shift], out, &["cash_moved"]).await;
    let count = json!({"counted": 95_000});
    let route = "POST /api/v1/shifts/{id}/handover";
    let next = deeds.call(route, &[shift], count.clone(), &["shift_closed", "shift_opened"]).await;
    let next = next["opened"]["id"].as_str().unwrap().to_owned();
    deeds.call("POST /api/v1/shifts/{id}/close", &[&next], count, &["shift_closed"]).await;
    let again = json!({"counted": 94_000, "reason": "Salah hitung"});
    deeds.call("POST /api/v1/shifts/{id}/recount", &[&next], again, &["shift_recounted"]).await;
    let event = latest(&deeds.outlet.shell());
    assert_eq!((&event["data"]["before"], &event["data"]["counted"]), (&json!(95_000), &json!(94_000)));
}

async fn papers(deeds: &mut Deeds) {
    let printer = |name: &str| json!({"name": name, "kind": "receipt", "address": "127.0.0.1", "port": 1});
    deeds.rows("/api/v1/printers", printer("Depan"), printer("Kasir")).await;
    let id = deeds.outlet.admin().post("/api/v1/printers", &printer("Kasir")).await.data()["id"].clone();
    let id = id.as_str().unwrap();
    deeds
        .call(
            "PATCH /api/v1/printers/{id}",
            &[id],
            json!({"width": 48, "kick": true, "stations": ["kitchen", "bar"]}),
            &["changed"],
        )
        .await;
    let tickets = deeds.outlet.admin().get("/api/v1/kitchen/tickets").await.data().clone();
    let ticket = tickets.as_array().unwrap().iter().find(|ticket| ticket["state"] != "cancelled").unwrap();
    let ticket = ticket["id"].as_str().unwrap();
    deeds.call("POST /api/v1/kitchen/tickets/{id}/print", &[ticket], Value::Null, &["ticket_printed"]).await;
    let test = deeds.call("POST /api/v1/printers/{id}/test", &[id], Value::Null, &["printer_tested"]).await;
    let route = "POST /api/v1/orders/{id}/print";
    let order = deeds.order().await;
    let order_id = order["id"].as_str().unwrap();
    deeds.call(route, &[order_id], json!({"kind": "bill"}), &["bill_printed"]).await;
    let pay = json!({"method": "cash", "amount": order["total"]});
    deeds.outlet.admin().post(&format!("/api/v1/orders/{order_id}/payments"), &pay).await.data();
    deeds.call(route, &[order_id], json!({"kind": "receipt"}), &["receipt_printed"]).await;
    assert_eq!(latest(&deeds.outlet.shell())["data"]["copy_no"], 1);
    let refund = json!({"amount": 100, "reason": "Kurang"});
    let refund = deeds.outlet.admin().post(&format!("/api/v1/orders/{order_id}/refunds"), &refund).await.data().clone();
    let refund = refund["id"].as_str().unwrap();
    deeds.call("POST /api/v1/refunds/{id}/print", &[refund], json!({}), &["receipt_printed"]).await;
    let drawer = deeds.outlet.admin().post("/api/v1/drawers", &json!({"name": "Laci bar"})).await.data()["id"].clone();
    let new = json!({"drawer_id": drawer, "opening": 0});
    let shift = deeds.outlet.admin().post("/api/v1/shifts", &new).await.data()["id"].as_str().unwrap().to_owned();
    deeds.call("POST /api/v1/shifts/{id}/print", &[&shift], json!({}), &["shift_printed"]).await;
    let moved = json!({"kind": "in", "amount": 1_000, "reason": "Receh"});
    let moved = deeds.outlet.admin().post(&format!("/api/v1/shifts/{shift}/movements"), &moved).await.data().clone();
    let movement = moved["movements"][0]["id"].as_str().unwrap();
    let route = "POST /api/v1/shifts/{id}/movements/{movement_id}/print";
    deeds.call(route, &[&shift, movement], json!({}), &["movement_printed"]).await;
    deeds.call("POST /api/v1/drawers/open", &[], json!({"reason": "Tukar uang"}), &["drawer_opened"]).await;
    assert_eq!(latest(&deeds.outlet.shell())["data"]["reason"], "Tukar uang");
    // Nothing answers at port 1, so the job waits between two attempts.
    let (job, route) = (test["id"].as_str().unwrap(), "POST /api/v1/print-jobs/{id}/retry");
    let path = format!("/api/v1/print-jobs/{job}");
    testkit::eventually("it waits", || async { deeds.outlet.admin().get(&path).await.data()["state"] == "queued" })
        .await;
    deeds.call(route, &[job], Value::Null, &["print_retried"]).await;
}

async fn people_and_devices(deeds: &mut Deeds) {
    let new = json!({"username": "sari", "role": "cashier", "pin": "2468"});
    let user = deeds.call("POST /api/v1/users", &[], new, &["created"]).await["id"].clone();
    let user = user.as_str().unwrap();
    let change = json!({"role": "waiter", "pin": "8642"});
    deeds.call("PATCH /api/v1/users/{id}", &[user], change, &["pin_changed", "changed"]).await;
    deeds.call("POST /api/v1/users/{id}/unlock", &[user], Value::Null, &["user_unlocked"]).await;
    let log_in = json!({"username": "sari", "password": "8642"});
    deeds.call("POST /api/v1/auth/login", &[], log_in, &["logged_in"]).await;
    let sari = Http::new(deeds.outlet.admin().base()).log_in("sari", "8642").await;
    let before = last_seq(&deeds.outlet.shell());
    let pins = json!({"current_pin": "8642", "new_pin": "9753"});
    let answer = sari.post("/api/v1/auth/pin", &pins).await;
    deeds.note("POST /api/v1/auth/pin", before, &answer, &["pin_changed"]);
    assert_eq!(latest(&deeds.outlet.shell())["actor_id"], user);

    let route = "POST /api/v1/devices/pairing-codes";
    let code = deeds.call(route, &[], json!({"name": "Kasir"}), &["pairing_code_created"]).await["code"].clone();
    let paired = deeds.call("POST /api/v1/devices/pair", &[], json!({"code": code}), &["device_paired"]).await;
    let device = paired["device"]["id"].as_str().unwrap();
    let text = deeds
        .outlet
        .shell()
        .query_row("select group_concat(body) from audit_events", [], |row| row.get::<_, String>(0));
    for secret in [code.as_str().unwrap(), "8642", "9753", "argon2"] {
        assert!(!text.as_ref().unwrap().contains(secret), "{secret} is in the log");
    }
    deeds.call("PATCH /api/v1/devices/{id}", &[device], json!({"name": "Kasir depan"}), &["changed"]).await;
    deeds.call("DELETE /api/v1/devices/{id}", &[device], Value::Null, &["device_revoked"]).await;
}

/// Items and updates in all states, as sync leaves them.
const HELD: &str = r#"
    update sync_state set status = 'failed' where entity_type = 'category' and entity_id in
      (select entity_id from sync_state where entity_type = 'category' order by entity_id limit 2);
    insert into sync_unapplied_updates (entity_type, entity_id, seq, code, message, "update", received_at)
    values ('future', 'a', 900001, 'x', 'x', '{}', 'x'), ('future', 'b', 900002, 'x', 'x', '{}', 'x');
    insert into sync_conflicts (id, entity_type, entity_id, field, base, local, cloud, rule, status, created_at)
    select 'c', 'product', id, 'price', '1', '7777', price, 'manual', 'open', '2026-11-22T00:00:00.000Z'
    from products order by id limit 1;"#;

async fn sync(deeds: &mut Deeds) {
    deeds.outlet.shell().execute_batch(HELD).unwrap();
    let sql = "select seq from sync_state where status = 'failed' order by seq";
    let seqs: Vec<i64> = {
        let shell = deeds.outlet.shell();
        let mut statement = shell.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let (first, why) = (seqs[0].to_string(), json!({"reason": "Salah masuk"}));
    deeds.call("POST /api/v1/sync/discard/{id}", &[&first], why.clone(), &["item_discarded"]).await;
    let many = json!({"ids": [seqs[1]], "reason": "Salah masuk"});
    deeds.call("POST /api/v1/sync/failed/discard", &[], many, &["item_discarded"]).await;
    let route = "POST /api/v1/sync/unapplied/{entity_type}/{entity_id}/discard";
    deeds.call(route, &["future", "a"], why, &["update_discarded"]).await;
    let solved = json!({"strategy": "local_wins"});
    let route = "POST /api/v1/sync/conflicts/{id}/resolve";
    deeds.call(route, &["c"], solved, &["conflict_resolved"]).await;
    assert_eq!(latest(&deeds.outlet.shell())["data"]["after"], 7_777);
    deeds.call("POST /api/v1/sync/conflicts/{id}/undo", &["c"], Value::Null, &["conflict_reopened"]).await;
    deeds.call("POST /api/v1/sync/unapplied/retry", &[], Value::Null, &["update_requeued"]).await;
    let route = "POST /api/v1/sync/unapplied/{entity_type}/{entity_id}/retry";
    deeds.call(route, &["future", "b"], Value::Null, &["update_requeued"]).await;
    let key = json!({"cloud_api_key": "grk_secret-key-of-the-link"});
    deeds.call("PUT /api/v1/config/outlet", &[], key, &["link_changed"]).await;
    assert!(!latest(&deeds.outlet.shell()).to_string().contains("grk_secret"));
    deeds.call("PUT /api/v1/config/outlet", &[], json!({"sync_interval_minutes": 7}), &["link_changed"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_without_discount_leaves_no_event_and_one_with_two_leaves_two() {
    let outlet = TestOutlet::alone().await;
    let before = last_seq(&outlet.shell());
    let product = &outlet.menu().products[0].0;
    let new = |discounts: Value| {
        json!({"lines": [{"product_id": product, "qty": 3}], "discounts": discounts,
            "payments": [{"method": "cash", "amount": 1_000_000}]})
    };
    outlet.admin().post("/api/v1/orders", &new(json!([]))).await.data();
    assert_eq!(last_seq(&outlet.shell()), before);
    let two = json!([{"kind": "amount", "value": 100}, {"line": 0, "kind": "compliment", "reason": "Ulang tahun"}]);
    outlet.admin().post("/api/v1/orders", &new(two)).await.data();
    assert_eq!(actions(&outlet.shell(), before), ["discount_given", "compliment_given"]);
    // A refused command leaves none.
    let before = last_seq(&outlet.shell());
    let bad = json!({"lines": [{"product_id": product, "qty": 1}], "discounts": [{"kind": "amount", "value": 100}],
        "expected_total": 1});
    assert_eq!(outlet.admin().post("/api/v1/orders", &bad).await.refusal(), (409, "total_changed"));
    assert_eq!(last_seq(&outlet.shell()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_must_wait_is_recorded_once_and_an_unknown_name_never() {
    let outlet = TestOutlet::alone().await;
    let before = last_seq(&outlet.shell());
    for _ in 0..7 {
        for username in ["admin", "nobody"] {
            let body = json!({"username": username, "password": "0000"});
            Http::new(outlet.admin().base()).post("/api/v1/auth/login", &body).await;
        }
    }
    assert_eq!(actions(&outlet.shell(), before), ["locked_out"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_listed_newest_first_by_action_person_and_day() {
    let outlet = TestOutlet::alone().await;
    let manager = outlet.member("manager").await;
    let cashier = outlet.member("cashier").await;
    for name in ["Satu", "Dua", "Tiga"] {
        manager.post("/api/v1/categories", &json!({"name": name})).await.data();
    }
    let list = |query: &str| {
        let (manager, path) = (manager.clone(), format!("/api/v1/audit?{query}"));
        async move { manager.get(&path).await.data().as_array().unwrap().clone() }
    };
    let created = list("action=created&limit=2").await;
    let names: Vec<_> = created.iter().map(|event| event["data"]["after"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Tiga", "Dua"]);
    let actor = created[0]["actor_id"].as_str().unwrap();
    assert_eq!(created[0]["actor_name"], "manager");
    let all = manager.all(&format!("/api/v1/audit?actor={actor}&limit=1")).await;
    assert_eq!(all.len(), 4, "three categories and the log-in");
    let today = created[0]["business_date"].as_str().unwrap().to_owned();
    assert_eq!(
        list(&format!("action=created&from={today}&to={today}")).await.len(),
        list("action=created").await.len()
    );
    assert!(list("from=2100-01-01").await.is_empty() && list("to=2000-01-01").await.is_empty());
    assert_eq!(manager.get("/api/v1/audit?action=sold").await.refusal(), (422, "invalid_query"));
    assert_eq!(manager.get("/api/v1/audit?from=today").await.refusal(), (422, "invalid_query"));
    assert_eq!(manager.get("/api/v1/audit?cursor=x").await.refusal(), (400, "invalid_cursor"));
    assert_eq!(cashier.get("/api/v1/audit").await.refusal(), (403, "forbidden"));
    assert_eq!(manager.get("/api/v1/audit/verify").await.refusal(), (403, "forbidden"));
}

/// Statements of somebody who edits the log in the sqlite3 shell, and what is found then: number and kind. `{k}` stands for an
/// event in the middle, `{last}` for the last one.
const EDITS: [(&str, &str, &str); 7] = [
    ("update audit_events set body = replace(body, 'Dua', 'Dus') where n = {k}", "{k}", "changed"),
    ("update audit_events set hash = prev_hash where n = {k}", "{k}", "changed"),
    ("update audit_events set body = 'x' where n = {k}", "{k}", "changed"),
    ("delete from audit_events where n = {k}", "{k}", "missing"),
    ("delete from audit_events where n = 1", "1", "missing"),
    ("delete from audit_events where n = {last}", "{last}", "missing"),
    (
        "create table moved as select chain_id, n, body, prev_hash, hash from audit_events where n >= {k};
         delete from audit_events where n >= {k};
         insert into audit_events (chain_id, n, body, prev_hash, hash)
         select chain_id, n, body, hash, hash from moved where n = {k};
         insert into audit_events (chain_id, n, body, prev_hash, hash)
         select chain_id, n + 1, body, prev_hash, hash from moved;",
        "{k}",
        "changed",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_changed_removed_or_inserted_is_named() {
    let outlet = TestOutlet::alone().await;
    let copy_of = |name: &str| {
        let path = outlet.path().with_file_name(name);
        outlet.shell().execute("vacuum into ?1", [path.to_str().unwrap()]).unwrap();
        path
    };
    for name in ["Satu", "Dua", "Tiga", "Empat"] {
        outlet.admin().post("/api/v1/categories", &json!({"name": name})).await.data();
    }
    let last = last_seq(&outlet.shell());
    let placed = |text: &str| text.replace("{last}", &last.to_string()).replace("{k}", &(last - 2).to_string());
    let whole = LocalAdmin::open(&copy_of("whole.db"), SyncEnv::default()).unwrap();
    let verdict = whole.verify_audit().unwrap();
    assert!(verdict.whole && verdict.events == last, "{verdict:?}");
    let finding = |admin: &LocalAdmin| {
        let found = admin.examine(&outlet::health::doctor::HubReport::default()).unwrap();
        found.into_iter().find(|finding| finding.code == "audit_chain_broken").unwrap()
    };
    assert!(finding(&whole).well);
    for (at, (edit, n, kind)) in EDITS.iter().enumerate() {
        let (path, edit) = (copy_of(&format!("edited-{at}.db")), placed(edit));
        let shell = Connection::open(&path).unwrap();
        // The triggers refuse it; who edits the log drops them.
        let refused = shell.execute_batch(&edit).unwrap_err().to_string();
        assert!(refused.contains("the audit log never changes"), "{edit}: {refused}");
        let drop = "drop table if exists moved; drop trigger sync_audit_no_update; drop trigger sync_audit_no_delete;";
        shell.execute_batch(drop).unwrap();
        shell.execute_batch(&edit).unwrap();
        std::mem::drop(shell);
        let admin = LocalAdmin::open(&path, SyncEnv::default()).unwrap();
        let verdict = admin.verify_audit().unwrap();
        let broken = verdict.first_break().unwrap_or_else(|| panic!("{edit}: nothing found"));
        assert_eq!((broken.n.to_string(), broken.kind.as_str(), verdict.whole), (placed(n), *kind, false), "{edit}");
        let finding = finding(&admin);
        let reason = json!(finding.args)["reason"].clone();
        assert_eq!((finding.well, reason), (false, json!(kind)), "{edit}");
        assert!(admin.audit(100).is_ok(), "{edit}: the rest can be read");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_edited_stops_no_deed() {
    let outlet = TestOutlet::alone().await;
    let before = last_seq(&outlet.shell());
    let edits = "drop trigger sync_audit_no_update; drop trigger sync_audit_no_delete;
        update audit_events set body = 'no JSON', hash = cast(x'ff00' as text);
        insert into audit_events (chain_id, n, body, prev_hash, hash)
        select chain_id, 9000000000000000, '', '', '' from audit_events limit 1;
        insert into audit_events (chain_id, n, body, prev_hash, hash) values ('x', 5, '{}', '', '');";
    outlet.shell().execute_batch(edits).unwrap();
    outlet.admin().post("/api/v1/categories", &json!({"name": "Teh"})).await.data();
    assert_eq!(latest(&outlet.shell())["action"], "created");
    let verdict = outlet.admin().get("/api/v1/audit/verify").await.data().clone();
    assert_eq!(verdict["whole"], false);
    let listed = outlet.admin().get("/api/v1/audit?limit=500").await.data().clone();
    assert_eq!(listed.as_array().unwrap().len(), usize::try_from(before).unwrap() + 3);
    // The worker restores the triggers.
    outlet.looked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enrolling_and_retrying_leave_events_of_their_person() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::alone().await;
    let before = last_seq(&outlet.shell());
    let body = json!({"cloud_api_url": hub.url(), "code": added.enroll_code});
    outlet.admin().post("/api/v1/config/outlet/enroll", &body).await.data();
    assert_eq!(actions(&outlet.shell(), before), ["restored", "enrolled"], "a new epoch is a new chain");
    let enrolled = latest(&outlet.shell());
    assert!(enrolled["actor_id"].is_string() && !enrolled.to_string().contains(&added.enroll_code));
    outlet.synced().await;
    outlet.shell().execute_batch("update sync_state set status = 'failed' where entity_type = 'category'").unwrap();
    let sql = "select seq from sync_state where status = 'failed' order by seq limit 2";
    let seqs: Vec<i64> = {
        let shell = outlet.shell();
        let mut statement = shell.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let before = last_seq(&outlet.shell());
    outlet.admin().post(&format!("/api/v1/sync/retry/{}", seqs[0]), &json!({})).await.data();
    outlet.admin().post("/api/v1/sync/failed/retry", &json!({"ids": [seqs[1]]})).await.data();
    outlet.admin().post("/api/v1/sync/unreviewed/confirm", &json!({})).await.data();
    assert_eq!(actions(&outlet.shell(), before), ["item_requeued", "item_requeued", "confirmed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_terminal_changes_is_recorded_as_the_terminals() {
    let outlet = TestOutlet::alone().await;
    let before = last_seq(&outlet.shell());
    let terminal = LocalAdmin::open(&outlet.path(), SyncEnv::default()).unwrap();
    let hash = shop::staff::hash("8642").await.unwrap();
    terminal.reset_pin("admin", &hash, false).unwrap();
    assert_eq!(actions(&outlet.shell(), before), ["pin_changed"]);
    assert_eq!(latest(&outlet.shell())["actor_id"], "terminal");
    let listed = terminal.audit(1).unwrap();
    assert_eq!(listed[0].actor_id.as_deref(), Some("terminal"));
}
