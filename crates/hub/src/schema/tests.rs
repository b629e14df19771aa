//! Compares the schemas of both engines: tables, columns, constraints and indexes, in PostgreSQL's dialect.

use std::collections::BTreeMap;
use std::fmt::Debug;

const SQLITE: &str = include_str!("sqlite.sql");
const POSTGRES: &str = include_str!("postgres.sql");
/// The store creates this table on PostgreSQL.
const SQLITE_ONLY: &str = "schema_migrations";
/// On SQLite the secret is in a file beside the database.
const POSTGRES_ONLY: &str = "node_secrets";

#[derive(Debug, Default)]
struct Schema {
    tables: BTreeMap<String, Table>,
    /// The table, columns and condition of each index.
    indexes: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Table {
    /// The type, nullability, default and checks of each column.
    columns: BTreeMap<String, String>,
    column_order: Vec<String>,
    /// Its primary key and checks.
    constraints: Vec<String>,
}

impl Schema {
    fn parse(sql: &str) -> Self {
        let mut schema = Self::default();
        let lines = sql.lines().map(str::trim).filter(|line| !line.starts_with("--"));
        for statement in lines.collect::<Vec<_>>().join(" ").split(';') {
            let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ").replace("if not exists ", "");
            if let Some(table) = statement.strip_prefix("create table ") {
                let (name, rest) = table.split_once(' ').unwrap();
                if !rest.starts_with("partition of ") {
                    let (body, _) = rest.strip_prefix('(').unwrap().rsplit_once(')').unwrap();
                    // PostgreSQL: `) partition by list (stream)`.
                    let body = body.split(") partition by ").next().unwrap();
                    schema.tables.insert(name.to_owned(), Table::parse(body));
                }
            } else if let Some((unique, index)) = statement.split_once("index ")
                && unique.starts_with("create ")
            {
                let (name, on) = index.split_once(" on ").unwrap();
                schema.indexes.insert(name.to_owned(), format!("{unique}index on {on}"));
            } else {
                assert!(statement.is_empty() || statement.starts_with("insert "), "unknown statement: {statement}");
            }
        }
        schema
    }

    /// The same schema in PostgreSQL's dialect.
    fn translate(mut self) -> Self {
        let dialect =
            |sql: &mut String| *sql = sql.replace("= deleted)", "= (deleted = 1))").replace("instr(", "strpos(");
        for table in self.tables.values_mut() {
            for definition in table.columns.values_mut() {
                let (column_type, rest) = definition.split_at(definition.find(' ').unwrap_or(definition.len()));
                let translated = match column_type {
                    "text" => "text collate \"C\"",
                    "integer" => "bigint",
                    "blob" => "bytea",
                    other => panic!("no translation of the type {other}"),
                };
                *definition = format!("{translated}{rest}");
                dialect(definition);
            }
            table.constraints.iter_mut().for_each(dialect);
        }
        self.indexes.values_mut().for_each(dialect);
        self
    }
}

impl Table {
    fn parse(body: &str) -> Self {
        let mut table = Self::default();
        for element in elements(body) {
            match element.split_once([' ', '(']) {
                Some(("primary" | "check" | "unique", _)) => table.constraints.push(element),
                Some((name, definition)) => {
                    table.column_order.push(name.to_owned());
                    table.columns.insert(name.to_owned(), definition.to_owned());
                }
                None => panic!("a column without a type: {element}"),
            }
        }
        table
    }
}

/// Splits at the commas outside of parentheses.
fn elements(body: &str) -> Vec<String> {
    let (mut elements, mut depth) = (vec![String::new()], 0);
    for c in body.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match elements.last_mut() {
            Some(last) if c != ',' || depth > 0 => last.push(c),
            _ => elements.push(String::new()),
        }
    }
    elements.iter().map(|element| element.trim().to_owned()).collect()
}

/// A sentence for each difference.
fn differences(sqlite: &str, postgres: &str) -> Vec<String> {
    let (mut sqlite, mut postgres) = (Schema::parse(sqlite).translate(), Schema::parse(postgres));
    sqlite.tables.remove(SQLITE_ONLY).unwrap();
    postgres.tables.remove(POSTGRES_ONLY).unwrap();
    let mut found = Vec::new();
    for (name, [ours, theirs]) in paired("table", &sqlite.tables, &postgres.tables, &mut found) {
        for (column, [one, other]) in paired(&format!("column {name}."), &ours.columns, &theirs.columns, &mut found) {
            if one != other {
                found.push(format!("column {name}.{column}: SQLite declares `{one}`, PostgreSQL `{other}`"));
            }
        }
        if ours.constraints != theirs.constraints {
            let (one, other) = (&ours.constraints, &theirs.constraints);
            found.push(format!("table {name}: SQLite has the constraints {one:?}, PostgreSQL {other:?}"));
        }
        if ours.columns.len() == theirs.columns.len() && ours.column_order != theirs.column_order {
            found.push(format!("table {name}: the columns are in a different order"));
        }
    }
    for (name, [one, other]) in paired("index", &sqlite.indexes, &postgres.indexes, &mut found) {
        if one != other {
            found.push(format!("index {name}: SQLite declares `{one}`, PostgreSQL `{other}`"));
        }
    }
    found
}

