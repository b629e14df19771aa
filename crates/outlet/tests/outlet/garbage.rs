//! An unreadable value blocks nothing else. Every column of every table gets every kind of bad value that the schema
//! accepts, written as by the sqlite3 shell: nothing answers 500, tills sell, sales reach a real hub, and doctor
//! reports a problem. The columns come from the database, so a new one is tested automatically; a table without a row
//! to corrupt fails the test.

use outlet::SyncEnv;
use outlet::local_admin::LocalAdmin;
use rusqlite::Connection;
use serde_json::json;
use testkit::{Http, TestHub, TestOutlet, eventually};

/// A row to corrupt in each table that is empty in a busy shop, or whose rows the test needs.
const VICTIMS: &str = r#"
    pragma foreign_keys = off;
    insert into users (id, username, name, role, pin_hash) values ('victim', 'victim', 'Victim', 'cashier', 'x');
    insert into sign_ins (user_id) values ('victim') on conflict do nothing;
    insert into ended_sessions (sid, expires_at) values ('victim', '2999');
    insert into devices (id, name, kind, default_view, lock_after_minutes, series, secret_hash, created_at)
      values ('victim', 'Victim', 'till', 'sell', 10, 'A', 'x', '2026-11-22T01:00:00.000Z');
    insert into pairing_codes (code_hash, name, kind, default_view, lock_after_minutes, expires_at)
      values ('victim', 'Victim', 'till', 'sell', 10, '2999');
    insert into categories (id, name) values ('victim', 'Victim');
    insert into products (id, name, price) values ('victim', 'Victim', 1);
    insert into charges (id, name, kind, rate_bp, active) values ('victim', 'Victim', 'service', 0, 1);
    insert into tenders (id, name, method) values ('victim', 'Victim', 'card');
    insert into tables (id, name) values ('victim', 'Victim');
    insert into drawers (id, name) values ('victim', 'Victim');
    insert into printers (id, name, kind, address, active) values ('victim', 'Victim', 'receipt', '127.0.0.1', 0);
    insert into print_jobs (id, printer_id, kind, title, payload, state, next_at, made_at)
      values ('victim', 'victim', 'test', 'Victim', '{}', 'done', '2026-11-22T01:00:00.000Z', '2026-11-22T01:00:00.000Z');
    insert into printer_states (printer_id) values ('victim');
    insert into receipt_links (token, order_id, made_at) values ('victim', 'victim', '2026-11-22T01:00:00.000Z');
    insert into customers (id, name) values ('victim', 'Victim');
    insert into outlet_products (id) values ('victim');
    insert into outlet_charges (id) values ('victim');
    insert into menus (id, name) values ('victim', 'Victim');
    insert into outlet_menus (id) values ('victim');
    insert into prices (id, product_id, price, valid_from) values ('victim', 'victim', 1, '2999-01-01T00:00');
    insert into outlet_prices (id, product_id, price, valid_from) values ('victim', 'victim', 1, '2999-01-01T00:00');
    insert into images (hash, media_type, bytes) values ('victim-victim-victim-0', 'image/png', x'89');
    insert into product_bulk_changes (id, made_by, made_at, changes) values ('victim', 'terminal', '2999-01-01T00:00:00.000Z', '[]');
    insert into announcements (id, title) values ('victim', 'Victim');
    insert into catalog_changes (entity_type, entity_id, n) values ('victim', 'victim', 1);
    insert into order_numbers (business_date, next) values ('2020-01-01', 2);
    insert into shift_numbers (drawer_id, next) values ('victim', 2);
    insert into refund_numbers (business_date, next) values ('2020-01-01', 2);
    insert into product_counts (product_id, remaining) values ('victim', 5);
    insert into ticket_numbers (business_date, station, next) values ('2020-01-01', 'kitchen', 2);
    insert into tickets (id, number, business_date, station, course, order_id, moved_from, sent_at, started_at, ready_at, served_at, bumped_by, changed_at)
      select 'victim', 1, '2026-11-22', 'kitchen', 1, 'victim', '4', at, at, at, at, 'victim', at
      from (select strftime('%Y-%m-%dT%H:%M:%fZ', 'now') as at);
    insert into ticket_lines (ticket_id, id, order_id, order_line_id, change) values ('victim', 'victim', 'victim', 'l', 'changed');
    insert into idempotency_keys (key, request_hash, status, body, created_at) values ('victim', 'x', 200, '{}', '2999');
    begin;
    insert into order_lines (order_id, id, position, product_id, name, price, qty, amount, tax_group, station)
      values ('victim', 'l', 1, 'victim', 'Victim', 10, 1, 10, 'pbjt', 'bar');
    insert into order_charges (order_id, id, position, charge_id, name, kind, rate_bp, base, amount)
      values ('victim', 'c', 1, 'victim', 'Victim', 'tax', 0, 10, 0);
    insert into order_discounts (order_id, id, position, kind, rate_bp, amount, created_at)
      values ('victim', 'd1', 1, 'percent', 0, 0, '2026-11-22T10:00:00.000Z');
    insert into payments (order_id, id, method, amount, tendered, created_at)
      values ('victim', 'p', 'cash', 10, 10, '2026-11-22T01:00:00.000Z');
    insert into orders (id, order_number, business_date, status, order_type, subtotal, total, paid, created_at)
      values ('victim', 'X-1', '2026-11-22', 'open', 'dine_in', 10, 10, 10, '2026-11-22T01:00:00.000Z');
    insert into shift_movements (shift_id, id, kind, amount, created_at)
      values ('victim', 'm', 'in', 1, '2026-11-22T01:00:00.000Z');
    insert into shift_counts (shift_id, id, kind, denomination, pieces, amount, created_at)
      values ('victim', 'n', 'open', 1000, 1, 1000, '2026-11-22T01:00:00.000Z');
    insert into shift_tenders (shift_id, id, method, payments, expected) values ('victim', 'cash', 'cash', 1, 1);
    insert into shifts (id, shift_number, drawer_id, drawer_name, status, business_date, opened_at, opening_counted)
      values ('victim', 'Z0001', 'victim', 'Victim', 'open', '2026-11-22', '2026-11-22T01:00:00.000Z', 1000);
    insert into refund_lines (refund_id, id, order_line_id, product_id, name, qty, amount)
      values ('victim', 'l', 'l', 'victim', 'Victim', 1, 10);
    insert into refund_charges (refund_id, id, charge_id, name, kind, rate_bp, base, amount)
      values ('victim', 'c', 'victim', 'Victim', 'tax', 0, 10, 0);
    insert into refund_payments (refund_id, id, method, amount) values ('victim', 'p', 'cash', 10);
    insert into refunds (id, refund_number, order_id, order_number, order_date, business_date, kind, subtotal, total, reason, created_at)
      values ('victim', 'X-R1', 'victim', 'X-1', '2026-11-22', '2026-11-22', 'lines', 10, 10, 'Victim', '2026-11-22T01:00:00.000Z');
    commit;
    insert into sync_audit (id, seq, chain_id, n, hash, broken_chain_id, broken_n, broken_kind)
      values (1, 0, 'x', 1, 'x', 'x', 1, 'changed') on conflict do nothing;
    -- The rows of a refund and of the audit log never change, but a disk can damage them.
    drop trigger sync_audit_no_update;
    drop trigger sync_refunds_no_update; drop trigger sync_refund_lines_no_update;
    drop trigger sync_refund_charges_no_update; drop trigger sync_refund_payments_no_update;
    insert into sync_links (from_type, from_id, to_type, to_id) values ('customer', 'victim', 'customer', 'victim');
    insert into sync_history (began_at, sent, failed, rounds, failed_rounds, pending_max, delays)
      values ('victim', 1, 0, 1, 0, 1, '{}');
    insert into sync_hours (last_batch) values (0);
    insert into sync_backups (made_at, hour) values ('2026-11-22T01:00:00.000Z', 1);
    insert into sync_notices (code, table_name, noticed_at) values ('row_lost', 'settings', '2999');
    insert into sync_link_errors (direction, refused, code, message, since, at) values ('push', 0, 'failed', 'Victim', '2999', '2999');
    insert into sync_requests (kind, entity_type, entity_id) values ('retry', 'customer', 'victim');
    insert into sync_conflicts (id, entity_type, entity_id, field, base, local, cloud, rule, status, created_at)
      values ('victim', 'customer', 'victim', 'name', '1', '2', '3', 'manual', 'open', '2026-11-22T01:00:00.000Z');
    insert into sync_unapplied_updates (entity_type, entity_id, seq, code, message, "update", received_at)
      values ('victim', 'victim', 1, 'x', 'Victim.', '{}', '2026-11-22T01:00:00.000Z');
    insert into sync_discards (kind, entity_type, entity_id, reason, discarded_by, discarded_at)
      values ('item', 'customer', 'victim', 'Victim', 'terminal', '2026-11-22T01:00:00.000Z');
    insert into sync_statements (business_date, outlet_statement, hub_statement, compared_at)
      values ('2020-01-01', '{}', '{}', '2026-11-22T01:00:00.000Z');
    insert into sync_snapshot (id, state, started_at) values (1, 'refused', '2026-11-22T01:00:00.000Z');
    insert into sync_enrollment (id, hub_url, code, epoch_id, api_key) values (1, 'x', 'x', 'x', 'x');
    insert into sync_logs (sync_type, entity_type, entity_count, status, started_at)
      values ('push', 'order', 1, 'success', '2026-11-22T01:00:00.000Z');
    insert into sync_hours (last_batch) values (0);
    insert into sync_backups (made_at, hour) values ('2026-11-22T01:00:00.000Z', 1);
    insert into sync_link_errors (direction, refused, code, message, since, at)
      values ('pull', 0, 'x', 'Victim.', '2026-11-22T01:00:00.000Z', '2026-11-22T01:00:00.000Z') on conflict do nothing;
    insert into sync_key_origin (id, key_hash, origin) values (1, 'x', 'http://x:80') on conflict do nothing;
    insert into sync_duplicate_server (id, duplicate, since) values (1, 0, '2026-11-22T01:00:00.000Z') on conflict do nothing;
    insert into sync_unreviewed (entity_type, entity_id) values ('user', 'victim');
    insert into sync_notices (code, table_name, noticed_at) values ('row_deleted', 'victim', '2026-11-22T01:00:00.000Z');
    insert into sync_expected_heads (stream, n, row_id) values ('catalog', 1, 'victim');
