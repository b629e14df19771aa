//! Who may: every route of the hub, asked with every credential there is.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use hub::outlets;
use hub::staff::Role;
use jiff::SignedDuration;
use serde_json::Value;
use tower::ServiceExt;
use web::token::{SESSION_SECONDS, Tokens};

use crate::app::TestHub;

/// The least that a route opens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Least {
    /// Whoever comes.
    Open,
    /// The key of the outlet in the path.
    Key,
    /// A session of head office.
    Viewer,
    /// A session of an admin.
    Admin,
}

use Least::{Admin, Key, Open, Viewer};

/// How a route answers whoever it does not open to, and in the place of whatever else it says to others.
const UNKNOWN: (u16, &str) = (401, "unauthorized");
const NOT_THIS: (u16, &str) = (403, "forbidden");
const IN: (u16, &str) = (200, "");

#[rustfmt::skip]
const ROUTES: [(&str, Least); 79] = [
    ("GET    /healthz", Open),
    ("GET    /readyz", Open),
    ("GET    /metrics", Open),
    ("GET    /v1/ping", Open),
    ("POST   /v1/enroll", Open),
    ("POST   /v1/hq/auth/login", Open),
    ("POST   /v1/outlets/{outlet_id}/sync/batch", Key),
    ("GET    /v1/outlets/{outlet_id}/updates", Key),
    ("GET    /v1/outlets/{outlet_id}/events", Key),
    ("GET    /v1/outlets/{outlet_id}/entities", Key),
    ("GET    /v1/outlets/{outlet_id}/entities/{entity_type}/{entity_id}", Key),
    ("GET    /v1/outlets/{outlet_id}/documents", Key),
    ("POST   /v1/outlets/{outlet_id}/verify", Key),
    ("GET    /v1/outlets/{outlet_id}/statement", Key),
    ("POST   /v1/outlets/{outlet_id}/statement", Key),
    ("GET    /v1/outlets/{outlet_id}/snapshot", Key),
    ("GET    /v1/hq/users", Viewer),
    ("POST   /v1/hq/users", Admin),
    ("PATCH  /v1/hq/users/{user_id}", Admin),
    ("POST   /v1/hq/users/{user_id}/end-sessions", Admin),
    ("GET    /v1/hq/health", Viewer),
    ("GET    /v1/hq/outlets", Viewer),
    ("GET    /v1/hq/orders", Viewer),
    ("GET    /v1/hq/drawers", Viewer),
    ("GET    /v1/hq/orders/{id}", Viewer),
    ("GET    /v1/hq/sales/daily", Viewer),
    ("GET    /v1/hq/sales/products", Viewer),
    ("GET    /v1/hq/statements", Viewer),
    ("GET    /v1/hq/products", Viewer),
    ("POST   /v1/hq/products", Admin),
    ("GET    /v1/hq/products/{id}", Viewer),
    ("PATCH  /v1/hq/products/{id}", Admin),
    ("DELETE /v1/hq/products/{id}", Admin),
    ("GET    /v1/hq/categories", Viewer),
    ("POST   /v1/hq/categories", Admin),
    ("GET    /v1/hq/categories/{id}", Viewer),
    ("PATCH  /v1/hq/categories/{id}", Admin),
    ("DELETE /v1/hq/categories/{id}", Admin),
    ("GET    /v1/hq/charges", Viewer),
    ("POST   /v1/hq/charges", Admin),
    ("GET    /v1/hq/charges/{id}", Viewer),
    ("PATCH  /v1/hq/charges/{id}", Admin),
    ("DELETE /v1/hq/charges/{id}", Admin),
    ("GET    /v1/hq/customers", Viewer),
    ("POST   /v1/hq/customers", Admin),
    ("GET    /v1/hq/customers/{id}", Viewer),
    ("PATCH  /v1/hq/customers/{id}", Admin),
    ("DELETE /v1/hq/customers/{id}", Admin),
    ("POST   /v1/hq/outlets/{outlet_id}/revoke-key", Admin),
    ("GET    /v1/hq/outlets/{outlet_id}/users", Viewer),
    ("POST   /v1/hq/outlets/{outlet_id}/users", Admin),
    ("GET    /v1/hq/outlets/{outlet_id}/users/{user_id}", Viewer),
    ("PATCH  /v1/hq/outlets/{outlet_id}/users/{user_id}", Admin),
    ("DELETE /v1/hq/outlets/{outlet_id}/users/{user_id}", Admin),
    ("GET    /v1/hq/outlets/{outlet_id}/settings", Viewer),
    ("PATCH  /v1/hq/outlets/{outlet_id}/settings", Admin),
    ("GET    /v1/hq/outlets/{outlet_id}/products", Viewer),
    ("PUT    /v1/hq/outlets/{outlet_id}/products/{product_id}", Admin),
    ("DELETE /v1/hq/outlets/{outlet_id}/products/{product_id}", Admin),
    ("GET    /v1/hq/outlets/{outlet_id}/announcements", Viewer),
    ("POST   /v1/hq/outlets/{outlet_id}/announcements", Admin),
    ("DELETE /v1/hq/outlets/{outlet_id}/announcements/{id}", Admin),
    ("POST   /v1/hq/announcements", Admin),
    ("PATCH  /v1/hq/announcements/{id}", Admin),
    ("GET    /v1/hq/outlets/{outlet_id}/webhook", Viewer),
    ("PUT    /v1/hq/outlets/{outlet_id}/webhook", Admin),
    ("DELETE /v1/hq/outlets/{outlet_id}/webhook", Admin),
    ("POST   /v1/hq/outlets/{outlet_id}/webhook/rotate-secret", Admin),
    ("GET    /v1/hq/conflicts", Viewer),
    ("POST   /v1/hq/conflicts/{id}/resolve", Admin),
    ("GET    /v1/hq/quarantine", Viewer),
    ("GET    /v1/hq/quarantine/outlets", Viewer),
    ("POST   /v1/hq/quarantine/{outlet_id}/{batch_id}/{item_no}/discard", Admin),
    ("POST   /v1/hq/quarantine/{outlet_id}/{batch_id}/{item_no}/accept", Admin),
    ("POST   /v1/hq/quarantine/outlets/{outlet}/{entity_type}/{entity_id}/retry", Admin),
    ("POST   /v1/hq/quarantine/outlets/{outlet}/{entity_type}/{entity_id}/discard", Admin),
    ("POST   /v1/hq/quarantine/unapplied/{outlet}/{entity_type}/{entity_id}/retry", Admin),
    ("POST   /v1/hq/quarantine/unapplied/{outlet}/{entity_type}/{entity_id}/discard", Admin),
    ("POST   /v1/hq/auth/logout", Viewer),
];

