//! The writer and the readers on real files.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

use std::path::Path;
use std::time::{Duration, Instant};

use sqlite::{Connection, Db, Fault, Migration, OpenError, Schema};

const SCHEMA: Schema = Schema {
    migrations: &[Migration {
        version: 1,
        name: "one",
        sql: "create table if not exists schema_migrations (version integer primary key, name text) strict;
              create table if not exists t (id integer primary key, v text not null) strict;
              create table if not exists c (t integer references t (id) deferrable initially deferred) strict;
              insert or ignore into schema_migrations values (1, 'one');",
    }],
    marker: "t",
};

fn open(dir: &Path) -> Db {
    Db::open(&dir.join("a.db"), &SCHEMA).unwrap()
}

async fn insert(db: &Db, v: &str) -> Result<(), Fault> {
    let v = v.to_owned();
    db.write(move |tx| {
        tx.execute("insert into t (v) values (?1)", [v])?;
        Ok::<_, Fault>(())
    })
    .await
}

async fn count(db: &Db) -> i64 {
    db.read(|tx| Ok::<i64, Fault>(tx.query_row("select count(*) from t", [], |r| r.get(0))?)).await.unwrap()
}

#[tokio::test]
async fn writes_that_wait_together_are_committed_together() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let tasks: Vec<_> = (0..500)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move { insert(&db, &n.to_string()).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(count(&db).await, 500);
    let commits = db.stats().commits.load(std::sync::atomic::Ordering::Relaxed);
    assert!(commits < 500, "{commits} commits for 500 writes");
}

/// Blocks the writer until the returned sender sends. Returns when the writer is blocked; later writes wait.
async fn block_writer(db: &Db) -> std::sync::mpsc::Sender<()> {
    let (blocking, blocked) = tokio::sync::oneshot::channel();
    let (release, released) = std::sync::mpsc::channel();
    let db = db.clone();
    tokio::spawn(async move {
        db.write(move |_| {
            blocking.send(()).unwrap();
            released.recv().unwrap();
            Ok::<_, Fault>(())
        })
        .await
    });
    blocked.await.unwrap();
    release
}

#[tokio::test]
async fn background_work_yields_to_later_writes() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let release = block_writer(&db).await;
    let background = |v: &'static str| {
        db.write_background(move |tx| Ok::<_, Fault>(tx.execute("insert into t (v) values (?1)", [v])?))
    };
    // Each write enters the queue when it is first polled, in this order.
    let (first, second, interactive, _) = tokio::join!(biased; background("b1"), background("b2"), insert(&db, "till"), async {
        release.send(()).unwrap();
    });
    assert!(first.is_ok() && second.is_ok() && interactive.is_ok());
    let written = db
        .read(|tx| {
            let mut all = tx.prepare("select v from t order by id")?;
            let all = all.query_map([], |row| row.get::<_, String>(0))?;
            Ok::<_, Fault>(all.collect::<Result<Vec<_>, _>>()?)
        })
        .await;
    assert_eq!(written.unwrap(), ["till", "b1", "b2"]);
    let commits = db.stats().commits.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(commits, 4, "one each: the blocking write, the till, and the two background writes");
}

#[tokio::test]
async fn background_work_runs_under_constant_writes() {
    const WRITES: i64 = 1_000;
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let release = block_writer(&db).await;
    let background =
        db.write_background(|tx| Ok::<i64, Fault>(tx.query_row("select count(*) from t", [], |row| row.get(0))?));
    let busy = |tx: &sqlite::Transaction<'_>| {
        let started = Instant::now();
        while started.elapsed() < Duration::from_millis(1) {
            std::hint::spin_loop();
        }
        Ok::<_, Fault>(tx.execute("insert into t (v) values ('')", [])?)
    };
    let writes = async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..WRITES {
            let db = db.clone();
            tasks.spawn(async move { db.write(busy).await });
        }
        // Each task was polled, so its write is in the queue.
        tokio::task::yield_now().await;
        release.send(()).unwrap();
        tasks.join_all().await
    };
    let (before, writes) = tokio::join!(biased; background, writes);
    let before = before.unwrap();
    assert!((1..WRITES).contains(&before), "{before} of {WRITES} writes came first");
    assert!(writes.into_iter().all(|write| write.is_ok()));
}

#[tokio::test]
async fn a_failed_write_undoes_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let (good, bad, panics) = tokio::join!(
        insert(&db, "good"),
        db.write(|tx| {
            tx.execute("insert into t (v) values ('half')", [])?;
            tx.execute("insert into t (v) values (null)", [])?;
            Ok::<_, Fault>(())
        }),
        db.write(|tx| {
            tx.execute("insert into t (v) values ('half')", [])?;
            if tx.is_autocommit() { Ok::<(), Fault>(()) } else { panic!("as a bug would") }
        }),
    );
    good.unwrap();
    assert!(matches!(bad, Err(Fault::Sql(_))));
    assert!(matches!(panics, Err(Fault::Panicked)));
    assert_eq!(count(&db).await, 1);
    insert(&db, "after").await.unwrap();
}

#[tokio::test]
async fn a_violated_deferred_key_fails_only_its_commit() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let bad = db.write(|tx| Ok::<_, Fault>(tx.execute("insert into c values (7)", [])?)).await;
    assert!(bad.is_err());
    insert(&db, "after").await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_write_waits_for_another_programs_lock() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let other = Connection::open(dir.path().join("a.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let write = tokio::spawn({
        let db = db.clone();
        async move { insert(&db, "waited").await }
    });
    assert_eq!(count(&db).await, 0, "readers do not wait");
    other.execute_batch("commit").unwrap();
    write.await.unwrap().unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_write_fails_after_five_seconds_of_a_foreign_lock() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let other = Connection::open(dir.path().join("a.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let started = Instant::now();
    assert!(matches!(insert(&db, "never").await, Err(Fault::Busy)));
    let waited = started.elapsed();
    assert!(waited >= Duration::from_secs(5) && waited < Duration::from_secs(8), "{waited:?}");
    other.execute_batch("commit").unwrap();
    insert(&db, "after").await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn closing_removes_the_wal_and_refuses_later_writes() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    insert(&db, "a").await.unwrap();
    db.close().await;
    assert!(matches!(insert(&db, "late").await, Err(Fault::Closed)));
    let wal = dir.path().join("a.db-wal");
    assert!(!wal.exists() || std::fs::metadata(wal).unwrap().len() == 0);
}

fn refused(path: &Path) -> OpenError {
    let before = std::fs::read(path).unwrap();
    let error = Db::open(path, &SCHEMA).err().unwrap();
    assert_eq!(std::fs::read(path).unwrap(), before, "the file was changed");
    error
}

#[test]
fn a_foreign_file_is_rejected_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    std::fs::write(&path, "a diary, and long enough to be read as a header of a database file, which it is not.....")
        .unwrap();
    assert!(matches!(refused(&path), OpenError::NotADatabase { .. }));
    std::fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("create table recipes (id integer)").unwrap();
    assert!(matches!(refused(&path), OpenError::NotOurs { .. }));
}

#[test]
fn a_newer_or_read_only_database_is_rejected_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let newer = "create table schema_migrations (version integer primary key, name text); insert into schema_migrations values (9, 'x')";
    Connection::open(&path).unwrap().execute_batch(newer).unwrap();
    assert!(matches!(refused(&path), OpenError::Newer { found: 9, known: 1, .. }));
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    assert!(matches!(refused(&path), OpenError::ReadOnly { .. }));
}
