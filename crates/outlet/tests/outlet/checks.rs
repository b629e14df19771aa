//! Breaks each condition that doctor and health check, and expects both to report it; required rows are restored;
//! refusals are stored and retried.

use outlet::health::checks::{CHECKS, Depth, Finding};
use outlet::health::doctor::HubReport;
use serde_json::{Value, json};
use testkit::{TestHub, TestOutlet, eventually};
use web::messages::{Message, ReasonCode};

fn doctor(outlet: &TestOutlet) -> Vec<Finding> {
    let admin = outlet::local_admin::LocalAdmin::open(&outlet.path(), (*outlet.app().env).clone()).unwrap();
    admin.examine(&HubReport::default()).unwrap()
}

/// The message of doctor's finding with this code, if it has failed.
fn failure(outlet: &TestOutlet, code: &str) -> Option<String> {
    let found = doctor(outlet).into_iter().find(|finding| finding.code == code);
    found.filter(|finding| !finding.well).map(|finding| finding.message.to_string())
}

async fn health_message(outlet: &TestOutlet, code: &str) -> Option<String> {
    let health = outlet.admin().get("/api/v1/sync/health").await.data().clone();
    let reasons = health["reasons"].as_array().unwrap().clone();
    let found = reasons.into_iter().find(|reason| reason["code"] == code)?;
    Some(found["message"].as_str().unwrap().to_owned())
}

fn hub_shell(hub: &TestHub) -> rusqlite::Connection {
    let shell = rusqlite::Connection::open(hub.path()).unwrap();
    shell.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    shell
}

fn orders_at(hub: &TestHub) -> i64 {
    let sql = "select count(*) from documents where entity_type = 'order' and deleted = 0";
    hub_shell(hub).query_row(sql, [], |row| row.get(0)).unwrap()
}

