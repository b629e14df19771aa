//! What is stuck on its way to head office, discarding it, taking it back, and trying again when the cause has gone: with a real hub.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use outlet::local_admin::LocalAdminError;
use outlet::{LocalAdmin, SyncEnv};
use protocol::wire::{ChainRow, ItemReply, Outcome, Position};
use replica::chain::chain;
use replica::error::QueueError;
use replica::push::adopt::adopt_hub_position;
use replica::push::compose::{Plan, compose};
use replica::push::store::store;
use serde_json::{Value, json};
use testkit::{Fault, TestHub, TestOutlet, behind_proxy, eventually};
use web::time;

async fn switch(outlet: &TestOutlet, on: bool) {
    outlet.admin().call("PUT", "/api/v1/config/outlet", &json!({"sync_enabled": on})).await.data();
}

async fn hurry(outlet: &TestOutlet) {
    outlet.admin().post("/api/v1/sync/trigger", &json!({})).await.data();
}

/// Its lines no longer sum to its subtotal, as after a slip in the sqlite3 shell: head office refuses it.
const BREAK: &str = "update orders set subtotal = subtotal + 1, discount = discount + 1 where id = ?1";
const MEND: &str = "update orders set subtotal = subtotal - 1, discount = discount - 1 where id = ?1";

/// Runs a statement about one entity, as another program does.
fn run(outlet: &TestOutlet, sql: &str, id: &str) {
    outlet.shell().execute(sql, [id]).unwrap();
}

fn text(outlet: &TestOutlet, sql: &str) -> String {
    outlet.shell().query_row(&format!("select cast(({sql}) as text)"), [], |row| row.get(0)).unwrap()
}

async fn failed(outlet: &TestOutlet, count: i64) {
    eventually("it has failed", || async { outlet.status().await["failed_count"] == count }).await;
}

/// A paid order that head office has refused; its id, and its place in the queue.
async fn refused_sale(outlet: &mut TestOutlet) -> (String, i64) {
    switch(outlet, false).await;
    let order = outlet.sell().await;
    let id = order["id"].as_str().unwrap().to_owned();
    run(outlet, BREAK, &id);
    switch(outlet, true).await;
    failed(outlet, 1).await;
    let at = held(outlet, "state=failed").await[0]["id"].as_i64().unwrap();
    (id, at)
}

async fn held(outlet: &TestOutlet, query: &str) -> Vec<Value> {
    let list = outlet.admin().get(&format!("/api/v1/sync/quarantine?{query}")).await;
    list.data().as_array().unwrap().clone()
}

async fn discard(outlet: &TestOutlet, at: i64, reason: &str) -> testkit::Answer {
    outlet.admin().post(&format!("/api/v1/sync/discard/{at}"), &json!({"reason": reason})).await
}

async fn retry(outlet: &TestOutlet, at: i64) {
    let answer = outlet.admin().post(&format!("/api/v1/sync/retry/{at}"), &json!({})).await;
    assert_eq!(answer.body["success"], true, "{}", answer.text);
}

/// What head office knows that the outlet holds back, and what it could not apply.
async fn known(hub: &TestHub) -> Value {
    hub.boss().await.get("/v1/hq/quarantine/outlets").await.data()[0].clone()
}

