//! A database with the schema, in the program's SQLite or in the `sqlite3` shell.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use protocol::entity::{Child as ChildTable, ENTITIES, Entity};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use testkit::program;

pub const INIT: &str = include_str!("../../../../../sql/schema/001_init.sql");
pub const SYNC: &str = include_str!("../../../../../sql/schema/002_sync_system.sql");

pub struct Db {
    pub engine: Engine,
    pub foreign_keys: bool,
}

pub enum Engine {
    Bundled(Connection),
    Shell(Shell),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Bundled,
    Shell,
}

/// The `sqlite3` program as a child process that reads statements from standard input.
pub struct Shell {
    pub child: Child,
    pub input: ChildStdin,
    pub output: BufReader<ChildStdout>,
}

impl Shell {
    const END: &str = "-- end of answer --";

    pub fn open(path: &Path) -> Self {
        // `sh` merges the shell's errors into its output in order; no start-up file is read.
        let mut child = program("sh")
            .args(["-c", r#"exec sqlite3 -batch -init /dev/null "$0" 2>&1"#])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    pub fn run(&mut self, sql: &str) -> Result<Vec<String>, String> {
        write!(self.input, "{sql}\n;\n.print '{}'\n", Self::END).unwrap();
        self.input.flush().unwrap();
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the shell has exited; its output: {lines:?}");
            match line.strip_suffix('\n').unwrap() {
                Self::END => break,
                line => lines.push(line.to_owned()),
            }
        }
        let is_error = |line: &String| ["Runtime error", "Parse error", "Error:"].iter().any(|e| line.starts_with(e));
        if lines.iter().any(is_error) { Err(lines.join("\n")) } else { Ok(lines) }
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
pub struct State {
    pub version: i64,
    pub acked_version: i64,
    pub seq: i64,
    pub status: String,
    pub batch_no: Option<i64>,
    pub was_sent: i64,
    pub isolated: i64,
    pub hub_suspected: i64,
    pub tries: i64,
    pub error: Option<String>,
}

impl State {
    pub fn waits(&self) -> bool {
        self.status == "pending" && self.batch_no.is_none() && self.isolated == 0
    }
}

impl Db {
    /// A new database in memory with both schema files.
    pub fn new(program: Program, foreign_keys: bool) -> Self {
        let mut db = Self::bare(program, Path::new(":memory:"), foreign_keys);
        db.run(INIT);
        db.run(SYNC);
        db
    }

    pub fn bare(program: Program, path: &Path, foreign_keys: bool) -> Self {
        let engine = match program {
            Program::Bundled => Engine::Bundled(Connection::open(path).unwrap()),
            Program::Shell => Engine::Shell(Shell::open(path)),
        };
        let mut db = Self { engine, foreign_keys };
        db.run(&format!("pragma foreign_keys = {foreign_keys}; pragma synchronous = off"));
        db
    }

    pub fn attempt(&mut self, sql: &str) -> Result<(), String> {
        match &mut self.engine {
            Engine::Bundled(connection) => connection.execute_batch(sql).map_err(|error| error.to_string()),
            Engine::Shell(shell) => shell.run(sql).map(|output| assert!(output.is_empty(), "{sql}: {output:?}")),
        }
    }

    #[track_caller]
    pub fn run(&mut self, sql: &str) {
        if let Err(error) = self.attempt(sql) {
            panic!("{sql}: {error}");
        }
    }

    /// The rows of a query, as the shell prints them.
    #[track_caller]
    pub fn rows(&mut self, sql: &str) -> Vec<String> {
        match &mut self.engine {
            Engine::Bundled(connection) => rows(connection, sql),
            Engine::Shell(shell) => shell.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}")),
        }
    }

    #[track_caller]
    pub fn int(&mut self, sql: &str) -> i64 {
        self.rows(sql)[0].parse().unwrap()
    }

    pub fn states(&mut self) -> BTreeMap<String, State> {
        let sql = "select json_array(entity_type || '/' || entity_id, version, acked_version, seq, status, batch_no,
            was_sent, isolated, hub_suspected, retry_count, coalesce(error_code, error_message)) from sync_state";
        let read = |row: &String| {
            let (key, version, acked_version, seq, status, batch_no, was_sent, isolated, hub_suspected, tries, error) =
                serde_json::from_str::<(String, _, _, _, _, _, _, _, _, _, _)>(row).unwrap();
            let state = State {
                version,
                acked_version,
                seq,
                status,
                batch_no,
                was_sent,
                isolated,
                hub_suspected,
                tries,
                error,
            };
            (key, state)
        };
        self.rows(sql).iter().map(read).collect()
    }

    #[track_caller]
    pub fn version(&mut self, key: &str) -> i64 {
        self.states()[key].version
    }

    /// Makes a change; returns the entities that it marked or removed from the queue. Asserts the invariants of a
    /// change: a marked entity is dirty and pending with a higher version, all others are unchanged, and the counters
    /// match.
    #[track_caller]
    pub fn marks(&mut self, sql: &str) -> Vec<String> {
        let (before, last) = (self.states(), self.int("select seq from sync_context"));
        self.run(sql);
        let after = self.states();
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
        let mut marked = Vec::new();
        for key in keys {
            let (old, new) = (before.get(&key), after.get(&key));
            let Some(new) = new else {
                assert_eq!(old.unwrap().was_sent, 0, "{sql}: {key} was sent, and is forgotten");
                marked.push(format!("{key} forgotten"));
                continue;
            };
            if old == Some(new) {
                continue;
            }
            let open = State { batch_no: None, isolated: 0, hub_suspected: 0, tries: 0, error: None, ..new.clone() };
            assert_eq!((new, new.status.as_str()), (&open, "pending"), "{sql}: {key} is not open");
            assert!(new.version > new.acked_version, "{sql}: {key} is not dirty: {new:?}");
            match old {
                Some(old) if old.waits() && new.seq == old.seq => assert!(new.version > old.version, "{sql}: {key}"),
                Some(old) => {
                    assert!(new.seq > last, "{sql}: {key} has no fresh seq: {old:?} {new:?}");
                    // Deleted and recreated within one statement: nobody has seen the old versions.
                    assert!(new.version > old.version || old.was_sent == 0, "{sql}: {key} {old:?} {new:?}");
                    assert!(!old.waits() || old.was_sent == 0, "{sql}: {key} lost its place in the queue");
                }
                None => assert!(new.seq > last, "{sql}: {key} has an old seq"),
            }
            if let Some(old) = old {
                let expected = (old.acked_version, old.was_sent);
                assert_eq!((new.acked_version, new.was_sent), expected, "{sql}: {key}");
            }
            marked.push(key);
        }
        self.assert_counted(sql);
        marked
    }

    #[track_caller]
    pub fn assert_counted(&mut self, after: &str) {
        let counted = "select json_array(
            (select count(*) from sync_state where status = 'pending'),
            (select count(*) from sync_state where status = 'failed'),
            (select coalesce(max(seq), 0) from sync_state) <= seq) from sync_context";
        let counters = "select json_array(pending, failed, 1) from sync_context";
        assert_eq!(self.rows(counters), self.rows(counted), "the counters are wrong after {after}");
    }

