//! A chain: two nodes of head office as real processes on one PostgreSQL. The power of the database is cut, it rejects
//! connections, it is restored to an earlier moment; nodes are killed, and outlets switch nodes. Tills keep selling.
//! Then both sides are compared.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use testkit::{Http, Postgres, Process, TestOutlet, eventually, isolated, program};

const GERAI: &str = env!("CARGO_BIN_EXE_gerai");

fn node(dir: &Path, name: &str, database: &str, listen: &str) -> Process {
    Process::start(GERAI, dir, name, &["hub", "--database", database, "--listen", listen], &[])
}

fn gerai(dir: &Path, args: &[&str], input: &str) -> String {
    let mut child = isolated(&mut program(GERAI), dir)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "gerai {args:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn outlet(dir: &Path, database: &str, code: &str, hub: &str) -> TestOutlet {
    let args = ["hub", "outlet", "add", "--code", code, "--name", code, "--json", "--database", database];
    let added: Value = serde_json::from_str(&gerai(dir, &args, "")).unwrap();
    let text = |field: &str| Some(added[field].as_str().unwrap().to_owned());
    TestOutlet::with_env(outlet::SyncEnv {
        enabled: Some(true),
        cloud_api_url: Some(format!("{hub}/v1")),
        cloud_api_key: text("api_key"),
        outlet_id: text("outlet_id"),
        outlet_code: text("outlet_code"),
        interval_minutes: None,
        webhook_secrets: Vec::new(),
    })
    .await
}

async fn head_office(hub: &str) -> Http {
    let http = Http::new(hub);
    let body = json!({"username": "boss", "password": "secret-secret"});
    let token = http.post("/v1/hq/auth/login", &body).await.data()["token"].as_str().unwrap().to_owned();
    http.with_token(&token)
}

/// Each order of a till is at head office once, and nothing failed.
async fn all_arrived(office: &Http, outlets: &[&TestOutlet], sold: &BTreeSet<String>) {
    for outlet in outlets {
        eventually("everything is sent", || async {
            let status = outlet.status().await;
            status["pending_count"] == 0 && status["failed_count"] == 0
        })
        .await;
    }
    let arrived = office.all("/v1/hq/orders?limit=500").await;
    let ids: BTreeSet<_> = arrived.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), arrived.len(), "an order is duplicated");
    assert_eq!(&ids, sold);
    let dates: BTreeSet<_> = arrived.iter().map(|order| order["business_date"].as_str().unwrap()).collect();
    let (from, to) = (dates.first().unwrap(), dates.last().unwrap());
    let daily = office.get(&format!("/v1/hq/sales/daily?from={from}&to={to}")).await;
    let counted: i64 = daily.data().as_array().unwrap().iter().map(|day| day["orders"].as_i64().unwrap()).sum();
    let paid = arrived.iter().filter(|order| order["status"] == "paid").count();
    assert_eq!(counted, i64::try_from(paid).unwrap());
}

/// Head office answers 503 with `Retry-After`, and `/healthz` still answers 200.
async fn is_down(office: &Http, why: &str) {
    let refused = office.get("/v1/hq/outlets").await;
    assert_eq!((refused.refusal(), refused.retry_after), ((503, "database_unreachable"), Some(2)), "{}", refused.text);
    assert!(refused.text.contains(why), "{}", refused.text);
    let node = Http::new(office.base());
    assert_eq!(node.get("/readyz").await.status, 503);
    assert_eq!(node.get("/healthz").await.status, 200);
}

fn boss(dir: &Path, database: &str) {
    let args =
        ["hub", "user", "add", "--username", "boss", "--role", "admin", "--password-stdin", "--database", database];
    gerai(dir, &args, "secret-secret\n");
}

