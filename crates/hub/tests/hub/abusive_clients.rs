//! Abusive connections on every route of the hub, beside those of an outlet.

use hub::Config;
use testkit::{AbusiveClients, TestHub, TestOutlet, short_limits};
use web::Edge;

#[tokio::test(flavor = "multi_thread")]
async fn abusive_connections_on_every_route_leak_no_permit() {
    let edge = Edge { limits: short_limits(), ..Edge::default() };
    let hub = TestHub::configured(Config { edge, ..Config::default() }).await;
    let (boss, known) = (hub.boss().await, hub.add_outlet("JKT-001").await);
    let api = serde_json::to_value(hub::api()).unwrap();
    let credentials = [("session", boss.token()), ("outlet_key", &*known.api_key)];
    let abusive_clients = AbusiveClients::of(boss.base(), &api, &credentials, &[("outlet_id", &known.outlet_id)]);
    abusive_clients.hang_up().await;
    abusive_clients.send_slowly().await;
    abusive_clients.never_read().await;
    abusive_clients.flood(3).await;
    let mut outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-002").await).await;
    outlet.sell().await;
    outlet.synced().await;
    assert_eq!(hub.orders().await.len(), 1);
}
