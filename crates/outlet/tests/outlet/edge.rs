//! The outlet's HTTP edge over real connections: host names, origins, kinds of bodies, proxies, local clients.

use outlet::SyncEnv;
use testkit::{PATIENCE, Raw, TestOutlet, address_of, connect_from, raw};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use web::Edge;

const LOG_IN: &str = "POST /api/v1/auth/login";
const ALIVE: &str = "GET /healthz";
const INITIAL_PIN: &str = r#"{"username": "admin", "password": "1234"}"#;
const JSON: (&str, &str) = ("content-type", "application/json");
const LOCAL: (&str, &str) = ("host", "127.0.0.1");

async fn outlet(proxies: &str, origins: &str, hosts: Option<&str>) -> TestOutlet {
    TestOutlet::configured(SyncEnv::default(), Edge::parse(proxies, origins, hosts).unwrap()).await
}

async fn ask(outlet: &TestOutlet, request: &str, headers: &[(&str, &str)], body: &str) -> Raw {
    raw(outlet.admin().base(), "127.0.0.1", request, headers, body).await
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_rebound_host_name_is_rejected() {
    let outlet = outlet("", "", Some("kasir.example.com")).await;
    for host in ["127.0.0.1:8080", "localhost", "gerai", "kasir.local", "kasir.example.com", "[::1]:8080"] {
        assert_eq!(ask(&outlet, ALIVE, &[("host", host)], "").await.status, 200, "{host}");
    }
    for host in ["attacker.example", "kasir.example.com.attacker.example", "127.0.0.1.nip.io:8080"] {
        let answer = ask(&outlet, ALIVE, &[("host", host)], "").await;
        assert_eq!(answer.refusal(), refused(421, "host_not_allowed"), "{host}");
        let log_in = ask(&outlet, LOG_IN, &[("host", host), JSON], INITIAL_PIN).await;
        assert_eq!(log_in.refusal(), refused(421, "host_not_allowed"), "{host}");
    }
}

#[tokio::test]
async fn without_configured_origins_there_is_no_cors() {
    let outlet = outlet("", "", Some("")).await;
    let origin = ("origin", "https://attacker.example");
    let answer = ask(&outlet, LOG_IN, &[LOCAL, JSON, origin], INITIAL_PIN).await;
    assert_eq!(answer.refusal(), refused(403, "origin_not_allowed"));
    let method = ("access-control-request-method", "POST");
    let preflight = ask(&outlet, "OPTIONS /api/v1/orders", &[LOCAL, origin, method], "").await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (403, None));
    assert_eq!(ask(&outlet, ALIVE, &[LOCAL, ("origin", "http://127.0.0.1")], "").await.status, 200);
}

#[tokio::test]
async fn a_configured_origin_passes_the_cors_preflight() {
    let outlet = outlet("", "https://kasir.example.com", Some("")).await;
    let headers = |origin| {
        [
            LOCAL,
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type,idempotency-key,if-match"),
        ]
    };
    let preflight = ask(&outlet, "OPTIONS /api/v1/orders", &headers("https://kasir.example.com"), "").await;
    assert_eq!(preflight.status, 200);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("https://kasir.example.com"));
    let allowed = preflight.header("access-control-allow-headers").unwrap();
    for name in ["authorization", "content-type", "idempotency-key", "if-match"] {
        assert!(allowed.contains(name), "{allowed}");
    }
    assert!(preflight.header("access-control-allow-methods").unwrap().contains("post"));
    let elsewhere = ask(&outlet, "OPTIONS /api/v1/orders", &headers("https://attacker.example"), "").await;
    assert_eq!(elsewhere.header("access-control-allow-origin"), None);
    let log_in = ask(&outlet, LOG_IN, &[LOCAL, JSON, ("origin", "https://kasir.example.com")], INITIAL_PIN).await;
    assert_eq!((log_in.status, log_in.header("access-control-allow-origin")), (200, Some("https://kasir.example.com")));
}

