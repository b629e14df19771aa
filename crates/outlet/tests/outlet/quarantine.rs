//! Quarantined items: discarding them, undoing that, and retries when the cause is gone; with a real hub.

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

async fn switch(outlet: &TestOutlet, enabled: bool) {
    outlet.admin().call("PUT", "/api/v1/config/outlet", &json!({"sync_enabled": enabled})).await.data();
}

async fn trigger(outlet: &TestOutlet) {
    outlet.admin().post("/api/v1/sync/trigger", &json!({})).await.data();
}

/// The lines no longer sum to the subtotal, as after a mistake in the sqlite3 shell: head office rejects the order.
const BREAK_TOTALS: &str = "update orders set subtotal = subtotal + 1, discount = discount + 1 where id = ?1";
const FIX_TOTALS: &str = "update orders set subtotal = subtotal - 1, discount = discount - 1 where id = ?1";

/// Runs a statement about one entity, as another program would.
fn run(outlet: &TestOutlet, sql: &str, id: &str) {
    outlet.shell().execute(sql, [id]).unwrap();
}

fn text(outlet: &TestOutlet, sql: &str) -> String {
    outlet.shell().query_row(&format!("select cast(({sql}) as text)"), [], |row| row.get(0)).unwrap()
}

async fn failed(outlet: &TestOutlet, count: i64) {
    eventually("it has failed", || async { outlet.status().await["failed_count"] == count }).await;
}

/// A paid order that head office has rejected: its id and its seq.
async fn refused_sale(outlet: &mut TestOutlet) -> (String, i64) {
    switch(outlet, false).await;
    let order = outlet.sell().await;
    let id = order["id"].as_str().unwrap().to_owned();
    run(outlet, BREAK_TOTALS, &id);
    switch(outlet, true).await;
    failed(outlet, 1).await;
    let seq = quarantined(outlet, "state=failed").await[0]["id"].as_i64().unwrap();
    (id, seq)
}

async fn quarantined(outlet: &TestOutlet, query: &str) -> Vec<Value> {
    let list = outlet.admin().get(&format!("/api/v1/sync/quarantine?{query}")).await;
    list.data().as_array().unwrap().clone()
}

async fn discard(outlet: &TestOutlet, seq: i64, reason: &str) -> testkit::Answer {
    outlet.admin().post(&format!("/api/v1/sync/discard/{seq}"), &json!({"reason": reason})).await
}

async fn retry(outlet: &TestOutlet, seq: i64) {
    let answer = outlet.admin().post(&format!("/api/v1/sync/retry/{seq}"), &json!({})).await;
    assert_eq!(answer.body["success"], true, "{}", answer.text);
}

/// Head office's report of the outlet's quarantine.
async fn reported(hub: &TestHub) -> Value {
    hub.boss().await.get("/v1/hq/quarantine/outlets").await.data()[0].clone()
}

/// Waits until head office receives the report, although nothing else is sent.
async fn await_report(hub: &TestHub, state: &str) {
    eventually("head office got the report", || async { reported(hub).await["quarantined"][0]["state"] == state })
        .await;
}

