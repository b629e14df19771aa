//! Assertions on SQLite query plans, for the tests beside hot queries.

use crate::schema::SCHEMA;

/// The plan, printed and returned line by line.
fn plan(sql: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let connection = sqlite::open(&dir.path().join("hub.db"), &SCHEMA.sqlite).unwrap();
    let mut statement = connection.prepare(&format!("explain query plan {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        lines.push(row.get::<_, String>(3).unwrap());
    }
    println!("{sql}\n{lines:#?}");
    lines
}

/// Asserts that the query seeks its row by key.
pub(crate) fn assert_keyed(sql: &str) {
    let plan = plan(sql);
    assert!(plan.iter().any(|line| line.starts_with("SEARCH")), "{plan:#?}");
    assert!(!plan.iter().any(|line| line.starts_with("SCAN")), "{plan:#?}");
}

/// Asserts that the query seeks one row of each table.
pub(crate) fn assert_seeks(sql: &str) {
    let plan = plan(sql);
    let scans = plan.iter().filter(|line| line.starts_with("SCAN") && !line.contains("any_of"));
    assert!(plan.iter().any(|line| line.starts_with("SEARCH")) && scans.count() == 0, "{plan:#?}");
}

/// Asserts that the query reads in the order of a key and stops at its limit, without a sort. With `from_there` it
/// begins at the end of the previous page.
pub(crate) fn assert_ordered_by_key(sql: &str, from_there: bool) {
    let plan = plan(sql);
    assert!(!from_there || plan[0].contains('<'), "{plan:#?}");
    let ways = ["USING PRIMARY KEY", "USING INDEX", "USING COVERING INDEX"];
    assert!(ways.iter().any(|way| plan[0].contains(way)), "{plan:#?}");
    assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:#?}");
}

/// Asserts that the query sorts nothing: rows come in the order of a key, so it stops at its limit.
pub(crate) fn assert_unsorted(sql: &str) {
    let plan = plan(sql);
    assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:#?}");
}

/// Asserts that the query seeks the rows of this table or alias.
pub(crate) fn assert_joins_by_key(sql: &str, table: &str) {
    let plan = plan(sql);
    assert!(plan.iter().any(|line| line.starts_with(&format!("SEARCH {table} "))), "{plan:#?}");
}

/// Asserts that the query reads a table in this way.
pub(crate) fn assert_reads(sql: &str, way: &str) {
    let plan = plan(sql);
    assert!(plan.iter().any(|line| line == way), "{plan:#?}");
}
