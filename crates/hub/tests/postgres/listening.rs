//! What grows on one node is heard by those who wait on another, also where the node's ear was cut off.

use std::time::{Duration, Instant};

use hub::Config;
use tokio::time::timeout;

use crate::app::TestHub;
use crate::nodes::another_node;
use crate::poll::{BEFORE_LONG, ask, line, serve, waiting};

#[tokio::test]
async fn a_change_on_one_node_wakes_who_waits_on_another() {
    let hub = TestHub::start().await;
    let other = another_node(&hub).await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    two.goes_to_router(other.router());
    // The node looks at everything once, as soon as it listens.
    two.get("updates?wait=1").await.ok();
    let poll = waiting(&two, "updates?wait=30").await;
    let started = Instant::now();
    let items = [one.named("product", "p1", "Kopi")];
    one.push(&items).await;
    let page = timeout(BEFORE_LONG, poll).await.unwrap().unwrap().ok();
    assert_eq!(page["changes"][0]["entity_id"], "p1");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test]
async fn events_on_one_node_tell_of_changes_on_another() {
    let hub = TestHub::start().await;
    let other = another_node(&hub).await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let served = serve(&other).await;
    let mut events = ask(&served, &two, "events").await;
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

/// Without looking at everything once after the break, the poll would wait until its time is up.
#[tokio::test]
async fn a_node_catches_up_after_its_listener_reconnects() {
    const LISTENERS: &str = "from pg_stat_activity where datname = current_database() and query = 'listen gerai_hints'";
    let hub = TestHub::on(crate::engine::own_database(), testkit::Scratch::new(), Config::default()).await;
    let other = another_node(&hub).await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    two.goes_to_router(other.router());
    testkit::eventually("both nodes listen", || async {
        crate::engine::read::<i64>(&hub.url, &format!("select count(*) {LISTENERS}")) == 2
    })
    .await;
    let poll = waiting(&two, "updates?wait=60").await;
    let cut = format!("select count(*) filter (where pg_terminate_backend(pid, 5000)) {LISTENERS}");
    assert_eq!(crate::engine::read::<i64>(&hub.url, &cut), 2);
    let started = Instant::now();
    let items = [one.named("product", "p1", "Kopi")];
    one.push(&items).await;
    let page = timeout(BEFORE_LONG, poll).await.unwrap().unwrap().ok();
    assert_eq!(page["changes"][0]["entity_id"], "p1");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