fn named(route: &str) -> (&str, &str) {
    let (method, path) = route.split_once(' ').unwrap();
    (method, path.trim_start())
}

/// The path with the outlet's id; other names are `1`, which is nobody's.
fn filled(path: &str, outlet_id: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{outlet_id}" => outlet_id,
        part if part.starts_with('{') => "1",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The status, and the code if it is a refusal. An answer that does not end is not waited for.
async fn knock(hub: &TestHub, route: &str, outlet_id: &str, credential: Option<&str>) -> (u16, String) {
    let (method, path) = named(route);
    let mut request = Request::builder().method(method).uri(filled(path, outlet_id)).header("x-outlet-id", outlet_id);
    request = request.header(header::CONTENT_TYPE, "application/json");
    if let Some(credential) = credential {
        request = request.header(header::AUTHORIZATION, credential);
    }
    let mut request = request.body(Body::from("{}")).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 50_000))));
    let response = hub.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    if status < 400 {
        return (status, String::new());
    }
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let refusal: Value = serde_json::from_slice(&body).unwrap();
    (status, refusal["error"].as_str().unwrap().to_owned())
}

/// The keys of head office's sessions: an expired one can be made of it.
fn tokens(hub: &TestHub) -> Tokens {
    Tokens::new(crate::engine::secret(&hub.url).trim().as_bytes())
}

