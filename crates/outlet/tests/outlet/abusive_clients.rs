//! Abusive clients on every route of the outlet, while the shop sells.

use outlet::SyncEnv;
use serde_json::json;
use testkit::{AbusiveClients, Browser, TestOutlet, short_limits};
use web::Edge;

#[tokio::test(flavor = "multi_thread")]
async fn abusive_connections_on_every_route_leak_no_permit() {
    let edge = Edge { limits: short_limits(), ..Edge::default() };
    let mut outlet = TestOutlet::configured(SyncEnv::default(), edge).await;
    let member = json!({"username": "another", "role": "admin", "pin": "2468"});
    outlet.admin().post("/api/v1/users", &member).await.data();
    let another = outlet.admin().log_in("another", "2468").await;
    let code =
        outlet.admin().post("/api/v1/devices/pairing-codes", &json!({"name": "Kasir"})).await.data()["code"].clone();
    let device = Browser::new(another.base());
    device.post("/api/v1/devices/pair", &json!({"code": code})).await.data();
    let secret = device.cookie(outlet.device_cookie()).expect("the device is paired");
    let cookie = format!("{}={secret}", outlet.device_cookie());
    let api = serde_json::to_value(outlet::routes::api()).expect("a description is JSON");
    let credentials = [("session", another.token()), ("device", &*cookie)];
    let abusive_clients = AbusiveClients::of(another.base(), &api, &credentials, &[]);
    abusive_clients.hang_up().await;
    abusive_clients.send_slowly().await;
    abusive_clients.never_read().await;
    abusive_clients.flood(3).await;
    outlet.sell().await;
    another.log_in("another", "2468").await;
}
