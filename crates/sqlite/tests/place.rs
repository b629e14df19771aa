//! Removing or replacing the files of a running server's database loses no acknowledged write.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlite::{Db, Fault, Migration, ReadRow, Schema};

const SCHEMA: Schema = Schema {
    migrations: &[Migration {
        version: 1,
        name: "001_test",
        sql: "create table schema_migrations (version integer primary key, name text not null) strict;
            create table sales (n integer not null) strict;
            insert into schema_migrations values (1, '001_test');",
    }],
    marker: "sales",
};

async fn sell(db: &Db, n: i64) -> Result<(), Fault> {
    db.write(move |tx| Ok(tx.execute("insert into sales values (?1)", [n]).map(|_| ())?)).await
}

async fn sold(db: &Db) -> Result<Vec<i64>, Fault> {
    db.read(|tx| {
        Ok(tx.prepare("select n from sales order by n")?.query_map([], |row| row.read(0))?.collect::<Result<_, _>>()?)
    })
    .await
}

/// The sales that another process reads at this path.
fn seen(path: &Path) -> String {
    #[expect(clippy::disallowed_methods, reason = "testkit builds on this crate")]
    let mut shell = std::process::Command::new("sqlite3");
    let shell = shell
        .env_clear()
        .arg(path)
        .arg("select group_concat(n, ' ') from (select n from sales order by n); pragma integrity_check")
        .output()
        .unwrap();
    String::from_utf8_lossy(&[shell.stdout, shell.stderr].concat()).trim().replace('\n', " ")
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    sqlite::sibling(path, suffix)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_wal_is_recreated_without_losing_a_write() {
    for removed in [&["-wal"][..], &["-wal", "-shm"]] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pos.db");
        let db = Db::open(&path, &SCHEMA).unwrap();
        sell(&db, 1).await.unwrap();
        sold(&db).await.unwrap();
        removed.iter().for_each(|suffix| std::fs::remove_file(sibling(&path, suffix)).unwrap());
        sell(&db, 2).await.unwrap();
        assert_eq!(seen(&path), "1 2 ok", "another process sees it at once, as after a power cut");
        sell(&db, 3).await.unwrap();
        assert_eq!((sold(&db).await.unwrap(), seen(&path).as_str()), (vec![1, 2, 3], "1 2 3 ok"));
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_database_file_is_restored_without_a_write() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pos.db");
    let db = Db::open(&path, &SCHEMA).unwrap();
    sell(&db, 1).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        std::fs::remove_file(sibling(&path, suffix)).unwrap();
    }
    let began = Instant::now();
    while !path.exists() {
        assert!(began.elapsed() < Duration::from_secs(10), "it was not restored");
        db.check_files();
        tokio::task::yield_now().await;
    }
    sell(&db, 2).await.unwrap();
    assert_eq!((sold(&db).await.unwrap(), seen(&path).as_str()), (vec![1, 2], "1 2 ok"));
    assert!(!sibling(&path, ".returning").exists());
    // The renamed file is complete and does not change.
    let renamed = dir.path().join("renamed.db");
    std::fs::rename(&path, &renamed).unwrap();
    sell(&db, 3).await.unwrap();
    assert_eq!((seen(&path).as_str(), seen(&renamed).as_str()), ("1 2 3 ok", "1 2 ok"));
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_database_stops_writes_and_the_open_file_is_copied() {
    let dir = tempfile::tempdir().unwrap();
    let (path, other) = (dir.path().join("pos.db"), dir.path().join("other.db"));
    let stranger = Db::open(&other, &SCHEMA).unwrap();
    sell(&stranger, 70).await.unwrap();
    stranger.close().await;
    let db = Db::open(&path, &SCHEMA).unwrap();
    sell(&db, 1).await.unwrap();
    std::fs::rename(&other, &path).unwrap();
    for _ in 0..2 {
        let refused = sell(&db, 2).await.unwrap_err();
        assert!(
            matches!(refused, Fault::Replaced(_)) && refused.to_string().contains("pos.db.unlinked-1"),
            "{refused}"
        );
    }
    assert!(matches!(sold(&db).await.unwrap_err(), Fault::Replaced(_)), "the other database is not read either");
    assert_eq!(seen(&sibling(&path, ".unlinked-1")), "1 ok");
    assert_eq!(seen(&path), "70 ok", "no WAL of another database is applied to it");
    assert!(!sibling(&path, ".unlinked-2").exists(), "one copy is enough");
    // Writes continue after a person removes the other file.
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(sibling(&path, suffix));
    }
    sell(&db, 3).await.unwrap();
    assert_eq!((sold(&db).await.unwrap(), seen(&path).as_str()), (vec![1, 3], "1 3 ok"));
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_continue_in_a_moved_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (shop, moved) = (dir.path().join("shop"), dir.path().join("moved"));
    std::fs::create_dir(&shop).unwrap();
    let path = shop.join("pos.db");
    // Open it as a server does.
    let mut lock = sqlite::Lock::take(&path).unwrap().unwrap();
    let db = Db::open(&path, &SCHEMA).unwrap();
    assert!(lock.lock_file(&path).unwrap());
    sell(&db, 1).await.unwrap();
    sold(&db).await.unwrap();
    std::fs::rename(&shop, &moved).unwrap();
    sell(&db, 2).await.unwrap();
    assert_eq!(sold(&db).await.unwrap(), [1, 2]);
    std::fs::rename(&moved, &shop).unwrap();
    sell(&db, 3).await.unwrap();
    assert_eq!(seen(&path), "1 2 3 ok");
    std::fs::remove_dir_all(&shop).unwrap();
    assert!(matches!(sell(&db, 4).await.unwrap_err(), Fault::Replaced(_)), "there is no file to write to");
    std::fs::create_dir(&shop).unwrap();
    sell(&db, 5).await.unwrap();
    assert_eq!((sold(&db).await.unwrap(), seen(&path).as_str()), (vec![1, 2, 3, 5], "1 2 3 5 ok"));
    db.close().await;
}
