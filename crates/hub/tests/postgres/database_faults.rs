//! A database that is slow, full, overloaded, out of connections or too old: the answer says when to retry or what to
//! do, nothing is half done, and the hub recovers by itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use hub::{Config, Hub};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Fault;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::app::{Reply, TestHub, TestOutlet, coffee, peer};
use crate::nodes::push_on;

/// Connections of a hub to its database.
const CONNECTIONS: usize = 12;

fn is_retry_later(reply: &Reply, code: &str, seconds: &str) {
    reply.refused(503, code);
    assert_eq!(reply.headers["retry-after"], seconds);
}

/// A batch that writes to every table that batches write to.
fn one_of_each_kind(outlet: &mut TestOutlet) -> Vec<Value> {
    let refused = json!({"id": "r"});
    vec![outlet.order(1, &coffee("o")), outlet.named("product", "p", "Kopi"), outlet.order(1, &refused)]
}

#[tokio::test]
async fn a_statement_timeout_rolls_its_batch_back() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let limit = "select current_setting('statement_timeout')";
    let limit = hub.hub.store().read(move |tx| tx.first(limit, &[], |row| row.string(0))).await;
    let limit: Result<Option<String>, Fault> = limit;
    assert_ne!(limit.unwrap().as_deref(), Some("0"), "each connection has a timeout");
    // The first statement of a batch shortens the timeout for the following ones; the last but one takes an hour.
    crate::engine::run(
        &hub.url,
        "create function short() returns trigger language plpgsql as
           $$ begin perform set_config('statement_timeout', '300ms', true); return new; end $$;
         create trigger short before update on outlets for each row execute function short();
         create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(3600); return new; end $$;
         create trigger slow before insert on stream_entries_catalog_default for each row execute function slow()",
    );
    let items = one_of_each_kind(&mut outlet);
    is_retry_later(&outlet.post(&outlet.batch(&items)).await, "database_busy", "5");
    for table in
        ["documents", "dead_letters", "sales", "sale_lines", "daily_sales", "shared_entities", "streams", "chains"]
    {
        assert_eq!(hub.count(table).await, 0, "{table}");
    }
    crate::engine::run(&hub.url, "drop trigger slow on stream_entries_catalog_default");
    assert_eq!(push_on(&mut outlet, &items).await.len(), 2, "the token of the product, and the rejection");
    for table in ["documents", "dead_letters", "sales", "stream_entries"] {
        assert_eq!(hub.count(table).await, 1, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_of_busy_connections_rejects_with_retry_after() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let token = hub.admin_token().await;
    let (go_on, busy) = (Arc::new(OnceLock::new()), Arc::new(AtomicUsize::new(0)));
    let read = |_| -> JoinHandle<Result<(), Fault>> {
        let (store, wait, busy) = (hub.hub.store().clone(), go_on.clone(), busy.clone());
        tokio::spawn(async move {
            let work = store.read(move |_| {
                busy.fetch_add(1, Ordering::SeqCst);
                wait.wait();
                Ok(())
            });
            work.await
        })
    };
    // Occupy every connection first: taking work from the queue later would free space in it.
    let mut reads: Vec<_> = (0..CONNECTIONS).map(read).collect();
    testkit::eventually("every connection is in use", || async { busy.load(Ordering::SeqCst) == CONNECTIONS }).await;
    reads.extend((CONNECTIONS..3_000).map(read));
    testkit::eventually("the queue is full", || async { reads.iter().any(JoinHandle::is_finished) }).await;
    let items = one_of_each_kind(&mut outlet);
    is_retry_later(&outlet.post(&outlet.batch(&items)).await, "database_busy", "1");
    is_retry_later(&outlet.get("updates").await, "database_busy", "1");
    is_retry_later(&hub.get("/v1/hq/orders", &token).await, "database_busy", "1");
    go_on.set(()).unwrap();
    let mut refused = 0;
    for read in reads {
        match read.await.unwrap() {
            Ok(()) => {}
            Err(Fault::Overloaded) => refused += 1,
            Err(fault) => panic!("{fault}"),
        }
    }
    assert!((1..=1_500).contains(&refused), "{refused} of 3,000 were rejected");
    assert_eq!(push_on(&mut outlet, &items).await.len(), 2);
    assert_eq!(hub.count("sales").await, 1);
}

#[tokio::test]
async fn a_server_without_free_connections_counts_as_down() {
    let base = crate::engine::fresh_whole_database();
    let name = base.split(['/', '?']).nth(3).unwrap();
    crate::engine::run(&base, &format!("create role {name} login; alter database {name} owner to {name}"));
    let url = base.replace("gerai@", &format!("{name}@"));
    let hub = TestHub::on(url, testkit::Scratch::new(), Config::default()).await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items = [outlet.order(1, &coffee("a"))];
    outlet.push(&items).await;
    let none_left = format!("alter role {name} connection limit 0");
    let end = format!("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where usename = '{name}'");
    crate::engine::run(&base, &none_left);
    assert!(crate::engine::read::<i64>(&base, &end) > 1);

    let items = [outlet.order(1, &coffee("b"))];
    let refused = outlet.post(&outlet.batch(&items)).await;
    is_retry_later(&refused, "database_unreachable", "2");
    let ready = axum::http::Request::get("/readyz").body(axum::body::Body::empty()).unwrap();
    assert_eq!(hub.send(ready).await.status, 503);

    crate::engine::run(&base, &format!("alter role {name} connection limit -1"));
    push_on(&mut outlet, &items).await;
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["2|40000"]);
}

