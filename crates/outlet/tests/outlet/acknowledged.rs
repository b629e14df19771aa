//! Acknowledged sales that somebody deletes or changes in the shop's database stay at head office; sales that were
//! never queued are sent. Both sides report them.

use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet, eventually};

struct Shop {
    hub: TestHub,
    outlet: TestOutlet,
    boss: Http,
    sold: Vec<Value>,
}

impl Shop {
    /// A hub and one of its outlets, whose sales are acknowledged.
    async fn start(sales: usize) -> Self {
        let hub = TestHub::start().await;
        let mut outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
        let sold = outlet.sell_many(sales).await;
        outlet.synced().await;
        Self { boss: hub.boss().await, hub, outlet, sold }
    }

    fn id(&self, n: usize) -> String {
        self.sold[n]["id"].as_str().unwrap().to_owned()
    }

    fn day(&self) -> String {
        self.sold[0]["business_date"].as_str().unwrap().to_owned()
    }

    fn shell(&self, sql: &str) {
        self.outlet.shell().execute_batch(&format!("begin immediate; {sql}; commit")).unwrap();
    }

    /// Writes without the triggers noticing, as if they were missing.
    fn without_capture(&self, id: &str, sql: &str) {
        self.shell(&format!(
            "update sync_context set applying_type = 'order', applying_id = '{id}', commit_guard = 1; {sql};
             update sync_context set applying_type = null, applying_id = null, commit_guard = null"
        ));
    }

    fn text(&self, sql: &str) -> String {
        self.outlet.shell().query_row(&format!("select cast(({sql}) as text)"), [], |row| row.get(0)).unwrap()
    }

    async fn health(&self) -> Value {
        self.outlet.admin().get("/api/v1/sync/health").await.data().clone()
    }

    async fn hub_health(&self) -> Value {
        self.boss.get("/v1/hq/health").await.data().clone()
    }

    async fn verify(&self, repair: bool) -> Value {
        self.outlet.admin().post("/api/v1/sync/verify", &json!({"repair": repair})).await.data().clone()
    }

    async fn statement(&self) -> Value {
        self.outlet.admin().get(&format!("/api/v1/sync/statement?date={}", self.day())).await.data().clone()
    }

    /// Orders of the day by head office's figures.
    async fn at_hub(&self) -> i64 {
        let day = self.day();
        let days = self.boss.get(&format!("/v1/hq/sales/daily?from={day}&to={day}")).await.data().clone();
        days[0]["orders"].as_i64().unwrap_or(0)
    }

    async fn await_changed(&self, count: i64) {
        eventually("the sale has changed and head office keeps it", || async {
            self.outlet.status().await["changed_sale_count"] == count
        })
        .await;
    }

    async fn decide(&self, action: &str) {
        let dead_letter = self.boss.get("/v1/hq/quarantine").await.data()[0].clone();
        let key = ["outlet_id", "batch_id"].map(|part| dead_letter[part].as_str().unwrap().to_owned()).join("/");
        let path = format!("/v1/hq/quarantine/{key}/{}/{action}", dead_letter["item_no"]);
        self.boss.post(&path, &json!({"reason": "We called the shop."})).await.data();
    }

    fn findings(&self) -> Vec<&'static str> {
        let admin =
            outlet::local_admin::LocalAdmin::open(&self.outlet.path(), (*self.outlet.app().env).clone()).unwrap();
        let found = admin.examine(&outlet::health::doctor::HubReport::default()).unwrap();
        found.into_iter().filter(|finding| !finding.well && !finding.unknown).map(|finding| finding.code).collect()
    }

    /// Waits until both sides are equal and healthy.
    async fn await_equal(&self) {
        eventually("all is well", || async {
            let health = self.health().await;
            // Otherwise it would be compared within the hour.
            let matches = self.statement().await["matches"] == true;
            matches && health["state"] == "ready" && self.verify(false).await["differences"] == json!([])
        })
        .await;
        assert_eq!(self.hub_health().await["changed_sale_count"], 0);
        assert_eq!((self.findings(), &self.health().await["differing_days"]), (vec![], &json!([])));
    }
}

