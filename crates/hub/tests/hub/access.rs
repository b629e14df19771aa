//! Rights: every route of the description, requested with every role and every wrong credential.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use hub::outlets;
use hub::staff::Role;
use jiff::SignedDuration;
use serde_json::Value;
use tower::ServiceExt;
use web::token::{Claims, SESSION_SECONDS, Tokens};

use crate::app::TestHub;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    /// Everybody.
    Open,
    /// The outlet of the path, by its key.
    Outlet,
    /// Every user of head office.
    Viewer,
    /// Admins of head office.
    Admin,
}

use Right::{Admin, Open, Outlet, Viewer};

/// Routes that are open to everybody; adding one is a decision.
const OPEN: [&str; 6] =
    ["GET /healthz", "GET /metrics", "GET /readyz", "GET /v1/ping", "POST /v1/enroll", "POST /v1/hq/auth/login"];

/// Refusals of callers without the right; a caller with the right gets any other answer.
const UNAUTHORIZED: (u16, &str) = (401, "unauthorized");
const FORBIDDEN: (u16, &str) = (403, "forbidden");
const ALLOWED: (u16, &str) = (200, "");

/// A route of the description.
struct Route {
    method: String,
    path: String,
    right: Right,
    /// Query parameters without which the request is invalid.
    required: Vec<String>,
}

/// Every route of the description. Those of head office follow because one revokes the outlet's key; log-out comes last
/// because it ends the callers' sessions.
fn routes() -> Vec<Route> {
    let description = serde_json::to_value(hub::api()).unwrap();
    let mut routes = Vec::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let required = parameters.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
            routes.push(Route {
                method: method.to_uppercase(),
                path: path.clone(),
                right: right(operation).unwrap_or_else(|| panic!("{method} {path}: {}", operation["security"])),
                required: required.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect(),
            });
        }
    }
    routes.sort_by_key(|route| (route.path.starts_with("/v1/hq/"), route.path.contains("/auth/logout")));
    routes
}

/// The right that an operation declares; none if it is unknown.
fn right(operation: &Value) -> Option<Right> {
    let security = operation["security"].as_array()?;
    let Some(scheme) = security.first() else { return Some(Open) };
    match (&scheme["outlet_key"], &scheme["session"]) {
        (Value::Array(_), Value::Null) => Some(Outlet),
        (Value::Null, Value::Array(rights)) if rights.is_empty() => Some(Viewer),
        (Value::Null, Value::Array(rights)) if rights == &["admin"] => Some(Admin),
        _ => None,
    }
}

impl Route {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The address for a request; ids other than the outlet's are unknown to the hub.
    fn address(&self, outlet_id: &str) -> String {
        let parts = self.path.split('/').map(|part| match part {
            "{outlet_id}" | "{outlet}" => outlet_id,
            part if part.starts_with('{') => "1",
            part => part,
        });
        let value = |name: &str| match name {
            "outlet_id" => outlet_id.to_owned(),
            "group" => "day".to_owned(),
            _ => "2026-11-22".to_owned(),
        };
        let query: Vec<_> = self.required.iter().map(|name| format!("{name}={}", value(name))).collect();
        format!("{}?{}", parts.collect::<Vec<_>>().join("/"), query.join("&"))
    }

    /// The status, and the code of a refusal. The body of a successful answer is not read: a stream does not end.
    async fn request(&self, hub: &TestHub, outlet_id: &str, credential: Option<&str>) -> (u16, String) {
        let mut request = Request::builder().method(&*self.method).uri(self.address(outlet_id));
        request = request.header("x-outlet-id", outlet_id).header(header::CONTENT_TYPE, "application/json");
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
}

/// The key that signs this hub's sessions.
fn tokens(hub: &TestHub) -> Tokens {
    Tokens::new(crate::engine::secret(&hub.url).trim().as_bytes())
}

/// Another session of the user of a token, which may have ended.
fn another_session(hub: &TestHub, token: &str) -> String {
    let now = web::time::now();
    let Claims { sub, role, generation, .. } = tokens(hub).check(token, now).unwrap();
    tokens(hub).issue(&Claims::new(&sub, &role, generation, now)).unwrap()
}

#[tokio::test]
async fn every_route_requires_its_permission() {
    let (hub, other) = (TestHub::start().await, TestHub::start().await);
    let (one, two, gone) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await, hub.outlet("JKT-003").await);
    hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-003", web::time::now())).await.unwrap();
    let (admin, viewer) = (hub.admin_token().await, hub.viewer_token().await);
    hub.add_user("former", Role::Admin, "one password").await;
    let ended = hub.log_in("former", "one password").await.ok()["token"].as_str().unwrap().to_owned();
    hub.add_user("former", Role::Admin, "another password").await;
    let claims = tokens(&hub).check(&admin, web::time::now()).unwrap();
    let long_ago = web::time::now() - SignedDuration::from_secs(SESSION_SECONDS + 1);
    let expired = tokens(&hub).issue(&Claims::new(&claims.sub, "admin", claims.generation, long_ago)).unwrap();
    // An outlet signs the sessions of its users like this.
    let at_outlet = Claims::new(&claims.sub, "admin", 1, web::time::now());
    let of_an_outlet = Tokens::new(b"an outlet's secret").issue(&at_outlet).unwrap();

