//! Captures each change of each row: which entity is queued, and at which position.

use protocol::capture::captured;
use protocol::entity::{Child as ChildTable, ENTITIES, Entity, Owner};

use super::db::*;

#[test]
fn every_change_of_a_root_row_marks_its_entity_and_nothing_else() {
    everywhere(|db| {
        db.run("pragma ignore_check_constraints = on");
        may_change_refunds(db);
        for Entity { name, table, fields, .. } in captured().filter(|entity| !entity.is_single()) {
            let (x, y) = (format!("{name}/x"), format!("{name}/y"));
            let add = [db.add(table, &[("id", "x")]), db.add(table, &[("id", "bystander")])];
            db.run(&add[1]);
            for sent in [false, true] {
                assert_eq!(db.marks(&add[0]), [x.as_str()]);
                for column in db.columns(table) {
                    if column.name == "id" {
                        continue;
                    }
                    let synced = fields.iter().any(|field| field.name == column.name);
                    let wanted = if synced { vec![x.clone()] } else { Vec::new() };
                    for value in column.values() {
                        if sent {
                            db.settle();
                        }
                        let update = format!("update {table} set {} = {value} where id = 'x'", column.name);
                        assert_eq!(db.marks(&update), wanted, "{update}");
                        assert_eq!(db.marks(&update), NOTHING, "again: {update}");
                    }
                }
                if sent {
                    db.settle();
                    assert_eq!(
                        db.marks(&format!("update {table} set id = 'y' where id = 'x'")),
                        [x.clone(), y.clone()]
                    );
                    assert_eq!(db.marks(&format!("delete from {table} where id = 'y'")), [format!("{y} forgotten")]);
                    assert_eq!(db.marks(&add[0]), [x.as_str()]);
                    assert_eq!(db.marks(&format!("delete from {table} where id = 'x'")), [x.as_str()]);
                } else {
                    let forgotten = format!("{x} forgotten");
                    assert_eq!(
                        db.marks(&format!("update {table} set id = 'y' where id = 'x'")),
                        [forgotten, y.clone()]
                    );
                    assert_eq!(db.marks(&format!("delete from {table} where id = 'y'")), [format!("{y} forgotten")]);
                }
            }
        }
    });
}

#[test]
fn a_deleted_required_row_is_restored() {
    everywhere(|db| {
        db.run("update settings set zone = 'Asia/Makassar', cutoff_minutes = 120, receipt_footer = 'Terima kasih'");
        for entity in captured().filter(|entity| entity.is_single()) {
            let rows =
                format!("select count(*) || ' ' || zone || cutoff_minutes || receipt_footer from {}", entity.table);
            let before = db.rows(&rows);
            db.settle();
            assert_eq!(db.marks(&format!("delete from {}", entity.table)), [format!("{}/outlet", entity.name)]);
            assert_eq!(db.rows(&rows), before);
        }
    });
}

#[test]
fn hub_owned_entities_are_never_queued() {
    everywhere(|db| {
        db.run("pragma ignore_check_constraints = on");
        let hubs: Vec<_> = ENTITIES.iter().filter(|entity| entity.owner == Owner::Hub).collect();
        assert!(hubs.iter().any(|entity| entity.name == "announcement"));
        for Entity { table, .. } in hubs {
            let add = db.add(table, &[("id", "x")]);
            assert_eq!(db.marks(&add), NOTHING);
            for column in db.columns(table).iter().filter(|column| column.name != "id") {
                for value in column.values() {
                    let update = format!("update {table} set {} = {value} where id = 'x'", column.name);
                    assert_eq!(db.marks(&update), NOTHING, "{update}");
                }
            }
            assert_eq!(db.marks(&format!("insert or replace into {table} select * from {table}")), NOTHING);
            assert_eq!(db.marks(&format!("update {table} set id = 'y'")), NOTHING);
            // Loading the schema again, which queues rows older than the triggers, must not queue it either.
            assert_eq!(db.marks(SYNC), NOTHING);
            assert_eq!(db.marks(&format!("delete from {table}")), NOTHING);
        }
    });
}

