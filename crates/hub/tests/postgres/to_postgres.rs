//! Migrating a hub from SQLite to PostgreSQL: everything is copied, an interrupted migration resumes, and the target
//! must be empty.

use std::path::Path;

use hub::{Config, Hub, OpenError, webhooks};
use rusqlite::Connection;
use serde_json::json;
use store::to_postgres::{MigrateError, Migrated, Start, Step, migrate_to_postgres};

use crate::app::{TestHub, TestOutlet, coffee, discount, refund, shift, tax};
use crate::pull::behind;

/// A hub on SQLite with a row in every table, and an empty PostgreSQL.
struct Migration {
    old: TestHub,
    outlet: TestOutlet,
    to: String,
}

impl Migration {
    async fn prepare() -> Self {
        let dir = testkit::Scratch::new();
        let url = format!("sqlite:{}", dir.path().join("hub.db").display());
        let old = TestHub::on(url, dir, Config::default()).await;
        let mut outlet = old.outlet("JKT-001").await;
        let mut named = coffee("o1");
        named["customer_name"] = "Bu\0di".into();
        named["charges"] = json!([tax("PBJT", 1_000, 20_000, 0)]);
        named["discounts"] = json!([discount("amount", 0)]);
        let mut refused = coffee("o2");
        refused["total"] = 1.into();
        let items = [
            outlet.order(1, &named),
            outlet.order(1, &refused),
            outlet.item(
                json!({"entity_type": "refund", "entity_id": "r", "data": refund("r", "o1", "2026-11-22", 5_000)}),
            ),
            outlet.item(json!({"entity_type": "shift", "entity_id": "s", "data": shift("s", "2026-11-22")})),
            outlet.named("product", "p1", "Kopi"),
            outlet.named("product", "p\0", "Te\0h"),
        ];
        outlet.push(&items).await;
        let day = json!({"business_date": "2026-11-22", "orders": 1, "total": 20_000, "refunds": 0, "refunded": 0, "by_method": {"cash": 20_000}});
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

    /// As the sqlite3 shell does.
    fn shell(&self, sql: &str) {
        Connection::open(self.file()).unwrap().execute_batch(sql).unwrap();
    }

    /// Many more rows than one transaction of the migration copies.
    fn fill(&self) {
        self.shell(
            "with recursive n (n) as (select 1 union all select n + 1 from n where n < 12000)
             insert into sale_lines select 'x', 'order ' || n, 1, 'p', 'Kopi', 1, 0, 2, 2 from n;
             insert into documents select 'x', 'order', order_id, 1, 1, 0, replace(hex(zeroblob(1500000)), '00', 'x'),
               '', '', '', 1 from sale_lines where order_id in ('order 1', 'order 2', 'order 3')",
        );
    }

    async fn stop(&self) {
        self.old.hub.store().close().await;
    }

    async fn migrate(&self) -> Result<Migrated, MigrateError> {
        self.migrate_reporting(|_| ()).await.unwrap()
    }

    /// None if `report` panics.
    async fn migrate_reporting(
        &self,
        report: impl FnMut(Step) + Send + 'static,
    ) -> Option<Result<Migrated, MigrateError>> {
        let (from, to) = (self.old.url.clone(), self.to.clone());
        tokio::task::spawn_blocking(move || migrate_to_postgres(&from, &to, &hub::SCHEMA, web::time::now(), report))
            .await
            .ok()
    }

    async fn start(&self, url: &str) -> Result<Hub, OpenError> {
        let config = Config { database_url: url.to_owned(), ..Config::default() };
        Hub::open(&config, web::time::now()).await.map(|(hub, _)| hub)
    }

    /// The error of a hub that starts on the new database; empty if it starts.
    async fn start_error(&self) -> String {
        self.start(&self.to).await.err().map(|error| error.to_string()).unwrap_or_default()
    }

    fn run_at_target(&self, sql: &str) {
        crate::engine::run(&self.to, sql);
    }

    /// Every row of every table in the file, as text, read directly.
    fn rows(&self) -> Vec<(String, Vec<String>)> {
        let file = Connection::open(self.file()).unwrap();
        let list = |sql: &str| {
            let mut statement = file.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.collect::<Result<Vec<String>, _>>().unwrap()
        };
        let tables = list("select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by 1");
        let copied_tables = tables.into_iter().filter(|table| table != "schema_migrations" && table != "migrated_to");
        copied_tables
            .map(|table| {
                let columns = list(&format!("select name from pragma_table_info('{table}') order by cid"));
                let mut rows = list(&row_as_text(&table, &columns, "lower(hex(bytes))"));
                rows.sort();
                (table, rows)
            })
            .collect()
    }

    /// The same rows in the new database.
    async fn target_rows(&self, hub: &Hub) -> Vec<(String, Vec<String>)> {
        let file = Connection::open(self.file()).unwrap();
        let mut all = Vec::new();
        for (table, _) in self.rows() {
            let mut statement = file.prepare("select name from pragma_table_info(?1) order by cid").unwrap();
            let columns: Vec<String> =
                statement.query_map([&table], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
            let sql = row_as_text(&table, &columns, "encode(bytes, 'hex')");
            let mut rows = hub.store().read(move |tx| tx.all(&sql, &[], |row| row.string(0))).await.unwrap();
            rows.sort();
            all.push((table, rows));
        }
        all
    }
}

/// `hex` writes the one column with bytes in the engine's dialect.
fn row_as_text(table: &str, columns: &[String], hex: &str) -> String {
    let value = |name: &String| if name == "bytes" { hex.to_owned() } else { format!("cast({name} as text)") };
    let columns: Vec<_> = columns.iter().map(|name| format!("coalesce({}, 'null')", value(name))).collect();
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
    let mut migration = Migration::prepare().await;
    let token = migration.old.admin_token().await;
    let items = [migration.outlet.order(1, &coffee("o3"))];
    let unanswered = migration.outlet.batch(&items);
    let answer = migration.outlet.post(&unanswered).await.ok();
    migration.old.execute("insert into hub_hours (id, hour) values (1, 1)", None).await;
    let product = json!({"name": "Roti", "price": 8_000, "code": "R1"});
    migration.old.ask("POST /v1/hq/products", &token, &product, None).await.created();
    let sold_out = json!({"all": true, "available": false});
    migration.old.ask("POST /v1/hq/products/bulk", &token, &sold_out, None).await.ok();
    let ended = "insert into ended_sessions values ('ended', '2026-11-22T00:00:00.000Z', 1)";
    migration.old.execute(ended, None).await;
    let devices = "insert into device_reports values (?1, 1, 0, null, '[]', '2026-11-22T00:00:00.000Z')";
    migration.old.execute(devices, Some(migration.outlet.id.clone())).await;
    let image = "insert into images values ('hash', 'image/png', x'89504e47', '2026-11-22T00:00:00.000Z')";
    migration.old.execute(image, None).await;
    let event = "insert into audit_events values (?1, 'c', 1, '{}', 'p', 'h', 'r', 'a', 'd', 'created', 'u', 'k')";
    migration.old.execute(event, Some(migration.outlet.id.clone())).await;
    let head = "insert into audit_heads values (?1, 'c', 1, 'h', null, null, null, null, null, null, 'u')";
    migration.old.execute(head, Some(migration.outlet.id.clone())).await;
    let page = migration.outlet.pull("", "limit=10").await;
    migration.stop().await;
    let moved = migration.migrate().await.unwrap();

    let (rows, tables) = (migration.rows(), moved.tables.iter().map(|table| (&table.table, table.sum.rows)));
    assert!(rows.iter().map(|(table, rows)| (table, rows.len() as u64)).eq(tables));
    for (table, rows) in &rows {
        assert!(!rows.is_empty(), "{table} is empty: fill it in this test");
    }
    let new = migration.start(&migration.to).await.unwrap();
    assert_eq!(migration.target_rows(&new).await, without_zeros(rows));
    let name = "select customer_name from sales where order_id = 'o1'";
    let name = new.store().read(move |tx| tx.first(name, &[], |row| row.string(0))).await.unwrap();
    assert_eq!(name.as_deref(), Some("Bu\u{fffd}di"), "as ingest stores it");

    // The answer was lost: the stored reply is sent again, and the chain continues.
    migration.outlet.connect_to_router(new.router());
    assert_eq!(migration.outlet.post(&unanswered).await.ok()["chain"], answer["chain"]);
    migration.outlet.advance(&unanswered);
    let items = [migration.outlet.order(1, &coffee("o4")), migration.outlet.named("product", "p3", "Teh")];
    migration.outlet.push(&items).await;
    let next = migration.outlet.pull(&behind("", &page), "limit=10").await;
    assert!(!next.stream_reset);
    assert_eq!(next.changes.iter().map(|change| &*change.update.of.entity_id).collect::<Vec<_>>(), ["p3"]);
    let request = axum::http::Request::get("/v1/hq/orders").header("authorization", format!("Bearer {token}"));
    let there = crate::app::send(&new.router(), request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(there.ok().as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_interrupted_migration_resumes_and_no_hub_starts_on_it() {
    let migration = Migration::prepare().await;
    migration.stop().await;
    migration.fill();
    let (mut copied, mut died_after) = (0, Vec::new());
    for tries in 1.. {
        let (report, steps) = std::sync::mpsc::channel();
        let mut left = tries;
        let ended = migration.migrate_reporting(move |step| {
            report.send(step).unwrap();
            left -= 1;
            assert!(left > 0, "dies here");
        });
        let ended = ended.await;
        let steps: Vec<Step> = steps.iter().collect();
        match died_after.last() {
            None => assert_eq!(steps[0], Step::Begun(Start::First)),
            // Everything is copied, and the file says so.
            Some(Step::Marked) => assert!(matches!(steps[0], Step::Compared { .. }), "{steps:?}"),
            Some(_) => assert_eq!(steps[0], Step::Begun(Start::Resumed)),
        }
        for step in &steps {
            if let Step::Copied { rows, of } = *step {
                assert!(rows > copied && rows <= of, "{rows} of {of} after {copied}");
                copied = rows;
            }
        }
        if let Some(moved) = ended {
            assert_eq!(moved.unwrap().tables.iter().map(|table| table.sum.rows).sum::<u64>(), copied);
            break;
        }
        died_after.push(steps[steps.len() - 1]);
        assert!(migration.start_error().await.contains("incomplete migration"), "{steps:?}");
    }
    let died = |when: fn(&Step) -> bool| died_after.iter().filter(|step| when(step)).count();
    let copying = died(|step| matches!(step, Step::Copied { .. }));
    let comparing = died(|step| matches!(step, Step::Compared { .. }));
    assert!(copying > 3 && comparing > 3 && died_after.contains(&Step::Marked), "{died_after:?}");
    let new = migration.start(&migration.to).await.unwrap();
    assert_eq!(migration.target_rows(&new).await, without_zeros(migration.rows()));
}

#[tokio::test]
async fn a_changed_copy_is_detected_before_the_migration_ends() {
    for change in [
        "update sales set total = total + 1",
        "delete from sale_lines",
        "insert into streams values ('outlet:x', 1)",
        "update webhooks set last_error = ''",
    ] {
        let migration = Migration::prepare().await;
        migration.stop().await;
        let to = migration.to.clone();
        let tampers = move |step| {
            if matches!(step, Step::Copied { rows, of } if rows == of) {
                crate::engine::run(&to, change);
            }
        };
        let Some(Err(MigrateError::Differs { table, here, there })) = migration.migrate_reporting(tampers).await else {
            panic!("not found: {change}")
        };
        assert!(change.contains(&table) && here != there, "{change}: {table}");
        assert!(migration.start_error().await.contains("incomplete migration"));
        migration.start(&migration.old.url).await.unwrap();
    }
}

#[tokio::test]
async fn a_file_used_after_an_interruption_is_copied_from_the_start() {
    let mut migration = Migration::prepare().await;
    migration.stop().await;
    let dies = |step| assert!(!matches!(step, Step::Copied { rows, .. } if rows > 4), "dies here");
    assert!(migration.migrate_reporting(dies).await.is_none());
    let old = migration.start(&migration.old.url).await.unwrap();
    migration.outlet.connect_to_router(old.router());
    let items = [migration.outlet.order(1, &coffee("o5"))];
    migration.outlet.push(&items).await;
    old.store().close().await;
    let (report, steps) = std::sync::mpsc::channel();
    migration.migrate_reporting(move |step| report.send(step).unwrap()).await.unwrap().unwrap();
    assert_eq!(steps.iter().next(), Some(Step::Begun(Start::Anew)));
    let new = migration.start(&migration.to).await.unwrap();
    assert_eq!(migration.target_rows(&new).await, without_zeros(migration.rows()));
}

#[tokio::test]
async fn a_file_in_use_is_not_migrated_and_a_migrated_one_starts_no_hub() {
    let migration = Migration::prepare().await;
    let refused = migration.migrate().await.unwrap_err().to_string();
    assert!(refused.contains("hub.db is in use; stop the hub"), "{refused}");
    migration.stop().await;
    let url = migration.old.url.clone();
    let holds = migration.migrate_reporting(move |step| {
        if step == Step::Begun(Start::First) {
            let refused = store::Store::open(&url, &hub::SCHEMA).err().unwrap().to_string();
            assert!(refused.contains("is locked by another program"), "{refused}");
        }
    });
    let moved = holds.await.unwrap().unwrap();
    let refused = migration.start(&migration.old.url).await.err().unwrap().to_string();
    assert!(refused.contains(&format!("was migrated to {} on {}", moved.to, moved.ready_at)), "{refused}");
    // A second migration does nothing; a migration to another place is refused.
    let again = migration.migrate().await.unwrap();
    assert_eq!((again.ready_at, again.tables), (moved.ready_at, vec![]));
    let elsewhere = Migration { to: crate::engine::fresh_database(Path::new("")), ..migration };
    let refused = elsewhere.migrate().await.unwrap_err().to_string();
    assert!(refused.contains("was migrated to"), "{refused}");
    // To use the old file again, drop its note.
    elsewhere.shell("drop table migrated_to");
    elsewhere.start(&elsewhere.old.url).await.unwrap();
}

#[tokio::test]
async fn only_an_empty_database_is_migrated_into() {
    let migration = Migration::prepare().await;
    migration.stop().await;
    let used = migration.start(&migration.to).await.unwrap();
    let refused = migration.migrate().await.unwrap_err().to_string();
    assert!(refused.contains("is not empty: there are rows in hq_users"), "{refused}");
    used.store().close().await;

    let other = Migration::prepare().await;
    other.stop().await;
    let mut into = Migration { to: other.to.clone(), ..migration };
    assert!(other.migrate_reporting(|_| panic!("dies here")).await.is_none());
    let refused = into.migrate().await.unwrap_err().to_string();
    assert!(refused.contains("incomplete migration of") && refused.contains("hub.db"), "{refused}");
    other.migrate().await.unwrap();
    // The target has a hub, whether or not the file says so.
    other.shell("drop table migrated_to");
    for migration in [&other, &into] {
        assert!(matches!(migration.migrate().await, Err(MigrateError::NotEmpty { .. })));
    }
    other.run_at_target("insert into migrated_from select 'x', place, 0, '', '[]', 0, '', null from migrated_from");
    into.to = crate::engine::fresh_database(Path::new(""));
    into.migrate().await.unwrap();
}

#[tokio::test]
async fn only_sqlite_migrates_to_postgresql() {
    let migration = Migration::prepare().await;
    let (file, server) = (migration.old.url.clone(), migration.to.clone());
    migration.stop().await;
    let migrate = |from: &str, to: &str| {
        let (from, to) = (from.to_owned(), to.to_owned());
        async move {
            let done = move || migrate_to_postgres(&from, &to, &hub::SCHEMA, web::time::now(), |_| ());
            tokio::task::spawn_blocking(done).await.unwrap().unwrap_err().to_string()
        }
    };
    for (from, to) in [(&server, &file), (&file, &file), (&server, &server)] {
        let refused = migrate(from, to).await;
        assert!(refused.contains("from SQLite to PostgreSQL; write --from sqlite:FILE"), "{refused}");
    }
    assert!(migrate("sqlite:/nowhere/hub.db", &server).await.contains("there is no /nowhere/hub.db"));
    let nobody = "postgres://gerai@127.0.0.1:1/x?sslmode=disable";
    assert!(migrate(&file, nobody).await.contains("127.0.0.1:1/x cannot be reached"));
    migration.start(&file).await.unwrap();
}
