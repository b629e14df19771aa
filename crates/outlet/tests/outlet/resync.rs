//! Comparing with the hub while the outlet runs: equal entities stay untouched, differences are repaired.

use protocol::updates::{OwnedDocument, OwnedPage};
use protocol::wire::{ChainRow, EntityRef, Position};
use replica::chain::chain;
use replica::error::QueueError;
use replica::progress::range::{self, Comparison, Scope};
use replica::reconcile::owned;
use replica::reconcile::owned::Step;
use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{TestHub, TestOutlet, eventually};
use web::time;

/// A hub and one of its outlets, which has sold a little.
async fn shop(orders: usize) -> (TestHub, TestOutlet, Vec<Value>) {
    let hub = TestHub::start().await;
    let mut outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let sold = outlet.sell_many(orders).await;
    outlet.synced().await;
    (hub, outlet, sold)
}

fn rows(db: &Connection, sql: &str) -> Vec<String> {
    db.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Every row of the queue.
fn queue(outlet: &TestOutlet) -> Vec<String> {
    let sql = "select format('%s %s %d %d %d %s', entity_type, entity_id, version, acked_version, seq, status)
        from sync_state order by entity_type, entity_id";
    rows(&outlet.shell(), sql)
}

async fn resync(outlet: &TestOutlet, scope: &str) {
    let answer = outlet.admin().post("/api/v1/sync/resync", &json!({"scope": scope})).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    eventually("compared", || async { rows(&outlet.shell(), "select scope from sync_reconcile").is_empty() }).await;
}

/// Deletes an order without a trace, as a damaged page would.
fn delete_silently(outlet: &TestOutlet, id: &str) {
    let shell = outlet.shell();
    shell
        .execute_batch(&format!(
            "begin immediate;
             update sync_context set applying_type = 'order', applying_id = '{id}', commit_guard = 1;
             delete from orders where id = '{id}';
             update sync_context set applying_type = null, applying_id = null, commit_guard = null;
             commit"
        ))
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resync_neither_changes_nor_sends_equal_entities() {
    let (_hub, outlet, _) = shop(5).await;
    let (queue_before, batch) = (queue(&outlet), outlet.status().await["batch_no"].clone());
    for scope in ["owned", "shared", "all"] {
        resync(&outlet, scope).await;
    }
    let round = outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await;
    assert_eq!(round.status, 200, "{:?}", round.body);
    assert_eq!(queue(&outlet), queue_before);
    assert_eq!(outlet.status().await["batch_no"], batch, "nothing was sent");
    let wrong = outlet.admin().post("/api/v1/sync/resync", &json!({"scope": "semua"})).await;
    assert_eq!(wrong.refusal(), (422, "invalid_body"));
    let cashier = outlet.member("cashier").await;
    assert_eq!(cashier.post("/api/v1/sync/resync", &json!({"scope": "all"})).await.refusal().0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resync_repairs_lost_and_different_entities() {
    let (hub, mut outlet, sold) = shop(4).await;
    let id = |n: usize| sold[n]["id"].as_str().unwrap().to_owned();
    delete_silently(&outlet, &id(0));
    let at_hub = Connection::open(hub.path()).unwrap();
    at_hub.execute("delete from documents where entity_id = ?1", [id(1)]).unwrap();
    for table in ["sales", "sale_lines", "sale_tenders", "sale_taxes"] {
        at_hub.execute(&format!("delete from {table} where order_id = ?1"), [id(1)]).unwrap();
    }
    let sql = "update documents set document = json_set(document, '$.customer_name', 'x') where entity_id = ?1";
    at_hub.execute(sql, [id(2)]).unwrap();
    resync(&outlet, "owned").await;
    outlet.synced().await;
    assert_eq!(rows(&outlet.shell(), "select id from orders order by id").len(), 4, "the lost order is back");
    let find = "select 1 from documents where entity_id = ?1 and document not like '%\"customer_name\":\"x\"%'";
    for n in 1..3 {
        eventually("the hub has the outlet's version", || async {
            at_hub.query_row(find, [id(n)], |_| Ok(())).is_ok()
        })
        .await;
    }
    let number = outlet.sell().await["order_number"].as_str().unwrap().to_owned();
    assert!(number.ends_with("-0005"), "{number}");
}

fn page(
    tx: &sqlite::Transaction<'_>,
    position: Position,
    documents: Vec<OwnedDocument>,
) -> Result<OwnedPage, QueueError> {
    let chain = ChainRow { epoch: chain(tx)?.epoch, position, results: Vec::new() };
    Ok(OwnedPage { chain, documents, next: None })
}

fn begin_comparison(tx: &sqlite::Transaction<'_>) -> Result<Comparison, QueueError> {
    range::begin_owned(tx, None, true, time::now())?;
    Ok(range::running_comparison(tx, Scope::Owned)?.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_read_at_another_position_is_ignored() {
    let (mut hub, outlet, _) = shop(2).await;
    hub.pause().await;
    let before = queue(&outlet);
    let step = outlet.app().db.write(|tx| {
        let comparison = begin_comparison(tx)?;
        // Read while a batch was in flight, as if the hub had nothing of it.
        let earlier = Position { batch_no: 1, batch_id: Some("earlier".into()) };
        owned::range(tx, &comparison, &page(tx, earlier, Vec::new())?, time::now())
    });
    assert_eq!(step.await.unwrap(), Step::Later);
    assert_eq!(queue(&outlet), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_change_waits_for_its_own_batch() {
    let (mut hub, outlet, sold) = shop(1).await;
    hub.pause().await;
    let id = sold[0]["id"].as_str().unwrap().to_owned();
    outlet.shell().execute("update orders set customer_name = 'Sri' where id = ?1", [&id]).unwrap();
    let before = queue(&outlet);
    let changed = id.clone();
    let step = outlet.app().db.write(move |tx| {
        let comparison = begin_comparison(tx)?;
        let of = EntityRef { entity_type: "order".into(), entity_id: changed };
        let theirs = OwnedDocument { of, epoch_number: 1, version: 1, document: None, unreadable: None };
        let position = chain(tx)?.position;
        owned::range(tx, &comparison, &page(tx, position, vec![theirs])?, time::now())
    });
    assert_eq!(step.await.unwrap(), Step::Last);
    let order = |rows: &[String]| rows.iter().find(|row| row.contains(&id)).cloned().unwrap();
    assert_eq!(order(&queue(&outlet)), order(&before));
}

async fn verify(outlet: &TestOutlet, repair: bool) -> Value {
    outlet.admin().post("/api/v1/sync/verify", &json!({"repair": repair})).await.data().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_no_difference_between_equal_sides() {
    let (hub, mut outlet, _) = shop(30).await;
    let batch = outlet.status().await["batch_no"].clone();
    let found = verify(&outlet, false).await;
    assert_eq!((&found["differences"], &found["unsettled_ranges"]), (&json!([]), &json!(0)), "{found}");
    let count: i64 = outlet.shell().query_row("select count(*) from sync_state", [], |row| row.get(0)).unwrap();
    assert_eq!(found["compared"], count, "everything was compared: {found}");
    assert_eq!(outlet.status().await["batch_no"], batch);
    // Deleted entities, one changed at head office, and pending ones.
    let inserts = "insert into tables (id, name) values ('t', 'Meja 9');
        insert into products (id, name, price) values ('p', 'Teh', 5000)";
    outlet.shell().execute_batch(inserts).unwrap();
    outlet.synced().await;
    outlet.shell().execute_batch("delete from tables where id = 't'; delete from products where id = 'p'").unwrap();
    outlet.synced().await;
    let boss = hub.boss().await;
    let created = boss.post("/v1/hq/products", &json!({"name": "Teh", "price": 5000, "tax_group": "pbjt"})).await;
    assert!((200..300).contains(&created.status), "{}", created.text);
    outlet.sell_many(3).await;
    let found = verify(&outlet, false).await;
    assert_eq!(found["differences"], json!([]), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_lists_differences_and_repairs_them() {
    let (hub, outlet, sold) = shop(6).await;
    let id = |n: usize| sold[n]["id"].as_str().unwrap().to_owned();
    delete_silently(&outlet, &id(0));
    let at_hub = Connection::open(hub.path()).unwrap();
    at_hub.execute("delete from documents where entity_id = ?1", [id(1)]).unwrap();
    for table in ["sales", "sale_lines", "sale_tenders", "sale_taxes"] {
        at_hub.execute(&format!("delete from {table} where order_id = ?1"), [id(1)]).unwrap();
    }
    let sql = "update documents set document = json_set(document, '$.customer_name', 'x') where entity_id = ?1";
    at_hub.execute(sql, [id(2)]).unwrap();
    let sql = "update shared_entities set document = json_set(document, '$.price', 1), token_n = token_n + 1,
        change_id = 'lost' where entity_type = 'product' and entity_id = (select min(entity_id) from shared_entities
        where entity_type = 'product') returning entity_id";
    let product: String = at_hub.query_row(sql, [], |row| row.get(0)).unwrap();
    let before = queue(&outlet);
    let found = verify(&outlet, false).await;
    let difference = |kind: &str, of: &str, id: &str| json!({"entity_type": of, "entity_id": id, "kind": kind});
    let expected = json!([
        difference("missing_at_outlet", "order", &id(0)),
        difference("missing_at_hub", "order", &id(1)),
        difference("content", "order", &id(2)),
        difference("content", "product", &product),
    ]);
    assert_eq!((&found["differences"], &found["repairing"]), (&expected, &json!(false)), "{found}");
    assert_eq!(queue(&outlet), before, "verify changes nothing");

    assert_eq!(verify(&outlet, true).await["repairing"], true);
    eventually("both sides are equal", || async { verify(&outlet, false).await["differences"] == json!([]) }).await;
    assert_eq!(rows(&outlet.shell(), "select id from orders").len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_and_statement_report_an_unreachable_hub() {
    let (mut hub, outlet, sold) = shop(2).await;
    let path = format!("/api/v1/sync/statement?date={}", sold[0]["business_date"].as_str().unwrap());
    hub.pause().await;
    let verified = outlet.admin().post("/api/v1/sync/verify", &json!({"repair": false})).await;
    assert!(verified.status >= 500, "{}", verified.text);
    let day = outlet.admin().get(&path).await.data().clone();
    assert_eq!((&day["hub"], &day["matches"], &day["settled"]), (&Value::Null, &Value::Null, &json!(false)), "{day}");
    assert!(day["problem"].as_str().unwrap().contains("cannot be reached"), "{day}");
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_statements_that_differ_raise_an_alarm() {
    let (mut hub, mut outlet, sold) = shop(5).await;
    let date = sold[0]["business_date"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/sync/statement?date={date}");
    let day = outlet.admin().get(&path).await.data().clone();
    let total: i64 = sold.iter().map(|order| order["total"].as_i64().unwrap()).sum();
    assert_eq!((&day["outlet"]["orders"], &day["outlet"]["total"]), (&json!(5), &json!(total)), "{day}");
    assert_eq!((&day["matches"], &day["settled"], &day["hub"]), (&json!(true), &json!(true), &day["outlet"]), "{day}");
    let boss = hub.boss().await;
    let outlets = boss.all("/v1/hq/outlets").await;
    let path_at_hub =
        format!("/v1/hq/statements?outlet_id={}&from={date}&to={date}", outlets[0]["id"].as_str().unwrap());
    let report = boss.get(&path_at_hub).await.data()[0].clone();
    assert_eq!(
        (&report["matches"], &report["outlet"], &report["hub"]["total"]),
        (&json!(true), &report["hub"], &json!(total))
    );

    let at_hub = Connection::open(hub.path()).unwrap();
    at_hub.execute("update daily_sales set total = total + 1", []).unwrap();
    assert_eq!(outlet.admin().get(&path).await.data()["matches"], false);
    let health = outlet.admin().get("/api/v1/sync/health").await.data().clone();
    assert_eq!((&health["state"], &health["differing_days"]), (&json!("degraded"), &json!([date])), "{health}");
    assert!(health["reasons"].to_string().contains("statement_differs"), "{health}");
    assert_eq!(boss.get(&path_at_hub).await.data()[0]["matches"], false);

    // Sales that have not arrived yet are no alarm.
    hub.pause().await;
    outlet.sell().await;
    let alone = outlet.admin().get(&path).await.data().clone();
    assert_eq!((&alone["hub"], &alone["matches"]), (&Value::Null, &Value::Null), "{alone}");
    assert!(alone["problem"].as_str().unwrap().contains("cannot be reached"), "{alone}");
    at_hub.execute("update daily_sales set total = total - 1", []).unwrap();
    drop(at_hub);
    let _hub = hub.resume().await;
    outlet.synced().await;
    eventually("the figures match again", || async { outlet.admin().get(&path).await.data()["matches"] == true }).await;
    assert_eq!(outlet.admin().get("/api/v1/sync/health").await.data()["differing_days"], json!([]));
    assert_eq!(outlet.admin().get("/api/v1/sync/statement?date=kemarin").await.refusal(), (422, "invalid_query"));
}

/// A field that head office does not know is no difference and causes no push, unless its value is not the default.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_unknown_to_the_hub_is_no_difference() {
    let (hub, outlet, _) = shop(1).await;
    let remove_field = |field: &str, nothing: &str| {
        let hub_db = Connection::open(hub.path()).unwrap();
        hub_db.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        let sql = "update shared_entities set document = json_remove(document, '$.' || ?1)
            where entity_type = 'product' and (?2 = '' or document ->> ('$.' || ?1) = ?2)";
        assert!(hub_db.execute(sql, [field, nothing]).unwrap() > 0);
    };
    remove_field("variants", "[]");
    assert_eq!(verify(&outlet, false).await["differences"], json!([]));
    let before = queue(&outlet);
    assert_eq!(verify(&outlet, true).await["repairing"], false);
    assert_eq!(queue(&outlet), before);
    remove_field("price", "");
    let found = verify(&outlet, false).await;
    assert!(!found["differences"].as_array().unwrap().is_empty(), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_server_compares_its_days_at_once() {
    let (hub, mut outlet, sold) = shop(2).await;
    Connection::open(hub.path()).unwrap().execute("update daily_sales set total = total + 1", []).unwrap();
    outlet = outlet.restart().await;
    eventually("the alarm", || async {
        let health = outlet.admin().get("/api/v1/sync/health").await.data().clone();
        health["differing_days"] == json!([sold[0]["business_date"]])
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_rejected_by_the_hub_starts_a_comparison() {
    let (hub, outlet, _sold) = shop(1).await;
    let (boss, shell) = (hub.boss().await, outlet.shell());
    let mut health = Value::Null;
    // A long poll that began before may still be answered by its valid cursor, once.
    for name in ["Baru", "Lebih Baru"] {
        shell.execute_batch("update sync_cursors set row_id = '~~'").unwrap();
        boss.post("/v1/hq/products", &json!({"name": name, "price": 1_000})).await.data();
        eventually("the new product is here", || async {
            rows(&shell, &format!("select name from products where name = '{name}'")).len() == 1
        })
        .await;
        eventually("the streams continue", || async {
            rows(&shell, "select row_id from sync_cursors where row_id = '~~'").is_empty()
        })
        .await;
        health = outlet.admin().get("/api/v1/sync/health").await.data().clone();
        if health["stream_gap_count"] == 1 {
            break;
        }
    }
    assert!(health["reasons"].to_string().contains("stream_gap"), "{health}");
    assert_eq!(health["stream_gap_count"], 1);
}