#[test]
fn every_change_of_a_child_row_marks_its_root_and_nothing_else() {
    everywhere(|db| {
        db.run("pragma ignore_check_constraints = on");
        may_change_refunds(db);
        for (Entity { name, table: root, .. }, ChildTable { table, parent, fields, .. }) in children() {
            let x = format!("{name}/x");
            for id in ["x", "bystander"] {
                let add = db.add(root, &[("id", id)]);
                db.attempt(&add).ok();
                let add = db.add(table, &[(parent, id), ("id", "bystander")]);
                db.run(&add);
            }
            let add = db.add(table, &[(parent, "x"), ("id", "c")]);
            for sent in [false, true] {
                let marks = |db: &mut Db, sql: &str| {
                    if sent {
                        db.settle();
                    }
                    db.marks(sql)
                };
                assert_eq!(marks(db, &add), [x.as_str()]);
                for column in db.columns(table) {
                    if column.name == "id" || column.name == *parent {
                        continue;
                    }
                    let synced = fields.iter().any(|field| field.name == column.name);
                    let wanted = if synced { vec![x.clone()] } else { Vec::new() };
                    for value in column.values() {
                        let update =
                            format!("update {table} set {} = {value} where {parent} = 'x' and id = 'c'", column.name);
                        assert_eq!(marks(db, &update), wanted, "{update}");
                        assert_eq!(marks(db, &update), NOTHING, "again: {update}");
                    }
                }
                let of_x = format!("where {parent} = 'x' and id");
                assert_eq!(marks(db, &format!("update {table} set id = 'd' {of_x} = 'c'")), [x.as_str()]);
                assert_eq!(marks(db, &format!("delete from {table} {of_x} = 'd'")), [x.as_str()]);
                assert_eq!(marks(db, &format!("delete from {table} {of_x} = 'd'")), NOTHING);
                assert_eq!(db.int("select count(*) from sync_links"), 0);
            }
        }
    });
}

#[test]
fn an_update_that_changes_no_column_marks_nothing() {
    everywhere(|db| {
        shop(db);
        let tables = ENTITIES.iter().map(|entity| entity.table).chain(children().map(|(_, child)| child.table));
        for table in tables {
            let same: Vec<_> = db.columns(table).iter().map(|Column { name, .. }| format!("{name} = {name}")).collect();
            assert_eq!(db.marks(&format!("update {table} set {}", same.join(", "))), NOTHING, "{table}");
        }
        // Text that converts to the stored number.
        assert_eq!(db.marks("update products set price = '10' where id = 'a'"), NOTHING);
    });
}

// An order with its rows.

const NEW_ORDER: &str =
    "insert into orders (id, order_number, business_date, status, order_type, subtotal, total, created_at)
    values ('o3', '3', '2026-11-22', 'open', 'dine_in', 0, 0, 'now')";
const NEW_LINE: &str =
    "insert into order_lines (order_id, id, position, product_id, name, price, qty, amount, tax_group, station)
    values ('o3', 'l1', 1, 'a', 'Kopi', 10, 1, 10, 'pbjt', 'bar'), ('o3', 'l2', 2, 'a', 'Kopi', 10, 1, 10, 'pbjt', 'bar')";
const NEW_PAYMENT: &str = "insert into payments (order_id, id, method, amount, tendered, created_at) values ('o3', 'p1', 'cash', 10, 10, 'now')";

#[test]
fn an_order_written_children_first_is_marked_once() {
    everywhere(|db| {
        db.run("begin");
        assert_eq!(db.marks(NEW_LINE), NOTHING);
        assert_eq!(db.marks(NEW_PAYMENT), NOTHING);
        assert_eq!(db.marks(NEW_ORDER), ["order/o3"]);
        db.run("commit");
        assert_eq!(db.version("order/o3"), 1);
    });
}