/// Head office hears how it stands with what is held back, although nothing else is sent.
async fn heard(hub: &TestHub, state: &str) {
    eventually("head office has heard of it", || async { known(hub).await["quarantined"][0]["state"] == state }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_sale_stays_listed_and_the_day_differs() {
    let (hub, _proxy, mut outlet) = behind_proxy().await;
    let (id, at) = refused_sale(&mut outlet).await;
    let order = outlet.admin().get(&format!("/api/v1/orders/{id}")).await.data().clone();
    let item = held(&outlet, "").await[0].clone();
    assert_eq!((&item["state"], &item["code"]), (&json!("failed"), &json!("totals_do_not_add_up")));
    assert!(
        item["message"].as_str().unwrap().ends_with('.') && item["refused_by_version"] == env!("CARGO_PKG_VERSION")
    );

    assert_eq!(discard(&outlet, at, "Salah ketik").await.data()["outcome"], "not_sent");
    assert_eq!(outlet.status().await["failed_count"], 0);
    assert_eq!(outlet.admin().get("/api/v1/sync/failed").await.body["count"], 0);
    assert_eq!(discard(&outlet, at, "Sekali lagi").await.refusal(), (409, "already_discarded"));
    outlet = outlet.restart().await;
    heard(&hub, "discarded").await;
    outlet.synced().await;
    let item = held(&outlet, "state=discarded").await[0].clone();
    let who = text(&outlet, "select id from users where username = 'admin'");
    assert_eq!((&item["entity_id"], &item["id"]), (&json!(id), &json!(at)));
    assert_eq!((&item["discard_reason"], &item["discarded_by"]), (&json!("Salah ketik"), &json!(who)));
    assert_eq!(outlet.admin().get(&format!("/api/v1/orders/{id}")).await.data(), &order, "nothing of it is lost");
    let record = outlet.admin().get("/api/v1/sync/discards").await.data().clone();
    assert_eq!(record.as_array().unwrap().len(), 1);
    assert_eq!((&record[0]["code"], &record[0]["content"]), (&json!("totals_do_not_add_up"), &Value::Null));
    // Head office has heard of it, and both comparisons say that it is not there.
    let told = known(&hub).await["quarantined"][0].clone();
    assert_eq!((&told["entity_id"], &told["state"], &told["seq"]), (&json!(id), &json!("discarded"), &json!(at)));
    let day = order["business_date"].as_str().unwrap();
    let statement = outlet.admin().get(&format!("/api/v1/sync/statement?date={day}")).await.data().clone();
    assert_eq!((&statement["settled"], &statement["matches"]), (&json!(true), &json!(false)), "{statement}");
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({"repair": true})).await.data().clone();
    let differs = json!([{"entity_type": "order", "entity_id": id, "kind": "missing_there"}]);
    assert_eq!(verified["differences"], differs);
    let batches = || text(&outlet, "select count(*) from sync_batches");
    let before = batches();
    hurry(&outlet).await;
    hurry(&outlet).await;
    assert_eq!(batches(), before, "what head office knows is not told again");
    assert_eq!(held(&outlet, "state=discarded").await.len(), 1, "a comparison does not undo what a person decided");

    // Taken back it fails again; mended it goes by itself.
    retry(&outlet, at).await;
    failed(&outlet, 1).await;
    let again = held(&outlet, "").await[0]["id"].as_i64().unwrap();
    discard(&outlet, again, "Nanti saja").await.data();
    run(&outlet, MEND, &id);
    outlet.synced().await;
    assert_eq!(held(&outlet, "").await, [] as [Value; 0]);
    assert_eq!(hub.orders().await.len(), 1);
    let statement = outlet.admin().get(&format!("/api/v1/sync/statement?date={day}")).await.data().clone();
    assert_eq!(statement["matches"], true);
    assert_eq!(outlet.admin().get("/api/v1/sync/discards").await.data().as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_admin_discards_and_only_what_has_failed() {
    let (_hub, proxy, mut outlet) = behind_proxy().await;
    let (_, at) = refused_sale(&mut outlet).await;
    let manager = outlet.member("manager").await;
    outlet.synced().await;
    let path = format!("/api/v1/sync/discard/{at}");
    let reason = json!({"reason": "x"});
    assert_eq!(manager.post(&path, &reason).await.refusal(), (403, "forbidden"));
    let kept = "/api/v1/sync/unapplied/product/x/discard";
    assert_eq!(manager.post(kept, &reason).await.refusal(), (403, "forbidden"));
    for list in ["quarantine", "discards"] {
        assert_eq!(manager.get(&format!("/api/v1/sync/{list}")).await.refusal(), (403, "forbidden"));
    }
    let admin = outlet.admin().clone();
    assert_eq!(admin.post(kept, &reason).await.refusal(), (404, "not_found"));
    assert_eq!(admin.post("/api/v1/sync/discard/987654", &reason).await.refusal(), (404, "not_found"));
    assert_eq!(admin.post(&path, &json!({})).await.refusal(), (422, "invalid_body"));
    assert_eq!(discard(&outlet, at, "  ").await.refusal(), (422, "invalid_text"));
    assert_eq!(discard(&outlet, at, &"x".repeat(201)).await.refusal(), (422, "invalid_text"));
    assert_eq!(admin.get("/api/v1/sync/quarantine?state=lost").await.refusal(), (422, "invalid_query"));
    let sent = text(&outlet, "select max(seq) from sync_state where status = 'success'").parse().unwrap();
    assert_eq!(discard(&outlet, sent, "x").await.refusal(), (409, "not_failed"));
    // On its way: whatever comes of it is not known yet.
    proxy.set(Fault::LoseAnswers);
    outlet.sell().await;
    eventually("it is on its way", || async {
        text(&outlet, "select count(*) from sync_state where batch_no is not null and status = 'pending'") == "1"
    })
    .await;
    let on_its_way =
        text(&outlet, "select seq from sync_state where batch_no is not null and status = 'pending'").parse().unwrap();
    let refused = discard(&outlet, on_its_way, "x").await;
    assert!([(409, "not_failed"), (404, "not_found")].contains(&refused.refusal()), "{}", refused.text);
    proxy.set(Fault::None);
    assert_eq!(admin.get("/api/v1/sync/discards").await.data(), &json!([]), "a refusal leaves no record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_edit_of_what_is_shared_is_taken_back_on_both_sides() {
    let (hub, proxy, outlet) = behind_proxy().await;
    let (id, price) = outlet.menu().products[0].clone();
    let path = format!("/api/v1/products/{id}");
    proxy.set(Fault::Poison(vec![id.clone()]));
    outlet.admin().call("PATCH", &path, &json!({"price": price + 1_000})).await.data();
    eventually("it is set aside", || async { !held(&outlet, "state=isolated").await.is_empty() }).await;
    assert!(held(&outlet, "state=isolated").await[0]["message"].is_string());
    failed(&outlet, 1).await;
    let item = held(&outlet, "").await[0].clone();
    assert_eq!((&item["code"], &item["retry_count"]), (&json!("keeps_failing"), &json!(3)));
    let version = || text(&outlet, &format!("select version from sync_state where entity_id = '{id}'"));
    let seen = version();
    let done = discard(&outlet, item["id"].as_i64().unwrap(), "Harga lama benar").await.data().clone();
    assert_eq!(done, json!({"entity_type": "product", "entity_id": id, "outcome": "reverted"}));
    assert_eq!(outlet.admin().get(&path).await.data()["price"], price);
    assert_ne!(version(), seen, "whoever read it before finds another version");
    let record = outlet.admin().get("/api/v1/sync/discards").await.data()[0].clone();
    assert_eq!(record["content"], json!({"price": [price, price + 1_000]}));
    eventually("it is quiet", || async {
        let sql = "select count(*) from sync_state where version > acked_version or conflict_base is not null";
        text(&outlet, sql) == "0"
    })
    .await;
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!((&verified["differences"], outlet.status().await["failed_count"].as_i64()), (&json!([]), Some(0)));
    assert_eq!(held(&outlet, "").await, [] as [Value; 0]);
    // It goes on like any other.
    proxy.set(Fault::None);
    outlet.admin().call("PATCH", &path, &json!({"price": price + 2_000})).await.data();
    outlet.synced().await;
    let there = hub.boss().await.get(&format!("/v1/hq/products/{id}")).await.data().clone();
    assert_eq!(there["price"], price + 2_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_edit_gives_way_to_what_head_office_says_meanwhile() {
    let (hub, proxy, outlet) = behind_proxy().await;
    let (id, price) = outlet.menu().products[0].clone();
    let path = format!("/api/v1/products/{id}");
    proxy.set(Fault::Poison(vec![id.clone()]));
    outlet.admin().call("PATCH", &path, &json!({"price": price + 1_000})).await.data();
    failed(&outlet, 1).await;
    let at = held(&outlet, "").await[0]["id"].as_i64().unwrap();
    switch(&outlet, false).await;
    discard(&outlet, at, "Harga dari pusat").await.data();
    assert_eq!(outlet.admin().get(&path).await.data()["price"], price, "as last agreed; more is not known here");
    let there = format!("/v1/hq/products/{id}");
    hub.boss().await.call("PATCH", &there, &json!({"price": price + 5_000})).await.data();
    proxy.set(Fault::None);
    switch(&outlet, true).await;
    eventually("head office's price is here", || async {
        outlet.admin().get(&path).await.data()["price"] == price + 5_000
    })
    .await;
    outlet.synced().await;
    assert_eq!(hub.boss().await.get(&there).await.data()["price"], price + 5_000);
    let conflicts = outlet.admin().get("/api/v1/sync/conflicts?status=all").await.data().clone();
    assert_eq!(conflicts, json!([]), "a discarded edit meets nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_head_office_never_had_stays_and_goes_when_it_changes() {
    let (hub, proxy, outlet) = behind_proxy().await;
    switch(&outlet, false).await;
    let made = outlet.admin().post("/api/v1/customers", &json!({"name": "Budi", "phone": "0812"})).await.data().clone();
    let id = made["id"].as_str().unwrap();
    proxy.set(Fault::Poison(vec![id.to_owned()]));
    switch(&outlet, true).await;
    failed(&outlet, 1).await;
    let at = held(&outlet, "").await[0]["id"].as_i64().unwrap();
    assert_eq!(discard(&outlet, at, "Uji coba").await.data()["outcome"], "not_sent");
    assert_eq!(outlet.admin().get(&format!("/api/v1/customers/{id}")).await.data()["name"], "Budi");
    let status = format!("select sync_status from entity_versions where entity_id = '{id}'");
    assert_eq!(text(&outlet, &status), "discarded");
    proxy.set(Fault::None);
    run(&outlet, "update customers set phone = '0813' where id = ?1", id);
    outlet.synced().await;
    assert_eq!(hub.boss().await.get(&format!("/v1/hq/customers/{id}")).await.data()["phone"], "0813");
    assert_eq!(held(&outlet, "").await, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_about_a_quarantined_item_is_carried_out() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    proxy.set(Fault::Unplugged);
    let sold = outlet.sell_many(2).await;
    let id = sold[0]["id"].as_str().unwrap().to_owned();
    proxy.set(Fault::Poison(vec![id.clone()]));
    hurry(&outlet).await;
    failed(&outlet, 1).await;
    proxy.set(Fault::None);
    heard(&hub, "failed").await;
    let boss = hub.boss().await;
    let told = known(&hub).await["quarantined"][0].clone();
    assert_eq!((&told["entity_id"], &told["code"]), (&json!(id), &json!("keeps_failing")));
    assert!(told["message"].as_str().unwrap().contains("500"), "{told}");

    let of = format!("/v1/hq/quarantine/outlets/JKT-001/order/{id}");
    let decided = boss.post(&format!("{of}/discard"), &json!({"reason": "Pelatihan kasir"})).await.data().clone();
    assert_eq!(decided["decided"], "discard");
    eventually("it is discarded", || async { held(&outlet, "state=discarded").await.len() == 1 }).await;
    let item = held(&outlet, "").await[0].clone();
    assert_eq!((&item["discarded_by"], &item["discard_reason"]), (&json!("hq:boss"), &json!("Pelatihan kasir")));
    heard(&hub, "discarded").await;
    let told = known(&hub).await["quarantined"][0].clone();
    assert_eq!((&told["state"], &told["decided"]), (&json!("discarded"), &Value::Null));

    boss.post(&format!("{of}/retry"), &json!({})).await.data();
    eventually("it is there", || async { hub.orders().await.len() == 2 }).await;
    outlet.synced().await;
    assert_eq!(held(&outlet, "").await, [] as [Value; 0]);
    // Everything compared again, the old words with it: nothing is done twice.
    outlet.admin().post("/api/v1/sync/resync", &json!({"scope": "all"})).await;
    eventually("all is compared", || async { text(&outlet, "select count(*) from sync_reconcile") == "0" }).await;
    assert_eq!(text(&outlet, "select count(*) from sync_discards"), "1");
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!(verified["differences"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_item_is_retried_once_by_a_newer_hub() {
    let (hub, _proxy, mut outlet) = behind_proxy().await;
    let (id, at) = refused_sale(&mut outlet).await;
    let shell = rusqlite::Connection::open(hub.path()).unwrap();
    let asked = || -> i64 {
        let sql = "select count(*) from dead_letters where entity_id = ?1";
        shell.query_row(sql, [&id], |row| row.get(0)).unwrap()
    };
    for _ in 0..3 {
        outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    }
    assert_eq!(asked(), 1, "the same hub is not asked again");
    run(&outlet, "update sync_state set refused_by_version = '0.0.9' where entity_id = ?1", &id);
    outlet = outlet.restart().await;
    eventually("the newer one is asked", || async { asked() == 2 }).await;
    failed(&outlet, 1).await;
    let item = held(&outlet, "").await[0].clone();
    assert_eq!(item["refused_by_version"], env!("CARGO_PKG_VERSION"));
    assert_ne!(item["id"], at);
    for _ in 0..3 {
        outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    }
    assert_eq!(asked(), 2, "once");
    // Refused by a hub that did not say which it was; then it says so.
    run(&outlet, "update sync_state set refused_by_version = null where entity_id = ?1", &id);
    run(&outlet, "update sync_chain set hub_version = nullif(?1, ?1)", "");
    outlet = outlet.restart().await;
    eventually("it is asked", || async { asked() == 3 }).await;
    // What a person discarded is not taken back by an upgrade.
    failed(&outlet, 1).await;
    let at = held(&outlet, "").await[0]["id"].as_i64().unwrap();
    discard(&outlet, at, "Sudah dicatat di buku").await.data();
    run(&outlet, "update sync_state set refused_by_version = '0.0.9' where entity_id = ?1", &id);
    outlet = outlet.restart().await;
    outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    assert_eq!((asked(), held(&outlet, "state=discarded").await.len()), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_with_another_item_goes_again_with_it() {
    let (hub, _proxy, outlet) = behind_proxy().await;
    let product = outlet.menu().products[0].0.clone();
    let line = json!({"product_id": product, "qty": 1});
    let mut ids = Vec::new();
    for lines in [json!([line, line]), json!([line])] {
        let order = outlet.admin().post("/api/v1/orders", &json!({"lines": lines})).await.data().clone();
        ids.push(order["id"].as_str().unwrap().to_owned());
    }
    let [a, b] = [&ids[0], &ids[1]];
    outlet.synced().await;
    // One line goes from A to B; A's sums are wrong then.
    let sums = "subtotal = (select sum(amount) from order_lines where order_id = orders.id), service = 0, tax = 0,
        total = (select sum(amount) from order_lines where order_id = orders.id) - discount";
    let charges = format!("delete from order_charges where order_id in ('{a}', '{b}')");
    let wrong = format!("update orders set subtotal = subtotal + 1, total = total + 1 where id = '{a}'");
    outlet
        .shell()
        .execute_batch(&format!(
            "begin; update order_lines set order_id = '{b}', position = 2
               where order_id = '{a}' and id = (select max(id) from order_lines where order_id = '{a}');
             {charges}; update orders set {sums} where id in ('{a}', '{b}'); {wrong}; commit"
        ))
        .unwrap();
    failed(&outlet, 2).await;
    let code = |id: &str| text(&outlet, &format!("select error_code from sync_state where entity_id = '{id}'"));
    assert_eq!((code(a).as_str(), code(b).as_str()), ("totals_do_not_add_up", "unit_rejected"));
    run(&outlet, "update orders set subtotal = subtotal - 1, total = total - 1 where id = ?1", a);
    eventually("both are there", || async {
        let status = outlet.status().await;
        status["pending_count"] == 0 && status["failed_count"] == 0
    })
    .await;
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!(verified["differences"], json!([]));

    // Discarded, an item holds up nothing that was changed together with it.
    let mend = text(&outlet, &format!("select max(id) from order_lines where order_id = '{b}'"));
    outlet
        .shell()
        .execute_batch(&format!(
            "begin; update order_lines set order_id = '{a}', position = 3 where order_id = '{b}' and id = '{mend}';
             update orders set {sums} where id in ('{a}', '{b}'); {wrong}; commit"
        ))
        .unwrap();
    failed(&outlet, 2).await;
    let at = text(&outlet, &format!("select seq from sync_state where entity_id = '{a}'")).parse().unwrap();
    discard(&outlet, at, "Biar saja").await.data();
    let other = text(&outlet, &format!("select seq from sync_state where entity_id = '{b}'")).parse().unwrap();
    retry(&outlet, other).await;
    eventually("it is there", || async { outlet.status().await["pending_count"] == 0 }).await;
    assert_eq!(held(&outlet, "").await.len(), 1);
    assert_eq!(hub.orders().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_discards_as_the_api_does() {
    let (_hub, _proxy, mut outlet) = behind_proxy().await;
    let (id, at) = refused_sale(&mut outlet).await;
    let sight = LocalAdmin::open(&outlet.path(), SyncEnv::default()).unwrap();
    let refused = |done: Result<(), LocalAdminError>| done.unwrap_err().to_string();
    assert_eq!(sight.quarantine().unwrap().len(), 1);
    assert!(refused(sight.discard(at, " ").map(drop)).contains("must not be empty"));
    assert!(refused(sight.discard(987_654, "x").map(drop)).contains("no item"));
    assert_eq!(sight.discard(at, "Salah ketik").unwrap().entity_id, id);
    assert!(refused(sight.discard(at, "x").map(drop)).contains("discarded before"));
    let by = text(&outlet, "select group_concat(discarded_by) from sync_discards");
    assert_eq!(by, "terminal");
}

/// Makes a batch of everything that waits; says how many items it has.
async fn make(outlet: &TestOutlet, batch_id: &'static str) -> usize {
    let made = outlet.app().db.write(move |tx| {
        let chain = chain(tx)?;
        let (epoch, after) = (chain.epoch, chain.position);
        let plan = Plan { epoch, after, limit: 1_000, only: None, batch_id: batch_id.to_owned() };
        let composed = compose(tx, &plan)?.unwrap();
        Ok::<_, QueueError>(store(tx, &composed, time::now())?.unwrap().item_count)
    });
    made.await.unwrap()
}

/// The hub stands at this batch, with this reply.
async fn stands(outlet: &TestOutlet, batch_no: i64, batch_id: &'static str, results: Vec<ItemReply>) {
    let stood = outlet.app().db.write(move |tx| {
        let position = Position { batch_no, batch_id: Some(batch_id.to_owned()) };
        adopt_hub_position(tx, &ChainRow { epoch: chain(tx)?.epoch, position, results }, time::now())
    });
    stood.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_rejection_does_not_undo_a_decision() {
    let mut outlet = TestOutlet::alone().await;
    make(&outlet, "b0").await;
    stands(&outlet, 1, "b0", vec![]).await;
    outlet.sell().await;
    assert_eq!(make(&outlet, "b1").await, 1);
    let refusal = ItemReply {
        item: 0,
        outcome: Outcome::Rejected,
        code: Some("totals_do_not_add_up".to_owned()),
        message: Some("The order does not add up.".to_owned()),
        token: None,
        refused_by_version: None,
    };
    stands(&outlet, 2, "b1", vec![refusal.clone()]).await;
    let at = held(&outlet, "state=failed").await[0]["id"].as_i64().unwrap();
    discard(&outlet, at, "Salah ketik").await.data();
    outlet.sell().await;
    assert_eq!(make(&outlet, "b2").await, 1, "it is in no batch any more");
    stands(&outlet, 3, "b2", vec![]).await;
    // The hub was restored to where it stood before.
    stands(&outlet, 2, "b1", vec![refusal]).await;
    assert_eq!(held(&outlet, "").await.len(), 1);
    assert_eq!(held(&outlet, "state=discarded").await[0]["id"], at);
}
