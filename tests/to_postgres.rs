//! Migration to PostgreSQL: outlets sell to a hub on SQLite; the hub stops; a command, killed in the middle and run again,
//! copies its data; a hub on PostgreSQL starts at the same address.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use store::{Arg, Fault, Store};
use testkit::{Http, Postgres, Process, TestOutlet, eventually, isolated, program};

const GERAI: &str = env!("CARGO_BIN_EXE_gerai");
const OLD_DATABASE: &str = "sqlite:hub.db";

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = program(GERAI);
    isolated(&mut command, dir).args(args).env("HUB_WEBHOOK_ALLOW_PRIVATE", "true");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn gerai(dir: &Path, args: &[&str], input: &str) -> Output {
    let mut child = command(dir, args).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn hub_on(dir: &Path, database: &str, listen: &str) -> Process {
    let args = ["hub", "--database", database, "--listen", listen];
    Process::start(GERAI, dir, "hub", &args, &[("HUB_WEBHOOK_ALLOW_PRIVATE", "true")])
}

/// An outlet that also receives webhooks.
async fn outlet(dir: &Path, code: &str, hub: &str) -> TestOutlet {
    let answer = |args: &[&str]| -> Value { serde_json::from_str(&succeeded(&gerai(dir, args, ""))).unwrap() };
    let added = answer(&["hub", "outlet", "add", "--code", code, "--name", code, "--json"]);
    let text = |field: &str| Some(added[field].as_str().unwrap().to_owned());
    let webhook = |url: &str| answer(&["hub", "outlet", "webhook", "--code", code, "--json", "--url", url]);
    // The secret is made with the first address; the outlet's address is known once it listens.
    let secret = webhook("http://127.0.0.1:9/")["secret"].as_str().unwrap().to_owned();
    let outlet = TestOutlet::with_env(outlet::SyncEnv {
        enabled: Some(true),
        cloud_api_url: Some(format!("{hub}/v1")),
        cloud_api_key: text("api_key"),
        outlet_id: text("outlet_id"),
        outlet_code: text("outlet_code"),
        interval_minutes: None,
        webhook_secrets: vec![secret.parse().unwrap()],
    })
    .await;
    webhook(&format!("{}/api/v1/webhooks/cloud", outlet.admin().base()));
    outlet
}

fn ids(orders: Vec<Value>) -> impl Iterator<Item = String> {
    orders.into_iter().map(|order| order["id"].as_str().unwrap().to_owned())
}

/// Head office changes a price, and each outlet gets it through its long poll.
async fn price_arrives(office: &Http, outlets: &[&TestOutlet], price: i64) {
    let product = outlets[0].menu().products[0].0.clone();
    office.call("PATCH", &format!("/v1/hq/products/{product}"), &json!({"price": price})).await.data();
    for outlet in outlets {
        eventually("the price has arrived", || async {
            outlet.admin().get(&format!("/api/v1/products/{product}")).await.data()["price"] == price
        })
        .await;
    }
}

async fn assert_unaffected(outlet: &TestOutlet) {
    outlet.synced().await;
    let status = outlet.status().await;
    assert_eq!((&status["failed_count"], &status["problem"]), (&json!(0), &Value::Null), "{status}");
    assert_eq!(outlet.admin().get("/api/v1/sync/conflicts").await.data(), &json!([]));
    let metrics = outlet.admin().get("/metrics").await.text;
    for metric in ["gerai_sync_stream_gaps_total 0", "gerai_sync_stopped 0", "gerai_sync_isolated 0"] {
        assert!(metrics.lines().any(|line| line == metric), "{metric}: {metrics}");
    }
    let report = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    assert_eq!((&report["differences"], &report["unsettled_ranges"]), (&json!([]), &json!(0)), "{report}");
    assert!(report["compared"].as_i64().unwrap() > 20, "{report}");
}

/// Runs SQL on the new database; returns its number, or 0 without a row.
async fn number(store: &Store, sql: &'static str) -> i64 {
    store.write(move |tx| Ok::<_, Fault>(tx.first(sql, &[], |row| row.int(0))?.unwrap_or_default())).await.unwrap()
}

async fn block_inserts_of_sales(store: &Store) {
    let statements: [&'static str; 2] = [
        "create function wait() returns trigger language plpgsql as
           'begin perform pg_advisory_xact_lock_shared(77); return null; end'",
        "create trigger waits before insert on sales for each statement execute function wait()",
    ];
    let none: [Arg<'_>; 0] = [];
    let created = store.write(move |tx| statements.iter().try_for_each(|sql| tx.execute(sql, &none).map(|_| ())));
    created.await.unwrap();
    number(store, "select 1::bigint from pg_advisory_lock(77)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_to_postgresql_is_transparent_for_outlets() {
    let postgres = tokio::task::spawn_blocking(|| Postgres::start("")).await.unwrap();
    let (folder, new) = (testkit::Scratch::new(), postgres.url());
    let dir = folder.path();
    let user = ["hub", "user", "add", "--username", "boss", "--role", "admin", "--password-stdin"];
    succeeded(&gerai(dir, &user, "secret-secret\n"));
    let mut hub = hub_on(dir, OLD_DATABASE, "127.0.0.1:0");
    let listen = hub.url.strip_prefix("http://").unwrap().to_owned();
    let mut first = outlet(dir, "JKT-001", &hub.url).await;
    let mut second = outlet(dir, "JKT-002", &hub.url).await;
    let office = Http::new(&hub.url);
    let body = json!({"username": "boss", "password": "secret-secret"});
    let token = office.post("/v1/hq/auth/login", &body).await.data()["token"].as_str().unwrap().to_owned();
    let office = office.with_token(&token);
    let mut sold: BTreeSet<String> = ids(first.sell_many(20).await).chain(ids(second.sell_many(20).await)).collect();
    first.synced().await;
    second.synced().await;
    price_arrives(&office, &[&first, &second], 31_000).await;

    let migrate = ["hub", "migrate", "--from", OLD_DATABASE, "--to", &new];
    assert!(refused(&gerai(dir, &migrate, "")).contains("hub.db is in use; stop the hub"));
    sold.extend(ids(first.sell_many(10).await));
    assert_eq!(hub.terminate(), Some(0));
    sold.extend(ids(first.sell_many(10).await).chain(ids(second.sell_many(10).await)));

    // Killed while a table is being copied.
    let store = Store::open(&new, &hub::SCHEMA).unwrap();
    block_inserts_of_sales(&store).await;
    let mut killed = command(dir, &migrate).spawn().unwrap();
    let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted";
    eventually("the migration has reached the sales", || async { number(&store, waiting).await == 1 }).await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(number(&store, "select rows from migrated_from where ready_at is null").await > 20);
    store.close().await;
    let incomplete = refused(&gerai(dir, &["hub", "--database", &new, "--listen", &listen], ""));
    assert!(incomplete.contains("incomplete migration of") && incomplete.contains("gerai hub migrate"), "{incomplete}");
    sold.extend(ids(second.sell_many(10).await));

    let again = gerai(dir, &[&migrate[..], &["--json"]].concat(), "");
    assert!(String::from_utf8_lossy(&again.stderr).contains("continues where it was interrupted"), "{again:?}");
    let moved: Value = serde_json::from_str(&succeeded(&again)).unwrap();
    assert!(moved["tables"].as_array().unwrap().iter().any(|table| table["table"] == "sales"), "{moved}");
    let old = refused(&gerai(dir, &["hub", "--listen", &listen], ""));
    assert!(old.contains("hub.db was migrated to 127.0.0.1"), "{old}");
    assert!(succeeded(&gerai(dir, &migrate, "")).contains("Nothing to do"));

    let hub = hub_on(dir, &new, &listen);
    sold.extend(ids(first.sell_many(10).await).chain(ids(second.sell_many(10).await)));
    price_arrives(&office, &[&first, &second], 32_000).await;
    for outlet in [&first, &second] {
        assert_unaffected(outlet).await;
    }
    let orders = office.all("/v1/hq/orders?limit=500").await;
    assert_eq!(ids(orders.clone()).collect::<BTreeSet<_>>(), sold);
    assert_eq!(orders.len(), sold.len(), "an order is duplicated");
    assert_eq!(office.get("/v1/hq/conflicts?status=all").await.data(), &json!([]));
    eventually("the new hub has sent a webhook", || async {
        let metrics = Http::new(&hub.url).get("/metrics").await.text;
        metrics.lines().any(|line| line.starts_with("gerai_hub_webhooks_total{outcome=\"delivered\"}"))
    })
    .await;
}
