//! Mixed versions: this one continues with the data of an older one, and loses nothing that a newer one sends. `cargo
//! xtask fixtures` recorded `tests/fixtures/`, which is only read here.

use std::path::Path;

use hub::Hub;
use outlet::config::Config;
use outlet::local_admin::LocalAdmin;
use outlet::{Outlet, SyncEnv};
use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet, eventually};
use tokio_util::sync::CancellationToken;
use web::time;

const OUTLET: &str = include_str!("../../../../tests/fixtures/v1/outlet.sql");
const HUB: &str = include_str!("../../../../tests/fixtures/v1/hub.sql");
const BATCHES: &str = include_str!("../../../../tests/fixtures/v1/batches.json");

fn load(path: &Path, sql: &str) {
    let db = Connection::open(path).unwrap();
    db.pragma_update(None, "foreign_keys", false).unwrap();
    db.execute_batch(sql).unwrap();
}

fn int(db: &Path, sql: &str) -> i64 {
    let connection = Connection::open(db).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn recorded() -> Value {
    serde_json::from_str(BATCHES).unwrap()
}

/// Posts a batch as an outlet with this key does.
async fn post(hub: &str, outlet_id: &str, key: &str, batch: &Value) -> testkit::Answer {
    let http = Http::new(hub.trim_end_matches("/v1")).with_token(key);
    http.post(&format!("/v1/outlets/{outlet_id}/sync/batch"), batch).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outlet_and_a_hub_of_protocol_1_continue_with_this_version() {
    let dir = testkit::Scratch::new();
    let (pos, office) = (dir.path().join("pos.db"), dir.path().join("hub.db"));
    load(&pos, OUTLET);
    load(&office, HUB);
    let fixture = recorded();
    let text = |name: &str| fixture[name].as_str().map(str::to_owned);
    let (hub, first) = Hub::open(
        &hub::Config { database_url: format!("sqlite:{}", office.display()), ..hub::Config::default() },
        time::now(),
    )
    .await
    .unwrap();
    assert!(first.is_none(), "its users are there");
    let listener = web::server::listen("127.0.0.1", 0).await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let until = stop.clone();
    let serving = tokio::spawn(async move { hub.serve(listener, until).await });

    let before = int(&pos, "select count(*) from orders");
    let env = SyncEnv {
        enabled: Some(true),
        cloud_api_url: Some(url),
        cloud_api_key: text("api_key"),
        outlet_id: text("outlet_id"),
        outlet_code: text("outlet_code"),
        interval_minutes: None,
        ..SyncEnv::default()
    };
    let outlet = Outlet::open(Config { db_path: pos.clone(), env: env.clone(), ..Config::default() }).await.unwrap();
    let listener = web::server::listen("127.0.0.1", 0).await.unwrap();
    let selling = tokio::spawn(outlet.serve(listener, stop.clone()));
    eventually("the pending sale is at the hub", || async {
        int(&office, "select count(*) from sales") == before
            && int(&pos, "select count(*) from sync_state where status = 'pending'") == 0
    })
    .await;
    assert_eq!(int(&pos, "select count(*) from sync_state where status = 'failed'"), 0);
    stop.cancel();
    selling.await.unwrap().unwrap();
    serving.await.unwrap().unwrap();
    for finding in LocalAdmin::open(&pos, env).unwrap().examine(&outlet::health::doctor::HubReport::default()).unwrap()
    {
        let is_relevant =
            ["file_damaged", "triggers_altered", "capture_guard_set", "counters_mismatch", "paid_orders_underpaid"]
                .contains(&finding.code);
        assert!(finding.well || !is_relevant, "{}", finding.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_batches_of_protocol_1_are_accepted() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let fixture = recorded();
    let mut last = Value::Null;
    for batch in fixture["batches"].as_array().unwrap() {
        assert_eq!(batch["protocol"], 1);
        // Resent batches are in the list repeatedly.
        let answer = post(&hub.url(), &added.outlet_id, &added.api_key, batch).await;
        assert_eq!(answer.data()["batch_id"], batch["batch_id"], "{}", answer.text);
        last = answer.data()["chain"]["batch_id"].clone();
    }
    assert_eq!(last, fixture["batches"].as_array().unwrap().last().unwrap()["batch_id"]);
    assert!(hub.orders().await.len() >= 2);
}

/// The next batch of an outlet that is newer than this version.
fn newer(no: i64, items: &[Value]) -> Value {
    let previous = if no == 1 { Value::Null } else { json!(format!("newer-{}", no - 1)) };
    json!({"protocol": 1, "epoch": {"number": 1, "id": "newer"}, "batch_no": no, "batch_id": format!("newer-{no}"),
        "previous_batch_id": previous, "complete_through": no, "items": items})
}

fn item(item: Value) -> Value {
    let mut whole = json!({"operation": "create", "version": 1, "seq": 1, "occurred_at": "2026-11-22T10:00:00.000Z"});
    whole.as_object_mut().unwrap().extend(item.as_object().unwrap().clone());
    whole
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_survive_a_round_trip() {
    let hub = TestHub::start().await;
    let (one, two) = (hub.add_outlet("JKT-001").await, hub.add_outlet("JKT-002").await);
    let product = item(json!({"entity_type": "product", "entity_id": "p1", "fields": {"name": [null, "Kopi"],
        "price": [null, 10], "allergens": [null, ["milk", {"trace": "nuts"}]]}}));
    let order = item(
        json!({"entity_type": "table", "entity_id": "t1", "seq": 2, "data": {"id": "t1", "name": "Meja", "heated": true}}),
    );
    post(&hub.url(), &one.outlet_id, &one.api_key, &newer(1, &[product, order])).await.data();

    let outlet = TestOutlet::of(&hub.url(), &two).await;
    let shell = outlet.shell();
    let price = || shell.query_row("select price from products where id = 'p1'", [], |row| row.get::<_, i64>(0));
    eventually("it is here", || async { price() == Ok(10) }).await;
    let allergens = "select json_extract(document, '$.allergens') from sync_bases where entity_id = 'p1'";
    let stored: String = shell.query_row(allergens, [], |row| row.get(0)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&stored).unwrap(), json!(["milk", {"trace": "nuts"}]));
    shell.execute("update products set price = 12 where id = 'p1'", []).unwrap();
    outlet.synced().await;

    let get = |rest: String| {
        let http = Http::new(hub.url().trim_end_matches("/v1")).with_token(&one.api_key);
        async move { http.get(&rest).await.data().clone() }
    };
    let entity = get(format!("/v1/outlets/{}/entities/product/p1", one.outlet_id)).await;
    assert_eq!(entity["document"]["price"], 12);
    assert_eq!(entity["document"]["allergens"], json!(["milk", {"trace": "nuts"}]));
    let documents = get(format!("/v1/outlets/{}/documents", one.outlet_id)).await;
    assert_eq!(documents["documents"][0]["document"]["heated"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_types_are_stored_and_block_nothing() {
    let hub = TestHub::start().await;
    let (one, two) = (hub.add_outlet("JKT-001").await, hub.add_outlet("JKT-002").await);
    let voucher = item(json!({"entity_type": "voucher", "entity_id": "v1", "data": {"id": "v1", "worth": 5}}));
    let answer = post(&hub.url(), &one.outlet_id, &one.api_key, &newer(1, &[voucher])).await;
    assert_eq!(answer.data()["chain"]["results"], json!([]), "counts as applied");
    let dead_letter = "select item from dead_letters where outcome = 'unknown'";
    let item = Connection::open(hub.path()).unwrap().query_row(dead_letter, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&item).unwrap()["data"]["worth"], 5);

    // A newer hub shares it with all outlets, and then changes a price.
    let outlet = TestOutlet::of(&hub.url(), &two).await;
    outlet.synced().await;
    let share = |tx: &mut store::Tx<'_>| {
        tx.execute("insert into streams (stream, head) values ('catalog', 0) on conflict do nothing", &[])?;
        tx.execute("update streams set head = head + 1 where stream = 'catalog'", &[])?;
        tx.execute(
            "insert into stream_entries (stream, n, row_id, entity_type, entity_id, token_n, change_id, document, deleted,
               changed_by, changed_at)
             select 'catalog', head, 'abc', 'voucher', 'v1', 1, 'x', '{\"id\": \"v1\", \"worth\": 5}', 0, 'hq:rina', 't'
             from streams where stream = 'catalog'",
            &[],
        )
    };
    hub.hub().store().write(share).await.unwrap();
    hub.boss().await.post("/v1/hq/products", &json!({"name": "Baru", "price": 1_000})).await.data();
    let shell = outlet.shell();
    let int = |sql: &str| shell.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    eventually("the next change is here", || async { int("select count(*) from products where name = 'Baru'") == 1 })
        .await;
    assert_eq!(int("select json_extract(\"update\", '$.document.worth') from sync_unapplied_updates"), 5);
    // Snapshots, too, lose nothing that this version does not know.
    let now = time::now();
    hub.hub()
        .store()
        .write(|tx| {
            tx.execute(
                "insert into shared_entities (scope, entity_type, entity_id, token_n, change_id, document, deleted,
                   changed_by, changed_at)
                 values ('', 'voucher', 'v1', 1, 'x', '{\"id\": \"v1\", \"worth\": 7}', 0, 'hq:rina', 't')",
                &[],
            )
        })
        .await
        .unwrap();
    let three = hub.add_outlet("JKT-003").await;
    let dir = testkit::Scratch::new();
    let file = dir.path().join("usb.zst");
    hub::snapshots::save(hub.hub().store(), "JKT-003", &file, now, |_| ()).await.unwrap();
    let new_outlet = TestOutlet::alone().await;
    let env = SyncEnv { outlet_id: Some(three.outlet_id.clone()), ..SyncEnv::default() };
    let admin = LocalAdmin::open(&new_outlet.path(), env).unwrap();
    assert!(admin.import_snapshot(&file, &mut |_, _| ()).unwrap().parts.shared);
    let worth = "select json_extract(\"update\", '$.document.worth') from sync_unapplied_updates";
    assert_eq!(new_outlet.shell().query_row(worth, [], |row| row.get::<_, i64>(0)).unwrap(), 7);
}