#[tokio::test]
async fn only_json_bodies_are_accepted() {
    let outlet = outlet("", "", Some("")).await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", ""] {
        let answer = ask(&outlet, LOG_IN, &[LOCAL, ("content-type", kind)], INITIAL_PIN).await;
        assert_eq!(answer.refusal(), refused(415, "unsupported_media_type"), "{kind}");
    }
    assert_eq!(ask(&outlet, LOG_IN, &[LOCAL], INITIAL_PIN).await.status, 415);
    assert_eq!(ask(&outlet, LOG_IN, &[LOCAL, JSON], INITIAL_PIN).await.status, 200);
}

#[tokio::test]
async fn an_endless_unread_body_closes_the_connection() {
    let outlet = outlet("", "", Some("")).await;
    let address = address_of(outlet.admin().base());
    let mut stream = connect_from("127.0.0.1".parse().unwrap(), address).await.unwrap();
    let unfinished_request =
        format!("{LOG_IN} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\n{{");
    stream.write_all(unfinished_request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let result = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    result.expect("the connection is closed").unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), "");
}

#[tokio::test]
async fn the_initial_pin_is_rejected_behind_a_proxy() {
    // With a configured proxy, and with an unknown one.
    for proxies in ["127.0.0.1", ""] {
        let outlet = outlet(proxies, "", Some("")).await;
        let log_in = async |headers: &[(&str, &str)]| {
            ask(&outlet, LOG_IN, &[&[JSON], headers].concat(), INITIAL_PIN).await.refusal()
        };
        for forwarded in [
            ("x-forwarded-for", "192.168.1.77"),
            ("x-forwarded-for", "127.0.0.1"),
            ("forwarded", "for=127.0.0.1"),
            ("x-real-ip", "127.0.0.1"),
            ("via", "1.1 proxy"),
        ] {
            let answer = log_in(&[LOCAL, forwarded]).await;
            assert_eq!(answer, refused(403, "change_pin_first"), "{forwarded:?} with '{proxies}'");
        }
        assert_eq!(log_in(&[("host", "kasir.local")]).await, refused(403, "change_pin_first"));
        assert_eq!(log_in(&[LOCAL]).await, refused(200, ""));
    }
}

#[tokio::test]
async fn only_a_configured_proxy_sets_the_throttled_address() {
    let outlet = outlet("127.0.3.1", "", Some("")).await;
    outlet.member("cashier").await;
    let wrong = r#"{"username": "cashier", "password": "9753"}"#;
    let attempts_until_429 = async |from: &str, client: &str| {
        for n in 0..20 {
            let headers = [LOCAL, JSON, ("x-forwarded-for", client)];
            if raw(outlet.admin().base(), from, LOG_IN, &headers, wrong).await.status == 429 {
                return n;
            }
        }
        20
    };
    let attempts = attempts_until_429("127.0.3.1", "203.0.113.1").await;
    assert!((1..20).contains(&attempts), "{attempts}");
    // The shared bucket of unfamiliar addresses may be full now, but a trusted address has its own.
    let right = r#"{"username": "cashier", "password": "2468"}"#;
    let at_home = raw(outlet.admin().base(), "127.0.0.1", LOG_IN, &[LOCAL, JSON], right).await;
    assert_eq!(at_home.status, 200, "{}", at_home.body);
    // A client that is no trusted proxy cannot claim another address.
    assert_eq!(attempts_until_429("127.0.3.2", "127.0.0.1").await, 0, "it was accepted as the trusted address");
}

#[tokio::test]
async fn a_cookie_is_secure_if_a_trusted_proxy_received_the_request_over_tls() {
    let log_in = r#"{"username": "cashier", "password": "2468", "cookie": true}"#;
    for (proxies, scheme, is_secure) in
        [("127.0.0.1", "https", true), ("127.0.0.1", "http", false), ("", "https", false)]
    {
        let outlet = outlet(proxies, "", Some("")).await;
        outlet.member("cashier").await;
        let answer = ask(&outlet, LOG_IN, &[LOCAL, JSON, ("x-forwarded-proto", scheme)], log_in).await;
        let set = answer.header("set-cookie").unwrap();
        assert_eq!(set.ends_with("; secure"), is_secure, "{proxies} {scheme}: {set}");
        assert!(!answer.body.contains("token"), "{}", answer.body);
    }
}
