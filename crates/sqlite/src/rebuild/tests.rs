use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::source::Source;
use super::*;
use crate::Migration;

const FIRST: &str = "
    create table if not exists schema_migrations (version integer primary key, name text not null) strict;
    create table if not exists things (id text primary key not null, n integer check (n < 100), note text) strict;
    create table if not exists counted (id integer primary key autoincrement, word text) strict;
    create table if not exists marks (word text) strict;
    create table if not exists parts (thing text not null, id text not null, n integer, primary key (thing, id))
      strict, without rowid;
    create trigger if not exists mark_thing after insert on things begin insert into marks values (new.id); end;
    insert or ignore into marks values ('begun');
    insert or ignore into schema_migrations values (1, '001_test');";
const SECOND: &str = "
    alter table things add column color text not null default 'red';
    insert into schema_migrations values (2, '002_color');";

const SCHEMA: Schema =
    Schema { migrations: &[Migration { version: 1, name: "001_test", sql: FIRST }], marker: "things" };
const NEXT: Schema = Schema {
    migrations: &[
        Migration { version: 1, name: "001_test", sql: FIRST },
        Migration { version: 2, name: "002_color", sql: SECOND },
    ],
    marker: "things",
};

/// A database with a few rows, modified by this SQL.
fn backup(dir: &Path, sql: &str) -> PathBuf {
    let path = dir.join("backup.db");
    let connection = crate::open(&path, &SCHEMA).unwrap();
    connection
        .execute_batch(
            "insert into things (rowid, id, n) values (7, 'a', 1), (9, cast(x'e9' as text), 2);
             insert into parts values ('a', 'x', 1), ('a', 'y', 2);
             insert into counted (word) values ('x'), ('y'); delete from counted where word = 'y';",
        )
        .unwrap();
    disable_wal(&connection).unwrap();
    drop(connection);
    let shell = Connection::open(&path).unwrap();
    shell.execute_batch(sql).unwrap();
    path
}

fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.read(0)).unwrap().map(Result::unwrap).collect()
}

fn of<'a>(rebuilt: &'a Rebuilt, table: &str) -> &'a TableRows {
    rebuilt.tables.iter().find(|rows| rows.table == table).unwrap()
}

#[test]
fn only_rows_of_a_backup_are_copied() {
    let dir = tempfile::tempdir().unwrap();
    let from = backup(
        dir.path(),
        "create trigger evil after insert on things begin delete from things; end;
         create view secret as select * from things; create table notes (x); create index more on things (n);
         alter table things add column extra text; create virtual table search using fts5(x);
         create table \"bell\x07\" (x, y generated always as (hex(zeroblob(x))));
         drop trigger mark_thing;",
    );
    let to = dir.path().join("new.db");
    let rebuilt = rebuild(&from, &to, &SCHEMA).unwrap();
    for thing in [
        "trigger evil on things",
        "view secret",
        "table notes",
        "index more",
        "column things.extra",
        "virtual table search",
        "table bell\u{fffd}",
    ] {
        assert!(rebuilt.left_out.iter().any(|object| object == thing), "{thing}: {rebuilt:?}");
    }
    assert_eq!(rebuilt.triggers, ["mark_thing"]);
    assert_eq!((rebuilt.found(), rebuilt.taken()), (9, 9), "{rebuilt:?}");
    let target = crate::open(&to, &SCHEMA).unwrap();
    assert_eq!(rows(&target, "select hex(id) || rowid || n from things order by rowid"), ["6171", "E992"]);
    assert_eq!(rows(&target, "select id || n from parts"), ["x1", "y2"]);
    assert_eq!(rows(&target, "select name from sqlite_master where type in ('trigger', 'view')"), ["mark_thing"]);
    assert_eq!(rows(&target, "select word from marks"), ["begun", "a", "\u{fffd}"], "no trigger ran meanwhile");
    target.execute("insert into counted (word) values ('z')", []).unwrap();
    assert_eq!(rows(&target, "select cast(id as text) from counted order by id"), ["1", "3"]);
}

#[test]
fn rows_that_fail_a_check_are_counted_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let from = backup(
        dir.path(),
        "pragma ignore_check_constraints = on;
         insert into things (id, n) values ('bad', 1000), ('worse', 1001), ('\x1b[2J', 1002);
         create table p2 (thing, id, n, rowid); insert into p2 select thing, id, n, 1 from parts;
         insert into p2 values ('a', 'x', 3, 1), ('b', 'x', 'text', 1), (null, 'x', 1, 1);
         drop table parts; alter table p2 rename to parts;",
    );
    let to = dir.path().join("new.db");
    let rebuilt = rebuild(&from, &to, &SCHEMA).unwrap();
    let (things, parts) = (of(&rebuilt, "things"), of(&rebuilt, "parts"));
    assert_eq!((things.found, things.taken), (5, 2));
    assert_eq!(things.refused[0], "bad (CHECK constraint failed: n < 100)");
    assert!(things.refused[2].starts_with("\u{fffd}[2J ("), "{things:?}");
    assert_eq!((parts.found, parts.taken), (5, 2), "{parts:?}");
    assert!(parts.refused[0].starts_with("a, x (UNIQUE constraint failed"), "{parts:?}");
    assert_eq!((rebuilt.found(), rebuilt.taken()), (18, 12), "{rebuilt:?}");
    let target = crate::open(&to, &SCHEMA).unwrap();
    assert_eq!(rows(&target, "select id || n from parts"), ["x1", "y2"]);
}

