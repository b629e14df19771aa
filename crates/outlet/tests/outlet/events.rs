//! Server-sent events of the outlet.

use std::time::Duration;

use outlet::SyncEnv;
use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet};

const TIMEOUT: Duration = Duration::from_secs(20);
const STATUS: &str = "/api/v1/sync/events";
const CHANGES: &str = "/api/v1/events";

/// A stream of events.
pub struct Events {
    response: reqwest::Response,
    text: String,
    /// Id of the last event.
    id: String,
}

impl Events {
    pub async fn of(user: &Http, path: &str) -> Self {
        Self::after(user, path, None).await
    }

    async fn after(user: &Http, path: &str, last_id: Option<&str>) -> Self {
        let mut request = user.request("GET", path);
        if let Some(last_id) = last_id {
            request = request.header("Last-Event-ID", last_id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new(), id: String::new() }
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
                self.id = field("id: ");
                return Some((field("event: "), serde_json::from_str(&field("data: ")).unwrap()));
            }
            let chunk = tokio::time::timeout(TIMEOUT, self.response.chunk()).await.expect("an event in time");
            self.text.push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    /// The next event whose data fits.
    pub async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
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

/// The ids of the next event, which has this topic and type.
async fn ids(events: &mut Events, topic: &str, entity_type: &str) -> Value {
    let (name, data) = events.next().await.expect("it did not end");
    assert_eq!((name.as_str(), &data["topic"], &data["entity_type"]), (topic, &json!(topic), &json!(entity_type)));
    data["ids"].clone()
}

#[tokio::test]
async fn changes_made_here_and_at_head_office_are_streamed_by_topic() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    let waiter = outlet.member("waiter").await;
    outlet.synced().await;
    let mut till = Events::of(&waiter, "/api/v1/events?topics=orders,catalog").await;
    let mut status = Events::of(outlet.admin(), STATUS).await;
    status.next().await.unwrap();
    let (name, hello) = till.next().await.unwrap();
    assert_eq!((name.as_str(), hello["version"].as_str()), ("hello", Some(env!("CARGO_PKG_VERSION"))));
    hello["server_time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();

    let boss = hub.boss().await;
    let created = boss.post("/v1/hq/products", &json!({"name": "Kopi Tubruk", "price": 18_000})).await.data().clone();
    assert_eq!(ids(&mut till, "catalog", "product").await, json!([created["id"]]));
    let path = format!("/api/v1/products/{}", created["id"].as_str().unwrap());
    assert_eq!(waiter.get(&path).await.data()["price"], 18_000);
    assert_eq!(status.next().await.unwrap().0, "status");

    let order = outlet.sell().await;
    assert_eq!(ids(&mut till, "orders", "order").await, json!([order["id"]]));
    outlet.admin().call("DELETE", &path, &Value::Null).await.data();
    assert_eq!(ids(&mut till, "catalog", "product").await, json!([created["id"]]), "the id of a deleted row is known");
    outlet.admin().post("/api/v1/tables", &json!({"name": "Teras 9"})).await.data();
    let order = outlet.sell().await;
    assert_eq!(ids(&mut till, "orders", "order").await, json!([order["id"]]), "tables are another topic");
}

#[tokio::test]
async fn a_reader_that_reconnects_gets_what_it_missed() {
    let mut outlet = TestOutlet::alone().await;
    let path = "/api/v1/events?topics=orders";
    let mut events = Events::of(outlet.admin(), path).await;
    events.next().await.unwrap();
    outlet.sell().await;
    ids(&mut events, "orders", "order").await;
    let last_id = events.id.clone();
    drop(events);
    let missed: Vec<_> = outlet.sell_many(3).await.into_iter().map(|order| order["id"].clone()).collect();
    for (path, header) in [(path.to_owned(), Some(&*last_id)), (format!("{path}&last_event_id={last_id}"), None)] {
        let mut events = Events::after(outlet.admin(), &path, header).await;
        assert_eq!(events.next().await.unwrap().0, "hello");
        // A commit reaches the feed after its answer, so the last orders may come in a second event.
        let mut received = Vec::new();
        while received.len() < missed.len() {
            received.extend(ids(&mut events, "orders", "order").await.as_array().unwrap().clone());
        }
        assert_eq!(received, missed);
        // It continues with new events.
        assert_ne!(events.id, last_id);
    }
    let outlet = outlet.restart().await;
    for unknown in [last_id.as_str(), "", "x"] {
        let mut events = Events::after(outlet.admin(), path, Some(unknown)).await;
        assert_eq!(events.next().await.unwrap().0, "hello");
        assert_eq!(events.next().await.unwrap(), ("reset".to_owned(), json!({})), "of {unknown:?} nothing is known");
    }
}

#[tokio::test]
async fn a_change_by_another_program_resets_readers() {
    let outlet = TestOutlet::alone().await;
    let mut events = Events::of(outlet.admin(), "/api/v1/events?topics=catalog").await;
    events.next().await.unwrap();
    outlet.shell().execute("update products set price = price + 1000", []).unwrap();
    assert_eq!(events.next().await.unwrap().0, "reset");
}

#[tokio::test]
async fn sync_has_a_topic() {
    let (hub, proxy, mut outlet) = testkit::behind_proxy().await;
    let mut events = Events::of(outlet.admin(), "/api/v1/events?topics=sync").await;
    events.next().await.unwrap();
    outlet.sell().await;
    // Pending, then sent: the status changes, and the round is logged.
    events.until(|data| data["entity_type"] == "status" && data["ids"].is_null()).await;
    events.until(|data| data["entity_type"] == "log").await;
    drop((hub, proxy));
}

#[tokio::test]
async fn an_unknown_topic_is_refused() {
    let outlet = TestOutlet::alone().await;
    for topics in ["orders,orders%20", "kitchens", "", "orders,"] {
        let refused = outlet.admin().get(&format!("/api/v1/events?topics={topics}")).await;
        assert_eq!(refused.refusal(), (422, "invalid_query"), "{topics}");
    }
}

#[tokio::test]
async fn event_streams_require_a_session_and_sync_events_an_admin() {
    let outlet = TestOutlet::alone().await;
    let nobody = Http::new(outlet.admin().base());
    for path in [STATUS, CHANGES] {
        assert_eq!(nobody.get(path).await.refusal(), (401, "unauthorized"));
    }
    let cashier = outlet.member("cashier").await;
    assert_eq!(cashier.get(STATUS).await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn events_end_with_the_session() {
    let outlet = TestOutlet::alone().await;
    let cashier = outlet.member("cashier").await;
    let mut events = Events::of(&cashier, CHANGES).await;
    events.next().await.unwrap();
    cashier.post("/api/v1/auth/logout", &json!({})).await.data();
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn events_end_at_once_when_the_server_stops() {
    let outlet = TestOutlet::alone().await;
    let mut streams = [Events::of(outlet.admin(), STATUS).await, Events::of(outlet.admin(), CHANGES).await];
    for events in &mut streams {
        events.next().await.unwrap();
    }
    let started = std::time::Instant::now();
    let outlet = outlet.restart().await;
    assert!(started.elapsed() < Duration::from_secs(6), "listeners do not delay the shutdown");
    for events in &mut streams {
        assert_eq!(events.next().await, None);
    }
    drop(outlet);
}