#[test]
fn an_order_written_parent_first_is_marked_by_each_row() {
    everywhere(|db| {
        db.run("begin");
        for sql in [NEW_ORDER, NEW_LINE, NEW_PAYMENT] {
            assert_eq!(db.marks(sql), ["order/o3"]);
        }
        db.run("commit");
        assert_eq!(db.version("order/o3"), 4);
    });
}

#[test]
fn an_orphan_child_row_is_not_captured() {
    everywhere(|db| {
        db.run("pragma ignore_check_constraints = on");
        may_change_refunds(db);
        for (_, ChildTable { table, parent, .. }) in children() {
            let add = db.add(table, &[(parent, "nobody"), ("id", "c")]);
            db.run("begin");
            assert_eq!(db.marks(&add), NOTHING);
            assert_eq!(db.attempt("commit").is_err(), db.foreign_keys);
            assert_eq!(db.marks(&format!("update {table} set {parent} = 'nobody else', id = 'd'")), NOTHING);
            assert_eq!(db.marks(&format!("delete from {table}")), NOTHING);
            if db.foreign_keys {
                db.run("commit");
            }
        }
    });
}

#[test]
fn moving_a_child_row_marks_and_links_both_parents() {
    everywhere(|db| {
        db.run("pragma ignore_check_constraints = on");
        may_change_refunds(db);
        for (Entity { name, table: root, .. }, ChildTable { table, parent, .. }) in children() {
            for id in ["x", "y"] {
                let add = db.add(root, &[("id", id)]);
                db.attempt(&add).ok();
            }
            let add = db.add(table, &[(parent, "x"), ("id", "c")]);
            db.run(&add);
            db.settle();
            let parents = [format!("{name}/x"), format!("{name}/y")];
            assert_eq!(db.marks(&format!("update {table} set {parent} = 'y' where id = 'c'")), parents);
            assert_eq!(db.rows("select * from sync_links"), [format!("{name}|x|{name}|y")]);
            assert_eq!(db.marks(&format!("update {table} set {parent} = 'x' where id = 'c'")), parents, "and back");
            assert_eq!(db.int("select count(*) from sync_links"), 2);
            let moved_and_renamed = format!("update {table} set {parent} = 'y', id = 'd' where id = 'c'");
            assert_eq!(db.marks(&moved_and_renamed), parents);
            db.run("delete from sync_links");
        }
    });
}

#[test]
fn moving_a_child_row_to_a_later_parent_links_both() {
    everywhere(|db| {
        shop(db);
        db.run("begin");
        assert_eq!(db.marks("update payments set order_id = 'o3' where order_id = 'o1'"), ["order/o1"]);
        assert_eq!(db.marks(NEW_ORDER), ["order/o3"]);
        db.run("commit");
        assert_eq!(db.rows("select * from sync_links"), ["order|o1|order|o3"]);
        assert_eq!(db.version("order/o3"), 1);
    });
}

#[test]
fn a_cascading_order_delete_is_captured_as_one_delete() {
    everywhere(|db| {
        shop(db);
        assert_eq!(db.marks("delete from orders where id = 'o1'"), ["order/o1"]);
        let remaining: i64 = children_of_orders()
            .map(|(_, child)| db.int(&format!("select count(*) from {} where order_id = 'o1'", child.table)))
            .sum();
        assert_eq!(remaining, if db.foreign_keys { 0 } else { 5 });
        assert_eq!(db.marks("delete from order_lines where order_id = 'o1'"), NOTHING);
        let queued = "select entity_id, operation, payload from sync_queue where status = 'pending'";
        assert_eq!(db.rows(queued), ["o1|delete|"]);
    });
}