fn codes(health: &Value) -> String {
    health["reasons"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_deleted_in_the_shell_stays_at_the_hub_and_is_reported() {
    let shop = Shop::start(3).await;
    let id = shop.id(0);
    shop.shell(&format!("delete from orders where id = '{id}'"));
    shop.await_changed(1).await;
    assert_eq!(shop.at_hub().await, 3);
    let health = shop.health().await;
    assert_eq!(health["state"], "degraded");
    assert!(codes(&health).contains("acknowledged_sale_changed"), "{health}");
    let metrics = shop.outlet.admin().get("/metrics").await.text;
    assert!(metrics.contains("gerai_sync_acknowledged_sales_changed 1"), "{metrics}");
    assert!(shop.findings().contains(&"acknowledged_sale_changed"));
    let hub_health = shop.hub_health().await;
    assert_eq!((&hub_health["state"], &hub_health["changed_sale_count"]), (&json!("degraded"), &json!(1)));
    let failed = shop.outlet.admin().get("/api/v1/sync/failed").await.data()[0].clone();
    let message = failed["error_message"].as_str().unwrap();
    assert!(
        message.contains("it was deleted") && message.contains(shop.sold[0]["order_number"].as_str().unwrap()),
        "{message}"
    );
    // Both comparisons show it; neither waits for it, and repairing decides nothing.
    let difference = json!([{"entity_type": "order", "entity_id": id, "kind": "missing_at_outlet"}]);
    assert_eq!(shop.verify(true).await["differences"], difference);
    let day = shop.statement().await;
    assert_eq!((&day["settled"], &day["matches"], &day["outlet"]["orders"]), (&json!(true), &json!(false), &json!(2)));
    assert!(codes(&shop.hub_health().await).contains("statement_differs"));
    // Neither a retry nor a discard here changes that.
    let seq = failed["id"].as_i64().unwrap();
    shop.outlet.admin().post(&format!("/api/v1/sync/retry/{seq}"), &json!({})).await.data();
    shop.await_changed(1).await;
    eventually("rejected again", || async { shop.outlet.status().await["failed_count"] == 1 }).await;
    let seq = shop.outlet.admin().get("/api/v1/sync/failed").await.data()[0]["id"].as_i64().unwrap();
    shop.outlet.admin().post(&format!("/api/v1/sync/discard/{seq}"), &json!({"reason": "Away."})).await.data();
    assert!(codes(&shop.health().await).contains("acknowledged_sale_changed"));
    assert_eq!(shop.verify(false).await["differences"], difference);
    assert_eq!(shop.at_hub().await, 3);

    shop.decide("discard").await;
    eventually("the sale is back", || async { shop.text("select count(*) from orders") == "3" }).await;
    shop.await_changed(0).await;
    shop.await_equal().await;
    let order = shop.outlet.admin().get(&format!("/api/v1/orders/{id}")).await.data().clone();
    assert_eq!((&order["payments"], &order["lines"]), (&shop.sold[0]["payments"], &shop.sold[0]["lines"]));
    assert_eq!(shop.at_hub().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_change_of_a_paid_order_is_reversible() {
    let changes = [
        "update orders set status = 'void' where id = ?",
        "update orders set status = 'open' where id = ?",
        "update orders set business_date = '2020-01-01' where id = ?",
        "update orders set cashier_id = 'somebody' where id = ?",
        "update orders set subtotal = subtotal - 1, total = total - 1 where id = ?",
        "update orders set discount = discount + 1, total = total - 1 where id = ?",
        "delete from payments where order_id = ?",
        "update payments set amount = amount - 1 where order_id = ?",
        "update payments set method = 'other' where order_id = ?",
        "delete from order_lines where order_id = ?",
        "update order_lines set qty = qty + 1 where order_id = ?",
    ];
    let shop = Shop::start(changes.len()).await;
    let change_count = i64::try_from(changes.len()).unwrap();
    for (n, sql) in changes.iter().enumerate() {
        shop.shell(&sql.replace('?', &format!("'{}'", shop.id(n))));
    }
    shop.await_changed(change_count).await;
    let paid =
        shop.boss.all("/v1/hq/orders?limit=500").await.into_iter().filter(|order| order["status"] == "paid").count();
    assert_eq!(paid, changes.len());
    assert_eq!(shop.hub_health().await["changed_sale_count"], change_count);
    for _ in 0..change_count {
        shop.decide("discard").await;
    }
    shop.await_changed(0).await;
    shop.await_equal().await;
    for sold in &shop.sold {
        let path = format!("/api/v1/orders/{}", sold["id"].as_str().unwrap());
        let order = shop.outlet.admin().get(&path).await.data().clone();
        for field in ["status", "business_date", "cashier_id", "total", "paid", "lines", "payments", "order_number"] {
            assert_eq!(order[field], sold[field], "{field}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_change_accepted_by_head_office_applies_on_both_sides() {
    let shop = Shop::start(3).await;
    shop.shell(&format!("update orders set status = 'void', void_reason = 'x' where id = '{}'", shop.id(1)));
    shop.await_changed(1).await;
    assert_eq!(shop.at_hub().await, 3);
    shop.decide("accept").await;
    shop.await_changed(0).await;
    assert_eq!(shop.at_hub().await, 2);
    shop.await_equal().await;
    let dead_letter = shop.boss.get("/v1/hq/quarantine?discarded=true").await.data()[0].clone();
    assert_eq!(
        (&dead_letter["accepted_by"], &dead_letter["accept_reason"]),
        (&json!("hq:boss"), &json!("We called the shop."))
    );
    assert_eq!(
        (&dead_letter["stored_document"]["status"], &dead_letter["item"]["data"]["status"]),
        (&json!("paid"), &json!("void"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_remaining_orders_is_still_compared() {
    let mut shop = Shop::start(2).await;
    shop.shell("delete from orders");
    shop.await_changed(2).await;
    shop.outlet = shop.outlet.restart().await;
    let day = json!([shop.day()]);
    eventually("the day is reported", || async { shop.health().await["differing_days"] == day }).await;
    assert!(codes(&shop.hub_health().await).contains("statement_differs"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_made_without_triggers_is_found_and_sent() {
    let mut shop = Shop::start(1).await;
    let triggers = "select group_concat(format('drop trigger %s', name), ';') from sqlite_master
        where type = 'trigger' and (name like 'sync_order%' or name like 'sync_payments%')";
    let drop_triggers: String = shop.outlet.shell().query_row(triggers, [], |row| row.get(0)).unwrap();
    shop.shell(&drop_triggers);
    let sold = shop.outlet.sell().await;
    eventually("the triggers are back and the sale has arrived", || async {
        shop.at_hub().await == 2 && shop.health().await["triggers_intact"] == true
    })
    .await;
    // In one transaction that drops the triggers and creates them again.
    let create_triggers: String = shop
        .outlet
        .shell()
        .query_row(
            "select group_concat(sql, ';') || ';' from sqlite_master where type = 'trigger' and name like 'sync_order%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let copy = format!(
        "insert into orders (id, order_number, business_date, status, order_type, subtotal, total, created_at, paid_at)
         select 'hidden', order_number, business_date, status, order_type, 0, 0, created_at, paid_at
         from orders where id = '{sold}';
         insert into order_lines (order_id, id, position, product_id, name, price, qty, amount, tax_group, station)
         select 'hidden', 'hidden', 0, product_id, name, 0, 1, 0, tax_group, station
         from order_lines where order_id = '{sold}' limit 1",
        sold = sold["id"].as_str().unwrap()
    );
    let drop_triggers: String = shop
        .outlet
        .shell()
        .query_row(
            "select group_concat(format('drop trigger %s', name), ';') from sqlite_master where type = 'trigger' and name like 'sync_order%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    shop.shell(&format!("{drop_triggers}; {copy}; {create_triggers}"));
    eventually("the hidden sale has arrived too", || async { shop.at_hub().await == 3 }).await;
    shop.await_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unqueued_sale_is_reported_and_repaired() {
    let shop = Shop::start(2).await;
    let columns = "order_number, business_date, status, order_type, table_number, customer_name, pax, cashier_id, subtotal,
        discount, service, tax, tax_included, rounding, total, paid, void_reason, voided_by, created_at, paid_at, voided_at";
    let copy = |table: &str, rest: &str| {
        format!(
            "insert into {table} (order_id, {rest}) select 'unqueued', {rest} from {table} where order_id = '{}'",
            shop.id(0)
        )
    };
    let lines = copy(
        "order_lines",
        "id, position, product_id, name, variant_id, variant_name, modifiers, price, qty, amount, tax_group, station, note",
    );
    let payments = copy("payments", "id, method, amount, rounding, tendered, change, status, cashier_id, created_at");
    let charges = copy("order_charges", "id, position, charge_id, name, kind, rate_bp, base, amount, inclusive");
    let order = format!(
        "insert into orders (id, {columns}) select 'unqueued', {columns} from orders where id = '{}'",
        shop.id(0)
    );
    shop.without_capture("unqueued", &format!("{lines}; {payments}; {charges}; {order}"));
    let difference = json!([{"entity_type": "order", "entity_id": "unqueued", "kind": "missing_at_hub"}]);
    assert_eq!(shop.verify(false).await["differences"], difference);
    assert_eq!(shop.statement().await["matches"], false);
    assert!(shop.findings().contains(&"unqueued_entities"));
    assert_eq!(shop.verify(true).await["repairing"], true);
    eventually("it has arrived", || async { shop.at_hub().await == 3 }).await;
    shop.await_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uncaptured_sale_reduction_is_reported_and_repaired() {
    let shop = Shop::start(2).await;
    let id = shop.id(0);
    shop.without_capture(
        &id,
        &format!("update orders set discount = discount + 1, total = total - 1 where id = '{id}'"),
    );
    let difference = json!([{"entity_type": "order", "entity_id": id, "kind": "content"}]);
    assert_eq!(shop.verify(true).await["differences"], difference);
    shop.await_equal().await;
    let total = format!("select total from orders where id = '{id}'");
    assert_eq!(shop.text(&total), shop.sold[0]["total"].to_string());
    assert_eq!(shop.boss.get("/v1/hq/quarantine").await.data(), &json!([]), "nothing was sent");
    drop(shop.hub);
}