    /// Marks everything as acknowledged by the hub.
    pub fn settle(&mut self) {
        self.run(
            "update sync_state set status = 'success', acked_version = version, was_sent = 1, batch_no = null;
             delete from sync_links;",
        );
    }

    pub fn columns(&mut self, table: &str) -> Vec<Column> {
        let sql = format!(
            "select json_array(name, type, \"notnull\" = 0, pk) from pragma_table_info('{table}') order by cid"
        );
        let read = |row: &String| {
            let (name, kind, nullable, key) = serde_json::from_str::<(_, String, i64, i64)>(row).unwrap();
            Column { name, text: kind == "TEXT", nullable: nullable == 1 && key == 0 }
        };
        self.rows(&sql).iter().map(read).collect()
    }

    /// Inserts a row with these keys and a value in every other column. Checks must be off.
    pub fn add(&mut self, table: &str, keys: &[(&str, &str)]) -> String {
        let columns = self.columns(table);
        let value = |column: &Column| match keys.iter().find(|(name, _)| *name == column.name) {
            Some((_, value)) => format!("'{value}'"),
            None => column.value(0),
        };
        let (names, values): (Vec<_>, Vec<_>) = columns.iter().map(|c| (c.name.clone(), value(c))).unzip();
        format!("insert into {table} ({}) values ({})", names.join(", "), values.join(", "))
    }
}