#[test]
fn only_the_row_with_an_oversized_value_is_omitted() {
    let dir = tempfile::tempdir().unwrap();
    let from = backup(dir.path(), "insert into things (id, n, note) values ('huge', 3, zeroblob(90000000) || '')");
    let rebuilt = rebuild(&from, &dir.path().join("new.db"), &SCHEMA).unwrap();
    let things = of(&rebuilt, "things");
    assert_eq!((things.found, things.taken), (3, 2));
    assert_eq!(things.refused, ["huge (a value of more than 80 MiB)"]);
}

#[test]
fn an_incomplete_or_hooked_database_is_rejected() {
    for (sql, words) in [
        ("alter table counted rename to c2; create view counted as select * from c2", "has no table counted"),
        ("drop table marks; create virtual table marks using fts5(word)", "has no table marks"),
        ("drop table marks", "has no table marks"),
        ("drop table parts; create table parts (thing text, id text)", "has no column n in its table parts"),
        (
            "drop table things; create table things (n integer, note text); insert into things values (1, 'x')",
            "has no column id in its table things",
        ),
        (
            "drop table counted; create table counted (id integer primary key, word text generated always as ('x'))",
            "has no column word in its table counted",
        ),
        ("alter table things drop column note", "has no column note in its table things"),
        ("create trigger e after update on schema_migrations begin select 1; end", "trigger e on schema_migrations"),
        ("drop table schema_migrations", "database of another program"),
        ("insert into schema_migrations values (9, '009')", "made by a newer version"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (backup(dir.path(), sql), dir.path().join("new.db"));
        let refused = rebuild(&from, &to, &SCHEMA).unwrap_err().to_string();
        assert!(refused.contains(words), "{sql}: {refused}");
        assert!(!to.exists(), "{sql}");
    }
}

#[test]
fn a_backup_without_a_schema_version_is_accepted() {
    const PLAIN: Schema = Schema {
        migrations: &[Migration {
            version: 1,
            name: "001_test",
            sql:
                "create table if not exists schema_migrations (version integer primary key, name text not null) strict;
                create table if not exists things (id text primary key) strict;
                insert or ignore into schema_migrations values (1, '001_test');",
        }],
        marker: "things",
    };
    let dir = tempfile::tempdir().unwrap();
    let from = backup(dir.path(), "");
    assert_eq!(of(&rebuild(&from, &dir.path().join("new.db"), &PLAIN).unwrap(), "things").taken, 2);
}

#[test]
fn a_virtual_table_disguised_as_a_table_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let sql = "drop table marks; create virtual table marks using fts5(word); pragma writable_schema = on;
        update sqlite_master set rootpage = 2 where name = 'marks'";
    let (from, to) = (backup(dir.path(), sql), dir.path().join("new.db"));
    let refused = rebuild(&from, &to, &SCHEMA).unwrap_err().to_string();
    assert!(refused.contains("has no table marks") || refused.contains("damaged"), "{refused}");
    assert!(!to.exists());
}

#[test]
fn a_backup_of_an_older_version_is_migrated() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (backup(dir.path(), ""), dir.path().join("new.db"));
    assert_eq!(rebuild(&from, &to, &NEXT).unwrap().taken(), 9);
    let target = crate::open(&to, &NEXT).unwrap();
    assert_eq!(rows(&target, "select color from things"), ["red", "red"]);
}

/// For any truncation or alteration, the file is rejected with a message, or all its rows are copied.
#[test]
fn a_damaged_file_is_rejected_and_no_database_remains() {
    let dir = tempfile::tempdir().unwrap();
    let many = "with recursive c (n) as (select 1 union all select n + 1 from c where n < 2000)
        insert into counted (word) select hex(zeroblob(20)) from c;";
    let good = std::fs::read(backup(dir.path(), many)).unwrap();
    let (from, to) = (dir.path().join("bad.db"), dir.path().join("new.db"));
    let zeros = |from: usize, to: usize| [&good[..from], &vec![0; to - from], &good[to..]].concat();
    let last = good.len() - 4_096;
    for (bytes, what) in [
        (b"hello".to_vec(), "text"),
        (Vec::new(), "empty"),
        (good[..good.len() / 2].to_vec(), "cut"),
        (good[..100].to_vec(), "the header alone"),
        (zeros(4_096, 8_192), "zeros"),
        (zeros(last, last + 4_096), "zeros at the end"),
        (good[..good.len() - 100].to_vec(), "cut within a page"),
        ([&good[..16], &[0, 0], &good[18..]].concat(), "no page size"),
    ] {
        std::fs::write(&from, bytes).unwrap();
        let refused = rebuild(&from, &to, &SCHEMA).unwrap_err().to_string();
        assert!(refused.split_whitespace().count() > 4 && !refused.contains("I/O error"), "{what}: {refused}");
        assert!(!to.exists(), "{what}");
    }
}

#[test]
fn an_endless_query_is_interrupted() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::open_for(&backup(dir.path(), ""), Duration::from_millis(200)).unwrap();
    let endless = "with recursive c (n) as (select 1 union all select n + 1 from c) select count(*) from c";
    let error = source.connection.query_row(endless, [], |row| row.read::<i64>(0)).unwrap_err();
    assert!(matches!(source.failed(&error), OpenError::ReadTimeout { .. }), "{error}");
}