"#;

/// The worker deletes this row after use, so it is inserted before each value.
const SEEN_END: &str =
    "insert into sync_expected_heads (stream, n, row_id) values ('catalog', 1, 'victim') on conflict do nothing";

/// The outlet's identity at the hub. Another value means another outlet or hub: the outlet reports that and sells on.
const IDENTITY_TABLES: [&str; 5] = ["outlet_config", "sync_key_origin", "sync_chain", "sync_cursors", "sync_context"];

/// Rows that the worker inserts and deletes.
const TRANSIENT: &str = "sync_reconcile";

const INVALID_UTF8: &str = "cast(x'436166e9' as text)";

/// Fields of a charge whose invalid values have their own rule.
const FRACTION: [&str; 2] = ["base_num", "base_den"];

fn bad_values(kind: &str) -> Vec<String> {
    let words: &[&str] = match kind {
        "TEXT" => &[
            INVALID_UTF8,
            "cast(x'610062' as text)",
            "''",
            "'no such word'",
            "'[{\"id\": 1}]'",
            "'9223372036854775808'",
            "char(0xfeff, 10, 27)",
            "printf('%.*c', 100000, 'x')",
        ],
        "INTEGER" => &["9223372036854775807", "-9223372036854775808", "0"],
        "BLOB" => &["x''", "x'00ff'"],
        other => panic!("a column of the type {other}"),
    };
    words.iter().map(|&word| word.to_owned()).chain(["null".to_owned()]).collect()
}

