//! Head office and outlets, both ways, over real connections.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Fault, Http, Proxy, TestHub, TestOutlet, eventually};

/// Head office with two outlets that have its menu.
struct Chain {
    hub: TestHub,
    boss: Http,
    one: TestOutlet,
    two: TestOutlet,
    first: String,
    proxy: Proxy,
}

impl Chain {
    async fn new() -> Self {
        let hub = TestHub::start().await;
        let first = hub.add_outlet("JKT-001").await;
        let proxy = Proxy::before(&hub.url()).await;
        let one = TestOutlet::of(proxy.url(), &first).await;
        one.synced().await;
        let two = TestOutlet::next_of(&hub.url(), &hub.add_outlet("JKT-002").await).await;
        two.synced().await;
        let boss = hub.boss().await;
        Self { hub, boss, one, two, first: first.outlet_id, proxy }
    }

    fn product(&self) -> String {
        self.one.menu().products[0].0.clone()
    }

    /// The product at head office.
    async fn at_hub(&self, id: &str) -> Value {
        self.boss.get(&format!("/v1/hq/products/{id}")).await.data().clone()
    }

    async fn hq(&self, method: &str, path: &str, body: &Value) -> Value {
        self.boss.call(method, &format!("/v1/hq/{path}"), body).await.data().clone()
    }

    /// Rows in all streams of the hub.
    fn rows(&self) -> i64 {
        let db = rusqlite::Connection::open(self.hub.path()).unwrap();
        db.query_row("select count(*) from stream_entries", [], |row| row.get(0)).unwrap()
    }
}

async fn product(outlet: &TestOutlet, id: &str) -> Value {
    outlet.admin().get(&format!("/api/v1/products/{id}")).await.data().clone()
}

async fn price_is(outlet: &TestOutlet, id: &str, price: i64) {
    eventually("the price is there", || async { product(outlet, id).await["price"] == price }).await;
}

async fn patch(outlet: &TestOutlet, id: &str, body: &Value) {
    outlet.admin().call("PATCH", &format!("/api/v1/products/{id}"), body).await.data();
}

