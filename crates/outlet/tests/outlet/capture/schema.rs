//! The capture guard and the schema: loaded again, damaged, repaired.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use protocol::capture::captured;
use protocol::entity::{ENTITIES, Entity};
use replica::capture::schema::{deviations, repair};
use rusqlite::{Connection, TransactionBehavior};

use super::db::*;

const GUARD_A: &str = "update sync_context set applying_type = 'product', applying_id = 'a', commit_guard = 1";
const NO_GUARD: &str = "update sync_context set applying_type = null, applying_id = null, commit_guard = null";

#[test]
fn the_guard_excludes_only_the_applied_entity_from_the_queue() {
    everywhere(|db| {
        shop(db);
        // A foreign trigger: its changes while a product is applied are changes of the shop.
        db.run("create trigger shop_rename after update of name on products begin update order_lines set name = new.name where product_id = new.id; end");
        db.run("begin");
        db.run(GUARD_A);
        for applied in [
            "update products set price = 99 where id = 'a'",
            "insert or replace into products (id, name, price) values ('a', 'Kopi', 98)",
            "insert into products (id, name, price) values ('a', 'Kopi', 97) on conflict do update set price = excluded.price",
            "delete from products where id = 'a'",
            "insert into products (id, name, price) values ('a', 'Kopi', 96)",
        ] {
            assert_eq!(db.marks(applied), NOTHING, "{applied}");
        }
        assert_eq!(db.marks("update products set price = 99 where id = 'b'"), ["product/b"]);
        assert_eq!(db.marks("update products set name = 'Kopi Susu' where id = 'a'"), ["order/o1"]);
        assert_eq!(db.marks("insert into tables (id, name) values ('a', 'product a is another')"), ["table/a"]);
        db.run(NO_GUARD);
        db.run("commit");
        assert_eq!(db.marks("update products set price = 95 where id = 'a'"), ["product/a"]);

        db.settle();
        db.run("begin; update sync_context set applying_type = 'order', applying_id = 'o1', commit_guard = 1");
        assert_eq!(db.marks("update orders set pax = 3 where id = 'o1'"), NOTHING);
        assert_eq!(db.marks("update order_lines set qty = 3 where order_id = 'o1'"), NOTHING);
        assert_eq!(db.marks("update payments set order_id = 'o2' where order_id = 'o1'"), ["order/o2"]);
        db.run("delete from sync_links");
        assert_eq!(db.marks("delete from orders where id = 'o1'"), NOTHING, "nor its cascade");
        db.run(NO_GUARD);
        db.run(
            "delete from order_lines where order_id = 'o1'; delete from order_charges where order_id = 'o1'; commit",
        );
    });
}

#[test]
fn the_declaration_matches_the_nullability_of_the_columns() {
    let db = Connection::open_in_memory().unwrap();
    for sql in [
        include_str!("../../../../../sql/schema/001_init.sql"),
        include_str!("../../../../../sql/schema/002_sync_system.sql"),
    ] {
        db.execute_batch(sql).unwrap();
    }
    let roots = ENTITIES.iter().map(|entity| (entity.table, entity.fields));
    let children = ENTITIES.iter().flat_map(|entity| entity.children).map(|child| (child.table, child.fields));
    for (table, fields) in roots.chain(children) {
        for field in fields {
            let sql =
                "select \"notnull\", \"notnull\" and dflt_value is null from pragma_table_info(?1) where name = ?2";
            let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, bool>(0)?, row.get::<_, bool>(1)?));
            let (not_null, needed) = db.query_row(sql, [table, field.name], read).unwrap();
            assert_eq!(field.optional, !not_null, "null in {table}.{}", field.name);
            assert_eq!(field.is_required(), needed, "{table}.{}", field.name);
        }
    }
}