fn tables(shell: &Connection) -> Vec<String> {
    let sql = "select name from pragma_table_list where schema = 'main' and type = 'table'
        and substr(name, 1, 7) <> 'sqlite_' and name <> 'sync_commit_guard' order by name";
    shell.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Name, type and position in the primary key.
fn columns(shell: &Connection, table: &str) -> Vec<(String, String, i64)> {
    let sql = "select name, type, pk from pragma_table_info(?1) order by cid";
    let mut statement = shell.prepare(sql).unwrap();
    let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// A value to corrupt, with SQL that selects its row.
struct Victim {
    table: String,
    column: String,
    keys: Vec<(String, String)>,
    original: String,
}

impl Victim {
    /// `None` if the table has no row now.
    fn find(shell: &Connection, table: &str, column: &str) -> Option<Self> {
        let all = columns(shell, table);
        let mut keys: Vec<_> = all.iter().filter(|(_, _, pk)| *pk > 0).map(|(name, ..)| name.clone()).collect();
        if keys.is_empty() {
            keys.push("rowid".to_owned());
        }
        let victims = keys.iter().map(|key| format!("{key} = 'victim'")).collect::<Vec<_>>().join(" or ");
        let quoted: Vec<_> = keys.iter().map(|key| format!("quote({key})")).collect();
        let sql = format!(
            "select quote(\"{column}\"), {} from {table} order by {victims} desc, {} limit 1",
            quoted.join(", "),
            keys[0]
        );
        let read = |row: &rusqlite::Row<'_>| {
            let values = (1..=keys.len()).map(|n| row.get::<_, String>(n)).collect::<Result<Vec<_>, _>>()?;
            Ok((row.get(0)?, values))
        };
        let (original, values) = shell.query_row(&sql, [], read).ok()?;
        Some(Self {
            table: table.to_owned(),
            column: column.to_owned(),
            keys: keys.into_iter().zip(values).collect(),
            original,
        })
    }

    fn row(&self, column_is: Option<&str>) -> String {
        let keys = self.keys.iter().map(|(key, value)| match column_is {
            Some(now) if *key == self.column => format!("{key} is {now}"),
            _ => format!("{key} is {value}"),
        });
        keys.collect::<Vec<_>>().join(" and ")
    }

    /// Whether the schema accepts the value.
    fn corrupt(&self, shell: &Connection, value: &str) -> bool {
        let Self { table, column, .. } = self;
        let sql = format!("update {table} set \"{column}\" = {value} where {}", self.row(None));
        match shell.execute(&sql, []) {
            Ok(rows) => rows == 1,
            Err(error) => {
                use rusqlite::ErrorCode::{ConstraintViolation, TypeMismatch};
                let refused = matches!(error.sqlite_error_code(), Some(ConstraintViolation | TypeMismatch));
                assert!(refused, "{sql}: {error}");
                false
            }
        }
    }

    fn repair(&self, shell: &Connection, value: &str) {
        let Self { table, column, original, .. } = self;
        let sql = format!("update {table} set \"{column}\" = {original} where {}", self.row(Some(value)));
        shell.execute(&sql, []).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// All GET routes of the outlet except event streams, with the ids of the corrupted rows.
fn routes() -> Vec<String> {
    let described = serde_json::to_value(outlet::routes::api()).unwrap();
    let paths = described["paths"].as_object().unwrap().iter();
    let mut routes: Vec<String> = paths
        .filter(|(path, operations)| operations.get("get").is_some() && !path.ends_with("/events"))
        .map(|(path, _)| path.replace("{id}", "victim").replace("{token}", "victim"))
        .collect();
    assert!(routes.len() > 20 && routes.iter().all(|path| !path.contains('{')), "{routes:?}");
    for path in &mut routes {
        match path.as_str() {
            "/api/v1/sync/statement" => path.push_str("?date=2026-11-22"),
            "/api/v1/sync/history" => path.push_str("?from=2026-11-01&to=2026-11-30&step=day"),
            "/api/v1/sync/conflicts" => path.push_str("?status=all"),
            _ => {}
        }
    }
    routes.extend(["/metrics".to_owned(), "/api/v1/sync/conflicts".to_owned()]);
    routes
}

async fn nothing_answers_500(http: &Http, routes: impl Iterator<Item = &String>, what: &str) {
    for route in routes {
        let answer = http.get(route).await;
        assert!(answer.status < 500 || answer.status == 502, "{what}: GET {route}: {} {}", answer.status, answer.text);
    }
}

/// Doctor's findings about rows as text; empty if all is well.
fn doctor(outlet: &TestOutlet) -> String {
    let findings = LocalAdmin::open(&outlet.path(), SyncEnv::default())
        .unwrap()
        .examine(&outlet::health::doctor::HubReport::default())
        .unwrap();
    let rows = findings.into_iter().filter(|finding| finding.code.starts_with("unreadable_row") && !finding.well);
    rows.map(|finding| finding.message.to_string()).collect()
}

async fn victims(outlet: &TestOutlet) -> Connection {
    outlet.member("waiter").await;
    let shell = outlet.shell();
    shell.execute_batch(VICTIMS).unwrap();
    shell
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_value_in_any_column_causes_no_500_and_stops_no_sale() {
    let mut outlet = TestOutlet::alone().await;
    outlet.sell_many(3).await;
    let shell = victims(&outlet).await;
    let (http, routes) = (outlet.admin().clone(), routes());
    let mut accepted = 0;
    // Contains the schema version that decides whether a program may open the file.
    for table in tables(&shell).into_iter().filter(|table| table != "schema_migrations") {
        for (column, kind, _) in
            columns(&shell, &table).into_iter().filter(|(name, ..)| !FRACTION.contains(&name.as_str()))
        {
            for value in bad_values(&kind) {
                let Some(victim) = Victim::find(&shell, &table, &column) else {
                    assert!(
                        ["sync_batches", "sync_bases", "sync_fields"].contains(&table.as_str()) || table == TRANSIENT,
                        "{table} has no row to corrupt"
                    );
                    continue;
                };
                if !victim.corrupt(&shell, &value) {
                    continue;
                }
                accepted += 1;
                let what = format!("{table}.{column} = {value}");
                println!("{what}");
                // One bad value per column is tested on all routes, the others on some of them in turn.
                let step = if value == INVALID_UTF8 || kind == "BLOB" { 1 } else { 4 };
                let tested_routes = routes.iter().skip(accepted % step).step_by(step);
                nothing_answers_500(&http, tested_routes, &what).await;
                outlet.sell().await;
                if table == "users" || table == "sign_ins" {
                    Http::new(http.base()).log_in("waiter", "2468").await;
                }
                // The queue's rows change with those that doctor reports.
                if value == INVALID_UTF8 && !["sync_state", "sync_links", "catalog_changes"].contains(&table.as_str()) {
                    let report = doctor(&outlet);
                    assert!(report.contains(&format!("{column} of {table}")), "{what}: {report}");
                }
                victim.repair(&shell, &value);
            }
        }
    }
    assert!(accepted > 400, "only {accepted} bad values were accepted");
    // After the repair, the counters match again.
    shell.execute_batch(replica::capture::schema::SCHEMA.migrations[1].sql).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_value_in_any_column_blocks_no_other_sale() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.sell_many(3).await;
    let shell = victims(&outlet).await;
    let mut sold = 3;
    for table in tables(&shell).iter().filter(|table| !IDENTITY_TABLES.contains(&table.as_str())) {
        for (column, kind, _) in
            columns(&shell, table).into_iter().filter(|(name, ..)| !FRACTION.contains(&name.as_str()))
        {
            for value in bad_values(&kind).into_iter().take(2) {
                if table == "sync_expected_heads" {
                    shell.execute_batch(SEEN_END).unwrap();
                }
                let Some(victim) = Victim::find(&shell, table, &column) else { continue };
                if !victim.corrupt(&shell, &value) {
                    continue;
                }
                println!("{table}.{column} = {value}");
                let order = outlet.sell().await;
                sold += 1;
                let arrived = "select exists (select 1 from sync_state where entity_type = 'order' and entity_id = ?1
                    and acked_version = version)";
                let what = format!("a sale arrives although {table}.{column} = {value}");
                eventually(&what, || async {
                    shell.query_row(arrived, [order["id"].as_str().unwrap()], |row| row.get(0)).unwrap()
                })
                .await;
                victim.repair(&shell, &value);
            }
        }
    }
    assert!(sold > 200, "only {sold} bad values were accepted");
    // Pulls continue too.
    expect_category(&hub.boss().await, &outlet).await;
    let orders = hub.orders().await;
    assert!(orders.len() >= sold, "{} of {sold} sales at head office", orders.len());
}

/// Rows that identify somebody: another value means another identity, which is refused.
const IDENTITY: [&str; 3] = ["outlets", "hq_users", "schema_migrations"];

/// The hub's database can be edited with the shell too.
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_value_in_any_hub_column_breaks_no_list_and_no_outlet() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.sell_many(3).await;
    outlet.synced().await;
    let boss = hub.boss().await;
    let described = serde_json::to_value(hub::api()).unwrap();
    let paths = described["paths"].as_object().unwrap().iter();
    let routes: Vec<String> = paths
        .filter(|(path, operations)| {
            // Without streams, which do not end, and routes of one product.
            let is_list = !path.ends_with("/events") && !path.ends_with('}') && !path.contains("{id}");
            operations.get("get").is_some() && path.starts_with("/v1/hq/") && is_list
        })
        .map(|(path, _)| path.replace("{outlet_id}", &added.outlet_id))
        .collect();
    assert!(routes.len() > 10 && routes.iter().all(|path| !path.contains('{')), "{routes:?}");
    let shell = Connection::open(hub.path()).unwrap();
    shell.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let mut accepted = 0;
    for table in tables(&shell).into_iter().filter(|table| !IDENTITY.contains(&table.as_str())) {
        for (column, ..) in columns(&shell, &table).into_iter().filter(|(_, kind, _)| kind == "TEXT") {
            for value in [INVALID_UTF8, "'['"] {
                let Some(victim) = Victim::find(&shell, &table, &column) else { continue };
                if !victim.corrupt(&shell, value) {
                    continue;
                }
                accepted += 1;
                let what = format!("{table}.{column} = {value}");
                println!("{what}");
                nothing_answers_500(&boss, routes.iter(), &what).await;
                victim.repair(&shell, value);
            }
        }
    }
    assert!(accepted > 60, "only {accepted} bad values were accepted");
    // An unreadable document does not affect its fields elsewhere, and blocks no other document.
    let before = outlet.admin().get("/api/v1/products").await.data().clone();
    for table in ["shared_entities", "stream_entries"] {
        let corrupt = format!("update {table} set document = '[' where entity_type = 'product'");
        assert!(shell.execute(&corrupt, []).unwrap() > 0);
    }
    outlet.admin().post("/api/v1/sync/resync", &json!({"scope": "all"})).await.data();
    expect_category(&boss, &outlet).await;
    let compared = "select not exists (select 1 from sync_reconcile)";
    eventually("everything was compared", || async {
        outlet.shell().query_row(compared, [], |row| row.get(0)).unwrap()
    })
    .await;
    assert_eq!(*outlet.admin().get("/api/v1/products").await.data(), before);
}

/// A new category from head office arrives.
async fn expect_category(boss: &Http, outlet: &TestOutlet) {
    let category = boss.post("/v1/hq/categories", &json!({"name": "Baru"})).await.data()["id"].clone();
    let path = format!("/api/v1/categories/{}", category.as_str().unwrap());
    eventually("head office's category arrives", || async { outlet.admin().get(&path).await.status == 200 }).await;
}

/// An order truncates names of products and charges to the limits of its fields.
#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_catalog_name_blocks_no_sale() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    let shell = outlet.shell();
    for names in [
        "update products set name = printf('%.*c', 600000, 'é'), station = 'bar'",
        "update charges set name = printf('%.*c', 600000, 'é')",
    ] {
        shell.execute_batch(names).unwrap();
        let order = outlet.sell().await;
        let arrived = "select acked_version = version from sync_state where entity_type = 'order' and entity_id = ?1";
        eventually(&format!("a sale arrives after {names}"), || async {
            shell.query_row(arrived, [order["id"].as_str().unwrap()], |row| row.get(0)).unwrap()
        })
        .await;
    }
    assert_eq!(hub.orders().await.len(), 2);
    // With another code the outlet is unknown to the hub; its order numbers stay valid.
    shell.execute_batch("update outlet_config set outlet_code = printf('%.*c', 5000, 'J')").unwrap();
    let number = outlet.sell().await["order_number"].as_str().unwrap().to_owned();
    assert!(number.chars().count() <= protocol::limits::MAX_ORDER_NUMBER_CHARS, "{number}");
}
