//! `Idempotency-Key` on each route that accepts one: answers are repeated to their user only, and no secret is stored.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{Answer, Http, TestHub, TestOutlet};

/// Each route that accepts an `Idempotency-Key`.
const ROUTES_WITH_KEY: [&str; 39] = [
    "DELETE /api/v1/orders/{id}/discounts/{discount_id}",
    "DELETE /api/v1/orders/{id}/lines/{line_id}",
    "PATCH /api/v1/orders/{id}",
    "PATCH /api/v1/orders/{id}/lines/{line_id}",
    "POST /api/v1/drawers/open",
    "POST /api/v1/kitchen/lines/{id}/state",
    "POST /api/v1/kitchen/tickets/{id}/print",
    "POST /api/v1/kitchen/tickets/{id}/ready",
    "POST /api/v1/kitchen/tickets/{id}/recall",
    "POST /api/v1/kitchen/tickets/{id}/served",
    "POST /api/v1/kitchen/tickets/{id}/start",
    "POST /api/v1/orders",
    "POST /api/v1/orders/{id}/discounts",
    "POST /api/v1/orders/{id}/lines",
    "POST /api/v1/orders/{id}/lines/{line_id}/void",
    "POST /api/v1/orders/{id}/merge",
    "POST /api/v1/orders/{id}/move",
    "POST /api/v1/orders/{id}/payments",
    "POST /api/v1/orders/{id}/payments/{payment_id}/confirm",
    "POST /api/v1/orders/{id}/payments/{payment_id}/reverse",
    "POST /api/v1/orders/{id}/print",
    "POST /api/v1/orders/{id}/receipt-link",
    "POST /api/v1/orders/{id}/refunds",
    "POST /api/v1/orders/{id}/send",
    "POST /api/v1/orders/{id}/split",
    "POST /api/v1/orders/{id}/void",
    "POST /api/v1/print-jobs/{id}/retry",
    "POST /api/v1/printers/{id}/test",
    "POST /api/v1/products/bulk",
    "POST /api/v1/products/bulk/{id}/undo",
    "POST /api/v1/refunds/{id}/print",
    "POST /api/v1/shifts",
    "POST /api/v1/shifts/{id}/close",
    "POST /api/v1/shifts/{id}/handover",
    "POST /api/v1/shifts/{id}/movements",
    "POST /api/v1/shifts/{id}/movements/{movement_id}/print",
    "POST /api/v1/shifts/{id}/print",
    "POST /api/v1/shifts/{id}/recount",
    "PUT /api/v1/kitchen/availability",
];

const HUB_ROUTES_WITH_KEY: [&str; 1] = ["POST /v1/hq/products/bulk"];

/// Words in the names of secret fields.
const SECRETS: [&str; 5] = ["pin", "password", "api_key", "secret", "token"];

/// All operations of the description, by `METHOD /path`.
fn operations(api: &Value) -> BTreeMap<String, &Value> {
    let paths = api["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
        })
        .collect()
}

fn has_key(operation: &Value) -> bool {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.into_iter().any(|parameter| parameter["name"] == "Idempotency-Key")
}

/// Names of all fields of a schema, including referenced schemas.
fn fields(api: &Value, schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                fields(api, api.pointer(reference.trim_start_matches('#')).unwrap(), into);
            }
            if let Some(Value::Object(properties)) = members.get("properties") {
                into.extend(properties.keys().cloned());
            }
            members.values().for_each(|member| fields(api, member, into));
        }
        Value::Array(members) => members.iter().for_each(|member| fields(api, member, into)),
        _ => {}
    }
}

fn has_secret(api: &Value, operation: &Value) -> bool {
    let mut names = BTreeSet::new();
    fields(api, &operation["requestBody"], &mut names);
    names.iter().any(|name| SECRETS.iter().any(|secret| name.contains(secret)))
}

