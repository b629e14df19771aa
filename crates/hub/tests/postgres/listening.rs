//! A change on one node wakes requests that wait on another, also after the node's listener was disconnected.

use std::time::{Duration, Instant};

use hub::Config;
use tokio::time::timeout;

use crate::app::TestHub;
use crate::long_poll::{WELL_BEFORE_TIMEOUT, line, open_events, serve, start_poll};
use crate::nodes::another_node;

#[tokio::test]
async fn a_change_on_one_node_wakes_polls_on_another() {
    let hub = TestHub::start().await;
    let other = another_node(&hub).await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    two.connect_to_router(other.router());
    // The node checks all streams once, as soon as it listens.
    two.get("updates?wait=1").await.ok();
    let poll = start_poll(&two, "updates?wait=30").await;
    let started = Instant::now();
    let items = [one.named("product", "p1", "Kopi")];
    one.push(&items).await;
    let page = timeout(WELL_BEFORE_TIMEOUT, poll).await.unwrap().unwrap().ok();
    assert_eq!(page["changes"][0]["entity_id"], "p1");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test]
async fn events_on_one_node_report_changes_on_another() {
    let hub = TestHub::start().await;
    let other = another_node(&hub).await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let served = serve(&other).await;
    let mut events = open_events(&served, &two, "events").await;
    assert_eq!(line(&mut events, "data").await, r#"data: {"stream":"catalog","n":0}"#);
    assert_eq!(line(&mut events, "data").await, format!(r#"data: {{"stream":"outlet:{}","n":0}}"#, two.id));
    for n in 1..=3 {
        let items = [one.named("product", &format!("p{n}"), "Kopi")];
        one.push(&items).await;
        assert_eq!(line(&mut events, "data").await, format!(r#"data: {{"stream":"catalog","n":{n}}}"#));
    }
    served.stop.cancel();
    served.task.await.unwrap().unwrap();
}

/// Without a check of all streams after the reconnect, the poll would wait until it times out.
#[tokio::test]
async fn a_node_catches_up_after_its_listener_reconnects() {
    const LISTENERS: &str = "from pg_stat_activity where datname = current_database() and query = 'listen gerai_hints'";
    let hub = TestHub::on(crate::engine::fresh_whole_database(), testkit::Scratch::new(), Config::default()).await;
    let other = another_node(&hub).await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    two.connect_to_router(other.router());
    testkit::eventually("both nodes listen", || async {
        crate::engine::read::<i64>(&hub.url, &format!("select count(*) {LISTENERS}")) == 2
    })
    .await;
    let poll = start_poll(&two, "updates?wait=60").await;
    let cut = format!("select count(*) filter (where pg_terminate_backend(pid, 5000)) {LISTENERS}");
    assert_eq!(crate::engine::read::<i64>(&hub.url, &cut), 2);
    let started = Instant::now();
    let items = [one.named("product", "p1", "Kopi")];
    one.push(&items).await;
    let page = timeout(WELL_BEFORE_TIMEOUT, poll).await.unwrap().unwrap().ok();
    assert_eq!(page["changes"][0]["entity_id"], "p1");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
