//! A hub moves from SQLite to PostgreSQL: all of it, whatever breaks the move off, and not into anything else.

use std::path::Path;

use hub::{Config, Hub, OpenError, webhooks};
use rusqlite::Connection;
use serde_json::json;
use store::to_postgres::{MigrateError, Migrated, Start, Step, migrate_to_postgres};

use crate::app::{TestHub, TestOutlet, coffee};
use crate::pull::behind;

/// A hub on SQLite in which an outlet has done everything that leaves a row somewhere, and an empty PostgreSQL.
struct House {
    old: TestHub,
    outlet: TestOutlet,
    to: String,
}

impl House {
    async fn full() -> Self {
        let dir = testkit::Scratch::new();
        let url = format!("sqlite:{}", dir.path().join("hub.db").display());
        let old = TestHub::on(url, dir, Config::default()).await;
        let mut outlet = old.outlet("JKT-001").await;
        let mut named = coffee("o1");
        named["customer_name"] = "Bu\0di".into();
        let mut refused = coffee("o2");
        refused["total"] = 1.into();
        let items = [
            outlet.order(1, &named),
            outlet.order(1, &refused),
            outlet.named("product", "p1", "Kopi"),
            outlet.named("product", "p\0", "Te\0h"),
        ];
        outlet.push(&items).await;
        let day = json!({"business_date": "2026-11-22", "orders": 1, "total": 20_000, "by_method": {"cash": 20_000}});
        outlet.ask("statement", &json!({"days": [{"settled": true, "statement": day}]})).await.ok();
        outlet.pull("", "limit=10").await;
        let set = |tx: &mut store::Tx<'_>| webhooks::set_url(tx, "JKT-001", "https://jkt.example/x", web::time::now());
        old.hub.store().write(set).await.unwrap();
        let to = crate::engine::fresh_database(Path::new(""));
        Self { old, outlet, to }
    }

    fn file(&self) -> &Path {
        Path::new(self.old.url.strip_prefix("sqlite:").unwrap())
    }

    /// As the sqlite3 shell would.
    fn shell(&self, sql: &str) {
        Connection::open(self.file()).unwrap().execute_batch(sql).unwrap();
    }

    /// Many more rows than fit into one transaction of the move.
    fn fill(&self) {
        self.shell(
            "with recursive n (n) as (select 1 union all select n + 1 from n where n < 12000)
             insert into sale_lines select 'x', 'order ' || n, 1, 'p', 'Kopi', 1, 2, 2 from n;
             insert into documents select 'x', 'order', order_id, 1, 1, 0, replace(hex(zeroblob(1500000)), '00', 'x'),
               '', '', '', 1 from sale_lines where order_id in ('order 1', 'order 2', 'order 3')",
        );
    }

    async fn stop(&self) {
        self.old.hub.store().close().await;
    }

    async fn moves(&self) -> Result<Migrated, MigrateError> {
        self.moves_telling(|_| ()).await.unwrap()
    }

    /// None where `tell` panics.
    async fn moves_telling(&self, tell: impl FnMut(Step) + Send + 'static) -> Option<Result<Migrated, MigrateError>> {
        let (from, to) = (self.old.url.clone(), self.to.clone());
        tokio::task::spawn_blocking(move || migrate_to_postgres(&from, &to, &hub::SCHEMA, web::time::now(), tell))
            .await
            .ok()
    }

    async fn start(&self, url: &str) -> Result<Hub, OpenError> {
        let config = Config { database_url: url.to_owned(), ..Config::default() };
        Hub::open(&config, web::time::now()).await.map(|(hub, _)| hub)
    }

    /// What whoever starts a hub on the new database is told.
    async fn said_by_the_new_one(&self) -> String {
        self.start(&self.to).await.err().map(|error| error.to_string()).unwrap_or_default()
    }

    fn on_the_new_one(&self, sql: &str) {
        crate::engine::run(&self.to, sql);
    }

    /// Every row of every table in the file, as text, read from it directly.
    fn rows(&self) -> Vec<(String, Vec<String>)> {
        let file = Connection::open(self.file()).unwrap();
        let list = |sql: &str| {
            let mut statement = file.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.collect::<Result<Vec<String>, _>>().unwrap()
        };
        let tables = list("select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by 1");
        let kept = tables.into_iter().filter(|table| table != "schema_migrations" && table != "moved_to");
        kept.map(|table| {
            let columns = list(&format!("select name from pragma_table_info('{table}') order by cid"));
            let mut rows = list(&row_as_text(&table, &columns));
            rows.sort();
            (table, rows)
        })
        .collect()
    }