async fn send(http: &Http, route: &str, key: &str, body: &Value) -> Answer {
    let (method, path) = route.split_once(' ').unwrap();
    Http::send(http.request(method, path).header("idempotency-key", key).body(body.to_string())).await
}

async fn user(outlet: &TestOutlet, username: &str, role: &str, pin: &str) -> Http {
    let body = json!({"username": username, "role": role, "pin": pin});
    outlet.admin().post("/api/v1/users", &body).await.data();
    Http::new(outlet.admin().base()).log_in(username, pin).await
}

/// An order that this command can change, and the command: its method and path, and its body.
async fn change_of_order(http: &Http, outlet: &TestOutlet, route: &str) -> (String, Value) {
    let products = &outlet.menu().products;
    let line = |n: usize| json!({"product_id": products[n].0, "qty": 2});
    let order = http.post("/api/v1/orders", &json!({"lines": [line(0), line(1)]})).await.data().clone();
    let id = order["id"].as_str().unwrap();
    let of = |command: &str| format!("/api/v1/orders/{id}/{command}");
    let mut path = route.replace("{id}", id).replace("{line_id}", order["lines"][0]["id"].as_str().unwrap());
    let body = match route.rsplit('/').next().unwrap() {
        "void" if route.contains("{line_id}") => {
            http.post(&of("send"), &Value::Null).await.data();
            json!({"kind": "wasted", "reason": "salah"})
        }
        "void" => json!({"reason": "salah", "manager_pin": "1234"}),
        "payments" => json!({"method": "card", "amount": 1}),
        "confirm" | "reverse" => {
            let payment = json!({"method": "qris", "amount": order["total"]});
            let paid = http.post(&of("payments"), &payment).await.data().clone();
            path = path.replace("{payment_id}", paid["payments"][0]["id"].as_str().unwrap());
            let replace = json!({"reason": "salah", "replace_with": {"method": "card"}});
            if route.ends_with("confirm") { json!({"reference": "8812"}) } else { replace }
        }
        "refunds" => {
            http.post(&of("payments"), &json!({"method": "card", "amount": order["total"]})).await.data();
            json!({"amount": 100, "reason": "salah"})
        }
        "discounts" => json!({"kind": "amount", "value": 100}),
        "{discount_id}" => {
            let given = http.post(&of("discounts"), &json!({"kind": "amount", "value": 100})).await.data().clone();
            path = path.replace("{discount_id}", given["discounts"][0]["id"].as_str().unwrap());
            Value::Null
        }
        "lines" => json!([line(2)]),
        "{line_id}" if route.starts_with("PATCH") => json!({"qty": 5}),
        "merge" => json!({"from": [open_order(http, outlet).await]}),
        "move" => json!({"table_number": format!("T{}", &id[30..])}),
        "split" => json!({"parts": [[{"line_id": order["lines"][1]["id"]}]]}),
        "{id}" => json!({"pax": 3}),
        _ => Value::Null,
    };
    (path, body)
}

/// A shift that this command can change, and the command: its method and path, and its body.
async fn change_of_shift(http: &Http, outlet: &TestOutlet, route: &str) -> (String, Value) {
    let name = json!({"name": route});
    let drawer = outlet.admin().post("/api/v1/drawers", &name).await.data()["id"].clone();
    let new = json!({"drawer_id": drawer, "opening": 0});
    if route == "POST /api/v1/shifts" {
        return (route.to_owned(), new);
    }
    let shift = http.post("/api/v1/shifts", &new).await.data()["id"].as_str().unwrap().to_owned();
    let body = match route.rsplit('/').next().unwrap() {
        "movements" => json!({"kind": "in", "amount": 1, "reason": "salah"}),
        "recount" => {
            http.post(&format!("/api/v1/shifts/{shift}/close"), &json!({"counted": 0})).await.data();
            json!({"counted": 1, "reason": "salah"})
        }
        _ => json!({"counted": 0}),
    };
    (route.replace("{id}", &shift), body)
}

