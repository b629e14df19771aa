//! A failed page makes the next one smaller and delays no push.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Fault, Spoil, TestHub, TestOutlet, behind_proxy, eventually};

const SPOILS: [Spoil; 5] = [Spoil::TooLarge, Spoil::Changed, Spoil::Broken, Spoil::Cut, Spoil::Status(500)];

/// Requests a round, in which the worker pulls as well.
async fn trigger(outlet: &TestOutlet) {
    outlet.admin().post("/api/v1/sync/trigger", &json!({})).await.data();
}

async fn arrived(hub: &TestHub, order: &Value) -> bool {
    hub.orders().await.iter().any(|other| other["id"] == order["id"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_page_is_requested_again_with_fewer_entries() {
    for spoil in SPOILS {
        let (hub, proxy, outlet) = behind_proxy().await;
        let boss = hub.boss().await;
        let product = outlet.menu().products[0].0.clone();
        let path = format!("/v1/hq/products/{product}");
        proxy.set(Fault::SpoilPages(20, spoil));
        // A page requested before the fault may bring the first of these.
        for price in [31_000, 32_000] {
            boss.call("PATCH", &path, &json!({"price": price})).await.data();
            trigger(&outlet).await;
        }
        eventually("the price is there", || async {
            let product = outlet.admin().get(&format!("/api/v1/products/{product}")).await.data().clone();
            product["price"] == 32_000
        })
        .await;
        assert_eq!(proxy.spoiled().iter().max(), Some(&200), "{spoil:?}");
        assert!(proxy.pages().contains(&20), "{spoil:?}: {:?}", proxy.pages());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_failure_of_a_pull_delays_a_push() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    let others = [Spoil::Status(503), Spoil::Status(404), Spoil::Status(429), Spoil::Status(200)];
    // A single entry is read however large it is.
    for spoil in SPOILS.into_iter().filter(|spoil| *spoil != Spoil::TooLarge).chain(others) {
        proxy.set(Fault::SpoilPages(0, spoil));
        trigger(&outlet).await;
        eventually("the failed pull is stored", || async {
            !proxy.spoiled().is_empty() && outlet.status().await["link_error"]["direction"] == "pull"
        })
        .await;
        let ready_at_ms = outlet.app().link.session(|session| session.ready_at_ms());
        assert_eq!(ready_at_ms, 0, "{spoil:?}: no push waits");
        let order = outlet.sell().await;
        eventually("the sale is at head office", || arrived(&hub, &order)).await;
        proxy.set(Fault::None);
        trigger(&outlet).await;
        eventually("pulls work again", || async { outlet.status().await["link_error"].is_null() }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_pull_does_not_block_pushes() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    // The first successful pull binds the key to its hub, and the worker looks at everything again; the second time
    // nothing else ends its wait.
    for _ in 0..2 {
        proxy.set(Fault::SpoilPages(0, Spoil::Hang));
        trigger(&outlet).await;
        eventually("worker and listener wait for a page", || async { proxy.spoiled().len() >= 2 }).await;
        let order = outlet.sell().await;
        // A request for a page times out after thirty seconds.
        let pushed = async { eventually("the sale is at head office", || arrived(&hub, &order)).await };
        tokio::time::timeout(Duration::from_secs(15), pushed).await.unwrap();
    }
}