#[test]
fn a_transaction_that_leaves_the_guard_set_cannot_commit() {
    for program in [Program::Bundled, Program::Shell] {
        let mut db = Db::new(program, true);
        shop(&mut db);
        let before = dump(&mut db);
        db.run("begin");
        db.run(GUARD_A);
        db.run("update products set price = 99");
        let refused = db.attempt("commit").unwrap_err();
        assert!(refused.contains("FOREIGN KEY constraint failed"), "{refused}");
        db.run("rollback");
        assert!(db.attempt(GUARD_A).is_err(), "nor outside a transaction");
        db.run("savepoint s");
        db.run(GUARD_A);
        assert!(db.attempt("release s").is_err(), "nor by a savepoint");
        db.run("rollback");
        assert_eq!(dump(&mut db), before, "the transaction was rolled back");
        assert!(
            db.attempt("insert into sync_commit_guard (id) values (1)").is_err(),
            "the commit guard cannot be violated"
        );
        assert!(db.attempt("insert into sync_commit_guard (id) values (null)").is_err());
        assert!(
            db.attempt("update sync_context set applying_type = 'product', applying_id = 'a'").is_err(),
            "unsealed"
        );
    }
}

// The schema itself.

/// Everything in the database, for comparison.
fn dump(db: &mut Db) -> Vec<String> {
    let tables = "select name from sqlite_master where type = 'table' order by name";
    let mut lines = db.rows("select type, name, sql from sqlite_master order by type, name");
    for table in db.rows(tables) {
        // A column may be named `update`.
        let row: Vec<_> = db.columns(&table).iter().map(|column| format!("quote(\"{}\")", column.name)).collect();
        if !row.is_empty() {
            lines.extend(db.rows(&format!("select '{table}', {} from {table}", row.join(", "))));
        }
    }
    lines
}

#[test]
fn loading_both_files_again_changes_nothing() {
    everywhere(|db| {
        shop(db);
        db.run("pragma ignore_check_constraints = on");
        for entity in ENTITIES {
            for id in ["waits", "settled", "failed", "gone"] {
                let add = db.add(entity.table, &[("id", id)]);
                db.run(&add);
            }
            db.run(
                "update sync_state set was_sent = 1;
                 update sync_state set status = 'success', acked_version = version where entity_id = 'settled';
                 update sync_state set status = 'failed', error_code = 'x' where entity_id = 'failed';
                 update sync_state set batch_no = 3 where entity_id = 'gone'",
            );
            if !entity.never_changes() {
                db.run(&format!("delete from {} where id = 'gone'", entity.table));
            }
        }
        let before = dump(db);
        for file in [INIT, SYNC, INIT, SYNC, SYNC] {
            db.run(file);
        }
        assert_eq!(dump(db), before);
    });
}

#[test]
fn existing_rows_are_queued_once_when_triggers_are_created() {
    for program in [Program::Bundled, Program::Shell] {
        let mut db = Db::bare(program, Path::new(":memory:"), true);
        db.run(INIT);
        db.run("pragma ignore_check_constraints = on");
        // Conflicts have no table without sync.
        let exists_without_sync =
            |entity: &&Entity| INIT.contains(&format!("create table if not exists {} (", entity.table));
        for entity in ENTITIES.iter().filter(exists_without_sync) {
            let add = db.add(entity.table, &[("id", "x")]);
            db.run(&add);
        }
        for (_, child) in children() {
            let add = db.add(child.table, &[(child.parent, "x"), ("id", "c")]);
            db.run(&add);
        }
        db.run(SYNC);
        let states = db.states();
        let mut keys: Vec<_> =
            captured().filter(exists_without_sync).map(|entity| format!("{}/x", entity.name)).collect();
        keys.push("setting/outlet".to_owned());
        keys.sort();
        assert_eq!(states.keys().cloned().collect::<Vec<_>>(), keys);
        assert!(states.values().all(|state| state.waits() && state.version == 1));
        let seqs: BTreeSet<_> = states.values().map(|state| state.seq).collect();
        assert_eq!(seqs.len(), states.len());
        db.assert_counted("loading");
    }
}