    // Each credential, with the answers of a route for the outlet, for viewers and for admins.
    let bearer = |token: &str| format!("Bearer {token}");
    let credentials = [
        ("no credential", None, [UNAUTHORIZED; 3]),
        ("an empty token", Some(bearer("")), [UNAUTHORIZED; 3]),
        ("garbage", Some(bearer("garbage")), [UNAUTHORIZED; 3]),
        ("a key in another scheme", Some(format!("Basic {}", one.key)), [UNAUTHORIZED; 3]),
        ("a key's hash", Some(bearer(&web::secret::key_hash(&one.key))), [UNAUTHORIZED; 3]),
        ("an expired session", Some(bearer(&expired)), [UNAUTHORIZED; 3]),
        ("an ended session", Some(bearer(&ended)), [UNAUTHORIZED; 3]),
        ("a session at an outlet", Some(bearer(&of_an_outlet)), [UNAUTHORIZED; 3]),
        ("a session of another hub", Some(bearer(&other.admin_token().await)), [UNAUTHORIZED; 3]),
        ("another outlet's key", Some(bearer(&two.key)), [FORBIDDEN, UNAUTHORIZED, UNAUTHORIZED]),
        ("a revoked outlet's key", Some(bearer(&gone.key)), [FORBIDDEN, UNAUTHORIZED, UNAUTHORIZED]),
        ("the outlet's key", Some(bearer(&one.key)), [ALLOWED, UNAUTHORIZED, UNAUTHORIZED]),
        ("a viewer", Some(bearer(&viewer)), [UNAUTHORIZED, ALLOWED, FORBIDDEN]),
        ("an admin", Some(bearer(&admin)), [UNAUTHORIZED, ALLOWED, ALLOWED]),
    ];
    for route in routes() {
        let name = route.name();
        for (whose, credential, expected) in &credentials {
            // Each log-out ends the session.
            let user = [("a viewer", &viewer), ("an admin", &admin)].into_iter().find(|(user, _)| user == whose);
            let credential = match user {
                Some((_, token)) if route.path.contains("/auth/logout") => Some(bearer(&another_session(&hub, token))),
                _ => credential.clone(),
            };
            let expected = match route.right {
                // A ping checks the key if the request has one.
                Open if route.path == "/v1/ping" && credential.is_some() => expected[0],
                Open => ALLOWED,
                Outlet => expected[0],
                Viewer => expected[1],
                Admin => expected[2],
            };
            let (status, code) = route.request(&hub, &one.id, credential.as_deref()).await;
            if expected == ALLOWED {
                assert!(!matches!(status, 401 | 403 | 405 | 500), "{name} with {whose}: {status} {code}");
                let may_be_absent =
                    ["id}", "{id}/outlets", "{id}/prices", "/delivery", "/image", "/settings", "/webhook"]
                        .iter()
                        .any(|end| route.path.ends_with(end));
                let is_read = route.method == "GET" && matches!(route.right, Viewer | Admin);
                assert!(!is_read || status == 200 || (may_be_absent && status == 404), "{name}: {status} {code}");
            } else {
                assert_eq!((status, code.as_str()), expected, "{name} with {whose}");
            }
        }
        if route.right == Outlet {
            for (id, key, expected) in [
                (gone.id.as_str(), &gone.key, (403, "outlet_revoked")),
                ("nobody", &one.key, FORBIDDEN),
                ("nobody", &"garbage".to_owned(), UNAUTHORIZED),
            ] {
                let (status, code) = route.request(&hub, id, Some(&bearer(key))).await;
                assert_eq!((status, code.as_str()), expected, "{name} of {id}");
            }
        }
    }
    let contacts = hub.rows("code", "from outlets where last_contact_at is not null").await;
    assert_eq!(contacts, ["JKT-001"], "only an outlet's own key counts as contact");
    assert_eq!(hub.count("stream_entries").await, 0, "an empty body changes nothing");
}

#[test]
fn only_listed_routes_need_no_credentials() {
    let mut open: Vec<_> = routes().iter().filter(|route| route.right == Open).map(Route::name).collect();
    open.sort();
    assert_eq!(open, OPEN);
}

/// The right follows from the handler's actor; the path and the method say which actor is expected.
#[test]
fn outlets_use_keys_viewers_read_and_admins_change() {
    for route in routes().iter().filter(|route| route.right != Open) {
        let expected = match route.method.as_str() {
            _ if route.path.starts_with("/v1/outlets/") => Outlet,
            "GET" => Viewer,
            _ if route.path.starts_with("/v1/hq/auth/") => Viewer,
            _ => Admin,
        };
        assert_eq!(route.right, expected, "{}", route.name());
    }
}

/// DNS rebinding: the name of a foreign page resolves to the hub.
#[tokio::test]
async fn a_foreign_host_is_rejected_for_pages_only() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let log_in = |host: &str, origin: Option<&str>| {
        let mut request =
            Request::post("/v1/hq/auth/login").header("host", host).header("content-type", "application/json");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        hub.send(request.body(Body::from(r#"{"username": "admin", "password": "salah salah"}"#)).unwrap())
    };
    let foreign = log_in("attacker.example:9090", Some("http://attacker.example:9090")).await;
    foreign.refused(421, "host_not_allowed");
    assert!(foreign.body.to_string().contains("HUB_ALLOWED_HOSTS"), "{}", foreign.body);
    for (host, origin) in [
        ("127.0.0.1:9090", Some("http://127.0.0.1:9090")),
        ("hub.example.com", Some("https://hub.example.com")),
        ("hub.example.com", None),
    ] {
        log_in(host, origin).await.refused(401, "invalid_credentials");
    }
    let pull = Request::get(format!("/v1/outlets/{}/updates", outlet.id)).header("host", "hub.example.com");
    hub.send(pull.header("authorization", format!("Bearer {}", outlet.key)).body(Body::empty()).unwrap()).await.ok();
}
