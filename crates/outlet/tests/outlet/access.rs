//! Access control: every route of the outlet with every kind of credential.

use std::collections::{BTreeMap, BTreeSet};

use access::permission::{self, Anyone, Permission};
use domain::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet};
use web::token::{Claims, SESSION_SECONDS, Tokens};

const ROLES: &[Role] = &[Role::Admin, Role::Manager, Role::Cashier, Role::Waiter, Role::Kitchen, Role::Bar];
const SELLERS: &[Role] = &[Role::Admin, Role::Manager, Role::Cashier, Role::Waiter];
const CASHIERS: &[Role] = &[Role::Admin, Role::Manager, Role::Cashier];
const COOKS: &[Role] = &[Role::Admin, Role::Manager, Role::Kitchen, Role::Bar];
const MANAGERS: &[Role] = &[Role::Admin, Role::Manager];
const ADMINS: &[Role] = &[Role::Admin];

/// Public routes; adding one needs a decision.
const OPEN: &[&str] = &[
    "POST /api/v1/auth/login",
    "POST /api/v1/devices/pair",
    "POST /api/v1/webhooks/cloud",
    "GET /healthz",
    "GET /metrics",
    "GET /r/{token}",
    "GET /readyz",
];

/// Routes for paired devices, with or without a session.
const OF_DEVICES: &[&str] = &[
    "GET /api/v1/auth/names",
    "GET /api/v1/devices/me",
    "GET /api/v1/display",
    "GET /api/v1/display/tills",
    "POST /api/v1/devices/me/heartbeat",
    "PUT /api/v1/devices/me/display",
];

/// A route of the description with an example request; ids are `1`, which is unknown.
struct Route {
    /// Method and path.
    name: String,
    /// The path with example values.
    path: String,
    body: String,
    /// The roles with access; `None` if it is public or for devices.
    roles: Option<fn(Role) -> bool>,
    /// Only a paired device has access.
    is_of_devices: bool,
}

/// All routes of the description. Log-out is last, because it ends the sessions.
fn routes() -> Vec<Route> {
    let described = serde_json::to_value(outlet::routes::api()).unwrap();
    let mut routes = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            routes.push(Route {
                name: format!("{} {path}", method.to_uppercase()),
                path: request_path(path, operation),
                body: body(&described, path, operation),
                roles: right(operation),
                is_of_devices: operation["security"][0]["device"].is_array(),
            });
        }
    }
    routes.sort_by_key(|route| route.name.contains("/auth/logout"));
    routes
}

/// The right in the description.
fn right(operation: &Value) -> Option<fn(Role) -> bool> {
    let rights = operation["security"][0]["session"].as_array()?;
    let Some(name) = rights.first() else { return Some(Anyone::ALLOWS) };
    let known = permission::ALL.iter().find(|(known, _)| known == name);
    Some(known.unwrap_or_else(|| panic!("{name} is no permission")).1)
}

