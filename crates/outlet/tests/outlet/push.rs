//! Pushing through failing networks, with a real hub behind a proxy.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{Fault, TestHub, TestOutlet, behind_proxy, eventually};

/// Asserts that head office has exactly these orders with these totals.
async fn assert_same(hub: &TestHub, sold: &[Value]) {
    let found: BTreeMap<String, i64> = hub.orders().await.iter().map(key).collect();
    let wanted: BTreeMap<String, i64> = sold.iter().map(key).collect();
    assert_eq!(found, wanted);
    let orders = hub.orders().await;
    let dates: Vec<_> = orders.iter().map(|order| order["business_date"].as_str().unwrap()).collect();
    let (Some(from), Some(to)) = (dates.iter().min(), dates.iter().max()) else { return };
    let daily = hub.boss().await.all(&format!("/v1/hq/sales/daily?from={from}&to={to}")).await;
    let total: i64 = daily.iter().map(|day| day["total"].as_i64().unwrap()).sum();
    assert_eq!(total, wanted.values().sum::<i64>(), "the daily figures do not sum to the sales");
}

fn key(order: &Value) -> (String, i64) {
    (order["id"].as_str().unwrap().to_owned(), order["total"].as_i64().unwrap())
}

/// Switches sync on or off, as the admin does.
async fn switch(outlet: &TestOutlet, enabled: bool) {
    outlet.admin().call("PUT", "/api/v1/config/outlet", &json!({"sync_enabled": enabled})).await.data();
}