#[test]
fn every_conflict_change_is_captured() {
    const LINE: &str = "order_lines (order_id, id, position, product_id, name, price, qty, amount, tax_group, station)";
    let line = |clause: &str, id: &str| {
        format!("insert {clause} into {LINE} values ('o1', '{id}', 7, 'a', 'Kopi', 10, 7, 70, 'pbjt', 'bar')")
    };
    let order = |clause: &str, id: &str| {
        let columns = "id, order_number, business_date, status, order_type, subtotal, total, created_at";
        let values = format!("'{id}', '9', '2026-11-22', 'open', 'dine_in', 70, 70, 'now'");
        format!("insert {clause} into orders ({columns}) values ({values})")
    };
    let product =
        |clause: &str, id: &str| format!("insert {clause} into products (id, name, price) values ('{id}', 'Baru', 7)");
    let upsert = "on conflict (id) do update set price = excluded.price";
    let upsert_line = "on conflict (order_id, id) do update set qty = excluded.qty";
    let mut cases: Vec<(String, &[&str])> = vec![
        (product("or replace", "a"), &["product/a"]),
        (product("or ignore", "a"), &[]),
        (format!("{} {upsert}", product("", "a")), &["product/a"]),
        (format!("{} on conflict (id) do update set name = name", product("", "a")), &[]),
        (format!("{} on conflict do nothing", product("", "a")), &[]),
        (
            "replace into products (id, name, price) values ('a', 'x', 1), ('z', 'y', 2)".into(),
            &["product/a", "product/z"],
        ),
        ("insert or ignore into products (id, name, price) values ('a', 'x', 1), ('z', 'y', 2)".into(), &["product/z"]),
        (
            "insert or ignore into products (id, name, price) select id || id, name, price from products".into(),
            &["product/aa", "product/bb"],
        ),
        ("update or ignore products set id = 'b' where id = 'a'".into(), &[]),
        ("update or ignore products set id = 'b', price = 3".into(), &["product/b"]),
        ("update or replace products set id = 'b' where id = 'a'".into(), &["product/a", "product/b"]),
        (line("or replace", "l1"), &["order/o1"]),
        (line("or ignore", "l1"), &[]),
        (format!("{} {upsert_line}", line("", "l1")), &["order/o1"]),
        (format!("{} {upsert_line}", line("", "l9")), &["order/o1"]),
        (format!("{} on conflict do nothing", line("", "l1")), &[]),
        ("update or ignore order_lines set id = 'l2' where order_id = 'o1' and id = 'l1'".into(), &[]),
        ("update or replace order_lines set id = 'l2' where order_id = 'o1' and id = 'l1'".into(), &["order/o1"]),
        ("update or ignore order_lines set order_id = 'o2' where order_id = 'o1' and id = 'l1'".into(), &[]),
        ("update or ignore order_lines set order_id = 'o2' where order_id = 'o1'".into(), &["order/o1", "order/o2"]),
        (
            "update or replace order_lines set order_id = 'o2' where order_id = 'o1' and id = 'l1'".into(),
            &["order/o1", "order/o2"],
        ),
        (
            "update orders set subtotal = 7, total = 7 from (select 'o1' as of) f where orders.id = f.of".into(),
            &["order/o1"],
        ),
        (order("or replace", "o1"), &["order/o1"]),
        (order("or ignore", "o1"), &[]),
        (
            format!(
                "{} on conflict (id) do update set total = excluded.total, subtotal = excluded.subtotal",
                order("", "o1")
            ),
            &["order/o1"],
        ),
        ("delete from products".into(), &["product/a", "product/b"]),
        ("delete from payments".into(), &["order/o1"]),
    ];
    for clause in ["", "or abort", "or rollback", "or fail", "or ignore", "or replace"] {
        cases.push((product(clause, "new"), &["product/new"]));
        cases.push((line(clause, "new"), &["order/o1"]));
        cases.push((order(clause, "new"), &["order/new"]));
        cases.push((format!("update {clause} products set price = 7 where id = 'a'"), &["product/a"]));
        cases.push((format!("update {clause} orders set pax = 7"), &["order/o1", "order/o2"]));
        cases.push((format!("update {clause} payments set amount = 7"), &["order/o1"]));
    }
    everywhere(|db| {
        shop(db);
        for recursive in [false, true] {
            db.run(&format!("pragma recursive_triggers = {recursive}"));
            for (sql, marked) in &cases {
                db.run("begin");
                assert_eq!(db.marks(sql), *marked, "{sql}");
                // Pending and in-flight rows are marked too, for each conflict clause.
                assert_eq!(db.marks("update tables set name = 'x'"), ["table/t"]);
                db.run("update sync_state set batch_no = 1 where status = 'pending'; rollback");
            }
            // The same on rows that were never sent.
            for (sql, _) in &cases {
                db.run("begin; update sync_state set status = 'pending', was_sent = 0, acked_version = 0");
                let (before, pending) = (db.states(), db.int("select pending from sync_context"));
                db.run(sql);
                db.assert_counted(sql);
                let after = db.states();
                let roots: usize = captured()
                    .map(|entity| db.rows(&format!("select '{}/' || id from {}", entity.name, entity.table)))
                    .map(|keys| keys.iter().filter(|key| after[*key].waits()).count())
                    .sum();
                assert_eq!(roots, after.len(), "{sql}: a row without an entity, or an entity without a row");
                assert!(pending > 0 && before.values().all(State::waits));
                db.run("rollback");
            }
        }
    });
}

