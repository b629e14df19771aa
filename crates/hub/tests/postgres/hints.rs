//! Several nodes send hints of one hub: each once, and whichever node dies.

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

/// The head that the endpoint was told, and when the last hint arrived.
async fn is_told_everything(hub: &TestHub) -> bool {
    let heads = hub.rows("head", "from streams where stream = 'catalog'").await;
    let told = hub.rows("delivered_cursor", "from webhooks").await;
    told[0].starts_with(&format!("{}.", heads[0]))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_that_hear_of_a_change_one_sends_the_hint() {
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
        while !is_told_everything(&hub).await {
            assert!(began.elapsed() < Duration::from_secs(20), "not told");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    stop.cancel();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
    let heard = hook.heard.lock().unwrap();
    let ids: Vec<_> = heard.iter().map(|(headers, _)| &headers[ID]).collect();
    assert!(ids.len() >= CHANGES, "{ids:?}");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "a hint was sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_node_that_sends_dies_another_one_takes_over() {
    let hub = hub_in_one_network().await;
    let other = another_node(&hub).await;
    hub.outlet("JKT-001").await;
    let (hook, now) = (Hook::answering(&[0]).await, web::time::now());
    set(&hub, &hook.url, now).await;
    let dying = hub.hub.clone();
    let sends = tokio::spawn(async move { dying.send_webhooks(now).await });
    hook.heard_more_than(0).await;
    // Nobody else comes in its way while it may still be speaking.
    other.send_webhooks(now + SignedDuration::from_secs(10)).await.unwrap();
    assert_eq!(hook.count(), 1);
    sends.abort();
    other.send_webhooks(now + SignedDuration::from_secs(16)).await.unwrap();
    assert_eq!(hook.count(), 2);
    let endpoint = other.store().read(|tx| webhooks::get(tx, "JKT-001", web::time::now())).await.unwrap();
    assert!(endpoint.delivered_at.is_some());
}
