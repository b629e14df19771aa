//! A field changed in the shop and at head office: both report it, either can resolve it, and both end with the same
//! value.

use serde_json::{Value, json};
use testkit::{Fault, Proxy, eventually};

use crate::folder::{Office, admin, boss, status, synced};

/// In other systems a decision marks the conflict as resolved and changes nothing, or the sides overwrite each other in turns.
#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_shows_on_both_sides_and_either_can_resolve_it() {
    let office = Office::open();
    let folder = &office.folder;
    let proxy = Proxy::before(&office.url()).await;
    let outlet = office.outlet_through(proxy.url());
    let (till, hub) = (admin(&outlet).await, boss(&office.hub).await);
    let customer = hub.post("/v1/hq/customers", &json!({"name": "Budi", "phone": "0811"})).await.data().clone();
    let id = customer["id"].as_str().unwrap();
    let (outlet_path, hub_path) = (format!("/api/v1/customers/{id}"), format!("/v1/hq/customers/{id}"));
    eventually("the customer has arrived", || async { till.get(&outlet_path).await.status == 200 }).await;

    for (ours, theirs, at_head_office, strategy, expected) in [
        ("0822", "0833", true, "local_wins", "0822"),
        ("0844", "0855", true, "cloud_wins", "0855"),
        ("0866", "0877", false, "local_wins", "0866"),
        ("0888", "0899", false, "cloud_wins", "0899"),
    ] {
        proxy.set(Fault::Unplugged);
        till.call("PUT", &outlet_path, &json!({"name": "Budi", "phone": ours})).await.data();
        hub.call("PATCH", &hub_path, &json!({"phone": theirs})).await.data();
        proxy.set(Fault::None);
        till.post("/api/v1/sync/trigger", &json!({})).await.data();
        eventually("the shop reports the conflict", || async { status(&till).await["conflict_count"] == 1 }).await;
        eventually("head office reports the conflict", || async {
            hub.all("/v1/hq/conflicts?limit=50").await.len() == 1
        })
        .await;
        let listed = folder.gerai(&["sync", "conflicts", "--json"]).json();
        let record = &listed[0];
        assert_eq!(
            (&record["entity_id"], &record["field"], &record["local"], &record["cloud"]),
            (&json!(id), &json!("phone"), &json!(ours), &json!(theirs)),
            "{listed}"
        );
        assert_eq!(till.get(&outlet_path).await.data()["phone"], theirs, "head office's value applies meanwhile");
        let conflict = record["id"].as_str().unwrap();
        if at_head_office {
            let path = format!("/v1/hq/conflicts/{conflict}/resolve");
            hub.post(&path, &json!({"strategy": strategy})).await.data();
        } else {
            folder.gerai(&["sync", "resolve", conflict, "--strategy", strategy]).ok();
        }
        eventually("resolved at head office", || async { hub.all("/v1/hq/conflicts?limit=50").await.is_empty() }).await;
        eventually("resolved in the shop", || async { status(&till).await["conflict_count"] == 0 }).await;
        synced(&till).await;
        let phone = async |value: Value| value["phone"].as_str().unwrap().to_owned();
        eventually("both sides have the decided value", || async {
            let customers = (till.get(&outlet_path).await.data().clone(), hub.get(&hub_path).await.data().clone());
            (phone(customers.0).await, phone(customers.1).await) == (expected.to_owned(), expected.to_owned())
        })
        .await;
    }
    let verified = folder.gerai_with(&["sync", "verify"], &office.link(proxy.url()));
    assert!(verified.ok().contains("0 differ"));
}
