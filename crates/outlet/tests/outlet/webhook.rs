//! Webhooks from head office: validity, and the effect of a valid one.

use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use outlet::SyncEnv;
use serde_json::{Value, json};
use testkit::{Answer, Fault, Http, Proxy, TestHub, TestOutlet, eventually, linked};
use web::webhook::{self, Secret};

const PATH: &str = "/api/v1/webhooks/cloud";
const HEAD: &str = r#"{"type":"stream.head","data":{"stream":"catalog","n":41}}"#;

async fn outlet(secrets: &[Secret]) -> TestOutlet {
    TestOutlet::with_env(SyncEnv { webhook_secrets: secrets.to_vec(), ..SyncEnv::default() }).await
}

/// A message that a test may change before it is sent.
struct Webhook {
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

fn signed(secrets: &[Secret], id: &str, at: Timestamp, body: &str) -> Webhook {
    Webhook {
        id: id.to_owned(),
        timestamp: webhook::timestamp(at),
        signature: webhook::sign(secrets, id, at, body.as_bytes()),
        body: body.to_owned(),
    }
}

impl Webhook {
    async fn send(&self, to: &TestOutlet) -> Answer {
        let request = Http::new(to.admin().base())
            .request("POST", PATH)
            .header(webhook::ID, &self.id)
            .header(webhook::TIMESTAMP, &self.timestamp)
            .header(webhook::SIGNATURE, &self.signature);
        Http::send(request.body(self.body.clone())).await
    }
}

/// Number of hints that woke the listener.
fn hints(of: &TestOutlet) -> u64 {
    *of.app().link.hints().borrow()
}

#[tokio::test]
async fn a_signed_webhook_is_a_hint_and_needs_no_session() {
    let secret = Secret::random();
    let outlet = outlet(std::slice::from_ref(&secret)).await;
    signed(&[secret], "m1", web::time::now(), HEAD).send(&outlet).await.data();
    assert_eq!(hints(&outlet), 1);
}

#[tokio::test]
async fn a_forged_webhook_is_rejected_without_a_write() {
    let secret = Secret::random();
    let outlet = outlet(std::slice::from_ref(&secret)).await;
    let writes = || outlet.app().db.stats().writes.load(Ordering::Relaxed);
    let (before, now) = (writes(), web::time::now());
    let whole = || signed(std::slice::from_ref(&secret), "m1", now, HEAD);
    let forged = [
        Webhook { signature: String::new(), ..whole() },
        Webhook { signature: "v1,AAAA".into(), ..whole() },
        Webhook { id: "m2".into(), ..whole() },
        Webhook { timestamp: (now.as_second() + 1).to_string(), ..whole() },
        Webhook { timestamp: "soon".into(), ..whole() },
        Webhook { body: HEAD.replace("41", "42"), ..whole() },
        Webhook { body: "{".into(), ..whole() },
        Webhook { signature: String::new(), body: " ".repeat(100_000), ..whole() },
    ];
    for webhook in forged {
        let answer = webhook.send(&outlet).await;
        let too_large = webhook.body.len() > 65_536;
        let expected = if too_large { (413, "body_too_large") } else { (401, "invalid_signature") };
        assert_eq!(answer.refusal(), expected, "{}", answer.text);
    }
    for name in [webhook::ID, webhook::TIMESTAMP, webhook::SIGNATURE] {
        let mut request = Http::new(outlet.admin().base()).request("POST", PATH).body(HEAD);
        for (header, value) in [(webhook::ID, "m"), (webhook::TIMESTAMP, "1"), (webhook::SIGNATURE, "v1,AAAA")] {
            request = if header == name { request } else { request.header(header, value) };
        }
        assert_eq!(Http::send(request).await.refusal(), (401, "invalid_signature"), "without {name}");
    }
    assert_eq!((hints(&outlet), writes()), (0, before));
    // The valid message with the same id does not count as a replay.
    whole().send(&outlet).await.data();
    assert_eq!(hints(&outlet), 1);
}

#[tokio::test]
async fn a_replayed_webhook_is_answered_and_has_no_effect() {
    let secret = Secret::random();
    let outlet = outlet(std::slice::from_ref(&secret)).await;
    let now = web::time::now();
    let webhook = signed(std::slice::from_ref(&secret), "m1", now, HEAD);
    for _ in 0..3 {
        webhook.send(&outlet).await.data();
    }
    // The hub itself sends the same message again later, signed anew.
    signed(std::slice::from_ref(&secret), "m1", now + SignedDuration::from_secs(5), HEAD).send(&outlet).await.data();
    assert_eq!(hints(&outlet), 1);
    signed(&[secret], "m2", now, HEAD).send(&outlet).await.data();
    assert_eq!(hints(&outlet), 2);
}

#[tokio::test]
async fn webhooks_outside_the_time_window_are_rejected() {
    let secret = Secret::random();
    let outlet = outlet(std::slice::from_ref(&secret)).await;
    let now = web::time::now();
    for minutes in [-6, 6, -60 * 24 * 365] {
        let at = now + SignedDuration::from_mins(minutes);
        let answer = signed(std::slice::from_ref(&secret), "m1", at, HEAD).send(&outlet).await;
        assert_eq!(answer.refusal(), (401, "stale_webhook"), "{}", answer.text);
    }
    assert_eq!(hints(&outlet), 0);
    for minutes in [-4, 4] {
        let at = now + SignedDuration::from_mins(minutes);
        signed(std::slice::from_ref(&secret), &minutes.to_string(), at, HEAD).send(&outlet).await.data();
    }
}

#[tokio::test]
async fn a_signed_oversized_webhook_is_rejected() {
    let secret = Secret::random();
    let outlet = outlet(std::slice::from_ref(&secret)).await;
    let now = web::time::now();
    let padded = |size: usize| format!("{HEAD}{}", " ".repeat(size - HEAD.len()));
    let answer = signed(std::slice::from_ref(&secret), "m1", now, &padded(64 * 1024 + 1)).send(&outlet).await;
    assert_eq!(answer.refusal(), (413, "body_too_large"), "{}", answer.text);
    signed(&[secret], "m1", now, &padded(64 * 1024)).send(&outlet).await.data();
}

#[tokio::test]
async fn a_webhook_with_the_wrong_secret_is_rejected() {
    let outlet = outlet(&[Secret::random()]).await;
    let answer = signed(&[Secret::random()], "m1", web::time::now(), HEAD).send(&outlet).await;
    assert_eq!(answer.refusal(), (401, "invalid_signature"), "{}", answer.text);
}

#[tokio::test]
async fn a_rotated_secret_works_whichever_side_changes_first() {
    let (old, new, now) = (Secret::random(), Secret::random(), web::time::now());
    let secrets = [new.clone(), old.clone()];
    let behind = outlet(std::slice::from_ref(&old)).await;
    signed(&secrets, "m1", now, HEAD).send(&behind).await.data();
    let ahead = outlet(&secrets).await;
    signed(std::slice::from_ref(&old), "m1", now, HEAD).send(&ahead).await.data();
    signed(std::slice::from_ref(&new), "m2", now, HEAD).send(&ahead).await.data();
    let rotated = outlet(&[new]).await;
    assert_eq!(signed(&[old], "m1", now, HEAD).send(&rotated).await.refusal(), (401, "invalid_signature"));
}

#[tokio::test]
async fn a_webhook_of_unknown_type_is_answered_and_ignored() {
    let secret = Secret::random();
    let outlet = outlet(std::slice::from_ref(&secret)).await;
    let body = r#"{"type":"outlet.renamed","data":{"name":"Kedai"}}"#;
    signed(&[secret], "m1", web::time::now(), body).send(&outlet).await.data();
    assert_eq!(hints(&outlet), 0);
}

#[tokio::test]
async fn a_signed_malformed_webhook_is_rejected() {
    let secret = Secret::random();
    let outlet = outlet(std::slice::from_ref(&secret)).await;
    for body in ["", "{", "null", "[]", "{}", r#"{"type":"stream.head","data":{"stream":1}}"#] {
        let answer = signed(std::slice::from_ref(&secret), "m1", web::time::now(), body).send(&outlet).await;
        assert_eq!(answer.refusal(), (400, "malformed_webhook"), "{body}: {}", answer.text);
    }
    assert_eq!(hints(&outlet), 0);
}

#[tokio::test]
async fn an_outlet_without_a_secret_rejects_webhooks() {
    let outlet = outlet(&[]).await;
    let answer = signed(&[Secret::random()], "m1", web::time::now(), HEAD).send(&outlet).await;
    assert_eq!(answer.refusal(), (404, "webhooks_disabled"), "{}", answer.text);
}

/// The price of a product at an outlet's till, if it is there.
async fn price(outlet: &TestOutlet, id: &str) -> Value {
    outlet.admin().get(&format!("/api/v1/products/{id}")).await.body["data"]["price"].clone()
}

#[tokio::test]
async fn a_webhook_delivers_a_price_if_the_long_poll_fails() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let proxy = Proxy::before(&hub.url()).await;
    proxy.set(Fault::HoldPolls);
    // The secret is created with the first address; the outlet's address is known once it listens.
    let secret = hub.set_webhook("JKT-001", "http://127.0.0.1:9/").await.unwrap().parse().unwrap();
    let env = SyncEnv { webhook_secrets: vec![secret], ..linked(proxy.url(), &added) };
    let outlet = TestOutlet::with_env(env).await;
    outlet.synced().await;
    hub.set_webhook("JKT-001", &format!("{}{PATH}", outlet.admin().base())).await;

    // The delayed poll ends after a minute, and the next round comes after five: both too late for this test.
    let boss = hub.boss().await;
    let product = boss.post("/v1/hq/products", &json!({"name": "Kopi Tubruk", "price": 18_000})).await.data().clone();
    let id = product["id"].as_str().unwrap();
    eventually("the product has arrived", || async { price(&outlet, id).await == 18_000 }).await;
    for new in [19_000, 20_000] {
        boss.call("PATCH", &format!("/v1/hq/products/{id}"), &json!({"price": new})).await.data();
        eventually("the price has arrived", || async { price(&outlet, id).await == new }).await;
    }
    assert!(hints(&outlet) >= 2, "they came by hints");
}
