//! Safety of an outlet's database: backups, the high-water mark that reveals a restored database, and pruning.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use outlet::backup::{BackupError, back_up, restore};
use outlet::config::Config;
use outlet::high_water_mark;
use outlet::high_water_mark::HighWaterMark;
use outlet::open::StartError;
use outlet::{Outlet, restore_detection};
use replica::capture::schema;
use replica::chain;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use serde_json::{Value, json};
use testkit::{TestHub, TestOutlet, eventually};
use web::messages::ReasonCode;
use web::time;

fn number(order: &Value) -> String {
    order["order_number"].as_str().unwrap().to_owned()
}

/// A copy of a running outlet's database, made with the shell.
fn vacuum_copy(outlet: &TestOutlet, dir: &Path, name: &str) -> PathBuf {
    let copied = dir.join(name);
    outlet.shell().execute("vacuum into ?1", [copied.to_str().unwrap()]).unwrap();
    copied
}

fn mark(outlet: &TestOutlet) -> HighWaterMark {
    high_water_mark::read(&high_water_mark::path(&outlet.path())).unwrap().unwrap()
}

async fn stopped(outlet: &TestOutlet) -> Option<String> {
    outlet.status().await["problem"].as_str().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn new_settings_recheck_a_fork_but_not_a_restored_database() {
    let outlet = TestOutlet::alone().await;
    for (code, resumes) in [(ReasonCode::Fork, true), (ReasonCode::EpochMismatch, true), (ReasonCode::Restored, false)]
    {
        let stopped = outlet.app().db.write(move |tx| {
            chain::stop(tx, &code.into())?;
            chain::lift_stop(tx)?;
            Ok::<_, sqlite::Fault>(chain::chain(tx)?.stopped)
        });
        assert_eq!(stopped.await.unwrap().is_none(), resumes, "{code:?}");
    }
}

// The high-water mark

#[tokio::test(flavor = "multi_thread")]
async fn a_manually_restored_copy_sells_without_pushing() {
    let copies = testkit::Scratch::new();
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    let before = outlet.sell().await;
    outlet.synced().await;
    let copied = vacuum_copy(&outlet, copies.path(), "pos.db");
    let mut numbers = BTreeSet::from([number(&before)]);
    for series in ["", "-R1-", "-R2-", "-R3-"] {
        for sold in outlet.sell_many(3).await {
            let number = number(&sold);
            assert!(number.contains(series) && number.contains("-R") != series.is_empty(), "{number}");
            assert!(numbers.insert(number), "assigned twice: {sold}");
        }
        if series.is_empty() {
            outlet.synced().await;
        }
        outlet = outlet.replace_database(&copied).await;
        let problem = stopped(&outlet).await.unwrap();
        assert!(problem.contains("restored") && problem.contains("enroll"), "{problem}");
        let answer = outlet.admin().post("/api/v1/sync/trigger", &json!({})).await;
        assert_eq!(answer.refusal(), (409, "sync_stopped"));
    }
    let outlet = outlet.restart().await;
    assert!(stopped(&outlet).await.is_some(), "still stopped after a restart");
    assert_eq!(hub.orders().await.len(), 4, "the hub has only the sales of the first epoch");
    assert_eq!(mark(&outlet).series, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newer_file_is_recognized_when_it_returns() {
    let copies = testkit::Scratch::new();
    let mut outlet = TestOutlet::alone().await;
    let old = vacuum_copy(&outlet, copies.path(), "old.db");
    outlet.sell_many(5).await;
    let new = vacuum_copy(&outlet, copies.path(), "new.db");
    let mut outlet = outlet.replace_database(&old).await;
    assert!(number(&outlet.sell().await).contains("-R1-"));
    let mut outlet = outlet.replace_database(&new).await;
    assert_eq!(stopped(&outlet).await, None);
    assert!(number(&outlet.sell().await).ends_with("-0006"));
    // Series 1 was used here, whichever database runs now.
    let mut outlet = outlet.replace_database(&old).await;
    assert!(number(&outlet.sell().await).contains("-R2-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_high_water_mark_follows_sales_and_is_exact_after_a_stop() {
    let mut outlet = TestOutlet::alone().await;
    let seq = |outlet: &TestOutlet| -> i64 {
        outlet.shell().query_row("select seq from sync_context", [], |row| row.get(0)).unwrap()
    };
    outlet.sell().await;
    eventually("the high-water mark follows a sale", || async { mark(&outlet).seq == seq(&outlet) }).await;
    // Other programs write too.
    outlet.shell().execute("update products set price = price + 1", []).unwrap();
    eventually("the high-water mark follows the shell", || async { mark(&outlet).seq == seq(&outlet) }).await;
    outlet.sell_many(5).await;
    let path = high_water_mark::path(&outlet.path());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let outlet = outlet.restart().await;
    assert_eq!((mark(&outlet).seq, stopped(&outlet).await), (seq(&outlet), None), "no restore was detected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_unreadable_high_water_mark_is_recreated() {
    let mut outlet = TestOutlet::alone().await;
    outlet.sell().await;
    let path = high_water_mark::path(&outlet.path());
    for content in ["", "{\"epoch_number\":", "not one at all\n"] {
        std::fs::write(&path, content).unwrap();
        outlet.sell().await;
        outlet = outlet.restart().await;
        assert_eq!((mark(&outlet).series, stopped(&outlet).await), (0, None));
    }
}

#[tokio::test]
async fn a_second_server_does_not_migrate_the_database() {
    let dir = testkit::Scratch::new();
    let db = dir.path().join("pos.db");
    let first = sqlite::Lock::take(&db).unwrap().unwrap();
    Connection::open(&db).unwrap().execute_batch(include_str!("../../../../sql/schema/001_init.sql")).unwrap();
    let before = std::fs::read(&db).unwrap();
    let open = || Outlet::open(Config { db_path: db.clone(), ..Config::default() });
    assert!(matches!(open().await, Err(StartError::Running(_))));
    assert!(std::fs::read(&db).unwrap() == before, "the missing migration was not applied");
    drop(first);
    open().await.unwrap();
}

/// A database at this state of its epoch.
fn database(dir: &Path, epoch: (i64, &str), seq: i64, pushed: bool) -> Connection {
    let path = dir.join("pos.db");
    let _ = std::fs::remove_file(&path);
    let connection = sqlite::open(&path, &schema::SCHEMA).unwrap();
    let batch = pushed.then_some("b1");
    connection
        .execute(
            "update sync_chain set epoch_number = ?1, epoch_id = ?2, batch_id = ?3",
            rusqlite::params![epoch.0, epoch.1, batch],
        )
        .unwrap();
    connection.execute("update sync_context set seq = ?1", [seq]).unwrap();
    connection
}

#[test]
fn a_restored_database_uses_a_new_series_and_stops_pushing() {
    let dir = testkit::Scratch::new();
    let last = HighWaterMark { epoch_number: 2, epoch_id: "two".into(), seq: 100, series: 5 };
    // The database, its resulting series, and whether sync stops.
    for (epoch, seq, pushed, series, stops) in [
        ((2, "two"), 100, true, 0, false),
        ((2, "two"), 101, false, 0, false),
        ((2, "two"), 99, true, 6, true),
        ((2, "two"), 99, false, 6, true),
        // Enrolled again, but killed before the high-water mark was written.
        ((3, "three"), 7, true, 0, false),
        // From before the enrollment; the series used in that epoch are unknown.
        ((1, "one"), 500, true, 1_007, true),
        ((2, "another"), 500, true, 1_007, true),
        // A new database: the hub has nothing of it, but may have the other one's numbers.
        ((1, "fresh"), 3, false, 1_007, false),
    ] {
        let mut connection = database(dir.path(), epoch, seq, pushed);
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let detected = restore_detection::detect(&tx, Some(&last), 7).unwrap();
        assert_eq!(detected, (series > 0).then_some(series), "{epoch:?} {seq} {pushed}");
        let code: Option<String> = tx.query_row("select stopped_code from sync_chain", [], |row| row.get(0)).unwrap();
        assert_eq!(code.as_deref(), stops.then_some(ReasonCode::Restored.as_str()), "{epoch:?} {seq} {pushed}");
        assert_eq!(
            restore_detection::detect(&tx, None, 7).unwrap(),
            None,
            "without a high-water mark nothing is detected"
        );
    }
}

// Backups

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_during_sales_is_consistent_and_private() {
    let dir = testkit::Scratch::new();
    let mut outlet = TestOutlet::alone().await;
    outlet.sell_many(3).await;
    let (db, to) = (outlet.path(), dir.path().join("backup.db"));
    let copying = tokio::task::spawn_blocking({
        let (db, to) = (db.clone(), to.clone());
        move || back_up(&db, &to)
    });
    outlet.sell_many(20).await;
    let contents = copying.await.unwrap().unwrap();
    assert!((3..=23).contains(&contents.orders), "{contents:?}");
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["backup.db"], "one file");
    let copy = Connection::open_with_flags(&to, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "select (select pending from sync_context) = (select count(*) from sync_state where status = 'pending')
        and not exists (select 1 from orders o where total <> (select sum(amount) from payments where order_id = o.id))";
    assert!(copy.query_row(sql, [], |row| row.get::<_, bool>(0)).unwrap());

    let before = std::fs::read(&to).unwrap();
    assert!(matches!(back_up(&db, &to), Err(BackupError::Copy(sqlite::CopyError::Exists(_)))));
    assert!(std::fs::read(&to).unwrap() == before, "nothing is overwritten");
    assert!(matches!(restore(&db, &to, time::now(), 7), Err(BackupError::Running(_))));
}

#[test]
fn an_invalid_database_is_neither_backed_up_nor_restored() {
    let dir = testkit::Scratch::new();
    let file = |name: &str| dir.path().join(name);
    drop(database(dir.path(), (1, "one"), 1, true));
    let db = file("pos.db");
    std::fs::write(file("text.db"), "not a database, but long enough to look like one".repeat(50)).unwrap();
    std::fs::write(file("empty.db"), "").unwrap();
    Connection::open(file("other.db")).unwrap().execute_batch("create table t (a)").unwrap();
    back_up(&db, &file("torn.db")).unwrap();
    // A page of an index.
    let torn = std::fs::File::options().write(true).open(file("torn.db")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&torn, &[0xff; 4_096], 4_096 * 20).unwrap();
    let files = || -> Vec<_> {
        let mut names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.retain(|name| name != "pos.db.lock");
        names.sort();
        names
    };
    let (before, bytes) = (files(), std::fs::read(&db).unwrap());
    for name in ["text.db", "empty.db", "other.db", "torn.db", "missing.db"] {
        let from = file(name);
        let copied = back_up(&from, &file("copy.db")).unwrap_err().to_string();
        let restored = restore(&db, &from, time::now(), 7).unwrap_err().to_string();
        for message in [copied, restored] {
            assert!(message.contains(name) && message.split_whitespace().count() > 4, "{message}");
        }
        assert_eq!(files(), before, "{name}: no file remains");
    }
    assert!(matches!(restore(&db, &db, time::now(), 7), Err(BackupError::Itself(_))));
    assert!(std::fs::read(&db).unwrap() == bytes, "the database is unchanged");
}

#[test]
fn each_restore_keeps_the_old_file_and_starts_a_new_series() {
    let dir = testkit::Scratch::new();
    let (db, backup) = (dir.path().join("pos.db"), dir.path().join("backup.db"));
    drop(database(dir.path(), (1, "one"), 10, true));
    back_up(&db, &backup).unwrap();
    let connection = Connection::open(&db).unwrap();
    connection.execute_batch("insert into categories (id, name) values ('c', 'later')").unwrap();
    drop(connection);
    let later = |path: &Path| -> i64 {
        let sql = "select count(*) from categories where name = 'later'";
        Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    };

    // No server has run here yet, so there is no mark.
    let first = restore(&db, &backup, time::now(), 7).unwrap();
    assert_eq!(first.series, 1_007);
    assert_eq!((later(&db), later(first.replaced.as_ref().unwrap())), (0, 1));
    let read = |sql: &str| -> String { Connection::open(&db).unwrap().query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(read("select stopped_code from sync_chain"), ReasonCode::Restored.as_str());
    let mode = std::fs::metadata(&db).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let second = restore(&db, &backup, time::now() + jiff::SignedDuration::from_secs(1), 7).unwrap();
    assert_eq!(second.series, 1_008);
    let last = high_water_mark::read(&high_water_mark::path(&db)).unwrap().unwrap();
    assert_eq!((last.series, last.epoch_id.as_str()), (1_008, "one"));

    // The WAL of the old database is not applied to the new one.
    std::fs::write(dir.path().join("pos.db-wal"), "damaged").unwrap();
    std::fs::write(&db, "damaged".repeat(1_000)).unwrap();
    let third = restore(&db, &backup, time::now() + jiff::SignedDuration::from_secs(2), 7).unwrap();
    assert_eq!(std::fs::read(third.replaced.unwrap()).unwrap(), "damaged".repeat(1_000).as_bytes());
    assert!(!dir.path().join("pos.db-wal").exists());
    assert_eq!(read("select stopped_code from sync_chain"), ReasonCode::Restored.as_str());
}

// Pruning

#[test]
fn old_batches_logs_and_answers_are_pruned_in_chunks() {
    let dir = testkit::Scratch::new();
    let mut connection = database(dir.path(), (1, "one"), 9, false);
    let now = time::now();
    let days_ago = |days: i64| time::text(now - jiff::SignedDuration::from_hours(24 * days));
    let add = |name: &str, state: &str, settled: Option<i64>| {
        let sql = "insert into sync_batches (batch_id, batch_no, state, item_count, body, made_at, closed_at)
            values (?1, 1, ?2, 1, zeroblob(20000), ?3, ?4)";
        let settled = settled.map(days_ago);
        connection.execute(sql, rusqlite::params![name, state, days_ago(99), settled]).unwrap();
    };
    add("the chain's", "accepted", Some(99));
    for number in 0..1_200 {
        add(&format!("old {number}"), ["accepted", "abandoned", "lost"][number % 3], Some(36));
    }
    let hour = || {
        let tx = connection.unchecked_transaction().unwrap();
        replica::logs::count_hour(&tx).unwrap();
        tx.commit().unwrap();
    };
    hour();
    add("not old", "accepted", Some(-4_000));
    add("waits", "in_flight", None);
    connection.execute("update sync_chain set batch_id = 'the chain''s'", []).unwrap();
    // Times are not used: nothing is old yet, whatever the clock says.
    assert!(!replica::logs::prune(&connection.unchecked_transaction().unwrap(), now).unwrap());
    for _ in 0..replica::logs::BATCH_RETENTION_HOURS {
        hour();
    }
    let logs = "with recursive n (n) as (select 1 union all select n + 1 from n where n < 50003)
        insert into sync_logs (sync_type, entity_type, entity_count, status, started_at)
        select 'push', 'mixed', n, 'success', '2100-01-01T00:00:00.000Z' from n";
    connection.execute(logs, []).unwrap();
    // After answers of a clock that was years ahead.
    for (days, name) in [(-2_000, "ahead"), (3, "old"), (1, "not old"), (3, "not seen")] {
        let sql =
            "insert into idempotency_keys (key, request_hash, status, body, created_at) values (?1, '', 200, '', ?2)";
        connection.execute(sql, [name, &days_ago(days)]).unwrap();
    }
    let mut chunks = 0;
    loop {
        let tx = connection.transaction().unwrap();
        let before: i64 = tx.query_row("select count(*) from sync_batches", [], |row| row.get(0)).unwrap();
        let more = replica::logs::prune(&tx, now).unwrap() | (shop::idempotency::prune(&tx, 3, now).unwrap() > 0);
        let after: i64 = tx.query_row("select count(*) from sync_batches", [], |row| row.get(0)).unwrap();
        assert!(before - after <= 500, "pruning delays no sale");
        tx.commit().unwrap();
        chunks += 1;
        if !more {
            break;
        }
    }
    assert!(chunks >= 4, "{chunks}");
    let text = |sql: &str| -> String { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    let batches = text("select group_concat(batch_id, ', ') from (select batch_id from sync_batches order by id)");
    assert_eq!(batches, "the chain's, not old, waits");
    assert_eq!(text("select count(*) || ' ' || min(entity_count) from sync_logs"), "50000 4");
    assert_eq!(text("select group_concat(key, ', ') from idempotency_keys"), "not old, not seen");
}