#[tokio::test]
async fn every_route_opens_to_its_own_and_to_nothing_else() {
    let (hub, other) = (TestHub::start().await, TestHub::start().await);
    let (one, two, gone) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await, hub.outlet("JKT-003").await);
    hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-003")).await.unwrap();
    let (admin, viewer) = (hub.admin_token().await, hub.viewer_token().await);
    hub.add_user("former", Role::Admin, "one password").await;
    let ended = hub.log_in("former", "one password").await.ok()["token"].as_str().unwrap().to_owned();
    hub.add_user("former", Role::Admin, "another password").await;
    let claims = tokens(&hub).check(&admin, web::time::now()).unwrap();
    let before = web::time::now() - SignedDuration::from_secs(SESSION_SECONDS + 1);
    let expired = tokens(&hub).issue(&claims.sub, "admin", claims.generation, before).unwrap();
    // As an outlet signs its own people's.
    let of_an_outlet = Tokens::new(b"an outlet's secret").issue(&claims.sub, "admin", 1, web::time::now()).unwrap();

    // What is asked with, and how it is answered on a route of an outlet's, a viewer's and an admin's.
    let bearer = |token: &str| format!("Bearer {token}");
    let credentials = [
        ("no credential", None, [UNKNOWN; 3]),
        ("an empty token", Some(bearer("")), [UNKNOWN; 3]),
        ("garbage", Some(bearer("garbage")), [UNKNOWN; 3]),
        ("a key in another scheme", Some(format!("Basic {}", one.key)), [UNKNOWN; 3]),
        ("a key's hash", Some(bearer(&web::secret::key_hash(&one.key))), [UNKNOWN; 3]),
        ("an expired session", Some(bearer(&expired)), [UNKNOWN; 3]),
        ("an ended session", Some(bearer(&ended)), [UNKNOWN; 3]),
        ("a session at an outlet", Some(bearer(&of_an_outlet)), [UNKNOWN; 3]),
        ("a session of another hub", Some(bearer(&other.admin_token().await)), [UNKNOWN; 3]),
        ("another outlet's key", Some(bearer(&two.key)), [NOT_THIS, UNKNOWN, UNKNOWN]),
        ("a revoked outlet's key", Some(bearer(&gone.key)), [NOT_THIS, UNKNOWN, UNKNOWN]),
        ("the outlet's own key", Some(bearer(&one.key)), [IN, UNKNOWN, UNKNOWN]),
        ("a viewer", Some(bearer(&viewer)), [UNKNOWN, IN, NOT_THIS]),
        ("an admin", Some(bearer(&admin)), [UNKNOWN, IN, IN]),
    ];
    for (route, least) in ROUTES {
        for (whose, credential, expected) in &credentials {
            let expected = match least {
                // A ping says whether the key that it carries opens the outlet.
                Open if named(route).1 == "/v1/ping" && credential.is_some() => expected[0],
                Open => IN,
                Key => expected[0],
                Viewer => expected[1],
                Admin => expected[2],
            };
            let (status, code) = knock(&hub, route, &one.id, credential.as_deref()).await;
            if expected == IN {
                assert!(!matches!(status, 401 | 403), "{route} with {whose}: {status} {code}");
            } else {
                assert_eq!((status, code.as_str()), expected, "{route} with {whose}");
            }
        }
        if least == Key {
            for (id, key, expected) in [
                (gone.id.as_str(), &gone.key, (403, "outlet_revoked")),
                ("nobody", &one.key, NOT_THIS),
                ("nobody", &"garbage".to_owned(), UNKNOWN),
            ] {
                let (status, code) = knock(&hub, route, id, Some(&bearer(key))).await;
                assert_eq!((status, code.as_str()), expected, "{route} of {id}");
            }
        }
    }
    let heard = hub.rows("code", "from outlets where last_contact_at is not null").await;
    assert_eq!(heard, ["JKT-001"], "only its own key counts as contact");
}

#[test]
fn the_description_names_every_route_and_its_right() {
    let described = serde_json::to_value(hub::api()).unwrap();
    let mut found = BTreeMap::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let security = &operation["security"][0];
            let least = match (&security["outlet_key"], &security["session"]) {
                (Value::Null, Value::Null) => Open,
                (Value::Array(_), Value::Null) => Key,
                (Value::Null, Value::Array(rights)) if rights.is_empty() => Viewer,
                (Value::Null, Value::Array(rights)) if rights == &["admin"] => Admin,
                _ => panic!("{path}: {security}"),
            };
            found.insert((method.to_uppercase(), path.clone()), least);
        }
    }
    let table: BTreeMap<_, _> = ROUTES.iter().map(|(route, least)| (named(route), *least)).collect();
    let found: BTreeMap<_, _> = found.iter().map(|((method, path), least)| ((&**method, &**path), *least)).collect();
    assert_eq!(table, found);
}

/// DNS rebinding: a page asks its own name, which was pointed at the hub.
#[tokio::test]
async fn a_foreign_host_is_rejected_for_pages_only() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let log_in = |host: &str, origin: Option<&str>| {
        let mut asked =
            Request::post("/v1/hq/auth/login").header("host", host).header("content-type", "application/json");
        if let Some(origin) = origin {
            asked = asked.header("origin", origin);
        }
        hub.send(asked.body(Body::from(r#"{"username": "admin", "password": "salah salah"}"#)).unwrap())
    };
    let foreign = log_in("attacker.example:9090", Some("http://attacker.example:9090")).await;
    foreign.refused(421, "host_not_allowed");
    assert!(foreign.body.to_string().contains("HUB_ALLOWED_HOSTS"), "{}", foreign.body);
    for (host, origin) in [
        ("127.0.0.1:9090", Some("http://127.0.0.1:9090")),
        ("hub.example.com", Some("https://hub.example.com")),
        ("hub.example.com", None),
    ] {
        log_in(host, origin).await.refused(401, "wrong_credentials");
    }
    let asked = Request::get(format!("/v1/outlets/{}/updates", outlet.id)).header("host", "hub.example.com");
    hub.send(asked.header("authorization", format!("Bearer {}", outlet.key)).body(Body::empty()).unwrap()).await.ok();
}