/// A database file created by this program.
fn in_a_file(program: Program) -> (testkit::Scratch, PathBuf) {
    let dir = testkit::Scratch::new();
    let path = dir.path().join("pos.db");
    let mut db = Db::bare(program, &path, program == Program::Bundled);
    db.run(INIT);
    db.run(SYNC);
    shop(&mut db);
    (dir, path)
}

/// Repairs the schema as the server does at its start; returns the deviations.
fn start(path: &Path) -> Vec<(String, String, bool)> {
    let mut connection = Connection::open(path).unwrap();
    connection.execute_batch("pragma synchronous = off").unwrap();
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let reported = deviations(&tx).unwrap();
    assert_eq!(repair(&tx).unwrap(), reported);
    assert_eq!(deviations(&tx).unwrap(), [], "repaired");
    tx.commit().unwrap();
    reported.into_iter().map(|found| (found.kind, found.name, found.expected.is_some())).collect()
}

#[test]
fn a_start_clears_a_guard_that_was_left_set() {
    for program in [Program::Bundled, Program::Shell] {
        let (_dir, path) = in_a_file(program);
        let mut shell = Db::bare(Program::Shell, &path, false);
        shell.run(GUARD_A);
        assert_eq!(shell.marks("update products set price = 99 where id = 'a'"), NOTHING);
        assert_eq!(start(&path), []);
        assert_eq!(shell.marks("update products set price = 98 where id = 'a'"), ["product/a"]);
        shell.run("pragma foreign_keys = on; begin; update products set price = 97; commit");
    }
}

#[test]
fn a_missing_or_altered_trigger_or_view_is_repaired() {
    for program in [Program::Bundled, Program::Shell] {
        let (_dir, path) = in_a_file(program);
        let mut db = Db::bare(program, &path, program == Program::Bundled);
        assert_eq!(start(&path), []);
        let intact = unmarked(&mut db);
        let parts = db.rows("select type || '|' || name from sqlite_master where type in ('trigger', 'view')");
        assert!(parts.len() > 40);
        for part in parts {
            let (kind, name) = part.split_once('|').unwrap();
            // The triggers of a view are dropped with it.
            let dropped =
                db.rows(&format!("select name from sqlite_master where '{name}' in (name, tbl_name) order by name"));
            let wanted: Vec<_> =
                dropped.iter().map(|dropped| (kind_of(&mut db, dropped), dropped.clone(), true)).collect();
            let sql = db.rows(&format!("select sql from sqlite_master where name = '{name}'")).join("\n");
            db.run(&format!("drop {kind} {name}"));
            assert_eq!(start(&path), wanted, "{name} was dropped");
            assert_eq!(unmarked(&mut db), intact, "{name} is back");
            if kind == "trigger" && !sql.contains("instead of") {
                let altered =
                    sql.replacen(" begin", " when 1 = 0 begin", 1).replace(" when 1 = 0 begin", " begin select 1;");
                db.run(&format!("drop trigger {name}; {altered}"));
                assert_eq!(start(&path), wanted, "{name} was altered");
                assert_eq!(unmarked(&mut db), intact, "{name} is restored");
            }
        }
        db.run("create trigger sync_products_extra after insert on products begin select 1; end");
        assert_eq!(start(&path), [("trigger".into(), "sync_products_extra".into(), false)]);
        assert_eq!(unmarked(&mut db), intact);
    }
}

/// Everything except the queue marks and the catalog's epoch: entities that may have changed unseen are queued and copied
/// again.
fn unmarked(db: &mut Db) -> Vec<String> {
    let marks = |line: &String| {
        ["sync_state|", "sync_context|", "catalog_version|"].iter().any(|table| line.starts_with(table))
    };
    dump(db).into_iter().filter(|line| !marks(line)).collect()
}

fn kind_of(db: &mut Db, name: &str) -> String {
    db.rows(&format!("select type from sqlite_master where name = '{name}'")).remove(0)
}

