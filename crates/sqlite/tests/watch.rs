//! Reports of what each commit changes.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use sqlite::changes::MAX_KEYS;
use sqlite::{Change, Connection, Db, Fault, Migration, Schema, Watched};

const SCHEMA: Schema = Schema {
    migrations: &[Migration {
        version: 1,
        name: "one",
        sql: "create table if not exists schema_migrations (version integer primary key, name text) strict;
              create table if not exists t (id text primary key not null, v integer, w integer) strict, without rowid;
              create table if not exists u (n integer primary key, v integer) strict;
              create table if not exists other (n integer) strict;
              create trigger if not exists t_u after insert on t begin update u set v = coalesce(v, 0) + 1; end;
              insert or ignore into schema_migrations values (1, 'one');",
    }],
    marker: "t",
};

static TABLES: [Watched; 2] =
    [Watched { table: "t", key: Some("id"), columns: &["v"] }, Watched { table: "u", key: None, columns: &[] }];

/// The reports so far.
type Reports = Arc<Mutex<Vec<Vec<Change>>>>;

fn watched(dir: &Path) -> (Db, Reports) {
    let db = Db::open(&dir.join("a.db"), &SCHEMA).unwrap();
    let reports = Reports::default();
    let sink = Arc::clone(&reports);
    db.watch(&TABLES, move |changes| sink.lock().unwrap().push(changes));
    (db, reports)
}

async fn run(db: &Db, sql: &'static str) -> Result<(), Fault> {
    db.write(move |tx| Ok::<_, Fault>(tx.execute_batch(sql)?)).await
}

/// The reports since the last call; a further write follows, since a report comes after the answer.
async fn take(db: &Db, reports: &Reports) -> Vec<Vec<Change>> {
    run(db, "insert into other values (1)").await.unwrap();
    std::mem::take(&mut reports.lock().unwrap())
}

fn t(keys: &[&str]) -> Change {
    Change::Rows { table: 0, keys: Some(keys.iter().map(|&key| key.to_owned()).collect()) }
}

#[tokio::test]
async fn each_commit_reports_the_keys_of_changed_rows() {
    let dir = tempfile::tempdir().unwrap();
    let (db, reports) = watched(dir.path());
    run(&db, "insert into t values ('a', 1, 1), ('b', 1, 1)").await.unwrap();
    assert_eq!(take(&db, &reports).await, [[t(&["a", "b"])]]);
    run(&db, "update t set w = 2; update t set v = v; update t set v = 2 where id = 'b'").await.unwrap();
    assert_eq!(take(&db, &reports).await, [[t(&["b"])]], "other columns are not watched");
    run(&db, "update t set id = 'c', v = 3 where id = 'b'; delete from t where id = 'a'").await.unwrap();
    assert_eq!(take(&db, &reports).await, [[t(&["c", "b", "a"])]]);
    run(&db, "insert into u values (1, 1)").await.unwrap();
    assert_eq!(take(&db, &reports).await, [[Change::Rows { table: 1, keys: None }]]);
    run(&db, "insert into t values ('x', 1, 1)").await.unwrap();
    let through_trigger = take(&db, &reports).await;
    assert_eq!(through_trigger, [[t(&["x"]), Change::Rows { table: 1, keys: None }]], "changes by triggers count");
}

#[tokio::test]
async fn rolled_back_changes_are_not_reported() {
    let dir = tempfile::tempdir().unwrap();
    let (db, reports) = watched(dir.path());
    let failing = db.write(|tx| {
        tx.execute("insert into t values ('gone', 1, 1)", [])?;
        Err::<(), _>(Fault::Panicked)
    });
    let (failed, written) = tokio::join!(failing, run(&db, "insert into t values ('stays', 1, 1)"));
    assert!(failed.is_err() && written.is_ok());
    assert_eq!(take(&db, &reports).await.concat(), [t(&["stays"])]);
}

#[tokio::test]
async fn many_keys_are_reported_as_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let (db, reports) = watched(dir.path());
    for (rows, few) in [(MAX_KEYS, true), (MAX_KEYS + 1, false), (5_000, false)] {
        db.write(move |tx| {
            for n in 0..rows {
                tx.execute("insert into t values (?1, 1, 1)", [format!("{rows} {n}")])?;
            }
            Ok::<_, Fault>(())
        })
        .await
        .unwrap();
        let found = take(&db, &reports).await.concat();
        let Change::Rows { table: 0, keys } = &found[0] else { panic!("{found:?}") };
        assert_eq!(keys.as_ref().map(Vec::len), few.then_some(rows));
    }
}

#[tokio::test]
async fn a_commit_of_another_process_is_reported_as_unknown() {
    let dir = tempfile::tempdir().unwrap();
    let (db, reports) = watched(dir.path());
    take(&db, &reports).await;
    let shell = Connection::open(dir.path().join("a.db")).unwrap();
    shell.execute("insert into other values (2)", []).unwrap();
    assert_eq!(take(&db, &reports).await, [[Change::Unknown]]);
    shell.query_row("select count(*) from other", [], |row| row.get::<_, i64>(0)).unwrap();
    db.read(|tx| Ok::<_, Fault>(tx.query_row("select count(*) from other", [], |row| row.get::<_, i64>(0))?))
        .await
        .unwrap();
    assert_eq!(take(&db, &reports).await, Vec::<Vec<Change>>::new(), "reading is no change");
    // The file check finds it without a write.
    shell.execute("insert into other values (3)", []).unwrap();
    db.check_files();
    assert_eq!(take(&db, &reports).await, [[Change::Unknown]]);
}

#[tokio::test]
async fn a_reopened_database_is_still_watched() {
    let dir = tempfile::tempdir().unwrap();
    let (db, reports) = watched(dir.path());
    run(&db, "insert into t values ('a', 1, 1)").await.unwrap();
    std::fs::remove_file(dir.path().join("a.db-wal")).unwrap();
    take(&db, &reports).await;
    run(&db, "insert into t values ('b', 1, 1)").await.unwrap();
    assert_eq!(take(&db, &reports).await.concat(), [t(&["b"])]);
}
