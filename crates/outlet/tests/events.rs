//! Server-sent events of the outlet.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::time::Duration;

use outlet::SyncEnv;
use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet};

const TIMEOUT: Duration = Duration::from_secs(20);
const STATUS: &str = "/api/v1/sync/events";
const CATALOG: &str = "/api/v1/events";

/// A stream of events.
struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    async fn of(user: &Http, path: &str) -> Self {
        let response = user.request("GET", path).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event's name and data; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
                if event.starts_with(':') {
                    continue;
                }
                return Some((field("event: "), serde_json::from_str(&field("data: ")).unwrap()));
            }
            let chunk = tokio::time::timeout(TIMEOUT, self.response.chunk()).await.expect("an event in time");
            self.text.push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    /// The next event whose data fits.
    async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (_, data) = self.next().await.expect("it did not end");
            if fits(&data) {
                return data;
            }
        }
    }
}

#[tokio::test]
async fn sync_status_is_streamed_at_once_and_on_change() {
    let mut outlet = TestOutlet::with_env(SyncEnv::default()).await;
    let mut events = Events::of(outlet.admin(), STATUS).await;
    let first = events.next().await.unwrap();
    let status = outlet.admin().get("/api/v1/sync/status").await.body;
    assert_eq!(first, ("status".to_owned(), status.clone()));
    let pending = status["data"]["pending_count"].as_i64().unwrap();
    outlet.sell_many(3).await;
    events.until(|status| status["data"]["pending_count"] == pending + 3).await;
}

#[tokio::test]
async fn the_end_of_a_round_is_streamed() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    let mut events = Events::of(outlet.admin(), STATUS).await;
    let idle = events.until(|status| status["data"]["pending_count"] == 0).await;
    outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    // Nothing was pending before or after: streamed anyway.
    events.until(|status| status["data"]["batch_no"] == idle["data"]["batch_no"]).await;
}

#[tokio::test]
async fn tills_get_an_event_after_a_hub_change() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    let waiter = outlet.member("waiter").await;
    outlet.synced().await;
    let (mut till, mut status) = (Events::of(&waiter, CATALOG).await, Events::of(outlet.admin(), STATUS).await);
    status.next().await.unwrap();
    let boss = hub.boss().await;
    let created = boss.post("/v1/hq/products", &json!({"name": "Kopi Tubruk", "price": 18_000})).await.data().clone();
    assert_eq!(till.next().await.unwrap(), ("catalog".to_owned(), json!({"changed": 1})));
    let path = format!("/api/v1/products/{}", created["id"].as_str().unwrap());
    assert_eq!(waiter.get(&path).await.data()["price"], 18_000);
    assert_eq!(status.next().await.unwrap().0, "status");
}

#[tokio::test]
async fn event_streams_require_a_session_and_sync_events_an_admin() {
    let outlet = TestOutlet::alone().await;
    let nobody = Http::new(outlet.admin().base());
    for path in [STATUS, CATALOG] {
        assert_eq!(nobody.get(path).await.refusal(), (401, "unauthorized"));
    }
    let cashier = outlet.member("cashier").await;
    assert_eq!(cashier.get(STATUS).await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn events_end_with_the_session() {
    let outlet = TestOutlet::alone().await;
    let cashier = outlet.member("cashier").await;
    let mut events = Events::of(&cashier, CATALOG).await;
    cashier.post("/api/v1/auth/logout", &json!({})).await.data();
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn events_end_at_once_when_the_server_stops() {
    let outlet = TestOutlet::alone().await;
    let mut streams = [Events::of(outlet.admin(), STATUS).await, Events::of(outlet.admin(), CATALOG).await];
    streams[0].next().await.unwrap();
    let started = std::time::Instant::now();
    let outlet = outlet.restart().await;
    assert!(started.elapsed() < Duration::from_secs(6), "listeners do not delay the shutdown");
    for events in &mut streams {
        assert_eq!(events.next().await, None);
    }
    drop(outlet);
}