#[tokio::test]
async fn a_database_without_tables_is_not_ready() {
    let base = crate::engine::fresh_whole_database();
    let hub = TestHub::on(base.clone(), testkit::Scratch::new(), Config::default()).await;
    let ready = async || {
        let answer = hub.send(axum::http::Request::get("/readyz").body(axum::body::Body::empty()).unwrap()).await;
        (answer.status.as_u16(), answer.body["error"].clone())
    };
    assert_eq!(ready().await, (200, serde_json::Value::Null));
    crate::engine::run(&base, "alter schema public rename to away; create schema public");
    assert_eq!(ready().await, (503, "database_unavailable".into()));
    crate::engine::run(&base, "drop schema public; alter schema away rename to public");
    assert_eq!(ready().await, (200, serde_json::Value::Null));
}

#[tokio::test]
async fn a_sale_is_accepted_once_a_full_database_has_space() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let sale = [outlet.order(1, &coffee("o1"))];
    // The server's errors when it cannot extend a file, when its disk fails, and when it has no memory.
    for state in ["53100", "58030", "53200"] {
        let refuse = format!(
            "create or replace function no_room() returns trigger language plpgsql as
               $$ begin raise exception 'no room' using errcode = '{state}'; end $$"
        );
        hub.execute(String::leak(refuse), None).await;
        hub.execute("create trigger no_room before insert on documents for each row execute function no_room()", None)
            .await;
        is_retry_later(&outlet.post(&outlet.batch(&sale)).await, "disk_full", "30");
        hub.execute("drop trigger no_room on documents", None).await;
    }
    assert_eq!(hub.count("chains where batch_no > 0").await, 0);
    outlet.push(&sale).await;
    assert_eq!(hub.rows("orders", "from daily_sales").await, ["1"]);
}

#[tokio::test]
async fn a_read_only_standby_is_left_for_a_writable_server() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let sale = [outlet.order(1, &coffee("o1"))];
    // The connection survives when its server becomes a standby; only the error shows it.
    hub.execute(
        "create function stood_down() returns trigger language plpgsql as
           $$ begin raise exception 'read-only' using errcode = '25006'; end $$",
        None,
    )
    .await;
    hub.execute(
        "create trigger stood_down before insert on documents for each row execute function stood_down()",
        None,
    )
    .await;
    is_retry_later(&outlet.post(&outlet.batch(&sale)).await, "database_unreachable", "2");
    hub.execute("drop trigger stood_down on documents", None).await;
    outlet.push(&sale).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_make_complete_snapshots_at_the_same_time() {
    let hub = TestHub::start().await;
    let other = Hub::open(&hub.config, web::time::now()).await.unwrap().0;
    assert_eq!(hub.hub.store().snapshots_path(), other.store().snapshots_path(), "they share the folder");
    for n in 0..10 {
        let mut outlet = hub.outlet(&format!("JKT-{n}")).await;
        let items: Vec<Value> = (0..500).map(|n| outlet.table(&format!("t{n}"))).collect();
        outlet.push(&items).await;
        let get = |router: axum::Router| {
            let request = Request::get(format!("/v1/outlets/{}/snapshot", outlet.id))
                .header(header::AUTHORIZATION, format!("Bearer {}", outlet.key))
                .extension(peer());
            async move {
                let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                let etag = answer.headers()["etag"].to_str().unwrap().trim_matches('"').to_owned();
                let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
                assert_eq!(protocol::snapshot::hex(&Sha256::digest(&bytes)), etag);
            }
        };
        tokio::join!(get(hub.router.clone()), get(other.router()));
    }
}

#[tokio::test]
async fn a_too_old_server_is_reported_and_unchanged() {
    let dir = testkit::Scratch::new();
    let url = crate::engine::fresh_database(dir.path());
    // Pretends to be an older server: functions of the schema precede those of the system.
    crate::engine::run(
        &url,
        "create function current_setting(text) returns text language sql as
           $$ select case $1 when 'server_version_num' then '140023' else pg_catalog.current_setting($1) end $$;
         create function version() returns text language sql as $$ select 'PostgreSQL 14.23 on a machine' $$",
    );
    let config = Config { database_url: format!("{url}%2Cpg_catalog"), ..Config::default() };
    let error = Hub::open(&config, web::time::now()).await.err().unwrap().to_string();
    assert!(error.contains("PostgreSQL 14.23") && error.contains("15 or later is needed"), "{error}");
    let tables = "select count(*) from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace";
    assert_eq!(crate::engine::read::<i64>(&url, tables), 0);
}
