//! What the triggers promise, on SQL alone: every change leaves its entity dirty, and nothing else.
//!
//! Each test runs on the SQLite inside the program and on the `sqlite3` shell, with foreign keys on and off. At the end
//! seeded worlds change rows at random while batches are made, lost, late, given up and acknowledged, and a hub made of
//! the batches' JSON alone must end with the outlet's own documents.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use ::sync::capture::{captured, document_query};
use ::sync::chain::{Link, link};
use ::sync::entity::{Child as ChildTable, ENTITIES, Entity, Kind, Owner};
use ::sync::judge::{self, Had};
use ::sync::wire::{Batch, ChainRow, EntityRef, Item, ItemReply, Outcome, Position, Token, change_id};
use outlet::schema::{deviations, repair};
use outlet::sync::queue::compose::{Composed, Plan, compose};
use outlet::sync::queue::give_up::{Fate, doubt, give_up};
use outlet::sync::queue::reopen::reopen;
use outlet::sync::queue::stand::{Stood, stand};
use outlet::sync::queue::store::store;
use outlet::sync::queue::{QueueError, Stored, chain, entity, has_work, parse, unpack, waiting};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde_json::{Map, Value};
use web::time;

const INIT: &str = include_str!("../../../sql/schema/001_init.sql");
const SYNC: &str = include_str!("../../../sql/schema/002_sync_system.sql");

// A database, in one of two SQLites.

struct Db {
    engine: Engine,
    foreign_keys: bool,
}

enum Engine {
    Bundled(Connection),
    Shell(Shell),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Bundled,
    Shell,
}

/// The `sqlite3` program as a child process, with statements on its standard input.
struct Shell {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Shell {
    const END: &str = "-- end of answer --";

    fn open(path: &Path) -> Self {
        // `sh` joins the shell's complaints to its answers, in their order; no start-up file is read.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec sqlite3 -batch -init /dev/null "$0" 2>&1"#])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    fn run(&mut self, sql: &str) -> Result<Vec<String>, String> {
        write!(self.input, "{sql}\n;\n.print '{}'\n", Self::END).unwrap();
        self.input.flush().unwrap();
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the shell has gone; it said {lines:?}");
            match line.strip_suffix('\n').unwrap() {
                Self::END => break,
                line => lines.push(line.to_owned()),
            }
        }
        let complains = |line: &String| ["Runtime error", "Parse error", "Error:"].iter().any(|e| line.starts_with(e));
        if lines.iter().any(complains) { Err(lines.join("\n")) } else { Ok(lines) }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A row of `sync_state`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    version: i64,
    acked_version: i64,
    seq: i64,
    status: String,
    batch_no: Option<i64>,
    was_sent: i64,
    set_aside: i64,
    in_doubt: i64,
    tries: i64,
    error: Option<String>,
}

impl State {
    fn waits(&self) -> bool {
        self.status == "pending" && self.batch_no.is_none() && self.set_aside == 0
    }
}

impl Db {
    /// A fresh database in memory, made from both schema files.
    fn new(program: Program, foreign_keys: bool) -> Self {
        let mut db = Self::bare(program, Path::new(":memory:"), foreign_keys);
        db.run(INIT);
        db.run(SYNC);
        db
    }

    fn bare(program: Program, path: &Path, foreign_keys: bool) -> Self {
        let engine = match program {
            Program::Bundled => Engine::Bundled(Connection::open(path).unwrap()),
            Program::Shell => Engine::Shell(Shell::open(path)),
        };
        let mut db = Self { engine, foreign_keys };
        db.run(&format!("pragma foreign_keys = {foreign_keys}; pragma synchronous = off"));
        db
    }

    fn attempt(&mut self, sql: &str) -> Result<(), String> {
        match &mut self.engine {
            Engine::Bundled(connection) => connection.execute_batch(sql).map_err(|error| error.to_string()),
            Engine::Shell(shell) => shell.run(sql).map(|said| assert!(said.is_empty(), "{sql}: {said:?}")),
        }
    }

    #[track_caller]
    fn run(&mut self, sql: &str) {
        if let Err(error) = self.attempt(sql) {
            panic!("{sql}: {error}");
        }
    }

    /// The rows of a query, as the shell prints them.
    #[track_caller]
    fn rows(&mut self, sql: &str) -> Vec<String> {
        match &mut self.engine {
            Engine::Bundled(connection) => rows(connection, sql),
            Engine::Shell(shell) => shell.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}")),
        }
    }

    #[track_caller]
    fn int(&mut self, sql: &str) -> i64 {
        self.rows(sql)[0].parse().unwrap()
    }

    fn states(&mut self) -> BTreeMap<String, State> {
        let sql = "select json_array(entity_type || '/' || entity_id, version, acked_version, seq, status, batch_no,
            was_sent, set_aside, in_doubt, retry_count, coalesce(error_code, error_message)) from sync_state";
        let read = |row: &String| {
            let (key, version, acked_version, seq, status, batch_no, was_sent, set_aside, in_doubt, tries, error) =
                serde_json::from_str::<(String, _, _, _, _, _, _, _, _, _, _)>(row).unwrap();
            let state =
                State { version, acked_version, seq, status, batch_no, was_sent, set_aside, in_doubt, tries, error };
            (key, state)
        };
        self.rows(sql).iter().map(read).collect()
    }

    #[track_caller]
    fn version(&mut self, key: &str) -> i64 {
        self.states()[key].version
    }

    /// Makes a change, and says which entities it marked and which it left without a trace. Asserts what holds after
    /// any change: what was marked is dirty with a higher version and open, all else is as it was, counters match.
    #[track_caller]
    fn marks(&mut self, sql: &str) -> Vec<String> {
        let (before, last) = (self.states(), self.int("select seq from sync_ctx"));
        self.run(sql);
        let after = self.states();
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
        let mut marked = Vec::new();
        for key in keys {
            let (had, has) = (before.get(&key), after.get(&key));
            let Some(has) = has else {
                assert_eq!(had.unwrap().was_sent, 0, "{sql}: {key} was sent, and is forgotten");
                marked.push(format!("{key} forgotten"));
                continue;
            };
            if had == Some(has) {
                continue;
            }
            let open = State { batch_no: None, set_aside: 0, in_doubt: 0, tries: 0, error: None, ..has.clone() };
            assert_eq!((has, has.status.as_str()), (&open, "pending"), "{sql}: {key} is not open");
            assert!(has.version > has.acked_version, "{sql}: {key} is not dirty: {has:?}");
            match had {
                Some(had) if had.waits() && has.seq == had.seq => assert!(has.version > had.version, "{sql}: {key}"),
                Some(had) => {
                    assert!(has.seq > last, "{sql}: {key} has no fresh seq: {had:?} {has:?}");
                    // Gone and back within one statement: nobody has seen the old versions.
                    assert!(has.version > had.version || had.was_sent == 0, "{sql}: {key} {had:?} {has:?}");
                    assert!(!had.waits() || had.was_sent == 0, "{sql}: {key} lost its place in the queue");
                }
                None => assert!(has.seq > last, "{sql}: {key} has an old seq"),
            }
            if let Some(had) = had {
                let kept = (had.acked_version, had.was_sent);
                assert_eq!((has.acked_version, has.was_sent), kept, "{sql}: {key}");
            }
            marked.push(key);
        }
        self.assert_counted(sql);
        marked
    }

    #[track_caller]
    fn assert_counted(&mut self, after: &str) {
        let counted = "select json_array(
            (select count(*) from sync_state where status = 'pending'),
            (select count(*) from sync_state where status = 'failed'),
            (select coalesce(max(seq), 0) from sync_state) <= seq) from sync_ctx";
        let kept = "select json_array(pending, failed, 1) from sync_ctx";
        assert_eq!(self.rows(kept), self.rows(counted), "the counters are wrong after {after}");
    }

    /// As if the hub had acknowledged everything.
    fn settle(&mut self) {
        self.run(
            "update sync_state set status = 'success', acked_version = version, was_sent = 1, batch_no = null;
             delete from sync_links;",
        );
    }

    fn columns(&mut self, table: &str) -> Vec<Column> {
        let sql = format!(
            "select json_array(name, type, \"notnull\" = 0, pk) from pragma_table_info('{table}') order by cid"
        );
        let read = |row: &String| {
            let (name, kind, nullable, key) = serde_json::from_str::<(_, String, i64, i64)>(row).unwrap();
            Column { name, text: kind == "TEXT", nullable: nullable == 1 && key == 0 }
        };
        self.rows(&sql).iter().map(read).collect()
    }

    /// A row with these keys and something in every other column. Checks must be off.
    fn add(&mut self, table: &str, keys: &[(&str, &str)]) -> String {
        let columns = self.columns(table);
        let value = |column: &Column| match keys.iter().find(|(name, _)| *name == column.name) {
            Some((_, value)) => format!("'{value}'"),
            None => column.value(0),
        };
        let (names, values): (Vec<_>, Vec<_>) = columns.iter().map(|c| (c.name.clone(), value(c))).unzip();
        format!("insert into {table} ({}) values ({})", names.join(", "), values.join(", "))
    }
}

fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let cell = |n| match row.get_ref(n).unwrap() {
            ValueRef::Null => String::new(),
            ValueRef::Integer(n) => n.to_string(),
            ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Real(real) => real.to_string(),
        };
        lines.push((0..width).map(cell).collect::<Vec<_>>().join("|"));
    }
    lines
}

struct Column {
    name: String,
    text: bool,
    nullable: bool,
}

impl Column {
    /// One of its values; different for each number.
    fn value(&self, number: i64) -> String {
        match &*self.name {
            "variants" => format!(r#"'[{{"available":true,"id":"v","name":"V","price":{number}}}]'"#),
            "modifier_groups" => {
                let option = r#"{"available":true,"id":"o","name":"O","price_delta":-1}"#;
                format!(
                    r#"'[{{"id":"g{number}","max_selections":1,"min_selections":0,"name":"G","options":[{option}]}}]'"#
                )
            }
            "modifiers" => format!(r#"'[{{"group":"G","id":"o","name":"O","price":{number},"qty":1}}]'"#),
            _ if self.text => format!("'{} {number}'", self.name),
            _ => number.to_string(),
        }
    }

    fn is_list(&self) -> bool {
        ["variants", "modifier_groups", "modifiers"].contains(&&*self.name)
    }

    /// Values to change to, one after the other; each differs from the one before.
    fn values(&self) -> Vec<String> {
        let null = self.nullable.then(|| "null".to_owned());
        [Some(self.value(1)), null, Some(self.value(2))].into_iter().flatten().collect()
    }
}

/// Both programs, with foreign keys on and off.
fn everywhere(test: impl Fn(&mut Db)) {
    for program in [Program::Bundled, Program::Shell] {
        for foreign_keys in [true, false] {
            println!("{program:?}, foreign keys {foreign_keys}");
            test(&mut Db::new(program, foreign_keys));
        }
    }
}

/// Two orders with lines, charges and payments, two products and a table, all acknowledged.
const SHOP: &str = "
    insert into products (id, name, price) values ('a', 'Kopi', 10), ('b', 'Teh', 20);
    insert into tables (id, name) values ('t', '1');
    begin;
    insert into orders (id, order_number, business_date, status, order_type, subtotal, total, created_at)
    values ('o1', '1', '2026-11-22', 'open', 'dine_in', 10, 10, 'now'), ('o2', '2', '2026-11-22', 'open', 'dine_in', 20, 20, 'now');
    insert into order_lines (order_id, id, position, product_id, name, price, qty, amount, tax_group, station)
    values ('o1', 'l1', 1, 'a', 'Kopi', 10, 1, 10, 'pbjt', 'bar'), ('o1', 'l2', 2, 'a', 'Kopi', 10, 1, 10, 'pbjt', 'bar'),
           ('o2', 'l1', 1, 'b', 'Teh', 20, 1, 20, 'pbjt', 'bar');
    insert into order_charges (order_id, id, position, charge_id, name, kind, rate_bp, base, amount)
    values ('o1', 'c1', 1, 'pb1', 'PBJT', 'tax', 1000, 10, 1);
    insert into payments (order_id, id, method, amount, tendered, created_at) values ('o1', 'p1', 'cash', 10, 10, 'now');
    commit;";

fn shop(db: &mut Db) {
    db.run(SHOP);
    db.settle();
}

const NOTHING: [&str; 0] = [];

// Every change of every row.

#[test]
fn every_change_of_a_root_row_marks_its_entity_and_nothing_else() {
    everywhere(|db| {
        db.run("pragma ignore_check_constraints = on");
        for Entity { name, table, fields, .. } in captured() {
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
                    let gone = format!("{x} forgotten");
                    assert_eq!(db.marks(&format!("update {table} set id = 'y' where id = 'x'")), [gone, y.clone()]);
                    assert_eq!(db.marks(&format!("delete from {table} where id = 'y'")), [format!("{y} forgotten")]);
                }
            }
        }
    });
}

/// Every child table with its root.
fn children() -> impl Iterator<Item = (&'static Entity, &'static ChildTable)> {
    ENTITIES.iter().flat_map(|entity| entity.children.iter().map(move |child| (entity, child)))
}

#[test]
fn what_head_office_alone_says_is_never_queued_whoever_writes_it() {
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
            // Nor by loading the schema again, which queues rows that are older than the triggers.
            assert_eq!(db.marks(SYNC), NOTHING);
            assert_eq!(db.marks(&format!("delete from {table}")), NOTHING);
        }
    });
}

#[test]
fn every_change_of_a_child_row_marks_its_root_and_nothing_else() {
    everywhere(|db| {
        db.run("pragma ignore_check_constraints = on");
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
        // Text that becomes the number that stands there already.
        assert_eq!(db.marks("update products set price = '10' where id = 'a'"), NOTHING);
    });
}

// An order and its rows.

const NEW_ORDER: &str =
    "insert into orders (id, order_number, business_date, status, order_type, subtotal, total, created_at)
    values ('o3', '3', '2026-11-22', 'open', 'dine_in', 0, 0, 'now')";
const NEW_LINE: &str =
    "insert into order_lines (order_id, id, position, product_id, name, price, qty, amount, tax_group, station)
    values ('o3', 'l1', 1, 'a', 'Kopi', 10, 1, 10, 'pbjt', 'bar'), ('o3', 'l2', 2, 'a', 'Kopi', 10, 1, 10, 'pbjt', 'bar')";
