//! Webhooks: hints to outlets about changes, on a real endpoint, with a clock that the test sets.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use hub::webhooks::{self, Endpoint};
use hub::{Config, outlets};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use web::webhook::{ID, SIGNATURE, Secret, Signed, TIMESTAMP, verify};

use crate::app::{TestHub, TestOutlet};

const SOON: Duration = Duration::from_secs(10);

/// An endpoint of an outlet that answers with these statuses, and then with 200; 0 means no answer.
pub struct Hook {
    pub url: String,
    pub received: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    stop: CancellationToken,
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Hook {
    pub async fn answering(statuses: &[u16]) -> Self {
        let listener = web::server::listen("127.0.0.1", 0).await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (received, stop) = (Arc::<Mutex<Vec<_>>>::default(), CancellationToken::new());
        let (list, answers) = (Arc::clone(&received), Arc::new(Mutex::new(VecDeque::from(statuses.to_vec()))));
        let app = Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
            list.lock().unwrap().push((headers, body));
            let status = answers.lock().unwrap().pop_front().unwrap_or(200);
            async move {
                if status == 0 {
                    std::future::pending::<()>().await;
                }
                (StatusCode::from_u16(status).unwrap(), [(header::RETRY_AFTER, "7200")]).into_response()
            }
        });
        tokio::spawn(web::server::serve(listener, app, stop.clone()));
        Self { url, received, stop }
    }

    pub fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    /// Id and body of the last message, which one of the secrets must have signed at `now`.
    fn last(&self, secrets: &[Secret], now: Timestamp) -> (String, Value) {
        let (headers, body) = self.received.lock().unwrap().last().unwrap().clone();
        let text = |name| headers[name].to_str().unwrap();
        let signed = Signed { id: text(ID), timestamp: text(TIMESTAMP), signatures: text(SIGNATURE) };
        verify(secrets, signed, &body, now).unwrap();
        (text(ID).to_owned(), serde_json::from_slice(&body).unwrap())
    }

    pub async fn wait_for_more_than(&self, count: usize) {
        let began = Instant::now();
        while self.count() <= count {
            assert!(began.elapsed() < SOON, "nothing came");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

struct Webhook {
    hub: TestHub,
    outlet: TestOutlet,
    hook: Hook,
    secret: Secret,
    now: Timestamp,
}

impl Webhook {
    /// An outlet whose endpoint answers with these statuses, and then with 200.
    async fn answering(statuses: &[u16]) -> Self {
        Self::of(statuses, true).await
    }

    async fn of(statuses: &[u16], webhook_allow_private: bool) -> Self {
        let hub = TestHub::configured(Config { webhook_allow_private, ..Config::default() }).await;
        let (outlet, hook, now) = (hub.outlet("JKT-001").await, Hook::answering(statuses).await, web::time::now());
        let secret = set(&hub, &hook.url, now).await.secret.unwrap().parse().unwrap();
        Self { hub, outlet, hook, secret, now }
    }

    /// Advances the clock and sends every hint that is due.
    async fn after(&mut self, wait: SignedDuration) {
        self.now += wait;
        self.hub.hub.send_webhooks(self.now).await.unwrap();
    }

    async fn after_hours(&mut self, hours: i64) {
        self.after(SignedDuration::from_hours(hours)).await;
    }

    /// Changes a product: the chain's stream gets one entry.
    async fn grow(&mut self, product: &str) {
        let items = [self.outlet.named("product", product, "Kopi")];
        self.outlet.push(&items).await;
    }

    fn last(&self) -> (String, Value) {
        self.hook.last(std::slice::from_ref(&self.secret), self.now)
    }

    async fn endpoint(&self) -> Endpoint {
        let now = self.now;
        self.hub.hub.store().read(move |tx| webhooks::get(tx, "JKT-001", now)).await.unwrap()
    }

    async fn state(&self) -> (&'static str, i64) {
        let endpoint = self.endpoint().await;
        (endpoint.state.as_str(), endpoint.failures)
    }

    /// State and error in head office's list.
    async fn listed(&self) -> (Value, Value) {
        let outlets = self.hub.get("/v1/hq/outlets", &self.hub.admin_token().await).await.ok();
        (outlets[0]["webhook"].clone(), outlets[0]["webhook_error"].clone())
    }
}

pub async fn set(hub: &TestHub, url: &str, now: Timestamp) -> Endpoint {
    let url = url.to_owned();
    hub.hub.store().write(move |tx| webhooks::set_url(tx, "JKT-001", &url, now)).await.unwrap()
}

fn head(stream: &str, n: i64) -> Value {
    json!({"type": "stream.head", "data": {"stream": stream, "n": n}})
}

#[tokio::test]
async fn a_new_endpoint_gets_the_heads_and_then_changes_only() {
    let mut webhook = Webhook::answering(&[]).await;
    webhook.after_hours(0).await;
    assert_eq!(webhook.last().1, head("catalog", 0));
    webhook.after_hours(1).await;
    assert_eq!(webhook.hook.count(), 1, "there was nothing new");
    webhook.grow("p1").await;
    webhook.grow("p2").await;
    webhook.after_hours(1).await;
    assert_eq!((webhook.hook.count(), webhook.last().1), (2, head("catalog", 2)));
    let items = [webhook.outlet.named("setting", "outlet", "x")];
    webhook.outlet.push(&items).await;
    webhook.after_hours(1).await;
    assert_eq!((webhook.hook.count(), webhook.last().1), (3, head(&format!("outlet:{}", webhook.outlet.id), 1)));
    assert_eq!((webhook.state().await, webhook.listed().await), (("active", 0), (json!("active"), json!(null))));
}

#[tokio::test]
async fn a_failed_hint_is_retried_with_the_same_id() {
    let mut webhook = Webhook::answering(&[500, 500]).await;
    webhook.after_hours(0).await;
    let first = webhook.last();
    assert_eq!(webhook.state().await, ("active", 1));
    assert_eq!(webhook.listed().await, (json!("active"), json!("The endpoint answered 500.")));
    webhook.after(SignedDuration::from_millis(400)).await;
    assert_eq!(webhook.hook.count(), 1, "it is retried later");
    webhook.after_hours(3).await;
    assert_eq!((webhook.hook.count(), webhook.last(), webhook.state().await), (2, first.clone(), ("active", 2)));
    webhook.after_hours(3).await;
    assert_eq!((webhook.hook.count(), webhook.last(), webhook.state().await), (3, first, ("active", 0)));
    assert_eq!(webhook.listed().await.1, json!(null));
}

#[tokio::test]
async fn only_the_newest_head_is_sent_after_failures() {
    let mut webhook = Webhook::answering(&[500]).await;
    webhook.after_hours(0).await;
    let first = webhook.last().0;
    for product in ["p1", "p2", "p3"] {
        webhook.grow(product).await;
    }
    webhook.after_hours(3).await;
    let (id, body) = webhook.last();
    assert_eq!((webhook.hook.count(), body), (2, head("catalog", 3)));
    assert_ne!(id, first);
}

#[tokio::test]
async fn an_endpoints_retry_after_is_respected() {
    let mut webhook = Webhook::answering(&[503]).await;
    webhook.after_hours(0).await;
    webhook.after(SignedDuration::from_mins(119)).await;
    assert_eq!(webhook.hook.count(), 1);
    webhook.after(SignedDuration::from_mins(1)).await;
    assert_eq!(webhook.hook.count(), 2);
}

#[tokio::test]
async fn an_endpoint_is_failing_after_three_days_and_recovers() {
    let mut webhook = Webhook::answering(&[500; 13]).await;
    webhook.after_hours(0).await;
    for _ in 0..9 {
        webhook.after_hours(2).await;
    }
    webhook.after_hours(53).await;
    assert_eq!(webhook.state().await, ("active", 11), "71 hours");
    webhook.after_hours(3).await;
    assert_eq!((webhook.state().await, webhook.listed().await.0), (("failing", 12), json!("failing")));
    webhook.grow("p1").await;
    webhook.after_hours(11).await;
    assert_eq!(webhook.hook.count(), 12, "it is tried once a day, whatever changes");
    webhook.after_hours(13).await;
    assert_eq!((webhook.hook.count(), webhook.state().await), (13, ("failing", 13)));
    webhook.after_hours(24).await;
    assert_eq!((webhook.last().1, webhook.state().await), (head("catalog", 1), ("active", 0)));
}

#[tokio::test]
async fn a_gone_endpoint_is_retried_daily_or_when_set_again() {
    let mut webhook = Webhook::answering(&[410]).await;
    webhook.after_hours(0).await;
    assert_eq!(webhook.listed().await.0, json!("gone"));
    webhook.grow("p1").await;
    webhook.after_hours(11).await;
    assert_eq!(webhook.hook.count(), 1);
    let again = set(&webhook.hub, &webhook.hook.url, webhook.now).await;
    assert_eq!(again.secret, None, "the secret stays");
    webhook.after_hours(0).await;
    assert_eq!((webhook.last().1, webhook.state().await), (head("catalog", 1), ("active", 0)));

    let mut webhook = Webhook::answering(&[410]).await;
    webhook.after_hours(0).await;
    webhook.grow("p1").await;
    webhook.after_hours(25).await;
    assert_eq!((webhook.last().1, webhook.state().await), (head("catalog", 1), ("active", 0)), "it recovers by itself");
}

#[tokio::test]
async fn webhook_state_survives_a_restart() {
    let mut webhook = Webhook::answering(&[500]).await;
    webhook.after_hours(0).await;
    let first = webhook.last();
    webhook.hub = webhook.hub.reopen(|_| ()).await;
    webhook.outlet.connect_to(&webhook.hub);
    assert_eq!(webhook.state().await, ("active", 1));
    webhook.after(SignedDuration::from_millis(400)).await;
    assert_eq!(webhook.hook.count(), 1);
    webhook.after_hours(3).await;
    assert_eq!((webhook.hook.count(), webhook.last()), (2, first));
    webhook.hub = webhook.hub.reopen(|_| ()).await;
    webhook.after_hours(3).await;
    assert_eq!(webhook.hook.count(), 2, "a delivered hint is not sent again");
}

#[tokio::test]
async fn a_private_webhook_address_needs_permission() {
    let mut refused = Webhook::of(&[], false).await;
    refused.after_hours(0).await;
    assert_eq!((refused.hook.count(), refused.state().await), (0, ("active", 1)));
    let words = refused.endpoint().await.last_error.unwrap();
    let words = words.to_string();
    assert!(words.contains("private address") && words.contains("HUB_WEBHOOK_ALLOW_PRIVATE"), "{words}");
    let mut allowed = Webhook::of(&[], true).await;
    allowed.after_hours(0).await;
    assert_eq!((allowed.hook.count(), allowed.state().await), (1, ("active", 0)));
}

#[tokio::test]
async fn both_secrets_sign_for_seven_days_after_a_rotation() {
    let mut webhook = Webhook::answering(&[]).await;
    let (old, now) = (webhook.secret.clone(), webhook.now);
    let rotated = webhook.hub.hub.store().write(move |tx| webhooks::rotate_secret(tx, "JKT-001", now)).await.unwrap();
    let new: Secret = rotated.secret.unwrap().parse().unwrap();
    assert!(rotated.previous_secret_until.is_some() && webhook.endpoint().await.secret.is_none());
    webhook.after_hours(0).await;
    for secret in [&old, &new] {
        webhook.hook.last(std::slice::from_ref(secret), webhook.now);
    }
    webhook.grow("p1").await;
    webhook.after_hours(7 * 24).await;
    webhook.hook.last(&[new], webhook.now);
    let signatures = webhook.hook.received.lock().unwrap().last().unwrap().0[SIGNATURE].clone();
    assert_eq!(signatures.to_str().unwrap().split(' ').count(), 1, "the old one no longer signs");
}

#[tokio::test]
async fn webhook_times_from_a_clock_that_ran_ahead_are_bounded() {
    let mut webhook = Webhook::answering(&[500, 500]).await;
    let (now, ahead) = (webhook.now, webhook.now + SignedDuration::from_hours(10 * 365 * 24));
    let rotated = webhook.hub.hub.store().write(move |tx| webhooks::rotate_secret(tx, "JKT-001", ahead)).await.unwrap();
    let new: Secret = rotated.secret.unwrap().parse().unwrap();
    webhook.now = ahead;
    webhook.after_hours(0).await;
    assert_eq!((webhook.hook.count(), webhook.state().await), (1, ("active", 1)), "the next try is years away");
    webhook.now = now;
    assert_eq!(webhook.endpoint().await.previous_secret_until, None, "the previous secret has expired");
    webhook.after_hours(0).await;
    assert_eq!((webhook.hook.count(), webhook.state().await), (2, ("active", 2)), "it is tried at once");
    let first_failed = webhook.hub.rows("first_failed_at", "from webhooks").await;
    assert_eq!(first_failed, [web::time::text(now)], "a failure in the future counts from now");
    // The endpoint has asked for two hours.
    webhook.after_hours(3).await;
    assert_eq!((webhook.hook.count(), webhook.state().await), (3, ("active", 0)));
    webhook.hook.last(&[new], webhook.now);
    let signatures = webhook.hook.received.lock().unwrap().last().unwrap().0[SIGNATURE].clone();
    assert_eq!(signatures.to_str().unwrap().split(' ').count(), 1, "the previous secret no longer signs");
}

#[tokio::test]
async fn removed_and_revoked_endpoints_get_no_hints() {
    let mut webhook = Webhook::answering(&[]).await;
    webhook.hub.hub.store().write(|tx| webhooks::remove(tx, "JKT-001")).await.unwrap();
    webhook.after_hours(1).await;
    assert_eq!((webhook.hook.count(), webhook.listed().await.0), (0, json!(null)));
    let again = set(&webhook.hub, &webhook.hook.url, webhook.now).await;
    assert!(again.secret.is_some_and(|secret| secret.parse() != Ok(webhook.secret.clone())), "a new secret");
    webhook.hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-001", web::time::now())).await.unwrap();
    webhook.after_hours(1).await;
    assert_eq!(webhook.hook.count(), 0);
}

#[tokio::test]
async fn an_invalid_endpoint_is_refused_with_advice() {
    let webhook = Webhook::answering(&[]).await;
    let (store, now) = (webhook.hub.hub.store(), webhook.now);
    let words = |refused: webhooks::EndpointRefused| refused.to_string();
    let set_to = async |code: &'static str, url: &'static str| {
        store.write(move |tx| webhooks::set_url(tx, code, url, now)).await.map_err(words).unwrap_err()
    };
    assert!(set_to("JKT-001", "pos.example.com").await.contains("https://"));
    assert!(set_to("JKT-002", "https://pos.example.com").await.contains("gerai hub outlet list"));
    webhook.hub.outlet("JKT-002").await;
    let none = store.write(move |tx| webhooks::rotate_secret(tx, "JKT-002", now)).await.map_err(words).unwrap_err();
    assert!(none.contains("--url"), "{none}");
    let none = store.write(|tx| webhooks::remove(tx, "JKT-002")).await.map_err(words).unwrap_err();
    assert!(none.contains("has no webhook"), "{none}");
}

#[tokio::test]
async fn a_running_hub_sends_hints_at_start_and_on_growth() {
    let mut webhook = Webhook::answering(&[]).await;
    webhook.grow("p1").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stop = CancellationToken::new();
    let (serving, until) = (webhook.hub.hub.clone(), stop.clone());
    let task = tokio::spawn(async move { serving.serve(listener, until).await });
    webhook.hook.wait_for_more_than(0).await;
    assert_eq!(webhook.last().1, head("catalog", 1));
    webhook.grow("p2").await;
    webhook.hook.wait_for_more_than(1).await;
    assert_eq!(webhook.last().1, head("catalog", 2));
    // Sooner than the next hint is allowed: it waits, and is not lost.
    webhook.grow("p3").await;
    webhook.hook.wait_for_more_than(2).await;
    assert_eq!(webhook.last().1, head("catalog", 3));
    stop.cancel();
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn unresponsive_endpoints_delay_no_other() {
    let webhook = Webhook::answering(&[]).await;
    // Accepts connections and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    for n in 0..30 {
        let (code, url, now) = (format!("SIL-{n:03}"), url.clone(), webhook.now);
        webhook.hub.outlet(&code).await;
        let store = webhook.hub.hub.store();
        store.write(move |tx| webhooks::set_url(tx, &code, &url, now)).await.unwrap();
    }
    // They have failed before.
    webhook.hub.execute("update webhooks set failures = 1 where url = ?1", Some(url)).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stop = CancellationToken::new();
    let (serving, until) = (webhook.hub.hub.clone(), stop.clone());
    let task = tokio::spawn(async move { serving.serve(listener, until).await });
    let began = Instant::now();
    webhook.hook.wait_for_more_than(0).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    // Nor do they delay the stop.
    stop.cancel();
    tokio::time::timeout(SOON, task).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn head_office_sets_rotates_and_removes_a_webhook() {
    let hub = TestHub::start().await;
    hub.outlet("JKT-001").await;
    let (admin, viewer) = (hub.admin_token().await, hub.viewer_token().await);
    let path = "/v1/hq/outlets/JKT-001/webhook";
    let put = async |url: &str| hub.ask(&format!("PUT {path}"), &admin, &json!({"url": url}), None).await;
    let rotate = format!("POST {path}/rotate-secret");
    hub.get(path, &viewer).await.refused(404, "not_found");
    hub.ask(&rotate, &admin, &Value::Null, None).await.refused(404, "not_found");

    let set = put("https://pos.example.com/api/v1/webhooks/cloud").await.ok();
    let first = set["secret"].as_str().unwrap().to_owned();
    assert!(first.starts_with("whsec_") && set["state"] == "active", "{set}");
    let seen = hub.get(path, &viewer).await.ok();
    assert_eq!((&seen["url"], &seen["secret"]), (&set["url"], &Value::Null));
    let again = put("https://other.example.com/").await.ok();
    assert_eq!((&again["url"], &again["secret"]), (&json!("https://other.example.com/"), &Value::Null));
    let turned = hub.ask(&rotate, &admin, &Value::Null, None).await.ok();
    assert!(turned["secret"] != first.as_str() && turned["previous_secret_until"].is_string(), "{turned}");

    for (url, code) in [
        ("pos.example.com", "invalid_url"),
        ("https://a:b@pos.example.com/", "invalid_url"),
        ("http://127.0.0.1:8080/", "private_address"),
        ("http://2130706433/", "private_address"),
        ("http://[::ffff:10.0.0.7]/", "private_address"),
    ] {
        put(url).await.refused(422, code);
    }
    let misspelt = json!({"urll": "https://pos.example.com/"});
    hub.ask(&format!("PUT {path}"), &admin, &misspelt, None).await.refused(422, "invalid_body");
    assert_eq!(hub.get(path, &admin).await.ok()["url"], "https://other.example.com/");

    assert_eq!(hub.ask(&format!("DELETE {path}"), &admin, &Value::Null, None).await.status, 200);
    hub.ask(&format!("DELETE {path}"), &admin, &Value::Null, None).await.refused(404, "not_found");
    hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-001", web::time::now())).await.unwrap();
    put("https://pos.example.com/").await.refused(404, "not_found");
    let id = &hub.rows("outlet_id", "from outlets").await[0];
    let body = json!({"url": "https://pos.example.com/"});
    let revoked = hub.ask(&format!("PUT /v1/hq/outlets/{id}/webhook"), &admin, &body, None).await;
    revoked.refused(409, "outlet_revoked");

    let inside = TestHub::configured(Config { webhook_allow_private: true, ..Config::default() }).await;
    inside.outlet("JKT-001").await;
    let body = json!({"url": "http://10.0.0.7:8080/api/v1/webhooks/cloud"});
    inside.ask(&format!("PUT {path}"), &inside.admin_token().await, &body, None).await.ok();
}
