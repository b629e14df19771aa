//! Unapplied updates: retried automatically, on request here or at head office, and discarded; after a discard both
//! sides show that they differ.

use outlet::SyncEnv;
use outlet::local_admin::LocalAdmin;
use protocol::wire::EntityRef;
use serde_json::{Value, json};
use testkit::{Fault, TestHub, TestOutlet, behind_proxy, eventually};

fn text(outlet: &TestOutlet, sql: &str) -> String {
    outlet.shell().query_row(&format!("select cast(({sql}) as text)"), [], |row| row.get(0)).unwrap()
}

async fn unapplied(outlet: &TestOutlet) -> Value {
    outlet.admin().get("/api/v1/sync/unapplied").await.data().clone()
}

/// Head office's report of the outlet's unapplied updates.
async fn reported(hub: &TestHub) -> Value {
    hub.boss().await.get("/v1/hq/quarantine/outlets").await.data()[0]["unapplied"].clone()
}

/// Waits until head office receives the report, although nothing else is sent.
async fn await_report(hub: &TestHub, state: &str) {
    eventually("head office received the report", || async { reported(hub).await[0]["state"] == state }).await;
}

/// The reason codes in the health of the outlet or the chain.
fn reasons(health: &Value) -> Vec<&str> {
    health["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

async fn health(outlet: &TestOutlet) -> Value {
    outlet.admin().get("/api/v1/sync/health").await.data().clone()
}

async fn trigger(outlet: &TestOutlet) {
    outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
}

const PRICE: &str = "select price from products where name = 'Baru'";
const REJECT_HIGH_PRICES: &str = "create trigger no_dear before update on products when new.price > 9000
    begin select raise(abort, 'too dear'); end";
const ACCEPT_HIGH_PRICES: &str = "drop trigger no_dear";

/// A product that is here with a price of 1,000, and whose new price of 9,500 this database rejects.
async fn rejected_price(hub: &TestHub, outlet: &TestOutlet) -> String {
    let created =
        hub.boss().await.post("/v1/hq/products", &json!({"name": "Baru", "price": 1_000})).await.data().clone();
    let id = created["id"].as_str().unwrap().to_owned();
    eventually("it is here", || async { text(outlet, "select count(*) from products where name = 'Baru'") == "1" })
        .await;
    outlet.shell().execute_batch(REJECT_HIGH_PRICES).unwrap();
    hub.boss().await.call("PATCH", &format!("/v1/hq/products/{id}"), &json!({"price": 9_500})).await.data();
    eventually("it is unapplied", || async { unapplied(outlet).await[0]["entity_id"] == id.as_str() }).await;
    id
}

/// Stores an update that an older version of Gerai could not apply.
fn store_unapplied(outlet: &TestOutlet, entity_type: &str, id: &str, document: &Value) {
    let update = json!({"entity_type": entity_type, "entity_id": id, "token": {"n": 1, "change_id": "x"},
        "deleted": false, "document": document, "changed_by": "hq:rina", "changed_at": "2026-11-22T10:00:00.000Z"});
    outlet
        .shell()
        .execute(
            "insert into sync_unapplied_updates (entity_type, entity_id, seq, code, message, \"update\", received_at)
             select ?1, ?2, seq + 1, 'x', 'This version does not know it.', ?3, '2026-11-22T10:00:00.000Z' from sync_context",
            [entity_type, id, &update.to_string()],
        )
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn unapplied_updates_are_applied_after_an_upgrade() {
    let (hub, _proxy, mut outlet) = behind_proxy().await;
    store_unapplied(&outlet, "announcement", "a1", &json!({"id": "a1", "title": "Libur", "body": ""}));
    store_unapplied(&outlet, "voucher", "v1", &json!({"id": "v1", "worth": 5}));
    outlet = outlet.restart().await;
    eventually("it is here", || async { text(&outlet, "select count(*) from announcements") == "1" }).await;
    // An update that this version does not know either is reported here and at head office.
    let unapplied = unapplied(&outlet).await;
    assert_eq!((&unapplied[0]["entity_type"], &unapplied[0]["state"]), (&json!("voucher"), &json!("retrying")));
    await_report(&hub, "retrying").await;
    let expected = json!([{"entity_type": "voucher", "entity_id": "v1", "seq": unapplied[0]["seq"], "state": "retrying",
        "code": unapplied[0]["code"], "args": unapplied[0]["args"], "message": unapplied[0]["message"], "decided": null}]);
    // The older version may have reported both before.
    eventually("head office has the report of this version", || async { reported(&hub).await == expected }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_update_is_not_retried_and_stays_visible() {
    let (hub, _proxy, outlet) = behind_proxy().await;
    let id = rejected_price(&hub, &outlet).await;
    assert!(unapplied(&outlet).await[0]["message"].as_str().unwrap().contains("too dear"));
    assert_eq!(reasons(&health(&outlet).await), ["updates_unapplied"]);
    await_report(&hub, "retrying").await;
    let of = format!("/api/v1/sync/unapplied/product/{id}");
    let discard = async |reason: &str| outlet.admin().post(&format!("{of}/discard"), &json!({"reason": reason})).await;
    assert_eq!(discard("").await.refusal(), (422, "invalid_text"));
    let answer = discard("Harga salah").await;
    assert_eq!(answer.body["success"], true, "{}", answer.text);
    assert_eq!(discard("Harga salah").await.refusal(), (409, "already_discarded"));
    let record = outlet.admin().get("/api/v1/sync/discards").await.data()[0].clone();
    assert_eq!((&record["kind"], &record["reason"]), (&json!("update"), &json!("Harga salah")));
    assert_eq!(record["content"]["document"]["price"], 9_500);
    assert!(record["message"].as_str().unwrap().contains("too dear"));

    // No alarm any more, but both sides show the difference.
    assert_eq!(health(&outlet).await["state"], "ready");
    await_report(&hub, "discarded").await;
    assert_eq!(hub.boss().await.get("/v1/hq/health").await.data()["unapplied_update_outlets"], json!([]));
    let listed = unapplied(&outlet).await[0].clone();
    let user_id = text(&outlet, "select id from users where username = 'admin'");
    assert_eq!((&listed["state"], &listed["discarded_by"]), (&json!("discarded"), &json!(user_id)));
    assert_eq!(listed["discard_reason"], "Harga salah");
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!(verified["differences"], json!([{"entity_type": "product", "entity_id": id, "kind": "content"}]));

    // Not retried even if it could be applied now: a person decided so.
    outlet.shell().execute_batch(ACCEPT_HIGH_PRICES).unwrap();
    trigger(&outlet).await;
    let result = outlet.admin().post("/api/v1/sync/unapplied/retry", &json!({})).await.data().clone();
    assert_eq!((&result["applied"], text(&outlet, PRICE).as_str()), (&json!(0), "1000"));
    let retried = outlet.admin().post(&format!("{of}/retry"), &json!({})).await.data().clone();
    assert_eq!(retried, json!({"applied": true, "reason": null}));
    assert_eq!((text(&outlet, PRICE).as_str(), unapplied(&outlet).await), ("9500", json!([])));
    assert_eq!(outlet.admin().post(&format!("{of}/retry"), &json!({})).await.refusal(), (404, "not_found"));
    assert_eq!(discard("x").await.refusal(), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discard_lasts_until_a_new_hub_change_or_a_resync() {
    let (hub, _proxy, outlet) = behind_proxy().await;
    let id = rejected_price(&hub, &outlet).await;
    let discard = async || {
        let path = format!("/api/v1/sync/unapplied/product/{id}/discard");
        outlet.admin().post(&path, &json!({"reason": "Harga salah"})).await
    };
    let state = || async { unapplied(&outlet).await[0]["state"].clone() };
    discard().await;
    let first = unapplied(&outlet).await[0]["seq"].as_i64().unwrap();
    trigger(&outlet).await;
    assert_eq!(state().await, "discarded");
    // A comparison finds it again.
    outlet.admin().post("/api/v1/sync/resync", &json!({"scope": "shared"})).await;
    eventually("it is retried again", || async { state().await == "retrying" }).await;
    assert!(unapplied(&outlet).await[0]["seq"].as_i64().unwrap() > first, "earlier decisions no longer apply");
    discard().await;
    // The next update is another change.
    let hub_path = format!("/v1/hq/products/{id}");
    hub.boss().await.call("PATCH", &hub_path, &json!({"price": 9_900})).await.data();
    eventually("the newer one is unapplied", || async { state().await == "retrying" }).await;
    assert_eq!(unapplied(&outlet).await[0]["update"]["document"]["price"], 9_900);
    discard().await;
    hub.boss().await.call("PATCH", &hub_path, &json!({"price": 8_000})).await.data();
    eventually("both have the same", || async { text(&outlet, PRICE) == "8000" }).await;
    assert_eq!(unapplied(&outlet).await, json!([]));
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!(verified["differences"], json!([]));
    assert_eq!(text(&outlet, "select count(*) from sync_discards"), "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_an_entity_with_a_discarded_update_retries_it() {
    let (hub, _proxy, outlet) = behind_proxy().await;
    let id = rejected_price(&hub, &outlet).await;
    let path = format!("/api/v1/sync/unapplied/product/{id}/discard");
    outlet.admin().post(&path, &json!({"reason": "Harga salah"})).await;
    outlet.admin().call("PATCH", &format!("/api/v1/products/{id}"), &json!({"price": 1_200})).await.data();
    eventually("it is retried again", || async { unapplied(&outlet).await[0]["state"] == "retrying" }).await;
    assert_eq!(reasons(&health(&outlet).await), ["updates_unapplied"]);
    outlet.shell().execute_batch(ACCEPT_HIGH_PRICES).unwrap();
    trigger(&outlet).await;
    outlet.synced().await;
    // Head office's price wins, and both are on record.
    assert_eq!(text(&outlet, PRICE), "9500");
    let conflicts = outlet.admin().get("/api/v1/sync/conflicts?status=all").await.data().clone();
    assert_eq!((&conflicts[0]["local"], &conflicts[0]["cloud"]), (&json!(1_200), &json!(9_500)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_about_an_unapplied_update_is_carried_out() {
    let (hub, _proxy, outlet) = behind_proxy().await;
    let id = rejected_price(&hub, &outlet).await;
    await_report(&hub, "retrying").await;
    let boss = hub.boss().await;
    let of = format!("/v1/hq/quarantine/unapplied/JKT-001/product/{id}");
    let decided = boss.post(&format!("{of}/discard"), &json!({"reason": "Lama saja"})).await.data().clone();
    assert_eq!((&decided["decided"], &decided["state"]), (&json!("discard"), &json!("retrying")));
    eventually("it is discarded", || async { unapplied(&outlet).await[0]["state"] == "discarded" }).await;
    let listed = unapplied(&outlet).await[0].clone();
    assert_eq!((&listed["discarded_by"], &listed["discard_reason"]), (&json!("hq:boss"), &json!("Lama saja")));
    await_report(&hub, "discarded").await;
    assert_eq!(reported(&hub).await[0]["decided"], Value::Null);

    // A failed retry assigns a new seq, and head office receives the report.
    boss.post(&format!("{of}/retry"), &json!({})).await.data();
    await_report(&hub, "retrying").await;
    let item = reported(&hub).await[0].clone();
    assert_eq!(item["decided"], Value::Null);
    assert!(item["seq"].as_i64() > listed["seq"].as_i64(), "{item}");
    outlet.shell().execute_batch(ACCEPT_HIGH_PRICES).unwrap();
    boss.post(&format!("{of}/retry"), &json!({})).await.data();
    eventually("it is here", || async { text(&outlet, PRICE) == "9500" }).await;
    eventually("head office no longer lists it", || async { reported(&hub).await.is_null() }).await;
    assert_eq!(boss.post(&format!("{of}/retry"), &json!({})).await.refusal(), (404, "not_found"));
    // A comparison of everything, including the old decisions, does nothing twice.
    outlet.admin().post("/api/v1/sync/resync", &json!({"scope": "all"})).await;
    eventually("all is compared", || async { text(&outlet, "select count(*) from sync_reconcile") == "0" }).await;
    assert_eq!(text(&outlet, "select count(*) from sync_discards"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_retries_and_discards_like_the_api() {
    let (hub, proxy, outlet) = behind_proxy().await;
    let id = rejected_price(&hub, &outlet).await;
    proxy.set(Fault::Unplugged);
    let local_admin = LocalAdmin::open(&outlet.path(), SyncEnv::default()).unwrap();
    let of = EntityRef::new("product", &id);
    let retried = local_admin.retry_update(&of).unwrap();
    assert!(!retried.applied && retried.reason.unwrap().message.to_string().contains("too dear"));
    assert!(local_admin.discard_update(&of, " ").unwrap_err().to_string().contains("must not be empty"));
    local_admin.discard_update(&of, "Tidak dipakai").unwrap();
    assert!(local_admin.discard_update(&of, "x").unwrap_err().to_string().contains("discarded before"));
    assert_eq!(unapplied(&outlet).await[0]["discarded_by"], "terminal");
    outlet.shell().execute_batch(ACCEPT_HIGH_PRICES).unwrap();
    assert!(local_admin.retry_update(&of).unwrap().applied);
    assert_eq!(text(&outlet, PRICE), "9500");
    let unknown = EntityRef::new("voucher", "v1");
    assert!(local_admin.retry_update(&unknown).unwrap_err().to_string().contains("no unapplied change of head office"));
    assert!(
        local_admin
            .discard_update(&unknown, "x")
            .unwrap_err()
            .to_string()
            .contains("no unapplied change of head office")
    );
    // Only an admin may do this.
    let manager = outlet.member("manager").await;
    for action in ["retry", "discard"] {
        let path = format!("/api/v1/sync/unapplied/product/{id}/{action}");
        assert_eq!(manager.post(&path, &json!({"reason": "x"})).await.refusal(), (403, "forbidden"));
    }
}

/// The hub's version of a product is damaged, and somebody edits the product here: the edit is answered `conflict` and
/// waits, as the unreadable version does. Everything else continues, and nothing is sent repeatedly.
#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_an_entity_unreadable_at_the_hub_is_not_resent() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    let created =
        hub.boss().await.post("/v1/hq/products", &json!({"name": "Baru", "price": 1_000})).await.data().clone();
    eventually("it is here", || async { text(&outlet, "select count(*) from products where name = 'Baru'") == "1" })
        .await;
    let damage =
        "update shared_entities set document = '[', token_n = token_n + 1, change_id = 'damaged' where entity_id = ?1";
    let database = rusqlite::Connection::open(hub.path()).unwrap();
    database.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    assert_eq!(database.execute(damage, [created["id"].as_str().unwrap()]).unwrap(), 1);
    outlet.shell().execute("update products set price = 2000 where name = 'Baru'", []).unwrap();
    eventually("the hub's version is unapplied", || async { unapplied(&outlet).await.as_array().unwrap().len() == 1 })
        .await;
    await_report(&hub, "retrying").await;
    let batches = || text(&outlet, "select batch_no from sync_chain").parse::<i64>().unwrap();
    let before = batches();
    for sold in 1..=5 {
        let order = outlet.sell().await;
        let id = order["id"].as_str().unwrap();
        let arrived = format!(
            "select acked_version = version from sync_state where entity_type = 'order' and entity_id = '{id}'"
        );
        eventually("the sale arrives", || async { text(&outlet, &arrived) == "1" }).await;
        assert!(text(&outlet, "select batch_no from sync_chain").parse::<i64>().unwrap() <= before + 2 * sold);
    }
    assert_eq!(text(&outlet, PRICE), "2000");
    // Head office changes the product, and both sides agree.
    let path = format!("/v1/hq/products/{}", created["id"].as_str().unwrap());
    let product = json!({"name": "Baru", "price": 3_000, "tax_group": "pbjt"});
    let answer = hub.boss().await.call("PATCH", &path, &product).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    eventually("nothing is unapplied", || async { unapplied(&outlet).await.as_array().unwrap().is_empty() }).await;
    eventually("both sides agree", || async { text(&outlet, PRICE) == "3000" }).await;
}
