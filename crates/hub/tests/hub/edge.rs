//! The hub's HTTP edge over real connections: cross-origin pages, content types, proxies.

use hub::Config;
use testkit::{Raw, TestHub, raw};
use web::Edge;

const LOG_IN: &str = "POST /v1/hq/auth/login";
const JSON: (&str, &str) = ("content-type", "application/json");
const HOST: (&str, &str) = ("host", "hub.lan");

async fn hub(proxies: &str, origins: &str) -> TestHub {
    let edge = Edge::parse(proxies, origins, None).unwrap();
    TestHub::configured(Config { edge, ..Config::default() }).await
}

/// Tries an enrollment code from this address, as a proxy forwards it for this client.
async fn try_code(hub: &TestHub, from: &str, client: &str) -> u16 {
    let key = "k".repeat(40);
    let body = format!(r#"{{"code": "AAAA-AAAA-AAAA", "epoch_id": "e", "epoch_number": 1, "api_key": "{key}"}}"#);
    let headers = [HOST, JSON, ("x-forwarded-for", client)];
    raw(&hub.url(), from, "POST /v1/enroll", &headers, &body).await.status
}

/// How often this client may try a code before it must wait, up to a limit.
async fn tries(hub: &TestHub, from: &str, client: impl Fn(usize) -> String) -> usize {
    for n in 0..25 {
        if try_code(hub, from, &client(n)).await == 429 {
            return n;
        }
    }
    25
}

#[tokio::test]
async fn wrong_codes_count_per_client_behind_a_configured_proxy() {
    let hub = hub("127.0.3.1", "").await;
    let another_each_time = |n: usize| format!("203.0.113.{n}");
    assert_eq!(tries(&hub, "127.0.3.2", another_each_time).await, 10, "not a configured proxy: its header is ignored");
    assert_eq!(tries(&hub, "127.0.3.1", another_each_time).await, 25, "the proxy's clients are counted separately");
    assert_eq!(tries(&hub, "127.0.3.1", |_| "198.51.100.7".to_owned()).await, 10);
    let first_is_claimed = |n: usize| format!("192.0.2.{n}, 198.51.100.8");
    assert_eq!(
        tries(&hub, "127.0.3.1", first_is_claimed).await,
        10,
        "the client cannot add an address to the proxy's header"
    );
}

#[tokio::test]
async fn a_cross_origin_page_needs_its_origin_configured() {
    let hub = hub("", "https://kasir.example.com").await;
    let ask = async |request: &str, origin: &str| -> Raw {
        raw(&hub.url(), "127.0.0.1", request, &[HOST, ("origin", origin)], "").await
    };
    let ping = "GET /v1/ping";
    for origin in ["https://attacker.example", "null", "http://kasir.example.com"] {
        assert_eq!(ask(ping, origin).await.refusal(), (403, "origin_not_allowed".to_owned()), "{origin}");
    }
    let allowed = ask(ping, "https://kasir.example.com").await;
    assert_eq!(
        (allowed.status, allowed.header("access-control-allow-origin")),
        (200, Some("https://kasir.example.com"))
    );
    assert_eq!(ask(ping, "http://hub.lan").await.status, 200, "the hub's page");
}

#[tokio::test]
async fn only_json_bodies_are_accepted() {
    let hub = hub("", "").await;
    let body = r#"{"username": "boss", "password": "secret-secret"}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        let answer = raw(&hub.url(), "127.0.0.1", LOG_IN, &[HOST, ("content-type", kind)], body).await;
        assert_eq!(answer.refusal(), (415, "unsupported_media_type".to_owned()), "{kind}");
    }
    assert_eq!(raw(&hub.url(), "127.0.0.1", LOG_IN, &[HOST], body).await.status, 415);
    assert_eq!(raw(&hub.url(), "127.0.0.1", LOG_IN, &[HOST, JSON], body).await.status, 200);
}
