//! Nodes of two versions beside each other during an upgrade.

use hub::Hub;
use store::Fault;

use crate::app::{TestHub, coffee};

async fn another_node(hub: &TestHub) -> Result<Hub, String> {
    Hub::open(&hub.config, web::time::now()).await.map(|(hub, _)| hub).map_err(|error| error.to_string())
}

/// The effect of a later version's migration that this version can see.
async fn migrate(hub: &TestHub, version: i64, oldest: i64) {
    let insert = "insert into schema_migrations (version, name, oldest) values (?1, 'later', ?2)";
    let args = [version.into(), oldest.into()];
    let inserted: Result<usize, Fault> = hub.hub.store().write(move |tx| tx.execute(insert, &args)).await;
    inserted.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_first_starts_create_the_tables_once() {
    let dir = testkit::Scratch::new();
    let config = hub::Config { database_url: crate::engine::fresh_database(dir.path()), ..hub::Config::default() };
    let starts = (0..4).map(|_| {
        let config = config.clone();
        tokio::spawn(async move { Hub::open(&config, web::time::now()).await.unwrap() })
    });
    let starts: Vec<_> = starts.collect();
    let (mut hubs, mut passwords) = (Vec::new(), 0);
    for start in starts {
        let (hub, first) = start.await.unwrap();
        passwords += usize::from(first.is_some());
        hubs.push(hub);
    }
    assert_eq!(passwords, 1, "the first password is shown once");
    for sql in ["select count(*) from schema_migrations", "select count(*) from hq_users"] {
        let found = hubs[0].store().read(move |tx| tx.first(sql, &[], |row| row.int(0))).await.unwrap();
        assert_eq!(found, Some(1), "{sql}");
    }
}

#[tokio::test]
async fn an_older_node_serves_beside_a_newer_one_until_it_is_stopped() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items = [outlet.order(1, &coffee("before")), outlet.named("product", "p1", "Kopi")];
    outlet.push(&items).await;
    // The old node runs, with prepared statements, while another node adds what a later version needs.
    for sql in [
        "alter table sales add column of_later text not null default ''",
        "alter table stream_entries add column of_later bigint",
        "create table of_later (id bigint primary key)",
        "create index of_later_by_name on sales (of_later)",
    ] {
        hub.execute(sql, None).await;
    }
    migrate(&hub, 2, 1).await;
    let items = [outlet.order(1, &coffee("beside")), outlet.named("product", "p2", "Teh")];
    outlet.push(&items).await;
    assert_eq!(outlet.pull("", "").await.changes.len(), 2);

    let started = another_node(&hub).await.unwrap();
    outlet.connect_to_router(started.router());
    let items = [outlet.order(1, &coffee("after"))];
    outlet.push(&items).await;
    assert_eq!(hub.rows("orders", "from daily_sales").await, ["3"]);
    assert_eq!(hub::retain(started.store()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_node_too_old_for_the_tables_refuses_to_start() {
    let hub = TestHub::start().await;
    migrate(&hub, 2, 1).await;
    migrate(&hub, 7, 2).await;
    let error = another_node(&hub).await.err().unwrap();
    assert!(error.contains("schema 7") && error.contains("knows 1") && error.contains("upgrade"), "{error}");
}

#[tokio::test]
async fn a_database_of_another_program_is_rejected_unchanged() {
    for tables in [
        "create table schema_migrations (version text); create table posts (id int)",
        "create table outlets (id int)",
        "create table schema_migrations (version bigint, name text, oldest bigint); insert into schema_migrations values (1, 'init', 1)",
    ] {
        let url = crate::engine::fresh_whole_database();
        crate::engine::run(&url, tables);
        let config = hub::Config { database_url: url.clone(), ..hub::Config::default() };
        let error = hub::Hub::open(&config, web::time::now()).await.err().unwrap().to_string();
        assert!(error.contains("tables of another program"), "{error}");
        let count = "select count(*) from pg_tables where schemaname = 'public'";
        assert!(crate::engine::read::<i64>(&url, count) <= 2, "{tables}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_loses_the_database_at_start_reports_the_outage() {
    let hub = TestHub::start().await;
    let url = hub.config.database_url.clone();
    // Disconnects every session that waits for the table, the node among them, but only after the table is locked.
    let breaks = "set statement_timeout = '20s'; begin; lock table schema_migrations;
        do $$ begin
          while not exists (select from pg_locks where not granted and relation = 'schema_migrations'::regclass)
          loop perform pg_sleep(0.01); end loop;
          perform pg_terminate_backend(pid) from pg_locks where not granted and relation = 'schema_migrations'::regclass;
        end $$; rollback";
    let to = url.clone();
    let broken = tokio::task::spawn_blocking(move || crate::engine::run(&to, breaks));
    let locked = "select count(*) from pg_locks
        where granted and mode = 'AccessExclusiveLock' and relation = 'schema_migrations'::regclass";
    testkit::eventually("the table is locked", || async { crate::engine::read::<i64>(&url, locked) > 0 }).await;
    let error = another_node(&hub).await.err().unwrap();
    broken.await.unwrap();
    assert!(error.contains("cannot be reached") && !error.contains("right"), "{error}");
}
