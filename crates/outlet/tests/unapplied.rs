//! What came from head office and could not be applied: it is tried again by itself, at somebody's wish here or at head
//! office, and can be discarded; then the two differ for good, for all to see.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use outlet::SyncEnv;
use outlet::local_admin::LocalAdmin;
use protocol::wire::EntityRef;
use serde_json::{Value, json};
use testkit::{Fault, TestHub, TestOutlet, behind_proxy, eventually};

fn text(outlet: &TestOutlet, sql: &str) -> String {
    outlet.shell().query_row(&format!("select cast(({sql}) as text)"), [], |row| row.get(0)).unwrap()
}

async fn kept(outlet: &TestOutlet) -> Value {
    outlet.admin().get("/api/v1/sync/unapplied").await.data().clone()
}

/// What head office knows that the outlet could not apply.
async fn known(hub: &TestHub) -> Value {
    hub.boss().await.get("/v1/hq/quarantine/outlets").await.data()[0]["unapplied"].clone()
}

/// Head office hears what has become of it, although nothing else is sent.
async fn heard(hub: &TestHub, state: &str) {
    eventually("head office has heard of it", || async { known(hub).await[0]["state"] == state }).await;
}

/// The reasons that the health of sync, or of the chain, gives.
fn reasons(health: &Value) -> Vec<&str> {
    health["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

async fn health(outlet: &TestOutlet) -> Value {
    outlet.admin().get("/api/v1/sync/health").await.data().clone()
}

async fn read_again(outlet: &TestOutlet) {
    outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
}

const PRICE: &str = "select price from products where name = 'Baru'";
const TOO_DEAR: &str = "create trigger no_dear before update on products when new.price > 9000
    begin select raise(abort, 'too dear'); end";
const NOT_TOO_DEAR: &str = "drop trigger no_dear";

/// A product of head office that is here at 1,000, and whose new price of 9,500 does not fit into this database.
async fn too_dear(hub: &TestHub, outlet: &TestOutlet) -> String {
    let made = hub.boss().await.post("/v1/hq/products", &json!({"name": "Baru", "price": 1_000})).await.data().clone();
    let id = made["id"].as_str().unwrap().to_owned();
    eventually("it is here", || async { text(outlet, "select count(*) from products where name = 'Baru'") == "1" })
        .await;
    outlet.shell().execute_batch(TOO_DEAR).unwrap();
    hub.boss().await.call("PATCH", &format!("/v1/hq/products/{id}"), &json!({"price": 9_500})).await.data();
    eventually("it is kept", || async { kept(outlet).await[0]["entity_id"] == id.as_str() }).await;
    id
}

/// What an older version of Gerai could not apply, as it left it behind.
fn keep(outlet: &TestOutlet, entity_type: &str, id: &str, document: &Value) {
    let update = json!({"entity_type": entity_type, "entity_id": id, "token": {"n": 1, "change_id": "x"},
        "deleted": false, "document": document, "changed_by": "hq:rina", "changed_at": "2026-11-22T10:00:00.000Z"});
    outlet
        .shell()
        .execute(
            "insert into sync_unapplied_updates (entity_type, entity_id, seq, reason, \"update\", received_at)
             select ?1, ?2, seq + 1, 'This version does not know it.', ?3, '2026-11-22T10:00:00.000Z' from sync_context",
            [entity_type, id, &update.to_string()],
        )
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_version_could_not_apply_is_applied_after_the_upgrade() {
    let (hub, _proxy, mut outlet) = behind_proxy().await;
    keep(&outlet, "announcement", "a1", &json!({"id": "a1", "title": "Libur", "body": ""}));
    keep(&outlet, "voucher", "v1", &json!({"id": "v1", "worth": 5}));
    outlet = outlet.restart().await;
    eventually("it is here", || async { text(&outlet, "select count(*) from announcements") == "1" }).await;
    // What this version does not know either is told, here and at head office.
    let kept = kept(&outlet).await;
    assert_eq!((&kept[0]["entity_type"], &kept[0]["state"]), (&json!("voucher"), &json!("retrying")));
    heard(&hub, "retrying").await;
    let told = json!([{"entity_type": "voucher", "entity_id": "v1", "seq": kept[0]["seq"], "state": "retrying",
        "reason": kept[0]["reason"], "decided": null}]);
    assert_eq!(known(&hub).await, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_update_is_not_retried_and_stays_visible() {
    let (hub, _proxy, outlet) = behind_proxy().await;
    let id = too_dear(&hub, &outlet).await;
    assert!(kept(&outlet).await[0]["reason"].as_str().unwrap().contains("too dear"));
    assert_eq!(reasons(&health(&outlet).await), ["updates_unapplied"]);
    heard(&hub, "retrying").await;
    let of = format!("/api/v1/sync/unapplied/product/{id}");
    let discard = async |reason: &str| outlet.admin().post(&format!("{of}/discard"), &json!({"reason": reason})).await;
    assert_eq!(discard("").await.refusal(), (422, "invalid_text"));
    let done = discard("Harga salah").await;
    assert_eq!(done.body["success"], true, "{}", done.text);
    assert_eq!(discard("Harga salah").await.refusal(), (409, "already_discarded"));
    let record = outlet.admin().get("/api/v1/sync/discards").await.data()[0].clone();
    assert_eq!((&record["kind"], &record["reason"]), (&json!("update"), &json!("Harga salah")));
    assert_eq!(record["content"]["document"]["price"], 9_500);
    assert!(record["message"].as_str().unwrap().contains("too dear"));

    // No alarm any more, but everywhere it is said that the two differ.
    assert_eq!(health(&outlet).await["state"], "ready");
    heard(&hub, "discarded").await;
    assert_eq!(hub.boss().await.get("/v1/hq/health").await.data()["unapplied_update_outlets"], json!([]));
    let listed = kept(&outlet).await[0].clone();
    let who = text(&outlet, "select id from users where username = 'admin'");
    assert_eq!((&listed["state"], &listed["discarded_by"]), (&json!("discarded"), &json!(who)));
    assert_eq!(listed["discard_reason"], "Harga salah");
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!(verified["differences"], json!([{"entity_type": "product", "entity_id": id, "kind": "content"}]));

    // Not even where it would fit by now: somebody has said so.
    outlet.shell().execute_batch(NOT_TOO_DEAR).unwrap();
    read_again(&outlet).await;
    let all = outlet.admin().post("/api/v1/sync/unapplied/retry", &json!({})).await.data().clone();
    assert_eq!((&all["applied"], text(&outlet, PRICE).as_str()), (&json!(0), "1000"));
    let again = outlet.admin().post(&format!("{of}/retry"), &json!({})).await.data().clone();
    assert_eq!(again, json!({"applied": true, "reason": null}));
    assert_eq!((text(&outlet, PRICE).as_str(), kept(&outlet).await), ("9500", json!([])));
    assert_eq!(outlet.admin().post(&format!("{of}/retry"), &json!({})).await.refusal(), (404, "not_found"));
    assert_eq!(discard("x").await.refusal(), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discard_lasts_until_a_new_hub_change_or_a_resync() {
    let (hub, _proxy, outlet) = behind_proxy().await;
    let id = too_dear(&hub, &outlet).await;
    let discard = async || {
        let path = format!("/api/v1/sync/unapplied/product/{id}/discard");
        outlet.admin().post(&path, &json!({"reason": "Harga salah"})).await
    };
    let state = || async { kept(&outlet).await[0]["state"].clone() };
    discard().await;
    let first = kept(&outlet).await[0]["seq"].as_i64().unwrap();
    read_again(&outlet).await;
    assert_eq!(state().await, "discarded");
    // A comparison finds it again.
    outlet.admin().post("/api/v1/sync/resync", &json!({"scope": "shared"})).await;
    eventually("it is kept again", || async { state().await == "retrying" }).await;
    assert!(kept(&outlet).await[0]["seq"].as_i64().unwrap() > first, "what was decided about it is no more");
    discard().await;
    // The next one is another change.
    let there = format!("/v1/hq/products/{id}");
    hub.boss().await.call("PATCH", &there, &json!({"price": 9_900})).await.data();
    eventually("the newer one is kept", || async { state().await == "retrying" }).await;
    assert_eq!(kept(&outlet).await[0]["update"]["document"]["price"], 9_900);
    discard().await;
    hub.boss().await.call("PATCH", &there, &json!({"price": 8_000})).await.data();
    eventually("both have the same", || async { text(&outlet, PRICE) == "8000" }).await;
    assert_eq!(kept(&outlet).await, json!([]));
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!(verified["differences"], json!([]));
    assert_eq!(text(&outlet, "select count(*) from sync_discards"), "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_an_entity_with_a_discarded_update_retries_it() {
    let (hub, _proxy, outlet) = behind_proxy().await;
    let id = too_dear(&hub, &outlet).await;
    let path = format!("/api/v1/sync/unapplied/product/{id}/discard");
    outlet.admin().post(&path, &json!({"reason": "Harga salah"})).await;
    outlet.admin().call("PATCH", &format!("/api/v1/products/{id}"), &json!({"price": 1_200})).await.data();
    eventually("it is kept again", || async { kept(&outlet).await[0]["state"] == "retrying" }).await;
    assert_eq!(reasons(&health(&outlet).await), ["updates_unapplied"]);
    outlet.shell().execute_batch(NOT_TOO_DEAR).unwrap();
    read_again(&outlet).await;
    outlet.synced().await;
    // Head office's price wins, and both are on record.
    assert_eq!(text(&outlet, PRICE), "9500");
    let conflicts = outlet.admin().get("/api/v1/sync/conflicts?status=all").await.data().clone();
    assert_eq!((&conflicts[0]["local"], &conflicts[0]["cloud"]), (&json!(1_200), &json!(9_500)));
}

#[tokio::test(flavor = "multi_thread")]
async fn head_offices_word_on_an_update_is_carried_out_at_the_outlet() {
    let (hub, _proxy, outlet) = behind_proxy().await;
    let id = too_dear(&hub, &outlet).await;
    heard(&hub, "retrying").await;
    let boss = hub.boss().await;
    let of = format!("/v1/hq/quarantine/unapplied/JKT-001/product/{id}");
    let decided = boss.post(&format!("{of}/discard"), &json!({"reason": "Lama saja"})).await.data().clone();
    assert_eq!((&decided["decided"], &decided["state"]), (&json!("discard"), &json!("retrying")));
    eventually("it is discarded", || async { kept(&outlet).await[0]["state"] == "discarded" }).await;
    let listed = kept(&outlet).await[0].clone();
    assert_eq!((&listed["discarded_by"], &listed["discard_reason"]), (&json!("hq:boss"), &json!("Lama saja")));
    heard(&hub, "discarded").await;
    assert_eq!(known(&hub).await[0]["decided"], Value::Null);

    // Tried again in vain it is another one, and head office hears so.
    boss.post(&format!("{of}/retry"), &json!({})).await.data();
    heard(&hub, "retrying").await;
    let told = known(&hub).await[0].clone();
    assert_eq!(told["decided"], Value::Null);
    assert!(told["seq"].as_i64() > listed["seq"].as_i64(), "{told}");
    outlet.shell().execute_batch(NOT_TOO_DEAR).unwrap();
    boss.post(&format!("{of}/retry"), &json!({})).await.data();
    eventually("it is here", || async { text(&outlet, PRICE) == "9500" }).await;
    eventually("head office has nothing of it any more", || async { known(&hub).await.is_null() }).await;
    assert_eq!(boss.post(&format!("{of}/retry"), &json!({})).await.refusal(), (404, "not_found"));
    // Everything compared again, the old words with it: nothing is done twice.
    outlet.admin().post("/api/v1/sync/resync", &json!({"scope": "all"})).await;
    eventually("all is compared", || async { text(&outlet, "select count(*) from sync_reconcile") == "0" }).await;
    assert_eq!(text(&outlet, "select count(*) from sync_discards"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_retries_and_discards_like_the_api() {
    let (hub, proxy, outlet) = behind_proxy().await;
    let id = too_dear(&hub, &outlet).await;
    proxy.set(Fault::Unplugged);
    let sight = LocalAdmin::open(&outlet.path(), SyncEnv::default()).unwrap();
    let of = EntityRef::new("product", &id);
    let retried = sight.retry_update(&of).unwrap();
    assert!(!retried.applied && retried.reason.unwrap().contains("too dear"));
    assert!(sight.discard_update(&of, " ").unwrap_err().to_string().contains("must not be empty"));
    sight.discard_update(&of, "Tidak dipakai").unwrap();
    assert!(sight.discard_update(&of, "x").unwrap_err().to_string().contains("discarded before"));
    assert_eq!(kept(&outlet).await[0]["discarded_by"], "terminal");
    outlet.shell().execute_batch(NOT_TOO_DEAR).unwrap();
    assert!(sight.retry_update(&of).unwrap().applied);
    assert_eq!(text(&outlet, PRICE), "9500");
    let none = EntityRef::new("voucher", "v1");
    assert!(sight.retry_update(&none).unwrap_err().to_string().contains("no change of head office"));
    assert!(sight.discard_update(&none, "x").unwrap_err().to_string().contains("no change of head office"));
    // Nobody but an admin.
    let manager = outlet.member("manager").await;
    for what in ["retry", "discard"] {
        let path = format!("/api/v1/sync/unapplied/product/{id}/{what}");
        assert_eq!(manager.post(&path, &json!({"reason": "x"})).await.refusal(), (403, "forbidden"));
    }
}

/// The hub's version of a product is damaged, and somebody edits the product here: the edit is refused as a conflict, and waits
/// with the version that cannot be read. Everything else goes on, and nothing is sent over and over.
#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_an_entity_unreadable_at_the_hub_is_not_resent() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    let made = hub.boss().await.post("/v1/hq/products", &json!({"name": "Baru", "price": 1_000})).await.data().clone();
    eventually("it is here", || async { text(&outlet, "select count(*) from products where name = 'Baru'") == "1" })
        .await;
    let damage =
        "update shared_entities set document = '[', token_n = token_n + 1, change_id = 'damaged' where entity_id = ?1";
    let database = rusqlite::Connection::open(hub.path()).unwrap();
    database.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    assert_eq!(database.execute(damage, [made["id"].as_str().unwrap()]).unwrap(), 1);
    outlet.shell().execute("update products set price = 2000 where name = 'Baru'", []).unwrap();
    eventually("the hub's version is kept", || async { kept(&outlet).await.as_array().unwrap().len() == 1 }).await;
    heard(&hub, "retrying").await;
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
    // Head office sets the product again, and both agree.
    let path = format!("/v1/hq/products/{}", made["id"].as_str().unwrap());
    let whole = json!({"name": "Baru", "price": 3_000, "tax_group": "pbjt"});
    let set = hub.boss().await.call("PATCH", &path, &whole).await;
    assert_eq!(set.status, 200, "{}", set.text);
    eventually("nothing is kept", || async { kept(&outlet).await.as_array().unwrap().is_empty() }).await;
    eventually("they agree", || async { text(&outlet, PRICE) == "3000" }).await;
}