pub fn rows(connection: &Connection, sql: &str) -> Vec<String> {
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

pub struct Column {
    pub name: String,
    pub text: bool,
    pub nullable: bool,
}

impl Column {
    /// A value of the column, different for each number.
    pub fn value(&self, number: i64) -> String {
        match &*self.name {
            "variants" => format!(r#"'[{{"available":true,"id":"v","name":"V","price":{number}}}]'"#),
            "modifier_groups" => {
                let option = r#"{"available":true,"id":"o","name":"O","price_delta":-1}"#;
                format!(
                    r#"'[{{"id":"g{number}","max_selections":1,"min_selections":0,"name":"G","options":[{option}]}}]'"#
                )
            }
            "modifiers" => format!(r#"'[{{"group":"G","id":"o","name":"O","price":{number},"qty":1}}]'"#),
            "order_types" => format!(r#"'["type {number}"]'"#),
            "channels" => format!(r#"'["tender {number}"]'"#),
            "weekdays" => format!("'[{number}]'"),
            "stations" => format!(r#"'["station {number}"]'"#),
            "barcode_patterns" => format!(r#"'[{{"factor":{number},"pattern":"21IIIIIPPPPPC"}}]'"#),
            _ if self.text => format!("'{} {number}'", self.name),
            _ => number.to_string(),
        }
    }

    pub fn is_list(&self) -> bool {
        [
            "variants",
            "modifier_groups",
            "modifiers",
            "order_types",
            "channels",
            "weekdays",
            "stations",
            "barcode_patterns",
        ]
        .contains(&&*self.name)
    }

    /// Values to change to in order; each differs from the previous one.
    pub fn values(&self) -> Vec<String> {
        let null = self.nullable.then(|| "null".to_owned());
        [Some(self.value(1)), null, Some(self.value(2))].into_iter().flatten().collect()
    }
}

/// Both programs, with foreign keys on and off.
pub fn everywhere(test: impl Fn(&mut Db)) {
    for program in [Program::Bundled, Program::Shell] {
        for foreign_keys in [true, false] {
            println!("{program:?}, foreign keys {foreign_keys}");
            test(&mut Db::new(program, foreign_keys));
        }
    }
}

/// Two orders with lines, charges and payments, two products and a table, all acknowledged.
pub const SHOP: &str = include_str!("../../../../../tests/fixtures/shop.sql");

pub fn shop(db: &mut Db) {
    db.run(SHOP);
    db.settle();
}

/// Lets refunds change, which the schema's triggers refuse.
pub fn may_change_refunds(db: &mut Db) {
    for trigger in db.rows("select name from sqlite_master where type = 'trigger' and name glob 'sync_refund*_no_*'") {
        db.run(&format!("drop trigger {trigger}"));
    }
}

pub const NOTHING: [&str; 0] = [];

/// The child tables of orders.
pub fn children_of_orders() -> impl Iterator<Item = (&'static Entity, &'static ChildTable)> {
    children().filter(|(entity, _)| entity.name == "order")
}

/// All child tables with their root.
pub fn children() -> impl Iterator<Item = (&'static Entity, &'static ChildTable)> {
    ENTITIES.iter().flat_map(|entity| entity.children.iter().map(move |child| (entity, child)))
}