const NEW_PAYMENT: &str = "insert into payments (order_id, id, method, amount, tendered, created_at) values ('o3', 'p1', 'cash', 10, 10, 'now')";

#[test]
fn an_order_that_is_written_children_first_is_marked_once() {
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
fn an_order_that_is_written_parent_first_is_marked_by_each_row() {
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
fn a_child_without_a_parent_marks_nothing_and_cannot_stay_where_foreign_keys_are_on() {
    everywhere(|db| {
        db.run("pragma ignore_check_constraints = on");
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
fn a_child_that_is_moved_to_another_parent_marks_both_and_binds_them() {
    everywhere(|db| {
        db.run("pragma ignore_check_constraints = on");
        for (Entity { name, table: root, .. }, ChildTable { table, parent, .. }) in children() {
            for id in ["x", "y"] {
                let add = db.add(root, &[("id", id)]);
                db.attempt(&add).ok();
            }
            let add = db.add(table, &[(parent, "x"), ("id", "c")]);
            db.run(&add);
            db.settle();
            let both = [format!("{name}/x"), format!("{name}/y")];
            assert_eq!(db.marks(&format!("update {table} set {parent} = 'y' where id = 'c'")), both);
            assert_eq!(db.rows("select * from sync_links"), [format!("{name}|x|{name}|y")]);
            assert_eq!(db.marks(&format!("update {table} set {parent} = 'x' where id = 'c'")), both, "and back");
            assert_eq!(db.int("select count(*) from sync_links"), 2);
            let moved_and_renamed = format!("update {table} set {parent} = 'y', id = 'd' where id = 'c'");
            assert_eq!(db.marks(&moved_and_renamed), both);
            db.run("delete from sync_links");
        }
    });
}

#[test]
fn a_child_that_is_moved_to_a_parent_that_comes_later_is_bound_too() {
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
fn a_deleted_order_takes_its_rows_along_where_foreign_keys_are_on_and_is_one_delete() {
    everywhere(|db| {
        shop(db);
        assert_eq!(db.marks("delete from orders where id = 'o1'"), ["order/o1"]);
        let left: i64 = children()
            .map(|(_, child)| db.int(&format!("select count(*) from {} where order_id = 'o1'", child.table)))
            .sum();
        assert_eq!(left, if db.foreign_keys { 0 } else { 4 });
        assert_eq!(db.marks("delete from order_lines where order_id = 'o1'"), NOTHING);
        let queued = "select entity_id, operation, payload from sync_queue where status = 'pending'";
        assert_eq!(db.rows(queued), ["o1|delete|"]);
    });
}

#[test]
fn whatever_happens_to_a_conflict_what_changed_is_marked_and_nothing_else() {
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
                // Whatever the clause, a row that waits or is under way is marked too.
                assert_eq!(db.marks("update tables set name = 'x'"), ["table/t"]);
                db.run("update sync_state set batch_no = 1 where status = 'pending'; rollback");
            }
            // The same on rows that were never sent.
            for (sql, _) in &cases {
                db.run("begin; update sync_state set status = 'pending', was_sent = 0, acked_version = 0");
                let (before, pending) = (db.states(), db.int("select pending from sync_ctx"));
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
fn an_order_whose_id_changes_takes_its_rows_along_in_one_unit() {
    everywhere(|db| {
        shop(db);
        db.run("begin");
        assert_eq!(db.marks("update orders set id = 'o9' where id = 'o1'"), ["order/o1", "order/o9"]);
        for (_, child) in children() {
            let moved = format!("update {} set order_id = 'o9' where order_id = 'o1'", child.table);
            assert_eq!(db.marks(&moved), ["order/o9"]);
        }
        db.run("commit");
        assert_eq!(db.rows("select * from sync_links"), ["order|o1|order|o9"]);
    });
}

#[test]
fn what_was_made_and_deleted_before_it_was_ever_sent_leaves_nothing() {
    everywhere(|db| {
        for (Entity { name, table, .. }, id) in captured().zip('m'..) {
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
fn what_was_sent_and_deleted_waits_as_a_delete_whether_or_not_it_was_acknowledged() {
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
        let again = "insert into products (id, name, price) values ('a', 'Kopi', 1)";
        assert_eq!(db.marks(again), ["product/a"]);
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

// Places in the queue.

#[test]
fn a_waiting_row_keeps_its_place_however_often_it_changes() {
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
fn what_is_under_way_set_aside_or_has_failed_is_opened_again_with_a_fresh_place() {
    let held = [
        "batch_no = 7, was_sent = 1",
        "set_aside = 1, in_doubt = 1, retry_count = 2, error_message = 'Status 500.'",
        "status = 'failed', retry_count = 3, error_code = 'keeps_failing', error_message = 'Status 500.'",
        "status = 'failed', error_code = 'conflict', was_sent = 1",
    ];
    everywhere(|db| {
        shop(db);
        for held in held {
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
                db.run(&format!("update sync_state set {held} where status = 'pending'"));
                db.assert_counted(held);
                // `marks` asserts the rest.
                assert_eq!(db.marks(sql), [marked], "{held}");
            }
        }
    });
}

#[test]
fn seqs_never_start_again_even_when_every_row_of_the_queue_was_deleted() {
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

// The guard.

const GUARD_A: &str = "update sync_ctx set applying_type = 'product', applying_id = 'a', seal = 1";
const NO_GUARD: &str = "update sync_ctx set applying_type = null, applying_id = null, seal = null";

#[test]
fn what_is_being_applied_is_not_queued_and_everything_else_is() {
    everywhere(|db| {
        shop(db);
        // Somebody's own trigger: what it changes while a product is applied is a change of the shop.
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
        db.run("begin; update sync_ctx set applying_type = 'order', applying_id = 'o1', seal = 1");
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
        assert_eq!(dump(&mut db), before, "nothing of it was kept");
        assert!(db.attempt("insert into sync_seal (id) values (1)").is_err(), "nothing can break the seal");
        assert!(db.attempt("insert into sync_seal (id) values (null)").is_err());
        assert!(db.attempt("update sync_ctx set applying_type = 'product', applying_id = 'a'").is_err(), "unsealed");
    }
}

// The schema itself.

/// Everything in the database, for comparison.
fn dump(db: &mut Db) -> Vec<String> {
    let tables = "select name from sqlite_master where type = 'table' order by name";
    let mut lines = db.rows("select type, name, sql from sqlite_master order by type, name");
    for table in db.rows(tables) {
        // A column may be called `update`.
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
            db.run(&format!("delete from {} where id = 'gone'", entity.table));
        }
        let before = dump(db);
        for file in [INIT, SYNC, INIT, SYNC, SYNC] {
            db.run(file);
        }
        assert_eq!(dump(db), before);
    });
}

#[test]
fn rows_that_are_older_than_the_triggers_are_queued_once_when_these_are_loaded() {
    for program in [Program::Bundled, Program::Shell] {
        let mut db = Db::bare(program, Path::new(":memory:"), true);
        db.run(INIT);
        db.run("pragma ignore_check_constraints = on");
        // Conflicts have no table before sync has.
        let there = |entity: &&Entity| INIT.contains(&format!("create table if not exists {} (", entity.table));
        for entity in ENTITIES.iter().filter(there) {
            let add = db.add(entity.table, &[("id", "x")]);
            db.run(&add);
        }
        for (_, child) in children() {
            let add = db.add(child.table, &[(child.parent, "x"), ("id", "c")]);
            db.run(&add);
        }
        db.run(SYNC);
        let states = db.states();
        let mut keys: Vec<_> = captured().filter(there).map(|entity| format!("{}/x", entity.name)).collect();
        keys.push("setting/outlet".to_owned());
        keys.sort();
        assert_eq!(states.keys().cloned().collect::<Vec<_>>(), keys);
        assert!(states.values().all(|state| state.waits() && state.version == 1));
        let seqs: BTreeSet<_> = states.values().map(|state| state.seq).collect();
        assert_eq!(seqs.len(), states.len());
        db.assert_counted("loading");
    }
}

/// A database in a file, made by this program.
fn in_a_file(program: Program) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pos.db");
    let mut db = Db::bare(program, &path, program == Program::Bundled);
    db.run(INIT);
    db.run(SYNC);
    shop(&mut db);
    (dir, path)
}

/// As the server does at its start.
fn start(path: &Path) -> Vec<(String, String, bool)> {
    let mut connection = Connection::open(path).unwrap();
    connection.execute_batch("pragma synchronous = off").unwrap();
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let seen = deviations(&tx).unwrap();
    assert_eq!(repair(&tx).unwrap(), seen);
    assert_eq!(deviations(&tx).unwrap(), [], "put right");
    tx.commit().unwrap();
    seen.into_iter().map(|found| (found.kind, found.name, found.wanted.is_some())).collect()
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
fn a_trigger_or_view_that_is_missing_or_altered_is_found_and_put_right() {
    for program in [Program::Bundled, Program::Shell] {
        let (_dir, path) = in_a_file(program);
        let mut db = Db::bare(program, &path, program == Program::Bundled);
        assert_eq!(start(&path), []);
        let sound = unmarked(&mut db);
        let parts = db.rows("select type || '|' || name from sqlite_master where type in ('trigger', 'view')");
        assert!(parts.len() > 40);
        for part in parts {
            let (kind, name) = part.split_once('|').unwrap();
            // With a view go its triggers.
            let gone =
                db.rows(&format!("select name from sqlite_master where '{name}' in (name, tbl_name) order by name"));
            let wanted: Vec<_> = gone.iter().map(|gone| (kind_of(&mut db, gone), gone.clone(), true)).collect();
            let sql = db.rows(&format!("select sql from sqlite_master where name = '{name}'")).join("\n");
            db.run(&format!("drop {kind} {name}"));
            assert_eq!(start(&path), wanted, "{name} was dropped");
            assert_eq!(unmarked(&mut db), sound, "{name} is back");
            if kind == "trigger" && !sql.contains("instead of") {
                let altered =
                    sql.replacen(" begin", " when 1 = 0 begin", 1).replace(" when 1 = 0 begin", " begin select 1;");
                db.run(&format!("drop trigger {name}; {altered}"));
                assert_eq!(start(&path), wanted, "{name} was altered");
                assert_eq!(unmarked(&mut db), sound, "{name} is as it was");
            }
        }
        db.run("create trigger sync_products_extra after insert on products begin select 1; end");
        assert_eq!(start(&path), [("trigger".into(), "sync_products_extra".into(), false)]);
        assert_eq!(unmarked(&mut db), sound);
    }
}

/// Everything but the marks: what may have changed unseen is marked again.
fn unmarked(db: &mut Db) -> Vec<String> {
    let marks = |line: &String| line.starts_with("sync_state|") || line.starts_with("sync_ctx|");
    dump(db).into_iter().filter(|line| !marks(line)).collect()
}

fn kind_of(db: &mut Db, name: &str) -> String {
    db.rows(&format!("select type from sqlite_master where name = '{name}'")).remove(0)
}

#[test]
fn rows_that_were_added_while_a_trigger_was_missing_are_queued_at_the_next_start() {
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
            assert_eq!(others.count(), 0, "only what {trigger} could have missed is queued again");
        }
    }
}

#[test]
fn a_start_that_marks_what_may_have_changed_unseen_leaves_out_what_head_office_says() {
    for trigger in ["sync_mark_insert", "sync_state_insert"] {
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
fn a_start_counts_anew_what_was_miscounted_while_a_trigger_was_missing() {
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
            // Without its counter the queue may refuse the second change; what matters is the next start.
            let _ = db.attempt(change);
            start(&path);
            db.assert_counted(change);
            assert_eq!(db.marks("update orders set pax = 9 where id = 'o1'"), ["order/o1"]);
            assert_eq!(db.marks("insert into products (id, name, price) values ('d', 'Air', 1)"), ["product/d"]);
        }
    }
}

#[test]
fn what_changed_while_a_trigger_was_missing_is_queued_at_the_next_start() {
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

// Documents and plans.

#[test]
fn the_payload_is_the_document_that_is_sent() {
    let awkward = r#"'"quoted" it''s \ / ' || char(10) || char(1) || 'Caffè ☕ 日本' || char(127)"#;
    everywhere(|db| {
        db.run("pragma ignore_check_constraints = on");
        for Entity { name, table, fields, children, owner, .. } in ENTITIES {
            for filled in [true, false] {
                let id = if filled { "it''s full" } else { "empty" };
                let add = db.add(table, &[("id", id)]);
                db.run(&add);
                for child in *children {
                    for number in ["2", "1"] {
                        let add = db.add(child.table, &[(child.parent, id), ("id", number)]);
                        db.run(&add);
                    }
                }
                for column in db.columns(table).iter().filter(|column| column.name != "id") {
                    let list = column.value(9);
                    let value = match (filled, column.text, column.nullable) {
                        _ if column.is_list() => {
                            if filled {
                                &list
                            } else {
                                "'[]'"
                            }
                        }
                        (true, true, _) => awkward,
                        (true, false, _) => "9223372036854775807",
                        (false, _, true) => "null",
                        (false, true, false) => "''",
                        (false, false, false) => "0",
                    };
                    db.run(&format!("update {table} set {} = {value} where id = '{id}'", column.name));
                }
                let payload =
                    format!("select payload from sync_queue where entity_type = '{name}' and entity_id = '{id}'");
                let payload = db.rows(&payload);
                let entity = ENTITIES.iter().find(|entity| entity.name == *name).unwrap();
                let document = db.rows(&document_query(entity).replace("?1", &format!("'{id}'")));
                if *owner == Owner::Hub {
                    assert_eq!(payload, NOTHING, "{name} is not queued; merging reads its document all the same");
                } else {
                    assert_eq!(document, payload, "{name}");
                }

                let document: Map<String, Value> = serde_json::from_str(&document[0]).unwrap();
                let names = fields.iter().map(|field| field.name).chain(children.iter().map(|child| child.name));
                let names: BTreeSet<_> = names.chain(["id"]).collect();
                assert_eq!(document.keys().map(String::as_str).collect::<BTreeSet<_>>(), names, "{name}");
                for field in *fields {
                    let found = &document[field.name];
                    if field.kind == Kind::Flag || field.kind == Kind::OptionalFlag && filled {
                        assert_eq!(*found, Value::Bool(filled), "{name}.{}", field.name);
                    } else if field.kind == Kind::OptionalFlag {
                        assert!(found.is_null(), "{name}.{}: {found}", field.name);
                    } else if field.kind == Kind::List {
                        assert_eq!(found.as_array().map(Vec::len), Some(usize::from(filled)), "{name}.{}", field.name);
                    } else if filled {
                        let text = "\"quoted\" it's \\ / \n\u{1}Caffè ☕ 日本\u{7f}";
                        assert!(*found == text || *found == i64::MAX, "{name}.{}: {found}", field.name);
                    } else {
                        assert!(found.is_null() || *found == "" || *found == 0, "{name}.{}: {found}", field.name);
                    }
                }
                for child in *children {
                    let ids: Vec<_> = document[child.name].as_array().unwrap().iter().map(|row| &row["id"]).collect();
                    assert_eq!(ids, ["1", "2"], "children stand in the order of their ids");
                }
            }
        }
    });
}

#[test]
fn hot_queries_read_the_queue_by_its_small_indexes_however_full_it_is() {
    let waiting = "select entity_type, entity_id, version, acked_version, seq, changed_at from sync_state
        where status = 'pending' and batch_no is null and set_aside = 0 and conflict_base is null order by seq";
    // What is asked, where that stands in the program, and the indexes that may be read for it.
    let compose = include_str!("../src/sync/queue/compose.rs");
    let queue = include_str!("../src/sync/queue/mod.rs");
    let settle = include_str!("../src/sync/queue/settle.rs");
    let status = include_str!("../src/sync/status.rs");
    let health = include_str!("../src/sync/health.rs");
    let (again, reopen) = (include_str!("../src/sync/queue/again.rs"), include_str!("../src/sync/queue/reopen.rs"));
    let cases: [(&str, &str, &[&str]); 17] = [
        (waiting, compose, &["sync_state_pending"]),
        (
            "select seq from sync_state where status = 'pending' and batch_no is null and set_aside = 0 order by seq",
            compose,
            &["sync_state_pending"],
        ),
        ("select exists (select 1 from sync_state where set_aside = 1)", compose, &["sync_state_set_aside"]),
        (
            "select seq, entity_type, entity_id, 'set_aside', error_code, substr(error_message, 1, ?1)
               from sync_state where set_aside = 1
             union all select seq, entity_type, entity_id, 'failed', error_code, substr(error_message, 1, ?1)
               from sync_state where status = 'failed'
             union all select seq, entity_type, entity_id, 'discarded', error_code, substr(error_message, 1, ?1)
               from sync_state where status = 'discarded'
             order by seq limit 1000",
            compose,
            &["sync_state_set_aside", "sync_state_failed", "sync_state_discarded"],
        ),
        (
            "select entity_type, entity_id, coalesce(error_code, ''), refused_by from sync_state
             where status = 'failed' order by seq",
            again,
            &["sync_state_failed"],
        ),
        (
            "select f.entity_type, f.entity_id from sync_state f
             where f.status = 'failed' and f.error_code = ?1 and exists (
               select 1 from (
                 select to_type as entity_type, to_id as entity_id from sync_links
                   where from_type = f.entity_type and from_id = f.entity_id
                 union all select from_type, from_id from sync_links
                   where to_type = f.entity_type and to_id = f.entity_id
               ) l cross join sync_state w on w.entity_type = l.entity_type and w.entity_id = l.entity_id
               where +w.status = 'pending' and w.batch_no is null and w.set_aside = 0)
             order by f.seq",
            again,
            &["sync_state_failed", "PRIMARY KEY (entity_type=? AND entity_id=?)"],
        ),
        (
            "select entity_type, entity_id from sync_state where seq = ?1 and status = 'failed'
             union all select entity_type, entity_id from sync_state where seq = ?1 and status = 'discarded'",
            reopen,
            &["sync_state_failed", "sync_state_discarded"],
        ),
        (
            "select exists (select 1 from sync_state where status = 'pending' and set_aside = 0 and conflict_base is null)
             or exists (select 1 from sync_batches where state = 'waiting')
             or exists (select 1 from sync_state where set_aside = 1)",
            queue,
            &["sync_state_pending", "sync_state_set_aside", "sync_batches_waiting"],
        ),
        (
            "select entity_type, entity_id, in_doubt, retry_count, error_message from sync_state where set_aside = 1 order by seq",
            settle,
            &["sync_state_set_aside"],
        ),
        (
            "delete from sync_links where
             not exists (select 1 from sync_state where entity_type = from_type and entity_id = from_id and version > acked_version)
             and not exists (select 1 from sync_state where entity_type = to_type and entity_id = to_id and version > acked_version)",
            settle,
            &["PRIMARY KEY (entity_type=? AND entity_id=?)"],
        ),
        ("select pending, failed, total_synced from sync_ctx where id = 1", status, &[]),
        ("select seq from sync_queue where status = 'pending' and seq > 5 order by seq limit 9", "", &["sync_state_pending"]),
        ("select seq from sync_queue where status = 'failed' and seq < 5 order by seq desc limit 9", "", &["sync_state_failed"]),
        ("select entity_type, entity_id from sync_state where seq = 5 and status = 'failed'", "", &["sync_state_failed"]),
        (
            "select changed_at from sync_state where status = 'pending' and +entity_type = 'order' order by seq limit 1",
            health,
            &["sync_state_pending"],
        ),
        ("select count(*) from sync_state where set_aside = 1", health, &["sync_state_set_aside"]),
        ("update sync_state set in_doubt = 1 where set_aside = 1 and in_doubt = 0", "", &["sync_state_set_aside"]),
    ];
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    everywhere(|db| {
        db.run(
            "begin; with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
             insert into customers (id, name) select 'c' || i, 'Guest' from n; commit;",
        );
        let at_rest = "update sync_state set status = case seq % 100 when 0 then 'failed' when 1 then 'pending' else 'success' end";
        for then in ["select 1 where false", at_rest, "analyze", "update sync_state set status = 'pending'"] {
            db.run(then);
            for (sql, source, indexes) in &cases {
                assert!(source.is_empty() || words(source).contains(&words(sql)), "no longer in the program: {sql}");
                for step in db.rows(&format!("explain query plan {}", sql.replace("?1", "5"))) {
                    let reads = step.contains("sync_state") || step.contains("sync_batches");
                    let small = indexes.iter().any(|index| step.contains(index));
                    assert!(!reads || small, "{then}: {sql}: {step}");
                    assert!(!step.contains("TEMP B-TREE"), "{then}: {sql}: {step}");
                }
            }
        }
    });
}

// Seeded worlds.

/// Numbers of a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()].clone()
    }
}

/// Type and id of an entity.
type Key = (String, String);

/// Head office, made of nothing but what batches say.
#[derive(Clone)]
struct Hub {
    chain: ChainRow,
    /// Version and document; none where the outlet deleted it.
    owned: BTreeMap<Key, ((i64, i64), Option<String>)>,
    shared: BTreeMap<Key, (Token, Map<String, Value>)>,
}

impl Hub {
    /// Takes a batch in if it is the next one. `refuse` says which of the outlet's own entities it does not like.
    fn receive(&mut self, body: &[u8], mut refuse: impl FnMut() -> bool) -> Link {
        let json = unpack(body).unwrap();
        let batch = parse(&json).unwrap();
        let how = link(&self.chain.epoch, &self.chain.position, &batch);
        if how == Link::Next {
            let bad: Vec<bool> = batch.items.iter().map(|item| item.fields.is_none() && refuse()).collect();
            let bad_unit = |item: &Item<'_>| {
                item.unit.is_some() && batch.items.iter().zip(&bad).any(|(other, bad)| *bad && other.unit == item.unit)
            };
            let replies = batch.items.iter().enumerate().map(|(number, item)| {
                let refused = bad[number] || bad_unit(item);
                self.take(&batch, number, item, refused)
            });
            let results = replies.collect();
            let position = Position { batch_no: batch.batch_no, batch_id: Some(batch.batch_id.clone()) };
            self.chain = ChainRow { epoch: batch.epoch, position, results };
        }
        how
    }

    fn take(&mut self, batch: &Batch<'_>, number: usize, item: &Item<'_>, refused: bool) -> ItemReply {
        let key = (item.entity_type.to_string(), item.entity_id.to_string());
        let reply =
            |outcome, token| ItemReply { item: number, outcome, code: None, message: None, token, refused_by: None };
        if refused {
            return reply(Outcome::Rejected, None);
        }
        let Some(fields) = &item.fields else {
            let at = (batch.epoch.number, item.version);
            let document = item.data.map(|data| data.get());
            let had = self.owned.get(&key).map(|(key, document)| Had { key: *key, document: document.as_deref() });
            let outcome = judge::owned(had, at, document);
            match outcome {
                Outcome::Applied => drop(self.owned.insert(key, (at, document.map(str::to_owned)))),
                Outcome::Duplicate => {}
                other => panic!("{other:?}: {key:?} v{} is not newer than {had:?}", item.version),
            }
            return reply(outcome, None);
        };
        let had = self.shared.get(&key);
        let outcome = judge::shared(had.map(|(token, _)| token), item.base.as_ref());
        assert_eq!(outcome, Outcome::Applied, "{key:?} from {:?}, the hub has {had:?}", item.base);
        let (n, mut document) = had.map_or((0, Map::new()), |(token, document)| (token.n, document.clone()));
        for (name, (old, new)) in fields {
            assert_eq!(document.get(name).unwrap_or(&Value::Null), old, "{key:?}: the old value of {name}");
            document.insert(name.clone(), new.clone());
        }
        let token = Token { n: n + 1, change_id: change_id(&batch.batch_id, number) };
        self.shared.insert(key, (token.clone(), document));
        reply(Outcome::Applied, Some(token))
    }

    /// What it has, by entity.
    fn documents(&self) -> BTreeMap<Key, Value> {
        let owned = self.owned.iter().filter_map(|(key, (_, document))| {
            Some((key.clone(), serde_json::from_str(document.as_deref()?).unwrap()))
        });
        let shared =
            self.shared.iter().filter(|(_, (_, document))| document["deleted"] == false).map(|(key, (_, d))| {
                let mut document = d.clone();
                document.remove("deleted");
                document.insert("id".to_owned(), Value::String(key.1.clone()));
                (key.clone(), Value::Object(without_nulls(document)))
            });
        owned.chain(shared).collect()
    }
}

/// A field of a shared entity that was never set is not sent.
fn without_nulls(mut document: Map<String, Value>) -> Map<String, Value> {
    document.retain(|_, value| !value.is_null());
    document
}

/// How unkind a world is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Luck {
    /// Every batch that is sent is answered.
    Kind,
    /// Answers are lost, batches come late or are given up, items are set aside and refused, the hub is restored.
    Unkind,
}

/// An outlet's database, its hub, and what is between them.
struct World {
    db: Connection,
    hub: Hub,
    dice: Dice,
    luck: Luck,
    ahead: Option<Composed>,
    given_up: Vec<Stored>,
    late: bool,
    backup: Option<Hub>,
    batches: u64,
    story: Vec<String>,
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.story.join("\n"));
        }
    }
}

impl World {
    fn new(seed: u64, luck: Luck) -> Self {
        let mut dice = Dice(seed);
        let Engine::Bundled(db) = Db::new(Program::Bundled, dice.one_in(2)).engine else { unreachable!() };
        db.execute_batch(&format!("pragma recursive_triggers = {}", dice.one_in(2))).unwrap();
        db.execute_batch(SHOP).unwrap();
        let ours = in_tx(&db, |tx| Ok(chain(tx)?));
        let hub = Hub {
            chain: ChainRow { epoch: ours.epoch, position: Position::default(), results: Vec::new() },
            owned: BTreeMap::new(),
            shared: BTreeMap::new(),
        };
        Self {
            db,
            hub,
            dice,
            luck,
            ahead: None,
            given_up: Vec::new(),
            late: false,
            backup: None,
            batches: 0,
            story: Vec::new(),
        }
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.story.push(what.into());
    }

    /// A transaction of some statements; those that fail change nothing.
    fn change(&mut self) {
        self.run("begin");
        for _ in 0..=self.dice.below(4) {
            let sql = self.statement();
            self.run(&sql);
        }
        let end = if self.dice.one_in(8) { "rollback" } else { "commit" };
        if !self.run(end) {
            self.run("rollback");
        }
    }

    fn run(&mut self, sql: &str) -> bool {
        let done = self.db.execute_batch(sql);
        self.tell(format!("{sql};{}", done.as_ref().err().map_or(String::new(), |error| format!(" -- {error}"))));
        done.is_ok()
    }

    fn statement(&mut self) -> String {
        let dice = &mut self.dice;
        let clause = dice.pick(&["", "", "", "or ignore", "or replace"]);
        let order = dice.pick(&["o1", "o2"]);
        let (product, number) = (dice.pick(&["a", "b", "c"]), dice.below(5));
        let (child, id) =
            (dice.pick(&["order_lines", "order_lines", "payments", "order_charges"]), dice.pick(&["x", "y"]));
        let (child, columns, values, column) = match child {
            "order_lines" => (
                child,
                "order_id, id, position, product_id, name, price, qty, amount, tax_group, station",
                format!("'{order}', '{id}', 1, '{product}', 'Kopi', 10, {number} + 1, 10, 'pbjt', 'bar'"),
                "qty",
            ),
            "payments" => (
                child,
                "order_id, id, method, amount, tendered, created_at",
                format!("'{order}', '{id}', 'cash', {number} + 1, 10, 'now'"),
                "amount",
            ),
            _ => (
                child,
                "order_id, id, position, charge_id, name, kind, rate_bp, base, amount",
                format!("'{order}', '{id}', 1, 'pb1', 'PBJT', 'tax', 1000, 10, {number} + 1"),
                "amount",
            ),
        };
        let orders = "id, order_number, business_date, status, order_type, subtotal, total, created_at";
        let of_child = format!("order_id = '{order}' and id = '{id}'");
        match dice.below(26) {
            20 => format!(
                "insert {clause} into outlet_products (id, price, available)
                 values ('{product}', nullif({number}, 0), nullif({number} % 3, 2))"
            ),
            21 => format!(
                "insert into outlet_products (id, price) values ('{product}', {number})
                 on conflict (id) do update set price = nullif(excluded.price, 1), available = nullif({number} % 3, 2)"
            ),
            22 if dice.one_in(2) => format!("delete from outlet_products where id = '{product}'"),
            22 => format!("update {clause} outlet_products set id = 'b' where id = '{product}'"),
            23 => format!(
                "insert {clause} into sync_conflicts
                 (id, entity_type, entity_id, field, base, local, cloud, rule, status, created_at)
                 values ('k{number}', 'product', '{product}', 'price', '1', '{number}', null, 'manual', 'open', 'now')"
            ),
            24 => format!(
                "update {clause} sync_conflicts set status = 'resolved', resolved_by = 'u{number}', resolved_at = 'now'
                 where entity_id = '{product}'"
            ),
            // From the hub, and never sent back.
            25 => format!(
                "insert or replace into announcements (id, title, ends_at)
                 values ('n{number}', 'Promo {product}', nullif({number}, 0))"
            ),
            0 => format!("insert {clause} into products (id, name, price) values ('{product}', 'Baru', {number})"),
            1 => format!(
                "insert into products (id, name, price) values ('{product}', 'Baru', {number})
                 on conflict (id) do update set price = excluded.price"
            ),
            2..=3 => format!("update {clause} products set price = {number} where id = '{product}'"),
            4 => format!(
                "update products set available = {number} % 2, barcode = nullif({number}, 0) where id = '{product}'"
            ),
            5 => format!("delete from products where id = '{product}'"),
            6 => format!("update {clause} products set id = '{}' where id = '{product}'", dice.pick(&["a", "b", "c"])),
            7 => format!(
                "insert {clause} into orders ({orders}) values ('{order}', '1', 'd', 'open', 'dine_in', {number}, {number}, 'now')"
            ),
            8..=9 => format!("update {clause} orders set subtotal = {number}, total = {number} where id = '{order}'"),
            10 => format!("update orders set status = status, pax = nullif({number}, 0)"),
            11 if dice.one_in(3) => format!("delete from orders where id = '{order}'"),
            11 => format!("update {clause} orders set id = '{}' where id = '{order}'", dice.pick(&["o1", "o2"])),
            12..=13 => format!("insert {clause} into {child} ({columns}) values ({values})"),
            14 => format!(
                "insert into {child} ({columns}) values ({values})
                 on conflict (order_id, id) do update set {column} = excluded.{column}"
            ),
            15 => format!("update {clause} {child} set {column} = {number} + 1 where {of_child}"),
            16 => format!("delete from {child} where {of_child}"),
            17..=18 => {
                format!("update {clause} {child} set order_id = '{}' where {of_child}", dice.pick(&["o1", "o2"]))
            }
            _ => format!("update {clause} {child} set id = '{}' where {of_child}", dice.pick(&["x", "y"])),
        }
    }

    /// Reads a batch as the worker does: the next one, or the one after that which is under way.
    fn read(&mut self, limit: usize, only: Option<EntityRef>) -> Option<Composed> {
        self.batches += 1;
        let batch_id = format!("b{}", self.batches);
        in_tx(&self.db, |tx| {
            let chain = chain(tx)?;
            let after = waiting(tx)?.map_or(chain.position, |stored| Position {
                batch_no: stored.batch_no,
                batch_id: Some(stored.batch_id),
            });
            compose(tx, &Plan { epoch: chain.epoch, after, limit, only, batch_id })
        })
    }

    /// Stores what was read; it may have gone stale since.
    fn make(&mut self, composed: &Composed) {
        let made = attempt(&self.db, |tx| store(tx, composed, time::now()));
        let said = match made {
            Ok(Some(stored)) => content(&stored.body),
            Ok(None) => "nothing to send".to_owned(),
            Err(QueueError::Stale) => "stale".to_owned(),
            Err(error) => panic!("{error}"),
        };
        self.tell(format!("-- make {}: {said}", composed.batch_id));
    }

    fn waiting(&self) -> Option<Stored> {
        in_tx(&self.db, |tx| Ok(waiting(tx)?))
    }

    /// The hub gets a batch; says whether it took it in.
    fn deliver(&mut self, batch: &Stored) -> bool {
        let (dice, refusing) = (&mut self.dice, self.luck == Luck::Unkind);
        let how = self.hub.receive(&batch.body, || refusing && dice.one_in(40));
        self.tell(format!("-- {} reaches the hub: {how:?}, {:?}", batch.batch_id, self.hub.chain));
        how == Link::Next
    }

    /// The outlet gets the hub's answer.
    fn answered(&mut self) {
        self.late = false;
        let row = self.hub.chain.clone();
        let stood = in_tx(&self.db, |tx| stand(tx, &row, time::now()));
        assert_ne!(stood, Stood::Fork);
        if !matches!(&stood, Stood::Settled(settled) if settled.refused == 0) {
            self.ahead = None;
        }
        self.tell(format!("-- answered: {stood:?}"));
    }

    fn step(&mut self) {
        match self.dice.below(20) {
            0..=9 => self.change(),
            10..=11 => {
                let limit = 1 + usize::try_from(self.dice.below(4)).unwrap();
                let ours = self.dice.pick(&[("order", "o1"), ("order", "o2"), ("product", "a")]);
                let only = self.dice.one_in(5).then(|| entity(ours.0, ours.1));
                self.ahead = self.read(limit, only);
                let read = self.ahead.as_ref().map_or("nothing".to_owned(), |read| content(&read.body));
                self.tell(format!("-- read {read}"));
            }
            12..=14 => match (self.waiting(), self.ahead.take()) {
                (None, Some(read)) => self.make(&read),
                (None, None) => drop(self.read(3, None).inspect(|read| self.make(read))),
                (Some(_), ahead) => self.ahead = ahead,
            },
            15..=17 => {
                if let Some(batch) = self.waiting() {
                    self.deliver(&batch);
                    if self.luck == Luck::Kind || !self.dice.one_in(3) {
                        self.answered();
                    }
                }
            }
            _ if self.luck == Luck::Kind => self.change(),
            18 => self.give_up(),
            _ => match self.dice.below(6) {
                0 => self.backup = Some(self.hub.clone()),
                1 => {
                    if let Some(backup) = self.backup.clone() {
                        self.hub = backup;
                        self.tell(format!("-- the hub is restored: {:?}", self.hub.chain));
                    }
                }
                // Two that come late to a restored hub, unheard of by the outlet, need `reconcile`.
                _ if !self.given_up.is_empty() && !self.late => {
                    let late = self.dice.pick(&self.given_up);
                    self.tell("-- late:");
                    self.late = self.deliver(&late);
                }
                _ => {}
            },
        }
    }

    /// A batch fails although the hub answers pings.
    fn give_up(&mut self) {
        let Some(batch) = self.waiting() else { return };
        if self.dice.one_in(2) {
            // An answer that nobody got.
            self.deliver(&batch);
        }
        self.ahead = None;
        let fate = if batch.units().unwrap() == 1 { Fate::SetAside } else { Fate::Wait };
        in_tx(&self.db, |tx| {
            doubt(tx)?;
            give_up(tx, &batch, fate, "Status 500.", time::now())
        });
        self.tell(format!("-- {} is given up, {fate:?}", batch.batch_id));
        self.given_up.push(batch);
    }

    /// Everything is sent and answered, what was refused is corrected.
    fn drain(&mut self) {
        self.tell("-- drain");
        self.luck = Luck::Kind;
        self.ahead = None;
        for _ in 0..200 {
            if let Some(batch) = self.waiting() {
                self.deliver(&batch);
                self.answered();
            } else if let Some(read) = self.read(2, None) {
                self.make(&read);
            } else if !self.retry() {
                return;
            }
        }
        panic!("it never ends");
    }

    /// Tries again what has failed, as people do; says whether there was any.
    fn retry(&mut self) -> bool {
        let failed = rows(&self.db, "select entity_type || ' ' || entity_id from sync_state where status = 'failed'");
        for key in &failed {
            let (entity_type, entity_id) = key.split_once(' ').unwrap();
            in_tx(&self.db, |tx| Ok(reopen(tx, &entity(entity_type, entity_id), false)?));
            self.tell(format!("-- retry {key}"));
        }
        !failed.is_empty()
    }

    fn documents(&self) -> BTreeMap<Key, Value> {
        let of = |entity: &'static Entity| {
            let ids = rows(&self.db, &format!("select id from {}", entity.table));
            ids.into_iter().map(move |id| {
                let document: String = self.db.query_row(&document_query(entity), [&id], |row| row.get(0)).unwrap();
                let document: Map<String, Value> = serde_json::from_str(&document).unwrap();
                let document = if entity.owner == Owner::Both { without_nulls(document) } else { document };
                ((entity.name.to_owned(), id), Value::Object(document))
            })
        };
        captured().flat_map(of).collect()
    }

    /// The hub stands where the outlet does: nobody has told it otherwise meanwhile.
    fn meets_the_hub(&mut self) {
        // A hub that went back is noticed by the first answer that comes from it.
        self.run("update tables set seats = coalesce(seats, 0) + 1");
        self.drain();
    }

    fn assert_at_rest(&mut self) {
        assert_eq!(self.hub.documents(), self.documents(), "the hub's documents are not the outlet's");
        let left = rows(&self.db, "select * from sync_state where status <> 'success' or version > acked_version");
        assert_eq!(left, NOTHING);
        assert_eq!(rows(&self.db, "select pending, failed from sync_ctx"), ["0|0"]);
        assert_eq!(rows(&self.db, "select * from sync_links"), NOTHING);
        assert!(!in_tx(&self.db, |tx| Ok(has_work(tx)?)));
        assert!(self.read(10, None).is_none(), "one more round moves something");
    }
}

fn content(body: &[u8]) -> String {
    String::from_utf8(unpack(body).unwrap()).unwrap()
}

fn attempt<T>(db: &Connection, work: impl FnOnce(&Transaction<'_>) -> Result<T, QueueError>) -> Result<T, QueueError> {
    let tx = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    let done = work(&tx)?;
    tx.commit()?;
    Ok(done)
}

fn in_tx<T>(db: &Connection, work: impl FnOnce(&Transaction<'_>) -> Result<T, QueueError>) -> T {
    attempt(db, work).unwrap()
}

/// A world in which nothing has happened yet and everything is acknowledged.
fn quiet_world() -> World {
    let mut world = World::new(1, Luck::Kind);
    world.drain();
    world
}

#[test]
fn a_row_that_was_deleted_and_made_again_while_its_batch_was_read_is_not_taken_for_the_old_one() {
    let mut world = quiet_world();
    world.run("insert into products (id, name, price) values ('c', 'Susu', 1)");
    let read = world.read(10, None).unwrap();
    world.run("delete from products where id = 'c'");
    world.run("insert into products (id, name, price) values ('c', 'Susu', 2)");
    let made = attempt(&world.db, |tx| store(tx, &read, time::now()));
    assert!(matches!(made, Err(QueueError::Stale)), "{made:?}");
    world.drain();
    world.assert_at_rest();
}

#[test]
fn what_changes_between_two_batches_is_sent_against_what_the_first_one_left() {
    // Edited further, and edited back.
    for price in [12, 10] {
        let mut world = quiet_world();
        world.run("update products set price = 11 where id = 'a'");
        let first = world.read(10, None).unwrap();
        world.make(&first);
        world.run(&format!("update products set price = {price} where id = 'a'"));
        let ahead = world.read(10, None);
        let sent = world.waiting().unwrap();
        world.deliver(&sent);
        world.answered();
        if let Some(read) = ahead {
            world.make(&read);
        }
        world.drain();
        world.assert_at_rest();
    }
}

#[test]
fn schedule_07_edited_back_after_its_batch_was_given_up_ends_edited_back() {
    for sql in ["update products set price = 11 where id = 'a'", "delete from products where id = 'a'"] {
        let mut world = quiet_world();
        let before = world.documents();
        world.run(sql);
        let read = world.read(10, None).unwrap();
        world.make(&read);
        let sent = world.waiting().unwrap();
        in_tx(&world.db, |tx| give_up(tx, &sent, Fate::Wait, "Status 500.", time::now()));
        world.run(
            "insert into products (id, name, price) values ('a', 'Kopi', 10) on conflict (id) do update set price = 10",
        );
        world.drain();
        assert_eq!(rows(&world.db, "select count(*) from sync_batches where state = 'waiting'"), ["0"]);
        world.deliver(&sent);
        world.meets_the_hub();
        world.assert_at_rest();
        assert_eq!(world.documents()[&("product".into(), "a".into())], before[&("product".into(), "a".into())]);
    }
}

#[test]
fn text_that_is_not_unicode_is_sent_as_well_as_it_can_be_and_blocks_nothing() {
    // `.import` of a price list from an old spreadsheet: Caffè in Latin-1.
    let mut world = quiet_world();
    world.run("insert into products (id, name, price) values ('c', cast(x'43616666e8' as text), 1)");
    world.run("update orders set customer_name = cast(x'e8' as text) where id = 'o1'");
    world.drain();
    assert_eq!(rows(&world.db, "select pending, failed from sync_ctx"), ["0|0"]);
    assert_eq!(world.hub.shared[&("product".into(), "c".into())].1["name"], "Caff\u{fffd}");
    assert_eq!(world.hub.documents()[&("order".into(), "o1".into())]["customer_name"], "\u{fffd}");
    world.run("update products set name = 'Caffè' where id = 'c'");
    world.run("update orders set customer_name = 'è' where id = 'o1'");
    world.drain();
    world.assert_at_rest();
}

/// Runs worlds of seeds that nobody has chosen, or the one that `GERAI_SEED` names; `GERAI_WORLDS` says how many.
fn worlds(luck: Luck) {
    let given = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let clock = || u64::try_from(time::now().as_microsecond()).unwrap();
    let first = given("GERAI_SEED").unwrap_or_else(clock);
    let count = given("GERAI_WORLDS").unwrap_or(if given("GERAI_SEED").is_some() { 1 } else { 300 });
    println!("seeds {first} to {}", first + count - 1);
    for seed in first..first + count {
        // Shown when the world fails.
        eprintln!("GERAI_SEED={seed}");
        let mut world = World::new(seed, luck);
        for _ in 0..20 + world.dice.below(120) {
            world.step();
        }
        world.drain();
        world.meets_the_hub();
        world.assert_at_rest();
    }
}

#[test]
fn whatever_changes_while_batches_are_made_and_acknowledged_the_hub_ends_with_the_same() {
    worlds(Luck::Kind);
}

#[test]
fn lost_answers_late_batches_refusals_and_restored_hubs_change_nothing_about_that() {
    worlds(Luck::Unkind);
}
