//! Several nodes of one hub send webhooks: each hint once, also when a node dies.

use std::collections::BTreeSet;
use std::time::Duration;

use hub::{Config, Hub, webhooks};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use web::webhook::ID;

use crate::app::TestHub;
use crate::webhooks::{Hook, set};

async fn hub_in_one_network() -> TestHub {
    TestHub::configured(Config { webhook_allow_private: true, ..Config::default() }).await
}

async fn another_node(hub: &TestHub) -> Hub {
    Hub::open(&hub.config, web::time::now()).await.unwrap().0
}

/// Whether the endpoint has got the catalog's head.
async fn is_up_to_date(hub: &TestHub) -> bool {
    let heads = hub.rows("head", "from streams where stream = 'catalog'").await;
    let delivered = hub.rows("delivered_cursor", "from webhooks").await;
    delivered[0].starts_with(&format!("{}.", heads[0]))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_nodes_sends_the_hint() {
    const CHANGES: usize = 8;
    let hub = hub_in_one_network().await;
    let other = another_node(&hub).await;
    let (mut outlet, hook) = (hub.outlet("JKT-001").await, Hook::answering(&[]).await);
    set(&hub, &hook.url, web::time::now()).await;
    let stop = CancellationToken::new();
    let mut nodes = Vec::new();
    for node in [hub.hub.clone(), other] {
        let listener = web::server::listen("127.0.0.1", 0).await.unwrap();
        let stop = stop.clone();
        nodes.push(tokio::spawn(async move { node.serve(listener, stop).await }));
    }
    for n in 0..CHANGES {
        let items = [outlet.named("product", &format!("p{n}"), "Kopi")];
        outlet.push(&items).await;
        let began = std::time::Instant::now();
        while !is_up_to_date(&hub).await {
            assert!(began.elapsed() < Duration::from_secs(20), "the hint did not arrive");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    stop.cancel();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
    let received = hook.received.lock().unwrap();
    let ids: Vec<_> = received.iter().map(|(headers, _)| &headers[ID]).collect();
    assert!(ids.len() >= CHANGES, "{ids:?}");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "a hint was sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_takes_over_when_the_sending_node_dies() {
    let hub = hub_in_one_network().await;
    let other = another_node(&hub).await;
    hub.outlet("JKT-001").await;
    let (hook, now) = (Hook::answering(&[0]).await, web::time::now());
    set(&hub, &hook.url, now).await;
    let dying = hub.hub.clone();
    let sends = tokio::spawn(async move { dying.send_webhooks(now).await });
    hook.wait_for_more_than(0).await;
    // No other node sends while the first may still be sending.
    other.send_webhooks(now + SignedDuration::from_secs(10)).await.unwrap();
    assert_eq!(hook.count(), 1);
    sends.abort();
    other.send_webhooks(now + SignedDuration::from_secs(16)).await.unwrap();
    assert_eq!(hook.count(), 2);
    let endpoint = other.store().read(|tx| webhooks::get(tx, "JKT-001", web::time::now())).await.unwrap();
    assert!(endpoint.delivered_at.is_some());
}