#[test]
fn rows_added_without_a_trigger_are_queued_at_the_next_start() {
    for program in [Program::Bundled, Program::Shell] {
        for entity in captured() {
            let (_dir, path) = in_a_file(program);
            let mut db = Db::bare(program, &path, program == Program::Bundled);
            db.run("pragma ignore_check_constraints = on");
            let trigger = format!("sync_{}_insert", entity.table);
            let add = db.add(entity.table, &[("id", "missed")]);
            db.run(&format!("drop trigger {trigger}; {add}"));
            assert_eq!(start(&path), [("trigger".into(), trigger.clone(), true)]);
            let states = db.states();
            assert!(states[&format!("{}/missed", entity.name)].waits());
            let kind = format!("{}/", entity.name);
            let others = states.iter().filter(|(name, state)| state.waits() && !name.starts_with(&kind));
            assert_eq!(others.count(), 0, "only entities that {trigger} could have missed are queued again");
        }
    }
}

#[test]
fn a_recapture_at_start_skips_hub_owned_entities() {
    for trigger in ["sync_capture_insert", "sync_state_insert"] {
        let (_dir, path) = in_a_file(Program::Bundled);
        let mut db = Db::bare(Program::Bundled, &path, true);
        db.run(&format!("insert into announcements (id, title) values ('n', 'Promo'); drop trigger {trigger}"));
        start(&path);
        let states = db.states();
        assert!(states["product/a"].waits(), "{trigger}");
        assert!(!states.contains_key("announcement/n"), "{trigger}");
    }
}

#[test]
fn a_start_recounts_the_queue_after_a_missing_trigger() {
    let changes = [
        ("sync_state_insert", "insert into products (id, name, price) values ('c', 'Susu', 1)"),
        (
            "sync_state_update",
            "update products set price = 7; update sync_state set status = 'failed' where entity_id = 'a'",
        ),
        (
            "sync_state_delete",
            "insert into products (id, name, price) values ('c', 'Susu', 1); delete from products where id = 'c'",
        ),
    ];
    for program in [Program::Bundled, Program::Shell] {
        for (trigger, change) in changes {
            let (_dir, path) = in_a_file(program);
            let mut db = Db::bare(program, &path, program == Program::Bundled);
            db.run(&format!("drop trigger {trigger}"));
            // Without its counter the queue may reject the second change; what matters is the next start.
            let _ = db.attempt(change);
            start(&path);
            db.assert_counted(change);
            assert_eq!(db.marks("update orders set pax = 9 where id = 'o1'"), ["order/o1"]);
            assert_eq!(db.marks("insert into products (id, name, price) values ('d', 'Air', 1)"), ["product/d"]);
        }
    }
}

#[test]
fn changes_during_a_missing_trigger_are_queued_at_start() {
    let pay = "insert into payments (order_id, id, method, amount, tendered, created_at) values ('o1', 'p9', 'cash', 1, 1, '')";
    for (trigger, change, entity_id) in [
        ("sync_products_update", "update products set price = 99 where id = 'a'", "a"),
        ("sync_products_delete", "delete from products where id = 'a'", "a"),
        ("sync_payments_insert", pay, "o1"),
    ] {
        let (_dir, path) = in_a_file(Program::Bundled);
        let mut db = Db::bare(Program::Bundled, &path, true);
        db.run("insert or ignore into products (id, name, price) values ('a', 'Teh', 1)");
        db.run("update sync_state set status = 'success', acked_version = version, was_sent = 1");
        db.run(&format!("drop trigger {trigger}"));
        db.run(change);
        let pending = || {
            let sql = "select status = 'pending' and version > acked_version from sync_state where entity_id = ?1";
            Connection::open(&path).unwrap().query_row(sql, [entity_id], |row| row.get::<_, bool>(0)).unwrap()
        };
        assert!(!pending(), "{trigger} was missing and yet the change was captured");
        start(&path);
        assert!(pending(), "{change} was never queued");
    }
}