    /// The same rows in the new database.
    async fn rows_there(&self, hub: &Hub) -> Vec<(String, Vec<String>)> {
        let file = Connection::open(self.file()).unwrap();
        let mut all = Vec::new();
        for (table, _) in self.rows() {
            let mut statement = file.prepare("select name from pragma_table_info(?1) order by cid").unwrap();
            let columns: Vec<String> =
                statement.query_map([&table], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
            let sql = row_as_text(&table, &columns);
            let mut rows = hub.store().read(move |tx| tx.all(&sql, &[], |row| row.string(0))).await.unwrap();
            rows.sort();
            all.push((table, rows));
        }
        all
    }
}

fn row_as_text(table: &str, columns: &[String]) -> String {
    let columns: Vec<_> = columns.iter().map(|name| format!("coalesce(cast({name} as text), 'null')")).collect();
    format!("select {} from {table}", columns.join(" || '|' || "))
}

fn without_zeros(rows: Vec<(String, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    let replaced = |rows: Vec<String>| rows.into_iter().map(|row| row.replace('\0', "\u{fffd}"));
    rows.into_iter()
        .map(|(table, rows)| {
            let mut rows: Vec<_> = replaced(rows).collect();
            rows.sort();
            (table, rows)
        })
        .collect()
}

#[tokio::test]
async fn a_migration_copies_every_row_of_every_table() {
    let mut house = House::full().await;
    let token = house.old.admin_token().await;
    let items = [house.outlet.order(1, &coffee("o3"))];
    let unanswered = house.outlet.batch(&items);
    let answer = house.outlet.post(&unanswered).await.ok();
    house.old.execute("insert into hub_hours (id, hour) values (1, 1)", None).await;
    let page = house.outlet.pull("", "limit=10").await;
    house.stop().await;
    let moved = house.moves().await.unwrap();

    let (rows, tables) = (house.rows(), moved.tables.iter().map(|table| (&table.table, table.sum.rows)));
    assert!(rows.iter().map(|(table, rows)| (table, rows.len() as u64)).eq(tables));
    for (table, rows) in &rows {
        assert!(!rows.is_empty(), "nothing was in {table}: this test is to fill it");
    }
    let new = house.start(&house.to).await.unwrap();
    assert_eq!(house.rows_there(&new).await, without_zeros(rows));
    let name = "select customer_name from sales where order_id = 'o1'";
    let name = new.store().read(move |tx| tx.first(name, &[], |row| row.string(0))).await.unwrap();
    assert_eq!(name.as_deref(), Some("Bu\u{fffd}di"), "as the ingest would have stored it");

    // The answer was lost: the kept one is given again, and the chain goes on from there.
    house.outlet.goes_to_router(new.router());
    assert_eq!(house.outlet.post(&unanswered).await.ok()["chain"], answer["chain"]);
    house.outlet.moved_to(&unanswered);
    let items = [house.outlet.order(1, &coffee("o4")), house.outlet.named("product", "p3", "Teh")];
    house.outlet.push(&items).await;
    let next = house.outlet.pull(&behind("", &page), "limit=10").await;
    assert!(!next.stream_reset);
    assert_eq!(next.changes.iter().map(|change| &*change.update.of.entity_id).collect::<Vec<_>>(), ["p3"]);
    let request = axum::http::Request::get("/v1/hq/orders").header("authorization", format!("Bearer {token}"));
    let there = crate::app::send(&new.router(), request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(there.ok().as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_interrupted_migration_resumes_and_no_hub_starts_on_it() {
    let house = House::full().await;
    house.stop().await;
    house.fill();
    let (mut copied, mut died_after) = (0, Vec::new());
    for tries in 1.. {
        let (tell, told) = std::sync::mpsc::channel();
        let mut left = tries;
        let ended = house.moves_telling(move |step| {
            tell.send(step).unwrap();
            left -= 1;
            assert!(left > 0, "dies here");
        });
        let ended = ended.await;
        let told: Vec<Step> = told.iter().collect();
        match died_after.last() {
            None => assert_eq!(told[0], Step::Begun(Start::First)),
            // All is copied, and the file says so.
            Some(Step::Marked) => assert!(matches!(told[0], Step::Compared { .. }), "{told:?}"),
            Some(_) => assert_eq!(told[0], Step::Begun(Start::Resumed)),
        }
        for step in &told {
            if let Step::Copied { rows, of } = *step {
                assert!(rows > copied && rows <= of, "{rows} of {of} after {copied}");
                copied = rows;
            }
        }
        if let Some(moved) = ended {
            assert_eq!(moved.unwrap().tables.iter().map(|table| table.sum.rows).sum::<u64>(), copied);
            break;
        }
        died_after.push(told[told.len() - 1]);
        assert!(house.said_by_the_new_one().await.contains("broken off"), "{told:?}");
    }
    let died = |when: fn(&Step) -> bool| died_after.iter().filter(|step| when(step)).count();
    let copying = died(|step| matches!(step, Step::Copied { .. }));
    let comparing = died(|step| matches!(step, Step::Compared { .. }));
    assert!(copying > 3 && comparing > 3 && died_after.contains(&Step::Marked), "{died_after:?}");
    let new = house.start(&house.to).await.unwrap();
    assert_eq!(house.rows_there(&new).await, without_zeros(house.rows()));
}

#[tokio::test]
async fn what_has_changed_in_the_new_database_is_found_before_it_is_ready() {
    for change in [
        "update sales set total = total + 1",
        "delete from sale_lines",
        "insert into streams values ('outlet:x', 1)",
        "update webhooks set last_error = ''",
    ] {
        let house = House::full().await;
        house.stop().await;
        let to = house.to.clone();
        let tampers = move |step| {
            if matches!(step, Step::Copied { rows, of } if rows == of) {
                crate::engine::run(&to, change);
            }
        };
        let Some(Err(MigrateError::Differs { table, here, there })) = house.moves_telling(tampers).await else {
            panic!("not found: {change}")
        };
        assert!(change.contains(&table) && here != there, "{change}: {table}");
        assert!(house.said_by_the_new_one().await.contains("broken off"));
        house.start(&house.old.url).await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_a_hub_used_after_the_break_is_copied_anew() {
    let mut house = House::full().await;
    house.stop().await;
    let dies = |step| assert!(!matches!(step, Step::Copied { rows, .. } if rows > 4), "dies here");
    assert!(house.moves_telling(dies).await.is_none());
    let old = house.start(&house.old.url).await.unwrap();
    house.outlet.goes_to_router(old.router());
    let items = [house.outlet.order(1, &coffee("o5"))];
    house.outlet.push(&items).await;
    old.store().close().await;
    let (tell, told) = std::sync::mpsc::channel();
    house.moves_telling(move |step| tell.send(step).unwrap()).await.unwrap().unwrap();
    assert_eq!(told.iter().next(), Some(Step::Begun(Start::Anew)));
    let new = house.start(&house.to).await.unwrap();
    assert_eq!(house.rows_there(&new).await, without_zeros(house.rows()));
}

#[tokio::test]
async fn a_file_in_use_is_not_moved_and_one_that_was_moved_starts_no_hub() {
    let house = House::full().await;
    let refused = house.moves().await.unwrap_err().to_string();
    assert!(refused.contains("hub.db is in use; stop the hub"), "{refused}");
    house.stop().await;
    let url = house.old.url.clone();
    let holds = house.moves_telling(move |step| {
        if step == Step::Begun(Start::First) {
            let refused = store::Store::open(&url, &hub::SCHEMA).err().unwrap().to_string();
            assert!(refused.contains("is locked by another program"), "{refused}");
        }
    });
    let moved = holds.await.unwrap().unwrap();
    let refused = house.start(&house.old.url).await.err().unwrap().to_string();
    assert!(refused.contains(&format!("was moved to {} on {}", moved.to, moved.ready_at)), "{refused}");
    // Said again it does nothing; to another place it goes no more.
    let again = house.moves().await.unwrap();
    assert_eq!((again.ready_at, again.tables), (moved.ready_at, vec![]));
    let elsewhere = House { to: crate::engine::fresh_database(Path::new("")), ..house };
    let refused = elsewhere.moves().await.unwrap_err().to_string();
    assert!(refused.contains("was moved to"), "{refused}");
    // Whoever wants the old one back says so.
    elsewhere.shell("drop table moved_to");
    elsewhere.start(&elsewhere.old.url).await.unwrap();
}

#[tokio::test]
async fn only_an_empty_database_is_moved_into() {
    let house = House::full().await;
    house.stop().await;
    let used = house.start(&house.to).await.unwrap();
    let refused = house.moves().await.unwrap_err().to_string();
    assert!(refused.contains("is not empty: there are rows in hq_users"), "{refused}");
    used.store().close().await;

    let other = House::full().await;
    other.stop().await;
    let mut into = House { to: other.to.clone(), ..house };
    assert!(other.moves_telling(|_| panic!("dies here")).await.is_none());
    let refused = into.moves().await.unwrap_err().to_string();
    assert!(refused.contains("holds a part of") && refused.contains("hub.db"), "{refused}");
    other.moves().await.unwrap();
    // A hub is there, whether the file knows of it or not.
    other.shell("drop table moved_to");
    for house in [&other, &into] {
        assert!(matches!(house.moves().await, Err(MigrateError::NotEmpty { .. })));
    }
    other.on_the_new_one("insert into moved_from select 'x', place, 0, '', '[]', 0, '', null from moved_from");
    into.to = crate::engine::fresh_database(Path::new(""));
    into.moves().await.unwrap();
}

#[tokio::test]
async fn only_from_sqlite_to_postgresql() {
    let house = House::full().await;
    let (file, server) = (house.old.url.clone(), house.to.clone());
    house.stop().await;
    let moves = |from: &str, to: &str| {
        let (from, to) = (from.to_owned(), to.to_owned());
        async move {
            let done = move || migrate_to_postgres(&from, &to, &hub::SCHEMA, web::time::now(), |_| ());
            tokio::task::spawn_blocking(done).await.unwrap().unwrap_err().to_string()
        }
    };
    for (from, to) in [(&server, &file), (&file, &file), (&server, &server)] {
        let refused = moves(from, to).await;
        assert!(refused.contains("from SQLite to PostgreSQL; write --from sqlite:FILE"), "{refused}");
    }
    assert!(moves("sqlite:/nowhere/hub.db", &server).await.contains("there is no /nowhere/hub.db"));
    let nobody = "postgres://gerai@127.0.0.1:1/x?sslmode=disable";
    assert!(moves(&file, nobody).await.contains("127.0.0.1:1/x cannot be reached"));
    house.start(&file).await.unwrap();
}