async fn pair() -> (TestHub, TestOutlet) {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    (hub, outlet)
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_doctor_agree_on_common_checks() {
    let outlet = TestOutlet::alone().await;
    for (damage, code, end) in [
        (
            "update settings set zone = 'WIT'",
            "zone_unknown",
            "update settings set zone = 'Asia/Jayapura'; delete from sync_notices",
        ),
        ("delete from settings", "rows_deleted", "delete from sync_notices"),
        (
            "update sync_context set pending = pending + 1",
            "counters_mismatch",
            "update sync_context set pending = pending - 1",
        ),
        ("create trigger spy after insert on orders begin select 1; end", "triggers_foreign", "drop trigger spy"),
        ("create view spy as select * from users", "triggers_foreign", "drop view spy"),
        ("create unique index sync_spy on payments (method)", "triggers_foreign", "drop index sync_spy"),
        (
            "update sync_chain set stopped_code = 'fork', stopped_message = 'Enroll this outlet again, please.'",
            "sync_stopped",
            "update sync_chain set stopped_code = null, stopped_message = null",
        ),
        (
            "update outlet_config set sync_enabled = 1",
            "cloud_not_configured",
            "update outlet_config set sync_enabled = null",
        ),
    ] {
        outlet.shell().execute_batch(damage).unwrap();
        let depth = CHECKS.iter().find(|check| check.code.as_str() == code).unwrap().depth;
        let message =
            failure(&outlet, code).unwrap_or_else(|| panic!("doctor does not see {code}: {:?}", doctor(&outlet)));
        if depth == Depth::Quick {
            assert_eq!(health_message(&outlet, code).await, Some(message), "{code}");
        }
        outlet.shell().execute_batch(end).unwrap();
        assert_eq!((failure(&outlet, code), health_message(&outlet, code).await), (None, None), "{code} is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_zone_is_reported_with_the_one_in_force() {
    let mut outlet = TestOutlet::alone().await;
    outlet.shell().execute("update settings set zone = 'WIT'", []).unwrap();
    outlet.sell().await;
    let message = failure(&outlet, "zone_unknown").unwrap();
    assert!(message.contains("'WIT'") && message.contains("Asia/Jakarta"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_or_database_readable_by_others_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let outlet = TestOutlet::alone().await;
    let secret = outlet.path().with_file_name("pos.db.secret");
    assert_eq!(failure(&outlet, "file_permissions"), None);
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(failure(&outlet, "file_permissions").unwrap().contains("pos.db.secret"));
    assert!(health_message(&outlet, "file_permissions").await.is_some());
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    for (file, mode, words) in [("pos.db", 0o666, "change"), ("pos.db-wal", 0o644, "read")] {
        let set = |mode| {
            let file = outlet.path().with_file_name(file);
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(mode);
        let message = failure(&outlet, "file_permissions").unwrap();
        assert!(message.contains(&format!("can {words} ")) && message.contains(&format!("{file} (mode")), "{message}");
        assert_eq!(health_message(&outlet, "file_permissions").await, Some(message));
        set(0o660);
        assert_eq!(failure(&outlet, "file_permissions"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unqueued_order_is_reported() {
    let mut outlet = TestOutlet::alone().await;
    outlet.sell().await;
    outlet.shell().execute("delete from sync_state where entity_type = 'order'", []).unwrap();
    assert!(failure(&outlet, "unqueued_entities").unwrap().contains("first order"));
    outlet.shell().execute("insert into sync_capture select 'order', id from orders", []).unwrap();
    assert_eq!(failure(&outlet, "unqueued_entities"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_guard_left_set_is_reported() {
    let outlet = TestOutlet::alone().await;
    let shell = outlet.shell();
    shell.pragma_update(None, "foreign_keys", false).unwrap();
    shell.execute("update sync_context set applying_type = 'order', applying_id = 'x', commit_guard = 1", []).unwrap();
    assert!(
        failure(&outlet, "capture_guard_set").is_some() && health_message(&outlet, "capture_guard_set").await.is_some()
    );
    shell.execute("update sync_context set applying_type = null, applying_id = null, commit_guard = null", []).unwrap();
    assert_eq!(failure(&outlet, "capture_guard_set"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_row_is_reported_by_health_and_doctor() {
    let outlet = TestOutlet::alone().await;
    outlet.shell().execute("update settings set receipt_footer = cast(x'ff41' as text)", []).unwrap();
    assert!(
        failure(&outlet, "unreadable_rows").is_some() && health_message(&outlet, "unreadable_rows").await.is_some()
    );
    assert!(failure(&outlet, "unreadable_row_named").unwrap().contains("receipt_footer"));
    outlet.shell().execute("update settings set receipt_footer = null", []).unwrap();
    assert_eq!((failure(&outlet, "unreadable_rows"), failure(&outlet, "unreadable_row_named")), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_an_unusable_hash_is_reported() {
    let outlet = TestOutlet::alone().await;
    assert_eq!(failure(&outlet, "pins_unusable"), None);
    let expensive = web::secret::hash_pin_now("550155").unwrap().replace("m=19456", "m=1048576");
    let add = "insert into users (id, username, name, role, pin_hash) values (?1, ?1, 'Rusak', 'manager', ?2)";
    // First in the order in which approvers are checked.
    for (username, hash) in [("0rusak", "no hash"), ("0mahal", expensive.as_str())] {
        outlet.shell().execute(add, [username, hash]).unwrap();
    }
    let message = failure(&outlet, "pins_unusable").unwrap();
    assert!(
        message.contains("0rusak (it is not an Argon2id hash)") && message.contains("0mahal (it requires"),
        "{message}"
    );
    for username in ["0rusak", "0mahal"] {
        let tried = json!({"username": username, "password": "550155"});
        assert_eq!(outlet.admin().post("/api/v1/auth/login", &tried).await.status, 401, "{username}");
    }
    let waiter = outlet.member("cashier").await;
    let order = json!({"lines": [{"product_id": outlet.menu().products[0].0, "qty": 1}]});
    let id = waiter.post("/api/v1/orders", &order).await.data()["id"].as_str().unwrap().to_owned();
    let void = json!({"reason": "salah", "manager_pin": "1234"});
    let voided = waiter.post(&format!("/api/v1/orders/{id}/void"), &void).await;
    assert_eq!(voided.status, 200, "{}", voided.text);
    outlet.shell().execute("update users set active = 0 where name = 'Rusak'", []).unwrap();
    assert_eq!(failure(&outlet, "pins_unusable"), None, "nobody logs in as them");
}

#[test]
fn a_missing_required_row_stops_the_other_checks() {
    let dir = testkit::Scratch::new();
    let path = dir.path().join("pos.db");
    drop(sqlite::open(&path, &replica::capture::schema::SCHEMA).unwrap());
    let shell = rusqlite::Connection::open(&path).unwrap();
    shell.execute_batch("drop trigger sync_undelete_sync_chain; delete from sync_chain").unwrap();
    let found = outlet::local_admin::LocalAdmin::open(&path, outlet::SyncEnv::default())
        .unwrap()
        .examine(&HubReport::default())
        .unwrap();
    assert!(found[0].code == "rows_missing" && found[0].message.to_string().contains("sync_chain"), "{found:?}");
    assert!(found.iter().all(|finding| !finding.well), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_check_is_reported_as_unknown() {
    let outlet = TestOutlet::alone().await;
    let found = doctor(&outlet);
    let unknown: Vec<_> = found.iter().filter(|finding| finding.unknown).map(|finding| finding.code).collect();
    assert_eq!(unknown, ["clock_skew", "hub_not_answering"]);
    let settled: Vec<_> = found.into_iter().filter(|finding| finding.well || finding.unknown).collect();
    assert_ne!(outlet::health::doctor::conclusion(&settled).to_string(), "All is well.");
}

const ROWS: [(&str, &str); 6] = [
    ("outlet_config", "sync_undelete_outlet_config"),
    ("settings", "sync_settings_delete"),
    ("sync_chain", "sync_undelete_sync_chain"),
    ("sync_context", "sync_undelete_sync_context"),
    ("sync_cursors", "sync_undelete_sync_cursors"),
    ("number_series", "sync_undelete_number_series"),
];

fn content(outlet: &TestOutlet, table: &str) -> String {
    let shell = outlet.shell();
    let mut statement = shell.prepare(&format!("select * from {table} order by 1")).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..columns).map(|n| row.get::<_, rusqlite::types::Value>(n)).collect::<Result<Vec<_>, _>>()
    });
    format!("{:?}", rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_required_row_is_restored_and_reported() {
    let (hub, mut outlet) = pair().await;
    for (table, _) in ROWS {
        outlet.synced().await;
        let before = content(&outlet, table);
        outlet.shell().execute(&format!("delete from {table}"), []).unwrap();
        if !["sync_context", "outlet_config"].contains(&table) {
            assert_eq!(content(&outlet, table), before, "{table}");
        }
        assert!(failure(&outlet, "rows_deleted").unwrap().contains(table));
        outlet.sell().await;
    }
    outlet.synced().await;
    assert_eq!(orders_at(&hub), 6);
    let gone = "select count(*) from shared_entities where entity_type = 'setting' and deleted = 1";
    assert_eq!(hub_shell(&hub).query_row(gone, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_row_lost_with_its_trigger_is_restored() {
    let (hub, mut outlet) = pair().await;
    for (n, (table, trigger)) in (1_i64..).zip(ROWS) {
        outlet.sell().await;
        outlet.synced().await;
        outlet.shell().execute_batch(&format!("begin; drop trigger {trigger}; delete from {table}; commit")).unwrap();
        eventually("the row is back", || async { content(&outlet, table).len() > 2 }).await;
        let named = failure(&outlet, "rows_deleted").is_some_and(|message| message.contains(table));
        assert!(named, "{table}: {:?}", doctor(&outlet));
        assert_eq!(failure(&outlet, "triggers_altered"), None, "the trigger too");
        outlet.synced().await;
        assert_eq!(orders_at(&hub), n, "{table}");
    }
    assert_eq!(outlet.status().await["problem"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_stop_ends_when_the_hub_agrees_and_a_local_one_stays() {
    let (hub, mut outlet) = pair().await;
    for code in ["fork", "epoch_mismatch"] {
        let stop = format!("update sync_chain set stopped_code = '{code}', stopped_message = 'Daftarkan lagi.'");
        outlet.shell().execute(&stop, []).unwrap();
        outlet.sell().await;
        outlet.synced().await;
        assert_eq!(outlet.status().await["problem"], Value::Null, "{code}");
    }
    assert_eq!(orders_at(&hub), 2);
    let restored = "update sync_chain set stopped_code = 'restored', stopped_message = 'Daftarkan lagi.'";
    outlet.shell().execute(restored, []).unwrap();
    outlet.sell().await;
    outlet.admin().post("/api/v1/sync/trigger", &json!({})).await.refusal();
    let problem = Message::from(ReasonCode::Restored).to_string();
    assert_eq!(outlet.status().await["problem"], problem);
    assert_eq!(outlet.status().await["pending_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outlet_stays_stopped_while_the_hubs_chain_is_unknown() {
    let (hub, mut outlet) = pair().await;
    outlet.sell().await;
    outlet.synced().await;
    let shell = hub_shell(&hub);
    shell
        .execute_batch("create table kept as select * from chains; update chains set batch_id = 'of-another-machine'")
        .unwrap();
    outlet.sell().await;
    eventually("sync is stopped", || async { health_message(&outlet, "sync_stopped").await.is_some() }).await;
    eventually("the hub refuses it again", || async { outlet.status().await["link_error"]["code"] == "fork" }).await;
    assert_eq!(outlet.status().await["pending_count"], 1);
    shell.execute_batch("update chains set batch_id = (select batch_id from kept)").unwrap();
    outlet.synced().await;
    assert_eq!(orders_at(&hub), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_survives_a_restart_and_ends_automatically() {
    let (hub, mut outlet) = pair().await;
    hub_shell(&hub).execute("update outlets set state = 'revoked'", []).unwrap();
    outlet.sell().await;
    eventually("the refusal is reported", || async { health_message(&outlet, "hub_refused").await.is_some() }).await;
    let message = failure(&outlet, "hub_refused").unwrap();
    assert!(message.contains("retries by itself, next at"), "{message}");
    let link_error = outlet.status().await["link_error"].clone();
    assert_eq!((&link_error["refused"], &link_error["code"]), (&json!(true), &json!("outlet_revoked")), "{link_error}");
    let outlet = outlet.restart().await;
    assert!(failure(&outlet, "hub_refused").is_some(), "it is reported before the next contact with the hub");
    hub_shell(&hub).execute("update outlets set state = 'active'", []).unwrap();
    outlet.synced().await;
    eventually("the refusal has ended", || async { health_message(&outlet, "hub_refused").await.is_none() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_index_or_table_is_recreated_or_reported() {
    let mut outlet = TestOutlet::alone().await;
    outlet.sell_many(2).await;
    let exists = |name: &str| {
        let sql = format!("select count(*) from sqlite_master where name = '{name}'");
        outlet.shell().query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap() == 1
    };
    outlet.shell().execute_batch("drop index sync_state_failed; drop table sync_statements").unwrap();
    eventually("both are recreated", || async { exists("sync_state_failed") && exists("sync_statements") }).await;
    // Two rows that the unique index rejects.
    let duplicate_seqs = "drop index sync_state_pending;
        update sync_state set status = 'pending', seq = 7 where entity_type = 'order'";
    outlet.shell().execute_batch(duplicate_seqs).unwrap();
    eventually("it is reported", || async { health_message(&outlet, "schema_altered").await.is_some() }).await;
    assert!(failure(&outlet, "schema_altered").unwrap().contains("sync_state_pending"));
    outlet.shell().execute_batch("drop trigger sync_orders_insert").unwrap();
    eventually("the trigger is restored nevertheless", || async { exists("sync_orders_insert") }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_that_left_a_closed_shift_are_reported() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let drawer = admin.post("/api/v1/drawers", &json!({"name": "Laci"})).await.data()["id"].clone();
    let shift = admin.post("/api/v1/shifts", &json!({"drawer_id": drawer, "opening": 0})).await.data()["id"].clone();
    let product = &outlet.menu().products[0].0;
    let order = json!({"lines": [{"product_id": product, "qty": 1}]});
    let order = admin.post("/api/v1/orders", &order).await.data().clone();
    let payment = json!({"method": "card", "amount": order["total"]});
    let paid = format!("/api/v1/orders/{}/payments", order["id"].as_str().unwrap());
    admin.post(&paid, &payment).await.data();
    let close = format!("/api/v1/shifts/{}/close", shift.as_str().unwrap());
    admin.post(&close, &json!({"counted": 0})).await.data();
    assert_eq!(failure(&outlet, "shift_figures_mismatch"), None);
    for damage in ["method = 'cash'", "shift_id = null", "amount = amount - 1"] {
        let shell = outlet.shell();
        shell.execute(&format!("update payments set {damage}"), []).unwrap();
        let message = failure(&outlet, "shift_figures_mismatch").unwrap_or_else(|| panic!("{damage} is not reported"));
        assert!(message.contains("Laci Z0001"), "{message}");
        let back = "update payments set method = 'card', shift_id = ?1, amount = ?2";
        shell.execute(back, rusqlite::params![shift.as_str(), order["total"].as_i64()]).unwrap();
        assert_eq!(failure(&outlet, "shift_figures_mismatch"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn order_totals_that_do_not_add_up_are_reported() {
    let mut outlet = TestOutlet::alone().await;
    let number = outlet.sell().await["order_number"].as_str().unwrap().to_owned();
    assert_eq!(failure(&outlet, "order_totals_mismatch"), None);
    for (damage, end) in [
        ("update order_lines set amount = amount + 700", "update order_lines set amount = amount - 700"),
        ("update payments set amount = amount + 1", "update payments set amount = amount - 1"),
        ("update orders set paid = paid + 1", "update orders set paid = paid - 1"),
        (
            "update order_lines set order_id = 'x'; pragma foreign_keys = on",
            "update order_lines set order_id = (select id from orders)",
        ),
    ] {
        outlet.shell().execute_batch(&format!("pragma foreign_keys = off; {damage}")).unwrap();
        let message = failure(&outlet, "order_totals_mismatch").unwrap_or_else(|| panic!("{damage} is not reported"));
        assert!(message.contains(&number), "{message}");
        outlet.shell().execute_batch(&format!("pragma foreign_keys = off; {end}")).unwrap();
        assert_eq!(failure(&outlet, "order_totals_mismatch"), None, "{end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_queue_is_reported() {
    let (_hub, mut outlet) = pair().await;
    outlet.sell().await;
    outlet.synced().await;
    let of_order = "where entity_type = 'order'";
    for (damage, code) in [
        ("update sync_state set acked_version = version + 1", "queue_inconsistent"),
        ("update sync_state set acked_version = version - 1", "queue_inconsistent"),
        ("update sync_state set acked_version = version, status = 'discarded'", "queue_inconsistent"),
        ("update sync_state set acked_version = version, status = 'success'", ""),
    ] {
        outlet.shell().execute_batch(&format!("{damage} {of_order}")).unwrap();
        assert_eq!(failure(&outlet, "queue_inconsistent").is_some(), code == "queue_inconsistent", "{damage}");
    }
    outlet.shell().execute("delete from sync_batches", []).unwrap();
    assert!(failure(&outlet, "batches_missing").is_some());
    assert_eq!(health_message(&outlet, "batches_missing").await, failure(&outlet, "batches_missing"));
    assert_eq!(failure(&outlet, "bases_missing"), None);
    outlet.shell().execute("delete from sync_bases", []).unwrap();
    assert!(failure(&outlet, "bases_missing").unwrap().contains("resync"));
}

/// The checks that health reports as unavailable.
async fn unknown(outlet: &TestOutlet) -> Vec<String> {
    let health = outlet.admin().get("/api/v1/sync/health").await.data().clone();
    let codes = health["unknown"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap().to_owned());
    codes.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_row_is_reported_for_a_week_of_running() {
    let outlet = TestOutlet::alone().await;
    outlet.shell().execute("delete from settings", []).unwrap();
    for noticed_at in ["1970-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z", "no time"] {
        outlet.shell().execute("update sync_notices set noticed_at = ?1", [noticed_at]).unwrap();
        assert!(failure(&outlet, "rows_deleted").is_some(), "{noticed_at}");
    }
    let hours = |many: usize| {
        for _ in 0..many {
            let mut shell = outlet.shell();
            let tx = shell.transaction().unwrap();
            replica::logs::count_hour(&tx).unwrap();
            tx.commit().unwrap();
        }
    };
    hours(168);
    assert!(failure(&outlet, "rows_deleted").is_some());
    hours(1);
    assert_eq!(failure(&outlet, "rows_deleted"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_backup_and_a_missing_one_are_reported() {
    let outlet = TestOutlet::alone().await;
    let backup = || doctor(&outlet).into_iter().find(|finding| finding.code == "backup_old").unwrap();
    assert!(backup().well, "the database is new");
    let hours = |many: usize| {
        for _ in 0..many {
            outlet.shell().execute("insert into sync_hours (last_batch) values (0)", []).unwrap();
        }
    };
    hours(169);
    assert!(backup().unknown && unknown(&outlet).await.contains(&"backup_old".to_owned()));
    let folder = testkit::Scratch::new();
    outlet::backup::back_up(&outlet.path(), &folder.path().join("copy.db")).unwrap();
    assert!(backup().well && !unknown(&outlet).await.contains(&"backup_old".to_owned()));
    hours(169);
    assert_eq!(health_message(&outlet, "backup_old").await, failure(&outlet, "backup_old"));
    assert!(failure(&outlet, "backup_old").unwrap().contains("gerai backup"));
}

#[tokio::test(flavor = "multi_thread")]
async fn health_reports_unavailable_checks_as_unknown() {
    let outlet = TestOutlet::alone().await;
    assert_eq!(unknown(&outlet).await, ["clock_skew"], "no server was asked for the time");
    let (_hub, outlet) = pair().await;
    eventually("the hub's time is known", || async { unknown(&outlet).await.is_empty() }).await;
    // Without a server, which would repair it.
    let folder = testkit::Scratch::new();
    let copy = folder.path().join("copy.db");
    outlet::backup::back_up(&outlet.path(), &copy).unwrap();
    let mut shell = rusqlite::Connection::open(copy).unwrap();
    shell.execute_batch("drop table sync_statements").unwrap();
    let tx = shell.transaction().unwrap();
    let health = outlet::health::health(&tx, &outlet.app().env, None, web::time::now()).unwrap();
    assert_eq!(health.state, outlet::health::checks::State::Broken);
    assert!(health.reasons.iter().any(|reason| reason.code == "not_checked"), "{:?}", health.reasons);
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicate_values_and_suspicious_prices_are_reported() {
    let outlet = TestOutlet::alone().await;
    let check = |code: &str| doctor(&outlet).into_iter().find(|finding| finding.code == code).unwrap();
    assert!(check("duplicate_values").well && check("suspicious_prices").well, "{:?}", doctor(&outlet));
    let shell = outlet.shell();
    shell
        .execute_batch(
            "insert into customers (id, name, phone) values ('a', 'Rina', '0812-345'), ('b', 'Budi', '+62812345');
             insert into products (id, name, price, barcode) values ('a', 'Kopi', 22000, '899'), ('b', 'Teh', 22.000, '899');",
        )
        .unwrap();
    let duplicates = failure(&outlet, "duplicate_values").unwrap();
    assert!(duplicates.contains("barcode 899 of 'Kopi', 'Teh'"), "{duplicates}");
    let low_prices = failure(&outlet, "suspicious_prices").unwrap();
    assert!(low_prices.contains("'Teh' Rp 22") && !low_prices.contains("'Kopi'"), "{low_prices}");
    let health = outlet.admin().get("/api/v1/sync/health").await.text;
    assert!(health.contains("barcode 899"), "{health}");
    shell.execute_batch("update products set price = 22000, barcode = null where id = 'b'").unwrap();
    // Variants have codes too.
    let variants = r#"[{"available": true, "id": "l", "name": "Besar", "price": 1, "barcode": "899"}]"#;
    shell.execute("update products set variants = ?1 where id = 'b'", [variants]).unwrap();
    let duplicates = failure(&outlet, "duplicate_values").unwrap();
    assert!(duplicates.contains("barcode 899 of 'Kopi', 'Teh Besar'"), "{duplicates}");
    shell.execute("update products set variants = '[]' where id = 'b'", []).unwrap();
    assert_eq!((failure(&outlet, "duplicate_values"), failure(&outlet, "suspicious_prices")), (None, None));
    // A family shares a phone number: reported, but not as a fault.
    let phones = check("duplicate_values").message.to_string();
    assert!(phones.contains("phone 0812-345 of 'Rina', 'Budi'"), "{phones}");
}
