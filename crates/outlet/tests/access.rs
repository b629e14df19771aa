//! Who may: every route of the outlet, asked with every credential there is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet};
use web::token::{SESSION_SECONDS, Tokens};

/// From whoever may most to whoever may least: each may all that those behind may.
const ROLES: [&str; 6] = ["admin", "manager", "cashier", "waiter", "kitchen", "bar"];

/// In the place of a role: no log-in is needed.
const OPEN: &str = "open";

/// Each route, the least role that it opens to, and a body that it reads; ids are `1`, which is nobody's. Log-out stands
/// last: it ends the sessions of whoever may.
#[rustfmt::skip]
const ROUTES: [(&str, &str, &str); 70] = [
    ("POST   /api/v1/auth/login", OPEN, "{}"),
    ("POST   /api/v1/webhooks/cloud", OPEN, "{}"),
    ("GET    /healthz", OPEN, ""),
    ("GET    /metrics", OPEN, ""),
    ("GET    /readyz", OPEN, ""),
    ("POST   /api/v1/auth/pin", "bar", r#"{"current_pin": "2468", "new_pin": "not a PIN"}"#),
    ("GET    /api/v1/events", "bar", ""),
    ("GET    /api/v1/announcements", "bar", ""),
    ("GET    /api/v1/config/shop", "bar", ""),
    ("PUT    /api/v1/config/shop", "manager", r#"{"zone": "Asia/Jakarta", "cutoff_minutes": 0, "cash_rounding_step": 0, "cash_rounding_mode": "nearest"}"#),
    ("GET    /api/v1/categories", "bar", ""),
    ("POST   /api/v1/categories", "manager", r#"{"name": "Kopi"}"#),
    ("GET    /api/v1/categories/{id}", "bar", ""),
    ("PUT    /api/v1/categories/{id}", "manager", r#"{"name": "Kopi"}"#),
    ("DELETE /api/v1/categories/{id}", "manager", ""),
    ("GET    /api/v1/products", "bar", ""),
    ("POST   /api/v1/products", "manager", r#"{"name": "Kopi", "price": 1}"#),
    ("GET    /api/v1/products/{id}", "bar", ""),
    ("PUT    /api/v1/products/{id}", "manager", r#"{"name": "Kopi", "price": 1}"#),
    ("PATCH  /api/v1/products/{id}", "manager", "{}"),
    ("DELETE /api/v1/products/{id}", "manager", ""),
    ("GET    /api/v1/charges", "bar", ""),
    ("POST   /api/v1/charges", "manager", r#"{"name": "Layanan", "kind": "service", "rate_bp": 500}"#),
    ("GET    /api/v1/charges/{id}", "bar", ""),
    ("PUT    /api/v1/charges/{id}", "manager", r#"{"name": "Layanan", "kind": "service", "rate_bp": 500}"#),
    ("DELETE /api/v1/charges/{id}", "manager", ""),
    ("GET    /api/v1/tables", "bar", ""),
    ("POST   /api/v1/tables", "manager", r#"{"name": "1"}"#),
    ("GET    /api/v1/tables/{id}", "bar", ""),
    ("PUT    /api/v1/tables/{id}", "manager", r#"{"name": "1"}"#),
    ("DELETE /api/v1/tables/{id}", "manager", ""),
    ("GET    /api/v1/customers", "waiter", ""),
    ("POST   /api/v1/customers", "waiter", r#"{"name": "Sari"}"#),
    ("GET    /api/v1/customers/{id}", "waiter", ""),
    ("PUT    /api/v1/customers/{id}", "waiter", r#"{"name": "Sari"}"#),
    ("DELETE /api/v1/customers/{id}", "manager", ""),
    ("GET    /api/v1/orders", "bar", ""),
    ("POST   /api/v1/orders", "waiter", r#"{"lines": [{"product_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "qty": 1}]}"#),
    ("GET    /api/v1/orders/{id}", "bar", ""),
    ("POST   /api/v1/orders/{id}/payments", "cashier", r#"{"method": "cash", "amount": 1}"#),
    ("POST   /api/v1/orders/{id}/void", "waiter", r#"{"reason": "salah", "manager_pin": "1234"}"#),
    ("GET    /api/v1/users", "manager", ""),
    ("POST   /api/v1/users", "manager", r#"{"username": "baru", "role": "kitchen", "pin": "1357"}"#),
    ("PATCH  /api/v1/users/{id}", "manager", "{}"),
    ("GET    /api/v1/config/outlet", "admin", ""),
    ("PUT    /api/v1/config/outlet", "admin", "{}"),
    ("POST   /api/v1/config/outlet/test", "admin", ""),
    ("GET    /api/v1/sync/status", "admin", ""),
    ("GET    /api/v1/sync/events", "admin", ""),
    ("GET    /api/v1/sync/health", "admin", ""),
    ("POST   /api/v1/sync/trigger", "admin", ""),
    ("POST   /api/v1/sync/resync", "admin", r#"{"scope": "all"}"#),
    ("POST   /api/v1/sync/verify", "admin", "{}"),
    ("GET    /api/v1/sync/statement?date=2026-11-22", "admin", ""),
    ("GET    /api/v1/sync/logs", "admin", ""),
    ("GET    /api/v1/sync/failed", "admin", ""),
    ("GET    /api/v1/sync/queue", "admin", ""),
    ("POST   /api/v1/sync/retry/{id}", "admin", ""),
    ("GET    /api/v1/sync/conflicts", "admin", ""),
    ("POST   /api/v1/sync/conflicts/{id}/resolve", "admin", r#"{"strategy": "local_wins"}"#),
    ("GET    /api/v1/sync/kept", "admin", ""),
    ("POST   /api/v1/sync/kept/retry", "admin", ""),
    ("GET    /api/v1/sync/taken", "admin", ""),
    ("POST   /api/v1/sync/taken/confirm", "admin", ""),
    ("GET    /api/v1/sync/quarantine", "admin", ""),
    ("POST   /api/v1/sync/discard/{id}", "admin", r#"{"reason": "salah"}"#),
    ("POST   /api/v1/sync/kept/{entity_type}/{entity_id}/retry", "admin", ""),
    ("POST   /api/v1/sync/kept/{entity_type}/{entity_id}/discard", "admin", r#"{"reason": "salah"}"#),
    ("GET    /api/v1/sync/discards", "admin", ""),
    ("POST   /api/v1/auth/logout", "bar", ""),
];

/// `METHOD /path/{id}` of a row.
fn named(route: &str) -> (&str, &str) {
    let (method, path) = route.split_once(' ').unwrap();
    (method, path.trim_start().split('?').next().unwrap())
}

/// The status, and the code if it is a refusal. An answer that does not end is not waited for.
async fn knock(http: &Http, route: &str, body: &str) -> (u16, String) {
    let (method, path) = route.split_once(' ').unwrap();
    let path = ["{id}", "{entity_type}", "{entity_id}"]
        .iter()
        .fold(path.trim_start().to_owned(), |path, name| path.replace(name, "1"));
    let response = http.request(method, &path).body(body.to_owned()).send().await.unwrap();
    let status = response.status().as_u16();
    let refusal =
        if status < 400 { Value::Null } else { serde_json::from_slice(&response.bytes().await.unwrap()).unwrap() };
    (status, refusal["error"].as_str().unwrap_or_default().to_owned())
}

/// A token of whoever logs in there.
async fn token(base: &str, path: &str, body: Value) -> String {
    Http::new(base).post(path, &body).await.data()["token"].as_str().unwrap().to_owned()
}

async fn session(outlet: &TestOutlet, username: &str, pin: &str) -> String {
    token(outlet.admin().base(), "/api/v1/auth/login", json!({"username": username, "password": pin})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_opens_to_its_roles_and_to_nothing_else() {
    let (outlet, other, hub) = (TestOutlet::alone().await, TestOutlet::alone().await, TestHub::start().await);
    for role in &ROLES[1..] {
        outlet.member(role).await;
    }
    let admin = json!({"username": "former", "role": "admin", "pin": "2468"});
    outlet.admin().post("/api/v1/users", &admin).await.data();
    let ended = session(&outlet, "former", "2468").await;
    let nobody = Http::new(outlet.admin().base());
    nobody.with_token(&ended).post("/api/v1/auth/logout", &Value::Null).await;
    let id = outlet.app().tokens.check(&session(&outlet, "admin", "1234").await, web::time::now()).unwrap().sub;
    let before = web::time::now() - SignedDuration::from_secs(SESSION_SECONDS + 1);
    let expired = outlet.app().tokens.issue(&id, "admin", 1, before).unwrap();
    let forged = Tokens::new(b"a secret of somebody else").issue(&id, "admin", 1, web::time::now()).unwrap();
    let hub_url = hub.url();
    let head_office = json!({"username": "boss", "password": "secret-secret"});
    let strangers = BTreeMap::from([
        ("garbage", "garbage".to_owned()),
        ("an empty token", String::new()),
        ("an expired token", expired),
        ("an ended session", ended),
        ("a token signed by somebody else", forged),
        ("a session of another outlet", session(&other, "admin", "1234").await),
        ("a session of head office", token(hub_url.trim_end_matches("/v1"), "/v1/hq/auth/login", head_office).await),
        ("an outlet's key", hub.add_outlet("JKT-001").await.api_key),
    ]);
    let mut staff = BTreeMap::from([("admin", session(&outlet, "admin", "1234").await)]);
    for role in &ROLES[1..] {
        staff.insert(*role, session(&outlet, role, "2468").await);
    }

    for (route, least, body) in ROUTES {
        let is_let_in = |status: u16| !matches!(status, 401 | 403);
        let (status, code) = knock(&nobody, route, body).await;
        if least == OPEN {
            assert!(is_let_in(status), "{route} is open and answers {status} {code}");
            continue;
        }
        assert_eq!((status, code.as_str()), (401, "unauthorized"), "{route} without a token");
        for (whose, token) in &strangers {
            let (status, code) = knock(&nobody.with_token(token), route, body).await;
            assert_eq!((status, code.as_str()), (401, "unauthorized"), "{route} with {whose}");
        }
        let least = ROLES.iter().position(|role| *role == least).unwrap();
        for (at, role) in ROLES.iter().enumerate() {
            let (status, code) = knock(&nobody.with_token(&staff[role]), route, body).await;
            if at <= least {
                assert!(is_let_in(status), "{route} as {role} answers {status} {code}");
            } else {
                assert_eq!((status, code.as_str()), (403, "forbidden"), "{route} as {role}");
            }
        }
    }
}

#[test]
fn the_description_names_every_route_and_its_right() {
    let described = serde_json::to_value(outlet::routes::api()).unwrap();
    let mut found = BTreeMap::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let least = match &operation["security"][0]["session"] {
                Value::Null => OPEN,
                rights => match rights[0].as_str() {
                    None => "bar",
                    Some("sell") => "waiter",
                    Some("take_payment") => "cashier",
                    Some("edit_catalog" | "manage_staff") => "manager",
                    Some("manage_sync") => "admin",
                    Some(right) => panic!("{path} needs {right}; which roles have it?"),
                },
            };
            found.insert((method.to_uppercase(), path.clone()), least);
        }
    }
    let table: BTreeMap<_, _> = ROUTES.iter().map(|(route, least, _)| (named(route), *least)).collect();
    let found: BTreeMap<_, _> = found.iter().map(|((method, path), least)| ((&**method, &**path), *least)).collect();
    assert_eq!(table, found);
}