// Ids, creation and deletion.

#[test]
fn an_id_that_changes_is_a_delete_and_a_create() {
    everywhere(|db| {
        shop(db);
        assert_eq!(db.marks("update products set id = 'c' where id = 'a'"), ["product/a", "product/c"]);
        let queued = "select entity_id, operation from sync_queue where status = 'pending' order by entity_id";
        assert_eq!(db.rows(queued), ["a|delete", "c|create"]);
        assert_eq!(db.marks("update products set id = 'd' where id = 'c'"), ["product/c forgotten", "product/d"]);
        assert_eq!(db.marks("update products set id = 'a' where id = 'd'"), ["product/a", "product/d forgotten"]);
        assert_eq!(db.rows(queued), ["a|update"]);
    });
}

#[test]
fn changing_an_orders_id_moves_its_rows_in_one_unit() {
    everywhere(|db| {
        shop(db);
        db.run("begin");
        assert_eq!(db.marks("update orders set id = 'o9' where id = 'o1'"), ["order/o1", "order/o9"]);
        for (_, child) in children_of_orders() {
            let moved = format!("update {} set order_id = 'o9' where order_id = 'o1'", child.table);
            assert_eq!(db.marks(&moved), ["order/o9"]);
        }
        db.run("commit");
        assert_eq!(db.rows("select * from sync_links"), ["order|o1|order|o9"]);
    });
}

#[test]
fn a_row_deleted_before_it_was_sent_leaves_nothing() {
    everywhere(|db| {
        may_change_refunds(db);
        for (Entity { name, table, .. }, id) in captured().filter(|entity| !entity.is_single()).zip('m'..) {
            db.run("pragma ignore_check_constraints = on");
            let add = db.add(table, &[("id", &id.to_string())]);
            assert_eq!(db.marks(&add), [format!("{name}/{id}")]);
            assert_eq!(db.marks(&format!("delete from {table} where id = '{id}'")), [format!("{name}/{id} forgotten")]);
        }
        db.run("begin");
        assert_eq!(db.marks(NEW_ORDER), ["order/o3"]);
        assert_eq!(db.marks(NEW_LINE), ["order/o3"]);
        assert_eq!(db.marks("delete from orders where id = 'o3'"), ["order/o3 forgotten"]);
        db.run("delete from order_lines; commit");
    });
}

#[test]
fn a_sent_and_deleted_row_is_pending_as_a_delete() {
    everywhere(|db| {
        shop(db);
        db.run(
            "update sync_state set acked_version = 0, status = 'pending', batch_no = 1 where entity_id in ('b', 'o2')",
        );
        let queued =
            "select entity_type, entity_id, operation, batch_no from sync_queue where status = 'pending' order by seq";
        assert_eq!(db.marks("delete from products"), ["product/a", "product/b"]);
        assert_eq!(db.marks("delete from orders where id = 'o2'"), ["order/o2"]);
        assert_eq!(db.rows(queued), ["product|a|delete|", "product|b|delete|", "order|o2|delete|"]);
        let insert = "insert into products (id, name, price) values ('a', 'Kopi', 1)";
        assert_eq!(db.marks(insert), ["product/a"]);
        assert_eq!(db.rows(queued), ["product|a|update|", "product|b|delete|", "order|o2|delete|"]);
    });
}