/// A ticket that this command can change, and the command: its method and path, and its body.
async fn change_of_ticket(http: &Http, outlet: &TestOutlet, route: &str) -> (String, Value) {
    let dish = json!({"name": route, "price": 20_000, "station": "kitchen"});
    let dish = outlet.admin().post("/api/v1/products", &dish).await.data()["id"].clone();
    if route.ends_with("/availability") {
        return (route.to_owned(), json!({"product_id": dish, "left": 3}));
    }
    let order = json!({"lines": [{"product_id": dish, "qty": 1}]});
    let order = http.post("/api/v1/orders", &order).await.data()["id"].clone();
    http.post(&format!("/api/v1/orders/{}/send", order.as_str().unwrap()), &Value::Null).await.data();
    let tickets = http.get("/api/v1/kitchen/tickets?limit=500").await.data().clone();
    let ticket = tickets.as_array().unwrap().iter().find(|ticket| ticket["order_id"] == order).unwrap().clone();
    let id = ticket["id"].as_str().unwrap();
    match route.rsplit('/').next().unwrap() {
        "state" => (route.replace("{id}", ticket["lines"][0]["id"].as_str().unwrap()), json!({"state": "ready"})),
        "recall" => {
            http.post(&format!("/api/v1/kitchen/tickets/{id}/ready"), &Value::Null).await.data();
            (route.replace("{id}", id), Value::Null)
        }
        "print" => {
            printer(outlet).await;
            (route.replace("{id}", id), Value::Null)
        }
        _ => (route.replace("{id}", id), Value::Null),
    }
}

/// A printer for all papers, at which nothing answers.
async fn printer(outlet: &TestOutlet) -> String {
    let printers = outlet.admin().get("/api/v1/printers").await.data().clone();
    if let Some(id) = printers[0]["id"].as_str() {
        return id.to_owned();
    }
    let new = json!({"name": "Kasir", "kind": "receipt", "address": "127.0.0.1", "port": 1, "kick": true,
        "stations": ["kitchen"]});
    outlet.admin().post("/api/v1/printers", &new).await.data()["id"].as_str().unwrap().to_owned()
}

/// Something to print, and the command that prints it.
async fn paper(http: &Http, outlet: &TestOutlet, route: &str) -> (String, Value) {
    let printer = printer(outlet).await;
    let (body, id) = if route.contains("/drawers/") {
        change_of_shift(http, outlet, "POST {id}").await;
        return (route.to_owned(), json!({"reason": "salah"}));
    } else if route.contains("/shifts") {
        let (shift, _) = change_of_shift(http, outlet, "POST {id}").await;
        let shift = shift.split_once(' ').unwrap().1.to_owned();
        let moved = json!({"kind": "in", "amount": 1, "reason": "salah"});
        let moved = http.post(&format!("/api/v1/shifts/{shift}/movements"), &moved).await.data().clone();
        let movement = moved["movements"][0]["id"].as_str().unwrap();
        return (route.replace("{id}", &shift).replace("{movement_id}", movement), json!({}));
    } else if route.contains("/printers/") {
        (Value::Null, printer)
    } else if route.contains("/print-jobs/") {
        let path = format!("/api/v1/printers/{printer}/test");
        let job = http.post(&path, &json!({})).await.data()["id"].as_str().unwrap().to_owned();
        let sql = "update print_jobs set state = 'failed' where id = ?1";
        outlet.shell().execute(sql, [&job]).unwrap();
        (Value::Null, job)
    } else {
        let order = open_order(http, outlet).await;
        let total = http.get(&format!("/api/v1/orders/{order}")).await.data()["total"].clone();
        let pay = json!({"method": "card", "amount": total});
        http.post(&format!("/api/v1/orders/{order}/payments"), &pay).await.data();
        if route.contains("/refunds/") {
            let refund = json!({"amount": 100, "reason": "salah"});
            let refund = http.post(&format!("/api/v1/orders/{order}/refunds"), &refund).await.data().clone();
            (json!({}), refund["id"].as_str().unwrap().to_owned())
        } else {
            (if route.ends_with("link") { Value::Null } else { json!({"kind": "receipt"}) }, order)
        }
    };
    (route.replace("{id}", &id), body)
}