/// The entries that both engines have; adds a sentence for each that one of them lacks.
fn paired<'a, T>(
    what: &str,
    sqlite: &'a BTreeMap<String, T>,
    postgres: &'a BTreeMap<String, T>,
    found: &mut Vec<String>,
) -> Vec<(&'a String, [&'a T; 2])> {
    let separator = if what.ends_with('.') { "" } else { " " };
    let mut lacks = |engine, has: &BTreeMap<String, T>, other: &BTreeMap<String, T>| {
        let missing = other.keys().filter(|name| !has.contains_key(*name));
        found.extend(missing.map(|name| format!("{engine} lacks the {what}{separator}{name}")));
    };
    lacks("SQLite", sqlite, postgres);
    lacks("PostgreSQL", postgres, sqlite);
    sqlite.iter().filter_map(|(name, one)| Some((name, [one, postgres.get(name)?]))).collect()
}

#[test]
fn both_engines_have_the_same_schema() {
    assert_eq!(differences(SQLITE, POSTGRES), [""; 0]);
}

#[test]
fn a_difference_between_the_engines_is_named() {
    let without = |line: &str| {
        assert!(POSTGRES.contains(line), "{line}");
        differences(SQLITE, &POSTGRES.replacen(line, "", 1))
    };
    let instead = |from: &str, to: &str| {
        assert!(POSTGRES.contains(from), "{from}");
        differences(SQLITE, &POSTGRES.replacen(from, to, 1))
    };
    assert_eq!(without("  rounding      bigint not null,\n"), ["PostgreSQL lacks the column sales.rounding"]);
    assert_eq!(
        differences(&SQLITE.replacen("  app_version            text,\n", "", 1), POSTGRES),
        ["SQLite lacks the column outlets.app_version"]
    );
    assert_eq!(
        instead("clock_offset_ms        bigint,", "clock_offset_ms        bigint not null,"),
        ["column outlets.clock_offset_ms: SQLite declares `bigint`, PostgreSQL `bigint not null`"]
    );
    assert_eq!(
        instead("process_returns        bigint not null default 0", "process_returns        bigint not null default 1"),
        [
            "column outlets.process_returns: SQLite declares `bigint not null default 0`, PostgreSQL `bigint not null default 1`"
        ]
    );
    assert_eq!(
        instead("primary key (outlet_id, order_id, line_no)", "primary key (outlet_id, line_no, order_id)"),
        ["table sale_lines: SQLite has the constraints [\"primary key (outlet_id, order_id, line_no)\"], PostgreSQL \
          [\"primary key (outlet_id, line_no, order_id)\"]"]
    );
    assert_eq!(
        without("create index sales_of_outlet on sales (outlet_id, arrival_no, order_id);"),
        ["PostgreSQL lacks the index sales_of_outlet"]
    );
    let table =
        "create table streams (\n  stream text collate \"C\" primary key not null,\n  head   bigint not null\n);";
    assert_eq!(without(table), ["PostgreSQL lacks the table streams"]);
}

/// The parser skips nothing: SQLite itself has the same tables, columns and indexes.
#[test]
fn the_schema_is_read_completely() {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    database.execute_batch(SQLITE).unwrap();
    let list = |sql: &str| {
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let columns = list(
        "select t.name || '.' || c.name from sqlite_schema t, pragma_table_info(t.name) c
         where t.type = 'table' order by t.name, c.name",
    );
    let schema = Schema::parse(SQLITE);
    let parsed =
        schema.tables.iter().flat_map(|(table, of)| of.columns.keys().map(move |name| format!("{table}.{name}")));
    assert_eq!(parsed.collect::<Vec<_>>(), columns);
    let indexes = list("select name from sqlite_schema where type = 'index' and sql is not null order by name");
    assert_eq!(schema.indexes.into_keys().collect::<Vec<_>>(), indexes);
}