async fn open_conflicts(outlet: &TestOutlet) -> Vec<Value> {
    outlet.admin().all("/api/v1/sync/conflicts?limit=50").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_price_applies_at_all_outlets_within_a_second_without_echo() {
    let mut chain = Chain::new().await;
    let id = chain.product();
    let started = Instant::now();
    chain.hq("PATCH", &format!("products/{id}"), &json!({"price": 24_500})).await;
    let rows = chain.rows();
    price_is(&chain.one, &id, 24_500).await;
    price_is(&chain.two, &id, 24_500).await;
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    let order = json!({"lines": [{"product_id": id, "qty": 1}]});
    let sold = chain.two.admin().post("/api/v1/orders", &order).await;
    assert_eq!(sold.data()["lines"][0]["price"], 24_500);
    chain.one.sell().await;
    chain.one.synced().await;
    chain.two.synced().await;
    assert_eq!(chain.rows(), rows, "an echo");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_at_one_outlet_reaches_head_office_and_the_other_outlet() {
    let chain = Chain::new().await;
    let id = chain.product();
    patch(&chain.one, &id, &json!({"price": 23_000})).await;
    price_is(&chain.two, &id, 23_000).await;
    assert_eq!(chain.at_hub(&id).await["price"], 23_000);
    let rows = chain.rows();
    let read_to = |outlet: &TestOutlet| -> i64 {
        let sql = "select n from sync_cursors where stream = 'catalog'";
        outlet.shell().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    eventually("the origin has read on", || async { read_to(&chain.one) >= read_to(&chain.two) }).await;
    chain.one.looked().await;
    assert_eq!(chain.rows(), rows, "the origin gets no echo");
    let deleted = chain.one.admin().call("DELETE", &format!("/api/v1/products/{id}"), &json!({})).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);
    eventually("deleted at the other outlet", || async {
        chain.two.admin().get(&format!("/api/v1/products/{id}")).await.status == 404
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_conflict_shows_on_both_sides_and_is_reversible() {
    let chain = Chain::new().await;
    let id = chain.product();
    chain.proxy.set(Fault::Unplugged);
    patch(&chain.one, &id, &json!({"price": 23_000, "name": "Kopi Susu Aren"})).await;
    chain.hq("PATCH", &format!("products/{id}"), &json!({"price": 25_000})).await;
    chain.proxy.set(Fault::None);
    chain.one.admin().post("/api/v1/sync/trigger", &json!({})).await.data();
    price_is(&chain.one, &id, 25_000).await;
    chain.one.synced().await;
    eventually("the name is at head office", || async { chain.at_hub(&id).await["name"] == "Kopi Susu Aren" }).await;
    let merged = chain.one.admin().all("/api/v1/sync/conflicts?status=merged").await;
    assert_eq!(merged.len(), 1, "{merged:?}");
    let record = &merged[0];
    assert_eq!(
        (&record["field"], &record["local"], &record["cloud"], &record["rule"], &record["cloud_by"]),
        (&json!("price"), &json!(23_000), &json!(25_000), &json!("cloud_wins"), &json!("hq:boss"))
    );
    eventually("head office sees it", || async { chain.boss.all("/v1/hq/conflicts?status=merged").await.len() == 1 })
        .await;
    // Changed again at the outlet: an ordinary edit.
    let path = format!("/api/v1/sync/conflicts/{}/resolve", record["id"].as_str().unwrap());
    chain.one.admin().post(&path, &json!({"strategy": "local_wins"})).await.data();
    price_is(&chain.two, &id, 23_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manual_conflict_resolved_on_either_side_closes_both() {
    let chain = Chain::new().await;
    let customer = chain.hq("POST", "customers", &json!({"name": "Budi", "phone": "0811"})).await;
    let id = customer["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/customers/{id}");
    let phone = async |outlet: &TestOutlet| outlet.admin().get(&path).await.body["data"]["phone"].clone();
    eventually("Budi has arrived", || async { phone(&chain.one).await == "0811" }).await;
    for (round, (at_head_office, strategy, expected_phone)) in
        [(true, "local_wins", "0822"), (false, "cloud_wins", "0933")].into_iter().enumerate()
    {
        chain.proxy.set(Fault::Unplugged);
        let (ours, theirs) = if round == 0 { ("0822", "0833") } else { ("0922", "0933") };
        let current = chain.one.admin().get(&path).await.data().clone();
        let body = json!({"name": current["name"], "phone": ours});
        chain.one.admin().call("PUT", &path, &body).await.data();
        chain.hq("PATCH", &format!("customers/{id}"), &json!({"phone": theirs})).await;
        chain.proxy.set(Fault::None);
        chain.one.admin().post("/api/v1/sync/trigger", &json!({})).await.data();
        eventually("a record is open", || async { open_conflicts(&chain.one).await.len() == 1 }).await;
        assert_eq!(phone(&chain.one).await, theirs, "head office's value is in effect meanwhile");
        assert_eq!(chain.one.status().await["conflict_count"], 1);
        eventually("head office sees it", || async { chain.boss.all("/v1/hq/conflicts?limit=50").await.len() == 1 })
            .await;
        let record = open_conflicts(&chain.one).await.remove(0)["id"].as_str().unwrap().to_owned();
        let decision = json!({"strategy": strategy});
        if at_head_office {
            chain.hq("POST", &format!("conflicts/{record}/resolve"), &decision).await;
        } else {
            chain.one.admin().post(&format!("/api/v1/sync/conflicts/{record}/resolve"), &decision).await.data();
        }
        eventually("resolved at the outlet", || async { open_conflicts(&chain.one).await.is_empty() }).await;
        eventually("resolved at head office", || async {
            chain.boss.all("/v1/hq/conflicts?limit=50").await.is_empty()
        })
        .await;
        for outlet in [&chain.one, &chain.two] {
            eventually("the resolution is in effect", || async { phone(outlet).await == expected_phone }).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_for_one_outlet_apply_only_there() {
    let chain = Chain::new().await;
    let id = chain.product();
    let here = format!("outlets/{}", chain.first);
    chain.hq("PUT", &format!("{here}/products/{id}"), &json!({"price": 19_000})).await;
    price_is(&chain.one, &id, 19_000).await;
    assert_eq!(product(&chain.two, &id).await["price"], 22_000);
    chain.hq("POST", &format!("{here}/announcements"), &json!({"title": "Besok buka jam 9"})).await;
    eventually("the announcement is read", || async {
        chain.one.admin().get("/api/v1/announcements").await.data()[0]["title"] == "Besok buka jam 9"
    })
    .await;
    assert_eq!(chain.two.admin().get("/api/v1/announcements").await.data(), &json!([]));
    let user = json!({"username": "siti", "name": "Siti", "role": "cashier", "pin": "2580"});
    chain.hq("POST", &format!("{here}/users"), &user).await;
    let log_in = json!({"username": "siti", "password": "2580"});
    eventually("Siti can log in", || async {
        Http::new(chain.one.admin().base()).post("/api/v1/auth/login", &log_in).await.status == 200
    })
    .await;
    chain.hq("PATCH", &format!("{here}/settings"), &json!({"receipt_footer": "Terima kasih"})).await;
    eventually("the receipt footer has arrived", || async {
        chain.one.admin().get("/api/v1/config/shop").await.body["data"]["receipt_footer"] == "Terima kasih"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_shop_resends_todays_sales_to_a_restored_hub() {
    let mut chain = Chain::new().await;
    let backup = tempfile::NamedTempFile::new().unwrap();
    chain.hub.pause().await;
    std::fs::copy(chain.hub.path(), backup.path()).unwrap();
    chain.hub = chain.hub.resume().await;
    let sold = chain.one.sell_many(4).await;
    chain.one.synced().await;
    assert_eq!(chain.hub.orders().await.len(), 4);
    // No more sales; the hub comes back in its earlier state.
    chain.hub.pause().await;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = chain.hub.path().into_os_string();
        name.push(suffix);
        let _ = std::fs::remove_file(&name);
    }
    std::fs::copy(backup.path(), chain.hub.path()).unwrap();
    chain.hub = chain.hub.resume().await;
    let hub = &chain.hub;
    eventually("today's sales are back", || async { hub.orders().await.len() == sold.len() }).await;
    assert_eq!(chain.one.status().await["failed_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_restore_without_a_price_brings_the_tills_price_back() {
    let mut chain = Chain::new().await;
    let id = chain.product();
    let backup = tempfile::NamedTempFile::new().unwrap();
    chain.hub.pause().await;
    std::fs::copy(chain.hub.path(), backup.path()).unwrap();
    chain.hub = chain.hub.resume().await;
    patch(&chain.one, &id, &json!({"price": 26_000})).await;
    price_is(&chain.two, &id, 26_000).await;
    chain.one.synced().await;
    chain.hub.pause().await;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = chain.hub.path().into_os_string();
        name.push(suffix);
        let _ = std::fs::remove_file(&name);
    }
    std::fs::copy(backup.path(), chain.hub.path()).unwrap();
    chain.hub = chain.hub.resume().await;
    chain.boss = chain.hub.boss().await;
    eventually("the outlet's edit is at the hub again", || async { chain.at_hub(&id).await["price"] == 26_000 }).await;
    price_is(&chain.one, &id, 26_000).await;
    price_is(&chain.two, &id, 26_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_are_pulled_while_every_batch_fails() {
    let mut chain = Chain::new().await;
    let id = chain.product();
    chain.proxy.set(Fault::Status(500));
    chain.one.sell().await;
    eventually("the push fails", || async { chain.one.status().await["problem"].is_string() }).await;
    chain.hq("PATCH", &format!("products/{id}"), &json!({"price": 27_000})).await;
    price_is(&chain.one, &id, 27_000).await;
    assert_eq!(chain.one.status().await["pending_count"], 1);
    chain.proxy.set(Fault::None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_offline_outlet_misses_no_change() {
    let chain = Chain::new().await;
    chain.proxy.set(Fault::Unplugged);
    let ids: Vec<String> = chain.one.menu().products.iter().map(|(id, _)| id.clone()).collect();
    for round in 1..=20 {
        for id in &ids {
            chain.hq("PATCH", &format!("products/{id}"), &json!({"price": 10_000 + round * 100})).await;
        }
    }
    chain.hq("DELETE", &format!("products/{}", ids[3]), &json!({})).await;
    chain.proxy.set(Fault::None);
    chain.one.admin().post("/api/v1/sync/trigger", &json!({})).await.data();
    eventually("the deleted one is gone", || async {
        chain.one.admin().get(&format!("/api/v1/products/{}", ids[3])).await.status == 404
    })
    .await;
    for product in chain.one.admin().all("/api/v1/products?limit=500").await {
        assert_eq!(product["price"], 12_000, "{product}");
    }
    chain.one.synced().await;
    assert_eq!(chain.one.status().await["conflict_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_switched_off_and_on_resumes_without_a_restart() {
    let mut chain = Chain::new().await;
    let id = chain.product();
    let switch = async |outlet: &TestOutlet, on: bool| {
        outlet.admin().call("PUT", "/api/v1/config/outlet", &json!({"sync_enabled": on})).await.data();
    };
    let polls = || chain.boss.figure("gerai_permits_in_use{of=\"polls\"}");
    for price in [24_000, 25_000] {
        eventually("both listen", || async { polls().await == Some(2) }).await;
        switch(&chain.one, false).await;
        chain.one.looked().await;
        eventually("it no longer listens", || async { polls().await == Some(1) }).await;
        chain.one.sell().await;
        chain.hq("PATCH", &format!("products/{id}"), &json!({"price": price})).await;
        price_is(&chain.two, &id, price).await;
        chain.one.looked().await;
        assert_ne!(product(&chain.one, &id).await["price"], price, "off is off");
        assert_eq!(chain.one.status().await["pending_count"], 1);
        switch(&chain.one, true).await;
        price_is(&chain.one, &id, price).await;
        chain.one.synced().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_names_the_editor_under_concurrent_writes() {
    let chain = Chain::new().await;
    let products: Vec<String> = chain.one.menu().products.iter().take(6).map(|(id, _)| id.clone()).collect();
    let manager = chain.one.member("manager").await;
    chain.one.synced().await;
    let id_of = |name: &str| -> String {
        let sql = "select id from users where username = ?1";
        chain.one.shell().query_row(sql, [name], |row| row.get(0)).unwrap()
    };
    let (admin_id, manager_id) = (id_of("admin"), id_of("manager"));
    chain.proxy.set(Fault::Unplugged);
    // Two people at once, in one commit or several; then somebody in the sqlite3 shell.
    let writes = products.iter().take(4).enumerate().map(|(n, id)| {
        let till = if n % 2 == 0 { chain.one.admin().clone() } else { manager.clone() };
        let path = format!("/api/v1/products/{id}");
        tokio::spawn(async move { till.call("PATCH", &path, &json!({"price": 31_000})).await.data().clone() })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap();
    }
    let refused = manager.call("PATCH", &format!("/api/v1/products/{}", products[5]), &json!({"price": -1})).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    chain
        .one
        .shell()
        .execute("update products set price = 31000 where id in (?1, ?2)", [&products[4], &products[5]])
        .unwrap();
    let by = |id: &str| -> Option<String> {
        let sql = "select changed_by from sync_state where entity_type = 'product' and entity_id = ?1";
        chain.one.shell().query_row(sql, [id], |row| row.get(0)).unwrap()
    };
    let expected = [Some(&admin_id), Some(&manager_id), Some(&admin_id), Some(&manager_id), None, None];
    for (id, author) in products.iter().zip(expected) {
        assert_eq!(by(id).as_ref(), author, "{id}");
        chain.hq("PATCH", &format!("products/{id}"), &json!({"price": 32_000})).await;
    }
    chain.proxy.set(Fault::None);
    chain.one.synced().await;
    let records = async || chain.one.admin().all("/api/v1/sync/conflicts?status=all&limit=50").await;
    eventually("all six are recorded", || async { records().await.len() == 6 }).await;
    chain.one.synced().await;
    let at_hub = chain.boss.get("/v1/hq/conflicts?status=all").await.data().clone();
    for (id, author) in products.iter().zip(expected) {
        let record_of =
            |records: &[Value]| records.iter().find(|record| record["entity_id"] == id.as_str()).unwrap().clone();
        let (here, hub_record) = (record_of(&records().await), record_of(at_hub.as_array().unwrap()));
        assert_eq!((&here["local_by"], &hub_record["local_by"]), (&json!(author), &json!(author)), "{here}");
        assert_eq!((&here["cloud_by"], &here["local_at"]), (&json!("hq:boss"), &hub_record["local_at"]));
    }
    // A resolution is an edit by the person who decides.
    let first = records().await.last().unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/sync/conflicts/{first}/resolve");
    manager.post(&path, &json!({"strategy": "local_wins"})).await.refusal();
    chain.one.admin().post(&path, &json!({"strategy": "local_wins"})).await.data();
    let decided = records().await.last().unwrap()["entity_id"].as_str().unwrap().to_owned();
    assert_eq!(by(&decided), Some(admin_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_edit_keeps_its_author_and_time() {
    let chain = Chain::new().await;
    let id = chain.product();
    let edit = || -> (String, Option<String>) {
        let sql = "select changed_at, changed_by from sync_state where entity_type = 'product' and entity_id = ?1";
        chain.one.shell().query_row(sql, [&id], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    chain.proxy.set(Fault::Unplugged);
    patch(&chain.one, &id, &json!({"available": false, "price": 23_000, "station": "kitchen"})).await;
    let (at, by) = edit();
    // First another field, then the same one: the record has the time of the edit, not of the merge.
    chain.hq("PATCH", &format!("products/{id}"), &json!({"name": "Kopi Aren"})).await;
    chain.hq("PATCH", &format!("products/{id}"), &json!({"price": 24_000})).await;
    chain.proxy.set(Fault::None);
    eventually("both edits are merged", || async { product(&chain.one, &id).await["price"] == 24_000 }).await;
    let record = chain.one.admin().all("/api/v1/sync/conflicts?status=all&limit=50").await[0].clone();
    assert_eq!((&record["local_at"], &record["local_by"]), (&json!(at), &json!(by)));
}
