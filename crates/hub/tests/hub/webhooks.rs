//! Telling outlets that something has changed, on a real endpoint, with a clock that a test turns.

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

/// An endpoint of an outlet that gives these answers, and then 200; 0 is none at all.
pub struct Hook {
    pub url: String,
    pub heard: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
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
        let (heard, stop) = (Arc::<Mutex<Vec<_>>>::default(), CancellationToken::new());
        let (list, answers) = (Arc::clone(&heard), Arc::new(Mutex::new(VecDeque::from(statuses.to_vec()))));
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
        Self { url, heard, stop }
    }

    pub fn count(&self) -> usize {
        self.heard.lock().unwrap().len()
    }

    /// Id and body of the last message, which one of the secrets must have signed at `now`.
    fn last(&self, secrets: &[Secret], now: Timestamp) -> (String, Value) {
        let (headers, body) = self.heard.lock().unwrap().last().unwrap().clone();
        let text = |name| headers[name].to_str().unwrap();
        let signed = Signed { id: text(ID), timestamp: text(TIMESTAMP), signatures: text(SIGNATURE) };
        verify(secrets, signed, &body, now).unwrap();
        (text(ID).to_owned(), serde_json::from_slice(&body).unwrap())
    }

    pub async fn heard_more_than(&self, count: usize) {
        let began = Instant::now();
        while self.count() <= count {
            assert!(began.elapsed() < SOON, "nothing came");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

struct Told {
    hub: TestHub,
    outlet: TestOutlet,
    hook: Hook,
    secret: Secret,
    now: Timestamp,
}

impl Told {
    /// An outlet whose endpoint gives these answers, and then 200.
    async fn answering(statuses: &[u16]) -> Self {
        Self::of(statuses, true).await
    }

    async fn of(statuses: &[u16], webhook_allow_private: bool) -> Self {
        let hub = TestHub::configured(Config { webhook_allow_private, ..Config::default() }).await;
        let (outlet, hook, now) = (hub.outlet("JKT-001").await, Hook::answering(statuses).await, web::time::now());
        let secret = set(&hub, &hook.url, now).await.secret.unwrap().parse().unwrap();
        Self { hub, outlet, hook, secret, now }
    }

    /// What is due after this time is sent.
    async fn after(&mut self, wait: SignedDuration) {
        self.now += wait;
        self.hub.hub.send_webhooks(self.now).await.unwrap();
    }

    async fn after_hours(&mut self, hours: i64) {
        self.after(SignedDuration::from_hours(hours)).await;
    }

    /// Changes a product: the chain's stream grows by one.
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

    /// As head office sees it.
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
async fn a_new_endpoint_gets_the_heads_and_then_only_news() {
    let mut told = Told::answering(&[]).await;
    told.after_hours(0).await;
    assert_eq!(told.last().1, head("catalog", 0));
    told.after_hours(1).await;
    assert_eq!(told.hook.count(), 1, "there was nothing new");
    told.grow("p1").await;
    told.grow("p2").await;
    told.after_hours(1).await;
    assert_eq!((told.hook.count(), told.last().1), (2, head("catalog", 2)));
    let items = [told.outlet.named("setting", "outlet", "x")];
    told.outlet.push(&items).await;
    told.after_hours(1).await;
    assert_eq!((told.hook.count(), told.last().1), (3, head(&format!("outlet:{}", told.outlet.id), 1)));
    assert_eq!((told.state().await, told.listed().await), (("active", 0), (json!("active"), json!(null))));
}

#[tokio::test]
async fn a_hint_that_fails_is_sent_again_later_and_known_by_its_id() {
    let mut told = Told::answering(&[500, 500]).await;
    told.after_hours(0).await;
    let first = told.last();
    assert_eq!(told.state().await, ("active", 1));
    assert_eq!(told.listed().await, (json!("active"), json!("The endpoint answered 500.")));
    told.after(SignedDuration::from_millis(400)).await;
    assert_eq!(told.hook.count(), 1, "it is left alone for a while");
    told.after_hours(3).await;
    assert_eq!((told.hook.count(), told.last(), told.state().await), (2, first.clone(), ("active", 2)));
    told.after_hours(3).await;
    assert_eq!((told.hook.count(), told.last(), told.state().await), (3, first, ("active", 0)));
    assert_eq!(told.listed().await.1, json!(null));
}

#[tokio::test]
async fn only_the_newest_head_is_sent_after_failures() {
    let mut told = Told::answering(&[500]).await;
    told.after_hours(0).await;
    let first = told.last().0;
    for product in ["p1", "p2", "p3"] {
        told.grow(product).await;
    }
    told.after_hours(3).await;
    let (id, body) = told.last();
    assert_eq!((told.hook.count(), body), (2, head("catalog", 3)));
    assert_ne!(id, first);
}

#[tokio::test]
async fn an_endpoint_that_asks_to_be_left_alone_is_left_alone() {
    let mut told = Told::answering(&[503]).await;
    told.after_hours(0).await;
    told.after(SignedDuration::from_mins(119)).await;
    assert_eq!(told.hook.count(), 1);
    told.after(SignedDuration::from_mins(1)).await;
    assert_eq!(told.hook.count(), 2);
}

#[tokio::test]
async fn after_three_days_an_endpoint_is_failing_and_comes_back_by_itself() {
    let mut told = Told::answering(&[500; 13]).await;
    told.after_hours(0).await;
    for _ in 0..9 {
        told.after_hours(2).await;
    }
    told.after_hours(53).await;
    assert_eq!(told.state().await, ("active", 11), "71 hours");
    told.after_hours(3).await;
    assert_eq!((told.state().await, told.listed().await.0), (("failing", 12), json!("failing")));
    told.grow("p1").await;
    told.after_hours(11).await;
    assert_eq!(told.hook.count(), 12, "it is tried once a day, whatever changes");
    told.after_hours(13).await;
    assert_eq!((told.hook.count(), told.state().await), (13, ("failing", 13)));
    told.after_hours(24).await;
    assert_eq!((told.last().1, told.state().await), (head("catalog", 1), ("active", 0)));
}

#[tokio::test]
async fn a_gone_endpoint_is_retried_daily_or_when_set_again() {
    let mut told = Told::answering(&[410]).await;
    told.after_hours(0).await;
    assert_eq!(told.listed().await.0, json!("gone"));
    told.grow("p1").await;
    told.after_hours(11).await;
    assert_eq!(told.hook.count(), 1);
    let again = set(&told.hub, &told.hook.url, told.now).await;
    assert_eq!(again.secret, None, "the secret stays");
    told.after_hours(0).await;
    assert_eq!((told.last().1, told.state().await), (head("catalog", 1), ("active", 0)));

    let mut told = Told::answering(&[410]).await;
    told.after_hours(0).await;
    told.grow("p1").await;
    told.after_hours(25).await;
    assert_eq!((told.last().1, told.state().await), (head("catalog", 1), ("active", 0)), "it comes back by itself");
}

#[tokio::test]
async fn webhook_state_survives_a_restart() {
    let mut told = Told::answering(&[500]).await;
    told.after_hours(0).await;
    let first = told.last();
    told.hub = told.hub.reopen(|_| ()).await;
    told.outlet.goes_to(&told.hub);
    assert_eq!(told.state().await, ("active", 1));
    told.after(SignedDuration::from_millis(400)).await;
    assert_eq!(told.hook.count(), 1);
    told.after_hours(3).await;
    assert_eq!((told.hook.count(), told.last()), (2, first));
    told.hub = told.hub.reopen(|_| ()).await;
    told.after_hours(3).await;
    assert_eq!(told.hook.count(), 2, "what was told is not told again");
}

#[tokio::test]
async fn a_private_webhook_address_needs_permission() {
    let mut refused = Told::of(&[], false).await;
    refused.after_hours(0).await;
    assert_eq!((refused.hook.count(), refused.state().await), (0, ("active", 1)));
    let words = refused.endpoint().await.last_error.unwrap();
    assert!(words.contains("private address") && words.contains("HUB_WEBHOOK_ALLOW_PRIVATE"), "{words}");
    let mut allowed = Told::of(&[], true).await;
    allowed.after_hours(0).await;
    assert_eq!((allowed.hook.count(), allowed.state().await), (1, ("active", 0)));
}

#[tokio::test]
async fn while_a_secret_is_rotated_both_sign_for_seven_days() {
    let mut told = Told::answering(&[]).await;
    let (old, now) = (told.secret.clone(), told.now);
    let rotated = told.hub.hub.store().write(move |tx| webhooks::rotate_secret(tx, "JKT-001", now)).await.unwrap();
    let new: Secret = rotated.secret.unwrap().parse().unwrap();
    assert!(rotated.previous_secret_until.is_some() && told.endpoint().await.secret.is_none());
    told.after_hours(0).await;
    for secret in [&old, &new] {
        told.hook.last(std::slice::from_ref(secret), told.now);
    }
    told.grow("p1").await;
    told.after_hours(7 * 24).await;
    told.hook.last(&[new], told.now);
    let signatures = told.hook.heard.lock().unwrap().last().unwrap().0[SIGNATURE].clone();
    assert_eq!(signatures.to_str().unwrap().split(' ').count(), 1, "the old one signs no more");
}

#[tokio::test]
async fn what_a_clock_that_ran_ahead_stored_of_an_endpoint_ends_with_it() {
    let mut told = Told::answering(&[500, 500]).await;
    let (now, ahead) = (told.now, told.now + SignedDuration::from_hours(10 * 365 * 24));
    let rotated = told.hub.hub.store().write(move |tx| webhooks::rotate_secret(tx, "JKT-001", ahead)).await.unwrap();
    let new: Secret = rotated.secret.unwrap().parse().unwrap();
    told.now = ahead;
    told.after_hours(0).await;
    assert_eq!((told.hook.count(), told.state().await), (1, ("active", 1)), "the next try is years away");
    told.now = now;
    assert_eq!(told.endpoint().await.previous_secret_until, None, "it signs nothing");
    told.after_hours(0).await;
    assert_eq!((told.hook.count(), told.state().await), (2, ("active", 2)), "it is tried at once");
    let first_failed = told.hub.rows("first_failed_at", "from webhooks").await;
    assert_eq!(first_failed, [web::time::text(now)], "a failure to come counts from now");
    // The endpoint has asked for two hours.
    told.after_hours(3).await;
    assert_eq!((told.hook.count(), told.state().await), (3, ("active", 0)));
    told.hook.last(&[new], told.now);
    let signatures = told.hook.heard.lock().unwrap().last().unwrap().0[SIGNATURE].clone();
    assert_eq!(signatures.to_str().unwrap().split(' ').count(), 1, "the secret before signs no more");
}

#[tokio::test]
async fn a_removed_endpoint_and_one_of_a_revoked_outlet_hear_nothing() {
    let mut told = Told::answering(&[]).await;
    told.hub.hub.store().write(|tx| webhooks::remove(tx, "JKT-001")).await.unwrap();
    told.after_hours(1).await;
    assert_eq!((told.hook.count(), told.listed().await.0), (0, json!(null)));
    let again = set(&told.hub, &told.hook.url, told.now).await;
    assert!(again.secret.is_some_and(|secret| secret.parse() != Ok(told.secret.clone())), "a new secret");
    told.hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-001")).await.unwrap();
    told.after_hours(1).await;
    assert_eq!(told.hook.count(), 0);
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_is_refused_in_words() {
    let told = Told::answering(&[]).await;
    let (store, now) = (told.hub.hub.store(), told.now);
    let words = |refused: webhooks::EndpointRefused| refused.to_string();
    let set_to = async |code: &'static str, url: &'static str| {
        store.write(move |tx| webhooks::set_url(tx, code, url, now)).await.map_err(words).unwrap_err()
    };
    assert!(set_to("JKT-001", "pos.example.com").await.contains("https://"));
    assert!(set_to("JKT-002", "https://pos.example.com").await.contains("gerai hub outlet list"));
    told.hub.outlet("JKT-002").await;
    let none = store.write(move |tx| webhooks::rotate_secret(tx, "JKT-002", now)).await.map_err(words).unwrap_err();
    assert!(none.contains("--url"), "{none}");
    let none = store.write(|tx| webhooks::remove(tx, "JKT-002")).await.map_err(words).unwrap_err();
    assert!(none.contains("has no webhook"), "{none}");
}

#[tokio::test]
async fn a_hub_that_serves_tells_at_its_start_and_as_soon_as_a_stream_grows() {
    let mut told = Told::answering(&[]).await;
    told.grow("p1").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stop = CancellationToken::new();
    let (serving, until) = (told.hub.hub.clone(), stop.clone());
    let task = tokio::spawn(async move { serving.serve(listener, until).await });
    told.hook.heard_more_than(0).await;
    assert_eq!(told.last().1, head("catalog", 1));
    told.grow("p2").await;
    told.hook.heard_more_than(1).await;
    assert_eq!(told.last().1, head("catalog", 2));
    // Sooner than an outlet may be told again: it waits, and is not forgotten.
    told.grow("p3").await;
    told.hook.heard_more_than(2).await;
    assert_eq!(told.last().1, head("catalog", 3));
    stop.cancel();
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn unresponsive_endpoints_delay_no_other() {
    let told = Told::answering(&[]).await;
    // Connections are taken and nothing is ever said.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    for n in 0..30 {
        let (code, url, now) = (format!("SIL-{n:03}"), url.clone(), told.now);
        told.hub.outlet(&code).await;
        let store = told.hub.hub.store();
        store.write(move |tx| webhooks::set_url(tx, &code, &url, now)).await.unwrap();
    }
    // They have failed before.
    told.hub.execute("update webhooks set failures = 1 where url = ?1", Some(url)).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stop = CancellationToken::new();
    let (serving, until) = (told.hub.hub.clone(), stop.clone());
    let task = tokio::spawn(async move { serving.serve(listener, until).await });
    let began = Instant::now();
    told.hook.heard_more_than(0).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    // Nor the end.
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
    hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-001")).await.unwrap();
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
