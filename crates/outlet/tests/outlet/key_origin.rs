//! The outlet's key is sent to the hub that it belongs to, and nowhere else.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect};
use serde_json::{Value, json};
use testkit::{Proxy, TestHub, TestOutlet, eventually};

/// A server that wants the key: it records what it receives and rejects everything.
#[derive(Clone, Default)]
struct Stranger {
    received: Arc<Mutex<Vec<String>>>,
}

impl Stranger {
    /// Serves; redirects every request to `to`, if there is one.
    async fn serve(&self, to: Option<String>) -> String {
        let received = Arc::clone(&self.received);
        let answer = move |uri: Uri, headers: HeaderMap| {
            let (received, to) = (Arc::clone(&received), to.clone());
            async move {
                let key = headers.get("authorization").map(|key| key.to_str().unwrap().to_owned());
                received.lock().unwrap().push(key.unwrap_or_default());
                match to {
                    Some(to) => Redirect::temporary(&format!("{to}{uri}")).into_response(),
                    None => StatusCode::UNAUTHORIZED.into_response(),
                }
            }
        };
        let listener = web::server::listen("127.0.0.1", 0).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        url
    }

    fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

async fn put(shop: &TestOutlet, settings: &Value) {
    shop.admin().call("PUT", "/api/v1/config/outlet", settings).await.data();
}

async fn problem(shop: &TestOutlet) -> String {
    shop.status().await["problem"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_not_sent_to_an_unproven_address() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut shop = TestOutlet::of(&hub.url(), &added).await;
    shop.synced().await;
    let stranger = Stranger::default();
    let stranger_url = format!("{}/v1", stranger.serve(None).await);

    put(&shop, &json!({"cloud_api_url": stranger_url})).await;
    shop.sell().await;
    eventually("the problem is shown", || async { problem(&shop).await.contains("is not sent to") }).await;
    let message = problem(&shop).await;
    assert!(
        message.contains(&format!("gerai sync settings --url {stranger_url}")) && !message.contains(&added.api_key),
        "{message}"
    );
    let triggered = shop.admin().post("/api/v1/sync/trigger", &json!({})).await;
    assert_eq!(triggered.refusal(), (409, "cloud_not_configured"));
    let tested = shop.admin().post("/api/v1/config/outlet/test", &json!({})).await;
    assert_eq!(tested.refusal(), (409, "cloud_not_configured"));
    let health = shop.admin().get("/api/v1/sync/health").await;
    assert!(health.text.contains("cloud_not_configured"), "{}", health.text);
    eventually("the stranger is asked for a proof", || async { !stranger.received().is_empty() }).await;
    assert!(stranger.received().iter().all(String::is_empty), "the stranger got {:?}", stranger.received());

    // Back at the hub that the key belongs to, pending items are sent.
    shop.shell().execute("update outlet_config set cloud_api_url = null", []).unwrap();
    shop.synced().await;
    assert_eq!(hub.orders().await.len(), 1);

    // A caller that knows the key may move it to a hub that has proved nothing.
    put(&shop, &json!({"cloud_api_url": stranger_url, "cloud_api_key": added.api_key})).await;
    eventually("the key is sent", || async { stranger.received().iter().any(|key| key.contains(&added.api_key)) })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_continues_with_a_moved_hub_that_proves_the_key() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut shop = TestOutlet::of(&hub.url(), &added).await;
    shop.synced().await;
    let new_address = Proxy::before(&hub.url()).await;
    put(&shop, &json!({"cloud_api_url": new_address.url()})).await;
    shop.sell().await;
    shop.synced().await;
    assert_eq!(hub.orders().await.len(), 1);
    assert!(new_address.requests() > 0);
    assert_eq!(problem(&shop).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_does_not_know_the_key_proves_nothing() {
    let (hub, other) = (TestHub::start().await, TestHub::start().await);
    let added = hub.add_outlet("JKT-001").await;
    let shop = TestOutlet::of(&hub.url(), &added).await;
    shop.synced().await;
    // It knows the outlet, under another key.
    other.add_outlet("JKT-001").await;
    let proxy = Proxy::before(&other.url()).await;
    put(&shop, &json!({"cloud_api_url": proxy.url()})).await;
    eventually("it is asked for a proof", || async { proxy.requests() > 0 }).await;
    assert!(problem(&shop).await.contains("is not sent to"), "{}", problem(&shop).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_hub_address_can_be_corrected() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let shop = TestOutlet::of("http://127.0.0.1:1/v1", &added).await;
    eventually("the problem is shown", || async { !problem(&shop).await.is_empty() }).await;
    put(&shop, &json!({"cloud_api_url": hub.url()})).await;
    shop.synced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_does_not_carry_the_key_to_another_server() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let (proxy, stranger) = (Stranger::default(), Stranger::default());
    let to = stranger.serve(None).await;
    let shop = TestOutlet::of(&format!("{}/v1", proxy.serve(Some(to)).await), &added).await;
    eventually("the outlet has asked", || async { proxy.received().iter().any(|key| key.contains(&added.api_key)) })
        .await;
    eventually("the problem is shown", || async { !problem(&shop).await.is_empty() }).await;
    assert_eq!(stranger.received(), Vec::<String>::new());
}