#[test]
fn the_operation_is_a_create_until_the_hub_has_it() {
    everywhere(|db| {
        let add = "insert into products (id, name, price) values ('c', 'Susu', 1)";
        let change = "update products set price = price + 1 where id = 'c'";
        let operation = |db: &mut Db, sql: &str| {
            db.run(sql);
            db.rows("select operation from sync_queue where entity_id = 'c'").concat()
        };
        assert_eq!(operation(db, add), "create");
        assert_eq!(operation(db, change), "create");
        db.run("update sync_state set batch_no = 1, was_sent = 1");
        assert_eq!(operation(db, change), "create");
        assert_eq!(operation(db, "delete from products"), "delete");
        assert_eq!(operation(db, add), "create");
        db.settle();
        assert_eq!(operation(db, change), "update");
        assert_eq!(operation(db, "delete from products"), "delete");
        assert_eq!(operation(db, add), "update");
    });
}

// Positions in the queue.

#[test]
fn a_pending_row_keeps_its_seq_when_it_changes() {
    everywhere(|db| {
        shop(db);
        let change =
            |db: &mut Db, id: &str| db.run(&format!("update products set price = price + 1 where id = '{id}'"));
        change(db, "a");
        let seq = db.states()["product/a"].seq;
        for _ in 0..5 {
            change(db, "b");
            change(db, "a");
        }
        let states = db.states();
        assert_eq!((states["product/a"].seq, states["product/b"].seq), (seq, seq + 1));
        assert_eq!(states["product/a"].version, 7);
    });
}

#[test]
fn an_in_flight_isolated_or_failed_row_is_requeued_on_change() {
    let states = [
        "batch_no = 7, was_sent = 1",
        "isolated = 1, hub_suspected = 1, retry_count = 2, error_message = 'Status 500.'",
        "status = 'failed', retry_count = 3, error_code = 'keeps_failing', error_message = 'Status 500.'",
        "status = 'failed', error_code = 'conflict', was_sent = 1",
    ];
    everywhere(|db| {
        shop(db);
        for state in states {
            for (sql, marked) in [
                ("update products set price = price + 1 where id = 'a'", "product/a"),
                ("update order_lines set qty = qty + 1 where order_id = 'o1' and id = 'l1'", "order/o1"),
                (
                    "insert or replace into tables (id, name, seats) values ('t', '1', abs(random() % 1000000) + 5)",
                    "table/t",
                ),
            ] {
                db.settle();
                db.run(sql);
                db.run(&format!("update sync_state set {state} where status = 'pending'"));
                db.assert_counted(state);
                // `marks` asserts the rest.
                assert_eq!(db.marks(sql), [marked], "{state}");
            }
        }
    });
}

#[test]
fn a_seq_is_never_reused_even_after_the_queue_was_deleted() {
    everywhere(|db| {
        shop(db);
        let last = db.int("select max(seq) from sync_state");
        db.run("update sync_state set status = 'failed' where entity_type = 'product'");
        db.run("update sync_state set status = 'pending' where entity_type = 'order'");
        db.assert_counted("some have failed");
        db.run("delete from sync_state");
        db.assert_counted("all are gone");
        assert_eq!(db.marks("update products set price = 7 where id = 'a'"), ["product/a"]);
        assert_eq!(db.states()["product/a"].seq, last + 1);
        db.run("begin; update products set price = 8; rollback");
        assert_eq!(db.marks("update products set price = 7 where id = 'b'"), ["product/b"]);
        assert_eq!(db.states()["product/b"].seq, last + 2);
    });
}