async fn open_order(http: &Http, outlet: &TestOutlet) -> String {
    let product = &outlet.menu().products[0].0;
    let order = json!({"lines": [{"product_id": product, "qty": 1}]});
    http.post("/api/v1/orders", &order).await.data()["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_answer_has_its_warnings_in_the_language_of_the_repeat() {
    let outlet = TestOutlet::alone().await;
    let shell = outlet.shell();
    shell
        .execute_batch(
            "insert into charges (id, name, kind, rate_bp, tax_group, base_num, base_den, valid_from, position)
             values ('c3', 'Jasa', 'service', 1000, 'none', 1, 1, 'x', 0)",
        )
        .unwrap();
    let product = &outlet.menu().products[0].0;
    let order = json!({"lines": [{"product_id": product, "qty": 1, "note": "\"warnings\":[1]"}]}).to_string();
    let send = async |language: &str| {
        let request = outlet.admin().request("POST", "/api/v1/orders").header("idempotency-key", "k");
        Http::send(request.header("accept-language", language).body(order.clone())).await.data().clone()
    };
    let (mut english, mut indonesian) = (send("en").await, send("id").await);
    let warning = |order: &mut Value| order.as_object_mut().unwrap().remove("warnings").unwrap()[0].clone();
    let (in_english, in_indonesian) = (warning(&mut english), warning(&mut indonesian));
    assert_eq!(english, indonesian);
    assert_eq!((&in_english["code"], &in_english["args"]["name"]), (&json!("charge_ignored"), &json!("Jasa")));
    assert_eq!(in_english["args"], in_indonesian["args"]);
    assert!(in_english["message"].as_str().unwrap().starts_with("The charge 'Jasa'"), "{in_english}");
    assert!(in_indonesian["message"].as_str().unwrap().starts_with("Biaya atau pajak 'Jasa'"), "{in_indonesian}");
    let stored: String = shell.query_row("select body from idempotency_keys", [], |row| row.get(0)).unwrap();
    assert!(stored.contains("charge_ignored") && !stored.contains("The charge"), "{stored}");
}

fn count(shell: &Connection, what: &str) -> i64 {
    shell.query_row(&format!("select count(*) from {what}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn these_routes_accept_an_idempotency_key() {
    let api = serde_json::to_value(outlet::routes::api()).unwrap();
    let found: Vec<_> = operations(&api).into_iter().filter(|(_, o)| has_key(o)).map(|(name, _)| name).collect();
    assert_eq!(found, ROUTES_WITH_KEY, "add new routes with a key to the tests of this file");
    let hub = serde_json::to_value(hub::api()).unwrap();
    let found: Vec<_> = operations(&hub).into_iter().filter(|(_, o)| has_key(o)).map(|(name, _)| name).collect();
    assert_eq!(found, HUB_ROUTES_WITH_KEY, "test new routes with a key in crates/hub/tests/hub");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_replays_only_for_its_user() {
    let outlet = TestOutlet::alone().await;
    let shell = outlet.shell();
    let first = user(&outlet, "first", "manager", "864209").await;
    let second = user(&outlet, "second", "manager", "975310").await;
    let order = json!({"lines": [{"product_id": outlet.menu().products[0].0, "qty": 1}]});
    let raise = json!({"all": true, "price": {"add": 500}});
    let raised = first.post("/api/v1/products/bulk", &raise).await.data()["change_id"].as_str().unwrap().to_owned();
    for route in ROUTES_WITH_KEY {
        let (path, body) = match route {
            "POST /api/v1/orders" => (route.to_owned(), order.clone()),
            "POST /api/v1/products/bulk" => (route.to_owned(), raise.clone()),
            "POST /api/v1/products/bulk/{id}/undo" => (route.replace("{id}", &raised), Value::Null),
            _ if route.contains("/kitchen") => change_of_ticket(&first, &outlet, route).await,
            _ if ["/print", "/drawers/", "/receipt-link"].iter().any(|part| route.contains(part)) => {
                paper(&first, &outlet, route).await
            }
            _ if route.contains("/shifts") => change_of_shift(&first, &outlet, route).await,
            _ => change_of_order(&first, &outlet, route).await,
        };
        let (path, body) = (path.as_str(), &body);
        let answer = send(&first, path, route, body).await;
        assert!((200..300).contains(&answer.status), "{route}: {}", answer.text);
        let stored = || {
            let undone = "product_bulk_changes where undone_at is not null";
            let rows = ["order_lines", "order_lines where voided_at is not null", "order_discounts", "payments"];
            let roots = [
                "refunds",
                "orders",
                "orders where status = 'void'",
                "product_bulk_changes",
                undone,
                "idempotency_keys",
            ];
            let papers = ["print_jobs", "receipt_links"];
            let shifts = ["shifts", "shifts where status = 'closed'", "shift_movements", "shift_counts"];
            let tickets =
                ["tickets where on_board = 1", "ticket_lines where state = 'new'", "product_counts", "audit_events"];
            [&rows[..], &roots, &shifts, &papers, &tickets]
                .concat()
                .into_iter()
                .map(|what| count(&shell, what))
                .collect::<Vec<_>>()
        };
        let before = stored();
        let again = send(&first, path, route, body).await;
        assert_eq!((again.status, &again.text), (answer.status, &answer.text), "{route}");
        let other = send(&second, path, route, body).await;
        assert_eq!(other.refusal(), (422, "idempotency_key_reused"), "{route}");
        let data = answer.data();
        let id = data["id"].as_str().or(data["change_id"].as_str()).or(data["orders"][0]["id"].as_str());
        let id = id.or(data["product_id"].as_str()).or(data["closed"]["id"].as_str()).or(data["path"].as_str());
        let id = id.or(data[0]["id"].as_str());
        assert!(!other.text.contains(id.unwrap()), "{route} reveals the answer");
        assert_eq!(stored(), before, "{route} was executed twice");
        let keys = count(&shell, "idempotency_keys");
        let second_answer = send(&second, path, &format!("{route} of the second"), body).await;
        let is_another = second_answer.status >= 400 || count(&shell, "idempotency_keys") == keys + 1;
        assert!(is_another, "{route}: the same key of another user is another command");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_records_requester_and_approver_and_can_be_repeated() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let waiter = user(&outlet, "waiter", "waiter", "864209").await;
    let other = user(&outlet, "other", "waiter", "753197").await;
    let manager = user(&outlet, "manager", "manager", "975310").await;
    let shell = outlet.shell();
    let id_of = |username: &str| -> String {
        shell.query_row("select id from users where username = ?1", [username], |row| row.get(0)).unwrap()
    };
    let order = open_order(&waiter, &outlet).await;
    let route = format!("POST /api/v1/orders/{order}/void");
    let void = |pin: &str| json!({"reason": "salah", "manager_pin": pin});
    let first = send(&waiter, &route, "k", &void("975310")).await;
    let by = json!([id_of("waiter"), id_of("manager")]);
    assert_eq!(json!([first.data()["void_requested_by"], first.data()["voided_by"]]), by);
    let stored = shell.query_row("select void_requested_by, voided_by from orders where id = ?1", [&order], |row| {
        Ok(json!([row.get::<_, String>(0)?, row.get::<_, String>(1)?]))
    });
    assert_eq!(stored.unwrap(), by);

    // The PIN is not checked: a wrong one gets the same answer, reveals nothing, and counts in no bucket.
    let tries = || count(&shell, "sign_ins where bucket = 'approve' and (failed_in_a_row > 0 or spent > 0)");
    let before = tries();
    for pin in ["975310", "864209", "0000", "not a PIN"] {
        let again = send(&waiter, &route, "k", &void(pin)).await;
        assert_eq!((again.status, &again.text), (200, &first.text), "{pin}");
    }
    // Another user is refused alike with the right and a wrong PIN, and neither counts.
    for pin in ["975310", "0000"] {
        let refused = send(&other, &route, "k", &void(pin)).await;
        assert_eq!(refused.refusal(), (422, "idempotency_key_reused"), "{pin}");
        assert!(!refused.text.contains(&order), "{}", refused.text);
    }
    assert_eq!(tries(), before);
    // An ended session gets no stored answer.
    manager.post("/api/v1/auth/logout", &Value::Null).await;
    waiter.post("/api/v1/auth/logout", &Value::Null).await;
    assert_eq!(send(&waiter, &route, "k", &void("975310")).await.status, 401);

    outlet.synced().await;
    let at_hub = rusqlite::Connection::open(hub.path()).unwrap();
    let document: String =
        at_hub.query_row("select document from documents where entity_id = ?1", [&order], |row| row.get(0)).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(json!([document["void_requested_by"], document["voided_by"]]), by, "head office sees both");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_stored_with_an_idempotency_key() {
    let outlet = TestOutlet::alone().await;
    let (admin, shell) = (outlet.admin(), outlet.shell());
    let cashier = user(&outlet, "cashier", "cashier", "864209").await;
    let cashier_id: String =
        shell.query_row("select id from users where username = 'cashier'", [], |row| row.get(0)).unwrap();
    let manager = user(&outlet, "manager", "manager", "975310").await;
    let order = open_order(admin, &outlet).await;
    let api_key = "gerai_key_0123456789abcdef0123456789abcdef";
    // Each route with its user, the id, and the secrets.
    let manager_id: String =
        shell.query_row("select id from users where username = 'manager'", [], |row| row.get(0)).unwrap();
    let approval = json!({"user_id": manager_id, "pin": "975310", "reason": "salah"});
    let mut with_approval = BTreeMap::new();
    for (route, field) in [
        ("POST /api/v1/orders/{id}/lines/{line_id}/void", "reason"),
        ("POST /api/v1/orders/{id}/discounts", ""),
        ("POST /api/v1/orders/{id}/payments/{payment_id}/reverse", "reason"),
        ("POST /api/v1/orders/{id}/refunds", "reason"),
    ] {
        let (path, mut body) = change_of_order(admin, &outlet, route).await;
        body.as_object_mut().unwrap().remove(field);
        body["approval"] = approval.clone();
        with_approval.insert(route, (path, body));
    }
    let gift = json!({"lines": [{"product_id": outlet.menu().products[0].0, "qty": 1}],
        "discounts": [{"kind": "compliment", "line": 0}], "approval": approval});
    with_approval.insert("POST /api/v1/orders", ("POST /api/v1/orders".to_owned(), gift));
    for (route, field) in
        [("POST /api/v1/shifts/{id}/movements", "reason"), ("POST /api/v1/shifts/{id}/recount", "reason")]
    {
        let (path, mut body) = change_of_shift(admin, &outlet, route).await;
        body.as_object_mut().unwrap().remove(field);
        body["approval"] = approval.clone();
        with_approval.insert(route, (path, body));
    }
    let calls: [(&str, &Http, &str, Value, &[&str]); 6] = [
        (
            "POST /api/v1/orders/{id}/void",
            admin,
            &order,
            json!({"reason": "salah", "manager_pin": "975310"}),
            &["975310"],
        ),
        (
            "POST /api/v1/auth/pin",
            &manager,
            "",
            json!({"current_pin": "975310", "new_pin": "531864"}),
            &["975310", "531864"],
        ),
        ("POST /api/v1/auth/login", admin, "", json!({"username": "cashier", "password": "864209"}), &["864209"]),
        ("POST /api/v1/users", admin, "", json!({"username": "baru", "role": "bar", "pin": "642087"}), &["642087"]),
        ("PATCH /api/v1/users/{id}", admin, &cashier_id, json!({"pin": "319753"}), &["319753"]),
        ("PUT /api/v1/config/outlet", admin, "", json!({"cloud_api_key": api_key}), &[api_key]),
    ];
    let api = serde_json::to_value(outlet::routes::api()).unwrap();
    let found: BTreeSet<_> = operations(&api)
        .into_iter()
        .filter(|(_, operation)| has_secret(&api, operation))
        .map(|(name, _)| name)
        .collect();
    let approved =
        with_approval.iter().map(|(route, (path, body))| (*route, &cashier, path.clone(), body, &["975310"][..]));
    let calls =
        calls.iter().map(|(route, http, id, body, secrets)| (*route, *http, route.replace("{id}", id), body, *secrets));
    let calls: Vec<_> = approved.chain(calls).collect();
    let listed: BTreeSet<_> = calls.iter().map(|(route, ..)| (*route).to_owned()).collect();
    assert_eq!(found, listed, "add new routes with a secret to this list");
    for (route, http, path, body, secrets) in &calls {
        let answer = send(http, path, route, body).await;
        assert_eq!(answer.status / 100, 2, "{route}: {}", answer.text);
        let row = "select request_hash, body from idempotency_keys where key = ?1";
        let row = shell.query_row(row, [route], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
        let is_stored = row.is_ok();
        assert_eq!(is_stored, ROUTES_WITH_KEY.contains(route), "{route}");
        let Ok((hash, stored)) = row else { continue };
        for secret in *secrets {
            assert!(!format!("{hash}{stored}").contains(secret), "{route} stores its secret");
        }
        // The same request with other secrets has the same hash, so the hash cannot be used to guess them.
        let others = secrets.iter().fold(body.to_string(), |body, secret| body.replace(secret, "000000"));
        let repeat = send(http, path, route, &serde_json::from_str(&others).unwrap()).await;
        assert_eq!(repeat.text, answer.text, "{route}: its hash covers the secret");
    }
    assert!(cashier.get("/api/v1/orders").await.status == 401, "the PATCH was carried out");

    // No other table contains a PIN in clear or as an unsalted hash.
    let texts = every_text(&shell);
    for secret in ["975310", "531864", "642087", "319753"] {
        let hash = web::secret::digest(&[secret.as_bytes()]);
        let found = texts.iter().find(|(_, text)| text.contains(&hash) || contains_number(text, secret));
        assert_eq!(found, None, "{secret}");
    }
}

/// Whether a text contains these digits as a separate number, not as part of an id or a longer number.
fn contains_number(text: &str, digits: &str) -> bool {
    let apart = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric() || "-+/=$.".contains(c));
    text.match_indices(digits)
        .any(|(at, _)| apart(text[..at].chars().next_back()) && apart(text[at + digits.len()..].chars().next()))
}

/// All texts of the database with table and column.
fn every_text(shell: &Connection) -> Vec<(String, String)> {
    let rows = |sql: &str| -> Vec<String> {
        let mut statement = shell.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut texts = Vec::new();
    for table in rows("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'") {
        for column in rows(&format!("select name from pragma_table_info('{table}')")) {
            let sql = format!(
                "select cast(\"{column}\" as text) from \"{table}\" where typeof(\"{column}\") in ('text', 'blob')"
            );
            let mut statement = shell.prepare(&sql).unwrap();
            let found = statement.query_map([], |row| {
                Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes().unwrap_or_default()).into_owned())
            });
            texts.extend(found.unwrap().map(|text| (format!("{table}.{column}"), text.unwrap())));
        }
    }
    assert!(texts.len() > 100);
    texts
}