fn request_path(path: &str, operation: &Value) -> String {
    let in_path = [
        "{id}",
        "{entity_type}",
        "{entity_id}",
        "{line_id}",
        "{discount_id}",
        "{payment_id}",
        "{movement_id}",
        "{token}",
    ];
    let path = in_path.iter().fold(path.to_owned(), |path, name| path.replace(name, "1"));
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let required = parameters.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    let query: Vec<_> = required.map(|one| format!("{}=2026-11-22", one["name"].as_str().unwrap())).collect();
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// The example of the description, so that the example is tested too; empty if nothing is required.
fn body(described: &Value, path: &str, operation: &Value) -> String {
    if path == "/api/v1/devices/pair" {
        // A wrong code answers 401.
        return "{}".to_owned();
    }
    if path == "/api/v1/auth/pin" {
        // A valid body would change the PIN, and a wrong PIN answers 401.
        return json!({"current_pin": "2468", "new_pin": "not a PIN"}).to_string();
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let example = |schema: &Value| {
        let name = schema["$ref"].as_str()?.rsplit('/').next().unwrap();
        let example = described["components"]["schemas"][name]["example"].clone();
        Some(if example.is_null() { json!({}) } else { example })
    };
    let in_list = || example(&schema["items"]).map(|entry| json!([entry]));
    example(schema).or_else(in_list).map_or_else(String::new, |example| example.to_string())
}

/// The status, and the code if it is a refusal. Does not wait for the end of a stream.
async fn call(http: &Http, route: &Route) -> (u16, String) {
    let (method, _) = route.name.split_once(' ').unwrap();
    let response = http.request(method, &route.path).body(route.body.clone()).send().await.unwrap();
    let status = response.status().as_u16();
    let refusal =
        if status < 400 { Value::Null } else { serde_json::from_slice(&response.bytes().await.unwrap()).unwrap() };
    (status, refusal["error"].as_str().unwrap_or_default().to_owned())
}

/// The token of a log-in.
async fn token(base: &str, path: &str, body: Value) -> String {
    Http::new(base).post(path, &body).await.data()["token"].as_str().unwrap().to_owned()
}

async fn session(outlet: &TestOutlet, username: &str, pin: &str) -> String {
    token(outlet.admin().base(), "/api/v1/auth/login", json!({"username": username, "password": pin})).await
}

/// A session of each role.
async fn staff(outlet: &TestOutlet) -> Vec<(Role, String)> {
    let mut staff = vec![(Role::Admin, session(outlet, "admin", "1234").await)];
    for role in &ROLES[1..] {
        staff.push((*role, session(outlet, role.as_str(), "2468").await));
    }
    staff
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_is_accessible_to_its_roles_only() {
    let (outlet, other, hub) = (TestOutlet::alone().await, TestOutlet::alone().await, TestHub::start().await);
    for role in &ROLES[1..] {
        outlet.member(role.as_str()).await;
    }
    let admin = json!({"username": "former", "role": "admin", "pin": "2468"});
    outlet.admin().post("/api/v1/users", &admin).await.data();
    let ended = session(&outlet, "former", "2468").await;
    let nobody = Http::new(outlet.admin().base());
    nobody.with_token(&ended).post("/api/v1/auth/logout", &Value::Null).await;
    let id = outlet.app().tokens.check(&session(&outlet, "admin", "1234").await, web::time::now()).unwrap().sub;
    let before = web::time::now() - SignedDuration::from_secs(SESSION_SECONDS + 1);
    let expired = outlet.app().tokens.issue(&Claims::new(&id, "admin", 1, before)).unwrap();
    let forged = Tokens::new(b"another secret").issue(&Claims::new(&id, "admin", 1, web::time::now())).unwrap();
    let hub_url = hub.url();
    let head_office = json!({"username": "boss", "password": "secret-secret"});
    let strangers = BTreeMap::from([
        ("garbage", "garbage".to_owned()),
        ("an empty token", String::new()),
        ("an expired token", expired),
        ("an ended session", ended),
        ("a token with another signature", forged),
        ("a session of another outlet", session(&other, "admin", "1234").await),
        ("a session of head office", token(hub_url.trim_end_matches("/v1"), "/v1/hq/auth/login", head_office).await),
        ("an outlet's key", hub.add_outlet("JKT-001").await.api_key),
    ]);
    let mut staff = staff(&outlet).await;
    for route in routes() {
        let name = &route.name;
        if name.contains("/auth/logout") {
            staff = self::staff(&outlet).await;
        }
        let is_authorized = |status: u16| !matches!(status, 401 | 403);
        let (status, code) = call(&nobody, &route).await;
        if route.is_of_devices {
            assert_eq!((status, code.as_str()), (401, "not_paired"), "{name} without a cookie");
            for token in strangers.values().chain(staff.iter().map(|(_, token)| token)) {
                let (status, code) = call(&nobody.with_token(token), &route).await;
                assert_eq!((status, code.as_str()), (401, "not_paired"), "{name} with a token");
            }
            continue;
        }
        let Some(roles) = route.roles else {
            assert!(is_authorized(status), "{name} is open and answers {status} {code}");
            continue;
        };
        assert_eq!((status, code.as_str()), (401, "unauthorized"), "{name} without a token");
        for (credential, token) in &strangers {
            let (status, code) = call(&nobody.with_token(token), &route).await;
            assert_eq!((status, code.as_str()), (401, "unauthorized"), "{name} with {credential}");
        }
        for (role, token) in &staff {
            let (status, code) = call(&nobody.with_token(token), &route).await;
            if roles(*role) {
                assert!(is_authorized(status), "{name} as {role:?} answers {status} {code}");
            } else {
                assert_eq!((status, code.as_str()), (403, "forbidden"), "{name} as {role:?}");
            }
        }
    }
}

#[test]
fn only_these_routes_are_public() {
    for (is_of_devices, expected) in [(false, OPEN), (true, OF_DEVICES)] {
        let routes = routes().into_iter().filter(|route| route.roles.is_none() && route.is_of_devices == is_of_devices);
        let names: Vec<_> = routes.map(|route| route.name).collect();
        assert_eq!(
            BTreeSet::from_iter(names.iter().map(String::as_str)),
            BTreeSet::from_iter(expected.iter().copied())
        );
    }
}

/// The right follows from the handler's actor; the path and the method determine the expected roles.
#[test]
fn staff_read_managers_change_and_admins_manage_sync() {
    let starts = |path: &str, starts: &[&str]| starts.iter().any(|start| path.starts_with(start));
    for route in routes() {
        let Some(allows) = route.roles else { continue };
        let (method, path) = route.name.split_once(' ').unwrap();
        let expected = match (method, path) {
            _ if starts(
                path,
                &["/api/v1/sync/", "/api/v1/config/outlet", "/api/v1/tls", "/api/v1/jobs", "/api/v1/audit/verify"],
            ) =>
            {
                ADMINS
            }
            _ if starts(
                path,
                &["/api/v1/users", "/api/v1/devices", "/api/v1/today", "/api/v1/reports", "/api/v1/audit"],
            ) =>
            {
                MANAGERS
            }
            _ if starts(path, &["/api/v1/auth/"]) => ROLES,
            (_, "/api/v1/till/catalog") => SELLERS,
            _ if starts(path, &["/api/v1/shifts"]) => CASHIERS,
            ("GET", "/api/v1/config/qris" | "/api/v1/orders/{id}/qris") => CASHIERS,
            ("POST", path) if starts(path, &["/api/v1/refunds"]) => CASHIERS,
            ("POST", path) if starts(path, &["/api/v1/print-jobs"]) => SELLERS,
            ("POST", path)
                if starts(path, &["/api/v1/orders/"])
                    && (path.contains("/payments") || path.ends_with("/split") || path.ends_with("/refunds")) =>
            {
                CASHIERS
            }
            ("POST" | "PATCH" | "DELETE", path) if starts(path, &["/api/v1/orders"]) => SELLERS,
            // Waiters mark tickets as served too, and cashiers print them; the commands check role and station.
            ("POST", path)
                if starts(path, &["/api/v1/kitchen/"])
                    && ["/served", "/state", "/print"].iter().any(|end| path.ends_with(end)) =>
            {
                ROLES
            }
            ("POST", "/api/v1/drawers/open") => CASHIERS,
            ("POST" | "PUT", path) if starts(path, &["/api/v1/kitchen/"]) => COOKS,
            ("DELETE", _) => MANAGERS,
            (_, path) if starts(path, &["/api/v1/customers"]) => SELLERS,
            ("GET", _) => ROLES,
            _ => MANAGERS,
        };
        let allowed: Vec<_> = ROLES.iter().copied().filter(|role| allows(*role)).collect();
        assert_eq!(allowed, expected, "{}", route.name);
    }
}