async fn trigger(outlet: &TestOutlet) {
    outlet.admin().post("/api/v1/sync/trigger", &json!({})).await.data();
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_arrive_exactly_once_with_equal_totals() {
    let (hub, _proxy, mut outlet) = behind_proxy().await;
    let sold = outlet.sell_many(25).await;
    outlet.synced().await;
    assert_same(&hub, &sold).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn being_offline_fails_nothing_and_everything_arrives_later() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    for fault in [Fault::Unplugged, Fault::Portal, Fault::Busy(503, 1), Fault::Busy(429, 1), Fault::Status(502)] {
        proxy.set(fault.clone());
        outlet.sell_many(3).await;
        trigger(&outlet).await;
        eventually("the problem is shown", || async { outlet.status().await["problem"].is_string() }).await;
        let status = outlet.status().await;
        assert_eq!(status["failed_count"], 0, "{fault:?}");
        assert_eq!(status["pending_count"], 3, "{fault:?}");
        proxy.set(Fault::None);
        trigger(&outlet).await;
        outlet.synced().await;
    }
    assert_eq!(hub.orders().await.len(), 15);
    assert_eq!(outlet.status().await["problem"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_replayed_and_duplicates_nothing() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    proxy.set(Fault::LoseAnswers);
    switch(&outlet, false).await;
    let mut sold = outlet.sell_many(5).await;
    switch(&outlet, true).await;
    eventually("the hub has them", || async { hub.orders().await.len() == 5 }).await;
    assert!(outlet.status().await["pending_count"].as_i64().unwrap() > 0, "nothing was acknowledged");
    sold.extend(outlet.sell_many(2).await);
    proxy.set(Fault::None);
    trigger(&outlet).await;
    outlet.synced().await;
    assert_same(&hub, &sold).await;
    assert_eq!(outlet.status().await["failed_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resend_is_the_same_bytes() {
    let (_hub, proxy, mut outlet) = behind_proxy().await;
    proxy.set(Fault::Busy(503, 0));
    let before = proxy.batches().len();
    outlet.sell().await;
    eventually("sent at least twice", || async {
        trigger(&outlet).await;
        proxy.batches().len() >= before + 2
    })
    .await;
    let sent = proxy.batches();
    assert_eq!(sent[before], sent[before + 1]);
    proxy.set(Fault::None);
    trigger(&outlet).await;
    outlet.synced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_breaks_its_batch_fails_alone() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    proxy.set(Fault::Unplugged);
    let mut sold = outlet.sell_many(20).await;
    let poisoned = sold.remove(11);
    let id = poisoned["id"].as_str().unwrap().to_owned();
    proxy.set(Fault::Poison(vec![id.clone()]));
    trigger(&outlet).await;
    eventually("the poisoned item has failed", || async { outlet.status().await["failed_count"] == 1 }).await;
    outlet.synced().await;
    assert_same(&hub, &sold).await;
    let failed = outlet.admin().get("/api/v1/sync/failed").await;
    assert_eq!(failed.body["count"], 1);
    let item = &failed.body["data"][0];
    assert_eq!((item["entity_type"].as_str(), item["entity_id"].as_str()), (Some("order"), Some(id.as_str())));
    assert_eq!(item["retry_count"], 3);
    assert!(item["error_message"].as_str().unwrap().contains("500"), "{item}");

    proxy.set(Fault::None);
    let retry = format!("/api/v1/sync/retry/{}", item["id"]);
    let answer = outlet.admin().post(&retry, &json!({})).await;
    assert_eq!(answer.body["message"], "Sync retry triggered");
    outlet.synced().await;
    sold.push(poisoned);
    assert_same(&hub, &sold).await;
    assert_eq!(outlet.admin().post(&retry, &json!({})).await.refusal(), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_ingest_with_working_pings_fails_no_sale() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    proxy.set(Fault::Status(500));
    let sold = outlet.sell_many(6).await;
    // Until then, the failure that isolates an item may be the last one, which counts. Triggered, because waits grow.
    eventually("all is isolated, and a batch without any of it has failed too", || async {
        trigger(&outlet).await;
        let sql =
            "select not exists (select 1 from sync_state where status = 'pending' and not (isolated and hub_suspected))";
        outlet.shell().query_row(sql, [], |row| row.get(0)).unwrap()
    })
    .await;
    assert_eq!(outlet.status().await["failed_count"], 0);
    proxy.set(Fault::None);
    trigger(&outlet).await;
    outlet.synced().await;
    assert_same(&hub, &sold).await;
    let counted: i64 = outlet
        .shell()
        .query_row("select count(*) from sync_state where retry_count > 0", [], |row| row.get(0))
        .unwrap();
    assert_eq!(counted, 0, "a failure was counted although the hub was broken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_during_its_batch_is_sent_once_more() {
    let (hub, proxy, outlet) = behind_proxy().await;
    let product = outlet.menu().products[0].0.clone();
    proxy.set(Fault::LoseAnswers);
    let order = outlet.admin().post("/api/v1/orders", &json!({"lines": [{"product_id": product, "qty": 2}]})).await;
    let order = order.data().clone();
    eventually("the open order is at the hub", || async { hub.orders().await.len() == 1 }).await;
    let pay = format!("/api/v1/orders/{}/payments", order["id"].as_str().unwrap());
    let paid = outlet.admin().post(&pay, &json!({"method": "qris", "amount": order["total"]})).await.data().clone();
    proxy.set(Fault::None);
    trigger(&outlet).await;
    outlet.synced().await;
    assert_same(&hub, std::slice::from_ref(&paid)).await;
    assert_eq!(hub.orders().await[0]["status"], "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_batch_that_arrives_late_replaces_its_halves() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    proxy.set(Fault::LoseAnswers);
    // Answers are lost while pings succeed: the batch is abandoned although the hub has it.
    let sold = outlet.sell_many(8).await;
    eventually("a batch was abandoned", || async {
        trigger(&outlet).await;
        let abandoned: i64 = outlet
            .shell()
            .query_row("select count(*) from sync_batches where state = 'abandoned'", [], |row| row.get(0))
            .unwrap();
        abandoned > 0
    })
    .await;
    proxy.set(Fault::None);
    trigger(&outlet).await;
    outlet.synced().await;
    assert_same(&hub, &sold).await;
    assert_eq!(outlet.status().await["failed_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_restored_to_nothing_gets_every_sale_again() {
    let (hub, _proxy, mut outlet) = behind_proxy().await;
    let mut sold = outlet.sell_many(10).await;
    outlet.synced().await;
    let shell = rusqlite::Connection::open(hub.path()).unwrap();
    shell.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    shell
        .execute_batch(
            "begin immediate;
             update chains set batch_no = 0, batch_id = null, results = '[]', complete_through = 0;
             delete from documents; delete from sales; delete from sale_lines; delete from sale_tenders;
             delete from sale_taxes; delete from daily_sales; delete from daily_tenders;
             delete from daily_products; delete from daily_taxes;
             delete from shared_entities; delete from stream_entries; delete from streams; commit;",
        )
        .unwrap();
    assert_eq!(hub.orders().await.len(), 0);
    sold.extend(outlet.sell_many(1).await);
    outlet.synced().await;
    assert_same(&hub, &sold).await;
    let status = outlet.status().await;
    assert_eq!(status["failed_count"], 0, "{}", outlet.admin().get("/api/v1/sync/failed").await.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_database_is_a_fork_and_only_stops_pushing() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    let copy = testkit::Scratch::new();
    let copied = copy.path().join("pos.db");
    outlet.shell().execute("vacuum into ?1", [copied.to_str().unwrap()]).unwrap();
    outlet.sell_many(2).await;
    outlet.synced().await;
    // The copy replaces the original, as when somebody puts a backup back by hand.
    let mut outlet = outlet.replace_database(&copied).await;
    outlet.sell().await;
    eventually("the fork is detected", || async {
        outlet.status().await["problem"].as_str().is_some_and(|p| p.contains("enroll"))
    })
    .await;
    outlet.sell().await;
    assert_eq!(hub.orders().await.len(), 2, "the hub accepted nothing of the copy");
    assert_eq!(outlet.admin().post("/api/v1/sync/trigger", &json!({})).await.refusal(), (409, "sync_stopped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_moved_between_orders_exists_exactly_once() {
    let (hub, proxy, outlet) = behind_proxy().await;
    let product = outlet.menu().products[0].0.clone();
    let line = json!({"product_id": product, "qty": 1});
    let a = outlet.admin().post("/api/v1/orders", &json!({"lines": [line, line]})).await.data().clone();
    let b = outlet.admin().post("/api/v1/orders", &json!({"lines": [line]})).await.data().clone();
    outlet.synced().await;
    proxy.set(Fault::LoseAnswers);
    let shell = outlet.shell();
    // A's batch is in flight when its line moves to B.
    shell.execute("update orders set customer_name = 'Budi' where id = ?1", [a["id"].as_str()]).unwrap();
    eventually("A is at the hub", || async { hub.orders().await.iter().any(|o| o["customer_name"] == "Budi") }).await;
    let moved = a["lines"][1]["id"].as_str().unwrap();
    shell
        .execute_batch(&format!(
            "begin; update order_lines set order_id = '{b}', position = 2 where order_id = '{a}' and id = '{moved}';
             update orders set subtotal = subtotal - 22000, service = service - 1100, tax = tax - 2310, total = total - 25410 where id = '{a}';
             update orders set subtotal = subtotal + 22000, service = service + 1100, tax = tax + 2310, total = total + 25410 where id = '{b}';
             commit;",
            a = a["id"].as_str().unwrap(),
            b = b["id"].as_str().unwrap(),
        ))
        .unwrap();
    proxy.set(Fault::None);
    trigger(&outlet).await;
    outlet.synced().await;
    let boss = hub.boss().await;
    let mut lines = Vec::new();
    for order in [&a, &b] {
        let found = boss.get(&format!("/v1/hq/orders/{}", order["id"].as_str().unwrap())).await.data().clone();
        lines.push(
            found["lines"].as_array().unwrap().iter().map(|l| l["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
        );
    }
    assert_eq!(lines[0].len(), 1);
    assert_eq!(lines[1].len(), 2);
    assert!(lines[1].contains(&moved.to_owned()));
    let is_unit = proxy.batches().iter().any(|batch| {
        let json: Value = serde_json::from_slice(&zstd::decode_all(&batch[..]).unwrap()).unwrap();
        json["items"].as_array().unwrap().iter().filter(|item| item["unit"].is_u64()).count() == 2
    });
    assert!(is_unit, "the two orders were not sent as one unit");
    assert_eq!(outlet.status().await["failed_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_undone_during_a_lost_answer_ends_undone() {
    let (hub, proxy, outlet) = behind_proxy().await;
    let (id, price) = outlet.menu().products[0].clone();
    proxy.set(Fault::LoseAnswers);
    let path = format!("/api/v1/products/{id}");
    outlet.admin().call("PATCH", &path, &json!({"price": price + 1_000})).await.data();
    let at_hub = || {
        let shell = rusqlite::Connection::open(hub.path()).unwrap();
        let sql = "select document from shared_entities where entity_id = ?1";
        let document: String = shell.query_row(sql, [&id], |row| row.get(0)).unwrap();
        serde_json::from_str::<Value>(&document).unwrap()["price"].as_i64().unwrap()
    };
    eventually("the edit is at the hub", || async { at_hub() == price + 1_000 }).await;
    outlet.admin().call("PATCH", &path, &json!({"price": price})).await.data();
    proxy.set(Fault::None);
    trigger(&outlet).await;
    outlet.synced().await;
    assert_eq!(at_hub(), price);
    assert_eq!(outlet.status().await["failed_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_pauses_sync_and_a_right_one_resumes_it() {
    let hub = TestHub::start().await;
    let mut added = hub.add_outlet("JKT-001").await;
    let right = std::mem::replace(&mut added.api_key, "wrong".to_owned());
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    let sold = outlet.sell_many(2).await;
    eventually("the refusal is shown", || async { outlet.status().await["problem"].is_string() }).await;
    assert_eq!(outlet.status().await["failed_count"], 0);
    let test = outlet.admin().post("/api/v1/config/outlet/test", &json!({})).await;
    assert_eq!(test.refusal(), (502, "hub_unreachable"));
    assert!(test.body["message"].as_str().unwrap().contains("key"), "{}", test.text);
    outlet.shell().execute("update outlet_config set cloud_api_key = ?1 where id = 1", [right]).unwrap();
    outlet.synced().await;
    outlet.admin().post("/api/v1/config/outlet/test", &json!({})).await.data();
    assert_same(&hub, &sold).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_sync_off_ends_a_drain_between_two_batches() {
    // Switching writes to the database, so the drain yields to a selling shop and sends a hundred items at a time.
    let (_hub, _proxy, outlet) = behind_proxy().await;
    switch(&outlet, false).await;
    outlet
        .shell()
        .execute_batch(
            "begin; with recursive n(i) as (select 1 union all select i + 1 from n where i < 1500)
         insert into customers (id, name) select 'c' || i, 'Guest ' || i from n; commit;",
        )
        .unwrap();
    let pending = async || outlet.status().await["pending_count"].as_i64().unwrap();
    switch(&outlet, true).await;
    eventually("the drain is running", async || pending().await < 1_500).await;
    switch(&outlet, false).await;
    let in_flight = "select exists (select 1 from sync_batches where state = 'in_flight')";
    eventually("nothing is in flight", async || {
        outlet.shell().query_row(in_flight, [], |row| row.get::<_, bool>(0)).is_ok_and(|in_flight| !in_flight)
    })
    .await;
    let remaining = pending().await;
    assert!(remaining > 0, "the drain did not stop");
    switch(&outlet, true).await;
    outlet.synced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_continues_until_the_queue_is_empty() {
    let (hub, proxy, mut outlet) = behind_proxy().await;
    proxy.set(Fault::Unplugged);
    outlet.sell().await;
    trigger(&outlet).await;
    eventually("the problem is shown", || async { outlet.status().await["problem"].is_string() }).await;
    outlet
        .shell()
        .execute_batch(
            "begin; with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
         insert into customers (id, name) select 'c' || i, 'Guest ' || i from n; commit;",
        )
        .unwrap();
    proxy.set(Fault::None);
    trigger(&outlet).await;
    outlet.synced().await;
    // A round is logged at its end; this one is larger than any batch.
    eventually("one round that sent more than one batch", || async {
        let logs = outlet.admin().get("/api/v1/sync/logs?limit=10").await;
        let counts = logs.data().as_array().unwrap().iter().map(|log| log["entity_count"].as_i64().unwrap()).max();
        counts > Some(2_000)
    })
    .await;
    assert_eq!(hub.orders().await.len(), 1);
}