/// An admin's answer in Indonesian.
async fn in_indonesian(admin: &testkit::Http, path: &str) -> Value {
    testkit::Http::send(admin.request("GET", path).header("accept-language", "id")).await.data().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_reason_is_shown_in_the_readers_language_on_both_sides() {
    let (mut hub, _proxy, mut outlet) = behind_proxy().await;
    refused_sale(&mut outlet).await;
    let expected = "Hitungan pesanan tidak cocok: subtotal tertulis";
    let is_translated = |message: &Value| message.as_str().is_some_and(|words| words.starts_with(expected));
    for (path, field) in [("sync/failed", "error_message"), ("sync/quarantine", "message")] {
        let list = in_indonesian(outlet.admin(), &format!("/api/v1/{path}")).await;
        assert!(is_translated(&list[0][field]), "{list}");
    }
    let dead_letters = in_indonesian(&hub.boss().await, "/v1/hq/quarantine").await;
    assert!(is_translated(&dead_letters[0]["message"]), "{dead_letters}");
    assert_eq!(dead_letters[0]["args"]["field"], "subtotal");
    await_report(&hub, "failed").await;
    let report = in_indonesian(&hub.boss().await, "/v1/hq/quarantine/outlets").await;
    assert!(is_translated(&report[0]["quarantined"][0]["message"]), "{report}");
    // The shell reads English.
    assert!(
        text(&outlet, "select error_message from sync_queue where status = 'failed'").starts_with("The order does")
    );

    hub.pause().await;
    outlet.sell().await;
    eventually("the link fails", || async { !outlet.status().await["link_error"].is_null() }).await;
    let status = in_indonesian(outlet.admin(), "/api/v1/sync/status").await;
    assert!(status["problem"].as_str().unwrap().contains("server kantor pusat"), "{status}");
    eventually("the round is logged", || async {
        let logs = in_indonesian(outlet.admin(), "/api/v1/sync/logs").await;
        let mut errors = logs.as_array().unwrap().iter().filter_map(|log| log["error_message"].as_str());
        errors.any(|words| words.contains("server kantor pusat"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_sale_stays_listed_and_the_day_differs() {
    let (hub, _proxy, mut outlet) = behind_proxy().await;
    let (id, seq) = refused_sale(&mut outlet).await;
    let order = outlet.admin().get(&format!("/api/v1/orders/{id}")).await.data().clone();
    let item = quarantined(&outlet, "").await[0].clone();
    assert_eq!((&item["state"], &item["code"]), (&json!("failed"), &json!("totals_do_not_add_up")));
    assert!(
        item["message"].as_str().unwrap().ends_with('.') && item["refused_by_version"] == env!("CARGO_PKG_VERSION")
    );

    assert_eq!(discard(&outlet, seq, "Salah ketik").await.data()["outcome"], "not_sent");
    assert_eq!(outlet.status().await["failed_count"], 0);
    assert_eq!(outlet.admin().get("/api/v1/sync/failed").await.body["count"], 0);
    assert_eq!(discard(&outlet, seq, "Sekali lagi").await.refusal(), (409, "already_discarded"));
    outlet = outlet.restart().await;
    await_report(&hub, "discarded").await;
    outlet.synced().await;
    let item = quarantined(&outlet, "state=discarded").await[0].clone();
    let user_id = text(&outlet, "select id from users where username = 'admin'");
    assert_eq!((&item["entity_id"], &item["id"]), (&json!(id), &json!(seq)));
    assert_eq!((&item["discard_reason"], &item["discarded_by"]), (&json!("Salah ketik"), &json!(user_id)));
    assert_eq!(outlet.admin().get(&format!("/api/v1/orders/{id}")).await.data(), &order, "the order is unchanged");
    let record = outlet.admin().get("/api/v1/sync/discards").await.data().clone();
    assert_eq!(record.as_array().unwrap().len(), 1);
    assert_eq!((&record[0]["code"], &record[0]["content"]), (&json!("totals_do_not_add_up"), &Value::Null));
    // Head office knows of it, and both comparisons show that it is missing there.
    let item = reported(&hub).await["quarantined"][0].clone();
    assert_eq!((&item["entity_id"], &item["state"], &item["seq"]), (&json!(id), &json!("discarded"), &json!(seq)));
    let day = order["business_date"].as_str().unwrap();
    let statement = outlet.admin().get(&format!("/api/v1/sync/statement?date={day}")).await.data().clone();
    assert_eq!((&statement["settled"], &statement["matches"]), (&json!(true), &json!(false)), "{statement}");
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({"repair": true})).await.data().clone();
    let difference = json!([{"entity_type": "order", "entity_id": id, "kind": "missing_at_hub"}]);
    assert_eq!(verified["differences"], difference);
    let batches = || text(&outlet, "select count(*) from sync_batches");
    let before = batches();
    trigger(&outlet).await;
    trigger(&outlet).await;
    assert_eq!(batches(), before, "nothing is reported twice");
    assert_eq!(quarantined(&outlet, "state=discarded").await.len(), 1, "a comparison does not undo a decision");

    // Retried, it fails again; corrected, it is sent without a retry.
    retry(&outlet, seq).await;
    failed(&outlet, 1).await;
    let second_seq = quarantined(&outlet, "").await[0]["id"].as_i64().unwrap();
    discard(&outlet, second_seq, "Nanti saja").await.data();
    run(&outlet, FIX_TOTALS, &id);
    outlet.synced().await;
    assert_eq!(quarantined(&outlet, "").await, [] as [Value; 0]);
    assert_eq!(hub.orders().await.len(), 1);
    let statement = outlet.admin().get(&format!("/api/v1/sync/statement?date={day}")).await.data().clone();
    assert_eq!(statement["matches"], true);
    assert_eq!(outlet.admin().get("/api/v1/sync/discards").await.data().as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_admin_discards_and_only_failed_items() {
    let (_hub, proxy, mut outlet) = behind_proxy().await;
    let (_, seq) = refused_sale(&mut outlet).await;
    let manager = outlet.member("manager").await;
    outlet.synced().await;
    let path = format!("/api/v1/sync/discard/{seq}");
    let reason = json!({"reason": "x"});
    assert_eq!(manager.post(&path, &reason).await.refusal(), (403, "forbidden"));
    let unapplied_path = "/api/v1/sync/unapplied/product/x/discard";
    assert_eq!(manager.post(unapplied_path, &reason).await.refusal(), (403, "forbidden"));
    for list in ["quarantine", "discards"] {
        assert_eq!(manager.get(&format!("/api/v1/sync/{list}")).await.refusal(), (403, "forbidden"));
    }
    let admin = outlet.admin().clone();
    assert_eq!(admin.post(unapplied_path, &reason).await.refusal(), (404, "not_found"));
    assert_eq!(admin.post("/api/v1/sync/discard/987654", &reason).await.refusal(), (404, "not_found"));
    assert_eq!(admin.post(&path, &json!({})).await.refusal(), (422, "invalid_body"));
    assert_eq!(discard(&outlet, seq, "  ").await.refusal(), (422, "invalid_text"));
    assert_eq!(discard(&outlet, seq, &"x".repeat(201)).await.refusal(), (422, "invalid_text"));
    assert_eq!(admin.get("/api/v1/sync/quarantine?state=lost").await.refusal(), (422, "invalid_query"));
    let sent = text(&outlet, "select max(seq) from sync_state where status = 'success'").parse().unwrap();
    assert_eq!(discard(&outlet, sent, "x").await.refusal(), (409, "not_failed"));
    // In flight until the end of the test: the outcome is unknown.
    proxy.set(Fault::HoldAnswers);
    outlet.sell().await;
    eventually("it is in flight", || async {
        text(&outlet, "select count(*) from sync_state where batch_no is not null and status = 'pending'") == "1"
    })
    .await;
    let in_flight =
        text(&outlet, "select seq from sync_state where batch_no is not null and status = 'pending'").parse().unwrap();
    assert_eq!(discard(&outlet, in_flight, "x").await.refusal(), (409, "not_failed"));
    assert_eq!(admin.get("/api/v1/sync/discards").await.data(), &json!([]), "a refusal leaves no record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_edit_of_a_shared_entity_is_reverted() {
    let (hub, proxy, outlet) = behind_proxy().await;
    let (id, price) = outlet.menu().products[0].clone();
    let path = format!("/api/v1/products/{id}");
    proxy.set(Fault::Poison(vec![id.clone()]));
    outlet.admin().call("PATCH", &path, &json!({"price": price + 1_000})).await.data();
    eventually("it is isolated", || async { !quarantined(&outlet, "state=isolated").await.is_empty() }).await;
    assert!(quarantined(&outlet, "state=isolated").await[0]["message"].is_string());
    failed(&outlet, 1).await;
    let item = quarantined(&outlet, "").await[0].clone();
    assert_eq!((&item["code"], &item["retry_count"]), (&json!("keeps_failing"), &json!(3)));
    let version = || text(&outlet, &format!("select version from sync_state where entity_id = '{id}'"));
    let seen = version();
    let result = discard(&outlet, item["id"].as_i64().unwrap(), "Harga lama benar").await.data().clone();
    assert_eq!(result, json!({"entity_type": "product", "entity_id": id, "outcome": "reverted"}));
    assert_eq!(outlet.admin().get(&path).await.data()["price"], price);
    assert_ne!(version(), seen, "stale If-Match requests fail");
    let record = outlet.admin().get("/api/v1/sync/discards").await.data()[0].clone();
    assert_eq!(record["content"], json!({"price": [price, price + 1_000]}));
    eventually("nothing is pending", || async {
        let sql = "select count(*) from sync_state where version > acked_version or conflict_base is not null";
        text(&outlet, sql) == "0"
    })
    .await;
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!((&verified["differences"], outlet.status().await["failed_count"].as_i64()), (&json!([]), Some(0)));
    assert_eq!(quarantined(&outlet, "").await, [] as [Value; 0]);
    // Later edits are sent as usual.
    proxy.set(Fault::None);
    outlet.admin().call("PATCH", &path, &json!({"price": price + 2_000})).await.data();
    outlet.synced().await;
    let at_hub = hub.boss().await.get(&format!("/v1/hq/products/{id}")).await.data().clone();
    assert_eq!(at_hub["price"], price + 2_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_edit_yields_to_a_later_hub_change() {
    let (hub, proxy, outlet) = behind_proxy().await;
    let (id, price) = outlet.menu().products[0].clone();
    let path = format!("/api/v1/products/{id}");
    proxy.set(Fault::Poison(vec![id.clone()]));
    outlet.admin().call("PATCH", &path, &json!({"price": price + 1_000})).await.data();
    failed(&outlet, 1).await;
    let seq = quarantined(&outlet, "").await[0]["id"].as_i64().unwrap();
    switch(&outlet, false).await;
    discard(&outlet, seq, "Harga dari pusat").await.data();
    assert_eq!(
        outlet.admin().get(&path).await.data()["price"],
        price,
        "the base revision; nothing newer is known here"
    );
    let at_hub = format!("/v1/hq/products/{id}");
    hub.boss().await.call("PATCH", &at_hub, &json!({"price": price + 5_000})).await.data();
    proxy.set(Fault::None);
    switch(&outlet, true).await;
    eventually("head office's price is here", || async {
        outlet.admin().get(&path).await.data()["price"] == price + 5_000
    })
    .await;
    outlet.synced().await;
    assert_eq!(hub.boss().await.get(&at_hub).await.data()["price"], price + 5_000);
    let conflicts = outlet.admin().get("/api/v1/sync/conflicts?status=all").await.data().clone();
    assert_eq!(conflicts, json!([]), "a discarded edit causes no conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_new_entity_is_sent_after_its_next_change() {
    let (hub, proxy, outlet) = behind_proxy().await;
    switch(&outlet, false).await;
    let created =
        outlet.admin().post("/api/v1/customers", &json!({"name": "Budi", "phone": "0812"})).await.data().clone();
    let id = created["id"].as_str().unwrap();
    proxy.set(Fault::Poison(vec![id.to_owned()]));
    switch(&outlet, true).await;
    failed(&outlet, 1).await;
    let seq = quarantined(&outlet, "").await[0]["id"].as_i64().unwrap();
    assert_eq!(discard(&outlet, seq, "Uji coba").await.data()["outcome"], "not_sent");
    assert_eq!(outlet.admin().get(&format!("/api/v1/customers/{id}")).await.data()["name"], "Budi");
    let status = format!("select sync_status from entity_versions where entity_id = '{id}'");
    assert_eq!(text(&outlet, &status), "discarded");
    proxy.set(Fault::None);
    run(&outlet, "update customers set phone = '0813' where id = ?1", id);
    outlet.synced().await;
    assert_eq!(hub.boss().await.get(&format!("/v1/hq/customers/{id}")).await.data()["phone"], "0813");
    assert_eq!(quarantined(&outlet, "").await, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_about_a_quarantined_item_is_carried_out() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    proxy.set(Fault::Unplugged);
    let sold = outlet.sell_many(2).await;
    let id = sold[0]["id"].as_str().unwrap().to_owned();
    proxy.set(Fault::Poison(vec![id.clone()]));
    trigger(&outlet).await;
    failed(&outlet, 1).await;
    proxy.set(Fault::None);
    await_report(&hub, "failed").await;
    let boss = hub.boss().await;
    let item = reported(&hub).await["quarantined"][0].clone();
    assert_eq!((&item["entity_id"], &item["code"]), (&json!(id), &json!("keeps_failing")));
    assert!(item["message"].as_str().unwrap().contains("500"), "{item}");

    let of = format!("/v1/hq/quarantine/outlets/JKT-001/order/{id}");
    let decided = boss.post(&format!("{of}/discard"), &json!({"reason": "Pelatihan kasir"})).await.data().clone();
    assert_eq!(decided["decided"], "discard");
    eventually("it is discarded", || async { quarantined(&outlet, "state=discarded").await.len() == 1 }).await;
    let item = quarantined(&outlet, "").await[0].clone();
    assert_eq!((&item["discarded_by"], &item["discard_reason"]), (&json!("hq:boss"), &json!("Pelatihan kasir")));
    await_report(&hub, "discarded").await;
    let item = reported(&hub).await["quarantined"][0].clone();
    assert_eq!((&item["state"], &item["decided"]), (&json!("discarded"), &Value::Null));

    boss.post(&format!("{of}/retry"), &json!({})).await.data();
    eventually("it has arrived", || async { hub.orders().await.len() == 2 }).await;
    outlet.synced().await;
    assert_eq!(quarantined(&outlet, "").await, [] as [Value; 0]);
    // A comparison of everything, including the old decisions, does nothing twice.
    outlet.admin().post("/api/v1/sync/resync", &json!({"scope": "all"})).await;
    eventually("all is compared", || async { text(&outlet, "select count(*) from sync_reconcile") == "0" }).await;
    assert_eq!(text(&outlet, "select count(*) from sync_discards"), "1");
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!(verified["differences"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_item_is_retried_once_by_a_newer_hub() {
    let (hub, _proxy, mut outlet) = behind_proxy().await;
    let (id, seq) = refused_sale(&mut outlet).await;
    let shell = rusqlite::Connection::open(hub.path()).unwrap();
    let dead_letters = || -> i64 {
        let sql = "select count(*) from dead_letters where entity_id = ?1";
        shell.query_row(sql, [&id], |row| row.get(0)).unwrap()
    };
    for _ in 0..3 {
        outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    }
    assert_eq!(dead_letters(), 1, "the same hub does not get it again");
    run(&outlet, "update sync_state set refused_by_version = '0.0.9' where entity_id = ?1", &id);
    outlet = outlet.restart().await;
    eventually("the newer hub gets it", || async { dead_letters() == 2 }).await;
    failed(&outlet, 1).await;
    let item = quarantined(&outlet, "").await[0].clone();
    assert_eq!(item["refused_by_version"], env!("CARGO_PKG_VERSION"));
    assert_ne!(item["id"], seq);
    for _ in 0..3 {
        outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    }
    assert_eq!(dead_letters(), 2, "it is retried only once");
    // Rejected by a hub that does not report its version at first.
    run(&outlet, "update sync_state set refused_by_version = null where entity_id = ?1", &id);
    run(&outlet, "update sync_chain set hub_version = nullif(?1, ?1)", "");
    outlet = outlet.restart().await;
    eventually("the hub gets it", || async { dead_letters() == 3 }).await;
    // An upgrade does not undo a discard.
    failed(&outlet, 1).await;
    let seq = quarantined(&outlet, "").await[0]["id"].as_i64().unwrap();
    discard(&outlet, seq, "Sudah dicatat di buku").await.data();
    run(&outlet, "update sync_state set refused_by_version = '0.0.9' where entity_id = ?1", &id);
    outlet = outlet.restart().await;
    outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    assert_eq!((dead_letters(), quarantined(&outlet, "state=discarded").await.len()), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_resent_when_its_rejected_item_is_corrected() {
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
    // One line moves from A to B, and A's totals are wrong.
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
    eventually("both have arrived", || async {
        let status = outlet.status().await;
        status["pending_count"] == 0 && status["failed_count"] == 0
    })
    .await;
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!(verified["differences"], json!([]));

    // A discarded item does not block the rest of its unit.
    let line = text(&outlet, &format!("select max(id) from order_lines where order_id = '{b}'"));
    outlet
        .shell()
        .execute_batch(&format!(
            "begin; update order_lines set order_id = '{a}', position = 3 where order_id = '{b}' and id = '{line}';
             update orders set {sums} where id in ('{a}', '{b}'); {wrong}; commit"
        ))
        .unwrap();
    failed(&outlet, 2).await;
    let seq = text(&outlet, &format!("select seq from sync_state where entity_id = '{a}'")).parse().unwrap();
    discard(&outlet, seq, "Biar saja").await.data();
    let other = text(&outlet, &format!("select seq from sync_state where entity_id = '{b}'")).parse().unwrap();
    retry(&outlet, other).await;
    eventually("it has arrived", || async { outlet.status().await["pending_count"] == 0 }).await;
    assert_eq!(quarantined(&outlet, "").await.len(), 1);
    assert_eq!(hub.orders().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_discards_like_the_api() {
    let (_hub, _proxy, mut outlet) = behind_proxy().await;
    let (id, seq) = refused_sale(&mut outlet).await;
    let local_admin = LocalAdmin::open(&outlet.path(), SyncEnv::default()).unwrap();
    let refused = |result: Result<(), LocalAdminError>| result.unwrap_err().to_string();
    assert_eq!(local_admin.quarantine().unwrap().len(), 1);
    assert!(refused(local_admin.discard(seq, " ").map(drop)).contains("must not be empty"));
    assert!(refused(local_admin.discard(987_654, "x").map(drop)).contains("no item"));
    assert_eq!(local_admin.discard(seq, "Salah ketik").unwrap().entity_id, id);
    assert!(refused(local_admin.discard(seq, "x").map(drop)).contains("discarded before"));
    let by = text(&outlet, "select group_concat(discarded_by) from sync_discards");
    assert_eq!(by, "terminal");
}

/// Composes a batch of everything that is pending; returns its number of items.
async fn compose_batch(outlet: &TestOutlet, batch_id: &'static str) -> usize {
    let write = outlet.app().db.write(move |tx| {
        let chain = chain(tx)?;
        let (epoch, after) = (chain.epoch, chain.position);
        let plan = Plan { epoch, after, limit: 1_000, only: None, batch_id: batch_id.to_owned() };
        let composed = compose(tx, &plan)?.unwrap();
        Ok::<_, QueueError>(store(tx, &composed, time::now())?.unwrap().item_count)
    });
    write.await.unwrap()
}

/// The hub is at this batch, with this reply.
async fn set_hub_position(outlet: &TestOutlet, batch_no: i64, batch_id: &'static str, results: Vec<ItemReply>) {
    let adopted = outlet.app().db.write(move |tx| {
        let position = Position { batch_no, batch_id: Some(batch_id.to_owned()) };
        adopt_hub_position(tx, &ChainRow { epoch: chain(tx)?.epoch, position, results }, time::now())
    });
    adopted.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_rejection_does_not_undo_a_decision() {
    let mut outlet = TestOutlet::alone().await;
    compose_batch(&outlet, "b0").await;
    set_hub_position(&outlet, 1, "b0", vec![]).await;
    outlet.sell().await;
    assert_eq!(compose_batch(&outlet, "b1").await, 1);
    let refusal = ItemReply {
        args: serde_json::Map::new(),
        item: 0,
        outcome: Outcome::Rejected,
        code: Some("totals_do_not_add_up".to_owned()),
        message: Some("The order does not add up.".to_owned()),
        token: None,
        refused_by_version: None,
    };
    set_hub_position(&outlet, 2, "b1", vec![refusal.clone()]).await;
    let seq = quarantined(&outlet, "state=failed").await[0]["id"].as_i64().unwrap();
    discard(&outlet, seq, "Salah ketik").await.data();
    outlet.sell().await;
    assert_eq!(compose_batch(&outlet, "b2").await, 1, "the discarded item is in no batch");
    set_hub_position(&outlet, 3, "b2", vec![]).await;
    // The hub was restored to its earlier position.
    set_hub_position(&outlet, 2, "b1", vec![refusal]).await;
    assert_eq!(quarantined(&outlet, "").await.len(), 1);
    assert_eq!(quarantined(&outlet, "state=discarded").await[0]["id"], seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_is_retried_and_discarded_item_by_item() {
    let (hub, _proxy, mut outlet) = behind_proxy().await;
    let (_, first) = refused_sale(&mut outlet).await;
    let mut seqs = vec![first];
    for count in 2..=30 {
        switch(&outlet, false).await;
        let order = outlet.sell().await;
        run(&outlet, BREAK_TOTALS, order["id"].as_str().unwrap());
        switch(&outlet, true).await;
        if count % 10 == 0 {
            failed(&outlet, count).await;
        }
    }
    seqs.extend(
        quarantined(&outlet, "state=failed")
            .await
            .iter()
            .map(|item| item["id"].as_i64().unwrap())
            .filter(|seq| *seq != first),
    );
    assert_eq!(seqs.len(), 30);
    let post = |path: &'static str, body: Value| {
        let admin = outlet.admin().clone();
        async move { admin.post(&format!("/api/v1/sync/failed/{path}"), &body).await }
    };
    // Corrected in the shell without a new entry in the queue: a retry sends it.
    let discarded: Vec<_> = seqs[..28].iter().copied().chain([987_654]).collect();
    let results = post("discard", json!({"ids": discarded, "reason": "Salah masuk"})).await.data().clone();
    let results = results.as_array().unwrap();
    assert_eq!(results.iter().map(|result| result["id"].as_i64().unwrap()).collect::<Vec<_>>(), discarded);
    assert!(results[..28].iter().all(|result| result["ok"] == true && result["outcome"] == "not_sent"), "{results:?}");
    let (unknown, message) = (&results[28], results[28]["message"].as_str().unwrap());
    assert!(unknown["ok"] == false && unknown["error"] == "not_found" && message.len() > 20, "{unknown}");
    assert_eq!(outlet.status().await["failed_count"], 2);
    let again = post("discard", json!({"ids": [first], "reason": "Lagi"})).await.data().clone();
    assert_eq!((&again[0]["ok"], &again[0]["error"]), (&json!(false), &json!("already_discarded")));

    let results = post("retry", json!({"ids": [seqs[29], first, 987_654]})).await.data().clone();
    let oks: Vec<_> = results.as_array().unwrap().iter().map(|result| result["ok"].clone()).collect();
    assert_eq!(oks, [true, true, false]);
    // Head office rejects both again.
    failed(&outlet, 3).await;
    for body in [json!({"ids": []}), json!({"ids": vec![1; 501]}), json!({})] {
        assert_eq!(post("retry", body).await.refusal(), (422, "invalid_body"));
    }
    assert_eq!(post("discard", json!({"ids": [1], "reason": " "})).await.status, 422);
    switch(&outlet, false).await;
    assert_eq!(post("retry", json!({"ids": [1]})).await.refusal(), (409, "sync_disabled"));
    drop(hub);
}