/// Head office changes a price, and each outlet gets it.
async fn set_price(office: &Http, outlets: &[&TestOutlet], price: i64) {
    let product = &outlets[0].menu().products[0].0;
    office.call("PATCH", &format!("/v1/hq/products/{product}"), &json!({"price": price})).await.data();
    price_is(outlets, price).await;
}

async fn price_is(outlets: &[&TestOutlet], price: i64) {
    let product = &outlets[0].menu().products[0].0;
    for outlet in outlets {
        eventually("the price has arrived", || async {
            outlet.admin().get(&format!("/api/v1/products/{product}")).await.data()["price"] == price
        })
        .await;
    }
}

/// Outlets send the orders that head office's database lacks, also outlets without new orders.
async fn recovered(office: &Http, sold: &BTreeSet<String>) {
    eventually("outlets resend", || async {
        let page = office.get("/v1/hq/orders?limit=500").await;
        page.status == 200 && page.data().as_array().unwrap().len() == sold.len()
    })
    .await;
}

fn ids(orders: Vec<Value>) -> impl Iterator<Item = String> {
    orders.into_iter().map(|order| order["id"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_database_or_node_loses_and_duplicates_nothing() {
    let postgres = tokio::task::spawn_blocking(|| Postgres::start("")).await.unwrap();
    let dir = testkit::Scratch::new();
    let (dir, database) = (dir.path(), postgres.url());
    boss(dir, &database);
    let mut one = node(dir, "one", &database, "127.0.0.1:0");
    let two = node(dir, "two", &database, "127.0.0.1:0");
    let mut first = outlet(dir, &database, "JKT-001", &one.url).await;
    let mut second = outlet(dir, &database, "JKT-002", &two.url).await;
    let office = head_office(&two.url).await;
    let mut sold: BTreeSet<String> = ids(first.sell_many(5).await).chain(ids(second.sell_many(5).await)).collect();
    all_arrived(&office, &[&first, &second], &sold).await;

    for round in 0..3 {
        sold.extend(ids(first.sell_many(10).await).chain(ids(second.sell_many(10).await)));
        postgres.cut_power();
        // The till does not notice; head office answers with `Retry-After`, and no node ends.
        sold.extend(ids(first.sell_many(10).await).chain(ids(second.sell_many(10).await)));
        is_down(&office, "").await;
        if round == 2 {
            // PostgreSQL runs, but keeps starting up for a long time.
            postgres.start_endlessly();
            sold.extend(ids(first.sell_many(5).await));
            let why = "the database system is";
            eventually("the answer has the reason", || async { office.get("/v1/hq/outlets").await.text.contains(why) })
                .await;
            is_down(&office, why).await;
            postgres.promote();
        } else {
            postgres.restart();
        }
        if round == 1 {
            // The node of the first outlet is killed at work, and restarts at the same address.
            let listen = one.url.strip_prefix("http://").unwrap().to_owned();
            one.kill();
            sold.extend(ids(first.sell_many(5).await));
            one = node(dir, "one", &database, &listen);
        }
        all_arrived(&office, &[&first, &second], &sold).await;
    }

    // An outlet switches to the other node at work.
    let before = first.status().await["total_synced"].as_i64().unwrap();
    sold.extend(ids(first.sell_many(30).await));
    let settings = json!({"cloud_api_url": format!("{}/v1", two.url), "cloud_api_key": first.app().env.cloud_api_key});
    first.admin().call("PUT", "/api/v1/config/outlet", &settings).await.data();
    one.kill();
    sold.extend(ids(first.sell_many(5).await));
    all_arrived(&office, &[&first, &second], &sold).await;
    assert!(first.status().await["total_synced"].as_i64().unwrap() >= before + 35);
}

/// Point-in-time recovery as in the manual: head office's database is restored, and outlets send the rest again.
#[tokio::test(flavor = "multi_thread")]
async fn a_point_in_time_restore_receives_the_later_changes() {
    let postgres = tokio::task::spawn_blocking(Postgres::start_with_archive).await.unwrap();
    let dir = testkit::Scratch::new();
    let (dir, database) = (dir.path(), postgres.url());
    boss(dir, &database);
    let mut one = node(dir, "one", &database, "127.0.0.1:0");
    let mut two = node(dir, "two", &database, "127.0.0.1:0");
    let mut first = outlet(dir, &database, "JKT-001", &one.url).await;
    let mut second = outlet(dir, &database, "JKT-002", &two.url).await;
    let office = head_office(&two.url).await;
    let mut sold: BTreeSet<String> = ids(first.sell_many(5).await).chain(ids(second.sell_many(5).await)).collect();
    all_arrived(&office, &[&first, &second], &sold).await;

    postgres.back_up();
    sold.extend(ids(first.sell_many(10).await).chain(ids(second.sell_many(10).await)));
    set_price(&office, &[&first, &second], 31_000).await;
    all_arrived(&office, &[&first, &second], &sold).await;
    let moment = postgres.ask("select clock_timestamp()");
    let before = sold.len();
    sold.extend(ids(first.sell_many(10).await).chain(ids(second.sell_many(10).await)));
    set_price(&office, &[&first, &second], 32_000).await;
    all_arrived(&office, &[&first, &second], &sold).await;
    postgres.wait_for_archive();

    for node in [&mut one, &mut two] {
        assert_eq!(node.terminate(), Some(0));
    }
    postgres.cut_power();
    sold.extend(ids(first.sell_many(5).await));
    postgres.restore(&moment);
    let at = |node: &Process| node.url.strip_prefix("http://").unwrap().to_owned();
    assert_eq!(postgres.ask("select count(*) from sales"), before.to_string(), "the database is restored");
    let _one = node(dir, "one", &database, &at(&one));
    let _two = node(dir, "two", &database, &at(&two));

    // Sales are complete again; head office's later changes are lost, and outlets follow.
    let office = head_office(&two.url).await;
    recovered(&office, &sold).await;
    all_arrived(&office, &[&first, &second], &sold).await;
    price_is(&[&first, &second], 31_000).await;
    set_price(&office, &[&first, &second], 33_000).await;
    sold.extend(ids(second.sell_many(3).await));
    all_arrived(&office, &[&first, &second], &sold).await;
}

/// A failover to a standby that was behind: nodes switch by themselves, and outlets send the missing orders.
#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_standby_receives_the_changes_it_lacks() {
    let (primary, standby) = tokio::task::spawn_blocking(|| {
        let primary = Postgres::start("-c fsync=off");
        let standby = primary.start_standby();
        (primary, standby)
    })
    .await
    .unwrap();
    let dir = testkit::Scratch::new();
    let (dir, database) = (dir.path(), primary.url_with(&standby));
    boss(dir, &database);
    let (one, two) = (node(dir, "one", &database, "127.0.0.1:0"), node(dir, "two", &database, "127.0.0.1:0"));
    let mut first = outlet(dir, &database, "JKT-001", &one.url).await;
    let mut second = outlet(dir, &database, "JKT-002", &two.url).await;
    let office = head_office(&two.url).await;
    let mut sold: BTreeSet<String> = ids(first.sell_many(10).await).chain(ids(second.sell_many(10).await)).collect();
    all_arrived(&office, &[&first, &second], &sold).await;
    primary.wait_for_standby(&standby);

    // The standby misses the following changes.
    standby.cut_power();
    sold.extend(ids(first.sell_many(10).await).chain(ids(second.sell_many(10).await)));
    all_arrived(&office, &[&first, &second], &sold).await;
    primary.cut_power();
    sold.extend(ids(first.sell_many(5).await));
    standby.restart();
    is_down(&office, "").await;
    assert_eq!(standby.ask("select count(*) from sales"), "20");
    standby.promote();
    recovered(&office, &sold).await;
    all_arrived(&office, &[&first, &second], &sold).await;
}
